"""Designs in files: interim analyses with futility, blinded re-estimation of the sample size, dose escalation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from osteon.cells.hazards import KINDS
from osteon.inputs.fields import Finite, Name, Span, one_of, quantity
from osteon.inputs.record import Disagreement, RawTable, Record, at

SPENDING = ("obrien_fleming", "pocock", "hwang_shih_decani", "kim_demets")
FUTILITY = ("none", *SPENDING)
ESCALATION_RULES = ("three_plus_three", "boin", "crm")
USUAL_MONTH = 30.4375  # days in which a toxicity counts as dose-limiting, where the file does not say


class InterimAnalyses(Record):
    """Interim looks: information of each as a share of the final one, how alpha is spent, when to give up.

    futility : how the type II error is spent on a non-binding lower bound, against the side that counts as better
    """

    information: list[Finite] = Field(..., min_length=1, max_length=50)
    spending: Annotated[str, one_of("spending function", SPENDING)] = "obrien_fleming"
    futility: Annotated[str, one_of("futility bound", FUTILITY)] = "none"
    power: Finite = Field(0.9, gt=0.5, lt=1)

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """Interim analyses that do not rise, or go on after the end."""
        t = given.get("information") or []
        if t and (any(b - a <= 1e-9 for a, b in zip(t, t[1:], strict=False)) or t[0] <= 0 or abs(t[-1] - 1) > 1e-9):
            message = "Looks must rise from above 0 to 1: none comes after the end, and the last one is the end."
            yield at("information", code="bad_looks", value=t, message=message, hint="Write [0.5, 1.0].")
        if given.get("futility") not in (None, "none") and len(t) < 2:
            message = "With one look there is nothing to give up early."
            yield at("futility", code="bad_looks", message=message, hint="Write information = [0.5, 1.0].")


class ReEstimation(Record):
    """Blinded re-estimation of the sample size: the variance of all patients together at an interim look.

    endpoint : its number from 1; difference : that the trial is planned for, sd : planned, in the endpoint's unit
    """

    at: Finite = Field(0.5, gt=0, lt=1)
    endpoint: int = Field(1, ge=1, le=1000)
    difference: Finite
    sd: Finite = Field(..., gt=0)
    power: Finite = Field(0.9, gt=0.5, lt=1)
    largest: Finite = Field(2.0, ge=1, le=10)

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """A difference of nothing."""
        if given.get("difference") == 0:
            message = "No number of patients shows a difference of 0."
            yield at(
                "difference", code="bad_difference", value=0, message=message, hint="Write the difference that matters."
            )


class EscalationDesign(Record):
    """Dose escalation by cohorts: arms are doses from the lowest to the highest, and each cohort's results choose the next dose.

    doses    : names of arms, rising; by default all arms as they stand
    target   : share with a dose-limiting toxicity that is accepted;  toxicity : harms of cells that count as one
    within   : after the first dose;  background : share with a toxicity that no dose brings about
    too_toxic: chance of being above the target at which a dose is closed
    """

    rule: Annotated[str, one_of("escalation rule", ESCALATION_RULES)]
    doses: list[Name] = Field([], max_length=50)
    target: Finite = Field(0.25, gt=0, lt=0.7)
    cohort: int = Field(3, ge=1, le=100)
    max_patients: int = Field(30, ge=1, le=10_000)
    max_at_one_dose: int = Field(12, ge=1, le=10_000)
    skeleton: list[Finite] = Field([], max_length=50)
    start: Name | None = None
    too_toxic: Finite = Field(0.95, gt=0.5, lt=1)
    toxicity: list[Annotated[str, one_of("toxicity", KINDS)]] = Field(
        ["embolism", "death"], min_length=1, max_length=10
    )
    within: Span = USUAL_MONTH
    background: Annotated[float, quantity("1", 0, 0.9, "5 percent", "share without any dose")] = 0.0

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """Cohorts larger than the trial, a skeleton that is none, a dose that stands twice."""
        cohort, doses, skeleton = given.get("cohort") or 1, given.get("doses") or [], given.get("skeleton") or []
        for key in ("max_patients", "max_at_one_dose"):
            most = given.get(key)
            if most is not None and most < cohort:
                message = f"{key} = {most} is less than one cohort of {cohort}."
                yield at(key, code="bad_escalation", value=most, message=message, allowed=f"at least {cohort}")
        if len(set(doses)) < len(doses):
            yield at("doses", code="duplicate_name", value=doses, message="A dose stands twice.")
        rising = all(0 < a < 1 for a in skeleton) and skeleton == sorted(set(skeleton))
        if given.get("rule") == "crm" and not (skeleton and rising):
            message = "The CRM needs a skeleton: rising first guesses between 0 and 1, one a dose."
            yield at(
                "skeleton", code="bad_escalation", value=skeleton, message=message, hint="Write [0.05, 0.12, 0.25]."
            )
        elif skeleton and given.get("rule") in ("three_plus_three", "boin"):
            message = f"The rule '{given.get('rule')}' has no skeleton."
            yield at(
                "skeleton",
                code="bad_escalation",
                value=skeleton,
                message=message,
                hint='Write rule = "crm", or leave it out.',
            )
        elif skeleton and doses and len(skeleton) != len(doses):
            message = f"{len(skeleton)} guesses for {len(doses)} doses."
            yield at("skeleton", code="bad_escalation", value=skeleton, message=message, allowed="one a dose")
        start = given.get("start")
        if start is not None and doses and start not in doses:
            message = f"The first dose '{start}' is none of the doses."
            yield at("start", code="bad_escalation", value=start, message=message, allowed=", ".join(doses))
