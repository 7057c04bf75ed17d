"""Every control of the page is tried: it changes the state, the model answers, and undo takes it back."""

import pytest
from tests.browsers import Chromium, found

from osteon.inputs.scenario import read_scenario
from osteon.io import toml
from osteon.report.live import write_live_page

pytestmark = pytest.mark.skipif(not found("chromium"), reason="no Chromium here; ./dev browsers installs it")
CONTROLS = "#controls input, #controls select, #controls button:not([data-do])"
BEGIN = f"""(() => {{ window.said = []; osteon.tell = (text) => said.push(text);
  window.wait = async (holds) => {{ for (let i = 0; i < 6000 && !holds(); i++) await new Promise((f) => setTimeout(f, 10)); return holds(); }};
  window.answered = () => osteon.frame === 0 && osteon.sets[0].line?.stamp >= window.asked;
  window.whole = () => {{ const {{ ...state }} = osteon.state; return JSON.stringify(state); }};
  return document.querySelectorAll("{CONTROLS}").length; }})()"""
TRY = f"""(async (i) => {{
  osteon.rebuildAll(structuredClone(osteon.usual));
  const control = document.querySelectorAll("{CONTROLS}")[i];
  const name = Object.entries(control.dataset).map((e) => e.join("=")).join(" ") || control.id;
  said.length = 0; window.asked = osteon.computer.stamp + 1;
  const before = whole();
  const tell = (kind) => control.dispatchEvent(new Event(kind, {{ bubbles: true }}));
  if (control.disabled) return [name, "disabled", []];
  if (control.type === "checkbox") control.click();
  else if (control.tagName === "BUTTON") control.click();
  else if (control.tagName === "SELECT") {{ control.value = [...control.options].map((o) => o.value).filter((v) => v !== control.value).at(-1); tell("change"); }}
  else {{ const step = control.step === "any" || !control.step ? 1 : Number(control.step);
    const [value, least, most] = [Number(control.value || 0), Number(control.min || -Infinity), control.max === "" ? Infinity : Number(control.max)];
    control.value = value + step <= most ? Math.max(least, value + step) : value - step; tell("input"); tell("change"); }}
  const changed = await wait(() => whole() !== before) && await wait(answered);
  const finite = changed && Array.from(osteon.sets[0].line.values).every(Number.isFinite);
  return [name, changed && finite && !osteon.sets[0].line.failed[0] ? "changed" : `nothing: ${{changed}} ${{finite}}`, [...said]]; }})"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Chromium() as one:
        one.open(write_live_page(tmp_path_factory.mktemp("page") / "page.html").as_uri())
        one.until("window.osteon?.sets[0].line")
        yield one


def test_every_control_changes_the_state_and_is_answered(browser):
    browser.evaluate("osteon.show('one')")
    count = browser.evaluate(BEGIN)
    assert count > 30
    got = [browser.evaluate(f"{TRY}({i})") for i in range(count)]
    wrong = [g for g in got if g[1] not in ("changed", "disabled") or g[2]]
    assert wrong == [] and browser.faults == [], wrong
    assert sum(g[1] == "changed" for g in got) > 30


@pytest.mark.parametrize("what", ["drugs", "habits"])
def test_whatever_can_be_added_is_answered_and_is_a_file(browser, what):
    browser.evaluate("osteon.show('one')")
    browser.evaluate(BEGIN)
    control, kept = ("[data-add]", "s.plans[0]") if what == "drugs" else ("[data-habit-add]", "s.habits")
    names = browser.evaluate(f"Object.keys(osteon.about.{what})")
    assert len(names) > 5
    for name in names:
        state = browser.evaluate(
            f"""(async () => {{ const start = structuredClone(osteon.usual); start.months = 24; start.plans[0] = []; osteon.rebuildAll(start);
            said.length = 0; window.asked = osteon.computer.stamp + 1;
            const c = document.querySelector("#controls {control}"); c.value = "{name}"; c.dispatchEvent(new Event("change", {{ bubbles: true }}));
            await wait(() => answered() && osteon.sets[0].line.times.length < 40); await osteon.act("toml");
            const s = osteon.state; return [{kept}.length, Array.from(osteon.sets[0].line.values).every(Number.isFinite), osteon.copied, said.filter((t) => !t.includes("copied") && !t.includes("saved"))]; }})()"""
        )
        assert state[0] == 1 and state[1] and state[3] == [], (name, state)
        assert name in str(read_scenario(toml.parse(state[2].encode(), "scenario.toml")))


def test_undo_takes_back_one_change_after_the_other(browser):
    browser.evaluate("osteon.show('one')")
    browser.evaluate("osteon.rebuildAll(structuredClone(osteon.usual))")
    begun = browser.evaluate("JSON.stringify(osteon.state)")
    for change in (
        "document.querySelector('[data-holiday]').click()",
        "document.querySelector('[data-remove]').click()",
    ):
        at = browser.evaluate("osteon.past.at")
        browser.evaluate(change)
        browser.until(f"osteon.past.at === {at} + 1")
    assert browser.evaluate("osteon.state.plans[0].length") == 1
    browser.evaluate("document.querySelector('[data-do=\"undo\"]').click()")
    assert browser.evaluate("osteon.state.plans[0].length") == 2
    browser.evaluate("document.querySelector('[data-do=\"undo\"]').click()")
    assert browser.evaluate("JSON.stringify(osteon.state)") == begun
    browser.evaluate("document.querySelector('[data-do=\"redo\"]').click()")
    assert browser.evaluate("osteon.state.plans[0].length") == 2


def test_a_lesson_accepts_the_right_answer_alone_and_is_kept(browser, tmp_path):
    browser.evaluate("osteon.rebuildAll(structuredClone(osteon.usual))")
    browser.evaluate("osteon.show('lesson')")
    for key in browser.evaluate("osteon.about.lessons.filter((t) => t.cases.length).map((t) => t.key)"):
        browser.evaluate(f"osteon.screen.pressed(document.querySelector('[data-task=\"{key}\"]'))")
        browser.until("Object.keys(osteon.screen.results).length === osteon.screen.task.cases.length", 120)
        right, choices = browser.evaluate("[osteon.screen.judged().right, osteon.screen.task.choices.length]")
        for choice in [c for c in range(choices) if c != right] + [right]:
            browser.evaluate(f"(() => {{ delete osteon.state.answers['{key}']; osteon.screen.draw(); }})()")
            browser.evaluate(f"document.querySelector('[data-choice=\"{choice}\"]').click()")
            said = browser.evaluate("document.querySelector('#said').textContent")
            assert ("So says the model" in said) == (choice == right) and ("The model says" in said) == (
                choice != right
            ), (key, choice)
    answers = browser.evaluate("osteon.state.answers")
    link = browser.evaluate("`#${toLink(osteon.state)}`")
    page = browser.evaluate(
        "(async () => { const made = []; const make = URL.createObjectURL; URL.createObjectURL = (b) => { made.push(b); return make.call(URL, b); }; HTMLAnchorElement.prototype.click = () => {}; document.querySelector('[data-save]').click(); URL.createObjectURL = make; return made[0].text(); })()"
    )
    kept = tmp_path / "osteon-lesson.html"
    kept.write_text(page, encoding="utf-8")
    with Chromium() as other:
        for address in (kept.as_uri(), browser.evaluate("location.href.split('#')[0]") + link):
            other.open("about:blank")
            other.open(address)
            other.until("!!window.osteon?.screen")
            assert (
                other.evaluate("osteon.state.answers") == answers and other.evaluate("osteon.state.screen") == "lesson"
            )
        assert other.faults == []
