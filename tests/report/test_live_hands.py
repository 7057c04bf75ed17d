"""The page under real hands: keys alone, mouse, finger, paper and files, the same in both browsers."""

import base64

import pytest
from tests.browsers import Chromium, Firefox, found

from osteon.report.live import write_live_page

READY = "window.osteon?.sets[0].line && osteon.sets[0].unknown.length > 0"
END = "(() => { const b = document.querySelector('[data-bar=\"0-until\"]'); b.scrollIntoView({ block: 'center' }); const r = b.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()"
KINDS = [
    pytest.param(k, marks=pytest.mark.skipif(not found(n), reason=f"no {n} here; ./dev browsers installs it"), id=n)
    for k, n in ((Chromium, "chromium"), (Firefox, "firefox"))
]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return write_live_page(tmp_path_factory.mktemp("page") / "page.html", drugs=["denosumab", "zoledronate"])


@pytest.fixture(scope="module", params=KINDS)
def browser(request, page):
    with request.param() as opened:
        yield opened


@pytest.fixture(autouse=True)
def fresh(browser, page):
    browser.size(1280, 900)
    browser.open("about:blank")
    browser.open(page.as_uri())
    browser.until(READY)


def tab_to(browser, condition, most=150):
    """Press the tab key until the focus is where it is wished."""
    for _ in range(most):
        browser.key("Tab")
        if browser.evaluate(condition):
            return
    raise AssertionError(f"{most} tabs do not lead to {condition}")


def test_keys_alone_change_age_treatment_and_screen(browser):
    tab_to(browser, "document.activeElement.dataset.slide === 'age'")
    browser.key("ArrowRight")
    browser.key("ArrowRight")
    browser.until(
        "osteon.state.person.age === 68 && document.querySelector('#say').textContent.includes('woman of 68')"
    )
    tab_to(browser, "document.activeElement.dataset.bar === '0-until'")
    browser.key("ArrowLeft", shift=True)
    browser.until("osteon.state.plans[0][0].until === 48")
    if browser.evaluate(
        "document.hasFocus()"
    ):  # Firefox without a screen says no: then nothing counts as focused in styles
        assert browser.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_screens_are_reached_by_keys(browser):
    if isinstance(browser, Firefox):
        pytest.skip("Firefox without a screen gives no focus to the page, and Enter presses nothing")
    tab_to(browser, "document.activeElement.dataset.screen === 'compare'")
    browser.key("Enter")
    browser.until("document.querySelector('[data-screen=\"compare\"]').getAttribute('aria-current') === 'page'")
    browser.until("document.querySelector('#say').textContent.includes('plan B')")


@pytest.mark.parametrize("pointer", ["mouse", "touch"])
def test_a_bar_is_drawn_out_by_mouse_and_finger(browser, pointer):
    x, y = browser.evaluate(END)
    browser.drag([(x - 10 * i, y) for i in range(7)], pointer)
    browser.until("osteon.state.plans[0][0].until < 60")
    assert browser.evaluate("osteon.state.plans[0][0].until >= 6")
    browser.until("osteon.sets[0].rested")


def test_a_slider_is_moved_by_a_finger_on_a_phone(browser):
    browser.size(390, 844)
    browser.until(
        "!document.getElementById('phonebar').hidden && document.querySelector('#phonebar input').getBoundingClientRect().width > 200"
    )
    box = browser.evaluate(
        "(() => { const r = document.querySelector('#phonebar input').getBoundingClientRect(); return [r.left, r.right, r.y + r.height / 2]; })()"
    )
    before = browser.evaluate("osteon.state.person.t_total_hip")
    middle = (box[0] + box[1]) / 2
    browser.drag([(middle, box[2]), (box[0] + 30, box[2])], "touch")
    browser.until(f"osteon.state.person.t_total_hip < {before}")
    assert browser.evaluate("document.documentElement.scrollWidth") <= 390


def test_figures_are_files(browser):
    browser.evaluate(
        "(() => { window.made = []; const make = URL.createObjectURL; URL.createObjectURL = (blob) => { made.push(blob); return make.call(URL, blob); }; HTMLAnchorElement.prototype.click = () => {}; })()"
    )
    for form, begins in (
        ("PNG", "data:image/png;base64,iVBORw0KGgo"),
        ("SVG", "<svg"),
        ("CSV", "plan,month,output,unit,value,lo90,hi90,without_drugs"),
    ):
        browser.evaluate(
            f'(() => {{ made.length = 0; document.querySelector(\'[data-figure="bmd_total_hip"] [data-take="{form}"]\').click(); }})()'
        )
        browser.until("made.length > 0")
        read = "readAsDataURL" if form == "PNG" else "readAsText"
        text = browser.evaluate(
            f"new Promise((done) => {{ const r = new FileReader(); r.onload = () => done(r.result); r.{read}(made.at(-1)); }})"
        )
        assert text.lstrip().startswith(begins), (form, text[:80])
        if form == "PNG":
            assert len(base64.b64decode(text.split(",")[1])) > 3000
        elif form == "SVG":
            assert "var(--" not in text, "it stands alone"
        else:
            assert len(text.splitlines()) == 122


def test_paper(browser):
    pdf = browser.paper()
    assert pdf.startswith(b"%PDF") and pdf.rstrip().endswith(b"%%EOF")
    assert len(pdf) > 30_000, "figures and tables are on it"
