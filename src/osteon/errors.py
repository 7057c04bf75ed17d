"""The family of errors, and the fault: one thing that is wrong, told as a sentence from a friend.

OsteonError
├── CheckFailed   1  a check did not hold
├── InputError    2  a file, a quantity or a name is wrong
├── RunFailed     3  the run could not be finished
├── Unsupported   4  a feature that is not built, named
└── CorruptData   5  a file is not what was written
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Fault:
    """One fault: a code for programs; place, value, allowed and hint for people; the message is the sentence."""

    code: str
    place: str = ""
    value: object = ""
    allowed: str = ""
    hint: str = ""
    message: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Fields for JSON: text, finite numbers and booleans only."""
        plain = isinstance(self.value, (str, int, bool)) or (
            isinstance(self.value, float) and math.isfinite(self.value)
        )
        return {
            "code": self.code,
            "place": self.place,
            "value": self.value if plain else str(self.value),
            "allowed": self.allowed,
            "hint": self.hint,
            "message": self.message,
        }

    def sentence(self) -> str:
        """The fault as a person reads it."""
        parts = [f"{self.place}: {self.message}" if self.place and self.place not in self.message else self.message]
        if self.allowed and self.allowed not in self.message:
            parts.append(f"Allowed: {self.allowed}.")
        if self.hint and self.hint not in self.message:
            parts.append(self.hint)
        return " ".join(p for p in parts if p)


class OsteonError(Exception):
    """Any error that Osteon explains itself. `faults` holds every fault found, not only the first."""

    exit_code = 3

    def __init__(self, faults: Iterable[Fault] | Fault | str) -> None:
        if isinstance(faults, str):
            faults = Fault(code=type(self).__name__.lower(), message=faults)
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(f.sentence() for f in self.faults))


class CheckFailed(OsteonError):
    """A check was asked for and did not hold."""

    exit_code = 1


class InputError(OsteonError):
    """What was handed in is wrong; nothing was written."""

    exit_code = 2


class RunFailed(OsteonError):
    """The run could not be finished."""

    exit_code = 3


class Unsupported(OsteonError):
    """The feature exists in the language of the files but is not built; it is refused by name."""

    exit_code = 4


class CorruptData(OsteonError):
    """A stored file differs from what was written."""

    exit_code = 5


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that looks most like `name`, or None.

    >>> nearest("rankel", ["rankl", "opg"])
    'rankl'
    """
    close = difflib.get_close_matches(str(name).lower(), sorted(candidates), n=1, cutoff=0.55)
    return close[0] if close else None


def unknown(what: str, name: str, candidates: Iterable[str], place: str = "") -> Fault:
    """The fault of a name that does not exist, with the nearest one that does."""
    known = sorted(candidates)
    close = nearest(name, known)
    hint = f"Did you mean '{close}'?" if close else ""
    listed = ", ".join(known[:40]) + (" …" if len(known) > 40 else "")
    text = f"There is no {what} '{name}'. {hint}".strip()
    return Fault(
        code=f"unknown_{what.replace(' ', '_')}", place=place, value=name, allowed=listed, hint=hint, message=text
    )
