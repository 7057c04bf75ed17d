"""The living page: the whole model in one file that anybody opens, without a server and without a network.

Scripts are plain ES modules with JSDoc under `live/`. Their imports, their JSDoc and the word `export`
are taken away, so that the page also opens from a disk, where browsers load no modules. No build step, no node.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from osteon.inputs import Scenario, Study
from osteon.interventions import CARDS
from osteon.io.files import write_atomic
from osteon.report import live_cells, live_state, live_study, live_words
from osteon.report.live_lessons import lessons
from osteon.report.page import render
from osteon.simulation.portable import DRAWS, PortableModel, portable_model

PAGE = (
    "state.js", "summary.js", "charts.js", "timeline.js", "controls.js", "words.js", "parts.js", "compute.js",
    "one.js", "compare.js", "cohort.js", "cells.js", "why.js", "lesson.js", "page.js",
)  # fmt: skip
CORE = ("engine.js", "person.js", "load.js")  # what a worker needs too
_IMPORT = re.compile(r"^import\s[^;]*?;\n", re.MULTILINE)
_ABOUT = re.compile(r"^[ \t]*/\*\*.*?\*/\n", re.MULTILINE | re.DOTALL)
_INDENT = re.compile(r"^ +", re.MULTILINE)  # strings that go over lines hold HTML
_EXPORT = re.compile(r"^export (?=(async function|function|class|const|let)\b)", re.MULTILINE)


def script(names: Sequence[str]) -> str:
    """The named modules as one classic script, in this order, without their JSDoc and indents, which are an eighth of a page.

    Their top-level names are one space: a test sees to it.
    """
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", _ABOUT.sub("", _INDENT.sub("", source(name))))) for name in names)


def source(name: str, folder: str = "live") -> str:
    """Text of a file of the page."""
    return files("osteon").joinpath("report").joinpath(folder).joinpath(name).read_text(encoding="utf-8")


def live_page(
    drugs: Iterable[str] | None = None,
    scenario: Scenario | None = None,
    cells: bool = False,
    home: str = "",
    study: Study | None = None,
    cell_rows: Mapping[str, Any] | None = None,
) -> str:
    """The page as HTML.

    drugs    : that can be given in it; None: all. Every harm that they may bring is in it.
    scenario : what the page opens with; None: a woman of 66 with denosumab for five years
    cells    : with the screen of cell products, whose rows are computed now (half a minute)
    home     : address of a way back, where the page is served
    cell_rows : what the screen of cell products shows, where it is computed already (see live_cells)
    study    : whose drugs, arms, typical person and people the page holds, instead of `drugs` and `scenario`
    Raises Unsupported for a scenario or study that a page cannot hold.
    """
    names = None if drugs is None else tuple(drugs)
    arms = live_study.arms_of_study(study) if study else []
    if study:
        names = live_study.drugs_of_study(study)
    known = CARDS if names is None else names
    model = portable_model(names, persons=live_study.persons_shown(study) if study else None)
    words = live_words.about(known, live_words.model_of(names), model.data["fingerprint"], DRAWS)
    words["arms"] = [*arms, *words["arms"]]
    given = live_study.cell_arms(study) if study else []
    if cell_rows is not None:
        words["cells"] = dict(cell_rows)
    elif given or cells:
        words["cells"] = live_cells.cells_of_study(given) if given else live_cells.cell_table()
    words["lessons"] = lessons(known, bool(words.get("cells")))
    if scenario is not None:
        words["start"] |= live_state.state_of(scenario)
    if study is not None:
        words["start"] |= live_study.study_state(study, arms)
    return render(
        "live.html",
        title="One person, one treatment, ten years of bone",
        style=source("tokens.css", "style") + source("page.css"),
        packed=json.dumps(packed(model) | {"about": _packed(_json(words))}),
        core=script(CORE),
        worker=script(("worker.js",)),
        script=script(PAGE),
        fingerprint=model.data["fingerprint"][:16],
        home=home,
        whole=names is None,
    )


def write_live_page(
    path: Path,
    drugs: Iterable[str] | None = None,
    scenario: Scenario | None = None,
    cells: bool = False,
    study: Study | None = None,
) -> Path:
    """Write the page; see `live_page`."""
    write_atomic(path, live_page(drugs, scenario, cells, study=study))
    return path


def packed(model: PortableModel) -> dict[str, str]:
    """The model as text: gzip and base64, the same bytes for the same model."""
    parts = (("data", _json(model.data)), ("module", model.module), ("run_in", model.run_in))
    return {name: _packed(part) for name, part in parts}


def _json(data: Any) -> bytes:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def _packed(data: bytes) -> str:
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()
