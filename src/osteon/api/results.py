"""What a question in Python is answered with: frames to compute with, sentences and figures to read."""

from __future__ import annotations

import html
import json
import textwrap
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from osteon.app.command_result import CommandResult
from osteon.errors import Fault, InputError, Unsupported, unknown

if TYPE_CHECKING:
    from osteon.simulation.scenario import Simulated

LINES, WIDTH = 40, 110  # of a screen
COLUMNS = ("month", "output", "unit", "value", "lo90", "hi90", "evidence")


def screen(text: str) -> str:
    """A text cut to a screen, and how much of it was cut."""
    lines = [line if len(line) <= WIDTH else f"{line[: WIDTH - 2]} …" for line in text.split("\n")]
    if len(lines) <= LINES:
        return "\n".join(lines)
    return "\n".join([*lines[: LINES - 1], f"… {len(lines) - LINES + 1} more lines: print(…)"])


def wrapped(text: str) -> str:
    """Sentences broken into lines that fit a screen."""
    return "\n".join(textwrap.fill(line, WIDTH, subsequent_indent="  ") for line in text.split("\n"))


def frame(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] | None = None) -> Any:
    """Rows as a pandas frame."""
    import pandas as pd

    return pd.DataFrame(list(rows), columns=None if columns is None else list(columns))


def _block(text: str) -> str:
    return f"<pre>{html.escape(text)}</pre>"


class Result:
    """The answer of a command: `df` and `rows` to compute with, `text` as the command line prints it, `ok`, `notes`."""

    def __init__(self, answer: CommandResult) -> None:
        self._answer = answer

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of `--json`."""
        return [dict(r) for r in self._answer.rows]

    @property
    def ok(self) -> bool:
        """Whether what was asked held: the exit code 0 of the command."""
        return self._answer.ok

    @property
    def text(self) -> str:
        """What the command line prints."""
        return self._answer.text

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know."""
        return self._answer.notes

    @cached_property
    def df(self) -> Any:
        """The rows as a pandas frame."""
        return frame(self.rows)

    def __str__(self) -> str:
        return "\n".join([self.text, *self.notes])

    def __repr__(self) -> str:
        return screen(str(self))

    def _repr_html_(self) -> str:
        return _block(str(self))


class Card(Result):
    """What a name stands for: `text` for people, `row` for machines."""

    @property
    def row(self) -> dict[str, Any]:
        """The fields of the card."""
        return self.rows[0]


class ScenarioResult:
    """A scenario that was simulated.

    df    : month, output, unit, value, lo90, hi90, evidence; an interval is empty without draws
    doses : the ledger of doses, a frame        notes : what a reader must know
    """

    def __init__(self, scenario: Any, simulated: Simulated, seed: int) -> None:
        self.scenario, self.seed = scenario, seed
        self._simulated = simulated

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of `osteon simulate --json`."""
        return [dict(r) for r in self._simulated.rows]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know."""
        return self._simulated.notes

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names that were looked at."""
        return tuple(dict.fromkeys(r["output"] for r in self.rows))

    @cached_property
    def df(self) -> Any:
        """A tidy pandas frame, one row a month and output."""
        table = frame(self.rows).rename(columns={"months": "month"})
        return table[list(COLUMNS)].astype({"lo90": float, "hi90": float})

    @cached_property
    def doses(self) -> Any:
        """The ledger of doses, a frame: requested, given, and why others were not."""
        return frame([d.row() for d in self._simulated.doses])

    def wide(self, what: str = "value") -> Any:
        """One row a month, one column an output.   what : "value", "lo90" or "hi90"."""
        if what not in ("value", "lo90", "hi90"):
            raise InputError(unknown("column", what, ("value", "lo90", "hi90"), "wide"))
        return self.df.pivot(index="month", columns="output", values=what)[list(self.outputs)]

    def to_xarray(self) -> Any:
        """A dataset over `month` with each output, its `_lo90` and `_hi90`. Raises Unsupported where xarray is not installed."""
        try:
            import xarray
        except ImportError:
            text = "xarray is not installed. 'pip install xarray' brings it; .df and .wide() need nothing more."
            raise Unsupported(Fault("not_installed", "to_xarray", "xarray", "", "", text)) from None
        about = {r["output"]: {"unit": r["unit"], "evidence": r["evidence"]} for r in self.rows}
        tables = {"": self.wide(), "_lo90": self.wide("lo90"), "_hi90": self.wide("hi90")}
        data = {
            f"{o}{end}": ("month", table[o].to_numpy(), about[o]) for o in self.outputs for end, table in tables.items()
        }
        return xarray.Dataset(data, coords={"month": tables[""].index.to_numpy()})

    def plot(self, *outputs: str) -> Any:
        """An Altair chart of the named outputs, all of them where none is named; the band is the 90 % interval."""
        from osteon.report.scenario_figures import scenario_figure

        wrong = [unknown("output", o, self.outputs, "plot") for o in outputs if o not in self.outputs]
        if wrong:
            raise InputError(wrong)
        return scenario_figure([r for r in self._simulated.rows if r.output in (outputs or self.outputs)])

    def explain(self) -> str:
        """What happens, in plain sentences: doses, outputs, how sure, what it rests on, what to know."""
        from osteon.report.scenario_figures import sentences

        doses = [d.sentence() for d in self._simulated.doses]
        return "\n".join(
            [*doses, *sentences(self._simulated.rows), *self.notes, "Research use only, never patient care."]
        )

    def save(self, path: str | Path) -> Path:
        """Write what the name ends in: a figure as .svg, .png or .html, the rows as .csv or .json, the scenario as .toml."""
        place = Path(path)
        writers: dict[str, Callable[[], Any]] = {
            ".svg": lambda: _svg(self.plot()),
            ".png": lambda: _png(self.plot()),
            ".html": lambda: self.plot().to_html(),
            ".csv": self._csv,
            ".json": lambda: json.dumps(self.rows, indent=1, allow_nan=False),
            ".toml": lambda: self.scenario.to_toml(),
        }
        if place.suffix not in writers:
            text = f"'{place.name}' does not say in what form: {', '.join(writers)} can be written."
            raise InputError(Fault("bad_name", "save", place.suffix, ", ".join(writers), "", text))
        from osteon.io.files import write_atomic

        write_atomic(place, writers[place.suffix]())
        return place

    def page(self, out: str | Path = "page.html") -> Any:
        """Write the living page that opens with this scenario; a notebook shows it. Raises Unsupported for what it cannot hold."""
        from osteon.api.page_file import page_of

        return page_of(self.scenario, out)

    def _csv(self) -> str:
        from osteon.io.csv_out import simulation_csv

        return simulation_csv(self.rows)

    def __str__(self) -> str:
        from osteon.report.scenario_tables import ledger_text, scenario_table

        return "\n".join(
            t for t in (ledger_text(self._simulated.doses), scenario_table(self._simulated.rows), *self.notes) if t
        )

    def __repr__(self) -> str:
        return screen(wrapped(self.explain()))

    def _repr_html_(self) -> str:
        text = "".join(f"<p>{html.escape(line)}</p>" for line in self.explain().split("\n"))
        figure = _svg(self.plot()).replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)
        from osteon.api.page_file import frame_of_scenario

        return f"<div>{figure}{text}{frame_of_scenario(self.scenario)}</div>"


def _svg(chart: Any) -> str:
    from osteon.report.figures import svg

    return svg(chart)


def _png(chart: Any) -> bytes:
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(chart.to_json(), scale=2))


class AnimalRunResult:
    """A finished study of animals: its comparisons, every animal, the report."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    @cached_property
    def endpoints(self) -> Any:
        """One row an endpoint and compared arm, with the study's result and the model's true effect."""
        import json

        return frame(json.loads((self.folder / "endpoints.json").read_text(encoding="utf-8"))["endpoints"])

    @cached_property
    def animals(self) -> Any:
        """One row an animal and endpoint, as measured."""
        import pandas as pd

        return pd.read_csv(self.folder / "animals.csv")

    @property
    def report(self) -> Path:
        """The page of the study."""
        return self.folder / "report.html"


class RunResult:
    """A finished run of a study: frames of what was measured in whom, the report, the hash."""

    def __init__(self, folder: str | Path) -> None:
        from osteon.app.run_results import results_of

        self.folder = Path(folder)
        self._result = results_of(self.folder)

    @cached_property
    def endpoints(self) -> Any:
        """One row an endpoint and arm, with its interval and its comparison."""
        return frame(self._result["endpoints"])

    @cached_property
    def outcomes(self) -> Any:
        """Every measured value: patient, arm, visit (months), output, value, reason (empty = observed)."""
        from osteon.app.run_results import outcomes_of

        return outcomes_of(self.folder)

    @cached_property
    def patients(self) -> Any:
        """Everybody who was enrolled: patient, arm, covariates at month 0."""
        from osteon.app.run_results import patients_of

        return patients_of(self.folder)

    @cached_property
    def harms(self) -> Any:
        """Harms to be expected in each arm beside those that were drawn."""
        return frame(self._result.get("harms", []))

    @cached_property
    def power(self) -> Any:
        """Power, assurance and patients needed, one row an endpoint and compared arm."""
        from osteon.app.run_results import power_rows

        return frame(power_rows(self._result))

    @cached_property
    def power_curves(self) -> Any:
        """Power and assurance over the number of patients, one row an endpoint, arm and number."""
        return frame(self._result.get("power", []))

    @cached_property
    def doses(self) -> Any:
        """The ledger of doses of every arm."""
        return frame(self._result.get("doses", []))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know: what is assumed, labels, patients who failed; as the command line prints them."""
        from osteon.app.run_results import run_notes

        return run_notes(self._result)

    @property
    def hash(self) -> str:
        """The hash that `osteon hash` prints, after every file was checked. Raises CorruptData."""
        from osteon.trial.run import contents

        return contents(self.folder)

    def report(self, show: bool = True) -> Path:
        """The report of the run; opened in the browser where `show`."""
        page = self.folder / "report.html"
        if show:
            import webbrowser

            webbrowser.open(page.resolve().as_uri())
        return page

    def __str__(self) -> str:
        from osteon.app.run_results import harms_of
        from osteon.report.tables import endpoint_table, harm_table

        head = f"{self._result['title']}: {self._result['patients']} patients, {self.folder}"
        harms = harm_table(harms_of(self._result))
        parts = [head, endpoint_table(self._result["endpoints"]), harms, *self.notes]
        return "\n".join(p for p in parts if p)

    def __repr__(self) -> str:
        return screen(str(self))

    def _repr_html_(self) -> str:
        from osteon.api.page_file import frame_of_study

        return _block(str(self)) + frame_of_study(self.folder / "study.toml")
