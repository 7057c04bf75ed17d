"""Kinetics of cells from a user's own imaging or qPCR: arrest, release, half-lives and the fate of label, with intervals.

The priors are those of the model, which stand on the published sets; every parameter is a normal place in its prior. The
mode of the posterior is found by least squares on the logarithm of shares, and intervals are normal about it (Laplace).
What the data do not say stays as wide as the prior, and is shown beside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from osteon.cells.kinetics import SHARED
from osteon.cells.product import CellDose
from osteon.errors import Fault, InputError, RunFailed
from osteon.inputs.imaging import ImagingRow
from osteon.model import Uniform
from osteon.population.sampling import draw
from osteon.simulation.organ_kinetics import organ_courses, organs_of

Array = NDArray[np.float64]
LABEL_FATE = {
    "debris_to_liver": Uniform(0.02, 0.5),
    "debris_to_spleen": Uniform(0.02, 0.5),
}  # priors for a fit.  Source: assumed
CELL_KINETICS_NEVER = (
    "marrow_extraction",
    "marrow_flow",
    "k_differentiate",
)  # stand with others in one product, or act on no organ's share
NOISE = 0.15  # log10 of a share, of one value without a spread.  Source: assumed
MODEL_NOISE = 0.05  # log10; a kinetic of three steps is not the animal.  Source: assumed
CELL_KINETICS_STEP = 1e-3  # of a normal place, for slopes
SAMPLES = 4000
MIN_SHARE = 1e-12  # share below which a logarithm says nothing


@dataclass(frozen=True)
class KineticEstimate:
    """A parameter after the data and before them, 90 % intervals. known_from_data: share of the prior's variance taken away."""

    parameter: str
    value: float
    lo90: float
    hi90: float
    unit: str
    prior: float
    prior_lo90: float
    prior_hi90: float
    known_from_data: float
    source: str


@dataclass(frozen=True)
class KineticFit:
    """estimates; rows: (line, organ, day, measured share, predicted share, standardised residual); chi2 over the values."""

    estimates: tuple[KineticEstimate, ...]
    rows: tuple[tuple[int, str, float, float, float, float], ...]
    chi2: float
    values: int


def fitted_parameters(given: CellDose) -> dict[str, object]:
    """Parameters that a fit moves, with their priors; those of other routes stay as they are."""
    site = {"resident_share", "k_resident_loss"}
    own = {"organ_arrest"} if given.route == "intra_arterial" else set()
    skipped = {*CELL_KINETICS_NEVER, *(() if given.site else site), *({"organ_arrest"} - own)}
    found: dict[str, object] = {
        p.name: p.uncertainty for p in SHARED.parameters if p.uncertainty is not None and p.name not in skipped
    }
    return found | dict(LABEL_FATE)


def fit_kinetics(given: CellDose, rows: Sequence[ImagingRow], weight: float) -> KineticFit:
    """Fit the kinetics of a dose to measured shares. Raises InputError for organs that the route does not know.

    given : what was given (amount in cells or cells/kg); weight : of the animal, kg
    """
    from scipy.optimize import least_squares

    _check(given, rows)
    priors = fitted_parameters(given)
    days = np.unique([r.day for r in rows])
    place = [(r.measure, r.organ, int(np.searchsorted(days, r.day))) for r in rows]
    log_y = np.log10([r.share for r in rows])
    noise = np.array([_noise(r) for r in rows])
    below = np.array([r.below for r in rows])

    def log_shares(z: Array) -> Array:
        """(points, values) for normal places z, (points, parameters)."""
        found = organ_courses(given, _shared(priors, z), weight, days.tolist())
        shares = np.stack([found[m, o][:, k] for m, o, k in place], axis=1)
        if not np.isfinite(shares).all():
            raise RunFailed("The kinetics could not be solved for these data.")
        return np.asarray(np.log10(np.maximum(shares, MIN_SHARE)))

    def residuals(z: Array) -> Array:
        gap = (log_shares(z[None, :])[0] - log_y) / noise
        return np.concatenate([np.where(below, np.maximum(gap, 0.0), gap), z])

    def slopes(z: Array) -> Array:
        points = np.vstack([z, z + CELL_KINETICS_STEP * np.eye(len(z))])
        gap = (log_shares(points) - log_y) / noise
        gap = np.where(below, np.maximum(gap, 0.0), gap)
        return np.vstack([((gap[1:] - gap[0]) / CELL_KINETICS_STEP).T, np.eye(len(z))])

    best = least_squares(residuals, np.zeros(len(priors)), jac=slopes, method="lm", max_nfev=60)
    matrix = slopes(best.x)
    covariance = np.asarray(np.linalg.inv(matrix.T @ matrix), float)
    fitted = log_shares(best.x[None, :])[0]
    left = residuals(best.x)[: len(rows)]
    table = tuple(
        (r.line, r.organ, r.day, r.share, float(10**f), float(g)) for r, f, g in zip(rows, fitted, left, strict=True)
    )
    return KineticFit(_estimates(priors, best.x, covariance), table, float(np.sum(left**2)), len(rows))


def _check(given: CellDose, rows: Sequence[ImagingRow]) -> None:
    known = organs_of(given)
    faults = [
        Fault(
            "unknown_organ",
            f"line {r.line}",
            r.organ,
            ", ".join(known),
            "",
            f"A dose by this route is not followed in '{r.organ}'.",
        )
        for r in rows
        if r.organ not in known
    ]
    if len({(r.organ, r.day) for r in rows}) < 3:
        faults.append(
            Fault(
                "too_few_rows",
                "",
                len(rows),
                "at least 3 organs and times",
                "",
                "Three values at least are needed to fit anything.",
            )
        )
    if faults:
        raise InputError(faults)


def _noise(r: ImagingRow) -> float:
    own = NOISE if math.isnan(r.sd) else r.sd / r.share / math.log(10)
    return math.hypot(own, MODEL_NOISE)


def _values(priors: dict[str, object], z: Array) -> dict[str, Array]:
    """Parameters at normal places z, (points, parameters): name -> (points,)."""
    from scipy.special import ndtr

    parameters = {p.name: p for p in SHARED.parameters}
    found = {}
    for i, (name, prior) in enumerate(priors.items()):
        p = parameters[name]
        drawn = draw(p.value, prior, ndtr(z[:, i]))  # type: ignore[arg-type]
        found[name] = np.clip(drawn, *(p.bounds or (-np.inf, np.inf)))
    return found


def _shared(priors: dict[str, object], z: Array) -> dict[str, Array]:
    return {p.name: np.full(len(z), p.value) for p in SHARED.parameters} | _values(priors, z)


def _estimates(priors: dict[str, object], z: Array, covariance: Array) -> tuple[KineticEstimate, ...]:
    rng = np.random.default_rng(1)
    after = _values(priors, rng.multivariate_normal(z, covariance, SAMPLES))
    before = _values(priors, rng.standard_normal((SAMPLES, len(z))))
    mode, typical = _values(priors, z[None, :]), _values(priors, np.zeros((1, len(z))))
    parameters = {p.name: p for p in SHARED.parameters}
    rows = []
    for i, name in enumerate(priors):
        known, p = 1 - float(covariance[i, i]), parameters[name]
        rows.append(_estimate(name, mode[name], after[name], typical[name], before[name], p.unit, known, p.source))
        if name in ("k_cell_loss", "k_resident_loss", "k_debris"):
            half = {
                k: math.log(2) / v
                for k, v in (("m", mode[name]), ("a", after[name]), ("t", typical[name]), ("b", before[name]))
            }
            rows.append(
                _estimate(
                    name.replace("k_", "half_life_", 1),
                    half["m"],
                    half["a"],
                    half["t"],
                    half["b"],
                    "day",
                    known,
                    p.source,
                )
            )
    return tuple(rows)


def _estimate(
    name: str, mode: Array, after: Array, typical: Array, before: Array, unit: str, known: float, source: str
) -> KineticEstimate:
    low, high = np.quantile(after, [0.05, 0.95])
    least, most = np.quantile(before, [0.05, 0.95])
    return KineticEstimate(
        name, float(mode[0]), float(low), float(high), unit, float(typical[0]), float(least), float(most), max(0.0, known), source
    )  # fmt: skip
