"""What stands in for what a file leaves out, as sentences: they are told where the answer is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from osteon.inputs import Cells, Habit, Person, Scenario
from osteon.inputs.names import HABITS
from osteon.outcomes.registry import kind_of
from osteon.simulation.dosing import AMOUNTS, DOSING_KINDS
from osteon.simulation.person import assumed_of, parameters_of

NEWBORN = 28.0  # days
NO_DEATHS = "Deaths are not simulated: chances are those of people who live to the end."


def assumed_in_scenario(scenario: Scenario) -> tuple[str, ...]:
    """Sentences about a scenario: the person, habits and cells as far as the file leaves them out, and what is not in the answer."""
    found = [*_person(scenario.person), *assumed_of(scenario.person)] if scenario.person else []
    found += [*assumed_habits(scenario.habit), *assumed_cells(scenario.cells)]
    who = "persons" if scenario.person else "animals"
    if scenario.output.draws or (scenario.cells and scenario.person):
        found.append(f"The 90 % hold how well parameters are known, not how {who} differ.")
    else:
        found.append(
            f"One typical {who[:-1]} and no interval: 'draws' under [output] tells how well parameters are known."
        )
    if scenario.person and any(kind_of(name) == "cumulated" for name in scenario.output.of):
        found.append(NO_DEATHS)
    return tuple(found)


def _person(person: Person) -> list[str]:
    """One sentence with everything about a person that follows from age and sex, or is usual."""
    values, given = parameters_of(person), person.model_fields_set
    usual = []
    if person.sex == "female" and not {"years_since_menopause", "surgical_menopause_at"} & given:
        usual.append(f"final period at {values['menopause_age']:g} years")
    if "weight" not in given and not {"bmi", "height"} <= given:
        usual.append(f"weight {values['body_weight']:.3g} kg (bmi {values['bmi']:.3g} kg/m^2)")
    elif "weight" in given and not {"bmi", "height"} & given:
        usual.append(f"bmi {values['bmi']:.3g} kg/m^2")
    usual += [f"{words} none" for key, words in _NONE.items() if key not in given]
    if "smoking" not in given:
        usual.append("never smoked")
    measured = person.baseline.model_fields_set
    missing = [words for key, words in _MEASURED.items() if key not in measured]
    sentences = [f"Not given, so usual for a {_who(person)} of {person.age:g}: {', '.join(usual)}."] if usual else []
    return sentences + ([f"Not given, so as the model has it at that age: {', '.join(missing)}."] if missing else [])


_NONE = {"alcohol": "alcohol", "prior_fractures": "earlier fractures"}
_MEASURED = {
    "t_lumbar_spine": "T-score of the spine",
    "t_total_hip": "of the hip",
    "t_femoral_neck": "of the femoral neck",
    "turnover": "turnover",
    "vitamin_d": "vitamin D",
    "calcium_intake": "calcium and",
    "protein_intake": "protein eaten",
}


def _who(person: Person) -> str:
    return "woman" if person.sex == "female" else "man"


def assumed_habits(habits: Iterable[Habit], where: str = "") -> list[str]:
    """The kind or dose that a habit has where none is written."""
    found = []
    for habit in habits:
        kinds, unit, _ = HABITS[habit.name]
        if kinds and habit.kind is None:
            found.append(
                f"{where}The kind of '{habit.name}' is not given: {DOSING_KINDS[habit.name][2].replace('_', ' ')}."
            )
        elif unit and habit.dose is None:
            found.append(f"{where}The dose of '{habit.name}' is not given: {AMOUNTS[habit.name][2]}.")
    return found


def _usual_donor(line: Cells, host_known: bool) -> str:
    """Words for a donor whose age is not given.   host_known : whether own cells have the host's age"""
    if line.source == "umbilical_cord":
        return "a newborn donor"
    own = line.donor.match == "autologous" and host_known
    return "a donor as old as the host" if own else "a donor of 30 years"


def assumed_cells(products: Sequence[Cells], where: str = "") -> list[str]:
    """What a line of cells is taken to be where the file does not say."""
    found = []
    for number, line in enumerate(products, 1):
        if line.product == "vehicle":
            continue
        usual = [] if line.donor.age is not None else [_usual_donor(line, not where)]
        if line.source == "umbilical_cord" and (line.donor.age or 0.0) > NEWBORN:
            found.append(f"{where}The donor of a cord is the newborn: the age of {line.donor.age:g} days is not used.")
        if line.donor.match == "xenogeneic" and line.donor.species is None:
            usual.append("a human donor")
        usual += [] if "disease" in line.donor.model_fields_set else ["without osteoporosis"]
        if line.product in ("cells", "fibroblasts"):
            usual += [] if "match" in line.donor.model_fields_set else [line.donor.match]
            usual += [] if "viability" in line.model_fields_set else [f"viability {line.viability:.0%}"]
            usual += [] if "vehicle" in line.model_fields_set else ["in Ringer's"]
            usual += [] if "infusion_time" in line.model_fields_set else ["at once"]
        usual += [] if "passage" in line.model_fields_set else [f"passage {line.passage}"]
        which = f"cells {number}" if len(products) > 1 else "the cells"
        found += [f"{where}Not given of {which}: {', '.join(usual)}."] if usual else []
    return found
