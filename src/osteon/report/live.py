"""The living page: the whole model in one file that anybody opens, without a server and without a network.

Scripts are plain ES modules with JSDoc under `live/`, put into the page as they are: their imports and the word `export`
are taken away, so that the page also opens from a disk, where browsers load no modules. No build step, no node.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Sequence
from importlib.resources import files

from osteon.simulation.portable import PortableModel

CORE = ("engine.js", "person.js", "load.js")  # what a worker needs too
_IMPORT = re.compile(r"^import\s[^;]*?;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(async function|function|class|const|let)\b)", re.MULTILINE)


def script(names: Sequence[str]) -> str:
    """The named modules as one classic script, in this order. Their top-level names are one space: a test sees to it."""
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", source(name))) for name in names)


def source(name: str) -> str:
    """Text of a file of the page."""
    return files("osteon").joinpath("report").joinpath("live").joinpath(name).read_text(encoding="utf-8")


def packed(model: PortableModel) -> dict[str, str]:
    """The model as text: gzip and base64, the same bytes for the same model."""
    data = json.dumps(model.data, separators=(",", ":"), ensure_ascii=True).encode()
    return {name: _packed(part) for name, part in (("data", data), ("module", model.module), ("run_in", model.run_in))}


def _packed(data: bytes) -> str:
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()
