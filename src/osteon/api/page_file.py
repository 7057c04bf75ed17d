"""The living page as a file that shows itself in a notebook."""

from __future__ import annotations

import html
import pathlib
from collections.abc import Iterable
from typing import Any

FRAME = 900  # height of the frame, pixels


class PageFile(type(pathlib.Path())):  # type: ignore[misc]  # the kind of path that this system has
    """The path of a page; in a notebook, the page itself in a frame that may compute and save files and nothing else.

    >>> PageFile("page.html").suffix
    '.html'
    """

    def _repr_html_(self) -> str:
        text = html.escape(self.read_text(encoding="utf-8"), quote=True)
        allowed = "allow-scripts allow-downloads allow-modals"
        style = f"width:100%;height:{FRAME}px;border:0"
        return f'<iframe sandbox="{allowed}" style="{style}" title="Osteon" srcdoc="{text}"></iframe>'


def page_of(scenario: Any, out: str | pathlib.Path, drugs: Iterable[str] | None = None) -> PageFile:
    """Write the page that opens with a scenario of the Python door, or with the usual person where it is None."""
    from osteon.app.scenarios import file_record
    from osteon.report.live import write_live_page

    record = None if scenario is None else file_record(scenario.to_dict(), scenario._name, scenario._folder)
    return PageFile(write_live_page(pathlib.Path(out), drugs, record))
