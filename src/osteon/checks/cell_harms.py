"""Checks of what the review says of the harms of cells: intervals, signs and upper ends; never an all-clear."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from osteon.cells import hazards
from osteon.cells.harms import CellHarm, harms_of_line
from osteon.cells.product import CellDose
from osteon.checks.cell_animals import LETHAL
from osteon.checks.lab import SimulatedValues
from osteon.checks.verdict import NOBODY, Check, Part, merged, missing, noted, touch
from osteon.inputs.names import CELL_ROUTES

Array = NDArray[np.float64]
N_HARM_DRAWS = 400
CELL_HARMS_WOMAN = 66.0  # kg
VEIN = CellDose("umbilical_cord", 2e6, "cells/kg", "intravenous", (0.0,), infusion=1 / 24)


def _places() -> Array:
    from scipy.stats import norm

    return np.asarray(norm.ppf((np.arange(N_HARM_DRAWS) + 0.5) / N_HARM_DRAWS))


def harms(given: CellDose = VEIN) -> dict[str, CellHarm]:
    """Harms of one line in a woman, by name."""
    z = _places()
    return {h.name: h for h in harms_of_line(given, CELL_HARMS_WOMAN, given.origin.diameter(given.passage, z=z), z)}


def _ends(h: CellHarm) -> tuple[float, float]:
    """Both ends of a harm; an upper end that nobody knows is infinite."""
    return (0.0 if h.low is None else h.low), (np.inf if h.high is None else h.high)


def _ratio(name: str, floor: float, roof: float) -> Part:
    h = harms()[name]
    words = f"{h.words}: relative risk {h.low} to {h.high}"
    return Part(words, h.low == floor and h.high == roof and floor < 1 < roof)


def _listed(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    named = ("embolism", "infection", "immune", "tumour", "vascular_injury", "amyloid")
    absent = [n for n in named if n not in harms()]
    return [Part(f"{len(named)} harms of the review in the list; missing: {', '.join(absent) or 'none'}", not absent)]


def _nowhere(name: str) -> Part:
    routes = [r for r in CELL_ROUTES if harms(CellDose("adipose", 1e6, "cells/kg", r, (0.0,)))[name].applies]
    h = harms()[name]
    return Part(
        f"{h.words}: on no route here ({h.note}); in the eye or a stroke it has no mechanism", False if routes else None
    )


def _by_size(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    touch("law")
    chance = {d: float(hazards.embolism_at(np.array(d))) for d in (12.6, 17.9, 30.4)}
    words = ", ".join(f"{d:g} um {100 * c:.0f} %" for d, c in chance.items())
    near = all(abs(c - figure) < 0.1 for c, figure in zip(chance.values(), (0.0, 0.2, 1.0), strict=True))
    return [Part(f"rats with an infarct: {words} (0, 20, 100 %)", near)]


def _carotid(cells: float, volume: float, minutes: float) -> float:
    touch("law")
    given = CellDose("bone_marrow", cells, "cells", "intra_arterial", (0.0,), volume=volume, infusion=minutes / 1440)
    one = np.ones(1)
    return float(1 - np.exp(-hazards.arterial_hazard(given, 0.25 * one, 23.0 * one, 0.0 * one))[0])


def _by_dose(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    chance = [_carotid(n, 1.0, 3.0) for n in (1e5, 3e5, 1e6)]
    words = ", ".join(f"{100 * c:.0f} %" for c in chance)
    return [
        Part(f"rats with an embolus after 1e5, 3e5, 1e6 cells into the carotid: {words}", chance == sorted(chance) and chance[-1] > chance[0] + 0.1),
        Part("blood flow of the brain is not simulated", None),
    ]  # fmt: skip


def _by_velocity(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    slow, fast, dose = _carotid(3e5, 0.5, 6.0), _carotid(3e5, 1.0, 3.0), _carotid(1e6, 1.0, 3.0)
    return [
        Part(
            f"0.5 mL in 6 min {100 * slow:.0f} %, 1 mL in 3 min {100 * fast:.0f} %: slower is worse", slow > fast + 0.02
        ),
        Part(f"three times the cells {100 * dose:.0f} %", dose > fast + 0.02),
    ]


def _events(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    from scipy.stats import betabinom

    touch("law")
    parts = []
    for words, (count, n), (a, b) in zip(
        ("1e6/kg", "2e6/kg", "4e6/kg", "placebo"),
        hazards.ANY_EVENT,
        (*[hazards.any_event()[0]] * 3, hazards.any_event()[1]),
        strict=True,
    ):
        low, high = (int(x) for x in betabinom.ppf([0.05, 0.95], n, a, b))
        parts.append(Part(f"{words}: {count} of {n}, predicted {low} to {high}", low <= count <= high, two_sided=True))
    return parts  # fmt: skip


def _antibodies(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    touch("law")
    h, own = (
        harms()["immune"],
        harms(CellDose("bone_marrow", 2e6, "cells/kg", "intravenous", (0.0,), match="autologous"))["immune"],
    )
    return [
        Part(f"antibodies against the donor in {h.low:.0%} to {h.high:.0%}, {hazards.ANTIBODIES:.1%} on average", _ends(h)[0] < hazards.ANTIBODIES < _ends(h)[1]),
        Part("none from one's own cells", not own.applies),
    ]  # fmt: skip


def _tail(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    h = harms()["tumour"]
    return [Part(f"tumours: up to {h.high} times as many are not excluded", _ends(h)[1] > 1)]


def _sign(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    well, hidden = harms()["tumour"], harms()["tumour_if_hidden"]
    middle = next(b.ratio for b in hazards.BOUNDS if b.event == "malignancy")
    return [
        Part(f"relative risk in health {middle} (not above 1 in the middle)", middle <= 1 and _ends(well)[0] < 1),
        Part(
            "with a hidden cancer or mutated cells above 1, upper end unknown",
            _ends(hidden)[0] >= 1 and hidden.high is None,
        ),
    ]


def _local(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    touch("law")
    site = CellDose("adipose", 1e6, "cells/kg", "local", (0.0,), site="femur_left")
    here, vein = (
        _ends(harms(g)["embolism"])[1] for g in (site, CellDose("adipose", 1e6, "cells/kg", "intravenous", (0.0,)))
    )
    words = f"embolus of 1e6 cells/kg at a site up to {100 * here:.2g} %, in a vein up to {100 * vein:.2g} %"
    return [Part(words, here < 1e-3 and here < vein)]


def _serious(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    bounds = [b for b in hazards.BOUNDS if b.event != "fever"]
    return [
        Part(f"{b.event}: {b.low} to {b.high} in people", b.low < 1 < b.high) for b in bounds
    ] + LETHAL.judged(LETHAL.arms)  # fmt: skip


HARMS_OF_CELLS: tuple[Check, ...] = (
    missing(
        "C135",
        "No figure for injections into joints; cells at a site stay there here, so their emboli are near nil.",
        NOBODY,
    ),
    Check("C136", "entailed", "animal", _local),
    Check("C161", "fitted", "human", _serious, own=("thompson2020", "death_risk")),
    Check("C162", "entailed", "human", _listed),
    Check("C163", "entailed", "animal", lambda seen: [_nowhere("vascular_injury")]),
    Check("C164", "fitted", "animal", _by_size, own=("ge2014",)),
    Check("C165", "fitted", "human", lambda seen: [_ratio("infection", 0.81, 1.21)]),
    Check("C166", "fitted", "human", _antibodies, own=("antibodies",)),
    Check("C167", "entailed", "animal", lambda seen: [_nowhere("amyloid")]),
    Check("C168", "fitted", "human", lambda seen: [_ratio("tumour", 0.60, 1.45)]),
    Check("C169", "entailed", "animal", _by_dose),
    Check("C170", "entailed", "animal", _by_velocity),
    Check("C171", "fitted", "human", _events, own=("any_event",)),
    Check("C172", "fitted", "human", _tail),
    noted("C173", "Context: marrow-derived immune cells in mice, not MSC."),
    Check("C174", "entailed", "assumed", _sign),
    merged("C175", "C174"),
    noted(
        "C176", "A reason to exclude people with a hidden cancer from a trial; in vitro, so no size is taken from it."
    ),
)
