"""What a form opens with: a small whole file of each kind, and what is read from a browser."""

from __future__ import annotations

from typing import Any

from osteon.errors import Fault, InputError
from osteon.io import toml
from osteon.io.toml_out import to_toml

FILES = {"study": "study.toml", "scenario": "scenario.toml", "dose_response": "study.toml"}
TITLES = {"study": "A trial", "scenario": "One person or animal", "dose_response": "Cells over doses and routes"}
_DENOSUMAB = {"drug": "denosumab", "dose": "60 mg", "route": "subcutaneous", "every": "6 months"}
_BMD = {"name": "bmd_total_hip", "visit": "24 months", "as": "percent_change", "compare": "placebo"}
STARTS: dict[str, dict[str, Any]] = {
    "study": {
        "format": 1,
        "title": "Denosumab against placebo",
        "question": "How much denser is the hip after two years?",
        "population": {"cohort": "postmenopausal_osteoporosis", "patients_per_arm": 50},
        "design": {"duration": "24 months", "visits": ["0 months", "12 months", "24 months"]},
        "arm": [{"name": "placebo"}, {"name": "denosumab", "regimen": [_DENOSUMAB]}],
        "endpoint": [_BMD],
    },
    "scenario": {
        "format": 1,
        "title": "A woman of 66 on denosumab",
        "person": {"age": "66 years", "years_since_menopause": "16 years"},
        "regimen": [_DENOSUMAB | {"until": "60 months"}],
        "output": {"end": "72 months", "at": "6 months", "of": ["bmd_total_hip", "ctx"], "as": "percent_change"},
    },
    "dose_response": {
        "format": 1,
        "title": "Cord cells into a vein of mice",
        "dose_response": {
            "species": ["mouse"],
            "sources": ["umbilical_cord"],
            "routes": ["intravenous"],
            "doses": ["1e6 cells/kg", "2e7 cells/kg", "1e8 cells/kg"],
            "parameter_draws": 50,
        },
    },
}


def text_of(kind: str, table: dict[str, Any] | None, text: str | None) -> str:
    """The file as it will be read: as it was sent, or a form's table written out. Raises InputError."""
    if text is not None:
        toml.parse(text.encode("utf-8", "surrogatepass"), FILES[kind])
        return text
    return to_toml(table or {})


def check(kind: str, table: dict[str, Any], events: str | None = None) -> tuple[str, ...]:
    """Check a file as `osteon validate` does; what this version cannot run yet. Raises InputError, Unsupported.

    events : text of the event table of a scenario
    """
    from osteon.app.scenarios import file_record
    from osteon.inputs import read_dose_response
    from osteon.trial.check import check_scenario, check_study, read_whole_study
    from osteon.trial.dose_response import check_dose_response
    from osteon.web.simulator import event_folder, event_table_fault

    name = FILES[kind]
    if kind == "study":
        return tuple(check_study(read_whole_study(table, name)))
    if kind == "scenario":
        if table.get("events") is not None and events is None:
            raise InputError(event_table_fault(name))
        with event_folder(events) as folder:
            return tuple(check_scenario(file_record(table, name, folder)))
    check_dose_response(read_dose_response(table, name))
    return ()


def depth_fault(value: Any, deepest: int = toml.DEEPEST) -> Fault | None:
    """The fault of a table that is nested deeper than a file may be; found without recursion."""
    level = [value]
    for _ in range(deepest + 1):
        level = [v for x in level if isinstance(x, (dict, list)) for v in (x.values() if isinstance(x, dict) else x)]
        if not level:
            return None
    return Fault("not_toml", "", "", f"up to {deepest} levels", "", "It is nested too deeply.")
