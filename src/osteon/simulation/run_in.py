"""A life before the study: from the reference adult at 30 to month 0, and the match to what was measured there.

Only undrugged biology runs here; drugs given before month 0 are part of the arm, which starts early enough for them.
BMD is linear in peak bone mass and markers are nearly linear in remodelling intensity (which moves calcium and PTH a
little), so baseline T-scores are matched by one scaling and turnover by a few. A low T-score is mostly a low peak: a
sparse skeleton, of more surface for its volume.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.biology import SITES
from osteon.engine import simulate
from osteon.engine.simulate import initial_states, parameter_matrix
from osteon.model import Model
from osteon.outcomes.bmd import REFERENCE
from osteon.simulation.assembly import human_model
from osteon.units import DAYS_PER_YEAR

Array = NDArray[np.float64]
SPARSENESS_RANGE = (0.3, 3.0)  # of specific surface against the usual one; assumed


SPARSE_AS = {
    "cancellous_spine": ("lumbar_spine", "total_hip", "femoral_neck"),
    "cancellous_hip": ("total_hip", "femoral_neck", "lumbar_spine"),
    "cortex": ("total_hip", "femoral_neck", "lumbar_spine"),
}  # compartment -> sites whose T-score says how sparse it is, the first that is known
HISTORY_START = -80.0 * DAYS_PER_YEAR  # nobody of at most 110 years is older than 30 on this day


def history_start(before: float = 0.0) -> float:
    """Day on which every life starts: one day for all, so that nobody's numbers depend on who else is in the batch."""
    return HISTORY_START + min(0.0, before)


def run_in(model: Model, parameters: Mapping[str, Any], n: int, to: float = 0.0, rtol: float = 1e-6) -> Array:
    """(n, states) of `model` on day `to` after an undrugged life. Drug states stand at their own start."""
    from osteon.simulation.fits import DEFAULT

    plain = human_model((), DEFAULT)
    own = {k: v for k, v in {**_values(model, plain), **parameters}.items() if k in plain.parameters}
    start = history_start(to)
    states = initial_states(model, parameter_matrix(model, parameters, n))
    past = simulate(plain, own, n=n, times=[to], outputs=["age"], start=start, rtol=rtol, atol=1e-3 * rtol)
    place = {s: i for i, s in enumerate(model.traced.states)}
    for i, name in enumerate(past.states):
        states[:, place[name]] = past.final[:, i]
    return states


def _values(model: Model, plain: Model) -> dict[str, float]:
    return {p: v for p, v in model.defaults.items() if p in plain.parameters and plain.defaults[p] != v}


def turnover_at_start(parameters: Mapping[str, Any]) -> Array:
    """Resorption of untreated persons at month 0 against the reference adult, (n,).   parameters : (n,) each"""
    from osteon.simulation.fits import DEFAULT

    model, n = human_model((), DEFAULT), len(next(iter(parameters.values())))
    got = simulate(model, parameters, n=n, times=[0.0], outputs=["resorption"], initial=run_in(model, parameters, n))
    own = parameters.get("turnover_scale", model.defaults["turnover_scale"])
    return np.asarray(own * got.of("resorption")[:, 0])


def specific_surface_for_t_score(
    parameters: Mapping[str, Any], t_scores: Mapping[str, Any], n: int, rtol: float = 1e-6
) -> dict[str, Any]:
    """Sparseness of each compartment for persons of these T-scores, (n,) each: what the usual peak would leave them over what they have.

    parameters : of n persons; t_scores : by site at month 0, (n,) or number; drugs taken before are small beside it
    """
    from osteon.simulation.fits import DEFAULT

    wanted = {s: t_scores[s] for s in SITES if s in t_scores}
    if not wanted:
        return {}
    plain = human_model((), DEFAULT)
    own = {k: v for k, v in parameters.items() if k in plain.parameters}
    names = [f"bmd_{s}" for s in wanted]
    usual = simulate(plain, own, n=n, times=[0.0], outputs=names, start=history_start(), rtol=rtol, atol=1e-3 * rtol)
    found = {}
    for site, t in wanted.items():
        mean, sd = REFERENCE[site]
        found[site] = np.clip(usual.of(f"bmd_{site}")[:, 0] / (mean + sd * np.asarray(t)), *SPARSENESS_RANGE)
    return {
        f"sparseness_{part}": next(found[s] for s in sites if s in found)
        for part, sites in SPARSE_AS.items()
        if not found.keys().isdisjoint(sites)
    }


def peak_bmd_for_t_score(
    t_scores: Mapping[str, Any], bmd: Mapping[str, Any], parameters: Mapping[str, Any], defaults: Mapping[str, float]
) -> dict[str, Any]:
    """Peak bone mass that gives the wanted T-scores, from BMD reached with the peaks in use.

    t_scores : by site, (n,) or number; bmd : by site, g/cm^2 reached
    """
    found: dict[str, Any] = {}
    for site in SITES:
        if site in t_scores:
            mean, sd = REFERENCE[site]
            name = f"peak_bmd_{site}"
            found[name] = parameters.get(name, defaults[name]) * (mean + sd * np.asarray(t_scores[site])) / bmd[site]
    return found
