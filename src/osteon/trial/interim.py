"""Looks on the way: what each would have said of a trial, when it stops, and what a blinded look says of its size."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from osteon.inputs import Endpoint, Study
from osteon.inputs.designs import InterimAnalyses, ReEstimation
from osteon.inputs.names import FRACTURE_ENDPOINTS
from osteon.statistics.futility import conditional_power, predictive_power, with_futility
from osteon.statistics.group_sequential import SequentialDesign, sequential_power, spending_boundaries
from osteon.statistics.re_estimation import blinded_variance, re_estimated
from osteon.statistics.sample_size import sample_size_of_means
from osteon.trial.endpoint_analysis import ArmValues, analysed
from osteon.trial.endpoints import arm_values
from osteon.units import DAYS_PER_YEAR

OF_FIRST = "the first trial"


def with_interim_analyses(
    looks: InterimAnalyses, study: Study, rows: list[dict[str, Any]], files: Sequence[Path], seed: int
) -> list[dict[str, Any]]:
    """Rows of comparisons with what each look at the first trial would have said: z, its bounds, whether it stops.

    At a look the first share of every arm's patients, in the order of enrolment, has its value. Where the row knows the effect
    that is expected, it tells the power with these looks and the share of patients that are needed on average.
    """
    each = len(study.arm)
    found = []
    for i, row in enumerate(rows):
        e = study.endpoint[i // each]
        if "compare" not in row or e.name in FRACTURE_ENDPOINTS or e.analysis == "responders":
            found.append(row)
            continue
        design = design_of(looks, e.alpha)
        own, other = (arm_values(study, e, files, a) for a in (row["arm"], row["compare"]))
        seen = _looks(design, e, own, other, seed, looks.futility != "none")
        more = {"looks": seen, "spending": looks.spending, "looks_of": OF_FIRST} | _operating(design, row)
        found.append(row | more)
    return found


def design_of(looks: InterimAnalyses, alpha: float) -> SequentialDesign:
    """Bounds of the looks; with futility one-sided at half of alpha, its lower bound not binding."""
    if looks.futility == "none":
        return spending_boundaries(looks.information, alpha, looks.spending)
    return with_futility(looks.information, alpha / 2, looks.power, looks.spending, looks.futility, None)[0]


def _looks(
    design: SequentialDesign, e: Endpoint, own: ArmValues, other: ArmValues, seed: int, futility: bool
) -> list[dict[str, Any]]:
    seen: list[dict[str, Any]] = []
    last = len(design.information) - 1
    for k, (t, bound) in enumerate(zip(design.information.tolist(), design.upper.tolist(), strict=True)):
        effect = analysed(e, _first(own, t), _first(other, t), seed)
        null = 1.0 if e.analysis == "ratio" else 0.0
        z = math.copysign(_z(effect.p), effect.estimate - null)
        better = z if e.higher_is_better else -z
        crossed = better >= bound if futility else abs(z) >= bound
        look = {"information": t, "z": z, "bound": bound, "crossed": bool(crossed)}
        gives_up = futility and k < last and better <= float(design.lower[k])
        if futility and k < last:
            look["futility_bound"] = float(design.lower[k])
        if k < last and not crossed:
            toward = better if futility else abs(z)
            look["conditional_power"] = conditional_power(toward, t, float(design.upper[-1]))
            look["predictive_power"] = predictive_power(toward, t, float(design.upper[-1]))
        stop = "efficacy" if crossed else "futility" if gives_up else "end" if k == last else ""
        seen.append(look | {"stop": stop})
        if stop:
            break
    return seen


def _operating(design: SequentialDesign, row: Mapping[str, Any]) -> dict[str, float]:
    """Power with these looks and the expected share of the patients, at the effect that the model expects."""
    expected, se = row.get("expected_difference"), row.get("sampling_sd")
    if not expected or not se or row.get("analysis") == "ratio":
        return {}
    power, share = sequential_power(design, abs(expected) / se)
    return {"power_sequential": power, "expected_information": share}


def _first(values: ArmValues, share: float) -> ArmValues:
    return values.first(max(2, round(share * len(values.ids))))


def _z(p: float) -> float:
    from scipy.stats import norm

    return float(norm.isf(p / 2)) if p > 0 else 37.0


def re_estimation_row(asked: ReEstimation, study: Study, files: Sequence[Path]) -> dict[str, Any]:
    """What a blinded look at the first trial says of its size: planned and re-estimated patients of each arm."""
    e = study.endpoint[asked.endpoint - 1]
    arm = next(a.name for a in study.arm if a.name != e.compare)
    ratio = dict(zip((a.name for a in study.arm), study.ratio(), strict=True))
    both = [_first(arm_values(study, e, files, a), asked.at) for a in (arm, e.compare or "")]
    values = np.concatenate([v.outcomes(e.as_)[:, -1] for v in both])
    lost = -math.expm1(e.visit / DAYS_PER_YEAR * math.log1p(-min(study.design.dropout, 0.999)))
    share = ratio[e.compare or ""] / ratio[arm]
    planned = sample_size_of_means(asked.difference, asked.sd, None, asked.power, e.alpha, share, lost)
    new = re_estimated(values, asked.difference, planned, asked.power, e.alpha, share, lost, asked.largest)
    sd = math.sqrt(blinded_variance(values, 0.0, share))
    return {
        "endpoint": e.name,
        "arm": arm,
        "compare": e.compare,
        "information": asked.at,
        "patients_seen": int(np.isfinite(values).sum()),
        "sd_planned": asked.sd,
        "sd_blinded": sd if math.isfinite(sd) else None,
        "planned": [planned.arm, planned.comparator],
        "re_estimated": [new.arm, new.comparator],
    }


def design_sentences(rows: Sequence[Mapping[str, Any]], again: Mapping[str, Any] | None) -> list[str]:
    """What looks and re-estimation say, in words."""
    told = []
    for r in rows:
        looks = r.get("looks") or []
        if looks:
            end = looks[-1]
            steps = "; ".join(f"at {x['information']:.0%} z {x['z']:+.2f} against {x['bound']:.2f}" for x in looks)
            why = {
                "efficacy": "stops for efficacy",
                "futility": "stops for futility",
                "end": "goes to the end, not shown",
            }[end["stop"]]
            more = (
                f" Power with these looks {r['power_sequential']:.0%}, on average {r['expected_information']:.0%} of the patients."
                if "power_sequential" in r
                else ""
            )
            told.append(f"{r['endpoint']}, {r['arm']}: {steps}: {OF_FIRST} {why}.{more}")
    if again and again["sd_blinded"] is not None:
        told.append(
            f"Blinded look at {again['information']:.0%}: SD {again['sd_blinded']:.3g} (planned {again['sd_planned']:.3g}); "
            f"patients of {again['arm']} and {again['compare']}: {again['planned'][0]} and {again['planned'][1]} planned, "
            f"{again['re_estimated'][0]} and {again['re_estimated'][1]} now."
        )
    return told
