"""Scripts of the page hold no number of biology, share one space of names, and no colour stands outside the tokens."""

import re
from pathlib import Path

import pytest

import osteon
from osteon.report.live import CORE, PAGE, script, source

LIVE = Path(osteon.__file__).parent / "report" / "live"
COUNTS = {str(n) for n in range(13)} | {"100", "1000"}
LAYOUT = (
    "charts.js",
    "timeline.js",
    "parts.js",
    "one.js",
    "compare.js",
    "cohort.js",
    "why.js",
    "lesson.js",
    "cells.js",
)
ALLOWED = {
    "engine.js": {"16", "32", "64", "8192", "65536", "262144"},  # bytes and pages of memory
    "person.js": {"1e-9", "24"},  # rounding of dose counts; how many starts are remembered
    "state.js": {"16"},  # letters of a fingerprint
    "summary.js": {"0.05", "0.95", "39", "99.5", "9.95"},  # the middle 90 %; digits; a letter code
    "words.js": {"1e-9"},
    "controls.js": {"36"},  # months of a course that is added where no label limits it
    "compute.js": {"200"},  # milliseconds of rest
    "page.js": {"1e-4", "1e-6", "250"},  # tolerances; milliseconds
}
NUMBER = re.compile(r"(?<![\w.#])\d+(?:\.\d+)?(?:e[-+]?\d+)?\b")


def code(name):
    """A script without comments, texts and regular expressions; what stands inside ${} is kept."""
    text = re.sub(r"/\*.*?\*/", "", source(name), flags=re.S)
    text = re.sub(r"(?m)(^|\s)//.*$", "", text)
    text = re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', text)
    text = re.sub(r"`(?:[^`\\]|\\.)*`", lambda m: " ".join(re.findall(r"\$\{([^{}]*)\}", m[0])), text, flags=re.S)
    return re.sub(r"/(?:[^/\n\\]|\\.)+/g", "", text)


@pytest.mark.parametrize("name", [n for n in (*CORE, *PAGE, "worker.js") if n not in LAYOUT])
def test_a_script_holds_no_number_of_biology(name):
    found = set(NUMBER.findall(code(name))) - COUNTS - ALLOWED.get(name, set())
    assert not found, f"{name}: {sorted(found)}: numbers of biology come with the page model"


@pytest.mark.parametrize("name", [n for n in LAYOUT if (LIVE / n).exists()])
def test_a_drawing_script_has_sizes_alone(name):
    found = {n for n in set(NUMBER.findall(code(name))) - COUNTS if "." in n or "e" in n}
    assert found <= {"1e-9", "0.02", "0.06", "0.1", "0.5", "7.4"}, f"{name}: {sorted(found)}"


def test_the_scan_sees_a_number_of_biology():
    assert NUMBER.findall("const peak = 0.942; const x2 = a1;") == ["0.942"]


def test_names_of_all_scripts_are_different():
    text = script((*CORE, *PAGE))
    written = "\n".join(source(name) for name in (*CORE, *PAGE))
    names = re.findall(r"^(?:export )?(?:async )?(?:function|class|const|let) (\w+)", written, re.MULTILINE)
    assert len(names) == len(set(names)), sorted({n for n in names if names.count(n) > 1})
    assert not re.search(r"^(import|export)\b", text, re.MULTILINE)


def test_every_script_is_in_the_page_and_documented():
    used = {*CORE, *PAGE, "worker.js"}
    assert used == {f.name for f in LIVE.glob("*.js")}
    assert all(source(name).startswith("/**") for name in used)


def test_no_colour_stands_outside_the_tokens():
    texts = [source(n) for n in (*CORE, *PAGE, "worker.js", "page.css")]
    templates = LIVE.parent / "templates"
    texts.append((templates / "live.html").read_text(encoding="utf-8"))
    assert not any(re.search(r"#[0-9a-fA-F]{3,6}\b|rgb\(|hsl\(", t) for t in texts)
