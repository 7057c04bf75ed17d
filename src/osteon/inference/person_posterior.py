"""One person's posterior: virtual persons who have lived her history, weighed by how well they show what was measured of her.

    1. A bank of draws: how persons differ (between-person biology, turnover, vitamin D, menopause where it is not told) and how well
       the parameters are known (the fit's ensemble). Member 7 of the bank is the same for every person.
    2. Every member lives her history. The level of her BMD at each site and the offset of each assay are integrated out.
    3. Weights (Pareto-smoothed). The bank grows until they are worth MIN_EFFECTIVE_DRAWS draws or MAX_EFFECTIVE_DRAWS members were tried.
    4. Her course under every option: members drawn by weight, intervals, chances.
    5. What a measurement at a date would tell about the outcome: - 1/2 log(1 - r²), r with its noise in it.

Research only; nothing here advises anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from osteon.errors import Fault, InputError, RunFailed, unknown
from osteon.evidence.outcome import in_points
from osteon.inference.person_rows import BiologyRow, ChanceRow, CourseRow, NextMeasurementRow
from osteon.inputs import Scenario, read_scenario
from osteon.inputs.dosing import DrugRegimen
from osteon.inputs.person_history import (
    DXA_SITES,
    PERSON_HISTORY_MARKERS,
    Option,
    PersonHistory,
    days_measured,
    prior_fractures,
)
from osteon.model import Model
from osteon.outcomes.assay import CV
from osteon.outcomes.bmd import REFERENCE
from osteon.population import between_persons
from osteon.population.covariates import DEFAULTS, SPREADS
from osteon.simulation.arm import simulate
from osteon.simulation.fits import ensemble_draws
from osteon.simulation.person import parameters_of
from osteon.simulation.run_in import specific_surface_for_t_score
from osteon.simulation.scenario import EXPLORE, case_of_values, model_of
from osteon.statistics.importance import Weights, pareto_smoothed
from osteon.streams import normal
from osteon.units import DAYS_PER_MONTH

Array = NDArray[np.float64]
PERSON_POSTERIOR_BATCH, MIN_EFFECTIVE_DRAWS, MAX_EFFECTIVE_DRAWS = (
    256,
    100.0,
    1024,
)  # members at once; draws that weights must be worth; members at most
COURSES = 192  # members drawn by weight for the options
LEVEL_SD = 0.13  # of the log of BMD between persons: 0.12 of 0.94 g/cm^2.  Source: nhanes3
ASSAY_SD = 0.10  # of the log of one laboratory's marker against another's.  Source: assumed, as between studies
LSC = 2.77  # precision errors in a least significant change at 95 %
PERSON_POSTERIOR_SPREAD = {"threads": 2, "chunk": 96}  # of members over cores
COURSE_STEP = 6.0  # months
LOOKS = (6.0, 12.0, 24.0)  # months of a next measurement


@dataclass(frozen=True)
class Seen:
    """One kind of measurement on its days. log values; sd: of noise, log; shared: sd of what all of them have in common"""

    output: str
    days: Array
    log: Array
    sd: Array
    shared: float


@dataclass(frozen=True)
class Posterior:
    """Members of the bank with their weights. z : (members, kinds) offset of each kind, drawn given the measurements"""

    history: PersonHistory
    values: dict[str, Array]
    weights: Weights
    members: int
    offsets: dict[str, Array]
    failed: int
    surprise: float

    def pick(self, count: int, seed: int) -> NDArray[np.int64]:
        """Members drawn by weight, systematic."""
        u = (np.arange(count) + np.random.default_rng([seed, 7]).random()) / count
        return np.searchsorted(np.cumsum(self.weights.weight), u).clip(max=self.members - 1)


def observations(history: PersonHistory) -> list[Seen]:
    """What was measured of her, by output."""
    found = []
    for site in DXA_SITES:
        rows = [d for d in history.dxa if d.site == site]
        if rows:
            mean, sd = REFERENCE[site]
            bmd = [d.bmd if d.bmd is not None else mean + sd * float(d.t_score or 0.0) for d in rows]
            noise = [d.precision / 100 if d.precision else CV[f"bmd_{site}"] for d in rows]
            found.append(_seen(f"bmd_{site}", [d.date for d in rows], bmd, noise, LEVEL_SD))
    for name in dict.fromkeys(m.name for m in history.measured):
        own = [m for m in history.measured if m.name == name]
        noise = [m.cv / 100 if m.cv else CV[name] for m in own]
        found.append(
            _seen(
                name,
                [m.date for m in own],
                [m.number() for m in own],
                noise,
                ASSAY_SD if name in PERSON_HISTORY_MARKERS else 0.0,
            )
        )
    return found


def _seen(output: str, days: Sequence[float], values: Sequence[float], sd: Sequence[float], shared: float) -> Seen:
    order = np.argsort(days, kind="stable")
    return Seen(output, np.array(days)[order], np.log(np.array(values, float))[order], np.array(sd)[order], shared)


def scenario_of(
    history: PersonHistory, regimens: Sequence[DrugRegimen], days: Sequence[float], outputs: Sequence[str]
) -> Scenario:
    """Her history and more regimens as a scenario that looks at outputs on days."""
    person = history.person.model_copy(update={"prior_fractures": prior_fractures(history)})
    end = float(max(*days, 1.0))
    blank = {
        "format": 1,
        "person": {"age": f"{person.age!r} years"},
        "output": {"end": f"{end!r} days", "of": list(outputs)},
    }
    plain = read_scenario(blank)
    output = plain.output.model_copy(update={"at": sorted({float(d) for d in days} | {end})})
    return plain.model_copy(update={"person": person, "regimen": [*history.regimen, *regimens], "output": output})


def bank(model: Model, history: PersonHistory, members: NDArray[np.int64], seed: int) -> dict[str, Array]:
    """Values of members, (n,) each: how persons differ and how well parameters are known; what the file tells is hers."""
    person = history.person
    own = parameters_of(person)
    values: dict[str, Array] = dict(between_persons(model, members, seed, set(own)))
    n = int(members.max()) + 2
    values |= {k: np.asarray(v)[1:][members] for k, v in ensemble_draws(model, n, seed, {*own, *values}).items()}
    sd = SPREADS["turnover"]
    values["turnover_scale"] = np.exp(sd * normal(seed, members, "turnover") - sd**2 / 2)
    if person.baseline.vitamin_d is None:
        sd = SPREADS["vitamin_d"]
        values["vitamin_d_supply"] = np.clip(
            DEFAULTS["vitamin_d"][0] * np.exp(sd * normal(seed, members, "vitamin_d")), 10.0, 250.0
        )
    if (
        not {"menopause_age", "years_since_menopause", "surgical_menopause_at"} & person.model_fields_set
        and person.sex == "female"
    ):
        drawn = DEFAULTS["menopause_age"][0] + SPREADS["menopause_age"] * normal(seed, members, "menopause")
        values["menopause_age"] = np.clip(drawn, 38.0, 58.0)
    return {k: v for k, v in values.items() if k in model.parameters}


def check_person_history(history: PersonHistory) -> None:
    """Raise InputError for a next measurement that the model does not have; what the fields themselves show is found in reading."""
    known = model_of(
        scenario_of(history, [r for o in history.option for r in o.regimen], [0.0], ["bmd_total_hip"])
    ).outputs
    wrong = [unknown("output", o, known, "next_measurement") for o in history.next_measurement if o not in known]
    if wrong:
        raise InputError(wrong)


def posterior_of(
    history: PersonHistory,
    seed: int = 1,
    most: int = MAX_EFFECTIVE_DRAWS,
    on_progress: Callable[[str, float], None] = lambda text, share: None,
) -> Posterior:
    """Weigh the bank by her measurements. Raises RunFailed where no member can live her history."""
    seen = observations(history)
    outputs = [s.output for s in seen] or ["bmd_total_hip"]
    days = [*days_measured(history), 0.0]
    scenario = scenario_of(history, [], days, outputs)
    model = model_of(scenario)
    lacking = [
        unknown("output", s.output, model.outputs) for s in seen if s.output not in {*model.outputs, *model.parameters}
    ]
    if lacking:
        raise InputError(lacking)
    parts: list[dict[str, Array]] = []
    logs: list[Array] = []
    curves: list[dict[str, Array]] = []
    failed = 0
    while True:
        first = PERSON_POSTERIOR_BATCH * len(parts)
        values = bank(model, history, np.arange(first, first + PERSON_POSTERIOR_BATCH), seed)
        values |= specific_surface_for_t_score(
            parameters_of(history.person) | values, t_scores(history), PERSON_POSTERIOR_BATCH, EXPLORE
        )
        shown, lost = _lived(scenario, values, PERSON_POSTERIOR_BATCH, seen)
        failed += lost
        parts.append(values)
        curves.append(shown)
        logs.append(
            sum(
                (_log_likelihood(s, shown[s.output]) for s in seen),
                np.where(np.isnan(next(iter(shown.values()))[:, 0]), -np.inf, 0.0),
            )
        )
        log = np.concatenate(logs)
        if not np.isfinite(log).any():
            text = "No virtual person could live this history."
            raise RunFailed(Fault("person_failed", "person", "", "", "", text))
        weights = pareto_smoothed(log)
        on_progress(
            f"{len(log)} members, worth {weights.effective:.0f} draws",
            min(weights.effective / MIN_EFFECTIVE_DRAWS, 1.0),
        )
        if (weights.effective >= MIN_EFFECTIVE_DRAWS and weights.trusted) or len(log) >= most:
            break
    joined = {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}
    whole = {k: np.concatenate([c[k] for c in curves]) for k in curves[0]}
    offsets = {s.output: _offset(s, whole[s.output], seed) for s in seen}
    return Posterior(history, joined, weights, len(log), offsets, failed, _surprise(seen, whole))


def t_scores(history: PersonHistory) -> dict[str, float]:
    """Her latest T-score at each site that was scanned: what her specific surface follows from."""
    found = {}
    for d in sorted(history.dxa, key=lambda d: d.date):
        mean, sd = REFERENCE[d.site]
        found[d.site] = d.t_score if d.t_score is not None else (float(d.bmd or mean) - mean) / sd
    return found


def _lived(scenario: Scenario, values: dict[str, Array], n: int, seen: Sequence[Seen]) -> tuple[dict[str, Array], int]:
    """Outputs on the days of their measurements by members, (n, days); NaN where one failed."""
    case = case_of_values(scenario, values, n, EXPLORE, hers=set(values))
    days = sorted({*(float(d) for s in seen for d in s.days), 0.0})
    outputs = [s.output for s in seen] or ["bmd_total_hip"]
    got = simulate(
        case, [d for d in days if d >= case.begin], outputs, EXPLORE, atol=1e-3 * EXPLORE, **PERSON_POSTERIOR_SPREAD
    )
    place = {float(t): i for i, t in enumerate(got.times)}
    shown = {}
    for s in seen:
        shown[s.output] = np.where(got.failed[:, None], np.nan, got.of(s.output)[:, [place[float(d)] for d in s.days]])
    return shown or {outputs[0]: got.of(outputs[0])}, int(got.failed.sum())


def _log_likelihood(s: Seen, shown: Array) -> Array:
    """Log density of the measurements for every member, the shared offset integrated out."""
    residual = s.log - np.log(np.maximum(shown, 1e-12))
    precision = 1 / s.sd**2
    own = (residual**2 * precision).sum(axis=1)
    if s.shared:
        own -= (residual @ precision) ** 2 / (precision.sum() + 1 / s.shared**2)
    return np.where(np.isfinite(own), -0.5 * own, -np.inf)


def _offset(s: Seen, shown: Array, seed: int) -> Array:
    """Offset of each member given the measurements, one draw."""
    if not s.shared:
        return np.zeros(len(shown))
    residual = np.nan_to_num(s.log - np.log(np.maximum(shown, 1e-12)))
    precision = 1 / s.sd**2
    known = precision.sum() + 1 / s.shared**2
    z = normal(seed, np.arange(len(shown)), f"person:{s.output}")
    return np.asarray(residual @ precision / known + z / np.sqrt(known))


def _surprise(seen: Sequence[Seen], shown: dict[str, Array]) -> float:
    """Chance, before her measurements, of measurements as far from what the bank shows: p of a chi squared."""
    from scipy.stats import chi2

    if not seen:
        return 1.0
    logs = np.concatenate([np.log(np.maximum(shown[s.output], 1e-12)) for s in seen], axis=1)
    logs = logs[np.isfinite(logs).all(axis=1)]
    noise = np.zeros((logs.shape[1],) * 2)
    first = 0
    for s in seen:
        own = slice(first, first + len(s.days))
        noise[own, own] = np.diag(s.sd**2) + s.shared**2
        first += len(s.days)
    gap = np.concatenate([s.log for s in seen]) - logs.mean(axis=0)
    covariance = np.cov(logs.T).reshape(noise.shape) + noise
    return float(chi2.sf(gap @ np.linalg.solve(covariance, gap), len(gap)))


@dataclass(frozen=True)
class OptionCourse:
    """An option's course in members drawn by weight. curves : output -> (members, days), her level in them; failed ones left out"""

    option: str
    days: Array
    curves: dict[str, Array]
    failed: int


def courses_of(found: Posterior, seed: int = 1, count: int = COURSES) -> list[OptionCourse]:
    """Her course under every option, the same members in each."""
    history = found.history
    months = np.arange(0.0, history.goals.horizon / DAYS_PER_MONTH + 1e-6, COURSE_STEP)
    days = sorted(
        {
            *(months * DAYS_PER_MONTH),
            history.goals.horizon,
            *(t.by for t in history.goals.target),
            *(m * DAYS_PER_MONTH for m in LOOKS),
        }
    )
    outputs = [f"bmd_{s}" for s in DXA_SITES] + [*("ctx", "p1np")]
    outputs += [o for o in history.next_measurement if o not in outputs]
    chosen = found.pick(count, seed)
    values = {k: v[chosen] for k, v in found.values.items()}
    return [_course(history, o, days, outputs, values, found, chosen) for o in history.option]


def _course(
    history: PersonHistory, option: Option, days: Sequence[float], outputs: Sequence[str], values: dict[str, Array],
    found: Posterior, chosen: NDArray[np.int64],
) -> OptionCourse:  # fmt: skip
    scenario = scenario_of(history, option.regimen, days, outputs)
    wrong = [
        unknown("output", o, model_of(scenario).outputs, "next_measurement")
        for o in outputs
        if o not in model_of(scenario).outputs
    ]
    if wrong:
        raise InputError(wrong)
    case = case_of_values(scenario, values, len(chosen), EXPLORE, hers=set(values))
    got = simulate(case, days, outputs, EXPLORE, atol=1e-3 * EXPLORE, **PERSON_POSTERIOR_SPREAD)
    good = ~got.failed
    curves = {}
    for o in outputs:
        level = found.offsets[o][chosen] if o in found.offsets and in_points(o) else np.zeros(len(chosen))
        curves[o] = (got.of(o) * np.exp(level)[:, None])[good]
    return OptionCourse(option.name, np.array(days), curves, int(got.failed.sum()))


def course_rows(course: OptionCourse) -> list[CourseRow]:
    """Course and change from today by output and month: median and 90 %."""
    rows = []
    for output, curve in course.curves.items():
        change = 100 * (curve / curve[:, :1] - 1)
        for i, day in enumerate(course.days):
            low, middle, high = (float(v) for v in np.quantile(curve[:, i], [0.05, 0.5, 0.95]))
            first, median, last = (float(v) for v in np.quantile(change[:, i], [0.05, 0.5, 0.95]))
            rows.append(
                CourseRow(course.option, output, float(day / DAYS_PER_MONTH), middle, low, high, median, first, last)
            )
    return rows


def chances_of(course: OptionCourse, history: PersonHistory) -> list[ChanceRow]:
    """Chances of an option: a gain or loss beyond the least significant change, a T-score by a date, a rebound of CTX."""
    rows = []
    end = int(np.searchsorted(course.days, history.goals.horizon - 1e-6))
    months = float(course.days[end] / DAYS_PER_MONTH)
    for site in DXA_SITES:
        least = 100 * LSC * precision_of(history, site)
        change = 100 * (course.curves[f"bmd_{site}"][:, end] / course.curves[f"bmd_{site}"][:, 0] - 1)
        words = f"by {months:.0f} months, least significant change {least:.1f} %"
        rows.append(_chance(course, f"gain of {site} BMD {words}", f"gain_{site}", float((change >= least).mean())))
        rows.append(_chance(course, f"loss of {site} BMD {words}", f"loss_{site}", float((change <= -least).mean())))
    for t in history.goals.target:
        mean, sd = REFERENCE[t.site]
        i = int(np.searchsorted(course.days, t.by - 1e-6))
        reached = (course.curves[f"bmd_{t.site}"][:, i] - mean) / sd >= t.t_score
        words = (
            f"T-score of the {t.site.replace('_', ' ')} at least {t.t_score:g} at {t.by / DAYS_PER_MONTH:.0f} months"
        )
        rows.append(_chance(course, words, f"target_{t.site}", float(reached.mean())))
    most = 100 * (course.curves["ctx"].max(axis=1) / course.curves["ctx"][:, 0] - 1)
    words = f"CTX more than {history.goals.rebound:g} % above today's within {months:.0f} months"
    rows.append(_chance(course, words, "rebound", float((most > history.goals.rebound).mean())))
    return rows


def _chance(course: OptionCourse, what: str, name: str, value: float) -> ChanceRow:
    count = len(course.curves["ctx"])
    error = float(np.sqrt(max(value * (1 - value), 1e-12) / count))
    return ChanceRow(course.option, what, name, value, error)


def precision_of(history: PersonHistory, site: str) -> float:
    """Precision error of a site: of her latest scan that tells it, else the usual one."""
    told = [d for d in sorted(history.dxa, key=lambda d: d.date) if d.site == site and d.precision]
    return told[-1].precision / 100 if told else CV[f"bmd_{site}"]  # type: ignore[operator]


def next_measurements(
    course: OptionCourse, history: PersonHistory, target: str = "bmd_total_hip"
) -> list[NextMeasurementRow]:
    """What measurements at dates would tell about the change of the target by the horizon under an option, the most telling first."""
    end = int(np.searchsorted(course.days, history.goals.horizon - 1e-6))
    goal = np.log(course.curves[target][:, end] / course.curves[target][:, 0])
    rows = []
    for output in history.next_measurement:
        for months in LOOKS:
            i = int(np.searchsorted(course.days, months * DAYS_PER_MONTH - 1e-6))
            if i >= end:
                continue
            noise = precision_of(history, output.removeprefix("bmd_")) if in_points(output) else CV.get(output, 0.1)
            curve = course.curves[output]
            seen = np.log(np.maximum(curve[:, i], 1e-12))
            variance = seen.var() + noise**2
            r2 = float(np.cov(seen, goal)[0, 1] ** 2 / (variance * goal.var())) if goal.var() > 0 else 0.0
            r2 = min(max(r2 - 1 / len(goal), 0.0), 0.999)  # chance alone gives 1 / n
            nats = float(-0.5 * np.log(1 - r2))
            rows.append(NextMeasurementRow(course.option, output, months, target, nats, r2))
    return sorted(rows, key=lambda r: -r.nats)


def biology_rows(found: Posterior) -> list[BiologyRow]:
    """Her numbers: prior and posterior mean and spread, the most moved first (in prior standard deviations)."""
    w = found.weights.weight
    rows = []
    for name, values in found.values.items():
        sd = float(values.std())
        if sd <= 0 or not np.isfinite(sd):
            continue
        mean = float((w * values).sum())
        spread = float(np.sqrt(max((w * (values - mean) ** 2).sum(), 0.0)))
        before = float(values.mean())
        rows.append(BiologyRow(name, before, sd, mean, spread, (mean - before) / sd, 1 - spread / sd))
    return sorted(rows, key=lambda r: -abs(r.moved))
