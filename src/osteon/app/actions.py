"""The verbs behind the commands: each calls the room that does the work and words its answer."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from osteon.app.command_result import CommandResult
from osteon.errors import Fault, InputError, RunFailed, Unsupported

if TYPE_CHECKING:
    from osteon.replication.cohort_rows import CohortRow, ErrorSummary
    from osteon.simulation.fits import Fit


def validate(file: str) -> CommandResult:
    """Check a file: its form, then its names against the model it would build."""
    from osteon.app.animal_study import validate_study_of_animals
    from osteon.inference.person_posterior import check_person_history
    from osteon.inputs import (
        is_animal_study,
        is_dish,
        is_dose_response,
        is_product,
        read_dish,
        read_dose_response,
        read_product,
        read_scenario,
    )
    from osteon.inputs.person_history import is_person_history, read_person_history
    from osteon.io import toml
    from osteon.simulation.event_tables import attach_events
    from osteon.trial.check import check_scenario, check_study, read_whole_study
    from osteon.trial.dose_response import check_dose_response

    table = toml.read(file)
    name = Path(file).name
    if is_animal_study(table):
        return validate_study_of_animals(file)
    if is_dose_response(table):
        check_dose_response(read_dose_response(table, name))
        row = {"file": name, "kind": "surface", "ok": True, "unsupported": []}
        return CommandResult([row], True, f"{name} is a valid dose-response file.")
    if is_product(table) or is_dish(table):
        kind = "product" if is_product(table) else "dish"
        (read_product if kind == "product" else read_dish)(table, name)
        row = {"file": name, "kind": kind, "ok": True, "unsupported": []}
        return CommandResult([row], True, f"{name} is a valid {kind} file.")
    if is_person_history(table):
        history = read_person_history(table, name)
        check_person_history(history)
        row = {"file": name, "kind": "person_history", "ok": True, "unsupported": []}
        return CommandResult([row], True, f"{name} is a valid person file.")
    study = is_study(table)
    if study:
        waits = check_study(read_whole_study(table, name))
    else:
        waits = check_scenario(attach_events(read_scenario(table, name), Path(file).parent))
    kind = "study" if study else "scenario"
    notes = tuple(f"This version cannot run it yet: {w}." for w in waits)
    return CommandResult(
        [{"file": name, "kind": kind, "ok": True, "unsupported": list(waits)}],
        True,
        f"{name} is a valid {kind} file.",
        notes,
    )


def is_study(table: dict[str, Any]) -> bool:
    """Whether a file that was read is a study."""
    return "arm" in table or "design" in table or "population" in table


def simulate(
    file: str,
    csv: str | None,
    seed: int,
    model: str = "needed",
    plan: bool = False,
    report: str | None = None,
    figure: str | None = None,
    live: bool = True,
) -> CommandResult:
    """Simulate a scenario; rows to JSON, CSV or a short table, to a report and to a figure.

    model : "needed", or "full" as in the page; plan : only say who it is and what is given when;
    live : whether the report holds the living page
    """
    from osteon.app.scenario_report import pictured
    from osteon.io.csv_out import simulation_csv
    from osteon.io.files import write_atomic
    from osteon.report.scenario_tables import ledger_text, scenario_table
    from osteon.simulation.scenario import case_of_file, simulate_file
    from osteon.simulation.timeline import observed

    if plan:
        scenario, case = case_of_file(file, seed, model == "full")
        text = f"{case.timeline()}\n{observed(scenario)}"
        return CommandResult([{"line": line} for line in text.splitlines()], True, text)
    result = simulate_file(file, seed, model == "full")
    text = scenario_table(result.rows)
    if csv:
        write_atomic(csv, simulation_csv(result.rows))
        text = f"{len(result.rows)} rows written to {csv}."
    text = "\n".join(t for t in (ledger_text(result.doses), text) if t)
    text += pictured(file, result, seed, report, figure, live)
    more = {"doses": [d.row() for d in result.doses], "notes": list(result.notes)}
    return CommandResult(result.rows, True, text, result.notes, more)


def run(
    file: str,
    out: str,
    patients: int | None,
    seed: int,
    workers: int,
    batch: int | None,
    scheduler: str,
    force_new: bool = False,
    part: str = "",
    live: bool = True,
) -> CommandResult:
    """Run a study or a dose-response file into a folder, then write its report.   live : whether it holds the living page"""
    from osteon.app.progress import Progress
    from osteon.inputs import is_animal_study, is_dose_response
    from osteon.io import toml
    from osteon.trial.dose_response import run_dose_response
    from osteon.trial.run import run as run_study

    if is_animal_study(toml.read(file)):
        from osteon.app.animal_study import run_study_of_animals

        return run_study_of_animals(file, out, patients, seed, force_new, part)
    if is_dose_response(toml.read(file)):
        if part:
            text = "A dose-response file cannot be run in parts."
            raise Unsupported(Fault("unsupported", "--part", part, "", "Leave --part out.", text))
        with Progress("groups") as progress:
            result = run_dose_response(file, out, seed, patients, workers, scheduler, progress.counted, force_new)
            return _dose_response(out, result, live)
    with Progress("patients") as progress:
        result = run_study(file, out, seed, patients, workers, batch, scheduler, progress.counted, force_new, part)
    return finished_run(out, result, live)


def resume(
    folder: str,
    workers: int,
    batch: int | None,
    scheduler: str,
    repair: bool = False,
    force_new: bool = False,
) -> CommandResult:
    """Finish a run, then write its report; computed on from what is there, with what is damaged anew, or all anew."""
    if repair and force_new:
        text = "--repair keeps what is whole, --force-new keeps nothing: choose one."
        raise InputError(Fault("usage", "--repair", "--force-new", "", "", text))
    from osteon.app.progress import Progress
    from osteon.inputs import is_dose_response
    from osteon.io.run_folder import study_table
    from osteon.trial.dose_response import resume_dose_response
    from osteon.trial.run import resume as resume_study

    if is_dose_response(study_table(Path(folder))):
        with Progress("groups") as progress:
            result = resume_dose_response(folder, workers, scheduler, progress.counted, repair, force_new)
            return _with_repairs(folder, _dose_response(folder, result), repair)
    with Progress("patients") as progress:
        result = resume_study(folder, workers, batch, scheduler, progress.counted, repair, force_new)
    return _with_repairs(folder, finished_run(folder, result), repair)


def _with_repairs(folder: str, result: CommandResult, repair: bool) -> CommandResult:
    """With a note on what was computed anew, and that it is what was there before."""
    from osteon.io.run_folder import read_manifest

    names = read_manifest(Path(folder)).get("repaired", [])
    if not repair:
        return result
    text = f"Computed anew, the same to the byte as before: {', '.join(names)}." if names else "Nothing was damaged."
    return replace(result, notes=(*result.notes, text))


def _dose_response(out: str, result: dict[str, Any], live: bool = True) -> CommandResult:
    from osteon.inputs import read_dose_response
    from osteon.io.run_folder import study_table
    from osteon.report.dose_response_page import write_dose_response_report
    from osteon.report.dose_response_tables import dose_response_table
    from osteon.trial.assumptions import assumed_in_dose_response

    page = write_dose_response_report(Path(out), live)
    text = dose_response_table(result["endpoints"]) + f"\nReport: {page}"
    grid = read_dose_response(study_table(Path(out)), "study.toml").dose_response
    notes = assumed_in_dose_response(grid)
    notes += (f"{result['failed']} hosts failed and are left out of the intervals.",) if result["failed"] else ()
    return CommandResult(result["endpoints"], True, text, notes)


def finished_run(out: str, result: dict[str, Any], live: bool = True) -> CommandResult:
    """The answer of a run that is done, its report written; of a part, what to do with it.   live : as in `run`"""
    if "part" in result:
        k, n = result["part"]
        text = f"Part {k} of {n}: {result['patients']} patients in {out}.\nWhen all parts are there: osteon join OUT PART …"
        return CommandResult([{"folder": out, **result}], True, text)
    from osteon.app.applicability import distance
    from osteon.app.run_results import harms_of, run_notes
    from osteon.report.study_page import write_study_report
    from osteon.report.tables import endpoint_table, harm_table, planning_table, uncertainty_table

    page = write_study_report(Path(out), distance(str(Path(out) / "study.toml")), live)
    harms = "\n\n".join(t for t in (uncertainty_table(result["knowledge"]), harm_table(harms_of(result))) if t)
    doses = result.get("doses", [])
    text = "".join(f"{d['arm']}: {d['words']}\n" for d in doses) + endpoint_table(result["endpoints"])
    planning = planning_table(result["endpoints"])
    text += (f"\n\n{planning}" if planning else "") + f"\n{result['levels']}"
    text += (f"\n\n{harms}" if harms else "") + f"\nReport: {page}"
    notes = tuple(n for n in run_notes(result) if n != result["levels"])  # which stands above
    more = {"doses": doses, "harms": result["harms"], "notes": [result["levels"], *notes]}
    more |= {k: result[k] for k in ("escalation", "re_estimation", "matched") if k in result}
    return CommandResult(result["endpoints"], True, text, notes, more)


def verify(folder: str) -> CommandResult:
    """Check a run folder; say where its hash is not one to compare with a run of this program on this machine."""
    from osteon.additions import active
    from osteon.io.run_folder import read_manifest
    from osteon.io.run_folder import verify as verify_folder
    from osteon.io.run_resume import refuse_other_folder

    rows = verify_folder(Path(folder))
    if active():  # a folder that was named is held against the run's
        refuse_other_folder(read_manifest(Path(folder)))
    identity, notes = _made_by(folder)
    rows[-1] = {**rows[-1], **identity}
    return CommandResult(rows, True, f"{len(rows)} files are what was written.", notes)


def hash_of(folders: tuple[str, ...]) -> CommandResult:
    """The hash of a finished run alone; of several, whether they are one, and what they were made by if not."""
    from osteon.trial.run import contents

    rows: list[dict[str, str]] = []
    notes: list[str] = []
    for folder in folders:
        identity, told = _made_by(folder)
        rows.append({"folder": folder, "hash": contents(folder), **identity})
        notes += told
    if len(rows) == 1:
        return CommandResult(rows, True, rows[0]["hash"], tuple(notes))
    same = len({r["hash"] for r in rows}) == 1
    text = "\n".join(f"{r['hash']}  {r['folder']}" for r in rows)
    notes = [] if same else _why_not_one(folders)
    return CommandResult(rows, same, text, tuple(notes))


def _made_by(folder: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """CPU class and fingerprint of the program that made a run; a note where this one is another."""
    from osteon.io.run_folder import read_manifest
    from osteon.io.run_identity import program_differences

    identity = read_manifest(Path(folder)).get("identity") or {}
    made = {k: str(identity.get(k, "")) for k in ("cpu_class", "fingerprint")}
    found = program_differences(identity) if identity else ["It does not say which program made it."]
    if not found:
        return made, ()
    text = f"'{folder}': a run here may have another hash though nothing is wrong. {' '.join(found)}"
    return made, (text,)


def _why_not_one(folders: tuple[str, ...]) -> list[str]:
    """What is known of why the first run has another hash than each of the others."""
    from osteon.io.run_folder import read_manifest
    from osteon.io.run_identity import differences

    first, *rest = (read_manifest(Path(f)) for f in folders)
    notes = []
    for folder, other in zip(folders[1:], rest, strict=True):
        parts = [f"{k.replace('_', ' ')} differs." for k in ("study_sha256", "settings") if first[k] != other[k]]
        if other.get("identity"):
            parts += differences(first.get("identity"), other["identity"])
        notes.append(f"'{folders[0]}' and '{folder}': " + (" ".join(parts) or "the same program, study and seed."))
    return notes


def replicate(
    ids: tuple[str, ...],
    everything: bool,
    patients: int,
    seed: int,
    report: str | None,
    with_recalled: bool = False,
    animals: bool = False,
    cells: bool = False,
    live: bool = True,
) -> CommandResult:
    """Replay cohorts, or score published effects in animals and of cells.   live : whether the report holds the living page"""
    if animals or cells:
        return _replicate_effects(ids, everything, animals, cells, seed, report)
    from osteon.app.progress import Progress
    from osteon.replication.trials import cohorts_for, not_replayed, summary
    from osteon.replication.trials import replicate as replay
    from osteon.report.replica_page import write_replica_report
    from osteon.report.tables import safety_table
    from osteon.trial.assumptions import assumed_in_replay

    if not ids and not everything:
        raise InputError(
            Fault(
                "nothing_asked",
                hint="Name cohorts, or write --all. 'osteon list cohorts' shows them.",
                message="No cohort was named.",
            )
        )
    names = cohorts_for(ids, everything)
    began = time.perf_counter()
    replicas, lost = [], []
    with Progress("cohorts") as progress:
        for i, name in enumerate(names):
            share = progress.shared(i, len(names))
            try:
                replicas.append(replay(name, patients, seed, share, report is not None, with_recalled))
            except RunFailed as error:
                lost.append(name)
                replicas.append(not_replayed(name, "; ".join(f.message for f in error.faults)))
    rows = [r for replica in replicas for r in replica.rows]
    scores = summary(rows)
    text = _replayed(rows, scores, len(names) <= 3)
    safety = [r for replica in replicas for r in replica.safety]
    text += f"\n\n{safety_table(safety)}" if safety else ""
    text += f"\n{len(names)} cohorts, {patients} patients an arm, {time.perf_counter() - began:.1f} s."
    if report:
        from osteon.report.live_section import live_of_cohorts

        alive = live_of_cohorts([r.cohort for r in replicas]) if live else None
        write_replica_report(Path(report), replicas, patients, seed, alive)
        text += f"\nReport: {report}"
    failed = sum(r.failed for r in replicas)
    notes = assumed_in_replay({r.cohort: r.patients.assumed for r in replicas if r.patients})
    notes += (f"{failed} virtual patients failed and are left out.",) if failed else ()
    notes += (f"Not replayed, with the reason in every row: {', '.join(lost)}.",) if lost else ()
    return CommandResult([*rows, *safety], not lost, text, notes)


def _replicate_effects(
    ids: tuple[str, ...], everything: bool, animals: bool, cells: bool, seed: int, report: str | None
) -> CommandResult:
    from osteon.app.effect_evidence import replicate_effects

    if ids or everything:
        text = "--animals and --cells score every row there is; cohorts are replayed apart."
        hint = "Leave the names and --all out."
        raise InputError(Fault("contradiction", "replicate", " ".join(ids) or "--all", "", hint, f"{text} {hint}"))
    return replicate_effects(animals, cells, seed, report)


def _replayed(rows: list[CohortRow], scores: list[ErrorSummary], each: bool) -> str:
    """Tables of a replay: changes, then fractures; every row where there are few."""
    from osteon.report.fracture_tables import fracture_scores, fracture_table, is_fracture
    from osteon.report.tables import replica_table, score_table

    changes = [r for r in rows if not is_fracture(r)]
    kept = [s for s in scores if not is_fracture(s)]
    parts = [replica_table(changes), fracture_table(rows)] if each else []
    parts += [score_table(kept) if kept else "", fracture_scores(scores)]
    return "\n\n".join(p for p in parts if p)


def demo(out: str, patients: int, seed: int) -> CommandResult:
    """The living page, two published denosumab trials replayed, a report, what to try next."""
    from osteon.report.live import write_live_page
    from osteon.report.tables import NEXT

    page = str(Path(out) / "report.html")
    Path(out).mkdir(parents=True, exist_ok=True)
    living = write_live_page(Path(out) / "page.html")
    found = replicate(("dmab_ph2", "defend"), False, patients, seed, page)
    first = f"Open first, in any browser: {living}\n\n"
    return CommandResult(found.rows, True, first + found.text + "\n" + NEXT, found.notes)


def page(file: str | None, out: str, cells: bool = False) -> CommandResult:
    """Write the living page: the whole model in one file, opening with a scenario, or the drugs, arms and people of a study."""
    from osteon.inputs import is_animal_study, is_dose_response, read_scenario
    from osteon.io import toml
    from osteon.report.live import write_live_page
    from osteon.simulation.event_tables import attach_events
    from osteon.trial.check import check_study, read_whole_study

    table, name = (toml.read(file), Path(file).name) if file else ({}, "")
    if is_dose_response(table) or is_animal_study(table):
        what = "doses of cells over species and routes" if is_dose_response(table) else "study of animals"
        text = f"A page of persons holds no {what}; 'osteon run' writes the report."
        raise Unsupported(Fault("unsupported", name, what, "a scenario or a study of people", "", text))
    study = read_whole_study(table, name) if is_study(table) else None
    if study:
        check_study(study)
    scenario = attach_events(read_scenario(table, name), Path(file).parent) if file and not study else None
    path = write_live_page(Path(out), scenario=scenario, cells=cells, study=study)
    size = path.stat().st_size
    row = {"file": str(path), "bytes": size, "model": "needed" if study else "full"}
    return CommandResult(
        [row], True, f"{path} ({size / 1000:.0f} kB): open it in any browser; it needs no server and no network."
    )


def show(name: str) -> CommandResult:
    """A card."""
    from osteon.report.cards import card_of

    row, text = card_of(name)
    return CommandResult([row], True, text)


def list_kind(kind: str | None = None) -> CommandResult:
    """A list of names; of the lists there are where none is named."""
    from osteon.report.cards import LISTS, names_of
    from osteon.report.name_rows import NameRow

    rows = names_of(kind) if kind else [NameRow(name, about) for name, about in LISTS.items()]
    width = max((len(r.name) for r in rows), default=0)
    text = "\n".join(f"{r.name:<{width}}  {r.about}".rstrip() for r in rows)
    return CommandResult(rows, True, text)


def fit(
    out: str | None,
    iterations: int,
    start: str,
    what: str = "bone",
    with_recalled: bool = False,
    report: str | None = None,
    last: str | None = None,
) -> CommandResult:
    """Fit the bone to the calibration rows that somebody has read, or the hazards of fracture to theirs.

    with_recalled : recalled rows too; the answer says by how many posterior standard deviations each value moves
    report        : fits nothing, but writes what the fit in `out` (else the shipped one) rests on into this folder
    last          : a fit that the report gives the shift from
    """
    if report:
        return _fit_report(Path(report), out, last)
    import sys

    from osteon.inference.fit import fit as fit_all
    from osteon.simulation.fits import fit_ids, load_fit, shifts

    def on_progress(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    name = "fit" if what == "bone" else what
    out = out or f"runs/{name}{'_with_recalled' if with_recalled else ''}.json"
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    if what == "fractures":
        from osteon.inference.fractures import fit_fractures

        result = fit_fractures(out, on_progress, with_recalled)
    else:
        values = load_fit().values if start == "shipped" and fit_ids() else None
        result = fit_all(out, iterations, values, with_recalled, on_progress)
    shipped = "default" if what == "bone" else what
    moved = shifts(load_fit(shipped), result["values"]) if shipped in fit_ids() else {}
    rows = [
        {"parameter": n, "value": result["values"][n], "known_from_data": known, "shift_sd": moved.get(n)}
        for n, known in result["known_from_data"].items()
    ]
    head = f"cost {result['cost']} over {result['rows']} rows, {len(rows)} parameters; written to {out}"
    lines = [
        f"  {r['parameter']:<34} {r['value']:<14.6g} known from data: {max(0.0, r['known_from_data']):.0%}"
        + ("" if r["shift_sd"] is None else f"  {r['shift_sd']:+.2f} SD from the shipped fit")
        for r in rows
    ]
    return CommandResult(rows, True, "\n".join([head, *lines]))


def _same_law(fit: Fit) -> None:
    """Raises InputError for a fit of another law: its values would be mixed with those of this one."""
    from osteon.inference.fit import FITTED

    lacks, beyond = sorted(set(FITTED) - set(fit.names)), sorted(set(fit.names) - set(FITTED))
    if lacks or beyond:
        parts = [
            f"{word} {', '.join(n[:5])}{' …' if len(n) > 5 else ''}"
            for word, n in (("lacks", lacks), ("has", beyond))
            if n
        ]
        text = f"{fit.id} is a fit of another law of bone: it {' and '.join(parts)}. Only its shift can be computed: give it as --last."
        raise InputError(Fault("other_law", "--out", fit.id, "a fit of this law", "--last", text))


def _fit_report(folder: Path, out: str | None, last: str | None) -> CommandResult:
    """Report of a fit of the bone: residuals, prior against data, weak directions, profiles, confounded pairs, shift."""
    import sys

    from osteon.inference.fit_report import fit_report, largest
    from osteon.inference.linear import linearise
    from osteon.report.fit_page import write_fit_report
    from osteon.simulation.fits import load_fit, read_fit

    def on_progress(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    chosen, earlier = read_fit(Path(out)) if out else load_fit(), read_fit(Path(last)) if last else None
    _same_law(chosen)
    made = fit_report(linearise(chosen, on_progress), chosen, earlier, on_progress)
    page, data = write_fit_report(folder, made)
    moved = {m["parameter"]: m["shift_sd"] for m in made["shift"]["moved"]}
    rows = [
        {k: p[k] for k in ("parameter", "value", "known_from_data")} | {"shift_sd": moved.get(p["parameter"])}
        for p in made["prior_and_data"]
    ]
    head = f"{made['parameters']} parameters on {made['rows']} rows and {made['tissue_rows']} of tissue; {page} and {data.name}"
    return CommandResult(rows, True, "\n".join([head, *largest(made)]))


def export(form: str, drugs: str, out: str | None) -> CommandResult:
    """The assembled model in another language."""
    from osteon.interventions import card
    from osteon.io.export import to_antimony, to_latex, to_sbml
    from osteon.io.files import write_atomic
    from osteon.simulation.assembly import human_model

    names = [card(d.strip()).name for d in drugs.split(",") if d.strip()]
    text = {"sbml": to_sbml, "antimony": to_antimony, "latex": to_latex}[form](human_model(names))
    if out:
        write_atomic(out, text)
        return CommandResult([{"file": out, "characters": len(text)}], True, f"{form} written to {out}.")
    return CommandResult([{"form": form, "text": text}], True, text)


def schema(kind: str) -> CommandResult:
    """JSON Schema of a file kind, or of what a command answers under `--json`."""
    from osteon.app.answer_schema import ROWS, answer_schema
    from osteon.inputs import schema as schema_of

    body = answer_schema(kind) if kind in ROWS else schema_of(kind)
    return CommandResult([body], True, json.dumps(body, indent=1))


def claims(ids: tuple[str, ...], everything: bool, report: str | None = None) -> CommandResult:
    """The review's statements checked on the model: exit 1 if one of them fails."""
    from osteon.checks import check_claims
    from osteon.report.tables import claim_table

    if not ids and not everything:
        hint = "Name claims, as in C65, or write --all."
        raise InputError(Fault("nothing_asked", hint=hint, message="No claim was named."))
    rows = check_claims(() if everything else ids)
    text = claim_table(rows)
    if report:
        from osteon.report.claims_page import write_claims_report

        write_claims_report(Path(report), rows)
        text += f"\nReport: {report}"
    return CommandResult(rows, all(r["verdict"] != "fails" for r in rows), text)


def credibility(contexts: tuple[str, ...], out: str, study: str | None = None) -> CommandResult:
    """What speaks for the model in each context of use, what does not, and what has no evidence: a page and a JSON file each."""
    from osteon.app.credibility import write_reports

    rows = write_reports(out, contexts, study or "")
    lines = [
        f"{r.context:<26} {'adequate' if r.adequate else 'not adequate'}; risk {r.risk}; limits met {r.met}, missed {r.missed}, "
        f"without evidence {r.no_evidence}: {r.page}"
        for r in rows
    ]
    return CommandResult([asdict(r) for r in rows], True, "\n".join([*lines, "Research use only."]))


def experiment(ids: tuple[str, ...], everything: bool, report: str | None = None) -> CommandResult:
    """The experiments of Table 1 on the model: exit 1 if one of them fails."""
    from osteon.checks.experiments import FAILED, check_experiments, chosen
    from osteon.report.tables import experiment_table

    if not ids and not everything:
        hint = "Name experiments, as in T1-04, or write --all."
        raise InputError(Fault("nothing_asked", hint=hint, message="No experiment was named."))
    asked = chosen(() if everything else ids)
    if report:
        from osteon.report.experiment_page import write_experiment_report

        rows = write_experiment_report(Path(report), asked)
    else:
        rows = check_experiments(asked)
    text = experiment_table(rows) + (f"\nReport: {report}" if report else "")
    return CommandResult(rows, all(r["verdict"] != "fails" and r.get("status") != FAILED for r in rows), text)


def bench(quick: bool) -> CommandResult:
    """How fast this machine runs virtual patients."""
    from osteon.simulation.speed import measure_speed

    rows = measure_speed(quick)
    text = "\n".join(
        f"{r.workload:<44} {r.patients_per_second:>9.1f} patients/s   {r.steps:.0f} steps each" for r in rows
    )
    return CommandResult(rows, True, text)
