"""The joint posterior's problem: fitted parameters and influential assumed ones, against every calibration row and tissue row.

Which assumed numbers are influential is asked of the rows themselves: how far one width of a number's stated prior moves them, in
their own standard deviations, near the fit. The numbers that move them most are sampled with the fitted ones.

The spread between studies is sampled. What a typical woman cannot show of a mean (the rows' own spread) is kept at the fit's value: with some
sixty numbers to bend, rows say that it is small, and a posterior that believes them is sharper than a model of this kind can be.
Source: Brynjarsdottir 2014 (parameters are learned too sharply where a model's discrepancy is not allowed for)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from osteon.evidence import assert_no_holdout
from osteon.inference.arm_problem import error_model, gauss_newton, simulator, slopes, whitened
from osteon.inference.coordinates import Coordinates, join, of_priors, of_transform
from osteon.inference.errors_model import ErrorModel
from osteon.inference.fit import STEP, data_hash, space
from osteon.inference.priors import Prior, priors_of
from osteon.inference.sampler import Problem
from osteon.inference.targets import Block, blocks, calibration_arms
from osteon.inference.tissue import Observation, observations, tissue_errors
from osteon.interventions import CARDS
from osteon.replication.published import Arm, Curves
from osteon.simulation.assembly import human_model
from osteon.simulation.fits import load_fit

Array = NDArray[np.float64]
ASSUMED = 10  # assumed numbers that are sampled too
CALIBRATION_PROBLEM_NUDGE = 0.1  # of a prior's width, for the slope of an assumed number


@dataclass(frozen=True)
class Calibration:
    """A problem and what stands behind it. assumed : names of the assumed numbers that are sampled"""

    problem: Problem
    arms: tuple[Arm, ...]
    blocks: tuple[Block, ...]
    observed: tuple[Observation, ...]
    assumed: tuple[str, ...]
    data_hash: str

    def row_endpoints(self) -> list[str]:
        """Outcome of every row in the order of the errors; tissue rows last."""
        return [*(b.endpoint for b in self.blocks for _ in b.rows), *("tissue" for _ in self.observed)]


def influential(
    simulate_with: Callable[[Coordinates], Callable[[Array], Array]],
    model: ErrorModel,
    priors: Sequence[Prior],
    count: int,
) -> tuple[str, ...]:
    """Names of the assumed numbers that move the rows most, by squared whitened change for one width of their priors."""
    if not count or not priors:
        return ()
    where = of_priors(priors)
    step = CALIBRATION_PROBLEM_NUDGE * where.width
    _, slope = slopes(simulate_with(where), where.of_values({p.name: p.parameter.value for p in priors}), step)
    size = ((whitened(model, slope) * where.width[:, None]) ** 2).sum(axis=1)
    size = np.where(np.isfinite(size), size, -1.0)
    return tuple(priors[i].name for i in np.sort(np.argsort(-size, kind="stable")[:count]))


def assumed_priors() -> tuple[Prior, ...]:
    """Priors of the assumed numbers of all drugs' model."""
    return priors_of(human_model(CARDS), ("assumed",))


def calibration(
    assumed: int | Sequence[str] = ASSUMED,
    cohorts: Sequence[str] = (),
    names: Sequence[str] = (),
    on_progress: Callable[[str], None] = lambda text: None,
    free: bool = True,
    more: Sequence[Arm] = (),
) -> Calibration:
    """The problem of the shipped fit; with `cohorts` and `names` only those trials and fitted parameters, a reduced problem.

    assumed : how many assumed numbers, or which; more : arms of a new trial, with their rows
    """
    fit = load_fit()
    arms = (*(a for a in calibration_arms() if not cohorts or a.cohort.id in cohorts), *more)
    observed = tuple(o for o in observations() if not cohorts or o.cohort in cohorts)
    assert_no_holdout(m for a in arms for m in a.rows)
    made = tuple(blocks(arms))
    model = error_model(made, [o.cohort for o in observed], free, model_free=False)

    def tissue(curves: Curves) -> Array:
        return tissue_errors(observed, curves)

    fitted = of_transform(space(names) if names else space())
    priors = {p.name: p for p in assumed_priors()}
    if isinstance(assumed, int):
        on_progress(f"{len(priors) if assumed else 0} assumed numbers: one batch to see which move the rows")
        chosen = influential(
            lambda w: simulator(arms, made, w, tissue, observed=observed), model, tuple(priors.values()), assumed
        )
    else:
        chosen = tuple(assumed)
    where = join(fitted, of_priors([priors[n] for n in chosen])) if chosen else fitted
    simulate = simulator(arms, made, where, tissue, observed=observed)
    start = where.of_values({**fit.values, **{n: priors[n].parameter.value for n in chosen}})
    on_progress(f"{len(where)} parameters, {model.rows} rows of {len(model.trials)} trials: one batch for the slopes")
    step = np.where(np.arange(len(where)) < len(fitted), STEP, CALIBRATION_PROBLEM_NUDGE * where.width)
    base, slope = slopes(simulate, start, step)
    covariance, _ = gauss_newton(model, where, base, slope)
    return Calibration(
        Problem(where, model, simulate, start, covariance, (base, slope)),
        arms,
        made,
        observed,
        chosen,
        data_hash(arms, observed),
    )
