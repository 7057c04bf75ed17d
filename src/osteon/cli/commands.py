"""The commands: words to verbs. Each imports its verb only when it runs, so that --help is instant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

HELP: dict[str, str] = {
    "validate": "Check a study or scenario file and report every fault.",
    "simulate": "One typical person: what is given, what happens.",
    "page": "The whole model as one file for any browser, offline.",
    "web": "The page, forms, runs and claims in a browser of this machine.",
    "run": "Run a study: virtual patients, arms, visits, a report.",
    "resume": "Finish a run that was stopped.",
    "join": "Make one run of its parts (run --part k/n).",
    "analyse": "Endpoints of a finished run recomputed as a plan asks.",
    "compare": "What differs between runs, effects side by side.",
    "export-run": "Patients of a run as CSV, workbook, ADaM or Dataset-JSON.",
    "calibrate": "Type I error or power of the analyses, in memory.",
    "verify": "Check every file of a run against its checksum.",
    "hash": "Hash of a finished run's contents; of several, whether they agree.",
    "replicate": "Published cohorts replayed: published and simulated.",
    "experiment": "The 20 studies of the review's Table 1.",
    "claims": "The review's statements checked on the model.",
    "credibility": "What speaks for the model in a context of use, and what does not.",
    "show": "Card of a drug, parameter, state, cohort or claim.",
    "list": "List drugs, routes, outputs, cohorts, parameters …",
    "sensitivity": "Which number matters for an output: local, Morris, Sobol, Shapley.",
    "posterior": "Sample the posterior of fitted and influential assumed numbers; resumable.",
    "evidence": "evidence add: a new trial beside the posterior; what it moves.",
    "person": "One person's history: biology, and the course under options. Never advice.",
    "fit": "Fit the shared parameters to all calibration rows.",
    "export": "Write the model as SBML, Antimony or LaTeX.",
    "schema": "JSON Schema of a file kind, or of what a command answers.",
    "bench": "Patients per second at a stated accuracy.",
    "release": "Whether a lot of a cell product may be given, by criterion.",
    "first-in-human": "Plan the first trial of a cell product: doses, rules, sampling.",
    "synthesis": "What trials of cells say in conditions that no mechanism here carries.",
    "culture": "Cells in dishes: ALP, mineral, regulators and blockers.",
    "demo": "",
}
JSON = click.Option(["--json", "as_json"], is_flag=True, help="One JSON object on stdout.")


def _option(*names: str, **settings: Any) -> click.Option:
    return click.Option(list(names), show_default=settings.get("default") is not None, **settings)


WITH = _option(
    "--with",
    "own_folder",
    type=click.Path(),
    envvar="OSTEON_WITH",
    metavar="DIR",
    help="Own folder of drugs, cohorts, data, claims …  [env: OSTEON_WITH]",
)


def _named_before(context: click.Context) -> str | None:
    """The own folder that was named before the command, as in `osteon --with DIR list drugs`."""
    return context.find_root().params.get("own_folder")


def _make(name: str, parameters: list[click.Parameter], verb: Callable[..., Any]) -> click.Command:
    def run(as_json: bool, **given: Any) -> int:
        from osteon.cli.envelope import answer

        folder = given.get("out") if name == "run" else given.get("folder") if name == "resume" else None
        own = given.pop("own_folder", None) or _named_before(click.get_current_context())

        def asked() -> Any:
            if not own:
                return verb(**given)
            from osteon.app.own_folder import in_force

            with in_force(own):
                return verb(**given)

        return answer(name, as_json, asked, folder)

    more = [] if name == "export" else [WITH]  # export has its own --with, drugs
    return click.Command(
        name,
        params=[*parameters, *more, JSON],
        callback=run,
        help=HELP[name] or "Replay two trials and write a report.",
    )


FILE = click.Argument(["file"], type=click.Path())
DIR = click.Argument(["folder"], type=click.Path())
SEED = _option("--seed", type=click.IntRange(0, 2**62), default=1, help="Seed of all draws.")
WORKERS = _option("--workers", type=click.IntRange(1, 256), default=1, help="Processes.")
SCHEDULER = _option("--scheduler", default="", help="Address of a Dask scheduler, instead of --workers.")
BATCH = _option("--batch", type=click.IntRange(1, 1_000_000), help="Patients in a chunk; else as suits the workers.")
FORCE = _option("--force-new", is_flag=True, help="Begin anew; nothing of the run that is there is used.")
LIVE = _option("--live/--no-live", default=True, help="With the living page in the report (350 kB more).")
REPAIR = _option("--repair", is_flag=True, help="Compute damaged files anew and hold them against their checksums.")
DIRS = click.Argument(["folders"], nargs=-1, required=True, type=click.Path())


def _named(argument: str, source: Callable[[Any], list[str]], **settings: Any) -> click.Argument:
    """An argument that the tab key completes, whatever the case, from a list that is made when it is asked for."""

    def complete(ctx: click.Context, param: click.Parameter, begun: str) -> list[str]:
        from osteon.app import completion
        from osteon.app.own_folder import in_force
        from osteon.errors import OsteonError

        try:
            with in_force(_named_before(ctx)):
                names = source(completion)
        except OsteonError:
            names = source(completion)
        return [n for n in names if n.casefold().startswith(begun.casefold())]

    return click.Argument([argument], shell_complete=complete, **settings)


def _ids(kind: str) -> click.Argument:
    return _named("ids", lambda completion: completion.names(kind), nargs=-1)


RECALLED = _option(
    "--with-recalled", "with_recalled", is_flag=True, help="Also rows from memory that nobody has read since."
)
ALL = _option("--all", "everything", is_flag=True, help="All of them.")


def command(name: str) -> click.Command | None:
    """The command of a name, or None."""
    maker = _MAKERS.get(name)
    return maker() if maker else None


def _validate() -> click.Command:
    from osteon.app.actions import validate

    return _make("validate", [FILE], validate)


def _simulate() -> click.Command:
    from osteon.app.actions import simulate

    csv = _option("--csv", type=click.Path(), help="Write the rows here.")
    about = "What is compiled: what the file needs, or every drug and harm as in the page, whose numbers it gives."
    model = _option("--model", type=click.Choice(["needed", "full"]), default="needed", help=about)
    plan = _option("--plan", is_flag=True, help="Print who it is and what is given when; simulate nothing.")
    report = _option("--report", type=click.Path(), help="Write an HTML report here.")
    figure = _option("--figure", type=click.Path(), help="Write the figure here, as SVG.")
    return _make("simulate", [FILE, csv, SEED, model, plan, report, figure, LIVE], simulate)


def _page() -> click.Command:
    from osteon.app.actions import page

    file = click.Argument(["file"], type=click.Path(), required=False)
    out = _option("--out", type=click.Path(), default="page.html", help="File to write.")
    cells = _option("--cells", is_flag=True, help="With the screen of cell products (half a minute).")
    return _make("page", [file, out, cells], page)


def _web() -> click.Command:
    from osteon.web.server import serve

    port = _option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; 0: a free one.")
    folder = _option("--folder", type=click.Path(), default="runs/web", help="Where runs are kept.")
    at_once = _option("--at-once", type=click.IntRange(1, 64), default=1, help="Runs at the same time.")
    browser = _option("--open", "browser", is_flag=True, help="Open it in the browser.")
    return _make("web", [port, folder, at_once, browser], serve)


def _run() -> click.Command:
    from osteon.app.actions import run

    patients = _option("--patients", type=int, help="Patients per arm, instead of the study's.")
    out = _option("--out", required=True, type=click.Path(), help="New folder of the run.")
    part = _option("--part", default="", help="k/n: every n-th chunk only, for array jobs; see 'osteon join'.")
    return _make("run", [FILE, out, patients, SEED, WORKERS, BATCH, SCHEDULER, FORCE, part, LIVE], run)


def _join() -> click.Command:
    from osteon.app.trial_analysis import join

    out = click.Argument(["out"], type=click.Path())
    return _make("join", [out, click.Argument(["parts"], nargs=-1, required=True, type=click.Path())], join)


def _analyse() -> click.Command:
    from osteon.app.trial_analysis import analyse

    plan = _option("--plan", required=True, type=click.Path(), help="TOML file with endpoints.")
    return _make("analyse", [DIR, plan], analyse)


def _compare() -> click.Command:
    from osteon.app.trial_analysis import compare

    return _make("compare", [click.Argument(["runs"], nargs=-1, required=True, type=click.Path())], compare)


def _export_run() -> click.Command:
    from osteon.app.export_run import export_run

    form = _option("--as", "form", type=click.Choice(["csv", "xlsx", "adam", "json"]), default="csv", help="Shape.")
    out = _option("--out", required=True, type=click.Path(), help="New folder of the tables.")
    return _make("export-run", [DIR, form, out], export_run)


def _calibrate() -> click.Command:
    from osteon.app.trial_analysis import calibrate

    what = click.Argument(["what"], type=click.Choice(["type1", "power"]))
    trials = _option("--trials", type=int, help="Trials of each analysis, instead of 20,000 (mixed model 2,000).")
    return _make("calibrate", [what, trials, SEED], calibrate)


def _resume() -> click.Command:
    from osteon.app.actions import resume

    return _make("resume", [DIR, WORKERS, BATCH, SCHEDULER, REPAIR, FORCE], resume)


def _verify() -> click.Command:
    from osteon.app.actions import verify

    return _make("verify", [DIR], verify)


def _hash() -> click.Command:
    from osteon.app.actions import hash_of

    return _make("hash", [DIRS], hash_of)


def _replicate() -> click.Command:
    from osteon.app.actions import replicate

    patients = _option("--patients", type=click.IntRange(2, 100_000), default=50, help="Virtual women per arm.")
    report = _option("--report", type=click.Path(), help="Write an HTML report here.")
    animals = _option("--animals", is_flag=True, help="Instead: drugs in animals, published and simulated.")
    cells = _option("--cells", is_flag=True, help="Instead: kinetics, harms and effects of cells.")
    return _make("replicate", [_ids("cohorts"), ALL, patients, SEED, report, RECALLED, animals, cells, LIVE], replicate)


def _demo() -> click.Command:
    from osteon.app.actions import demo

    out = _option("--out", type=click.Path(), default="runs/demo", help="Folder of the report.")
    return _make(
        "demo",
        [out, _option("--patients", type=click.IntRange(2, 10_000), default=50, help="Women per arm."), SEED],
        demo,
    )


def _experiment() -> click.Command:
    from osteon.app.actions import experiment

    report = _option("--report", type=click.Path(), help="Write an HTML page here.")
    return _make("experiment", [_ids("experiments"), ALL, report], experiment)


def _claims() -> click.Command:
    from osteon.app.actions import claims

    report = _option("--report", type=click.Path(), help="Write an HTML report here.")
    return _make("claims", [_ids("claims"), ALL, report], claims)


def _credibility() -> click.Command:
    from osteon.app.actions import credibility

    contexts = _option(
        "--context",
        "contexts",
        multiple=True,
        help="A context of use, or a TOML file of own ones; all that are shipped where none is named.",
    )
    out = _option("--out", type=click.Path(), default="runs/credibility", help="Folder of the reports.")
    study = _option("--study", type=click.Path(), help="A study file: how far it lies from the evidence.")
    return _make("credibility", [contexts, out, study], credibility)


def _show() -> click.Command:
    from osteon.app.actions import show

    return _make("show", [_named("name", lambda completion: completion.shown())], show)


def _list() -> click.Command:
    from osteon.app.actions import list_kind

    return _make("list", [_named("kind", lambda completion: completion.kinds(), required=False)], list_kind)


def _fit() -> click.Command:
    from osteon.app.user_data import fit_any

    out = _option(
        "--out", type=click.Path(), help="Result (runs/fit.json); an unfinished one of the bone there is resumed."
    )
    kinds = click.Choice(["bone", "fractures", "kinetics"])
    what = _option("--what", type=kinds, default="bone", help="What to fit; kinetics: of cells, to your --data.")
    iterations = _option("--iterations", type=click.IntRange(1, 500), default=30, help="At most this many.")
    start = _option("--start", type=click.Choice(["shipped", "code"]), default="shipped", help="Where to start.")
    report = _option(
        "--report", type=click.Path(file_okay=False), metavar="DIR",
        help="Fits nothing: writes what the fit in --out, else the shipped one, rests on (report.html, report.json).",
    )  # fmt: skip
    last = _option("--last", type=click.Path(), metavar="FILE", help="Earlier fit; the report gives the shift from it.")
    about = (
        "Rows of your own (CSV): arm, endpoint, months, value, unit; kinetics: day (or hour), organ, value, sd, unit."
    )
    cells = [
        _option("--data", type=click.Path(), help=about),
        _option("--free", default="", help="Numbers to fit to your rows, separated by commas."),
        _option("--cohort", default="", help="Whose rows: a cohort file (TOML), or a shipped cohort's name."),
        _option("--source", default="bone_marrow", help="Cell source, for kinetics."),
        _option("--route", default="intravenous", help="Route of the cells."),
        _option("--site", help="Bone that they were put into."),
        _option("--species", default="mouse", help="Who was given them."),
        _option("--dose", help='Dose, as "5e5 cells"; needed for values in cells.'),
    ]
    return _make("fit", [what, out, iterations, start, RECALLED, report, last, *cells, SEED], fit_any)


def _sensitivity() -> click.Command:
    from osteon.app.sensitivity import sensitivity

    method = _option(
        "--method", type=click.Choice(["local", "morris", "sobol", "shapley"]), default="local", help="Measure."
    )
    output = _option("--output", default="", help="Outputs, separated by commas; else all of the file.")
    at = _option("--at", default="", help='Time of a scenario, as in "24 months"; else its end.')
    kinds = _option("--kinds", default="fitted,assumed", help="Kinds of numbers: fitted, assumed, derived, measured.")
    names = _option("--parameters", default="", help="Only these numbers, separated by commas.")
    samples = _option(
        "--samples", type=click.IntRange(2, 1_048_576), help="Trajectories (10), base samples or walks (256)."
    )
    top = _option("--top", type=click.IntRange(1, 1000), default=12, help="Numbers that Sobol and Shapley look at.")
    out = _option(
        "--out", type=click.Path(), help="Folder of page, figures and tables; a stopped analysis goes on there."
    )
    return _make("sensitivity", [FILE, method, output, at, kinds, names, samples, top, SEED, out], sensitivity)


def _posterior() -> click.Command:
    from osteon.app.posterior import OUT, posterior

    out = _option("--out", type=click.Path(), default=OUT, help="Folder; what it holds is gone on with.")
    minutes = _option("--minutes", type=click.FloatRange(0.1, 10_000), default=180.0, help="Of sampling, in all.")
    assumed = _option(
        "--assumed", type=click.IntRange(0, 100), default=10, help="Influential assumed numbers sampled too."
    )
    chains = _option("--chains", type=click.IntRange(4, 512), default=24, help="Chains, run together in one batch.")
    summary = _option("--summary", is_flag=True, help="Sample nothing: describe what the folder holds.")
    parquet = _option("--parquet", type=click.Path(), help="Write the kept draws here, a row a draw.")
    netcdf = _option("--netcdf", type=click.Path(), help="Write them as NetCDF for ArviZ (needs osteon[arviz]).")
    cells = _option("--cells", is_flag=True, help="Of the cells instead: kinetics, action, bias of small studies.")
    return _make("posterior", [out, minutes, assumed, chains, SEED, summary, parquet, netcdf, cells], posterior)


def _evidence() -> click.Command:
    from osteon.app.new_evidence import evidence

    what = click.Argument(["what"], type=click.Choice(["add"]))
    study = click.Argument(["study"], type=click.Path())
    rows = click.Argument(["rows"], type=click.Path(), required=False)
    folder = _option("--posterior", type=click.Path(), help="Folder of 'osteon posterior'; else the shipped posterior.")
    claims = _option("--claims", is_flag=True, help="Also which claims turn (a minute).")
    minutes = _option(
        "--minutes", type=click.FloatRange(0.1, 10_000), help="Sample the posterior with the trial in it."
    )
    out = _option("--out", type=click.Path(), help="Folder of that posterior.")
    return _make("evidence", [what, study, rows, folder, claims, minutes, out, SEED], evidence)


def _person() -> click.Command:
    from osteon.app.person import person

    members = _option("--members", type=click.IntRange(256, 100_000), default=1024, help="Virtual persons at most.")
    return _make("person", [FILE, SEED, members], person)


def _export() -> click.Command:
    from osteon.app.actions import export

    form = click.Argument(["form"], type=click.Choice(["sbml", "antimony", "latex"]))
    drugs = _option("--with", "drugs", default="", help="Drugs, separated by commas.")
    return _make("export", [form, drugs, _option("--out", type=click.Path(), help="File; else stdout.")], export)


def _schema() -> click.Command:
    from osteon.app.actions import schema
    from osteon.app.answer_schema import ROWS

    kinds = [
        "scenario",
        "study",
        "animal_study",
        "product",
        "dish",
        "dose_response",
        "surface",
        "person_history",
        *ROWS,
    ]
    return _make("schema", [click.Argument(["kind"], type=click.Choice(kinds))], schema)


def _release() -> click.Command:
    from osteon.app.cell_files import release

    return _make("release", [FILE], release)


def _first_in_human() -> click.Command:
    from osteon.app.cell_files import first_in_human

    out = _option("--out", required=True, type=click.Path(), help="New folder of the plan.")
    return _make("first-in-human", [FILE, out, SEED], first_in_human)


def _synthesis() -> click.Command:
    from osteon.app.cell_files import synthesis

    return _make("synthesis", [click.Argument(["condition"], required=False)], synthesis)


def _culture() -> click.Command:
    from osteon.app.cell_files import culture

    return _make("culture", [FILE, SEED], culture)


def _bench() -> click.Command:
    from osteon.app.actions import bench

    return _make("bench", [_option("--quick", is_flag=True, help="A few seconds.")], bench)


_MAKERS: dict[str, Callable[[], click.Command]] = {
    "validate": _validate,
    "simulate": _simulate,
    "page": _page,
    "web": _web,
    "run": _run,
    "resume": _resume,
    "join": _join,
    "analyse": _analyse,
    "compare": _compare,
    "export-run": _export_run,
    "calibrate": _calibrate,
    "verify": _verify,
    "hash": _hash,
    "replicate": _replicate,
    "experiment": _experiment,
    "claims": _claims,
    "credibility": _credibility,
    "show": _show,
    "list": _list,
    "sensitivity": _sensitivity,
    "posterior": _posterior,
    "evidence": _evidence,
    "person": _person,
    "fit": _fit,
    "export": _export,
    "schema": _schema,
    "bench": _bench,
    "release": _release,
    "first-in-human": _first_in_human,
    "synthesis": _synthesis,
    "culture": _culture,
    "demo": _demo,
}
