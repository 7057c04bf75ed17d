"""A trial that could show that cells do something: markers and BMD, over everything that is uncertain.

Effects are drawn, not estimated: the same woman with and without cells in every draw. Assurance is power averaged over the
draws; go and no-go are rules on the interval that the trial would give; the posterior is the draws weighed by its result.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from osteon.cells.product import CellDose
from osteon.evidence.outcome import outcome
from osteon.inputs.names import SOFT_TISSUES
from osteon.inputs.scenario import read_scenario
from osteon.simulation.arm import simulate
from osteon.simulation.scenario import case_of
from osteon.units import DAYS_PER_MONTH

Array = NDArray[np.float64]
PROOF_OF_CONCEPT_ENDPOINTS = (
    ("p1np", 3.0, 1.0),
    ("ctx", 3.0, -1.0),
    ("bmd_lumbar_spine", 12.0, 1.0),
)  # name, month, the way that is good
PROOF_OF_CONCEPT_DRAWS = 200
TWO_SIDED, EIGHTY = 1.959963984540054, 1.2815515655446004  # normal quantiles of alpha 0.05, and of an 80 % interval
PROOF_OF_CONCEPT_WOMAN = {"age": "66 years", "baseline": {"t_lumbar_spine": -2.7, "t_total_hip": -2.0}}


@dataclass(frozen=True)
class Posterior:
    """What is believed of the effect once a trial has shown `observed`. chance_noticeable: of the size that matters."""

    observed: float
    median: float
    lo90: float
    hi90: float
    chance_noticeable: float
    chance_nothing: float


@dataclass(frozen=True)
class ProofRow:
    """One endpoint with so many patients an arm. Effects in points of BMD or percent of a marker, against no cells.

    assurance : chance of a significant difference the good way, over all draws
    go, no_go : chance of each verdict. Go: the 80 % interval is above nothing and the estimate reaches what matters;
                no-go: the 80 % interval stays below what matters. Neither: more is needed
    """

    endpoint: str
    months: float
    patients_per_arm: int
    lo90: float
    hi90: float
    chance_nothing: float
    noticeable: float
    standard_error: float
    assurance: float
    go: float
    no_go: float
    posteriors: tuple[Posterior, ...]
    evidence: str = "assumed"


def effect_draws(
    given: CellDose, weight: float, draws: int = PROOF_OF_CONCEPT_DRAWS, seed: int = 1
) -> dict[str, Array]:
    """Effect of a product on each endpoint in every draw, (draws,): percent over the baseline, against no cells."""
    days = [f"{m * DAYS_PER_MONTH!r} days" for m in sorted({m for _, m, _ in PROOF_OF_CONCEPT_ENDPOINTS})]
    table = {
        "format": 1, "person": {**PROOF_OF_CONCEPT_WOMAN, "weight": f"{weight!r} kg"},
        "output": {"end": days[-1], "at": ["0 days", *days], "of": [n for n, _, _ in PROOF_OF_CONCEPT_ENDPOINTS], "draws": draws},
    }  # fmt: skip
    curves = []
    for lines in ([_as_table(given)], []):
        scenario = read_scenario(table | {"cells": lines})
        case = case_of(scenario, seed)
        at = np.array(scenario.output.days())
        got = simulate(case, np.unique([0.0, *at]), tuple(n for n, _, _ in PROOF_OF_CONCEPT_ENDPOINTS))
        curves.append({n: got.of(n) for n, _, _ in PROOF_OF_CONCEPT_ENDPOINTS})
    months = np.array([0.0, *sorted({m for _, m, _ in PROOF_OF_CONCEPT_ENDPOINTS})])
    found = {}
    for name, month, _ in PROOF_OF_CONCEPT_ENDPOINTS:
        k = int(np.argmin(np.abs(months - month)))
        with_cells, without = (c[name] for c in curves)
        found[name] = (100 * (with_cells[:, k] / with_cells[:, 0] - without[:, k] / without[:, 0]))[1:]
    return {n: v[np.isfinite(v)] for n, v in found.items()}


def _as_table(given: CellDose) -> dict[str, object]:
    """A dose as a scenario writes it."""
    table: dict[str, object] = {
        "source": given.source, "dose": f"{given.amount!r} {given.basis}", "route": given.route, "passage": given.passage,
        "viability": given.viability, "at": [f"{d!r} days" for d in given.days], "heparin": given.heparin,
        "pretreatment": list(given.pretreatment), "culture": "spheroid" if given.spheroid else "monolayer",
        "donor": {"disease": given.donor_disease, "match": given.match, "age": f"{given.donor_age * 365.25!r} days"},
        "allow_unstudied_dose": True,
    }  # fmt: skip
    if given.match == "xenogeneic":
        table["donor"] = {"disease": given.donor_disease, "species": "rat"}
    if given.infusion:
        table["infusion_time"] = f"{given.infusion * 1440!r} min"
    site = None if given.route in SOFT_TISSUES else given.site
    optional = {"subtype": given.subtype, "site": site, "state": given.state, "vehicle": given.vehicle}
    return table | {k: v for k, v in optional.items() if v is not None}


def proof_rows(given: CellDose, weight: float, sizes: tuple[int, ...], seed: int = 1) -> tuple[ProofRow, ...]:
    """Every endpoint with every number of patients an arm."""
    effects = effect_draws(given, weight, PROOF_OF_CONCEPT_DRAWS, seed)
    return tuple(
        proof_row(name, month, sign, effects[name], n)
        for name, month, sign in PROOF_OF_CONCEPT_ENDPOINTS
        for n in dict.fromkeys(sizes)
    )


def proof_row(name: str, month: float, sign: float, effects: Array, patients: int) -> ProofRow:
    """One endpoint with so many patients an arm.   sign : of the good way; effects : (draws,)"""
    from scipy.special import ndtr

    record = outcome(name)
    matters, margin = record.minimal_important_difference, record.equivalence_margin
    se = record.spread * np.sqrt(2 / patients)
    good = sign * effects
    low, high = np.quantile(effects, [0.05, 0.95])
    go = ndtr((good - max(matters, EIGHTY * se)) / se)
    no_go = ndtr((matters - EIGHTY * se - good) / se)
    return ProofRow(
        name, month, patients, float(low), float(high), float(np.mean(np.abs(effects) < margin)), matters, float(se),
        float(np.mean(ndtr(good / se - TWO_SIDED))), float(np.mean(go)), float(np.mean(no_go)),
        tuple(posterior(good, se, observed, matters, margin) for observed in (0.0, matters, 2 * matters)),
    )  # fmt: skip


def posterior(effects: Array, se: float, observed: float, matters: float, margin: float) -> Posterior:
    """Draws weighed by a result.   effects : (draws,), the good way up

    >>> even = np.linspace(-4.0, 4.0, 801)
    >>> round(posterior(even, 0.5, 1.0, 1.0, 0.1).median, 1)
    1.0
    """
    log = -0.5 * ((observed - effects) / se) ** 2
    weight = np.exp(log - log.max())
    weight = weight / weight.sum()
    order = np.argsort(effects)
    share = np.cumsum(weight[order])
    middle, low, high = (float(effects[order][min(int(np.searchsorted(share, q)), len(effects) - 1)]) for q in (0.5, 0.05, 0.95))  # fmt: skip
    near = np.abs(effects) < margin
    return Posterior(observed, middle, low, high, float(weight[effects >= matters].sum()), float(weight[near].sum()))
