"""The verbs: each is a command of the command line, answered with frames."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from osteon.api.records import Scenario, read_scenario
from osteon.api.results import AnimalRunResult, Card, Result, RunResult, ScenarioResult, frame
from osteon.errors import Fault, InputError

if TYPE_CHECKING:
    from osteon.api.page_file import PageFile
    from osteon.app.own_folder import AdditionsInForce

MAX_SEED = 2**62
Source = str | Path | Mapping[str, Any]


def simulate(
    scenario: Scenario | Source,
    draws: int | None = None,
    seed: int = 1,
    values: Mapping[str, float] | None = None,
    full: bool = False,
) -> ScenarioResult:
    """Simulate a scenario: an object, the path of a file, or a table as in TOML. The numbers are those of `osteon simulate`.

    draws  : parameter sets behind the 90 % interval instead of the scenario's; 0 = none
    values : parameters at other values, in their own units, from the beginning of the run-in; what is found rests on assumption
    full   : with the model of every drug and harm, as the page has it
    Raises InputError, Unsupported, RunFailed.

    >>> import osteon as ost
    >>> r = ost.simulate("examples/scenario_woman.toml", draws=0)
    >>> list(r.df.columns)
    ['month', 'output', 'unit', 'value', 'lo90', 'hi90', 'evidence']
    >>> bool(r.wide().loc[18.0, "bmd_total_hip"] > 0)
    True
    >>> r.doses[["drug", "given"]].values.tolist()
    [['alendronate', 125.0], ['denosumab', 4.0]]
    """
    from osteon.app.scenarios import changed_values, check_whole, simulate_table

    check_whole("seed", seed, 0, MAX_SEED)
    own = scenario if isinstance(scenario, Scenario) else read_scenario(scenario)
    if draws is not None:
        own = own.replace(draws=draws)
    if values:
        own = own.replace(overrides=[*own.overrides, *changed_values(values)])
    return ScenarioResult(own, simulate_table(own.to_dict(), own._name, own._folder, seed, full), seed)


def run(
    study: Source,
    out: str | Path,
    patients: int | None = None,
    seed: int = 1,
    workers: int = 1,
    force_new: bool = False,
) -> RunResult | AnimalRunResult:
    """Run a study file (of people, or of animals), or a table of the same form, into a new folder, and write its report. The hash is that of `osteon run`.

    patients : in an arm, instead of the study's; force_new : a run that stands in the folder is given up
    Raises InputError, Unsupported, RunFailed.

    >>> import osteon as ost, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     t = ost.run("examples/stopping_denosumab.toml", out=f"{folder}/run", patients=2)
    ...     t.endpoints["arm"].nunique(), len(t.patients), t.report(show=False).name
    (2, 4, 'report.html')
    """
    from osteon.app.actions import run as run_file
    from osteon.app.scenarios import check_whole

    check_whole("seed", seed, 0, MAX_SEED)
    check_whole("workers", workers, 1, 256)
    with tempfile.TemporaryDirectory() as folder:
        file = _file(study, Path(folder))
        run_file(str(file), str(out), patients, seed, workers, None, "", force_new)
    return AnimalRunResult(out) if (Path(out) / "animals.csv").is_file() else RunResult(out)


def _file(study: Source, folder: Path) -> Path:
    """The path of a study; a table is written into the folder first."""
    if not isinstance(study, Mapping):
        return Path(study)
    from osteon.api.record import _plain
    from osteon.io.toml_out import to_toml

    file = folder / "study.toml"
    file.write_text(to_toml(_plain(study)), encoding="utf-8")
    return file


def read_run(folder: str | Path) -> RunResult:
    """A run that was finished before. Raises InputError where the folder holds none or it is not finished.

    >>> import osteon as ost
    >>> ost.read_run("no_such_folder")
    Traceback (most recent call last):
    osteon.errors.InputError: ...
    """
    return RunResult(folder)


def _names(values: tuple[Any, ...]) -> tuple[str, ...]:
    """Names one by one or in a list. Raises InputError for what is no text."""
    flat = [n for v in values for n in ((v,) if isinstance(v, str) or not isinstance(v, Iterable) else v)]
    for name in flat:
        if not isinstance(name, str):
            text = f"A name is a text, not {name!r}."
            raise InputError(Fault("bad_name", "", str(name), "a text, as in 'freedom'", "", text))
    return tuple(flat)


def replicate(*cohorts: str | Iterable[str], patients: int = 50, seed: int = 1, with_recalled: bool = False) -> Result:
    """Published cohorts as virtual trials, their numbers beside the published ones; all cohorts where none is named.

    patients : virtual patients an arm; with_recalled : rows from memory that nobody has read since are compared too

    >>> import osteon as ost
    >>> table = ost.replicate("freedom", patients=2).df
    >>> {"arm", "endpoint", "published", "simulated", "lo90", "hi90"} <= set(table.columns)
    True
    """
    from osteon.app.actions import replicate as replay
    from osteon.app.scenarios import check_whole

    check_whole("patients", patients, 2, 100_000)
    check_whole("seed", seed, 0, MAX_SEED)
    names = _names(cohorts)
    return Result(replay(names, not names, patients, seed, None, with_recalled))


def claims(*ids: str | Iterable[str]) -> Result:
    """The review's statements checked on the model, all where none is named.

    >>> import osteon as ost
    >>> ost.claims("C65").df["id"].tolist()
    ['C65']
    """
    from osteon.app.actions import claims as check

    names = _names(ids)
    return Result(check(names, not names))


def experiment(*ids: str | Iterable[str]) -> Result:
    """The experiments of the review's Table 1 on the model, all where none is named.

    >>> import osteon as ost
    >>> ost.experiment("T1-99")
    Traceback (most recent call last):
    osteon.errors.InputError: ...
    """
    from osteon.app.actions import experiment as check

    names = _names(ids)
    return Result(check(names, not names))


def show(name: str) -> Card:
    """The card of a drug, parameter, state, cohort, claim, harm …: equations, and every number with its source.

    >>> import osteon as ost
    >>> ost.show("denosumab").row["kind"]
    'antiresorptive'
    """
    from osteon.app.actions import show as show_card

    return Card(show_card(name))


def drugs() -> Any:
    """Drugs that can be given, a frame.

    >>> import osteon as ost
    >>> "denosumab" in set(ost.drugs()["name"])
    True
    """
    return _list("drugs")


def cohorts() -> Any:
    """Published cohorts that can be replayed, a frame.

    >>> import osteon as ost
    >>> "FREEDOM" in set(ost.cohorts()["name"].str.upper())
    True
    """
    return _list("cohorts")


def outcomes() -> Any:
    """Outputs that a scenario can look at, a frame with units; those with words come first.

    >>> import osteon as ost
    >>> ost.outcomes().set_index("name").loc["ctx", "unit"]
    'ug/L'
    """
    return _list("outputs")


def _list(kind: str) -> Any:
    from osteon.app.actions import list_kind

    return frame(list_kind(kind).rows)


def page(
    scenario: Scenario | Source | None = None, out: str | Path = "page.html", drugs: Iterable[str] | None = None
) -> PageFile:
    """Write the living page, the whole model as one file for any browser, and return its path, which a notebook shows.

    scenario : what it opens with, or a study whose drugs, arms and people it holds; drugs : that can be given in it, None = all
    Raises Unsupported for a scenario or study that a page cannot hold.

    >>> import osteon as ost, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ost.page(out=f"{folder}/page.html", drugs=["denosumab"]).stat().st_size > 100_000
    True
    """
    from osteon.api.page_file import PageFile, page_of
    from osteon.app.actions import is_study
    from osteon.inputs import read_study
    from osteon.report.live import write_live_page

    table, name = _study_table(scenario)
    if is_study(table):
        return PageFile(write_live_page(Path(out), study=read_study(table, name)))
    own = scenario if scenario is None or isinstance(scenario, Scenario) else read_scenario(scenario)
    return page_of(own, out, drugs)


def _study_table(source: Any) -> tuple[dict[str, Any], str]:
    """The table of a file or dictionary and its name; an empty one for a scenario that stands in memory, or none."""
    from osteon.io import toml

    if isinstance(source, Mapping):
        return dict(source), "study"
    if isinstance(source, (str, Path)) and not isinstance(source, Scenario):
        return toml.read(source), Path(source).name
    return {}, ""


def use(folder: str | Path | None) -> AdditionsInForce:
    """Put an own folder in force: its drugs, cohorts, measurements, cell sources, regulators, harms and claims stand beside what is shipped.

    It holds for this process and the workers it starts, until another is used or `ost.use(None)`; in a `with` block, to its end.
    Raises InputError with everything that is wrong in the folder.

    >>> import osteon as ost
    >>> with ost.use("examples/my_lab"):
    ...     "exumab" in set(ost.drugs()["name"])
    True
    >>> "exumab" in set(ost.drugs()["name"])
    False
    """
    from osteon.app.own_folder import use as use_folder

    return use_folder(folder)
