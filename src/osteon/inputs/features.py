"""What a file makes use of, by name, so that a version which lacks a part can refuse it by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

WHY_NOT: dict[str, str] = {}  # read and checked, but not run yet, and why
UNBUILT = frozenset(WHY_NOT)


def features_used(record: Any) -> frozenset[str]:
    """Names of everything that a scenario or study makes use of.

    `cells`, `animal`, `stop_when`, `override`, `infusion`, `glucocorticoid`, `habit 'exercise'` and the like.
    """
    arms = record.arm if hasattr(record, "arm") else [record]
    found = set(_of_study(record) if hasattr(record, "arm") else _of_scenario(record))
    for arm in arms:
        found |= set(_of_arm(arm))
    return frozenset(found)


def unbuilt(record: Any) -> tuple[str, ...]:
    """Those of them that this version cannot run, in the order of the alphabet."""
    return tuple(sorted(features_used(record) & UNBUILT))


def _of_arm(arm: Any) -> Iterator[str]:
    for regimen in arm.regimen:
        yield from _named("infusion", bool(regimen.duration))
        yield from _named("adherence", regimen.adherence < 1)
        yield from _named("adherence between persons", regimen.adherence_sd > 0)
        yield from _named("extrapolated dose", regimen.extrapolated)
        for key in ("stop_when", "hold_when"):
            rule = getattr(regimen, key)
            yield from _named(key, bool(rule))
            yield from _named(f"{key} with 'and'", bool(rule and rule.also))
    yield from (f"habit '{habit.name}'" for habit in arm.habit)
    yield from _named("override", bool(arm.override))
    for product in arm.cells:
        yield from ("cells", f"product '{product.product}'", f"cell route '{product.route}'")
        yield from _named("pretreatment", bool(product.pretreatment))
        yield from _named("extrapolated dose", product.extrapolated)


def _of_scenario(scenario: Any) -> Iterator[str]:
    yield "animal" if scenario.animal else "person"
    if scenario.animal:
        yield f"condition '{scenario.animal.condition}'"
        yield from _named("glucocorticoid", scenario.animal.condition == "glucocorticoid")
    yield from _named("draws", scenario.output.draws > 0)
    yield from _named("events", scenario.events is not None)


def _of_study(study: Any) -> Iterator[str]:
    population, design = study.population, study.design
    yield from _named("cohort written as a table", not isinstance(population.cohort, str))
    yield from _eligible(c.quantity for c in population.eligible)
    yield from _named("strata", bool(design.strata))
    yield from _named("dropout", design.dropout > 0)
    yield from _named("background", bool(design.background))
    yield from _named("fit_ensemble", study.uncertainty.parameters == "fit_ensemble")
    yield from _named("parameter_draws", study.uncertainty.parameter_draws > 0)
    yield from _named("replicates", study.uncertainty.replicates > 1)


def _eligible(names: Iterable[str]) -> Iterator[str]:
    yield from (f"eligible on '{name}'" for name in names)


def _named(name: str, used: bool) -> tuple[str, ...]:
    return (name,) if used else ()
