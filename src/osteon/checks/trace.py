"""What a judge looks at while it judges: names of outputs, noted as they are read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_looked: ContextVar[dict[str, None] | None] = ContextVar("looked", default=None)


def look(output: str) -> None:
    """Note that an output is read."""
    seen = _looked.get()
    if seen is not None:
        seen.setdefault(output)


@contextmanager
def looking() -> Iterator[dict[str, None]]:
    """Outputs that are read inside, in the order in which they are first read.

    >>> with looking() as seen:
    ...     look("ctx")
    >>> list(seen)
    ['ctx']
    """
    seen: dict[str, None] = {}
    token = _looked.set(seen)
    try:
        yield seen
    finally:
        _looked.reset(token)
