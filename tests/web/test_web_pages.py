"""The web as a reader uses it: every page at every width, faults at their fields, a run by clicks, the living page in its sandbox."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.browsers import Chromium, Firefox, found
from tests.web.served import Served

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / ".venv" / "node_modules" / "axe-core" / "axe.min.js"
needs_chromium = pytest.mark.skipif(not found("chromium"), reason="no Chromium here; ./dev browsers installs it")
needs_firefox = pytest.mark.skipif(not found("firefox"), reason="no Firefox here; ./dev browsers installs it")
needs_axe = pytest.mark.skipif(not AXE.exists(), reason="no axe-core here; ./dev browsers takes it where npm is")
PAGES = (
    "/",
    "/new/study",
    "/new/scenario",
    "/new/dose_response",
    "/runs",
    "/claims",
    "/claims/C65",
    "/scorecard",
    "/credibility",
    "/nothing",
)
FORM = "document.querySelectorAll('#form fieldset').length > 0 || !document.querySelector('#form')"
READY = "window.osteon?.sets[0].line && osteon.sets[0].unknown.length > 0"


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("web") / "runs") as served:
        yield served


def enter(browser: Chromium | Firefox, web: Served) -> None:
    """As a person does who opens the address that is printed."""
    fresh = re.findall(r"token=(\S+)", web.log.read_text(encoding="utf-8"))[-1]
    browser.open(f"http://127.0.0.1:{web.port}/?token={fresh}")
    assert browser.until("document.querySelector('h1')?.textContent")


def at(web: Served, path: str) -> str:
    return f"http://127.0.0.1:{web.port}{path}"


@needs_chromium
@needs_axe
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (390, False), (390, True), (320, False)])
def test_axe_finds_nothing_and_nothing_is_cut(web: Served, width: int, dark: bool) -> None:
    tags = '["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]'
    with Chromium(width, 900, dark) as browser:
        enter(browser, web)
        for path in PAGES:
            browser.open(at(web, path), bypass_policy=True)
            browser.until(FORM)
            browser.evaluate(AXE.read_text(encoding="utf-8") + "; 1")
            wrong = browser.evaluate(
                f"axe.run(document, {{ runOnly: {tags} }}).then((r) => r.violations.map((v) => [v.id, v.nodes[0].html.slice(0, 160)]))"
            )
            assert wrong == [], (path, wrong)
            assert browser.evaluate("document.documentElement.scrollWidth") <= width, path
        assert [r for r in browser.requests if not r.startswith((at(web, "/"), "data:"))] == []


@needs_chromium
def test_a_fault_stands_at_its_field_and_a_run_is_started_by_clicks(web: Served) -> None:
    with Chromium() as browser:
        enter(browser, web)
        browser.open(at(web, "/new/study"))
        browser.until(FORM)
        dose = """document.querySelector('[data-path=\\'["arm",1,"regimen",0,"dose"]\\']')"""
        write = "(e, v) => { e.value = v; e.dispatchEvent(new Event('input')); }"
        browser.evaluate(f"({write})({dose}, '60')")
        browser.evaluate("document.getElementById('start').click()")
        assert browser.until(f"{dose}.getAttribute('aria-invalid') === 'true'")
        said = browser.evaluate(
            f"document.getElementById({dose}.getAttribute('aria-describedby').split(' ')[1]).textContent"
        )
        assert "no unit" in said and "60 mg" in said
        assert browser.evaluate(f"document.activeElement === {dose}")
        browser.evaluate(f"({write})({dose}, '60 mg')")
        browser.evaluate("document.getElementById('patients').value = '4'; document.getElementById('start').click()")
        browser.until("location.pathname.startsWith('/runs/')")
        browser.until(
            "document.querySelector('[data-alone] .badge')?.textContent.includes('finished') && !!document.querySelector('table')"
        )
        assert "total hip BMD" in browser.evaluate("document.querySelector('tbody th').textContent")
        assert [f for f in browser.faults if "422" not in f] == []


@needs_chromium
def test_a_form_is_written_and_read_as_a_file(web: Served) -> None:
    with Chromium() as browser:
        enter(browser, web)
        browser.open(at(web, "/new/scenario"))
        browser.until(
            "document.getElementById('text')?.value.includes('denosumab') && !!document.querySelector('#now table')"
        )
        text = browser.evaluate("document.getElementById('text').value").replace("60 mg", "120 mg")
        browser.evaluate(
            f"document.getElementById('text').value = {json.dumps(text)}; document.getElementById('read').click()"
        )
        browser.until("""document.querySelector('[data-path=\\'["regimen",0,"dose"]\\']').value === '120 mg'""")
        browser.evaluate(
            "document.getElementById('text').value = 'format = 1\\nx = ['; document.getElementById('read').click()"
        )
        browser.until("document.getElementById('faults').textContent.includes('TOML')")


@needs_chromium
def test_only_the_newest_answer_is_shown(web: Served) -> None:
    with Chromium() as browser:
        enter(browser, web)
        browser.open(at(web, "/new/scenario"))
        browser.until("!!document.querySelector('#now table')")
        age = """document.querySelector('[data-path=\\'["person","age"]\\']')"""
        for years in range(60, 81):
            browser.evaluate(f"{age}.value = '{years} years'; {age}.dispatchEvent(new Event('input'))")
        browser.until("document.getElementById('now').textContent.includes('woman of 80')")
        time.sleep(1)
        assert "woman of 80" in browser.evaluate("document.getElementById('now').textContent")


@needs_chromium
def test_claims_are_found_by_words(web: Served) -> None:
    with Chromium() as browser:
        enter(browser, web)
        browser.open(at(web, "/claims"))
        browser.until("document.getElementById('count').textContent.includes('statements')")
        every = browser.evaluate("document.querySelectorAll('#claims tbody tr:not([hidden])').length")
        browser.evaluate(
            "(() => { const e = document.getElementById('words'); e.value = 'denosumab rankl'; e.dispatchEvent(new Event('input', { bubbles: true })); })()"
        )
        few = browser.evaluate(
            "[...document.querySelectorAll('#claims tbody tr:not([hidden])')].map((r) => r.textContent)"
        )
        assert 0 < len(few) < every and all("denosumab" in t.lower() and "rankl" in t.lower() for t in few)


@pytest.mark.parametrize(
    "kind", [pytest.param(Chromium, marks=needs_chromium), pytest.param(Firefox, marks=needs_firefox)]
)
def test_the_living_page_computes_in_its_sandbox(web: Served, kind: type) -> None:
    with kind() as browser:
        enter(browser, web)
        browser.open(at(web, "/page"))
        browser.until(READY)
        assert "woman of 66" in browser.evaluate("document.querySelector('#say').textContent")
        assert browser.evaluate("self.origin") == "null", "of another origin than our pages"
        browser.evaluate("osteon.set((s) => { s.person.age = 71; })")
        browser.until("document.querySelector('#say').textContent.includes('woman of 71')")
        assert browser.evaluate("document.querySelector('header a').getAttribute('href')") == "/"
        if kind is Chromium:
            assert browser.faults == []
