"""What a measurement adds to the truth: precision of densitometry, assay and within-person noise of markers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from osteon.outcomes.bmd import REFERENCE
from osteon.streams import normal

CV: dict[str, float] = {
    # least significant change / 2.77: total hip 1.89, femoral neck 3.14, spine 2.16 %.  Source: roux2014
    "bmd_total_hip": 0.0068,
    "bmd_femoral_neck": 0.0113,
    "bmd_lumbar_spine": 0.0078,
    # within person and assay.  Source: btm_var
    "ctx": 0.15,
    "p1np": 0.09,
    "bsap": 0.10,
    "ntx": 0.20,
    "pth": 0.15,  # within person 13 % in men, 15 % in women.  Source: bottani2020
    # within person and assay, as the tables of biological variation have them (from memory, not looked up)
    "calcium": 0.022,
    "phosphate": 0.085,
    "vitamin_d": 0.085,
    "calcitriol": 0.15,
    "urinary_calcium": 0.25,
    "gfr": 0.06,
}
T_SCORES = {f"t_{site}": site for site in REFERENCE}


MINUTES_PER_DAY = 1440


def measure(
    output: str, truth: NDArray[np.float64], seed: int, patients: NDArray[np.int64], day: float
) -> NDArray[np.float64]:
    """A measured value of each patient: truth times a log-normal error with the output's CV (none known: the truth).

    day : on which it is measured. The error is drawn for that minute, so that another visit before it changes nothing.
    A T-score is that of the measured BMD of the same visit, with the same error.
    """
    if output in T_SCORES:
        site = T_SCORES[output]
        mean, sd = REFERENCE[site]
        return np.asarray((measure(f"bmd_{site}", mean + sd * truth, seed, patients, day) - mean) / sd)
    if output not in CV:
        return truth
    minute = round(day * MINUTES_PER_DAY) % 2**64  # a counter; a day before month 0 counts from the far end
    return truth * np.exp(CV[output] * normal(seed, patients, f"measurement:{output}", minute))
