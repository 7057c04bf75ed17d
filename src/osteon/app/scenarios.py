"""Scenarios that stand in memory: what the command line reads from a file, from a table of the same form."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from osteon.errors import Fault, InputError, unknown

if TYPE_CHECKING:
    from osteon.inputs import Scenario
    from osteon.simulation.scenario import Simulated


def only_route(drug: Any) -> str | None:
    """The route of a drug that has one; None for a name that is no drug. Raises InputError where there are several."""
    from osteon.interventions import CARDS

    if drug not in CARDS:
        return None
    routes = CARDS[drug].routes
    if len(routes) == 1:
        return routes[0]
    text = f"{drug} is given by several routes: say which."
    raise InputError(Fault("missing_key", "regimen route", "", ", ".join(routes), "", text))


def check_record(table: Mapping[str, Any], name: str, kind: type[Any]) -> None:
    """Raise InputError with every fault of a table that is to be read as a record of `kind`.   name : it has in messages"""
    from pydantic import ValidationError

    from osteon.inputs.faults import faults_of

    try:
        kind.model_validate(table)
    except ValidationError as error:
        raise InputError(faults_of(error, name, kind)) from None


def simulate_table(table: dict[str, Any], name: str, folder: Path | None, seed: int, full: bool) -> Simulated:
    """Run the table of a scenario as `osteon simulate` runs its file.

    name : of the file in messages; folder : beside which its event table lies, None = none can be read
    full : with the model of every drug and harm, as the page has it
    """
    from osteon.simulation.scenario import simulate_scenario

    return simulate_scenario(file_record(table, name, folder), seed, full=full)


def file_record(table: dict[str, Any], name: str, folder: Path | None) -> Scenario:
    """The scenario of a table, with its event table where a folder holds one."""
    from osteon.inputs import read_scenario
    from osteon.simulation.event_tables import attach_events

    scenario = read_scenario(table, name)
    return scenario if folder is None else attach_events(scenario, folder)


def check_whole(name: str, value: Any, low: int, high: int) -> None:
    """Raise InputError unless a setting is a whole number between low and high, as the command line asks of its options."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        text = f"'{name}' must be a whole number from {low} to {high}; it is {value!r}."
        raise InputError(Fault("out_of_range", name, str(value), f"{low} to {high}", "", text))


def changed_values(values: Mapping[str, float]) -> list[dict[str, Any]]:
    """Overrides of a scenario that hold parameters at other values from the beginning of the run-in."""
    return [{"parameter": n, "value": float(v)} for n, v in values.items()]


def unknown_key(what: str, key: str, known: list[str]) -> InputError:
    """An argument that does not exist, with the nearest that does."""
    fault = unknown("key", key, known, what)
    return InputError(fault)
