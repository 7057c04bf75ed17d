"""What the report of a study reads of its run folder: who was followed, how each arm changed, who had an event when."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from osteon.charts.survival import SurvivalCurve
from osteon.inputs import Study, read_study
from osteon.inputs.names import FRACTURE_ENDPOINTS, SCORES
from osteon.io import toml
from osteon.io.outcome_store import first_events, read_parquet
from osteon.io.run_folder import read_manifest
from osteon.report.tables import FRACTURE_LABELS, NAMES
from osteon.trial.fracture_events import EXPECTED
from osteon.trial.known_courses import unknown_shifts
from osteon.trial.run import STANDARD, Settings
from osteon.units import DAYS_PER_MONTH

MAX_COURSES = 20_000  # patients whose single courses are read; of more, every k-th stands for the others
Row = dict[str, Any]


@dataclass(frozen=True)
class Course:
    """Change in percent of one output in one arm at the visits: mean, its 95 % interval, middle 90 % of patients, and the
    90 % interval over parameter draws (None where it was not taken)."""

    arm: str
    output: str
    months: list[float]
    mean: list[float]
    chance: tuple[list[float], list[float]]
    persons: tuple[list[float], list[float]]
    known: tuple[list[float], list[float]] | None
    n: list[int]


@dataclass(frozen=True)
class StudyRun:
    """A finished run.   result : its endpoints.json"""

    folder: Path
    manifest: Mapping[str, Any]
    study: Study
    result: Mapping[str, Any]

    @property
    def files(self) -> list[Path]:
        """Its outcomes."""
        return [self.folder / c["file"] for c in self.manifest["chunks"]]

    @property
    def arms(self) -> list[str]:
        """Names in the order of the file."""
        return [a.name for a in self.study.arm]

    @cached_property
    def comparator(self) -> str:
        """The arm that others are compared with, else the first."""
        compared = [e.compare for e in self.study.endpoint if e.compare]
        return compared[0] if compared else self.arms[0]

    def number(self, arm: str) -> int:
        """Place of an arm: the comparator is 0, the others follow in the order of the file."""
        others = [a for a in self.arms if a != self.comparator]
        return 0 if arm == self.comparator else others.index(arm) + 1

    @property
    def in_order(self) -> list[str]:
        """Comparator first."""
        return sorted(self.arms, key=self.number)

    @property
    def celled(self) -> list[str]:
        """Arms that are given cells."""
        return [a.name for a in self.study.arm if a.cells]

    @property
    def visits(self) -> list[float]:
        """In months."""
        return [round(v / DAYS_PER_MONTH, 9) for v in self.study.design.visits]

    @property
    def months(self) -> float:
        """Length of the study."""
        return float(self.study.design.duration / DAYS_PER_MONTH)

    @property
    def trials(self) -> int:
        """How many trials were run."""
        u = self.study.uncertainty
        return max(u.parameter_draws, 1) * u.replicates

    @cached_property
    def patients(self) -> Any:
        """A frame of who they are: all, or every k-th."""
        path = self.folder / "patients.parquet"
        step = max(1, -(-int(self.result["patients"]) // MAX_COURSES))
        return read_parquet([path], "patient") if step == 1 else _every(path, step)

    @cached_property
    def outputs(self) -> list[str]:
        """Outcomes whose course is shown: bone first, then markers, then what else is an endpoint."""
        asked = [e.name for e in self.study.endpoint if e.name not in (*FRACTURE_ENDPOINTS, *SCORES)]
        return list(dict.fromkeys([*STANDARD, *asked]))

    @cached_property
    def changes(self) -> Any:
        """A frame patient, arm, visit, output, change (percent of the visit at month 0), of those who were seen at both."""
        import pandas as pd

        marks = ", ".join("'" + o.replace("'", "''") + "'" for o in self.outputs)
        frames = []
        for file in self.files:
            frame = read_parquet([file], "patient, visit", f"output IN ({marks}) AND isfinite(value)")
            frame = frame[frame["patient"].isin(self.patients["patient"])]
            first = frame[frame["visit"] == frame["visit"].min()][["patient", "output", "value"]]
            both = frame.merge(first, on=["patient", "output"], suffixes=("", "_first"))
            both = both[both["value_first"] != 0]
            frames.append(
                pd.DataFrame(
                    {
                        "patient": both["patient"],
                        "arm": both["arm"],
                        "visit": both["visit"],
                        "output": both["output"],
                        "change": 100 * (both["value"] / both["value_first"] - 1),
                    }
                )
            )
        return pd.concat(frames, ignore_index=True)

    @cached_property
    def courses(self) -> dict[tuple[str, str], Course]:
        """(arm, output) -> Course."""
        settings = Settings(**self.manifest["settings"])
        shifts = unknown_shifts(self.study, settings, self.outputs)
        found = {}
        for (arm, output), own in self.changes.groupby(["arm", "output"]):
            found[arm, output] = _course(arm, output, own, shifts.get((arm, output)), self.visits)
        return found

    def seen(self, visit: float | None = None) -> dict[str, dict[str, int]]:
        """Arm -> counts by what became of the patients at a visit (months; None: the last): seen, dropout, failed."""
        at = self.visits[-1] if visit is None else visit
        counts: dict[str, dict[str, int]] = {a: {"seen": 0, "dropout": 0, "failed": 0} for a in self.arms}
        output = STANDARD[0]
        for file in self.files:
            frame = read_parquet([file], "", f"output = '{output}' AND abs(visit - {at!r}) < 1e-6", "arm, reason")
            for arm, reason in zip(frame["arm"], frame["reason"], strict=True):
                kind = "seen" if not reason else "dropout" if reason == "dropout" else "failed"
                counts[arm][kind] += 1
        return counts

    def began(self) -> dict[str, int]:
        """Arm -> patients."""
        counts = dict.fromkeys(self.arms, 0)
        for kinds in self.seen().items():
            counts[kinds[0]] = sum(kinds[1].values())
        return counts

    def survival(self, endpoint: str, months: float, ticks: Sequence[float]) -> list[SurvivalCurve]:
        """First events of every arm by Kaplan and Meier, the comparator first."""
        table = first_events(self.files, endpoint, f"{EXPECTED}{endpoint}", months)
        ends = {
            r["arm"]: r for r in self.result["endpoints"] if r["endpoint"] == endpoint and r["visit_months"] == months
        }
        curves = []
        for arm in self.in_order:
            rows = table["arm"] == arm
            times, percent, at_risk = kaplan_meier(table["months"][rows], table["had"][rows].astype(bool), ticks)
            end = ends.get(arm, {})
            low, high = (end.get(k) if end.get(k) is not None else percent[-1] for k in ("lo", "hi"))
            curves.append(
                SurvivalCurve(arm, self.number(arm), [*times, months], [*percent, percent[-1]], low, high, at_risk)
            )
        return curves


def load_run(folder: Path) -> StudyRun:
    """A finished run folder of a study."""
    study = read_study(toml.read(folder / "study.toml"), "study.toml")
    result = json.loads((folder / "endpoints.json").read_text(encoding="utf-8"))
    return StudyRun(folder, read_manifest(folder), study, result)


def kaplan_meier(months: Any, had: Any, ticks: Sequence[float]) -> tuple[list[float], list[float], list[int]]:
    """Times of steps with the percent who had an event by then, from (0, 0), and the number still at risk at each tick.

    >>> kaplan_meier(np.array([1.0, 2.0, 2.0, 3.0]), np.array([True, True, False, False]), [0.0, 2.0, 3.0])
    ([0.0, 1.0, 2.0], [0.0, 25.0, 50.0], [4, 3, 1])
    """
    times, percent, free = [0.0], [0.0], 1.0
    for time in np.unique(months[had]):
        at_risk = int((months >= time - 1e-9).sum())
        free *= 1 - int(((np.abs(months - time) < 1e-9) & had).sum()) / at_risk
        times.append(float(time))
        percent.append(float(100 * (1 - free)))
    return times, percent, [int((months >= t - 1e-9).sum()) for t in ticks]


def _every(path: Path, step: int) -> Any:
    return read_parquet([path], "patient").iloc[::step]


def _course(arm: str, output: str, own: Any, shift: Any, visits: Sequence[float]) -> Course:
    """Of the patients who were seen."""
    months, mean, n = [], [], []
    chance: tuple[list[float], list[float]] = ([], [])
    persons: tuple[list[float], list[float]] = ([], [])
    known: tuple[list[float], list[float]] = ([], [])
    for visit, values in own.groupby("visit")["change"]:
        middle, count = float(values.mean()), len(values)
        half = 1.959964 * float(values.std()) / count**0.5 if count > 1 else float("nan")
        months.append(float(visit))
        mean.append(middle)
        n.append(count)
        for side, value in zip(chance, (middle - half, middle + half), strict=True):
            side.append(value)
        for side, q in zip(persons, (0.05, 0.95), strict=True):
            side.append(float(values.quantile(q)))
        if shift is not None:
            at = int(np.argmin(np.abs(np.array(visits) - float(visit))))
            for side, edge in zip(known, shift, strict=True):
                side.append(middle + float(edge[at]))
    return Course(arm, output, months, mean, chance, persons, known if shift is not None else None, n)


def label_of(endpoint: str) -> str:
    """An outcome in words."""
    return (NAMES | FRACTURE_LABELS).get(endpoint, endpoint.replace("_", " "))
