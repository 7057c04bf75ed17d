"""Analysis plans: endpoints of a finished run said anew, several hypotheses together, looks on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field, ValidationError

from osteon.errors import InputError
from osteon.inputs.designs import InterimAnalyses, ReEstimation
from osteon.inputs.faults import faults_of
from osteon.inputs.fields import Name, one_of
from osteon.inputs.record import Disagreement, RawTable, Record, at
from osteon.inputs.study import Endpoint, Study, read_study, unusable_interim_looks

MULTIPLICITY = ("none", "bonferroni", "holm", "hochberg", "fixed_sequence", "gatekeeping")


class AnalysisPlan(Record):
    """A whole plan. families: for gatekeeping, numbers of the endpoints (from 1) in the order of their families."""

    format: int
    title: Name = "Analysis"
    endpoint: list[Endpoint] = Field(..., min_length=1, max_length=1000)
    multiplicity: Annotated[str, one_of("multiplicity", MULTIPLICITY)] = "none"
    families: list[list[int]] = []
    looks: InterimAnalyses | None = None
    re_estimation: ReEstimation | None = None

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """Families that leave an endpoint out, or that nothing uses."""
        families, method = given.get("families") or [], given.get("multiplicity")
        again = given.one("re_estimation", ReEstimation)
        count = len(list(given.many("endpoint", Endpoint)))
        if families and method not in (None, "gatekeeping"):
            hint = 'Write multiplicity = "gatekeeping".'
            yield at("families", code="bad_plan", value=families, message="Families are for gatekeeping.", hint=hint)
        elif families and sorted(i for f in families for i in f) != list(range(1, count + 1)):
            message = f"Each of the {count} endpoints must stand in one family, by its number from 1."
            yield at("families", code="bad_plan", value=families, message=message)
        yield from unusable_interim_looks(given, [e for _, e in given.many("endpoint", Endpoint)])
        number = again.get("endpoint") if again else None
        if number is not None and number > count:
            message = f"There is no endpoint {number}: the plan has {count}."
            yield at(
                "re_estimation", "endpoint", code="bad_plan", value=number, message=message, allowed=f"1 to {count}"
            )


def read_analysis_plan(table: dict[str, Any], study: dict[str, Any], name: str = "plan") -> tuple[AnalysisPlan, Study]:
    """A plan, and the run's study with the plan's endpoints. Raises InputError with every fault of form, arms and visits."""
    faults = []
    plan = None
    try:
        plan = AnalysisPlan.model_validate(table)
    except ValidationError as error:
        faults = list(faults_of(error, name, AnalysisPlan))
    try:
        own = {k: v for k, v in study.items() if k not in ("looks", "re_estimation")}  # the plan has its own
        joined = read_study(own | {"endpoint": table.get("endpoint", [])}, name)
    except InputError as error:
        known = {(f.place, f.message) for f in faults}
        faults += [f for f in error.faults if (f.place, f.message) not in known]
    if faults or plan is None:
        raise InputError(faults)
    return plan, joined
