"""A check: what is run, what is looked at, and how the parts make a verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from osteon.checks.lab import Run, Seen

Verdict = Literal["holds", "fails", "unknown", "recorded"]
Basis = Literal["emergent", "entailed", "fitted", ""]
Evidence = Literal["human", "animal", "assumed"]


@dataclass(frozen=True)
class Part:
    """One thing looked at: words with the number, and whether it is as claimed (None = no mechanism to look at)."""

    words: str
    holds: bool | None


@dataclass(frozen=True)
class Check:
    """A claim on the model.

    basis : emergent = needs feedbacks or timing that nobody typed in; entailed = follows from an edge that was typed in,
            so it is no evidence for the model; fitted = the parameters were fitted to just this kind of data; "" = no check
    runs  : by name; judge : from what the runs showed to parts
    recorded : a definition, context or policy that is noted, not tested
    """

    id: str
    basis: Basis
    evidence: Evidence
    judge: Callable[[Mapping[str, Seen]], list[Part]]
    runs: Mapping[str, Run] = field(default_factory=dict)
    recorded: bool = False


def verdict(parts: list[Part]) -> Verdict:
    """fails when any part is not as claimed; else unknown when any cannot be looked at; else holds."""
    if any(p.holds is False for p in parts):
        return "fails"
    return "unknown" if not parts or any(p.holds is None for p in parts) else "holds"


def missing(id: str, words: str) -> Check:
    """A claim about something this model has no mechanism for."""
    return Check(id, "", "assumed", lambda seen: [Part(words, None)])


def noted(id: str, words: str, evidence: Evidence = "assumed") -> Check:
    """A definition, context or policy."""
    return Check(id, "", evidence, lambda seen: [Part(words, None)], recorded=True)


def sign(name: str, value: float, up: bool, unit: str = "%", least: float = 0.01) -> Part:
    """A change that must go up (or down) by more than `least`."""
    return Part(f"{name} {value:+.2f} {unit}", value > least if up else value < -least)
