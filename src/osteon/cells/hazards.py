"""What cells risk: emboli, death by a blocked lung, fever, infection, antibodies, tumours; bounds where data give no more.

Emboli follow diameter (ge2014), dose (rising) and velocity (falling: in the cited rat study the slow, dense infusion was
the worse, so a model where faster is worse is wrong). The lethal dose of a vein is steep (kwon2024). Cell-free products
have no cells that could lodge or grow: their terms are zero by construction.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.cells.human_exposure import HUMAN_EXPOSURE_GRID, exposures, log_likelihood, tolerance_at, updated
from osteon.cells.kinetics import RETAINED
from osteon.cells.lung_burden import Pulse, accrued, histories, obstruction, pulses
from osteon.cells.product import CellDose
from osteon.model import Module, Parameter, Rule, State, exp, renamed

Array = NDArray[np.float64]
HALF_DIAMETER, HALF_LOW, HALF_HIGH = 20.6, 17.9, 26.1  # um; half of rats with an infarct; logistic fit to ge2014
DIAMETER_SCALE = 1.9  # um; the same fit (0.6 to 5.5)
ARTERIAL_CELLS = 4e6  # cells/kg behind the diameter figures (1e6 in a rat).  Source: assumed from cui2015
ARTERIAL_SPEED = 0.083  # mL/min, the low velocity that was the worse one; cui2015
DOSE_POWER, DENSITY_POWER, SPEED_POWER = 1.0, 0.5, 0.5  # signs from cui2015; sizes assumed
HAZARDS_LETHAL, LETHAL_GSD, LETHAL_STEEP = (
    8e7,
    1.3,
    8.0,
)  # cells/kg in a vein at once; derived from kwon2024a, kwon2024b; factor 2
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
LUNG = (("death", 1.0, LETHAL_STEEP), ("embolism", SUBLETHAL, LETHAL_STEEP / 4))  # kind, half burden, steepness
USUAL_LOSS = 0.65  # 1/day, of arrested cells; toma2009
BETWEEN = (
    0.32  # tolerance of people against mice, centre of its prior: between cells a kilogram (1) and a capillary (0.1)
)
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
    """Dose of reference cells that would kill half by blocking the lung, into a vein at once.  [cells/kg]

    It falls with tissue factor, which rises with passage; the size of the cells stands in the burden (lung_burden).
    """
    clot = given.origin["tissue_factor"].typical / 4.0 * CLOT_OF_PASSAGE ** (given.passage - 3)  # against kwon2024a
    return np.asarray(HAZARDS_LETHAL * LETHAL_GSD**z * (HEPARIN_GAIN if given.heparin else 1.0) * clot**-CLOT_POWER)


def venous_load(given: CellDose, weight: Array | float) -> Array:
    """Cells of one dose that reach the lung at once.  [cells/kg]"""
    own = {"intravenous": 1.0, "intra_arterial": PASSED_ARTERIAL, "intramedullary": FORCED_OUT}
    share = own.get(given.route, 1 - RETAINED.get(given.route, 0.0))
    return np.asarray(share * given.total(weight) / weight if given.product == "cells" else 0.0 * np.asarray(weight))


def hazards_of(
    given: CellDose, weight: Array, diameter: Array, z: Array, tolerance: Array | float = 1.0
) -> dict[str, Array]:
    """Cumulative hazards that one dose alone adds, one of KINDS -> (n,).  Zero for products without cells.

    diameter in um, z normal places, (n,) each; weight in kg; tolerance : of the host's lung against a mouse's
    """
    if given.product != "cells":
        return _of_dose(given, weight, diameter, z)
    alone = replace(given, days=given.days[:1])
    course = hazards_of_course((alone,), weight, (diameter,), (z,), np.full_like(diameter, USUAL_LOSS), tolerance)
    return {kind: values[0] for kind, values in course[0].items()}


def hazards_of_course(
    lines: Sequence[CellDose],
    weight: Array,
    diameters: Sequence[Array],
    places: Sequence[Array],
    k_cell_loss: Array,
    tolerance: Array | float = 1.0,
) -> list[dict[str, list[Array]]]:
    """Hazards of every dose of every line, one of KINDS -> (n,) for each group of doses with one history (dose_groups).

    A dose meets what earlier doses of any line left in the lung. diameters in um, places: normal, (n,) for each line
    """
    size = [
        obstruction(d) * venous_load(g, weight) / (lethal_dose(g, z) * tolerance)
        for g, d, z in zip(lines, diameters, places, strict=True)
    ]
    every, found = course_pulses(lines), []
    for i, given in enumerate(lines):
        own: dict[str, list[Array]] = {kind: [] for kind in KINDS}
        for one in (p[0] for p in dose_groups(lines)[i]):
            for kind, value in _of_dose(given, weight, diameters[i], places[i]).items():
                own[kind].append(value)
            for kind, half, power in LUNG if given.product == "cells" and given.amount else ():
                own[kind][-1] = own[kind][-1] + accrued(one, every, size, k_cell_loss, half, power)
        found.append(own)
    return found


def _of_dose(given: CellDose, weight: Array, diameter: Array, z: Array) -> dict[str, Array]:
    """Hazards of a dose that do not hang on other doses."""
    found = {kind: np.zeros_like(diameter) for kind in KINDS}
    if given.product != "cells" or given.amount == 0:
        return found
    found["procoagulant"] = clotting(given, venous_load(given, weight), z)
    found["fever"] = fever_hazard(z)
    if given.route == "intra_arterial":
        found["embolism"] = arterial_hazard(given, weight, diameter, z)
    return found


def course_pulses(lines: Sequence[CellDose]) -> tuple[Pulse, ...]:
    """Every dose of cells of every line."""
    return pulses([g.days if g.product == "cells" else () for g in lines], [g.infusion for g in lines])


def dose_groups(lines: Sequence[CellDose]) -> list[list[tuple[Pulse, ...]]]:
    """Of each line, its doses in groups that carry one risk: those with the same doses around them."""
    around = histories(course_pulses(lines))
    groups: list[dict[Any, list[Pulse]]] = [{} for _ in lines]
    for one, history in around.items():
        groups[one.line].setdefault(history, []).append(one)
    return [[tuple(doses) for doses in own.values()] for own in groups]


def line_chances(
    given: CellDose, weight: float, diameter: Array, z: Array, tolerance: Array | float = 1.0
) -> dict[str, Array]:
    """Chance of each of KINDS over all doses of one line, (n,).  [1]   as in `hazards_of`"""
    k = np.full_like(diameter, USUAL_LOSS)
    found = hazards_of_course((given,), np.full_like(diameter, weight), (diameter,), (z,), k, tolerance)[0]
    counts = [len(group) for group in dose_groups((given,))[0]]
    return {
        kind: np.asarray(-np.expm1(-sum((n * h for n, h in zip(counts, values, strict=True)), np.zeros_like(diameter))))
        for kind, values in found.items()
    }


@cache
def human_tolerance(centre: float) -> Array:
    """Weights of human_exposure.HUMAN_EXPOSURE_GRID: tolerance of people, given those infused so far.   centre : of its prior"""
    rows = []
    for e in exposures():
        given = CellDose(
            e.source, e.cells_per_kg, "cells/kg", "intravenous", (0.0,), infusion=e.infusion_minutes / 1440
        )
        diameter, z = (
            np.full_like(HUMAN_EXPOSURE_GRID, given.origin.diameter(given.passage)),
            np.zeros_like(HUMAN_EXPOSURE_GRID),
        )
        each = hazards_of(given, np.full_like(HUMAN_EXPOSURE_GRID, 66.0), diameter, z, HUMAN_EXPOSURE_GRID)["embolism"]
        rows.append(log_likelihood(-np.expm1(-e.doses * each), e))
    return updated(centre, np.array(rows))


def tolerance_of_humans(u: Array, centre: float = BETWEEN) -> Array:
    """Tolerance of people against mice at uniform places u, (n,).  [1]"""
    return tolerance_at(u, human_tolerance(centre))


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


def hazard_name(kind: str, i: int, group: int) -> str:
    """Parameter of the hazard of a dose of line i in a group of doses, both counted from 1.

    >>> hazard_name("death", 1, 1), hazard_name("death", 1, 2)
    ('death_of_1', 'death_of_1_2')
    """
    return f"{kind}_of_{i}" + (f"_{group}" if group > 1 else "")


def line_hazards(i: int, groups: int = 1) -> Module:
    """Hazards that a dose of line i adds, one set for each group of doses with one history."""
    return Module(
        f"cell_hazards_{i}",
        parameters=tuple(
            Parameter(hazard_name(kind, i, g), 0.0, "1", "derived", "osteon.cells.hazards", note="hazard of one dose")
            for g in range(1, groups + 1)
            for kind in KINDS
        ),
    )


HAZARDS_WORDS = {
    "embolism": "an embolus",
    "death": "death by blocked lung vessels",
    "procoagulant": "a procoagulant reaction that the laboratory shows",
    "fever": "a fever beyond those without cells",
}
HAZARDS = Module(
    "cell_hazards",
    note="Hazards that doses of cells add at once.",
    states=tuple(State(f"{kind}_hazard", "1", 0.0, note=f"cumulative, of {HAZARDS_WORDS[kind]}") for kind in KINDS),
    rules=tuple(
        Rule(
            f"{kind}_risk", renamed(risk, hazard=f"{kind}_hazard"), "1", note=f"chance of {HAZARDS_WORDS[kind]} so far"
        )
        for kind in KINDS
    ),
    references=("ge2014", "cui2015", "kwon2024a", "moll2012", "thompson2020"),
)
