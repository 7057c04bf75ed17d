"""How far a study lies from the evidence behind the model: persons, outcomes and months, doses, sequences, cells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from osteon.additions import cached
from osteon.evidence import cohort_ids, load_cohort, load_measurements
from osteon.inputs import read_study
from osteon.inputs.study import Study
from osteon.io import toml
from osteon.units import DAYS_PER_MONTH

Row = dict[str, Any]


def distance(file: str) -> list[Row]:
    """Rows what, asked, behind, outside, words of a study file; outside: extrapolated. Raises InputError for a bad file."""
    study = read_study(toml.read(file), Path(file).name)
    return [_age(study), *_endpoints(study), *_doses(study), *_sequences(study), *_cells(study)]


def _row(what: str, asked: Any, behind: Any, outside: bool, words: str) -> Row:
    return {"what": what, "asked": asked, "behind": behind, "outside": outside, "words": words}


def _age(study: Study) -> Row:
    ages = [float(a) for n in cohort_ids() if isinstance(a := load_cohort(n).population.get("age"), int | float)]
    cohort = study.population.cohort
    own = getattr(cohort, "age", None)
    if not isinstance(own, int | float):
        own = load_cohort(cohort).population.get("age") if isinstance(cohort, str) else None
    behind = [min(ages), max(ages)]
    if own is None:
        return _row("mean age", None, behind, True, "the study names no mean age")
    outside = not behind[0] <= float(own) <= behind[1]
    return _row("mean age", float(own), behind, outside, f"{own:g} years; cohorts of {behind[0]:g} to {behind[1]:g}")


def _endpoints(study: Study) -> list[Row]:
    rows = []
    for e in study.endpoint:
        names = {e.name, f"fracture_{e.name.removesuffix('_fracture')}"}
        months = [m.months for m in load_measurements() if m.endpoint in names and m.months == m.months]
        asked = e.visit / DAYS_PER_MONTH
        if not months:
            rows.append(_row(e.name, asked, None, True, f"{e.name}: no published row of this outcome stands behind it"))
            continue
        last = max(months)
        rows.append(
            _row(
                e.name,
                asked,
                [min(months), last],
                asked > last,
                f"{e.name} at {asked:.0f} months; rows up to {last:g} months",
            )
        )
    return rows


def _doses(study: Study) -> list[Row]:
    rows = []
    for arm in study.arm:
        for r in arm.regimen:
            times = r.times_studied
            words = f"{arm.name}: {r.drug} {r.amount:g} {r.route}, {times:.2g} times the most that was studied"
            rows.append(_row(f"dose of {r.drug}", times, [0.0, 1.0], r.extrapolated, words))
    return rows


@cached
def _published_sequences() -> frozenset[tuple[str, ...]]:
    """Drugs of every published arm, in the order of their first doses."""
    return frozenset(
        tuple(dict.fromkeys(str(r.get("drug")) for r in arm.regimen))
        for n in cohort_ids()
        for arm in load_cohort(n).arms
    )


def _sequences(study: Study) -> list[Row]:
    rows = []
    for arm in study.arm:
        drugs = tuple(dict.fromkeys(r.drug for r in sorted(arm.regimen, key=lambda r: r.start)))
        if len(drugs) > 1:
            known = drugs in _published_sequences()
            rows.append(
                _row(
                    f"sequence of {arm.name}",
                    list(drugs),
                    known,
                    not known,
                    f"{' then '.join(drugs)}: {'a published arm has it' if known else 'no published arm has it'}",
                )
            )
    return rows


def _cells(study: Study) -> list[Row]:
    treated = [arm.name for arm in study.arm if arm.cells]
    return [
        _row(f"cells of {n}", n, 0, True, f"{n}: no human row of cells in osteoporosis stands behind it")
        for n in treated
    ]


def distance_text(rows: Sequence[Row]) -> str:
    """In words: how many of what was asked lies outside."""
    outside = [r["words"] for r in rows if r["outside"]]
    head = f"{len(outside)} of {len(rows)} lie outside what was seen" + (":" if outside else ".")
    return "\n".join([head, *(f"  {w}" for w in outside)])
