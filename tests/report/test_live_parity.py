"""The model in a browser is the model: any scenario, the same numbers as natively; every browser, the same bits."""

import json

import numpy as np
import pytest
from tests.browsers import Chromium, Firefox, found
from tests.report.random_scenarios import OUTPUTS, tables

from osteon.inputs.scenario import read_scenario
from osteon.report.live import CORE, packed, script
from osteon.simulation.portable import portable_model, portable_scenario
from osteon.simulation.scenario import simulate_scenario
from osteon.units import DAYS_PER_MONTH

CLOSE = 1e-9
SCENARIOS = 100
BATCH = 10

needs_chromium = pytest.mark.skipif(not found("chromium"), reason="no Chromium here; ./dev browsers installs it")
needs_firefox = pytest.mark.skipif(not found("firefox"), reason="no Firefox here; ./dev browsers installs it")

ASK = """
async (scenarios, options) => {
  const digest = async (values) => {
    const found = new Uint8Array(await crypto.subtle.digest("SHA-256", values));
    return Array.from(found, (byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  const answers = [];
  for (const scenario of scenarios) {
    const got = simulate(engine, scenario, options);
    const values = options.whole ? Array.from(got.values) : null;
    answers.push({ times: got.times, values, hash: await digest(got.values), failed: got.failed });
  }
  return answers;
}
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    file = tmp_path_factory.mktemp("core") / "core.html"
    begin = f"let engine; compiled({json.dumps(packed(portable_model()))})"
    file.write_text(
        f"<!doctype html><meta charset=utf-8><script>{script(CORE)}\n{begin}.then((c) => {{ engine = engineOf(c); }});</script>"
    )
    return file.as_uri()


def answers(browser, address, scenarios, **options):
    browser.open(address)
    browser.until("typeof engine !== 'undefined' && !!engine")
    found = []
    for first in range(0, len(scenarios), BATCH):
        batch = json.dumps([portable_scenario(s) for s in scenarios[first : first + BATCH]])
        found += browser.evaluate(f"({ASK})({batch}, {json.dumps(options)})")
    return found


def distance(answer, scenario, rows, key="value", pick=None):
    """Largest relative difference of a scenario's rows; of T-scores, a difference."""
    names, times = portable_model().data["outputs"], np.array(answer["times"])
    draws = len(answer["failed"])
    values = np.array(answer["values"]).reshape(draws, len(times), len(names))
    picked = values[0] if pick is None else pick(values[1:])
    worst = 0.0
    for row in rows:
        at = int(np.argmin(np.abs(times - row["months"] * DAYS_PER_MONTH)))
        here = picked[at, names.index(row["output"])]
        size = max(1.0, abs(row[key])) if row["output"].startswith("t_") else abs(row[key])
        worst = max(worst, abs(here - row[key]) / size)
    return worst


@needs_chromium
def test_a_hundred_scenarios_give_the_native_numbers(page):
    scenarios = [read_scenario(t) for t in tables(SCENARIOS, seed=20261130)]
    with Chromium() as browser:
        got = answers(browser, page, scenarios, rtol=1e-6, whole=True)
        assert browser.faults == []
    far = {}
    for i, (answer, scenario) in enumerate(zip(got, scenarios, strict=True)):
        far[i] = distance(answer, scenario, simulate_scenario(scenario, full=True).rows)
    worst = max(far, key=lambda i: far[i])
    assert far[worst] <= CLOSE, (worst, far[worst], scenarios[worst].model_dump_json())
    assert not any(f for a in got for f in a["failed"])


@needs_chromium
def test_intervals_are_those_of_the_same_draws(page):
    scenarios = [read_scenario(t) for t in tables(2, seed=4, end=24, draws=8)]
    with Chromium() as browser:
        got = answers(browser, page, scenarios, rtol=1e-6, whole=True, draws=list(range(9)))
    for answer, scenario in zip(got, scenarios, strict=True):
        rows = simulate_scenario(scenario, full=True).rows
        for key, share in (("lo90", 0.05), ("hi90", 0.95)):
            assert distance(answer, scenario, rows, key, lambda v, q=share: np.quantile(v, q, axis=0)) <= CLOSE


@needs_chromium
@needs_firefox
def test_both_browsers_give_the_same_bits(page):
    scenarios = [read_scenario(t) for t in tables(16, seed=11, end=24)]
    bits = []
    for start in (Chromium, Firefox):
        with start() as browser:
            bits.append([a["hash"] for a in answers(browser, page, scenarios, rtol=1e-6, draws=[0, 3])])
    assert bits[0] == bits[1]


@needs_chromium
def test_draws_do_not_depend_on_who_is_beside_them(page):
    scenario = [read_scenario(tables(1, seed=5, end=24)[0])]
    width = len(portable_model().data["outputs"])
    with Chromium() as browser:
        together = answers(browser, page, scenario, rtol=1e-4, whole=True, draws=[0, 1, 2, 3, 4])[0]
        alone = answers(browser, page, scenario, rtol=1e-4, whole=True, draws=[3])[0]
        again = answers(browser, page, scenario, rtol=1e-4, whole=True, draws=[0, 1, 2, 3, 4])[0]
    part = np.array(together["values"]).reshape(5, -1, width)[3]
    assert np.array_equal(part, np.array(alone["values"]).reshape(-1, width)) and together["hash"] == again["hash"]


@needs_chromium
def test_a_sketch_is_within_a_percent(page):
    drawn = [t for t in tables(12, seed=8, end=24) if not {"stop_when", "hold_when"} & set().union(*t["regimen"])]
    scenarios = [read_scenario(t) for t in drawn]
    names = portable_model().data["outputs"]
    with Chromium() as browser:
        exact, sketch = (answers(browser, page, scenarios, rtol=rtol, whole=True) for rtol in (1e-6, 1e-4))
    for one, other, scenario in zip(exact, sketch, scenarios, strict=True):
        a, b = (np.array(x["values"]).reshape(-1, len(names)) for x in (one, other))
        for name in OUTPUTS:
            i = names.index(name)
            size = 1.0 if name.startswith("t_") else np.abs(a[:, i]).max()
            assert np.abs(a[:, i] - b[:, i]).max() <= 0.01 * size, (name, scenario.model_dump_json())


def test_outputs_of_the_page_are_outputs_of_the_command():
    assert set(OUTPUTS) <= set(portable_model().data["outputs"])
