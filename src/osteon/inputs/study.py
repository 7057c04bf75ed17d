"""Study files: a population, a design, arms, endpoints."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Field, Tag, ValidationError

from osteon.errors import Fault, InputError, latin_look, shown, unknown
from osteon.inputs.cell_hosts import host_faults
from osteon.inputs.dosing import Cells, DrugRegimen, for_people
from osteon.inputs.faults import faults_of
from osteon.inputs.features import unbuilt
from osteon.inputs.fields import (
    Days,
    Drop,
    Finite,
    Identifier,
    Name,
    Reader,
    Span,
    Wrong,
    condition,
    one_of,
    quantity,
)
from osteon.inputs.names import (
    ANALYSES,
    AS,
    COVARIATES,
    FRACTURE_ANALYSES,
    FRACTURE_ENDPOINTS,
    HABITS,
    HYPOTHESES,
    MISSING,
    STRATA,
)
from osteon.inputs.people import Habit, Override, daily_dose, overlaps
from osteon.inputs.record import Found, RawTable, Record, at
from osteon.inputs.studied_range import with_permission
from osteon.io import toml
from osteon.io.conditions import Condition
from osteon.units import DAYS_PER_MONTH

MAX_PATIENTS = 10_000_000
MAX_REPLICATES = 10_000  # trials in one draw of the parameters
DISK = 370.0  # bytes a patient.  Source: measured, five years, 7 visits, 5 outputs, 6,000 patients
MEMORY, MEMORY_ALWAYS = (
    130.0,
    0.5e9,
)  # bytes a patient, of one endpoint's two visits; bytes whatever their number.  Source: measured, to 400,000
PATIENTS_PER_SECOND = 660.0  # on one core.  Source: measured, the same study, half of them with denosumab
_ALLOCATION = re.compile(r"[1-9][0-9]{0,2}(:[1-9][0-9]{0,2})*")


def cost(patients: float) -> str:
    """What a number of patients asks of a machine, as a sentence."""
    disk, memory, hours = (
        patients * DISK / 1e9,
        (MEMORY_ALWAYS + patients * MEMORY) / 1e9,
        patients / PATIENTS_PER_SECOND / 3600,
    )
    return f"They would need about {memory:.3g} GB of memory, {disk:.3g} GB on disk and {hours:.3g} core hours."


def number_fault(patients: Any, place: str = "") -> Fault | None:
    """What is wrong with a number of patients, or None."""
    whole = isinstance(patients, int) and not isinstance(patients, bool)
    if whole and 1 <= patients <= MAX_PATIENTS:
        return None
    what = f"{shown(patients)} patients cannot be run."
    many = isinstance(patients, (int, float)) and MAX_PATIENTS < patients < 1e30
    if isinstance(patients, float) and 1 <= patients <= MAX_PATIENTS and patients.is_integer():
        hint = f"Write {patients:.0f}."
    else:
        hint = "" if whole else "Write a whole number without quotes."
    text = " ".join(part for part in (what, cost(patients) if many else "", hint) if part)
    return Fault("bad_number", place, patients, f"1 to {MAX_PATIENTS}", hint, text)


def _patients(value: Any) -> int:
    fault = number_fault(value)
    if fault:
        raise Wrong(fault)
    return int(value)


def _each(conditions: list[Condition]) -> list[Condition]:
    """Joined conditions as single ones."""
    return [Condition(c.quantity, c.operator, c.level, c.text) for first in conditions for c in (first, *first.also)]


SHARES = {
    "smoking": "smoking_percent",
    "prior_vertebral_fractures": "prior_vertebral_percent",
    "prior_hip_fractures": "prior_hip_percent",
    "prior_nonvertebral_fractures": "prior_nonvertebral_percent",
    "falls": "falls_percent",
    "men": "men_percent",
}  # key in a file -> figure of a cohort's table


class Distributions(Record):
    """A population written out: means, spreads and shares; what is left out is assumed, and named so in the report."""

    age: Annotated[float, quantity("years", 45, 95, "66 years", "mean age")] | None = None
    age_sd: Annotated[float, quantity("years", 0.1, 30, "7 years", "its standard deviation")] | None = None
    years_since_menopause: (
        Annotated[float, quantity("years", -30, 60, "16 years", "mean; -3 years: in three years")] | None
    ) = None
    bmi: Annotated[float, quantity("kg/m^2", 15, 45, "26 kg/m^2", "mean")] | None = None
    t_lumbar_spine: Finite | None = Field(None, ge=-6, le=4)
    t_total_hip: Finite | None = Field(None, ge=-6, le=4)
    t_femoral_neck: Finite | None = Field(None, ge=-6, le=4)
    vitamin_d: Annotated[float, quantity("nmol/L", 5, 300, "60 nmol/L", "mean 25-OH-D", "25-OH-D")] | None = None
    smoking: Annotated[float, quantity("1", 0, 1, "15 percent", "share who smoke")] | None = None
    prior_vertebral_fractures: Annotated[float, quantity("1", 0, 1, "25 percent", "share")] | None = None
    prior_hip_fractures: Annotated[float, quantity("1", 0, 1, "3 percent", "share")] | None = None
    prior_nonvertebral_fractures: Annotated[float, quantity("1", 0, 1, "30 percent", "share")] | None = None
    falls: Annotated[float, quantity("1", 0, 1, "33 percent", "share who fell in the last year")] | None = None
    egfr: Annotated[float, quantity("mL/min", 10, 150, "75 mL/min", "mean filtration")] | None = None
    sex: Annotated[str, one_of("sex", ("female", "male"))] | None = None
    men: Annotated[float, quantity("1", 0, 1, "40 percent", "share who are men")] | None = None

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Found]:
        """A sex and a share of men that contradict each other; years since menopause of men alone."""
        sex, men = given.get("sex"), given.get("men")
        if sex is not None and men is not None:
            hint = "Write one of the two."
            yield at(
                "men", code="contradiction", value=men, message="A sex and a share of men are both given.", hint=hint
            )
        if given.get("years_since_menopause") is not None and (sex == "male" or men == 1):
            message = "Men have no years since menopause."
            yield at("years_since_menopause", code="contradiction", message=message, hint="Leave it out.")

    def mostly(self) -> str:
        """The sex of more of its people."""
        return self.sex or ("male" if (self.men or 0.0) > 0.5 else "female")

    def table(self) -> Mapping[str, float]:
        """As the population room reads a cohort's table."""
        found = self.model_dump(exclude_none=True)
        return {SHARES.get(k, k): 100 * v if k in SHARES else v for k, v in found.items()}


def _kind(value: Any) -> str:
    return "(table)" if isinstance(value, (dict, Distributions)) else "(name)"


Cohort = Annotated[
    Annotated[Identifier, Tag("(name)")] | Annotated[Distributions, Tag("(table)")], Discriminator(_kind)
]


class BaselineTable(Distributions):
    """A published baseline table that a population is brought to: means, standard deviations and shares."""

    bmi_sd: Annotated[float, quantity("kg/m^2", 0.1, 15, "4 kg/m^2", "its standard deviation")] | None = None
    t_lumbar_spine_sd: Finite | None = Field(None, gt=0, le=3)
    t_total_hip_sd: Finite | None = Field(None, gt=0, le=3)
    t_femoral_neck_sd: Finite | None = Field(None, gt=0, le=3)

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Found]:
        """A spread without its mean; a sex, which is no figure of a table."""
        yield from super().disagreements(given)
        for name in ("age", "bmi", "t_lumbar_spine", "t_total_hip", "t_femoral_neck"):
            if given.get(f"{name}_sd") is not None and given.get(name) is None:
                message = f"'{name}_sd' is matched about a mean: give '{name}' too."
                yield at(f"{name}_sd", code="contradiction", message=message)
        if given.get("sex") is not None:
            message = "A table is matched by its share of men, not by a sex."
            yield at(
                "sex", code="contradiction", value=given.get("sex"), message=message, hint='Write men = "40 percent".'
            )


class Population(Record):
    """Who is asked to take part: a named cohort or reference population, or distributions.

    match : a published baseline table that those who are let in are brought to, by weights
    """

    cohort: Cohort
    match: BaselineTable | None = None
    patients_per_arm: Annotated[int, Reader(_patients, {"type": "integer", "minimum": 1, "maximum": MAX_PATIENTS})] = (
        100
    )
    eligible: Annotated[list[Annotated[Condition, condition(COVARIATES)]], AfterValidator(_each)] = []


class Background(Record):
    """What every arm gets."""

    name: Annotated[str, one_of("background", ("calcium", "vitamin_d"))]
    dose: Any

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Found]:
        """A dose that is none."""
        name = given.get("name")
        if name is not None and "dose" in given:
            yield from daily_dose(name, given.get("dose"), *HABITS[name][1:])


class Design(Record):
    """Allocation, strata, visits, dropout."""

    duration: Span
    visits: list[Days] = Field(..., min_length=1, max_length=2000)
    allocation: Any = None
    strata: list[Annotated[str, one_of("stratum", STRATA)]] = []
    dropout: Drop = 0.0
    background: list[Background] = []

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Found]:
        """Visits outside the study or out of order, an allocation that is none, a background given twice."""
        yield from _visits(given.get("visits") or [], given.get("duration"))
        allocation = given.get("allocation")
        if "allocation" in given and not (isinstance(allocation, str) and _ALLOCATION.fullmatch(allocation)):
            message = f"'{shown(allocation)}' is not an allocation."
            hint = 'Write one whole number from 1 to 999 for each arm, as in "2:1:1".'
            yield at("allocation", code="bad_allocation", value=allocation, message=message, hint=hint)
        strata = given.get("strata") or []
        if len(set(strata)) < len(strata):
            yield at("strata", code="duplicate_name", message="A stratum stands twice.")
        names = [g.get("name") for _, g in given.many("background", Background)]
        for i, name in enumerate(names):
            if name is not None and name in names[:i]:
                message = f"The background '{name}' stands twice; give it once, with the whole dose."
                yield at("background", i, "name", code="duplicate_name", value=name, message=message)


def _visits(visits: list[float], duration: float | None) -> Iterator[Found]:
    for i, visit in enumerate(visits):
        if duration is not None and not 0 <= visit <= duration + 1e-9:
            month, last = visit / DAYS_PER_MONTH, duration / DAYS_PER_MONTH
            message = f"A visit at month {month:g} lies outside the study (0 to {last:g} months)."
            allowed = f"0 to {last:g} months"
            yield at("visits", i, code="visit_outside", value=month, message=message, allowed=allowed)
    if sorted(set(visits)) != visits:
        yield at("visits", code="visits_order", message="Visits must rise and be given once each.")


class Arm(Record):
    """One arm."""

    name: Name
    regimen: list[DrugRegimen] = Field([], max_length=200)
    cells: list[Cells] = Field([], max_length=200)
    habit: list[Habit] = Field([], max_length=200)
    override: list[Override] = Field([], max_length=1000)
    allow_unstudied_dose: bool = False

    @classmethod
    def prepared(cls, table: Any) -> Any:
        """With its permission on every dose."""
        return with_permission(table)

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Found]:
        """Drugs and cells that people are not given so; habits and overrides that overlap."""
        yield from host_faults(given, "human")
        yield from for_people(given)
        yield from overlaps(given.many("habit", Habit), "habit", "name")
        yield from overlaps(given.many("override", Override), "override", "parameter")


class Endpoint(Record):
    """What is compared, when, and how."""

    name: Identifier
    visit: Days
    as_: Annotated[str, one_of("form", (*AS, "incidence"))] = Field("percent_change", alias="as")
    analysis: Annotated[str, one_of("analysis", (*ANALYSES, *FRACTURE_ANALYSES))] = "ancova"
    compare: Name | None = None
    alpha: Finite = Field(0.05, gt=0, lt=1)
    hypothesis: Annotated[str, one_of("hypothesis", HYPOTHESES)] = "difference"
    margin: Finite | None = None
    missing: Annotated[str, one_of("handling of missing values", MISSING)] = "complete_cases"
    threshold: Finite | None = None
    higher_is_better: bool = True

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Found]:
        """Fractures are incidences with tests of their own; nothing else is."""
        name, form, analysis = given.get("name"), given.get("as"), given.get("analysis")
        breaks = name in FRACTURE_ENDPOINTS
        if "as" in given and form is not None and (form == "incidence") != breaks:
            message = f"The endpoint '{name}' is {'an incidence' if breaks else 'no fracture, so it has no incidence'}."
            allowed = "incidence" if breaks else ", ".join(AS)
            yield at("as", code="bad_form", value=form, message=message, allowed=allowed)
        if "analysis" in given and analysis is not None and (analysis in FRACTURE_ANALYSES) != breaks:
            allowed = ", ".join(FRACTURE_ANALYSES if breaks else ANALYSES)
            message = f"The endpoint '{name}' cannot be analysed by '{analysis}'."
            yield at("analysis", code="bad_analysis", value=analysis, message=message, allowed=allowed)
        if name == "pain" and form != "value":
            message = "Pain is 0 before a fracture: it has no percent change and no ratio."
            yield at("as", code="bad_form", value=form, message=message, allowed="value")
        yield from _margin(given, breaks)


def _margin(given: RawTable, fracture: bool) -> Iterator[Found]:
    """A margin that no hypothesis uses or that has the wrong sign; ways with missing values that the analysis has not."""
    hypothesis, margin, analysis = (given.get(k) for k in ("hypothesis", "margin", "analysis"))
    lowest = 1.0 if analysis == "ratio" else 0.0
    if margin is not None and hypothesis == "difference":
        message = "A margin needs a hypothesis."
        hint = 'Write hypothesis = "non_inferiority", "superiority" or "equivalence".'
        yield at("margin", code="bad_margin", value=margin, message=message, hint=hint)
    elif margin is None and hypothesis not in (None, "difference"):
        message = f"The hypothesis '{hypothesis}' needs a margin in the endpoint's unit."
        yield at("margin", code="bad_margin", message=message, hint="Write margin = 1.5.")
    elif margin is not None and not margin > lowest:
        message = f"A margin of {margin:g} has the wrong sign: it is how far apart two results may lie."
        yield at("margin", code="bad_margin", value=margin, message=message, allowed=f"above {lowest:g}")
    if hypothesis not in (None, "difference") and (fracture or analysis == "responders"):
        message = f"The hypothesis '{hypothesis}' is not built for this analysis."
        yield at("hypothesis", code="bad_hypothesis", value=hypothesis, message=message, allowed="difference")
    missing = given.get("missing")
    if missing not in (None, "complete_cases") and analysis not in (None, "ancova", "t_test"):
        message = f"With the analysis '{analysis}' missing values cannot be imputed."
        allowed = 'analysis = "ancova"'
        yield at("missing", code="bad_analysis", value=missing, message=message, allowed=allowed)
    threshold = given.get("threshold")
    if (threshold is not None) != (analysis == "responders") and analysis is not None:
        message = "A threshold and the analysis 'responders' go together."
        hint = 'Write analysis = "responders" and threshold = 3.0, in the endpoint\'s unit.'
        yield at("threshold", code="bad_threshold", value=threshold, message=message, hint=hint)


class Uncertainty(Record):
    """Where parameters come from, and how many trials are run: `replicates` in each of `parameter_draws`.

    parameter_draws : draws of what is unknown for everybody, each shared by all patients of its trials; 0: the central one
    """

    parameters: Annotated[str, one_of("parameter source", ("none", "fit_ensemble"))] = "fit_ensemble"
    parameter_draws: int = Field(0, ge=0, le=10_000)
    replicates: int = Field(1, ge=1, le=MAX_REPLICATES)

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Found]:
        """Draws of parameters that are said to be known."""
        if given.get("parameters") == "none" and given.get("parameter_draws"):
            message = 'With parameters = "none" nothing is unknown, so there is nothing to draw.'
            hint = 'Write parameters = "fit_ensemble", or leave parameter_draws out.'
            value = given.get("parameter_draws")
            yield at("parameter_draws", code="contradiction", value=value, message=message, hint=hint)


class Study(Record):
    """A whole study."""

    format: int
    title: Name
    question: str = Field("", max_length=2000)
    population: Population
    design: Design
    arm: list[Arm] = Field(..., min_length=1, max_length=50)
    endpoint: list[Endpoint] = Field(..., min_length=1, max_length=1000)
    uncertainty: Uncertainty = Uncertainty()
    allow_unstudied_dose: bool = False

    @classmethod
    def prepared(cls, table: Any) -> Any:
        """With its permission on every arm and dose."""
        return with_permission(table)

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Found]:
        """Names, visits and numbers that do not fit across the tables of a study."""
        arms = [(i, g.get("name")) for i, g in given.many("arm", Arm)]
        design = given.one("design", Design)
        yield from _arm_names(arms)
        yield from _allocation(design.get("allocation") if design else None, len(arms))
        visits = (design.get("visits") if design else None) or []
        for i, endpoint in given.many("endpoint", Endpoint):
            yield from _endpoint(i, endpoint, [n for _, n in arms if n], visits)
        yield from _total(given, design, len(arms))
        yield from _twice(given, design)

    def ratio(self) -> list[int]:
        """Allocation, one number an arm."""
        return [int(x) for x in self.design.allocation.split(":")] if self.design.allocation else [1] * len(self.arm)

    def features(self) -> tuple[str, ...]:
        """Features that this study needs and that are not built yet, by name."""
        return unbuilt(self)


def _arm_names(arms: list[tuple[int, str | None]]) -> Iterator[Found]:
    seen: dict[str, str] = {}
    for i, name in arms:
        if name is None:
            continue
        look = latin_look(name).casefold()
        if seen.get(look) == name:
            yield at("arm", i, "name", code="duplicate_name", value=name, message=f"Two arms are named '{name}'.")
        elif look in seen:
            message = f"The arms '{seen[look]}' and '{name}' cannot be told apart by eye."
            yield at("arm", i, "name", code="duplicate_name", value=name, message=message)
        seen.setdefault(look, name)


def _allocation(allocation: Any, arms: int) -> Iterator[Found]:
    if isinstance(allocation, str) and _ALLOCATION.fullmatch(allocation) and len(allocation.split(":")) != arms:
        message = f"The allocation '{allocation}' has not one number for each of the {arms} arms."
        hint = f'Write "{":".join(["1"] * arms)}" for arms of one size.' if 0 < arms <= 50 else ""
        yield at("design", "allocation", code="bad_allocation", value=allocation, message=message, hint=hint)


def _endpoint(i: int, endpoint: RawTable, arms: list[str], visits: list[float]) -> Iterator[Found]:
    name, compare, visit, form = (endpoint.get(k) for k in ("name", "compare", "visit", "as"))
    if compare is not None and compare not in arms:
        yield ("endpoint", i, "compare"), unknown("arm", compare, arms)
    if not visits or visit is None:
        return
    months = ", ".join(f"{v / DAYS_PER_MONTH:g}" for v in visits[:40])
    if not any(math.isclose(visit, v, abs_tol=1e-6) for v in visits):
        message = f"Endpoint '{name}' is read at month {visit / DAYS_PER_MONTH:g}, which is not a visit."
        yield at("endpoint", i, "visit", code="no_such_visit", value=name, message=message, allowed=f"month {months}")
        return
    if name in FRACTURE_ENDPOINTS or (form == "value" and endpoint.get("analysis") == "t_test"):
        return
    if abs(visits[0]) > 1e-9:
        message = "A change, a ratio and an ancova need a visit at month 0."
        hint = 'Let visits begin with "0 months", or write as = "value" and analysis = "t_test".'
        yield at("design", "visits", code="no_baseline_visit", value=visits[0], message=message, hint=hint)
    elif math.isclose(visit, visits[0], abs_tol=1e-6) and form != "value":
        message = f"Endpoint '{name}' is read at month 0, where every change is nil."
        yield at("endpoint", i, "visit", code="no_such_visit", value=name, message=message, allowed=f"month {months}")


def _total(given: RawTable, design: RawTable | None, arms: int) -> Iterator[Found]:
    """All patients of all arms and replicates together."""
    population, uncertainty = given.one("population", Population), given.one("uncertainty", Uncertainty)
    each = population.get("patients_per_arm") if population else None
    ratio = design.get("allocation") if design else None
    parts = (
        [int(x) for x in ratio.split(":")] if isinstance(ratio, str) and _ALLOCATION.fullmatch(ratio) else [1] * arms
    )
    trials = [(uncertainty.get(key) if uncertainty else 1) or 1 for key in ("replicates", "parameter_draws")]
    total = (each or 0) * sum(parts) * math.prod(trials)
    if total > MAX_PATIENTS:
        message = f"{total} patients in all arms together cannot be run. {cost(total)}"
        allowed = f"1 to {MAX_PATIENTS} in all"
        yield at("population", "patients_per_arm", code="bad_number", value=total, message=message, allowed=allowed)


def _twice(given: RawTable, design: RawTable | None) -> Iterator[Found]:
    """A supplement of every arm that an arm gives again: which dose counts cannot be said."""
    background = {g.get("name") for _, g in design.many("background", Background)} if design else set()
    for i, arm in given.many("arm", Arm):
        for k, habit in arm.many("habit", Habit):
            name = habit.get("name")
            if name is not None and name in background:
                message = f"'{name}' is given in the background of every arm already."
                hint = "Give it in the arms alone, with the whole dose."
                yield at("arm", i, "habit", k, "name", code="overlap", value=name, message=message, hint=hint)


def load_study(path: str | Path) -> Study:
    """Read a study file. Raises InputError with every fault."""
    return read_study(toml.read(path), Path(path).name)


def read_study(table: dict[str, Any], name: str = "study") -> Study:
    """A study from an already parsed table."""
    try:
        return Study.model_validate(table)
    except ValidationError as error:
        raise InputError(faults_of(error, name, Study)) from None
