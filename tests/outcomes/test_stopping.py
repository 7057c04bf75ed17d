"""What becomes of hazards when a drug is stopped: denosumab's protection is gone within a year, a bisphosphonate's fades over years."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from osteon.engine import Events, Schedule, simulate
from osteon.evidence import load_cohort
from osteon.replication.published import regimens_of
from osteon.simulation.assembly import human_model
from osteon.simulation.dosing import add_regimens
from osteon.simulation.run_in import run_in
from osteon.simulation.typical import typical
from osteon.units import DAYS_PER_MONTH

LAST = 36  # months on the drug
OFF = (0, 6, 12, 24)


def trajectory(cohort, arm, hazard="hazard_vertebral"):
    """Hazard on the drug's last day and months after it was due again, over that of the same woman untreated."""
    regimens = tuple(replace(r, until=(LAST - 1) * DAYS_PER_MONTH) for r in regimens_of(cohort, arm))
    due = max(r.every for r in regimens) / DAYS_PER_MONTH
    months = sorted({LAST - 6.0, *(LAST - 6 + due + m for m in OFF)})
    found = []
    for given in (regimens, ()):
        model = human_model({r.target for r in given})
        person = {k: v for k, v in typical(load_cohort("freedom"), {}, 1).items() if k in model.parameters}
        days = np.array([0.0, *months]) * DAYS_PER_MONTH
        events = Events((add_regimens(Schedule(), model, given, float(days[-1]) + 1),))
        states = run_in(model, person, 1)
        got = simulate(model, person, times=days, outputs=[hazard], events=events, initial=states)
        found.append(got.of(hazard)[0, 1:])
    return found[0] / found[1]


@pytest.fixture(scope="module")
def denosumab():
    return trajectory("FREEDOM", "denosumab")


@pytest.fixture(scope="module")
def zoledronate():
    return trajectory("HORIZON", "zoledronate")


def test_after_denosumab_vertebral_hazard_is_back_where_it_was_within_a_year(denosumab):
    assert denosumab[0] < 0.35
    assert 0.8 < denosumab[-2:].max() < 1.6  # PMID 29105841: 7.1 a 100 years after stopping, 8.5 after placebo


def test_a_bisphosphonate_goes_on_protecting_where_denosumab_does_not(denosumab, zoledronate):
    assert zoledronate[-1] < 0.7 < denosumab[-1]
