"""The chain of cause in the typical woman of a cohort: what drives the effect of each arm."""

from __future__ import annotations

from typing import Any

import numpy as np

from osteon.evidence import load_cohort
from osteon.replication.published import regimens_of
from osteon.simulation.arm import prepare, simulate
from osteon.simulation.assembly import human_model
from osteon.simulation.treatment import Subjects, Treatment
from osteon.simulation.typical import typical
from osteon.units import DAYS_PER_MONTH

LINKS = {
    "free_rankl": "free RANKL",
    "tcf_activity": "Wnt target genes",
    "osteoclast_precursors": "osteoclast precursors waiting",
    "osteoclasts": "active osteoclasts",
    "osteoblasts": "active osteoblasts",
    "lining_cells": "lining cells left",
    "modelling_sites": "sites of modelling",
    "resorption": "resorption",
    "formation": "formation",
    "bone_total_hip": "bone volume, hip",
}
MAX_ARMS = 5


def chain(cohort: str, months: float = 48.0) -> list[dict[str, Any]]:
    """Rows (arm, link, months, value) of the typical woman, for the first few arms of a cohort."""
    found = load_cohort(cohort)
    grid = np.arange(0.0, months + 0.25, 0.5)
    rows = []
    for arm in found.arms[:MAX_ARMS]:
        regimens = regimens_of(cohort, arm.name)
        model = human_model({r.target for r in regimens})
        days = grid * DAYS_PER_MONTH
        woman = Subjects(1, typical(found))
        case = prepare(Treatment(arm.name, tuple(regimens)), woman, model, float(days[-1]))
        got = simulate(case, days, list(LINKS))
        for k, link in enumerate(LINKS.values()):
            rows += [
                {"arm": arm.name, "link": link, "months": t, "value": float(v)}
                for t, v in zip(grid, got.values[0, :, k], strict=True)
            ]
    return rows
