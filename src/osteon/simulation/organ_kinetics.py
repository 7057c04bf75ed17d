"""Where a dose and its label are over days, by organ, without the bone biology: for plans of sampling and for fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from osteon.cells.kinetics import ORGANS, SHARED, landing, landing_states, line_module, site_module
from osteon.cells.product import CellDose
from osteon.engine import Events, Schedule, simulate
from osteon.model import Model, assemble
from osteon.simulation.cell_products import INSTANT, drawn_parameter, line_draws

Array = NDArray[np.float64]
MEASURES = ("label", "viable")  # all that carries label; living cells only


def organs_of(given: CellDose) -> tuple[str, ...]:
    """Organs that a dose can be found in: those of the body, and its site."""
    return (*ORGANS, given.site) if given.site else ORGANS


def organ_model(given: CellDose) -> Model:
    """Kinetics of one line of cells alone."""
    return assemble(SHARED, site_module((given.site,) if given.site else ()), line_module(1, given))


def kinetic_draws(given: CellDose, n: int, seed: int) -> dict[str, Array]:
    """Parameters of the kinetics over draws, (n,) each; draw 0 is typical."""
    return {p.name: drawn_parameter(p, np.arange(n), seed) for p in SHARED.parameters}


def organ_courses(
    given: CellDose, shared: Mapping[str, Array], weight: float, days: Sequence[float], diameter: Array | None = None
) -> dict[tuple[str, str], Array]:
    """(measure, organ) -> share of the dose on each day, (n, days).  [1]   shared : parameters, (n,) each; weight in kg

    diameter : um, (n,); the source's typical one where absent
    """
    n = len(next(iter(shared.values())))
    model = organ_model(given)
    size = np.full(n, float(given.origin.diameter(given.passage, given.spheroid))) if diameter is None else diameter
    doses = landing(1, given, shared, size, np.full(n, weight))
    schedule = Schedule()
    for state in landing_states(1, given):
        if given.infusion > INSTANT:
            schedule.infusion((0.0,), given.infusion, state, 1.0, share=f"dose_to_{state}")
        else:
            schedule.bolus((0.0,), state, 1.0, share=f"dose_to_{state}")
    names = {("label", o): f"label_{o}" for o in organs_of(given)} | {
        ("viable", o): f"viable_cells_{o}" for o in organs_of(given)
    }
    times = np.unique(np.asarray([0.0, *days], float))
    values = {k: v for k, v in (*shared.items(), *doses.items()) if k in model.parameters}
    got = simulate(
        model, values, n=n, times=times, outputs=list(names.values()), start=-1.0, events=Events((schedule,))
    )
    places = np.searchsorted(times, np.asarray(days, float))
    total = float(given.total(weight))
    return {key: np.where(got.failed[:, None], np.nan, got.of(name)[:, places] / total) for key, name in names.items()}


def product_draws(given: CellDose, n: int, seed: int) -> tuple[dict[str, Array], Array]:
    """Kinetic parameters and diameters of a product over draws, (n,) each."""
    return kinetic_draws(given, n, seed), line_draws(given, np.arange(n), seed)[0]
