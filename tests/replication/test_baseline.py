"""Women of a replayed trial begin at the T-score that they were drawn with, whatever they took in the years before."""

import numpy as np
import pytest

from osteon.biology import SITES
from osteon.evidence import cohort_ids, load_cohort, load_measurements
from osteon.outcomes.bmd import REFERENCE
from osteon.population import sample
from osteon.replication.published import arms_of, usable
from osteon.replication.trials import _people
from osteon.simulation.assembly import human_model


def arms_with_a_past():
    """One arm of every cohort in which somebody was treated before month 0."""
    found = {}
    for name in cohort_ids():
        rows = [m for m in load_measurements(cohort=load_cohort(name).id, include_unverified=True) if usable(m)]
        for arm in arms_of(rows):
            if any(r.start < 0 for r in arm.regimens):
                found.setdefault(arm.cohort.id, arm)
    return list(found.values())


def test_there_are_arms_with_a_past():
    assert "STAND" in {a.cohort.id for a in arms_with_a_past()}


@pytest.mark.parametrize("arm", arms_with_a_past(), ids=lambda a: a.cohort.id)
def test_women_begin_at_the_t_score_they_were_drawn_with(arm):
    everyone = sample(arm.cohort.population, human_model(), 6, 1)
    names = [f"bmd_{s}" for s in SITES]
    bmd, failed = _people(arm, everyone, [0.0], names, 1)
    assert failed == 0
    for site in SITES:
        mean, sd = REFERENCE[site]
        assert (bmd[f"bmd_{site}"][:, 0] - mean) / sd == pytest.approx(everyone.covariates[f"t_{site}"], abs=2e-4)
        assert np.ptp(everyone.covariates[f"t_{site}"]) > 0.5
