"""The files people write: scenario and study, their fields, their faults, their schema."""

from typing import Any

from osteon.errors import InputError, unknown
from osteon.inputs.animal_study import AnimalStudy, is_animal_study, load_animal_study, read_animal_study
from osteon.inputs.dish import DishFile, is_dish, load_dish, read_dish
from osteon.inputs.dose_response import (
    DoseResponse,
    DoseResponseFile,
    is_dose_response,
    load_dose_response,
    read_dose_response,
)
from osteon.inputs.dosing import Cells, DrugRegimen
from osteon.inputs.features import UNBUILT, features_used
from osteon.inputs.people import Animal, Habit, Override, Person
from osteon.inputs.person_history import PersonHistory
from osteon.inputs.population import number_fault
from osteon.inputs.product import ProductFile, is_product, load_product, read_product
from osteon.inputs.scenario import Output, Scenario, load_scenario, read_scenario
from osteon.inputs.study import Arm, Endpoint, Study, load_study, read_study

Files = Scenario | Study | AnimalStudy | DoseResponseFile | ProductFile | DishFile | PersonHistory
FILE_KINDS: dict[str, type[Files]] = {
    "scenario": Scenario,
    "study": Study,
    "animal_study": AnimalStudy,
    "dose_response": DoseResponseFile,
    "product": ProductFile,
    "dish": DishFile,
    "person_history": PersonHistory,
}


def schema(kind: str) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a file kind: `scenario`, `study`, `animal_study`, `product`, `dish`, `person_history` or `dose_response` (`surface`, its old name). Raises InputError for another kind."""
    kind = {"surface": "dose_response"}.get(kind, kind)
    if kind not in FILE_KINDS:
        raise InputError(unknown("file kind", kind, FILE_KINDS))
    body = FILE_KINDS[kind].model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"osteon:{kind}:1", **body}


__all__ = [
    "KINDS",
    "UNBUILT",
    "Animal",
    "AnimalStudy",
    "Arm",
    "Cells",
    "DrugRegimen",
    "Endpoint",
    "Habit",
    "Output",
    "Override",
    "Person",
    "PersonHistory",
    "Scenario",
    "Study",
    "DoseResponse",
    "DoseResponseFile",
    "ProductFile",
    "DishFile",
    "is_product",
    "is_dish",
    "load_product",
    "read_product",
    "load_dish",
    "read_dish",
    "features_used",
    "is_dose_response",
    "load_scenario",
    "load_study",
    "load_dose_response",
    "number_fault",
    "read_scenario",
    "read_study",
    "read_dose_response",
    "schema",
    "is_animal_study",
    "load_animal_study",
    "read_animal_study",
]
