"""Replicate: a published cohort as a virtual trial, its numbers beside the published ones.

In order: draw women from the cohort's table; give every arm the same women; live their lives to month 0; give the arm's
doses; measure at the published months; compare. Two naive forecasts stand beside every row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.biology import SITES
from osteon.errors import Fault, InputError
from osteon.evidence import (
    Measurement,
    cohort_ids,
    load_cohort,
    load_measurements,
    measurement_sd,
    reference_populations,
)
from osteon.evidence.outcome import in_points
from osteon.outcomes.assay import CV
from osteon.population import Patients, sample
from osteon.replication.cohort_rows import CohortRow, CurvePoint, ErrorSummary
from osteon.replication.fracture_incidence import HAZARD, RATIOS, comparable
from osteon.replication.fractures import fracture_rows, fracture_summary
from osteon.replication.published import Arm, arms_of, months_of, predicted, scaled_error, usable
from osteon.replication.reference_forecasts import class_mean
from osteon.replication.safety import harm_of, safety_rows
from osteon.simulation.arm import days_of, prepare, simulate
from osteon.simulation.assembly import human_model
from osteon.simulation.between_study import NINETY, between
from osteon.simulation.fits import joined
from osteon.simulation.treatment import Subjects
from osteon.simulation.typical import typical

Array = NDArray[np.float64]
MEMBERS = 24  # parameter sets of the ensemble behind an interval
FRACTURE_METRICS = ("log ratio", "log incidence")
TYPICAL_ARM_SIZE = 45.0  # women of an arm where its size is not given: a phase 2 trial.  Source: assumed


@dataclass(frozen=True)
class Replica:
    """One cohort replayed. rows: the table; curves: monthly means and spread per arm for figures; patients: who they were.

    safety: published harms beside simulated ones, a table of their own (see replicate_harms)
    """

    cohort: str
    rows: list[CohortRow]
    curves: list[CurvePoint] = field(default_factory=list)
    patients: Patients | None = None
    failed: int = 0
    safety: list[CohortRow] = field(default_factory=list)


def replicate(
    name: str,
    patients: int = 50,
    seed: int = 1,
    on_progress: Callable[[str, float], None] = lambda what, share: None,
    curves: bool = False,
    with_recalled: bool = False,
) -> Replica:
    """Replay a cohort. tell(what, share of the work done) reports progress. Raises InputError for an unknown cohort.

    with_recalled : rows that nobody has read since they were remembered are compared too
    """
    cohort = load_cohort(name)
    rows = [m for m in load_measurements(cohort=cohort.id, include_unverified=with_recalled) if m.endpoint != "pk"]
    arms = arms_of([m for m in rows if usable(m)])
    broken = [m for m in rows if comparable(m)]
    fractures = fracture_rows(broken, MEMBERS, seed)
    safety = safety_rows(cohort, rows, seed)
    told = {m.id for m in broken} | {str(r["id"]) for r in safety}
    if not arms:
        return Replica(cohort.id, [*fractures, *_unusable(rows, told)], safety=safety)
    everyone = sample(cohort.population, human_model(), patients, seed)
    means: dict[tuple[str, str, str], dict[float, Array]] = {}
    spread: dict[tuple[str, str, str], dict[float, Array]] = {}
    figures: list[CurvePoint] = []
    failed = 0
    for i, arm in enumerate(arms):
        on_progress(f"{cohort.id}: {arm.name}", i / len(arms))
        months = _grid(arm, arms, curves)
        if not months:
            continue
        endpoints = sorted({m.endpoint for a in arms for m in a.rows})
        people, bad = _people(arm, everyone, months, endpoints, seed)
        failed += bad
        members = _members(arm, months, endpoints, seed)
        for endpoint in endpoints:
            means[cohort.id, arm.name, endpoint] = {t: people[endpoint][:, k] for k, t in enumerate(months)}
            spread[cohort.id, arm.name, endpoint] = {t: members[endpoint][:, k] for k, t in enumerate(months)}
            figures += _curve(cohort.id, arm.name, endpoint, months, people[endpoint]) if curves else []
    table = [_row(m, means, spread) for a in arms for m in a.rows]
    used = {m.id for a in arms for m in a.rows} | told
    on_progress(f"{cohort.id}: done", 1.0)
    return Replica(cohort.id, [*table, *fractures, *_unusable(rows, used)], figures, everyone, failed, safety)


def cohorts_for(names: Sequence[str], everything: bool) -> list[str]:
    """Cohort ids from what was asked; an unknown name raises InputError with the nearest one, a population at large too."""
    at_large = [n for n in names if n.lower() in reference_populations()]
    if at_large:
        text = "is a population at large: it has no arms and no published rows to replay."
        raise InputError(
            [Fault("no_rows", "", n, "", "Name it as the cohort of a study.", f"'{n}' {text}") for n in at_large]
        )
    return list(cohort_ids()) if everything or not names else [load_cohort(n).id.lower() for n in names]


def _grid(arm: Arm, arms: Sequence[Arm], dense: bool) -> list[float]:
    months = months_of(arm, arms)
    if not (months and dense):
        return months
    step = 0.5 if months[-1] <= 60 else 1.0
    return sorted({*months, *np.arange(0, months[-1] + step, step).tolist()})


def _people(
    arm: Arm, everyone: Patients, months: list[float], endpoints: list[str], seed: int
) -> tuple[dict[str, Array], int]:
    """Endpoint values (patients, months) of the virtual women in an arm; failed women are left out and counted."""
    model = human_model(arm.drugs)
    n = len(everyone)
    own = sample(arm.cohort.population, model, n, seed).parameters
    wanted = {s: everyone.covariates[f"t_{s}"] for s in SITES}
    parameters = {k: v for k, v in own.items() if k in model.parameters}
    days = days_of(months)
    case = prepare(arm.treatment, Subjects(n, parameters, wanted, label="virtual persons"), model, days[-1] + 1)
    got = simulate(case, days, endpoints)
    good = ~got.failed
    return {e: got.of(e)[good] for e in endpoints}, int(got.failed.sum())


def _members(arm: Arm, months: list[float], endpoints: list[str], seed: int) -> dict[str, Array]:
    """Endpoint values (members, months) of the typical woman under parameter sets of the fit's ensemble."""
    model = human_model(arm.drugs)
    bounds = {p.name: p.bounds for p in model.parameters.values() if p.bounds}
    drawn = joined().ensemble(seed, np.arange(MEMBERS), bounds)
    parameters = typical(arm.cohort, {k: v for k, v in drawn.items() if k in model.parameters}, MEMBERS)
    days = days_of(months)
    case = prepare(arm.treatment, Subjects(MEMBERS, parameters), model, days[-1] + 1)
    got = simulate(case, days, endpoints, 1e-4)
    return {e: got.of(e)[~got.failed] for e in endpoints}


def _row(m: Measurement, means: dict[Any, dict[float, Array]], members: dict[Any, dict[float, Array]]) -> CohortRow:
    people = predicted(m, means)
    bmd = in_points(m.endpoint)
    centre = (
        float(np.mean(people))
        if bmd
        else 100 * (float(np.exp(np.mean(np.log(np.maximum(1 + people / 100, 0.01))))) - 1)
    )
    parts = _parts(m, people, predicted(m, members), centre)
    half = NINETY * math.sqrt(sum(v**2 for v in parts.values()))
    low, high = (centre - half, centre + half) if bmd else _log_interval(centre, half)
    naive = class_mean(m)
    return CohortRow(
        id=m.id,
        cohort=m.cohort,
        role=m.role,
        arm=m.arm,
        endpoint=m.endpoint,
        months=m.months,
        from_month=m.from_month,
        published=m.value,
        simulated=centre,
        lo90=low,
        hi90=high,
        sd_parameters=parts["parameters"],
        sd_between_person=parts["between_person"],
        sd_measurement=parts["measurement"],
        sd_between_study=parts["between_study"],
        unit=m.unit,
        difference=centre - m.value,
        inside=bool(low <= m.value <= high),
        error=float(scaled_error(m, np.array([centre]))[0]),
        naive_class=None if math.isnan(naive) else naive,
        error_class=None if math.isnan(naive) else float(scaled_error(m, np.array([naive]))[0]),
        error_no_change=float(scaled_error(m, np.array([0.0]))[0]),
        confidence=m.confidence,
        reason="",
    )


def _parts(m: Measurement, people: Array, members: Array, centre: float) -> dict[str, float]:
    """Standard deviations of what an interval around an arm's mean contains, in points or log fold.

    parameters: the fit's ensemble; between_person: women drawn into the arm, with the assay's noise; measurement: as
    published; between_study: how far studies lie from forecasts that have not seen them (calibration rows only).
    """
    noise = CV.get(m.endpoint, 0.0) * math.sqrt(2)
    published = measurement_sd(m)
    spread, drawn, change = float(np.std(members)), float(np.std(people)), centre
    if in_points(m.endpoint):
        noise *= 100
    else:
        spread, drawn = (float(np.std(np.log(np.maximum(1 + v / 100, 0.01)))) for v in (members, people))
        published /= max(100 + m.value, 8.0)
        change = math.log(max(1 + centre / 100, 0.01))
    return {
        "parameters": spread,
        "between_person": math.hypot(drawn, noise) / math.sqrt(TYPICAL_ARM_SIZE),
        "measurement": published,
        "between_study": between(m.endpoint).sd(change),
    }


def _log_interval(centre: float, reached: float) -> tuple[float, float]:
    fold = max(1 + centre / 100, 0.01)
    return 100 * (fold * math.exp(-reached) - 1), 100 * (fold * math.exp(reached) - 1)


def not_replayed(name: str, why: str) -> Replica:
    """A cohort whose replay failed: every row of it, with the reason."""
    cohort = load_cohort(name)
    rows = _unusable(load_measurements(cohort=cohort.id, include_unverified=False), set())
    return Replica(cohort.id, [r.but(reason=f"the replay failed: {why}") for r in rows])


def _unusable(rows: Sequence[Measurement], used: set[str]) -> list[CohortRow]:
    """Rows that are not compared, each with its reason: nothing is dropped silently."""
    found = []
    for m in rows:
        if m.id not in used:
            found.append(
                CohortRow(
                    cohort=m.cohort,
                    role=m.role,
                    arm=m.arm,
                    endpoint=m.endpoint,
                    months=None if math.isnan(m.months) else m.months,
                    published=None if math.isnan(m.value) else m.value,
                    simulated=None,
                    lo90=None,
                    hi90=None,
                    unit=m.unit,
                    confidence=m.confidence,
                    reason=_why(m),
                )
            )
    return found


def _why(m: Measurement) -> str:
    if harm_of(m.endpoint):
        return f"the harm is in the model, and no arm '{m.arm}' of this cohort can be run in its unit '{m.unit}'"
    if m.role == "safety":
        return f"'{m.endpoint}' is not a harm of the model"
    if not math.isfinite(m.value):
        return "the row holds no number"
    if m.endpoint in HAZARD and not math.isfinite(m.months):
        return "the row names no month"
    if m.endpoint in HAZARD and m.unit in RATIOS:
        return f"arm '{m.arm}' or its comparator '{m.comparator}' is not an arm that can be run"
    if m.endpoint in HAZARD:
        return f"'{m.endpoint}' in '{m.unit}' is not simulated"
    if m.endpoint in ("ctx",) and m.cohort in ("ODN_PH2", "LOFT"):
        return "serum CTX is not usable under odanacatib"
    return f"'{m.endpoint}' in '{m.unit}' of arm '{m.arm}' is not an outcome of a simulated arm"


def _curve(cohort: str, arm: str, endpoint: str, months: list[float], values: Array) -> list[CurvePoint]:
    """Percent change over time: mean and the middle 90 % of virtual women."""
    change = 100 * (values / values[:, [months.index(0.0)]] - 1)
    low, high = np.quantile(change, [0.05, 0.95], axis=0)
    middle = change.mean(axis=0) if in_points(endpoint) else 100 * (np.exp(np.log(1 + change / 100).mean(axis=0)) - 1)
    return [
        CurvePoint(
            cohort=cohort,
            arm=arm,
            endpoint=endpoint,
            months=t,
            mean=float(v),
            lo=float(a),
            hi=float(b),
        )
        for t, v, a, b in zip(months, middle, low, high, strict=True)
    ]


def summary(rows: Sequence[CohortRow]) -> list[ErrorSummary]:
    """RMSE by table (calibrated, held out, extrapolated) and endpoint, beside naive forecasts; coverage of the intervals."""
    groups: dict[tuple[str, str, str], list[CohortRow]] = {}
    for row in rows:
        if row.get("simulated") is not None:
            groups.setdefault((row["role"], row["endpoint"], row.get("metric", "")), []).append(row)
    return [
        (fracture_summary if metric in FRACTURE_METRICS else _summarise)(role, endpoint, found)
        for (role, endpoint, metric), found in sorted(groups.items())
    ]


def _summarise(role: str, endpoint: str, rows: Sequence[CohortRow]) -> ErrorSummary:
    def rms(key: str, among: Sequence[CohortRow]) -> float | None:
        values = [r[key] for r in among if r.get(key) is not None]
        return float(np.sqrt(np.mean(np.square(values)))) if values else None

    shared = [r for r in rows if r["error_class"] is not None]
    ours, naive = rms("error", shared), rms("error_class", shared)
    all_ours, still = rms("error", rows), rms("error_no_change", rows)
    return ErrorSummary(
        role=role,
        endpoint=endpoint,
        rows=len(rows),
        rmse=all_ours,
        rmse_no_change=still,
        skill_no_change=None if all_ours is None or not still else 1 - all_ours / still,
        rmse_class_mean=naive,
        rmse_same_rows=ours,
        rows_class_mean=len(shared),
        skill=None if ours is None or not naive else 1 - ours / naive,
        inside_90=float(np.mean([r["inside"] for r in rows])),
        metric="points" if in_points(endpoint) else "log fold",
    )
