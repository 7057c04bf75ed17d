"""Cohorts: who the patients of a study were, and its arms as regimens that can be run."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from osteon.errors import InputError, unknown


@dataclass(frozen=True)
class CohortArm:
    """An arm. regimen: rows of text quantities as in a scenario file; month 0 = the trial's first dose."""

    name: str
    regimen: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Cohort:
    """A study population and its arms. population: age, age_sd, years_since_menopause, bmi, t_SITE, … where published; sex, for men."""

    id: str
    arms: tuple[CohortArm, ...]
    population: Mapping[str, Any]
    sex: str = "female"
    n: int = 0
    registry: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def arm(self, name: str) -> CohortArm:
        """One arm. Raises InputError with the nearest name."""
        for arm in self.arms:
            if arm.name == name:
                return arm
        raise InputError(unknown("arm", name, [a.name for a in self.arms], place=self.id))


@lru_cache(maxsize=1)
def cohort_ids() -> tuple[str, ...]:
    """Names of the cohorts whose arms can be run."""
    folder = files("osteon").joinpath("data").joinpath("cohorts")
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


@lru_cache(maxsize=1)
def reference_populations() -> tuple[str, ...]:
    """Names of populations at large that patients can be drawn from; they have no arms."""
    folder = files("osteon").joinpath("data").joinpath("population")
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


@cache
def load_cohort(name: str) -> Cohort:
    """A cohort or a reference population by its name in any case. Raises InputError with the nearest name."""
    key = name.lower()
    if key not in (*cohort_ids(), *reference_populations()):
        raise InputError(unknown("cohort", name, (*cohort_ids(), *reference_populations())))
    folder = "cohorts" if key in cohort_ids() else "population"
    text = files("osteon").joinpath("data").joinpath(folder).joinpath(f"{key}.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(text)
    arms = tuple(CohortArm(a["name"], tuple(a.get("regimen", ()))) for a in raw.get("arm", ()))
    sex = {"sex": raw["sex"]} if raw.get("sex", "female") != "female" else {}
    return Cohort(
        raw["id"],
        arms,
        (raw.get("population", {}) | sex) if "mix" not in raw else _mixed(raw["mix"]),
        raw.get("sex", "female"),
        raw.get("n", 0),
        raw.get("registry", ""),
    )


def _mixed(mix: Mapping[str, Any]) -> dict[str, Any]:
    """Women and men of two populations as one."""
    women, men = (load_cohort(mix[who]).population for who in ("women", "men"))
    return {**women, "men": dict(men), "men_percent": mix["men_percent"]}
