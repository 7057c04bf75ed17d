"""Scripts of the page hold no number of biology, share one space of names, and no colour stands outside the tokens."""

import re
from pathlib import Path

import pytest

import osteon
from osteon.report.live import CORE, PAGE, script, source

LIVE = Path(osteon.__file__).parent / "report" / "live"
COUNTS = {str(n) for n in range(13)} | {"100", "1000"}
LAYOUT = {  # pixels, months of an axis, shares of a width: what drawing needs
    "charts.js": {"0.06", "0.5", "120", "14", "178", "1e-9", "24", "36", "40", "44", "48", "60"},
    "timeline.js": {"13", "16", "17", "1e-9", "22", "24", "26", "280", "34", "44", "7.4"},
    "parts.js": {"0.1", "140", "1e-9", "240"},
    "one.js": {"24", "36", "48", "60", "96", "120", "180"},
    "cohort.js": {"0.5", "240", "25", "60"},
    "why.js": {"0.02", "15", "170", "22", "30", "300", "42", "54", "76", "82"},
    "lesson.js": {"280", "640"},
}
ALLOWED = {
    "engine.js": {"16", "32", "64", "8192", "65536", "262144"},  # bytes and pages of memory
    "person.js": {"1e-9", "24"},  # rounding of dose counts; how many starts are remembered
    "state.js": {"16"},  # letters of a fingerprint
    "summary.js": {"0.05", "0.95", "39", "99.5", "9.95"},  # the middle 90 %; digits; a letter code
    "words.js": {"1e-9"},
    "controls.js": {
        "36",
        "20",
    },  # months of a course that is added where no label limits it; times the largest dose studied
    "compute.js": {"200"},  # milliseconds of rest
    "page.js": {"1e-4", "1e-6", "250"},  # tolerances; milliseconds
}
NUMBER = re.compile(r"(?<![\w.#])\d+(?:\.\d+)?(?:e[-+]?\d+)?\b")


def code(name):
    """A script without comments, texts and regular expressions; what stands inside ${} is kept, however deep."""
    return bare(source(name))


SKIPPED = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'", re.S)
PATTERN = re.compile(r"(?<=[(,=:!&|?\[])\s*/(?:[^/\n\\\[]|\\.|\[(?:[^\]\\]|\\.)*\])+/[a-z]*")


def bare(text):
    """The code of a text: a template is left where it begins, and come back to inside its braces."""
    out, depth, at = [], [], 0  # depth: of braces, one entry a template that is open
    while at < len(text):
        skipped = SKIPPED.match(text, at) or PATTERN.match(text, at)
        letter = text[at]
        if skipped:
            out.append('""')
            at = skipped.end()
        elif letter == "`" or (letter == "}" and depth and depth[-1] == 0):
            depth = depth if letter == "`" else depth[:-1]
            at = _past_words(text, at + 1)
            depth = depth if text[at - 1] == "`" else [*depth, 0]
            out.append(" ")
        else:
            if depth and letter in "{}":
                depth[-1] += 1 if letter == "{" else -1
            out.append(letter)
            at += 1
    return "".join(out)


def _past_words(text, at):
    """The place after the words of a template: behind its end, or behind the next ${."""
    while text[at] != "`" and text[at : at + 2] != "${":
        at += 2 if text[at] == "\\" else 1
    return at + (1 if text[at] == "`" else 2)


@pytest.mark.parametrize("name", [*CORE, *PAGE, "worker.js"])
def test_a_script_holds_no_number_of_biology(name):
    found = set(NUMBER.findall(code(name))) - COUNTS - ALLOWED.get(name, set()) - LAYOUT.get(name, set())
    assert not found, f"{name}: {sorted(found)}: numbers of biology come with the page model"
    assert not re.search(r"(Number|parseFloat|parseInt)\(\s*[\"'`][\d.+-]", source(name)), "nor as text"


PLANTED = [
    ("const peak = 0.942; const x2 = a1;", ["0.942"]),
    ("const age = 52;", ["52"]),
    ('a = `${list.map((c) => `<b>${c * 30.4375}</b> 7`).join("8")} 9`; b = 66;', ["30.4375", "66"]),
    ("// 5\n/* 6 */ f('7', /8[/]9/g); c = { d: `}` }; e = 1047;", ["1047"]),
]


@pytest.mark.parametrize(("text", "numbers"), PLANTED)
def test_the_scan_sees_a_number_of_biology(text, numbers):
    assert NUMBER.findall(bare(text)) == numbers


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
