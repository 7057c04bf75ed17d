"""Files of a run of the cells' posterior, as they are shipped: draws, parameters, rows; and the scorecard of what was left out."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from osteon.cells.posterior import written_posterior
from osteon.inference.cell_posterior import CellEvidence, CellFit, CellParameter
from osteon.io.files import write_atomic

DRAWS, PARAMETERS, ROWS, KEY = "posterior.csv", "posterior_parameters.csv", "posterior_rows.csv", "posterior_key.txt"


@dataclass(frozen=True)
class LeftOutScore:
    """What one role of rows scores with its own study left out of the posterior.

    figures, inside : numbers, and how many lie in the left-out 90 % interval; directions, right : directions, and how many are
    more likely than not; error, error_no_effect, error_class_mean : mean absolute error of effects on bone, log scale
    """

    what: str
    figures: int
    inside: int
    directions: int
    right: int
    effects: int
    error: float | None
    error_no_effect: float | None
    error_class_mean: float | None
    skill_no_effect: float | None
    skill_class_mean: float | None


def write_fit(folder: Path, fit: CellFit) -> None:
    """Write a finished fit into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_atomic(folder / DRAWS, written_posterior(fit.posterior))
    write_atomic(folder / PARAMETERS, _table(fit.parameters))
    write_atomic(folder / ROWS, _table(fit.rows))
    write_atomic(folder / KEY, f"{fit.key}\n")


def _table(rows: Sequence[Any]) -> str:
    body = io.StringIO()
    names = [f.name for f in fields(rows[0])]
    write = csv.writer(body, lineterminator="\n")
    write.writerow(names)
    for row in rows:
        write.writerow([_text(v) for v in asdict(row).values()])
    return body.getvalue()


def _text(value: Any) -> str:
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


@cache
def shipped_rows() -> tuple[CellEvidence, ...]:
    """Rows of evidence of the shipped posterior; none where there is none."""
    text = _shipped(ROWS)
    return tuple(_row_of(r) for r in csv.DictReader(text.splitlines()))


@cache
def shipped_parameters() -> tuple[CellParameter, ...]:
    """Parameters of the shipped posterior, before and after; none where there is none."""
    text = _shipped(PARAMETERS)
    return tuple(
        CellParameter(r["parameter"], *(float(v) for k, v in r.items() if k != "parameter"))
        for r in csv.DictReader(text.splitlines())
    )


def shipped_key() -> str:
    """Hash of the evidence that the shipped posterior was made with."""
    return _shipped(KEY).strip()


def _shipped(name: str) -> str:
    file = files("osteon") / "data" / "cells" / name
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _row_of(r: dict[str, str]) -> CellEvidence:
    published = float(r["published"]) if r["published"] else None
    low, high = float(r["left_out_lo90"]), float(r["left_out_hi90"])
    return CellEvidence(
        r["id"], r["study"], r["species"], r["endpoint"], r["role"], r["grade"], published, r["expected"], float(r["prior"]),
        float(r["posterior"]), float(r["left_out"]), low, high, float(r["effective"]), r["inside"] == "True",
    )  # fmt: skip


def left_out_scores(rows: Sequence[CellEvidence]) -> tuple[LeftOutScore, ...]:
    """Rows that are weighed, each without its study; rows that are never weighed; and each species."""
    parts = [
        ("weighed, its own study left out", [r for r in rows if r.role == "calibrate"]),
        ("never weighed", [r for r in rows if r.role == "holdout"]),
    ]
    parts += [(s, [r for r in rows if r.species == s]) for s in dict.fromkeys(r.species for r in rows)]
    return tuple(_score(what, some, rows) for what, some in parts if some)


def _score(what: str, some: Sequence[CellEvidence], every: Sequence[CellEvidence]) -> LeftOutScore:
    figures = [r for r in some if r.published is not None]
    directions = [r for r in some if r.published is None]
    bone = [r for r in figures if not r.id.startswith("cells.csv")]
    error = _mean([abs(r.left_out - (r.published or 0.0)) for r in bone])
    none = _mean([abs(r.published or 0.0) for r in bone])
    pairs = [(r, m) for r in bone if (m := _class_mean(r, every)) is not None]
    of_class = _mean([abs(m - (r.published or 0.0)) for r, m in pairs])
    same = _mean([abs(r.left_out - (r.published or 0.0)) for r, _ in pairs])
    return LeftOutScore(
        what, len(figures), sum(r.inside for r in figures), len(directions), sum(r.inside for r in directions), len(bone),
        error, none, of_class, _skill(error, none), _skill(same, of_class),
    )  # fmt: skip


def _class_mean(row: CellEvidence, every: Sequence[CellEvidence]) -> float | None:
    kind = row.endpoint.partition("_")[0]
    return _mean(
        [
            r.published
            for r in every
            if r.published is not None
            and not r.id.startswith("cells.csv")
            and r.study != row.study
            and r.endpoint.partition("_")[0] == kind
        ]
    )


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _skill(error: float | None, other: float | None) -> float | None:
    return None if error is None or not other or math.isclose(other, 0.0) else 1 - error / other
