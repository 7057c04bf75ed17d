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
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

ERRORS_LONGEST = 300  # characters of a value, name or place that are shown


def shown(value: object) -> str:
    """A value as it can be printed anywhere: one line, cut when long, nothing that steers a terminal.

    >>> shown("a\\nb")
    'a\\\\nb'
    """
    if isinstance(value, int) and abs(value) >= 10**30:
        return "a whole number of more than 30 digits"
    try:
        text = str(value)
    except (ValueError, RecursionError):
        text = f"a {type(value).__name__} that cannot be shown"
    cut = text if len(text) <= ERRORS_LONGEST else text[: ERRORS_LONGEST - 1] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in cut)


@dataclass(frozen=True)
class Fault:
    """One fault: a code for programs; place, value, allowed and hint for people; the message is the sentence.

    value may be anything that was found; it is kept only if it is plain text, a number or a boolean.
    """

    code: str
    place: str = ""
    value: object = ""
    allowed: str = ""
    hint: str = ""
    message: str = ""

    def __post_init__(self) -> None:
        """Keep what can be hashed, compared and written as strict JSON."""
        small = isinstance(self.value, int) and abs(self.value) < 2**63
        finite = isinstance(self.value, float) and math.isfinite(self.value)
        if not (small or finite):
            object.__setattr__(self, "value", shown(self.value))

    def as_dict(self) -> dict[str, Any]:
        """Fields for JSON: text, finite numbers and booleans only."""
        texts = {n: _valid(str(getattr(self, n))) for n in ("code", "place", "allowed", "hint", "message")}
        return {
            "code": texts["code"],
            "place": texts["place"],
            "value": self.value,
            "allowed": texts["allowed"],
            "hint": texts["hint"],
            "message": texts["message"],
        }

    def sentence(self) -> str:
        """The fault as a person reads it."""
        parts = [f"{self.place}: {self.message}" if self.place and self.place not in self.message else self.message]
        if self.allowed and self.allowed not in self.message:
            parts.append(f"Allowed: {self.allowed}.")
        if self.hint and self.hint not in self.message:
            parts.append(self.hint)
        return _one_line(" ".join(p for p in parts if p))


def _valid(text: str) -> str:
    """Text that every encoder takes: lone surrogates, as odd file names bring, are written out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


class OsteonError(Exception):
    """Any error that Osteon explains itself. `faults` holds every fault found, not only the first.

    >>> OsteonError([Fault("no_unit", "age", message="66 has no unit."), Fault("no_unit", "bmi")]).faults[0].sentence()
    'age: 66 has no unit.'
    """

    exit_code = 3

    def __init__(self, faults: Iterable[Fault] | Fault | str) -> None:
        if isinstance(faults, str):
            faults = Fault(code=type(self).__name__.lower(), message=faults)
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(f.sentence() for f in self.faults))

    def __reduce__(self) -> tuple[Any, ...]:
        """As another process is told of it: the faults, not their sentences."""
        return type(self), (self.faults,)


class CheckFailed(OsteonError):
    """A check was asked for and did not hold."""

    exit_code = 1


class InputError(OsteonError):
    """What was handed in is wrong; nothing was written.

    >>> import osteon as ost
    >>> try:
    ...     ost.Person(age=66)
    ... except ost.InputError as error:
    ...     error.faults[0].hint
    'Write "66 years".'
    """

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
    """The candidate that looks most like `name`, or None. A letter of another alphabet counts as its Latin look-alike.

    >>> nearest("rankel", ["rankl", "opg"])
    'rankl'
    """
    known = sorted(candidates)
    folded: dict[str, str] = {}
    for candidate in known:
        folded.setdefault(candidate.lower(), candidate)
    close = difflib.get_close_matches(latin_look(str(name)[:ERRORS_LONGEST]).lower(), list(folded), n=1, cutoff=0.55)
    return folded[close[0]] if close else None


_LOOK_ALIKE = str.maketrans(
    "аАВеЕКМНоОрРсСТуУхХіІјЈѕЅԁɡΑΒΕΖΗΙΚΜΝΟΡΤΥΧαιονρµμ",
    "aABeEKMHoOpPcCTyYxXiIjJsSdgABEZHIKMNOPTYXaiovpuu",
)


def latin_look(name: str) -> str:
    """A name with Cyrillic, Greek, full-width and other look-alikes written as the Latin letters they resemble.

    Two names that come out the same cannot be told apart by eye.

    >>> latin_look("dеnosumab") == "denosumab"
    True
    """
    plain = "".join(c for c in unicodedata.normalize("NFKC", name.translate(_LOOK_ALIKE)) if c.isprintable())
    return plain.translate(_LOOK_ALIKE)


def unknown(what: str, name: str, candidates: Iterable[str], place: str = "") -> Fault:
    """The fault of a name that does not exist, with the nearest one that does."""
    known = sorted(candidates)
    close = nearest(name, known)
    name = shown(name)
    hint = f"Did you mean '{close}'?" if close else ""
    listed = ", ".join(known[:40]) + (" …" if len(known) > 40 else "")
    odd = "" if name.isascii() else " It holds letters that are not plain ASCII."
    text = f"There is no {what} '{name}'.{odd} {hint}".strip()
    return Fault(
        code=f"unknown_{what.replace(' ', '_')}", place=place, value=name, allowed=listed, hint=hint, message=text
    )
