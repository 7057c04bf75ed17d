"""Progress with an ETA, on stderr, and to whoever listens; silent where nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

_listeners: list[Callable[[str, float], None]] = []


def listen(callback: Callable[[str, float], None]) -> None:
    """Have every progress of this process reported too.   callback : text, share of the work that is done"""
    _listeners.append(callback)


class Progress:
    """A bar while it is entered. On a terminal it moves; elsewhere only listeners hear of it."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
            from rich.progress import Progress as Rich

            columns = (
                TextColumn("{task.description:<48}"),
                BarColumn(),
                TimeElapsedColumn(),
                TextColumn("eta"),
                TimeRemainingColumn(),
            )
            self._bar = Rich(*columns, console=Console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task(self.what, total=1.0)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def at(self, text: str, share: float) -> None:
        """Set the text and the share of the work that is done."""
        for callback in _listeners:
            callback(text, share)
        if self._bar:
            self._bar.update(self._task, description=text, completed=share)

    def counted(self, done: int, total: int) -> None:
        """Progress as a count."""
        self.at(f"{done} of {total} {self.what}", done / max(total, 1))

    def shared(self, place: int, count: int) -> Callable[[str, float], None]:
        """A teller for one of several equal parts."""
        return lambda text, share: self.at(text, (place + share) / count)
