"""Cohorts: who the patients of a study were, and its arms as regimens that can be run."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from osteon.additions import cached, names_in, text_of
from osteon.errors import Fault, InputError, unknown
from osteon.io.table_fields import Field, collisions, field_faults, parsed


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


@cached
def cohort_ids() -> tuple[str, ...]:
    """Names of the cohorts whose arms can be run, those of the own folder in force among them."""
    return (*shipped_cohort_ids(), *(n for n in names_in("cohorts") if n not in shipped_cohort_ids()))


@cache
def shipped_cohort_ids() -> tuple[str, ...]:
    """Names of the cohorts that are shipped."""
    folder = files("osteon").joinpath("data").joinpath("cohorts")
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


@cache
def reference_populations() -> tuple[str, ...]:
    """Names of populations at large that patients can be drawn from; they have no arms."""
    folder = files("osteon").joinpath("data").joinpath("population")
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


@cached
def load_cohort(name: str) -> Cohort:
    """A cohort or a reference population by its name in any case. Raises InputError with the nearest name."""
    key = name.lower()
    if key not in (*cohort_ids(), *reference_populations()):
        raise InputError(unknown("cohort", name, (*cohort_ids(), *reference_populations())))
    raw = tomllib.loads(_text(key))
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


def _text(key: str) -> str:
    if key not in (*shipped_cohort_ids(), *reference_populations()):
        return text_of(f"cohorts/{key}.toml")
    folder = "cohorts" if key in shipped_cohort_ids() else "population"
    return files("osteon").joinpath("data").joinpath(folder).joinpath(f"{key}.toml").read_text(encoding="utf-8")


_NUMBERS = {
    "age": (18, 110), "age_sd": (0, 40), "years_since_menopause": (-30, 60), "years_since_menopause_sd": (0, 30), "bmi": (12, 60),
    "t_lumbar_spine": (-8, 6), "t_total_hip": (-8, 6), "t_femoral_neck": (-8, 6), "prior_vertebral_percent": (0, 100),
    "prior_hip_percent": (0, 100), "prior_nonvertebral_percent": (0, 100), "smoking_percent": (0, 100), "falls_percent": (0, 100), "prior_vertebral_count": (0, 20),
    "vitamin_d": (0, 500), "menopause_age": (20, 65), **{f"t_{s}_sd": (0, 5) for s in ("lumbar_spine", "total_hip", "femoral_neck")},
}  # fmt: skip
POPULATION = {n: Field(float, low=a, high=b) for n, (a, b) in _NUMBERS.items()}
POPULATION |= {n: Field(str) for n in ("prior_treatment", "background", "note")} | {"age_bands": Field(list)}
COHORT_FIELDS = {
    "id": Field(str, needed=True), "registry": Field(str), "n": Field(float, low=0), "sex": Field(str, allowed=("female", "male")),
    "note": Field(str), "population": Field(dict, needed=True), "arm": Field(list, needed=True),
}  # fmt: skip


def own_cohort_faults() -> list[Fault]:
    """Everything that is wrong with the form of the cohorts of the own folder in force; their doses are looked at elsewhere."""
    found: list[Fault] = []
    for key in names_in("cohorts"):
        found += _cohort_faults(key, f"cohorts/{key}.toml")
    return found + collisions(
        names_in("cohorts"), (*shipped_cohort_ids(), *reference_populations()), "cohort", "cohorts"
    )


def _cohort_faults(key: str, place: str) -> list[Fault]:
    found: list[Fault] = []
    table = parsed(_text(key) if key not in shipped_cohort_ids() else text_of(place), place, found)
    if found:
        return found
    found = field_faults(table, place, COHORT_FIELDS)
    if isinstance(table.get("id"), str) and table["id"].lower() != key:
        text = f"The id of {place} is '{table['id']}'; a cohort has the name of its file."
        found.append(Fault("bad_id", f"{place}.id", table["id"], key.upper(), "", text))
    if isinstance(table.get("population"), dict):
        found += field_faults(table["population"], f"{place} [population]", POPULATION)
    arms = table["arm"] if isinstance(table.get("arm"), list) else []
    for i, arm in enumerate(arms, 1):
        found += field_faults(arm, f"{place} [arm.{i}]", {"name": Field(str, needed=True), "regimen": Field(list)})
    names = [a.get("name") for a in arms if isinstance(a, dict)]
    twice = sorted({str(n) for n in names if names.count(n) > 1})
    return found + [
        Fault("double_name", f"{place} {n}", n, "", "", f"Two arms of {place} are called '{n}'.") for n in twice
    ]
