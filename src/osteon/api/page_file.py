"""The living page as a file that shows itself in a notebook."""

from __future__ import annotations

import html
import pathlib

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
