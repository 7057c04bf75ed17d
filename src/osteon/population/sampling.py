"""Draw virtual women from a published cohort table, and let them in by the study's conditions.

Age is normal about the cohort's mean within 45 to 95 years; years since menopause follow age; T-scores are correlated
across sites; turnover and vitamin D are log-normal; smoking and prior fractures are shares (with a count, that many each). Whatever the cohort does not
publish comes from DEFAULTS, each named as assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.errors import Fault, RunFailed
from osteon.model import LogitNormal, LogNormal, LogUniform, Model, Normal, Uniform
from osteon.model.parts import Spread
from osteon.population.patients import Patients
from osteon.streams import normal, uniform

DEFAULTS: dict[str, tuple[float, str]] = {
    "age": (67.0, "mean of postmenopausal trial cohorts"),
    "age_sd": (7.0, "usual spread of such cohorts"),
    "bmi": (26.0, "mean of such cohorts, kg/m^2"),
    "t_lumbar_spine": (-2.4, "mean of such cohorts"),
    "t_total_hip": (-1.6, "mean of such cohorts"),
    "t_femoral_neck": (-2.0, "mean of such cohorts"),
    "prior_vertebral_percent": (25.0, "percent, mean of such cohorts"),
    "prior_hip_percent": (2.0, "percent, mean of such cohorts"),
    "prior_nonvertebral_percent": (30.0, "percent, mean of such cohorts"),
    "smoking_percent": (12.0, "percent who smoke, mean of such cohorts"),
    "vitamin_d": (75.0, "nmol/L, as in cohorts that are given vitamin D"),
    "menopause_age": (49.5, "years, mean"),
}
SPREADS = {
    "bmi": 4.0,
    "menopause_age": 3.5,
    "t": 0.75,
    "t_shared": 0.6,
    "turnover": 0.35,
    "height": 0.06,
    "vitamin_d": 0.3,
}
YES_OR_NO = {
    "prior_vertebral_fractures": "prior_vertebral_percent",
    "prior_hip_fractures": "prior_hip_percent",
    "prior_nonvertebral_fractures": "prior_nonvertebral_percent",
    "smoking": "smoking_percent",
}  # covariate -> share of the cohort, percent
EARLIER = {
    "vertebral": (0.05, 0.008),
    "hip": (0.005, 0.001),
    "nonvertebral": (0.20, 0.006),
}  # share of women at large who had a fracture by 50, and more a year.  Source: assumed
TALL = {"female": 1.61, "male": 1.75}  # m, typical.  Source: assumed
TRIES = 400
Array = NDArray[np.float64]
Turnover = Callable[[Mapping[str, Array]], Array]
Usual = Callable[[Array], Mapping[str, Array]]  # ages to T-scores by name (`t_total_hip` …) of women at large


def sample(
    population: Mapping[str, Any],
    model: Model,
    n: int,
    seed: int,
    eligible: Sequence[Any] = (),
    first: int = 0,
    between: bool = True,
    turnover_of: Turnover | None = None,
    usual: Usual | None = None,
) -> Patients:
    """n patients with ids first … first + n - 1.

    population : a cohort's table (see evidence); eligible : conditions on covariates
    between    : whether model parameters differ between persons, as their `between` says
    turnover_of: from parameters of persons, (n,) each, to resorption at month 0 against the reference adult; asked only
                 where a condition names `turnover`, which then is a covariate
    usual      : T-scores of women at large by age; where it is there and the population gives an age, T-scores and earlier
                 fractures that are left out follow from each woman's age, else they are those of usual cohorts

    Raises RunFailed when nobody (or too few) can meet the conditions, with what each condition removed.
    """
    ids = np.arange(first, first + n)
    needs = turnover_of if any(c.quantity == "turnover" for c in eligible) else None
    covariates, assumed = _eligible(population, ids, seed, eligible, needs, usual if "age" in population else None)
    parameters = of_person(covariates)
    if between:
        parameters |= between_persons(model, ids, seed, set(parameters))
    return Patients(ids, covariates, parameters, assumed)


def _eligible(
    population: Mapping[str, Any],
    ids: NDArray[np.int64],
    seed: int,
    conditions: Sequence[Any],
    turnover_of: Turnover | None,
    usual: Usual | None,
) -> tuple[dict[str, Array], dict[str, str]]:
    """Each patient is drawn again, from places of her own, until she meets the conditions."""
    kept, assumed = _covariates(population, ids, seed, 0, turnover_of, usual)
    removed = dict.fromkeys((c.text for c in conditions), 0)
    open_rows = _failing(kept, conditions, np.arange(len(ids)), removed)
    for attempt in range(1, TRIES):
        if not len(open_rows):
            return kept, assumed
        fresh, _ = _covariates(population, ids[open_rows], seed, attempt, turnover_of, usual)
        for name, values in fresh.items():
            kept[name][open_rows] = values
        if attempt == 60 and len(open_rows) == len(ids) and len(ids) >= 20:
            break
        open_rows = _failing(kept, conditions, open_rows, removed)
    if not len(open_rows):
        return kept, assumed
    told = "; ".join(f"'{text}' removed {count}" for text, count in removed.items())
    message = f"{len(open_rows)} of {len(ids)} patients could not be found: the conditions leave too few. Of all drawn, {told}."
    raise RunFailed(
        Fault(
            "nobody_eligible",
            "population.eligible",
            len(open_rows),
            "",
            "Widen the condition that removes most.",
            message,
        )
    )


def _failing(
    table: Mapping[str, Array], conditions: Sequence[Any], rows: NDArray[np.int64], removed: dict[str, int]
) -> NDArray[np.int64]:
    good = np.ones(len(rows), bool)
    for c in conditions:
        compare: dict[str, Callable[[Any, Any], Any]] = {
            "<": np.less,
            "<=": np.less_equal,
            ">": np.greater,
            ">=": np.greater_equal,
            "==": np.equal,
        }
        met = compare[c.operator](table[c.quantity][rows], c.level)
        removed[c.text] += int((~met).sum())
        good &= met
    return rows[~good]


def t_scores_by_age(population: Mapping[str, Any], usual: Usual, ages: Array) -> dict[str, Array]:
    """T-scores that a population leaves out, by name, of women of these ages.

    They are those of women at large, moved by `t_shared` of what the sites that are given differ from them.
    """
    here = usual(np.array([float(population["age"])]))
    moved = [float(population[name]) - float(value[0]) for name, value in here.items() if name in population]
    shift = SPREADS["t_shared"] * float(np.mean(moved)) if moved else 0.0
    return {name: value + shift for name, value in usual(ages).items() if name not in population}


def earlier_share(kind: str, ages: Array) -> Array:
    """Share of women at large of these ages who have had a fracture of a kind.  [1]"""
    at_fifty, yearly = EARLIER[kind]
    return np.maximum(at_fifty + yearly * (ages - 50.0), 0.0)


def _covariates(
    population: Mapping[str, Any],
    ids: NDArray[np.int64],
    seed: int,
    attempt: int,
    turnover_of: Turnover | None,
    usual: Usual | None,
) -> tuple[dict[str, Array], dict[str, str]]:
    assumed: dict[str, str] = {}

    def centre(name: str) -> float:
        if name in population:
            return float(population[name])
        value, why = DEFAULTS[name]
        assumed[name] = f"{value:g}: {why}"
        return value

    def z(purpose: str) -> Array:
        return normal(seed, ids, purpose, attempt)

    age = np.clip(centre("age") + centre("age_sd") * z("age"), 45.0, 95.0)
    if "years_since_menopause" in population:
        menopause = centre("age") - float(population["years_since_menopause"])
    else:
        menopause = centre("menopause_age")
    at = _menopause(population, age, menopause, z("menopause"), before=menopause < centre("age"))
    bmi = np.clip(centre("bmi") + SPREADS["bmi"] * z("bmi"), 17.0, 45.0)
    shared = z("t_shared")
    table: dict[str, Array] = {"age": age, "years_since_menopause": age - at, "bmi": bmi}
    by_age = t_scores_by_age(population, usual, age) if usual else {}
    for name in by_age:
        mean = float(t_scores_by_age(population, usual, np.array([centre("age")]))[name][0])  # type: ignore[arg-type]
        assumed[name] = (
            f"{mean:.2f}: follows from the age and the T-scores given, as women at large have it in the model"
        )
    for site in ("lumbar_spine", "total_hip", "femoral_neck"):
        own = np.sqrt(1 - SPREADS["t_shared"]) * z(f"t_{site}") + np.sqrt(SPREADS["t_shared"]) * shared
        mean_t = by_age[f"t_{site}"] if f"t_{site}" in by_age else centre(f"t_{site}")
        table[f"t_{site}"] = mean_t + SPREADS["t"] * own
    tall = TALL[population.get("sex", "female")]
    table["body_weight"] = bmi * np.clip(tall + SPREADS["height"] * z("height"), tall - 0.21, tall + 0.29) ** 2
    if population.get("sex") == "male":
        table["female"] = np.zeros_like(age)
    table["turnover_scale"] = np.exp(SPREADS["turnover"] * z("turnover") - SPREADS["turnover"] ** 2 / 2)
    spread = SPREADS["vitamin_d"]
    table["vitamin_d"] = np.clip(centre("vitamin_d") * np.exp(spread * z("vitamin_d") - spread**2 / 2), 10.0, 250.0)
    for name, figure in YES_OR_NO.items():
        drawn = uniform(seed, ids, figure.removesuffix("_percent"), attempt)
        count = float(population.get(name.replace("fractures", "count"), 1.0))  # of those who have any
        kind = name.removeprefix("prior_").removesuffix("_fractures")
        if usual and figure not in population and kind in EARLIER:
            share = earlier_share(kind, age)
            usually = 100 * float(earlier_share(kind, np.array(centre("age"))))
            assumed[figure] = f"{usually:.3g}: percent, follows from the age, as women at large"
        else:
            share = np.asarray(centre(figure) / 100)
        table[name] = np.where(drawn < share, count, 0.0)
    if turnover_of:
        table["turnover"] = turnover_of(of_person(table))
    return table, assumed


def _menopause(population: Mapping[str, Any], age: Array, mean: float, z: Array, before: bool) -> Array:
    """Age at menopause.  [year]   Women who are counted from their own final period share it (years_since_menopause_sd)."""
    if "years_since_menopause_sd" in population:
        since = float(population["years_since_menopause"]) + float(population["years_since_menopause_sd"]) * z
        return np.clip(age - since, 38.0, 58.0)
    latest = np.minimum(58.0, age - 0.5) if before else np.full_like(age, 58.0)
    return np.clip(mean + SPREADS["menopause_age"] * z, 38.0, latest)


def of_person(covariates: Mapping[str, Array]) -> dict[str, Array]:
    """Model parameters that follow from covariates. Who is drawn from a cohort takes part in a trial."""
    age = covariates["age"]
    male = {"female": covariates["female"]} if "female" in covariates else {}
    return {
        "volunteer": np.ones_like(age),
        "age_at_start": age,
        **(male or {"menopause_age": age - covariates["years_since_menopause"]}),
        "bmi": covariates["bmi"],
        "body_weight": covariates["body_weight"],
        "turnover_scale": covariates["turnover_scale"],
        "vitamin_d_supply": covariates["vitamin_d"],
        **{name: covariates[name] for name in YES_OR_NO},
    }


def between_persons(model: Model, ids: NDArray[np.int64], seed: int, taken: set[str]) -> dict[str, Array]:
    """Values of every model parameter that has a `between`, (n,) each; names in `taken` are left alone."""
    spread = {p.name: p for p in model.parameters.values() if p.iiv is not None and p.name not in taken}
    found: dict[str, Array] = {}
    for name, p in spread.items():
        drawn = draw(p.value, p.iiv, uniform(seed, ids, f"between:{name}"))
        found[name] = np.clip(drawn, *p.bounds) if p.bounds else drawn
    return found


def draw(value: float, spread: Spread | None, u: Array) -> Array:
    """Values of a parameter at uniform places u; a mean-one factor for log-normal, so the mean person stays typical."""
    from scipy.special import expit, logit, ndtri

    if isinstance(spread, LogNormal):
        return np.asarray(value * np.exp(np.log(spread.gsd) * ndtri(u)))
    if isinstance(spread, Normal):
        return np.asarray(value + spread.sd * ndtri(u))
    if isinstance(spread, LogitNormal):
        return np.asarray(expit(logit(value) + spread.sd * ndtri(u)))
    if isinstance(spread, LogUniform):
        return np.asarray(spread.low * (spread.high / spread.low) ** u)
    if isinstance(spread, Uniform):
        return np.asarray(spread.low + (spread.high - spread.low) * u)
    return np.full_like(u, value)
