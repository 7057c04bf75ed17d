"""A check: what is run, what is looked at, and how the parts make a verdict."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal

from osteon.checks.lab import Run, SimulatedValues

Verdict = Literal["holds", "fails", "unknown", "recorded", "vacuous", "circular", "unmoved", "merged"]
Basis = Literal["emergent", "entailed", "fitted", ""]
Evidence = Literal["human", "animal", "assumed"]
AtFault = Literal["model", "review", "source", ""]
NOBODY, NO_MECHANISM, UNWRITTEN, RUN_FAILED = (
    "nobody knows",
    "no mechanism yet",
    "not written yet",
    "its run failed",
)
VERDICTS = {
    "holds": "a run shows it, and at least one broken mechanism takes it away",
    "fails": "a run contradicts it; `at_fault` says who is wrong",
    "unknown": "nobody knows, no mechanism yet, not written yet, or its run failed: `status` says which",
    "recorded": "a definition, context or policy that is noted, not tested",
    "vacuous": "nothing is run: figures that were typed in are compared with each other; no evidence",
    "circular": "a run gives back the figure that was put in for this very sentence; no evidence",
    "unmoved": "a run shows it, but no broken mechanism takes it away: not counted as holding",
    "merged": "the same statement as its twin, which is judged",
}
TYPED_IN = frozenset({"harms"})  # broken mechanisms that are tables of published figures, not biology
GIVEN = frozenset(
    {"bisphosphonates", "teriparatide", "raloxifene", "denosumab", "romosozumab", "odanacatib"}
)  # that a drug is given at all
_touched: ContextVar[set[str] | None] = ContextVar("touched", default=None)


@dataclass(frozen=True)
class Part:
    """One thing looked at: words with the number, and whether it is as claimed (None = it cannot be looked at).

    why : of a None: nobody knows, or no mechanism yet
    two_sided : a size between two bounds, or a likeness; else a direction
    """

    words: str
    holds: bool | None
    why: str = NO_MECHANISM
    two_sided: bool = False


@dataclass(frozen=True)
class Check:
    """A claim on the model.

    basis : emergent = needs feedbacks or timing that nobody typed in; entailed = follows from an edge that was typed in,
            so it is no evidence for the model; fitted = the parameters were fitted to just this kind of data; "" = no check
    runs  : by name; judge : from what the runs showed to parts
    recorded : a definition, context or policy that is noted, not tested
    own   : parameters that were set to the figure of this very sentence: a verdict that follows from them is circular
    at_fault, because : where it fails: who is wrong, and the figures that say so
    twin  : another claim that is the same statement
    """

    id: str
    basis: Basis
    evidence: Evidence
    judge: Callable[[Mapping[str, SimulatedValues]], list[Part]]
    runs: Mapping[str, Run] = field(default_factory=dict)
    recorded: bool = False
    own: tuple[str, ...] = ()
    at_fault: AtFault = "model"
    because: str = ""
    twin: str = ""


def verdict(parts: list[Part]) -> Verdict:
    """fails when any part is not as claimed; else unknown when any cannot be looked at; else holds."""
    if any(p.holds is False for p in parts):
        return "fails"
    return "unknown" if not parts or any(p.holds is None for p in parts) else "holds"


def typed_in(moved_by: Collection[str]) -> bool:
    """Whether a verdict hangs on a table of published figures alone: only breaking that, or giving no drug at all, turns it.

    >>> typed_in(["harms", "denosumab"]), typed_in(["harms", "rank"]), typed_in(["denosumab"]), typed_in([])
    (True, False, False, False)
    """
    turned = set(moved_by)
    return bool(turned & TYPED_IN) and turned <= TYPED_IN | GIVEN


def graded(check: Check, parts: list[Part], touched: bool, moved_by: Collection[str] | int | None) -> Verdict:
    """The verdict of a check. touched: whether anything was simulated for it; moved_by: broken mechanisms that turn it, or how many.

    Circular: the check names the figure that was put in for it, or its trace shows that no biology can turn it.
    """
    if check.recorded:
        return "recorded"
    found = verdict(parts)
    if found != "holds":
        return found
    if not touched:
        return "vacuous"
    traced = not isinstance(moved_by, int | None) and typed_in(moved_by)
    if check.own or traced:
        return "circular"
    count = moved_by if isinstance(moved_by, int | None) else len(moved_by)
    return "unmoved" if count == 0 else "holds"


def touch(what: str) -> None:
    """Note that something was simulated for the check that is being judged."""
    seen = _touched.get()
    if seen is not None:
        seen.add(what)


@contextmanager
def tracing() -> Iterator[set[str]]:
    """What is simulated inside: the names given to `touch`."""
    seen: set[str] = set()
    token = _touched.set(seen)
    try:
        yield seen
    finally:
        _touched.reset(token)


def missing(id: str, words: str, why: str = NO_MECHANISM) -> Check:
    """A claim about something this model has no mechanism for, or that nobody knows."""
    return Check(id, "", "assumed", lambda seen: [Part(words, None, why)])


def noted(id: str, words: str, evidence: Evidence = "assumed") -> Check:
    """A definition, context or policy."""
    return Check(id, "", evidence, lambda seen: [Part(words, None)], recorded=True)


def merged(id: str, twin: str) -> Check:
    """A statement that the review makes twice."""
    return Check(id, "", "assumed", lambda seen: [Part(f"the same statement as {twin}", None)], twin=twin)


def sign(name: str, value: float, up: bool, unit: str = "%", least: float = 0.01) -> Part:
    """A change that must go up (or down) by more than `least`."""
    return Part(f"{name} {value:+.2f} {unit}", value > least if up else value < -least)


def within(name: str, value: float, low: float, high: float, unit: str = "%") -> Part:
    """A size that must lie between two bounds."""
    return Part(f"{name} {value:+.2f} {unit} ({low:g} to {high:g})", low < value < high, two_sided=True)
