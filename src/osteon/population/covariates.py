"""What a virtual person is drawn with: the distribution of each quantity in a population, and how quantities go together.

Age is normal about the population's mean within 45 to 95 years (or follows its bands); years since menopause follow age;
turnover, vitamin D and filtration are log-normal; smoking, falls and earlier fractures are shares (with a count, that many
each). A Gaussian copula joins them (see correlations); fits and replays of published cohorts, which were made before it,
draw each quantity on its own. Whatever a population does not publish comes from DEFAULTS, each named as assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.biology import HUMAN, SITES
from osteon.biology.kidney import usual_gfr_law
from osteon.biology.person import NEVER
from osteon.population.correlations import VARIABLES, latent
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
    "falls_percent": (33.0, "percent who fell in the last year: one in three of those beyond 65"),
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
    "egfr": 0.2,
}  # egfr: log; 15 to 17 of 77 mL/min in women of 68.  Source: assumed
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
PEAK_OF_MEN = {
    "peak_bmd_lumbar_spine": 1.091,
    "peak_bmd_total_hip": 1.041,
    "peak_bmd_femoral_neck": 0.934,
}  # g/cm^2 of young men.  Source: nhanes3 (hip), the maker's reference (spine). T-scores stay against young women.
PEAK_OF_WOMEN = {p.name: p.value for m in HUMAN for p in m.parameters if p.name in PEAK_OF_MEN}  # g/cm^2
CONSTITUTION = 0.7  # of the log spread of filtration: 1.15-fold between persons of 1.22-fold.  Source: assumed
GFR_REFERENCE = float(usual_gfr_law(30.0))  # mL/min
Array = NDArray[np.float64]
Turnover = Callable[[Mapping[str, Array]], Array]
Usual = Callable[
    [Array, str], Mapping[str, Array]
]  # ages and a sex to T-scores by name (`t_total_hip` …) of people at large


def t_scores_by_age(population: Mapping[str, Any], usual: Usual, ages: Array, sex: str = "female") -> dict[str, Array]:
    """T-scores that a population leaves out, by name, of people of these ages and this sex.

    They are those of people at large, moved by `t_shared` of what the sites that are given differ from them.
    """
    here = usual(np.array([float(population["age"])]), sex)
    moved = [float(population[name]) - float(value[0]) for name, value in here.items() if name in population]
    shift = SPREADS["t_shared"] * float(np.mean(moved)) if moved else 0.0
    return {name: value + shift for name, value in usual(ages, sex).items() if name not in population}


def earlier_share(kind: str, ages: Array) -> Array:
    """Share of women at large of these ages who have had a fracture of a kind.  [1]"""
    at_fifty, yearly = EARLIER[kind]
    return np.maximum(at_fifty + yearly * (ages - 50.0), 0.0)


class Figures:
    """What a population says of a quantity, for women or for men; what stood in for what it does not say."""

    def __init__(self, population: Mapping[str, Any], men: NDArray[np.bool_]) -> None:
        self.population, self.men, self.assumed = population, men, dict[str, str]()
        self.of_men: Mapping[str, Any] = population.get("men", {}) if men.any() else {}

    def mean(self, name: str) -> float:
        """The population's own figure, or the usual one, which is then named as assumed."""
        if name in self.population:
            return float(self.population[name])
        value, why = DEFAULTS[name]
        self.assumed[name] = f"{value:g}: {why}"
        return value

    def each(self, name: str) -> Array:
        """The figure of every person, (n,), by sex."""
        women = self.mean(name)
        return np.where(self.men, float(self.of_men.get(name, women)), women)

    def spread(self, name: str, usual: float) -> Array:
        """The standard deviation of every person's quantity, (n,), by sex."""
        women = float(self.population.get(f"{name}_sd", usual))
        return np.where(self.men, float(self.of_men.get(f"{name}_sd", women)), women)


def draw_covariates(
    population: Mapping[str, Any],
    ids: NDArray[np.int64],
    seed: int,
    attempt: int | NDArray[np.int64],
    usual: Usual | None,
    joint: bool,
) -> tuple[dict[str, Array], dict[str, str]]:
    """Covariates of people, (n,) each by name, and what was assumed.   joint : whether quantities go together"""
    share = float(population.get("men_percent", 100.0 if population.get("sex") == "male" else 0.0))
    men = np.full(len(ids), share > 0) if share in (0.0, 100.0) else uniform(seed, ids, "sex", attempt) < share / 100
    figures = Figures(population, men)
    z = _places(population, ids, seed, attempt, men, usual, joint)
    age = _age(figures, z["age"])
    bmi = np.clip(figures.each("bmi") + figures.spread("bmi", SPREADS["bmi"]) * z["bmi"], 17.0, 45.0)
    table: dict[str, Array] = {
        "age": age,
        "years_since_menopause": _since_menopause(figures, age, z["menopause"], joint),
        "bmi": bmi,
    }
    table |= _t_scores(figures, age, z, usual)
    tall = np.where(men, TALL["male"], TALL["female"])
    table["body_weight"] = bmi * np.clip(tall + SPREADS["height"] * z["height"], tall - 0.21, tall + 0.29) ** 2
    if share > 0 or joint:
        table["female"] = np.where(men, 0.0, 1.0)
    table["turnover_scale"] = np.exp(SPREADS["turnover"] * z["turnover"] - SPREADS["turnover"] ** 2 / 2)
    spread = SPREADS["vitamin_d"]
    table["vitamin_d"] = np.clip(
        figures.each("vitamin_d") * np.exp(spread * z["vitamin_d"] - spread**2 / 2), 10.0, 250.0
    )
    if joint:
        table["egfr"] = _filtration(figures, age, z["egfr"])
        table["falls"] = (_chance(z["falls"]) < figures.each("falls_percent") / 100).astype(float)
    table |= _yes_or_no(figures, age, z, usual)
    return table, figures.assumed


def _places(
    population: Mapping[str, Any],
    ids: NDArray[np.int64],
    seed: int,
    attempt: int | NDArray[np.int64],
    men: NDArray[np.bool_],
    usual: Usual | None,
    joint: bool,
) -> dict[str, Array]:
    """Standard normal places of people by variable: joined, or each on its own (T-scores then share a part)."""
    if joint:
        left_to_age = {f"t_{s}" for s in SITES if f"t_{s}" not in population} if usual else set()
        left_to_age |= {f"prior_{k}" for k in EARLIER if f"prior_{k}_percent" not in population} if usual else set()
        return latent(seed, ids, attempt, men, frozenset(left_to_age))
    z = {name: normal(seed, ids, name, attempt) for name in VARIABLES if name not in ("falls", "egfr")}
    shared, part = normal(seed, ids, "t_shared", attempt), SPREADS["t_shared"]
    for site in SITES:
        z[f"t_{site}"] = np.sqrt(1 - part) * z[f"t_{site}"] + np.sqrt(part) * shared
    return z | {name: -z[name] for name in (*(f"prior_{k}" for k in EARLIER), "smoking")}


def _chance(z: Array) -> Array:
    """Uniform places at which the highest normal ones come first."""
    from scipy.special import ndtr

    return np.asarray(ndtr(-z))


def _age(figures: Figures, z: Array) -> Array:
    bands = figures.population.get("age_bands")
    if not bands:
        return np.clip(figures.mean("age") + figures.mean("age_sd") * z, 45.0, 95.0)
    ages = _in_bands(bands, _chance(-z))
    of_men = figures.of_men.get("age_bands")
    return np.where(figures.men, _in_bands(of_men, _chance(-z)), ages) if of_men else ages


def _in_bands(bands: Any, u: Array) -> Array:
    """Ages at uniform places of a population by bands (from, to, number), evenly within each."""
    number = np.array([float(b[2]) for b in bands])
    ends = np.concatenate([[0.0], np.cumsum(number) / number.sum()])
    edges = np.array([float(bands[0][0]), *(float(b[1]) for b in bands)])
    return np.asarray(np.interp(u, ends, edges))


def _since_menopause(figures: Figures, age: Array, z: Array, joint: bool) -> Array:
    """Years since menopause; of men not a number. Women counted from their own final period share it (…_sd)."""
    if figures.men.all():
        return np.full_like(age, np.nan)
    p, mean_age = figures.population, figures.mean("age")
    since = p.get("years_since_menopause")
    at = mean_age - float(since) if since is not None else figures.mean("menopause_age")
    if "years_since_menopause_sd" in p:
        later = -z if joint else z
        menopause = np.clip(
            age - (float(p["years_since_menopause"]) + float(p["years_since_menopause_sd"]) * later), 38.0, 58.0
        )
    else:
        latest = np.minimum(58.0, age - 0.5) if at < mean_age else np.full_like(age, 58.0)
        menopause = np.clip(at + SPREADS["menopause_age"] * z, 38.0, latest)
    return np.where(figures.men, np.nan, age - menopause)


def _t_scores(figures: Figures, age: Array, z: Mapping[str, Array], usual: Usual | None) -> dict[str, Array]:
    """T-scores by name: about the population's means, or where it leaves them out about those of people at large."""
    p, means = figures.population, dict[str, Array]()
    if usual:
        sexes = [sex for sex, some in (("female", ~figures.men), ("male", figures.men)) if some.any()]
        each = [t_scores_by_age(p, usual, age, sex) for sex in sexes]
        means = {name: np.where(figures.men, each[-1][name], each[0][name]) for name in each[0]}
        who = "women" if sexes[0] == "female" else "men"
        for name, value in t_scores_by_age(p, usual, np.array([figures.mean("age")]), sexes[0]).items():
            why = f"follows from the age and the T-scores given, as {who} at large have it in the model"
            figures.assumed[name] = f"{float(value[0]):.2f}: {why}"
    found = {}
    for site in SITES:
        name = f"t_{site}"
        mean = means[name] if name in means else figures.each(name)
        found[name] = mean + figures.spread(name, SPREADS["t"]) * z[name]
    return found


def _filtration(figures: Figures, age: Array, z: Array) -> Array:
    """Glomerular filtration, mL/min: as usual at the age, about the population's own level where it says one."""
    sd = SPREADS["egfr"]
    level = (
        float(figures.population["egfr"]) / float(usual_gfr_law(figures.mean("age")))
        if "egfr" in figures.population
        else 1.0
    )
    return np.asarray(usual_gfr_law(age) * level * np.exp(sd * z - sd**2 / 2))


def _yes_or_no(figures: Figures, age: Array, z: Mapping[str, Array], usual: Usual | None) -> dict[str, Array]:
    """Earlier fractures (as many as the population says, of those who have any) and smoking."""
    p, table = figures.population, dict[str, Array]()
    for name, figure in YES_OR_NO.items():
        count = float(p.get(name.replace("fractures", "count"), 1.0))
        kind = name.removeprefix("prior_").removesuffix("_fractures")
        if usual and figure not in p and kind in EARLIER:
            share = earlier_share(kind, age)
            usually = 100 * float(earlier_share(kind, np.array(figures.mean("age"))))
            figures.assumed[figure] = f"{usually:.3g}: percent, follows from the age, as women at large"
        else:
            share = figures.each(figure) / 100
        table[name] = np.where(_chance(z[figure.removesuffix("_percent")]) < share, count, 0.0)
    return table


def of_person(covariates: Mapping[str, Array]) -> dict[str, Array]:
    """Model parameters that follow from covariates. Who is drawn from a population takes part in a trial."""
    age = covariates["age"]
    return {
        "volunteer": np.ones_like(age),
        "age_at_start": age,
        **_of_sex(covariates),
        "bmi": covariates["bmi"],
        "body_weight": covariates["body_weight"],
        "turnover_scale": covariates["turnover_scale"],
        "vitamin_d_supply": covariates["vitamin_d"],
        **(_of_kidney(covariates) if "egfr" in covariates else {}),
        **({"falls": covariates["falls"]} if "falls" in covariates else {}),
        **{name: covariates[name] for name in YES_OR_NO},
    }


def _of_sex(covariates: Mapping[str, Array]) -> dict[str, Array]:
    since = covariates["years_since_menopause"]
    if "female" not in covariates:
        return {"menopause_age": covariates["age"] - since}
    men = covariates["female"] == 0
    if not men.any():
        return {"menopause_age": covariates["age"] - since}
    menopause = np.where(men, NEVER, covariates["age"] - np.where(men, 0.0, since))
    peaks = {name: np.where(men, of_men, PEAK_OF_WOMEN[name]) for name, of_men in PEAK_OF_MEN.items()}
    return {"female": covariates["female"], "menopause_age": menopause, **peaks}


def _of_kidney(covariates: Mapping[str, Array]) -> dict[str, Array]:
    """Size and damage of the kidneys: of what filters less than usual a part is small kidneys, the rest is damage."""
    ratio = covariates["egfr"] / usual_gfr_law(covariates["age"])
    size = np.where(ratio < 1, ratio**CONSTITUTION, ratio)
    return {"gfr_reference": GFR_REFERENCE * size, "kidney_damage": np.minimum(1 - ratio / size, 0.95)}
