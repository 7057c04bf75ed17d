"""The files people write: scenario and study, their fields, their faults."""

from osteon.trial.files.parts import DrugRegimen, Habit, Override, Person
from osteon.trial.files.scenario import Scenario, load_scenario, read_scenario
from osteon.trial.files.study import Arm, Endpoint, Study, load_study, read_study

__all__ = [
    "Arm",
    "DrugRegimen",
    "Endpoint",
    "Habit",
    "Override",
    "Person",
    "Scenario",
    "Study",
    "load_scenario",
    "load_study",
    "read_scenario",
    "read_study",
]
