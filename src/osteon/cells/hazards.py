"""What cells risk: emboli, death by a blocked lung, fever, infection, antibodies, tumours; bounds where data give no more.

Emboli follow diameter (ge2014), dose (rising) and velocity (falling: in the cited rat study the slow, dense infusion was
the worse, so a model where faster is worse is wrong). The lethal dose of a vein is steep (kwon2024). Cell-free products
have no cells that could lodge or grow: their terms are zero by construction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from osteon.cells.kinetics import RETAINED
from osteon.cells.product import CellDose
from osteon.model import Module, Parameter, Rule, State, exp, renamed

Array = NDArray[np.float64]
HALF_DIAMETER, HALF_LOW, HALF_HIGH = 20.6, 17.9, 26.1  # um; half of rats with an infarct; logistic fit to ge2014
DIAMETER_SCALE = 1.9  # um; the same fit (0.6 to 5.5)
ARTERIAL_CELLS = 4e6  # cells/kg behind the diameter figures (1e6 in a rat).  Source: assumed from cui2015
ARTERIAL_SPEED = 0.083  # mL/min, the low velocity that was the worse one; cui2015
DOSE_POWER, DENSITY_POWER, SPEED_POWER = 1.0, 0.5, 0.5  # signs from cui2015; sizes assumed
LETHAL, LETHAL_GSD, LETHAL_STEEP = (
    8e7,
    1.3,
    8.0,
)  # cells/kg in a vein at once; derived from kwon2024a, kwon2024b; factor 2
SLOW_TIME, SLOW_POWER = 10.0, 0.3  # min; a drip spreads the load on the lung.  Source: assumed
HEPARIN_GAIN = 1.5  # times the lethal dose with heparin.  Source: assumed from the anticoagulated arms of kwon2024b
CLOT_POWER = 0.25  # lethal dose falls with tissue-factor activity.  Source: assumed; oeller2018 (rank only)
SUBLETHAL = (
    0.25  # dose of half a visible embolus over the lethal dose.  Source: assumed; D-dimer rises first (kwon2024a)
)
FORCED_OUT = 0.2  # share of a dose into marrow that pressure may send into veins; an upper figure.  Source: assumed
PASSED_ARTERIAL = 0.1  # share of an arterial dose that passes the organ and reaches the lung; toma2009 (0.92 held)
CLOTTING, CLOTTING_GSD = (
    3e7,
    1.5,
)  # marrow cells/kg at passage 3 that raise D-dimer in most; moll2012 (minor at 1e6-3e6), assumed size
CLOT_OF_PASSAGE = 1.15  # times tissue factor a passage; moll2012 (rises with passage), size assumed
HEPARIN_CLOT = 0.4  # of the procoagulant reaction left with heparin.  Source: assumed
KINDS = ("embolism", "death", "procoagulant", "fever")
FEVER_BASE = 0.05  # of patients without cells.  Source: assumed


@dataclass(frozen=True)
class Bound:
    """A relative risk with its 95 % interval; the upper end is what a report leads with."""

    event: str
    ratio: float
    low: float
    high: float
    source: str


BOUNDS = (
    Bound("fever", 2.48, 1.27, 4.86, "Thompson 2020, 55 trials"),
    Bound("infection", 0.99, 0.81, 1.21, "Thompson 2020, 55 trials"),
    Bound("thrombosis or embolism", 1.14, 0.67, 1.95, "Thompson 2020, 55 trials"),
    Bound("malignancy", 0.93, 0.60, 1.45, "Thompson 2020, 55 trials; follow-up short"),
)
ANTIBODIES = 0.115  # of patients after allogeneic cells, without a clinical effect; sanabria2021
TUMOUR_HEALTHY, TUMOUR_CANCER = (
    0.0,
    1.0,
)  # sign of the term: not above zero in health; above it with occult cancer (ref 119)
ANY_EVENT = (
    (17, 20),
    (15, 20),
    (6, 6),
    (4, 7),
)  # patients with any adverse event: 1e6, 2e6, 4e6 cells/kg, placebo; ref 116


def embolism_at(diameter: Array, half: Array | float = HALF_DIAMETER) -> Array:
    """Share of rats with an infarct after an arterial dose of cells of a diameter in um.  [1]   Source: ge2014."""
    return np.asarray(1 / (1 + np.exp(-(diameter - half) / DIAMETER_SCALE)))


def half_diameter(z: Array) -> Array:
    """Diameter at which half of the rats have an infarct, at normal places z, (n,).  [um]   90 % within 18 to 26."""
    return np.asarray(HALF_DIAMETER * np.exp(math.log(HALF_HIGH / HALF_LOW) / 3.29 * z))


def arterial_hazard(given: CellDose, weight: Array, diameter: Array, z: Array) -> Array:
    """Hazard of an infarct of one arterial dose: diameter, dose, density and velocity.  [1]   z: (n,) normal places."""
    base = -np.log1p(-np.minimum(embolism_at(diameter, half_diameter(z)), 1 - 1e-9))
    cells = given.total(weight) / weight
    volume = given.volume or 0.5 * weight / 0.25
    minutes = max(given.infusion * 1440, 1 / 60)
    speed = (volume / minutes) / (ARTERIAL_SPEED * weight / 0.25)
    density = (given.total(weight) / volume) / 2e6  # against 1e6 cells in 0.5 mL
    return np.asarray(base * (cells / ARTERIAL_CELLS) ** DOSE_POWER * density**DENSITY_POWER * speed**-SPEED_POWER)


def lethal_dose(given: CellDose, z: Array) -> Array:
    """Dose that would kill half by blocking the lung, given into a vein as this one is.  [cells/kg]"""
    slow = (1 + given.infusion * 1440 / SLOW_TIME) ** SLOW_POWER
    clot = given.origin["tissue_factor"].typical / 4.0  # against the fat cells of the study
    return LETHAL * LETHAL_GSD**z * slow * (HEPARIN_GAIN if given.heparin else 1.0) * clot**-CLOT_POWER


def venous_load(given: CellDose, weight: Array | float) -> Array:
    """Cells of one dose that reach the lung at once.  [cells/kg]"""
    own = {"intravenous": 1.0, "intra_arterial": PASSED_ARTERIAL, "intramedullary": FORCED_OUT}
    share = own.get(given.route, 1 - RETAINED.get(given.route, 0.0))
    return np.asarray(share * given.total(weight) / weight if given.product == "cells" else 0.0 * np.asarray(weight))


def hazards_of(given: CellDose, weight: Array, diameter: Array, z: Array) -> dict[str, Array]:
    """Cumulative hazards that one dose adds, one of KINDS -> (n,).  Zero for products without cells.

    diameter in um, z normal places, (n,) each; weight in kg
    """
    if given.product != "cells" or given.amount == 0:
        return {kind: np.zeros_like(diameter) for kind in KINDS}
    load, lethal = venous_load(given, weight), lethal_dose(given, z)
    death = _hill(load, lethal, LETHAL_STEEP)
    embolism = _hill(load, SUBLETHAL * lethal, LETHAL_STEEP / 4)
    if given.route == "intra_arterial":
        embolism = embolism + arterial_hazard(given, weight, diameter, z)
    return {"embolism": embolism, "death": death, "procoagulant": clotting(given, load, z), "fever": fever_hazard(z)}


def clotting(given: CellDose, load: Array, z: Array) -> Array:
    """Hazard of a procoagulant reaction that the laboratory shows: cells in blood, their tissue factor, heparin.  [1]"""
    factor = given.origin["tissue_factor"].at(z) * CLOT_OF_PASSAGE ** (given.passage - 3)
    calmed = HEPARIN_CLOT if given.heparin else 1.0
    return np.asarray(calmed * load * factor / (CLOTTING * CLOTTING_GSD**-z))


def fever_hazard(z: Array) -> Array:
    """Hazard of a fever that one dose adds.  [1]   Source: Thompson 2020, on an assumed base."""
    fever = BOUNDS[0]
    ratio = fever.ratio * np.exp(math.log(fever.high / fever.low) / 3.92 * z)
    return np.asarray(-np.log1p(-np.clip(FEVER_BASE * (ratio - 1), 0.0, 0.95)))


def _hill(dose: Array, half: Array, steep: float) -> Array:
    return np.asarray(np.log1p((dose / half) ** steep))


def fever_risk(doses: int, z: float = 0.0) -> float:
    """Share of patients with a fever after so many infusions of cells.  [1]   Source: Thompson 2020, on an assumed base."""
    return float(1 - (1 - FEVER_BASE) * np.exp(-doses * fever_hazard(np.array(z))))


def any_event(dosed: tuple[int, int] = (38, 46), placebo: tuple[int, int] = (4, 7)) -> tuple[tuple[float, float], ...]:
    """Beta posteriors (a, b) of any adverse event with and without cells.   Source: ref 116, flat prior."""
    return tuple((1.0 + k, 1.0 + n - k) for k, n in (dosed, placebo))


def cells_per_capillary(given: CellDose, weight: Array | float, lung_capillaries: float) -> Array:
    """Cells of one dose for each capillary segment of the lung.  [1]   lung_capillaries: segments a kg."""
    return venous_load(given, weight) / lung_capillaries


def risk(hazard):
    """Chance of an event so far.  [1]"""
    return 1 - exp(-hazard)


def line_hazards(i: int) -> Module:
    """Hazards that one dose of line i adds."""
    return Module(
        f"cell_hazards_{i}",
        parameters=tuple(
            Parameter(f"{what}_of_{i}", 0.0, "1", "derived", "osteon.cells.hazards", note="hazard of one dose")
            for what in KINDS
        ),
    )


WORDS = {
    "embolism": "an embolus",
    "death": "death by blocked lung vessels",
    "procoagulant": "a procoagulant reaction that the laboratory shows",
    "fever": "a fever beyond those without cells",
}
HAZARDS = Module(
    "cell_hazards",
    note="Hazards that doses of cells add at once.",
    states=tuple(State(f"{kind}_hazard", "1", 0.0, note=f"cumulative, of {WORDS[kind]}") for kind in KINDS),
    rules=tuple(
        Rule(f"{kind}_risk", renamed(risk, hazard=f"{kind}_hazard"), "1", note=f"chance of {WORDS[kind]} so far")
        for kind in KINDS
    ),
    references=("ge2014", "cui2015", "kwon2024a", "moll2012", "thompson2020"),
)
