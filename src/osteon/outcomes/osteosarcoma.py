"""Osteosarcoma of rats under teriparatide: what the label's old 24-month limit came from. People are kept at background.

Fischer rats were given 5, 30 or 75 ug/kg a day for two years, most of a rat's life. In people no excess was seen
(gilsenan2021), so the hazard of people is their background with an upper bound (data/harms.toml), never this law.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

OSTEOSARCOMA_SEEN: dict[float, tuple[int, int]] = {0.0: (0, 120), 5.0: (7, 120), 30.0: (33, 120), 75.0: (54, 120)}
# ug/kg a day for 24 months -> rats with osteosarcoma, rats of both sexes.  Source: vahle2002
MAX_CUMULATED_HAZARD, HALF = (
    1.73,
    139.0,
)  # cumulated hazard after 24 months at any dose; ug/kg with half of it.  Source: fit to SEEN
OSTEOSARCOMA_STUDY = 24.0  # months
TIME_POWER = 2.0  # with months of treatment.  Source: assumed (vahle2004: few tumours after 6 months)


def rat_osteosarcoma(dose: float | NDArray[np.float64], months: float = OSTEOSARCOMA_STUDY) -> NDArray[np.float64]:
    """Share of rats with osteosarcoma after so many months of teriparatide.  [1]   dose: ug/kg a day, any shape.

    >>> float(rat_osteosarcoma(0.0))
    0.0
    """
    hazard = (
        MAX_CUMULATED_HAZARD
        * np.asarray(dose, float)
        / (HALF + np.asarray(dose, float))
        * (months / OSTEOSARCOMA_STUDY) ** TIME_POWER
    )
    return np.asarray(-np.expm1(-hazard))
