"""What a measurement adds to the truth: precision of densitometry, assay and within-person noise of markers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from osteon.evidence.outcome import MEASURED
from osteon.outcomes.bmd import REFERENCE
from osteon.streams import normal

CV = {o.name: o.cv for o in MEASURED.values() if o.cv}  # of one measurement, see the records
VISIT_CV = {
    o.name: o.visit_cv for o in MEASURED.values() if o.cv
}  # of one at a visit of a trial; follow-up: replication/response_spread
T_SCORES = {f"t_{site}": site for site in REFERENCE}


MINUTES_PER_DAY = 1440


def measure(
    output: str, truth: NDArray[np.float64], seed: int, patients: NDArray[np.int64], day: float
) -> NDArray[np.float64]:
    """A measured value of each patient at a visit: truth times a log-normal error of that outcome (none known: the truth).

    day : on which it is measured. The error is drawn for that minute, so that another visit before it changes nothing.
    A T-score is that of the measured BMD of the same visit, with the same error.
    """
    if output in T_SCORES:
        site = T_SCORES[output]
        mean, sd = REFERENCE[site]
        return np.asarray((measure(f"bmd_{site}", mean + sd * truth, seed, patients, day) - mean) / sd)
    if output not in VISIT_CV:
        return truth
    minute = round(day * MINUTES_PER_DAY) % 2**64  # a counter; a day before month 0 counts from the far end
    return truth * np.exp(VISIT_CV[output] * normal(seed, patients, f"measurement:{output}", minute))
