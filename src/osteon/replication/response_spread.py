"""How differently persons respond: published standard deviations of a change beside those of virtual persons.

The variance of a published change holds three things that are told apart here:

    persons      how the true changes of persons differ in the model (turnover, kinetics, absorption, baseline)
    follow-up    what any two scans differ by, months apart, whatever is given: positioning, drift, weight. One number a site
    sensitivity  what is left in proportion to the mean effect of a class of drugs. One number a class

The last two are found by maximum likelihood from calibration rows (a sample variance is a scaled chi-square); rows that were held
out are shown beside. What nobody knows (the fit's ensemble) has no part in it: persons are drawn in the central draw.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from osteon.biology import SITES
from osteon.evidence import Measurement, load_measurements
from osteon.evidence.outcome import in_points
from osteon.interventions import CARDS
from osteon.outcomes.assay import CV
from osteon.population import sample
from osteon.replication.published import Arm, arms_of, usable
from osteon.simulation.arm import days_of, prepare, simulate
from osteon.simulation.assembly import human_model
from osteon.simulation.treatment import Subjects

Array = NDArray[np.float64]
ARM_SIZE = 28.0  # persons behind a published standard deviation where the row does not say.  Source: assumed (arms of 18 to 43)
PERSONS, SEED = 200, 1
RESPONSE_SPREAD_STEP = 0.01  # of the grid that the likelihood is looked at on


@dataclass(frozen=True)
class Response:
    """One published standard deviation of a change, points: of whom, published and simulated."""

    id: str
    cohort: str
    arm: str
    classes: tuple[str, ...]
    endpoint: str
    months: float
    role: str
    mean: float
    sd: float
    simulated_mean: float
    persons_sd: float
    precision_sd: float


@dataclass(frozen=True)
class Identified:
    """follow_up: SD of a change, points, by site; sensitivity: coefficient of variation by class; gain: twice the log
    likelihood that the sensitivity of a class is worth (3.84: 5 %)."""

    follow_up: dict[str, float]
    sensitivity: dict[str, float]
    gain: dict[str, float]


def published_responses() -> list[Measurement]:
    """Rows of BMD that say how much the changes of persons differed."""
    return [m for m in load_measurements(include_unverified=False)
            if in_points(m.endpoint) and m.unc_type == "SD" and math.isfinite(m.sd) and m.stat == "mean" and usable(m)]  # fmt: skip


def responses(persons: int = PERSONS, seed: int = SEED) -> tuple[Response, ...]:
    """Every published standard deviation of a change whose arm can be run, beside that of virtual persons."""
    found = []
    for arm in arms_of(published_responses()):
        changes = _changes(arm, persons, seed) if arm.rows else {}
        found += [_row(m, arm, changes[m.id]) for m in arm.rows]
    return tuple(found)


def _changes(arm: Arm, persons: int, seed: int) -> dict[str, Array]:
    """True changes of virtual persons in percent of month `from_month`, (persons,), by row."""
    model = human_model(arm.drugs)
    people = sample(arm.cohort.population, model, persons, seed, joint=True)
    t_scores = {s: people.covariates[f"t_{s}"] for s in SITES}
    parameters = {k: v for k, v in people.parameters.items() if k in model.parameters}
    months = sorted({t for m in arm.rows for t in (m.from_month, m.months)})
    outputs = sorted({m.endpoint for m in arm.rows})
    days = days_of(months)
    case = prepare(arm.treatment, Subjects(persons, parameters, t_scores, label="virtual persons"), model, days[-1] + 1)
    got = simulate(case, days, outputs)
    good = ~got.failed
    at = {t: i for i, t in enumerate(months)}
    values = {e: got.of(e)[good] for e in outputs}
    return {m.id: 100 * (values[m.endpoint][:, at[m.months]] / values[m.endpoint][:, at[m.from_month]] - 1) for m in arm.rows}  # fmt: skip


def _row(m: Measurement, arm: Arm, change: Array) -> Response:
    classes = tuple(sorted({CARDS[d].kind for d in arm.drugs}))
    precision = 100 * CV[m.endpoint] * math.sqrt(2)
    return Response(m.id, m.cohort, m.arm, classes, m.endpoint, m.months, m.role, m.value, m.sd,
                    float(change.mean()), float(change.std(ddof=1)), precision)  # fmt: skip


def identified(rows: Sequence[Response], size: float = ARM_SIZE) -> Identified:
    """What two scans differ by beyond their precision, and how sensitivity to classes differs, from these rows."""
    sites = sorted({r.endpoint for r in rows})
    classes = sorted({c for r in rows for c in r.classes})
    full = _fitted(rows, sites, classes, size)
    gain = {c: full[1] - _fitted(rows, sites, [k for k in classes if k != c], size)[1] for c in classes}
    values = full[0]
    return Identified(
        dict(zip(sites, values[: len(sites)].tolist(), strict=True)),
        dict(zip(classes, values[len(sites) :].tolist(), strict=True)),
        {c: max(0.0, 2 * g) for c, g in gain.items()},
    )


def total_sd(row: Response, found: Identified) -> float:
    """Standard deviation that a trial of these persons would publish, points."""
    share = [found.sensitivity.get(c, 0.0) * row.simulated_mean / len(row.classes) for c in row.classes]
    return math.hypot(row.persons_sd, row.precision_sd, found.follow_up.get(row.endpoint, 0.0), *share)


def _fitted(rows: Sequence[Response], sites: list[str], classes: list[str], size: float) -> tuple[Array, float]:
    """Best values, none below 0, sites first; and their log likelihood up to a constant."""
    from scipy.optimize import minimize

    known = np.array([r.persons_sd**2 + r.precision_sd**2 for r in rows])
    parts = np.array(
        [[float(r.endpoint == s) for s in sites]
         + [(r.simulated_mean / len(r.classes)) ** 2 * (c in r.classes) for c in classes] for r in rows]
    )  # fmt: skip
    published = np.array([r.sd**2 for r in rows])

    def loss(squares: Array) -> float:
        variance = known + parts @ squares
        return float(0.5 * (size - 1) * np.sum(np.log(variance) + published / variance))

    start = np.array([1.0] * len(sites) + [0.02] * len(classes))
    best = minimize(loss, start, method="L-BFGS-B", bounds=[(0.0, None)] * len(start), options={"ftol": 1e-12})
    return np.sqrt(best.x), -float(best.fun)
