"""Analysis plans: endpoints of a finished run said anew, several hypotheses together, looks on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field, ValidationError

from osteon.errors import InputError
from osteon.inputs.faults import faults_of
from osteon.inputs.fields import Finite, Name, one_of
from osteon.inputs.record import Found, RawTable, Record, at
from osteon.inputs.study import Endpoint, Study, read_study

MULTIPLICITY = ("none", "bonferroni", "holm", "hochberg", "fixed_sequence", "gatekeeping")
SPENDING = ("obrien_fleming", "pocock", "hwang_shih_decani", "kim_demets")


class InterimAnalyses(Record):
    """Interim looks: information of each as a share of the final one, and how alpha is spent."""

    information: list[Finite] = Field(..., min_length=1, max_length=50)
    spending: Annotated[str, one_of("spending function", SPENDING)] = "obrien_fleming"

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Found]:
        """Interim analyses that do not rise, or go on after the end."""
        t = given.get("information") or []
        if t and (any(b - a <= 1e-9 for a, b in zip(t, t[1:], strict=False)) or t[0] <= 0 or abs(t[-1] - 1) > 1e-9):
            message = "Looks must rise from above 0 to 1: none comes after the end, and the last one is the end."
            yield at("information", code="bad_looks", value=t, message=message, hint="Write [0.5, 1.0].")


class AnalysisPlan(Record):
    """A whole plan. families: for gatekeeping, numbers of the endpoints (from 1) in the order of their families."""

    format: int
    title: Name = "Analysis"
    endpoint: list[Endpoint] = Field(..., min_length=1, max_length=1000)
    multiplicity: Annotated[str, one_of("multiplicity", MULTIPLICITY)] = "none"
    families: list[list[int]] = []
    looks: InterimAnalyses | None = None

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Found]:
        """Families that leave an endpoint out, or that nothing uses."""
        families, method = given.get("families") or [], given.get("multiplicity")
        count = len(list(given.many("endpoint", Endpoint)))
        if families and method not in (None, "gatekeeping"):
            hint = 'Write multiplicity = "gatekeeping".'
            yield at("families", code="bad_plan", value=families, message="Families are for gatekeeping.", hint=hint)
        elif families and sorted(i for f in families for i in f) != list(range(1, count + 1)):
            message = f"Each of the {count} endpoints must stand in one family, by its number from 1."
            yield at("families", code="bad_plan", value=families, message=message)


def read_analysis_plan(table: dict[str, Any], study: dict[str, Any], name: str = "plan") -> tuple[AnalysisPlan, Study]:
    """A plan, and the run's study with the plan's endpoints. Raises InputError with every fault of form, arms and visits."""
    faults = []
    plan = None
    try:
        plan = AnalysisPlan.model_validate(table)
    except ValidationError as error:
        faults = list(faults_of(error, name, AnalysisPlan))
    try:
        joined = read_study(study | {"endpoint": table.get("endpoint", [])}, name)
    except InputError as error:
        known = {(f.place, f.message) for f in faults}
        faults += [f for f in error.faults if (f.place, f.message) not in known]
    if faults or plan is None:
        raise InputError(faults)
    return plan, joined
