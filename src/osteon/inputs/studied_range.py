"""How much of a drug or a cell product has been given in studies: beyond it a run is labelled extrapolated.

The largest single dose of a drug and its densest schedule stand on its card. A dose may be within what was
studied and its schedule not: 70 mg of alendronate is a weekly dose, and every day it is seven of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from osteon.interventions import CARDS

EXTREME = (
    100.0  # times the largest studied amount: refused unless the file says that it is meant; a rule of the product
)
MEANT = ("allow_unstudied_dose", "allow_extreme")  # the key that says so, and its older name
HINT = "Write 'allow_unstudied_dose = true' if it is meant."
SLACK = 1.25  # a schedule this much denser counts as studied (4 weeks for a month, 12 weeks for 3 months); assumed

LARGEST_CELLS: dict[str, tuple[float, str]] = {
    "cells": (2e8, "Shim 2021: 2e8 intravenous, in people"),
    "cells/kg": (2.5e8, "Kwon 2024: 5e6 in a mouse of 20 g, a lethal dose"),
    "particles": (1e12, "assumed"),
    "particles/kg": (1e11, "assumed"),
    "mg": (100.0, "assumed"),
    "mg/kg": (10.0, "assumed"),
}  # unit of the dose -> largest amount given in any species, source
HUMAN_CELLS_PER_KG = 5e6  # the upper end of usual doses in people.  Source: Alvaro-Gracia 2017 (up to 4e6), others 5e6


def times_studied(drug: str, route: str, amount: float, every: float | None) -> float:
    """How many times what was studied: the larger of the single dose's ratio and the schedule's, beyond the slack.

    amount : in the unit of the drug's card; every : days between doses, None for a single one

    >>> times_studied("denosumab", "subcutaneous", 60.0, 182.625) < 1
    True
    >>> times_studied("alendronate", "oral", 70.0, 0.175)  # ten times 40 mg a day
    10.0
    """
    single = amount / CARDS[drug].largest[route]
    schedule = CARDS[drug].densest.get(route)
    if every is None or schedule is None:
        return single
    dense = (amount / every) / (schedule.amount / schedule.days)
    return max(single, dense) if dense > SLACK else single


def with_permission(table: Any) -> Any:
    """A file's table in which every regimen and every line of cells has the permission that stands at its head."""
    if not isinstance(table, dict) or not any(table.get(k) is True for k in MEANT):
        return table
    made = dict(table)
    for kind in ("regimen", "cells"):
        if isinstance(made.get(kind), list):
            made[kind] = [{MEANT[0]: True, **r} if isinstance(r, dict) else r for r in made[kind]]
    if isinstance(made.get("arm"), list):
        made["arm"] = [with_permission({MEANT[0]: True, **a}) if isinstance(a, dict) else a for a in made["arm"]]
    return made


def densest(drug: str, route: str, times: Any, amounts: Any) -> float:
    """How many times what was studied a course of doses is at its densest.

    A course as dense as was studied brings, in any stretch of days, at most the largest single dose and what the densest
    schedule adds in that time. times : days; amounts : in the unit of the card; any order

    >>> densest("denosumab", "subcutaneous", [0.0, 182.625], [210.0, 210.0]) <= 1
    True
    >>> densest("denosumab", "subcutaneous", [0.0, 0.01, 0.02], [210.0, 210.0, 210.0]) > 2.9
    True
    """
    order = np.argsort(np.asarray(times, float), kind="stable")
    t, a = np.asarray(times, float)[order], np.asarray(amounts, float)[order]
    if not len(t) or not a.max() > 0:
        return 0.0
    single = CARDS[drug].largest[route]
    schedule = CARDS[drug].densest.get(route)
    each_day = SLACK * schedule.amount / schedule.days if schedule else 0.0
    total = np.cumsum(a)
    ratio = float(a.max()) / single
    for _ in range(60):  # Dinkelbach's method: the best stretch at this ratio, then its own ratio
        allowed = ratio * each_day * t
        begin = np.minimum.accumulate(total - a - allowed)
        last = int(np.argmax(total - allowed - begin))
        first = int(np.argmin((total - a - allowed)[: last + 1]))
        better = float((total[last] - total[first] + a[first]) / (single + each_day * (t[last] - t[first])))
        if better <= ratio * (1 + 1e-12):
            break
        ratio = better
    return ratio
