"""Who is asked to take part in a study: a named population or one written out, a baseline table it is brought to, who is let in."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Field, Tag

from osteon.errors import Fault, InputError, shown
from osteon.evidence import load_cohort, reference_populations
from osteon.inputs.fields import Finite, Identifier, Reader, Wrong, condition, one_of, quantity
from osteon.inputs.names import COVARIATES
from osteon.inputs.record import Disagreement, RawTable, Record, at
from osteon.io.conditions import Condition

MAX_PATIENTS = 10_000_000
DISK = 370.0  # bytes a patient.  Source: measured, five years, 7 visits, 5 outputs, 6,000 patients
MEMORY, MEMORY_ALWAYS = (
    130.0,
    0.5e9,
)  # bytes a patient, of one endpoint's two visits; bytes whatever their number.  Source: measured, to 400,000
PATIENTS_PER_SECOND = 660.0  # on one core.  Source: measured, the same study, half of them with denosumab


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


POPULATION_SHARES = {
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
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
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
        return {POPULATION_SHARES.get(k, k): 100 * v if k in POPULATION_SHARES else v for k, v in found.items()}


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
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
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
    fracture_incidence : of their country over Britain's (1.5 for Norway; kanis2012), all kinds alike
    """

    cohort: Cohort
    match: BaselineTable | None = None
    fracture_incidence: Finite = Field(1.0, gt=0.05, lt=5)
    patients_per_arm: Annotated[int, Reader(_patients, {"type": "integer", "minimum": 1, "maximum": MAX_PATIENTS})] = (
        100
    )
    eligible: Annotated[list[Annotated[Condition, condition(COVARIATES)]], AfterValidator(_each)] = []

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """A cohort that is not held; conditions that nobody can meet."""
        cohort = given.get("cohort")
        if isinstance(cohort, str):
            try:
                load_cohort(cohort)
            except InputError as error:
                yield from ((("cohort",), _of_region(cohort) or f) for f in error.faults)
        yield from _nobody(given.get("eligible") or [])


def _of_region(name: str) -> Fault | None:
    """The fault of a population at large that is not held; None where the name is none of one."""
    if not re.fullmatch(r"[a-z]+(_[a-z]+)*_(women|men|adults)_\d+", name):
        return None
    held = ", ".join(sorted(reference_populations()))
    text = f"There is no population '{name}'. Of populations at large those of the United States and of Europe are held; others"
    text += " can be written out as a table with the figures of their surveys."
    return Fault("unknown_cohort", "", name, held, "Write [population.cohort] with age, bmi, t_total_hip, …", text)


AGES = (45.0, 95.0)  # years: no person is drawn outside


def _nobody(conditions: list[Condition]) -> Iterator[Disagreement]:
    """Conditions on one quantity that exclude each other, or that lie outside the ages drawn."""
    for name in dict.fromkeys(c.quantity for c in conditions):
        low, high = AGES if name == "age" else (-math.inf, math.inf)
        above, below, texts = False, False, []
        for i, c in enumerate(conditions):
            if c.quantity != name:
                continue
            texts.append(c.text)
            if c.operator in (">", ">=", "==") and c.level >= low:
                low, above = c.level, c.operator == ">" or (above and c.level == low)
            if c.operator in ("<", "<=", "==") and c.level <= high:
                high, below = c.level, c.operator == "<" or (below and c.level == high)
            if low > high or (low == high and (above or below)):
                ages = f" People of {AGES[0]:g} to {AGES[1]:g} years are drawn." if name == "age" else ""
                message = f"Nobody meets {' and '.join(repr(t) for t in texts)}.{ages}"
                yield at("eligible", i, code="nobody_eligible", value=c.text, message=message)
                break
