"""Who a scenario is about: a person or an animal; and what they do: habits. What a teacher changes: overrides."""

from __future__ import annotations

import math
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import Field

from osteon.biology.body import usual_share
from osteon.biology.species import body_of, strains
from osteon.errors import InputError, unknown
from osteon.inputs.fields import Days, Finite, ModelQuantity, Name, Span, one_of, quantity
from osteon.inputs.names import (
    ANIMAL_SPECIES,
    CONDITIONS,
    EXERCISE_KINDS,
    FRACTURES,
    HABITS,
    IMMUNE_SYSTEMS,
    MIN_DOSE,
    REST_KINDS,
    SUBSTANCE,
)
from osteon.inputs.record import Disagreement, RawTable, Record, at
from osteon.io.quantities import parse
from osteon.units import DAYS_PER_YEAR

EARLIEST_MENOPAUSE = 18.0  # years; a menopause before it is another disease
LATEST_MENOPAUSE = 65.0  # years; none is later
PEOPLE_SHORTEST, TALLEST = 1.2, 2.2  # m, of an adult; assumed
THINNEST, FATTEST = 12.0, 60.0  # kg/m^2; assumed
EARLIEST_BURDEN = 18.0  # years; what began in childhood changes growth, which is not in the model
LEANER, FATTER = 25.0, 25.0  # percent points from the usual body fat of a body mass index; assumed
HEAVIEST = 4.0  # times the usual weight of a species that an animal may weigh, or a quarter of it.  Source: assumed
WITHOUT_T_CELLS = ("nude", "scid", "nsg", "rag1", "rag2", "athymic", "rnu", "foxn1")  # in the names of strains
ALMOST = 0.8  # how alike a strain must be to one with figures of its own to be taken for a slip
SAME_HEIGHT = 0.02  # m, by which a height may differ from what weight and bmi mean: they were rounded
COMORBIDITIES = ("glucocorticoid", "immobilised", "rheumatoid_arthritis", "gfr")
Sex = Annotated[str, one_of("sex", ("female", "male"))]


class Baseline(Record):
    """What was measured at month 0; what is not given follows from the person."""

    t_lumbar_spine: Finite | None = Field(None, ge=-8, le=6)
    t_total_hip: Finite | None = Field(None, ge=-8, le=6)
    t_femoral_neck: Finite | None = Field(None, ge=-8, le=6)
    turnover: Finite | None = Field(None, gt=0.1, le=6)
    vitamin_d: Annotated[float, quantity("nmol/L", 5, 300, "60 nmol/L", "25-OH-D in serum", "25-OH-D")] | None = None
    calcium_intake: Annotated[float, quantity("mg/day", 0, 5000, "900 mg/day", "calcium eaten", "calcium")] | None = (
        None
    )
    protein_intake: Annotated[float, quantity("g/kg/day", 0, 4, "1 g/kg/day", "protein eaten")] | None = None


class Person(Record):
    """A person. Only age is needed."""

    age: Annotated[float, quantity("years", 18, 110, "66 years", "age at month 0")]
    sex: Sex = "female"
    years_since_menopause: (
        Annotated[float, quantity("years", -45, 80, "16 years", "since the final period; -3 years: in three years")]
        | None
    ) = None
    menopause_age: (
        Annotated[float, quantity("years", 18, 65, "50 years", "age at the final period, past or ahead")] | None
    ) = None
    surgical_menopause_at: Annotated[float, quantity("years", 18, 60, "47 years", "age at surgery")] | None = None
    bmi: Annotated[float, quantity("kg/m^2", THINNEST, FATTEST, "25 kg/m^2", "body mass index")] | None = None
    weight: Annotated[float, quantity("kg", 30, 250, "66 kg", "body weight")] | None = None
    height: Annotated[float, quantity("cm", 100 * PEOPLE_SHORTEST, 100 * TALLEST, "165 cm", "body height")] | None = (
        None
    )
    smoking: Annotated[str, one_of("smoking habit", ("never", "former", "current"))] = "never"
    alcohol: Annotated[float, quantity("units/day", 0, 30, "1 units/day", "alcohol")] | None = None
    prior_fractures: list[Annotated[str, one_of("fracture", FRACTURES)]] = []
    body_fat: Annotated[float, quantity("percent", 5, 70, "35 percent", "body fat")] | None = None
    exercise: Annotated[str, one_of("kind of exercise", EXERCISE_KINDS)] | None = None
    hypogonadism_at: Annotated[float, quantity("years", 18, 110, "65 years", "age of a man")] | None = None
    glucocorticoid: (
        Annotated[float, quantity("mg/day", 0, 200, "7.5 mg/day", "prednisone or its equivalent")] | None
    ) = None
    glucocorticoid_for: Span | None = None
    immobilised: Annotated[str, one_of("kind of rest", REST_KINDS)] | None = None
    immobilised_for: Span | None = None
    rheumatoid_arthritis: bool = False
    rheumatoid_arthritis_for: Span | None = None
    gfr: Annotated[float, quantity("mL/min", 10, 200, "45 mL/min", "glomerular filtration rate")] | None = None
    gfr_for: Span | None = None
    baseline: Baseline = Baseline()

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """A menopause that cannot be; a weight and an index that no height joins."""
        age, since, surgery = given.get("age"), given.get("years_since_menopause"), given.get("surgical_menopause_at")
        natural = given.get("menopause_age")
        if given.get("sex") == "male" and (since is not None or surgery is not None or natural is not None):
            message = "A man has no menopause: leave the menopause keys out."
            yield at("sex", code="contradiction", value="male", message=message)
        if since is not None and surgery is not None:
            message = "Give either years_since_menopause or surgical_menopause_at, not both."
            yield at("surgical_menopause_at", code="contradiction", value=surgery, message=message)
        if since is not None and natural is not None:
            message = "Give either years_since_menopause or menopause_age, not both."
            yield at("menopause_age", code="contradiction", value=natural, message=message)
        if age is not None and since is not None and age - since < EARLIEST_MENOPAUSE:
            message = (
                f"{since:g} years since menopause at age {age:g} would be a menopause before {EARLIEST_MENOPAUSE:g}."
            )
            allowed = f"at most {max(0.0, age - EARLIEST_MENOPAUSE):g} years"
            yield at("years_since_menopause", code="contradiction", value=since, message=message, allowed=allowed)
        if age is not None and since is not None and age - since > LATEST_MENOPAUSE:
            message = f"{since:g} years since menopause at age {age:g} would be a menopause after {LATEST_MENOPAUSE:g}."
            allowed = f"at least {age - LATEST_MENOPAUSE:g} years"
            yield at("years_since_menopause", code="contradiction", value=since, message=message, allowed=allowed)
        if surgery is not None and natural is not None and surgery > natural:
            message = (
                f"The surgery at {surgery:g} lies after the final period at {natural:g}: it would take away nothing."
            )
            yield at(
                "surgical_menopause_at",
                code="contradiction",
                value=surgery,
                message=message,
                allowed=f"up to {natural:g}",
            )
        yield from _height(given.get("weight"), given.get("bmi"), given.get("height"))
        yield from _hypogonadism(given)
        yield from _fat(given)
        yield from _burdens(given)


def _height(weight: float | None, bmi: float | None, told: float | None) -> Iterator[Disagreement]:
    if (
        told is not None
        and weight is not None
        and bmi is None
        and not THINNEST <= weight / (told / 100) ** 2 <= FATTEST
    ):
        message = f"A weight of {weight:g} kg and a height of {told:g} cm mean a bmi of {weight / (told / 100) ** 2:.1f} kg/m^2."
        allowed = f"a bmi of {THINNEST:g} to {FATTEST:g} kg/m^2"
        yield at("height", code="contradiction", value=told, message=message, allowed=allowed)
    if weight is None or bmi is None:
        return
    height = math.sqrt(weight / bmi)
    if told is not None and abs(height - told / 100) > SAME_HEIGHT:
        message = f"A weight of {weight:g} kg and a bmi of {bmi:g} kg/m^2 mean a height of {100 * height:.0f} cm, not {told:g} cm."
        yield at("height", code="contradiction", value=told, message=message, hint="Leave one of the three out.")
    if not PEOPLE_SHORTEST <= height <= TALLEST:
        message = f"A weight of {weight:g} kg and a bmi of {bmi:g} kg/m^2 mean a height of {height:.2f} m."
        allowed = f"a height of {PEOPLE_SHORTEST:g} to {TALLEST:g} m"
        yield at("weight", code="contradiction", value=weight, message=message, allowed=allowed)


def _hypogonadism(given: RawTable) -> Iterator[Disagreement]:
    age, start = given.get("age"), given.get("hypogonadism_at")
    if start is None:
        return
    if given.get("sex") == "female":
        message = "hypogonadism_at is for men."
        hint = "For a woman give surgical_menopause_at, menopause_age or years_since_menopause."
        yield at("hypogonadism_at", code="contradiction", value=start, message=message, hint=hint)
    elif age is not None and start > age:
        message = "The hypogonadism begins after the age of the person."
        yield at("hypogonadism_at", code="contradiction", value=start, message=message, allowed=f"up to {age:g}")


def _fat(given: RawTable) -> Iterator[Disagreement]:
    """A share of fat that no such body mass index has."""
    fat, bmi, age, sex = (given.get(k) for k in ("body_fat", "bmi", "age", "sex"))
    if fat is None or bmi is None or age is None or sex is None:
        return
    usual = 100 * usual_share(age, float(sex == "female"), bmi)
    low, high = max(5.0, usual - LEANER), min(70.0, usual + FATTER)
    if not low <= fat <= high:
        message = (
            f"A body fat of {fat:g} percent does not go with a bmi of {bmi:g} kg/m^2 (usual: {usual:.0f} percent)."
        )
        allowed = f"{low:.0f} to {high:.0f} percent"
        yield at("body_fat", code="contradiction", value=fat, message=message, allowed=allowed)


def _burdens(given: RawTable) -> Iterator[Disagreement]:
    """How long something has lasted that is not there, or longer than an adult life."""
    age = given.get("age")
    for key in COMORBIDITIES:
        duration = given.get(f"{key}_for")
        if duration is None:
            continue
        if not given.get(key):
            message = f"'{key}_for' says how long '{key}' has lasted, and '{key}' is not given."
            yield at(f"{key}_for", code="contradiction", value=duration, message=message)
        elif age is not None and duration > (age - EARLIEST_BURDEN) * DAYS_PER_YEAR:
            message = f"'{key}' would have begun before the age of {EARLIEST_BURDEN:g}."
            allowed = f"at most {max(0.0, age - EARLIEST_BURDEN):g} years"
            yield at(f"{key}_for", code="contradiction", value=duration, message=message, allowed=allowed)


class Animal(Record):
    """An animal and its condition."""

    species: Annotated[str, one_of("species", ANIMAL_SPECIES)]
    strain: Name = "unspecified"
    sex: Sex = "female"
    age: Annotated[float, quantity("days", 1, 14000, "16 weeks", "age at day 0")]
    weight: Annotated[float, quantity("kg", 0.005, 100, "0.25 kg", "body weight; usual for the species")] | None = None
    condition: Annotated[str, one_of("condition", CONDITIONS)] = "intact"
    condition_from: Days | None = None
    immune_system: Annotated[str, one_of("immune system", IMMUNE_SYSTEMS)] | None = None

    @property
    def without_t_cells(self) -> bool:
        """Whether the animal is nude, as it says or as its strain's name does."""
        if self.immune_system is not None:
            return self.immune_system == "nude"
        return any(word in self.strain.casefold() for word in WITHOUT_T_CELLS)

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """A condition before birth, or ovaries that a male does not have."""
        age, start, condition = given.get("age"), given.get("condition_from"), given.get("condition")
        yield from _strain(given.get("species"), given.get("strain"))
        if age is not None and start is not None and start < -age:
            message = f"The condition begins {-start:g} days before day 0; the animal is {age:g} days old."
            yield at(
                "condition_from", code="contradiction", value=start, message=message, allowed=f"from {-age:g} days"
            )
        if given.get("sex") == "male" and condition in ("ovx", "ovx_glucocorticoid"):
            message = "A male animal has no ovaries to remove."
            yield at("condition", code="contradiction", value=condition, message=message)
        if given.get("sex") == "female" and condition == "orx":
            message = "A female animal has no testes to remove: condition 'ovx' takes out ovaries; for 'orx' write sex = \"male\"."
            yield at("condition", code="contradiction", value="orx", message=message, allowed="ovx")
        yield from _weight(given.get("species"), given.get("weight"))
        if start is not None and condition == "intact":
            message = "An intact animal has no condition that could begin."
            yield at("condition_from", code="contradiction", value=start, message=message)

    @property
    def usual_weight(self) -> float:
        """Body weight, that of the species where none is given.  [kg]"""
        return self.weight or body_of(self.species).weight


def _weight(species: str | None, weight: float | None) -> Iterator[Disagreement]:
    """A weight that no adult of the species has."""
    if species is None or weight is None:
        return
    usual = body_of(species).weight
    if not usual / HEAVIEST <= weight <= usual * HEAVIEST:
        message = f"A {species} weighs about {usual:g} kg; this one would weigh {weight:g} kg."
        allowed = f"{usual / HEAVIEST:g} to {usual * HEAVIEST:g} kg"
        yield at("weight", code="contradiction", value=weight, message=message, allowed=allowed)


def _strain(species: str | None, strain: str | None) -> Iterator[Disagreement]:
    """A strain that is almost one with figures of its own would run without them."""
    known = strains(species) if species else ()
    if strain is None or strain in known:
        return
    folded = {k.casefold(): k for k in known}
    close = get_close_matches(strain.casefold(), list(folded), n=1, cutoff=ALMOST)
    if close:
        hint = f"Did you mean '{folded[close[0]]}'?"
        message = f"There is no strain '{strain}'. {hint}"
        yield at("strain", code="unknown_strain", value=strain, message=message, allowed=", ".join(known), hint=hint)


class Habit(Record):
    """A habit or burden taken up or changed. Exercise, smoking, rest and inflammation have a kind, the others a dose."""

    name: Annotated[str, one_of("habit", HABITS)]
    kind: Name | None = None
    dose: Any = None
    start: Days = Field(0.0, alias="from")
    until: Days | None = None

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """Kinds and doses that the habit does not have."""
        name, kind = given.get("name"), given.get("kind")
        yield from reversed_range(given)
        if name is None:
            return
        kinds, unit, most = HABITS[name]
        if "kind" in given and not kinds:
            yield at("kind", code="unknown_key", value=kind, message=f"The habit '{name}' has a dose, no kind.")
        elif kind is not None and kind not in kinds:
            yield ("kind",), unknown(f"kind of {name}", kind, kinds)
        if "dose" in given:
            yield from daily_dose(name, given.get("dose"), unit, most)


def daily_dose(name: str, dose: Any, unit: str, most: float) -> Iterator[Disagreement]:
    """What is wrong with a habit's daily dose."""
    if not unit:
        yield at("dose", code="unknown_key", value=dose, message=f"The habit '{name}' has a kind, no dose.")
        return
    try:
        parse(dose, unit, "", MIN_DOSE.get(name, 0.0), most, SUBSTANCE.get(name, ""))
    except InputError as error:
        yield ("dose",), error.faults[0]


def reversed_range(given: RawTable) -> Iterator[Disagreement]:
    """`until` at or before `from`."""
    start, until = given.get("from"), given.get("until")
    if start is not None and until is not None and until <= start:
        message = "'until' does not lie after 'from': nothing would be given."
        yield at("until", code="reversed_range", value=until, message=message, allowed=f"after day {start:g}")


def overlaps(habits: list[tuple[int, RawTable]], key: str, name: str) -> Iterator[Disagreement]:
    """Two records of one name in force at one time: which of them counts cannot be said."""
    spans: list[tuple[Any, float, float]] = []
    for place, given in habits:
        who, start, until = given.get(name), given.get("from"), given.get("until")
        first = -math.inf if start is None else start
        last = math.inf if until is None else until
        if who is not None and any(w == who and first < b and a < last for w, a, b in spans):
            message = f"'{who}' is already changed by another [[{key}]] at that time."
            yield at(key, place, name, code="overlap", value=who, message=message, hint="End the first with 'until'.")
        spans.append((who, first, last))


class Override(Record):
    """A parameter changed by a factor or set to a value, from a month on."""

    parameter: ModelQuantity
    factor: Finite | None = Field(None, ge=0, le=1e6)
    value: Finite | None = None
    start: Days | None = Field(None, alias="from")
    until: Days | None = None

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """Both ways to change, or neither."""
        if ("factor" in given) == ("value" in given):
            message = "Give either a factor or a value."
            yield at("factor", code="missing_key", message=message, allowed="factor = 0.5, or value = 3.0")
        yield from reversed_range(given)
