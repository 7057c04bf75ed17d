"""The living page as a reader uses it: from a disk, by mouse, by keyboard alone, at any width, in two browsers."""

import json
import os
import re
import statistics
import time
from pathlib import Path

import numpy as np
import pytest
from tests.browsers import Chromium, Firefox, found

from osteon.errors import Unsupported
from osteon.inputs.scenario import load_scenario, read_scenario
from osteon.io import toml
from osteon.report.live import live_page, write_live_page
from osteon.report.live_state import state_of
from osteon.simulation import portable
from osteon.simulation.scenario import simulate_scenario

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / ".venv" / "node_modules" / "axe-core" / "axe.min.js"
LINE = 16.0  # milliseconds of the calculation below on a quiet machine (a person, denosumab, ten years)
CALIBRATE = """(() => { const e = engineOf(osteon.parts); const s = toScenario(osteon.usual, osteon.usual.plans[0], osteon.about.time);
  const took = []; for (let i = 0; i < 9; i++) { e.starts = new Map(); const t = performance.now(); simulate(e, s, { rtol: 1e-4 }); took.push(performance.now() - t); }
  return took.sort((a, b) => a - b)[4]; })()"""
needs_chromium = pytest.mark.skipif(not found("chromium"), reason="no Chromium here; ./dev browsers installs it")
needs_firefox = pytest.mark.skipif(not found("firefox"), reason="no Firefox here; ./dev browsers installs it")
needs_axe = pytest.mark.skipif(
    not AXE.exists(), reason="no axe-core here; ./dev browsers takes it from npm where npm is"
)
READY = "window.osteon?.sets[0].line && osteon.sets[0].unknown.length > 0"
RESTED = "window.osteon?.sets[0].rested && osteon.sets[0].unknown[0]?.rtol === 1e-6 && osteon.sets[0].people[0]?.rtol === 1e-6"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return write_live_page(tmp_path_factory.mktemp("page") / "page.html")


@pytest.fixture
def chromium():
    with Chromium() as browser:
        yield browser


def opened(browser, page, link="", until=READY):
    browser.open(page.as_uri() + link)
    browser.until(until)


def rested(browser, page, link=""):
    opened(browser, page, link, RESTED)


def test_the_page_is_small_asks_for_nothing_and_is_reproducible(page):
    text = page.read_text(encoding="utf-8")
    assert len(text.encode()) <= 600_000
    assert "connect-src 'none'" in text and "default-src 'none'" in text
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=", text)
    assert live_page() == text


@needs_chromium
def test_it_opens_from_a_disk_and_asks_for_nothing(page, chromium):
    opened(chromium, page)
    own = [r for r in chromium.requests if r != page.as_uri()]
    assert all(r.startswith("blob:") for r in own), own
    assert chromium.faults == []
    said = chromium.evaluate("document.querySelector('#say').textContent")
    assert "woman of 66" in said and "denosumab" in said and "to" in said
    assert chromium.evaluate("document.querySelectorAll('#figures svg').length") == len(portable_figures())


def osteon_references():
    from osteon.evidence import load_references

    return load_references()


def portable_figures():
    from osteon.report.live_words import figures, model_of

    return figures(model_of(None))


@needs_firefox
def test_it_opens_in_firefox(page):
    with Firefox() as browser:
        browser.open(page.as_uri())
        browser.until(READY)
        assert "woman of 66" in browser.evaluate("document.querySelector('#say').textContent")


@needs_chromium
def test_numbers_at_rest_are_those_of_the_command(page, chromium):
    rested(chromium, page)
    text = chromium.evaluate("osteon.act('toml').then(() => osteon.copied)")
    scenario = read_scenario(toml.parse(text.encode(), "scenario.toml"))
    rows = simulate_scenario(scenario, full=True).rows
    names = portable.portable_model().data["outputs"]
    line = np.array(chromium.evaluate("Array.from(osteon.sets[0].line.values)")).reshape(-1, len(names))
    for row in rows:
        here = line[round(row["months"]), names.index(row["output"])]
        assert abs(here - row["value"]) <= 1e-9 * max(1e-3, abs(row["value"])), row
    ends = chromium.evaluate("osteon.about.figures.map((f) => endWords(osteon.sets[0], f))")
    hip = next(r for r in rows if r["output"] == "t_total_hip" and r["months"] == 120)
    shown = f"{hip['value']:.2f} ({hip['lo90']:.2f} to {hip['hi90']:.2f})".replace("-", "\u2212")
    assert shown in ends


@needs_chromium
def test_risks_are_those_of_the_command_death_competing(page, chromium):
    rested(chromium, page)
    text = chromium.evaluate("osteon.act('toml').then(() => osteon.copied)")
    table = toml.parse(text.encode(), "scenario.toml")
    asked = "osteon.about.events.filter((e) => !e.cumulated).map((e) => [e.output, riskOf(osteon.sets[0].line, e, 0, osteon.about.time.days_per_year)])"
    here = dict(chromium.evaluate(asked))
    risks = [f"risk_{name.removeprefix('hazard_')}" for name in here]
    table["output"] = {"end": "120 months", "at": ["120 months"], "of": risks, "as": "value"}
    rows = {r["output"]: r["value"] for r in simulate_scenario(read_scenario(table, "x"), full=True).rows}
    for name, value in here.items():
        native = rows[f"risk_{name.removeprefix('hazard_')}"]
        assert abs(100 * value - native) <= 1e-9 * native, (name, value, native)
    text = chromium.evaluate("document.querySelector('#screen').textContent")
    assert "How far off absolute risks are" in text and "Registers of people at large" in text
    told = chromium.evaluate("osteon.about.absolute.registers")
    assert {r[0] for r in told} >= {"Hip", "Vertebral, radiograph", "Any clinical fracture"}
    assert all(0 < low <= high for *_, low, high in told)
    assert {source for _, source, fitted, *_ in told if fitted} <= set(osteon_references()), (
        "what is fitted has a reference"
    )


@needs_chromium
def test_every_number_has_a_unit_an_interval_and_a_drawer(page, chromium):
    opened(chromium, page)
    told = chromium.evaluate("[...document.querySelectorAll('#figures figcaption')].map((f) => f.textContent)")
    assert len(told) == len(portable_figures())
    for text, figure in zip(told, portable_figures(), strict=True):
        assert re.search(r"\(.+ to .+\)$", text), text
        assert (" %" if figure["as"] == "change" else figure["unit"]) in text, text
    rows = chromium.evaluate(
        "[...document.querySelectorAll('#events tbody tr:not(.head)')].map((r) => [...r.querySelectorAll('td')].map((c) => c.textContent))"
    )
    assert rows and all(" to " in cells[1] and all(cells[:4]) for cells in rows), rows
    drawer = chromium.evaluate(
        "[...document.querySelectorAll('#evidence table tbody tr')].map((r) => [r.querySelector('th code').textContent, ...[...r.querySelectorAll('td')].map((c) => c.textContent)])"
    )
    names = chromium.evaluate("osteon.about.drugs.denosumab.parameters")
    assert [row[0] for row in drawer] == names
    for name, value, kind, source, claims in drawer:
        assert value and kind and f"osteon show {name}" in source and (claims == "none" or claims.startswith("C"))


@needs_chromium
def test_link_undo_and_a_file_bring_the_same_state(page, chromium):
    opened(chromium, page)
    chromium.evaluate("osteon.set((s) => { s.person.age = 71; s.plans[0][0].until = 36; })")
    chromium.until("location.hash.length > 10")
    link, state = chromium.evaluate("[location.hash, JSON.stringify(osteon.state)]")
    chromium.evaluate("osteon.go(-1)")
    assert chromium.evaluate("osteon.state.person.age") == 66
    chromium.evaluate("osteon.go(1)")
    assert chromium.evaluate("JSON.stringify(osteon.state)") == state
    with Chromium() as other:
        opened(other, page, link)
        assert other.evaluate("JSON.stringify(osteon.state)") == state
    assert chromium.evaluate("fromLink('#not-a-link', osteon.usual)") is None


@needs_chromium
def test_a_link_that_is_not_sound_is_refused_whole(page, chromium):
    opened(chromium, page)
    bad = [
        's.person.age = "66\'><img src=x onerror=window.hit=1>"',
        "s.person.smoking = '<b>'",
        "s.plans[0][0].drug = 'aspirin'",
        "s.plans[0][0].every = 0",
        "s.overrides = [{ parameter: 'no_such', value: 1 }]",
        "s.habits = [{ name: 'sailing', from: 0 }]",
        "s.months = 1e9",
        "s.plans[0][0].stop = { quantity: 'ctx', operator: '==', level: 1 }",
        "s.plans = [s.plans[0]]",
    ]
    links = [
        chromium.evaluate(f"(() => {{ const s = structuredClone(osteon.usual); {b}; return toLink(s); }})()")
        for b in bad
    ]
    for link, change in zip(links, bad, strict=True):
        chromium.open("about:blank")
        opened(chromium, page, f"#{link}", "window.osteon?.sets[0].line")
        assert chromium.evaluate("JSON.stringify(osteon.state) === JSON.stringify(osteon.usual)"), change
    assert not chromium.evaluate("window.hit") and chromium.faults == []
    arms = "osteon.about.arms.filter((a) => !sound({ ...osteon.usual, person: a.person, plans: [a.plan, []], months: a.months, arm: a.id }, osteon.about, osteon.page.parameters)).map((a) => a.id)"
    assert chromium.evaluate(arms) == []


def test_a_scenario_file_is_what_the_page_opens_with():
    scenario = load_scenario(ROOT / "examples" / "scenario_woman.toml")
    state = state_of(scenario)
    assert state["plans"][0][0]["from"] == -36 and state["plans"][0][1]["stop"]["quantity"] == "t_total_hip"
    assert state["habits"][0]["name"] == "exercise" and state["months"] == 48
    with pytest.raises(Unsupported, match="animal"):
        state_of(load_scenario(ROOT / "examples" / "scenario_rat_cells.toml"))


@needs_chromium
def test_the_page_of_a_file_gives_the_numbers_of_the_file(tmp_path, chromium):
    scenario = load_scenario(ROOT / "examples" / "scenario_woman.toml")
    opened(chromium, write_live_page(tmp_path / "woman.html", scenario=scenario), until="window.osteon?.sets[0].rested")
    plain = scenario.output.model_copy(update={"as_": "value", "draws": 0, "of": ["bmd_total_hip", "ctx", "pth"]})
    rows = simulate_scenario(scenario.model_copy(update={"output": plain}), full=True).rows
    for row in rows[-147::12]:
        expression = f"(() => {{ const l = osteon.sets[0].line; return series(l, '{row['output']}')[l.times.findIndex((t) => Math.abs(t / 30.4375 - {row['months']}) < 1e-6)]; }})()"
        assert chromium.evaluate(expression) == pytest.approx(row["value"], rel=1e-9)


@needs_chromium
def test_published_values_are_shown_only_while_the_plan_is_the_arm(page, chromium):
    opened(chromium, page)
    count = "document.querySelectorAll('#figures .hollow').length"
    assert chromium.evaluate(count) == 0
    chromium.evaluate("osteon.load('FREEDOM/denosumab 10 years')")
    chromium.until(f"{READY} && {count} > 0")
    assert "How far off" in chromium.evaluate("document.querySelector('#far').textContent")
    chromium.evaluate("osteon.set((s) => (s.person.age += 1))")
    chromium.until(f"{count} === 0 && {READY}")
    assert chromium.evaluate("osteon.state.arm") == ""


@needs_chromium
@pytest.mark.skipif(
    os.getloadavg()[0] > 0.8 * (os.cpu_count() or 1), reason="others work on this machine: times mean nothing"
)
@pytest.mark.slow  # a figure of a machine of its own: beside other tests it measures them
def test_sliders_answer_at_once(page, chromium):
    rested(chromium, page)
    slow = max(1.0, chromium.evaluate(CALIBRATE) / LINE)
    assert chromium.evaluate("osteon.timings.first") > 0
    move = """async (key, values) => { const r = []; const el = document.querySelector(`#person [data-slide="${key}"]`);
      for (const v of values) { const n = osteon.timings.painted.length; const t = performance.now(); el.value = v;
        el.dispatchEvent(new Event('input', { bubbles: true })); while (osteon.timings.painted.length === n) await new Promise((f) => setTimeout(f, 1));
        r.push(performance.now() - t); await new Promise((f) => setTimeout(f, 150)); } return r; }"""
    for key, values in (("t_total_hip", [-3, -2.5, -2.2, -1.9, -1.6, -1.3, -1.1, -0.9, -0.5]), ("age", range(60, 69))):
        took = chromium.evaluate(f"({move})('{key}', {json.dumps(list(values))})")
        assert statistics.median(took) <= 60 * slow, (key, took, slow)


@needs_chromium
def test_exact_numbers_do_not_hold_up_a_slider(page, chromium):
    opened(chromium, page)
    chromium.evaluate("osteon.set((s) => (s.person.age += 1))")
    exact = "osteon.computer.jobs.length > 0 && osteon.computer.jobs.every((job) => job.rtol === 1e-6)"
    chromium.until(f"{exact} && osteon.computer.workers.slice(1).every((w) => w.busy)")
    assert not chromium.evaluate(f"({exact}) && osteon.computer.workers[0].busy"), "the first is kept free for a curve"
    chromium.until(RESTED)


@needs_chromium
def test_the_newest_question_wins(page, chromium):
    opened(chromium, page)
    storm = """(async () => { const el = document.querySelector('#person [data-slide="age"]');
      for (let i = 0; i < 30; i++) { el.value = 55 + i; el.dispatchEvent(new Event('input', { bubbles: true })); await new Promise(requestAnimationFrame); }
      return Number(el.value); })()"""
    assert chromium.evaluate(storm) == 84
    chromium.until(RESTED)
    assert "woman of 84" in chromium.evaluate("document.querySelector('#say').textContent")
    fresh = "(async () => { const e = engineOf(osteon.parts); const s = toScenario(osteon.state, osteon.state.plans[0], osteon.about.time); return Array.from(simulate(e, s, { rtol: 1e-6 }).values); })()"
    assert chromium.evaluate(fresh) == chromium.evaluate("Array.from(osteon.sets[0].line.values)")


@needs_chromium
def test_the_timeline_moves_by_keyboard_and_keeps_the_focus(page, chromium):
    opened(chromium, page)
    for _ in range(120):
        chromium.key("Tab")
        if chromium.evaluate("document.activeElement.dataset.bar === '0-until'"):
            break
    assert chromium.evaluate("document.activeElement.dataset.bar") == "0-until"
    chromium.key("ArrowLeft", shift=True)
    chromium.key("ArrowLeft")
    chromium.until("osteon.state.plans[0][0].until === 47")
    assert chromium.evaluate("document.activeElement.dataset.bar") == "0-until"
    outline = chromium.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


@needs_chromium
def test_the_timeline_moves_by_mouse(page, chromium):
    opened(chromium, page)
    box = chromium.evaluate(
        "(() => { const b = document.querySelector('[data-bar=\"0-until\"]').getBoundingClientRect(); return [b.x + 6, b.y + 10]; })()"
    )
    chromium.mouse("mousePressed", *box)
    for step in range(1, 6):
        chromium.mouse("mouseMoved", box[0] - 12 * step, box[1])
    chromium.mouse("mouseReleased", box[0] - 60, box[1])
    chromium.until("osteon.state.plans[0][0].until < 60")


WIDTHS = [(1280, False), (1280, True), (390, False), (390, True)]
SMALL = """(() => { const texts = [...document.querySelectorAll('svg text')].filter((t) => t.getBoundingClientRect().width > 0);
  const cut = texts.filter((t) => { const a = t.getBoundingClientRect(), s = t.ownerSVGElement.getBoundingClientRect(); return a.left < s.left - 2 || a.right > s.right + 2; }).map((t) => t.textContent);
  return { width: document.documentElement.scrollWidth, cut, least: Math.min(...texts.map((t) => { const s = t.ownerSVGElement; return parseFloat(getComputedStyle(t).fontSize) * s.getBoundingClientRect().width / s.viewBox.baseVal.width; })) }; })()"""


def screens(page):
    return re.findall(r'\["(\w+)", "[\w ]+", \w+Screen\]', page.read_text(encoding="utf-8"))


@needs_chromium
@pytest.mark.parametrize(("width", "dark"), WIDTHS)
def test_nothing_is_cut_and_nothing_is_tiny(page, chromium, width, dark):
    chromium.size(width, 900, dark)
    opened(chromium, page)
    for name in screens(page):
        chromium.evaluate(f"osteon.show('{name}')")
        time.sleep(0.3)
        chromium.until("!osteon.screen.busy")
        got = chromium.evaluate(SMALL)
        assert got["width"] <= width, (name, got)
        assert got["least"] is None or got["least"] >= 11, (name, got)
        assert got["cut"] == [], (name, got)
        heads = "[...document.querySelectorAll('th')].filter((t) => !t.textContent.trim()).map((t) => t.outerHTML)"
        assert chromium.evaluate(heads) == [], name


@needs_chromium
@needs_axe
@pytest.mark.parametrize(("width", "dark"), WIDTHS)
def test_axe_finds_nothing(page, width, dark):
    with Chromium(width, 900, dark) as browser:
        browser.open(page.as_uri(), bypass_policy=True)
        browser.until(READY)
        browser.evaluate(AXE.read_text(encoding="utf-8") + "; 1")
        for name in screens(page):
            browser.evaluate(f"osteon.show('{name}')")
            time.sleep(0.3)
            browser.until("!osteon.screen.busy")
            tags = '["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]'
            got = browser.evaluate(
                f"axe.run(document, {{ runOnly: {tags} }}).then((r) => r.violations.map((v) => [v.id, v.nodes.map((n) => n.html.slice(0, 160)).slice(0, 3)]))"
            )
            assert got == [], (name, got)


def test_another_model_or_fit_is_another_fingerprint(monkeypatch):
    from dataclasses import replace

    from osteon.simulation.assembly import human_model

    before = portable.fingerprint(human_model(["denosumab"]))
    assert portable.fingerprint(human_model(["alendronate"])) != before
    fit = portable.joined()
    moved = replace(fit, values={**fit.values, next(iter(fit.values)): 1.234})
    monkeypatch.setattr(portable, "joined", lambda: moved)
    assert portable.fingerprint(human_model(["denosumab"])) != before
