"""The living page as a file that shows itself in a notebook."""

from __future__ import annotations

import html
import pathlib
from collections.abc import Iterable
from typing import Any

from osteon.errors import InputError, RunFailed, Unsupported

FRAME = 900  # height of the frame, pixels


class PageFile(type(pathlib.Path())):  # type: ignore[misc]  # the kind of path that this system has
    """The path of a page; in a notebook, the page itself in a frame that may compute and save files and nothing else.

    >>> PageFile("page.html").suffix
    '.html'
    """

    def _repr_html_(self) -> str:
        return framed(self.read_text(encoding="utf-8"))


def framed(page: str) -> str:
    """A page in a frame of a notebook: it computes and saves files, and reaches nothing of the notebook."""
    allowed = "allow-scripts allow-downloads allow-modals"
    style = f"width:100%;height:{FRAME}px;border:0"
    return (
        f'<iframe sandbox="{allowed}" style="{style}" title="Osteon" srcdoc="{html.escape(page, quote=True)}"></iframe>'
    )


def page_of(scenario: Any, out: str | pathlib.Path, drugs: Iterable[str] | None = None) -> PageFile:
    """Write the page that opens with a scenario of the Python door, or with the usual person where it is None."""
    from osteon.report.live import write_live_page

    return PageFile(write_live_page(pathlib.Path(out), drugs, None if scenario is None else _record(scenario)))


def frame_of_scenario(scenario: Any) -> str:
    """The page of a scenario's own drugs in a frame; empty for what a page cannot hold (animals, cells, event tables)."""
    from osteon.report.live import live_page

    try:
        record = _record(scenario)
        return framed(live_page(dict.fromkeys(r.drug for r in record.regimen), record))
    except Unsupported:
        return ""


def frame_of_study(file: pathlib.Path) -> str:
    """The page of a study in a frame; empty for what a page cannot hold."""
    from osteon.inputs import read_study
    from osteon.io import toml
    from osteon.report.live import live_page

    try:
        return framed(live_page(study=read_study(toml.read(str(file)), file.name)))
    except (InputError, RunFailed, Unsupported):
        return ""


def _record(scenario: Any) -> Any:
    from osteon.app.scenarios import file_record

    return file_record(scenario.to_dict(), scenario._name, scenario._folder)
