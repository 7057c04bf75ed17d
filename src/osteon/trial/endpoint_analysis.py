"""One endpoint of one trial: what each arm did, and the test against its comparator by the name the study gives it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.inputs import Endpoint
from osteon.statistics.estimand import strategy_of
from osteon.statistics.missing import METHODS as IMPUTATIONS
from osteon.statistics.missing import multiply_imputed
from osteon.statistics.proportions import number_needed, responders, share_difference
from osteon.statistics.regression import adjusted_difference, ratio_of_markers, variance_left
from osteon.statistics.repeated_measures import repeated_measures
from osteon.statistics.two_arms import Effect, ancova, change, mean_interval, t_test
from osteon.trial.power import Spread

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ArmValues:
    """Measured values of one arm: ids (n,), visits from the first to the endpoint's (n, visits), NaN where missing.

    covariates : what the endpoint is adjusted for beyond its baseline, (n, covariates), nothing missing; forecast : the
    outcome that the model expects of each patient in the comparator arm, (n,), or None
    """

    ids: NDArray[np.int64]
    values: Array
    covariates: Array | None = None
    forecast: Array | None = None

    @property
    def base(self) -> Array:
        """At the first visit."""
        return self.values[:, 0]

    def outcomes(self, form: str) -> Array:
        """Every later visit in the form asked for, (n, visits - 1); of a single visit its own values."""
        later = self.values[:, 1:] if self.values.shape[1] > 1 else self.values
        return change(later, self.base[:, None], form)

    def adjusted_for(self, forecast: bool = True) -> Array:
        """Baseline, covariates and (unless left out) the forecast, (n, columns)."""
        columns = [self.base[:, None]]
        columns += [self.covariates] if self.covariates is not None else []
        columns += [self.forecast[:, None]] if forecast and self.forecast is not None else []
        return np.concatenate(columns, axis=1)

    def first(self, n: int) -> ArmValues:
        """The first n patients, in the order of enrolment."""
        return ArmValues(
            self.ids[:n],
            self.values[:n],
            None if self.covariates is None else self.covariates[:n],
            None if self.forecast is None else self.forecast[:n],
        )


def arm_row(endpoint: Endpoint, arm: str, own: ArmValues, months: float) -> dict[str, Any]:
    """What an arm did, without any test."""
    outcome = own.outcomes(endpoint.as_)[:, -1]
    mean, low, high = mean_interval(outcome, endpoint.alpha)
    seen = outcome[np.isfinite(outcome)]
    return {
        "endpoint": endpoint.name,
        "visit_months": months,
        "as": endpoint.as_,
        "arm": arm,
        "n": int(len(outcome)),
        "observed": int(len(seen)),
        "mean": mean,
        "lo": low,
        "hi": high,
        "sd": float(np.std(seen, ddof=1)) if len(seen) > 1 else math.nan,
        "alpha": endpoint.alpha,
    }


def tested_row(endpoint: Endpoint, own: ArmValues, other: ArmValues, seed: int) -> dict[str, Any]:
    """The comparison of an arm with its comparator: difference (responders: of shares, in percent; ratio: of geometric means)."""
    if endpoint.analysis == "responders":
        return _responders(endpoint, own, other)
    effect = analysed(endpoint, own, other, seed)
    row: dict[str, Any] = {
        "compare": endpoint.compare,
        "difference": effect.estimate,
        "difference_lo": effect.lo,
        "difference_hi": effect.hi,
        "se": effect.se,
        "p": effect.p,
        "analysis": effect.method,
        "estimand": strategy_of(endpoint.missing),
        "missing": endpoint.missing if endpoint.analysis != "mixed_model" else "mixed_model",
    }
    if endpoint.covariates or own.forecast is not None:
        row["covariates"] = [*endpoint.covariates, *(["forecast"] if own.forecast is not None else [])]
    if own.forecast is not None:
        row["variance_left"] = variance_left_by_forecast(endpoint, own, other)
    return row | hypothesis_row(endpoint, effect)


def variance_left_by_forecast(endpoint: Endpoint, own: ArmValues, other: ArmValues) -> float:
    """Residual variance with the model's forecast over that without it: 0.8 saves a fifth of the patients."""
    y = np.concatenate([v.outcomes(endpoint.as_)[:, -1] for v in (own, other)])
    group = np.concatenate([np.ones(len(own.ids)), np.zeros(len(other.ids))])
    with_it, without = (np.concatenate([v.adjusted_for(f) for v in (own, other)]) for f in (True, False))
    if np.isfinite(y).sum() <= with_it.shape[1] + 4:
        return math.nan
    return variance_left(y, group, with_it) / variance_left(y, group, without)


def analysed(endpoint: Endpoint, own: ArmValues, other: ArmValues, seed: int) -> Effect:
    """The effect of an arm against its comparator, by the endpoint's analysis and its way with missing values."""
    a, b = own.outcomes(endpoint.as_), other.outcomes(endpoint.as_)
    group = np.concatenate([np.ones(len(a)), np.zeros(len(b))])
    base = np.concatenate([own.base, other.base])
    if endpoint.analysis == "ratio":
        values = np.concatenate([own.values[:, -1], other.values[:, -1]])
        return ratio_of_markers(values, base, group, endpoint.alpha)
    if endpoint.analysis == "mixed_model":
        return repeated_measures(np.concatenate([a, b]), group, base, endpoint.alpha).effects[-1]
    if endpoint.missing in IMPUTATIONS:
        ids = np.concatenate([own.ids, other.ids])
        together = np.concatenate([a, b])
        return multiply_imputed(together, base, group, ids, seed, endpoint.missing, alpha=endpoint.alpha)
    if own.adjusted_for().shape[1] > 1:
        table = np.concatenate([own.adjusted_for(), other.adjusted_for()])
        return adjusted_difference(np.concatenate([a[:, -1], b[:, -1]]), group, table, endpoint.alpha)
    if endpoint.analysis == "ancova":
        return ancova(a[:, -1], b[:, -1], own.base, other.base, endpoint.alpha)
    return t_test(a[:, -1], b[:, -1], endpoint.alpha)


def hypothesis_row(endpoint: Endpoint, effect: Effect) -> dict[str, Any]:
    """Whether the interval clears the margin; nothing for a plain difference."""
    if endpoint.hypothesis == "difference" or endpoint.margin is None:
        return {}
    low, high, margin = effect.lo, effect.hi, endpoint.margin
    if endpoint.analysis == "ratio":
        low, high, margin = math.log(low), math.log(high), math.log(margin)
    if not endpoint.higher_is_better:
        low, high = -high, -low
    shown = {
        "non_inferiority": low > -margin,
        "superiority": low > margin,
        "equivalence": low > -margin and high < margin,
    }[endpoint.hypothesis]
    return {"hypothesis": endpoint.hypothesis, "margin": endpoint.margin, "shown": bool(shown)}


def _responders(endpoint: Endpoint, own: ArmValues, other: ArmValues) -> dict[str, Any]:
    """Shares of patients who reach the threshold; who left is no responder."""
    level = 0.0 if endpoint.threshold is None else endpoint.threshold
    counts = [responders(v.outcomes(endpoint.as_)[:, -1], level, endpoint.higher_is_better) for v in (own, other)]
    found = share_difference(*counts[0], *counts[1], endpoint.alpha)
    needed = number_needed(found, good=True)
    return {
        "compare": endpoint.compare,
        "difference": 100 * found.estimate,
        "difference_lo": 100 * found.lo,
        "difference_hi": 100 * found.hi,
        "p": found.p,
        "analysis": "responders",
        "responders": counts[0][0],
        "responders_comparator": counts[1][0],
        "number_needed_to_treat": needed.sentence(),
    }


def spreads(endpoint: Endpoint, own: ArmValues, other: ArmValues, forecast: bool = True) -> tuple[Spread, Spread]:
    """How patients of an arm and of its comparator vary, after adjustment where the analysis adjusts.

    Of a ratio analysis on the scale of the logarithm.   forecast : whether the model's forecast counts among the covariates
    """
    a, b = own.outcomes(endpoint.as_)[:, -1], other.outcomes(endpoint.as_)[:, -1]
    tables = own.adjusted_for(forecast), other.adjusted_for(forecast)
    with np.errstate(divide="ignore", invalid="ignore"):
        if endpoint.analysis == "ratio":
            a, b = np.log(own.values[:, -1]), np.log(other.values[:, -1])
            tables = np.log(own.base)[:, None], np.log(other.base)[:, None]
    adjust = endpoint.analysis in ("ancova", "mixed_model", "ratio")
    slopes = _common_slopes((a, b), tables) if adjust else np.zeros(tables[0].shape[1])
    first, second = (
        _spread(y - np.where(np.isfinite(x), x, 0.0) @ slopes) for y, x in zip((a, b), tables, strict=True)
    )
    return first, second


def _spread(values: Array) -> Spread:
    seen = values[np.isfinite(values)]
    sd = float(np.std(seen, ddof=1)) if len(seen) > 1 else math.nan
    return Spread(sd, len(seen), len(values))


def _common_slopes(outcomes: tuple[Array, Array], tables: tuple[Array, Array]) -> Array:
    """Slopes of the outcome on baseline and covariates within arms, (columns,)."""
    ys, xs = [], []
    for y, x in zip(outcomes, tables, strict=True):
        seen = np.isfinite(y) & np.isfinite(x).all(axis=1)
        if seen.sum() > 1:
            ys.append(y[seen] - y[seen].mean())
            xs.append(x[seen] - x[seen].mean(axis=0))
    if not ys:
        return np.zeros(tables[0].shape[1])
    return np.asarray(np.linalg.lstsq(np.concatenate(xs), np.concatenate(ys), rcond=None)[0])
