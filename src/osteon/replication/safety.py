"""Published harms beside simulated ones, where an arm of the cohort exists; figures that went into the table are marked.

The expected incidence or ratio is over the cohort's women under the arm's doses. The interval holds how well rates are
known and what chance there was in the trial: from the published interval, or else from the expected number of events.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from osteon.evidence import Cohort, Measurement, load_measurements
from osteon.evidence.measurement import width_of
from osteon.outcomes.harm_table import Harm, load_harms
from osteon.outcomes.harms import built
from osteon.population import sample
from osteon.replication.cohort_rows import CohortRow
from osteon.replication.published import Arm, regimens_of
from osteon.simulation.arm import days_of, prepare, simulate
from osteon.simulation.assembly import human_model, plugged_by
from osteon.simulation.harms import causes_of, exposure_names, risks
from osteon.simulation.treatment import Subjects

Array = NDArray[np.float64]
N_SAFETY_PERSONS = 24
STANDS_FOR = {("FREEDOM", "all denosumab"): ("denosumab 10 years", 120.0)}  # rows over a whole programme: arm, months
SAFETY_ALSO = {"FREEDOM": ("DMAB_LABEL",)}  # cohort -> sources that tell of its arms under a name of their own
SAFETY_RATIOS = ("HR", "RR", "OR")
SAFETY_UNITS = (*SAFETY_RATIOS, "cum_incidence_pct", "rate_per_10k_py")


def harm_of(endpoint: str) -> Harm | None:
    """The harm that a published endpoint speaks of."""
    return next((h for h in load_harms().values() if endpoint in (*h.endpoints, *h.wider)), None)


def _comparable(m: Measurement) -> bool:
    """A count that holds more than the harm compares by its ratio alone."""
    h = harm_of(m.endpoint)
    return h is not None and m.unit in (SAFETY_RATIOS if m.endpoint in h.wider else SAFETY_UNITS)


def inputs() -> frozenset[str]:
    """Published rows that a figure of the table was taken from."""
    found = [row for h in load_harms().values() for row in h.rows]
    return frozenset(found + [row for h in load_harms().values() for c in h.causes for row in c.rows])


def _used(m: Measurement, h: Harm) -> str:
    """input: the figure is in the table; same trial: another figure of that trial for this harm is; check: neither."""
    if m.id in inputs():
        return "input"
    own = (*h.rows, *(row for c in h.causes for row in c.rows))
    return "same trial" if any(row.split("/")[0] == m.id.split("/")[0] for row in own) else "check"


def safety_rows(cohort: Cohort, rows: Sequence[Measurement], seed: int) -> list[CohortRow]:
    """One row for every published harm of an arm that can be run."""
    rows = [*rows, *(m for c in SAFETY_ALSO.get(cohort.id, ()) for m in load_measurements(cohort=c))]
    known = {a.name for a in cohort.arms}
    wanted = [(m, *_place(m)) for m in rows if math.isfinite(m.value) and _comparable(m)]
    wanted = [
        (m, a, t)
        for m, a, t in wanted
        if a in known and t > 0 and (m.unit not in SAFETY_RATIOS or m.comparator in known)
    ]
    arms = dict.fromkeys(x for m, a, _ in wanted for x in (a, m.comparator) if x in known)
    months = sorted({t for _, _, t in wanted})
    harms = list(dict.fromkeys(harm_of(m.endpoint).name for m, _, _ in wanted))  # type: ignore[union-attr]
    seen = {a: _exposure(_arm(cohort, a), months, harms, seed) for a in arms}
    return [_row(m, a, months.index(t), t, seen, cohort, seed) for m, a, t in wanted]


def _place(m: Measurement) -> tuple[str, float]:
    arm, months = STANDS_FOR.get((m.cohort, m.arm), (m.arm, m.months))
    return arm, months if math.isfinite(months) else 0.0


def _arm(cohort: Cohort, name: str) -> Arm:
    return Arm(cohort, name, regimens_of(cohort.id, name), ())


def _exposure(arm: Arm, months: Sequence[float], harms: Sequence[str], seed: int) -> tuple[Arm, dict[str, Array]]:
    """Backgrounds and exposures cumulated since month 0 by name, (persons, months)."""
    model = human_model(arm.drugs, harms=harms)
    parameters = dict(sample(arm.cohort.population, model, N_SAFETY_PERSONS, seed).parameters)
    names = exposure_names(harms, arm.drugs)
    days = days_of([0.0, *months])
    persons = Subjects(N_SAFETY_PERSONS, parameters, label="virtual persons")
    got = simulate(prepare(arm.treatment, persons, model, float(days[-1]) + 1), days, names)
    good = got.values[~got.failed]
    return arm, {n: good[:, 1:, k] - good[:, :1, k] for k, n in enumerate(names)}


def _row(
    m: Measurement,
    arm: str,
    at: int,
    months: float,
    seen: Mapping[str, tuple[Arm, dict[str, Array]]],
    cohort: Cohort,
    seed: int,
) -> CohortRow:
    h = harm_of(m.endpoint)
    assert h is not None
    own = _risk(h, seen[arm], at, seed)
    drawn = _as_published(m, h, own, _risk(h, seen[m.comparator], at, seed) if m.unit in SAFETY_RATIOS else own, months)
    centre = float(drawn[0])
    spread = float(np.std(np.log(drawn[1:])))
    chance = _chance(m, own[0], cohort)
    reach = 1.645 * math.hypot(spread, chance)
    low, high = centre * math.exp(-reach), centre * math.exp(reach)
    error = math.log(centre / m.value) if m.value > 0 and centre > 0 else math.nan
    return CohortRow(
        id=m.id,
        cohort=m.cohort,
        role=m.role,
        arm=m.arm,
        comparator=m.comparator,
        endpoint=m.endpoint,
        harm=h.name,
        months=months,
        from_month=0.0,
        published=m.value,
        published_lo=None if math.isnan(m.lo) else m.lo,
        published_hi=None if math.isnan(m.hi) else m.hi,
        simulated=centre,
        lo90=low,
        hi90=high,
        sd_parameters=spread,
        sd_chance=chance,
        unit=m.unit,
        difference=centre - m.value,
        inside=bool(low <= m.value <= high),
        error=None if math.isnan(error) else error,
        naive_class=None,
        error_class=None,
        error_no_change=-math.log(m.value) if m.unit in SAFETY_RATIOS and m.value > 0 else None,
        used=_used(m, h),
        confidence=m.confidence,
        reason="",
    )


def _risk(h: Harm, seen: tuple[Arm, dict[str, Array]], at: int, seed: int) -> Array:
    """Share of women with the harm, typical first, then over the draws."""
    arm, curves = seen
    causes = causes_of(h, arm.drugs)
    risk = risks(h, built(h, plugged_by(arm.drugs)), {n: v[:, at] for n, v in curves.items()}, seed)[0]
    reported = h.reported if causes else 0.0
    return np.maximum(1 - (1 - reported) * (1 - risk), 1e-12)


def _as_published(m: Measurement, h: Harm, own: Array, other: Array, months: float) -> Array:
    if m.unit == "RR":
        return own / other
    if m.unit == "OR":
        return own / (1 - own) * (1 - other) / other
    if m.unit == "HR":
        return np.log1p(-own) / np.log1p(-other)
    return 100 * own if m.unit == "cum_incidence_pct" else -np.log1p(-own) * 1e4 / (months / 12)


def _chance(m: Measurement, risk: float, cohort: Cohort) -> float:
    """Standard deviation of the log of a published figure: from its interval, else from the events to be expected."""
    if math.isfinite(m.lo) and math.isfinite(m.hi) and m.lo > 0 and width_of(m.unc_type) == "CI95":
        return math.log(m.hi / m.lo) / 3.92
    women = max(20.0, cohort.n / max(1, len(cohort.arms)))
    each = (1 - risk) / max(risk * women, 0.5)
    return math.sqrt(2 * each if m.unit in SAFETY_RATIOS else each)
