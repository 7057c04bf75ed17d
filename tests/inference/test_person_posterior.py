"""One person: every fault of a file at once, weights that follow measurements, courses, chances; coverage on simulated women."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest

import osteon as ost
from osteon.cli import main
from osteon.errors import InputError
from osteon.inference.person_posterior import (
    Seen,
    _log_likelihood,
    bank,
    chances_of,
    courses_of,
    observations,
    posterior_of,
    scenario_of,
    t_scores,
)
from osteon.inputs.person_history import read_person_history
from osteon.outcomes.assay import CV
from osteon.simulation.arm import simulate
from osteon.simulation.person import parameters_of
from osteon.simulation.run_in import specific_surface_for_t_score
from osteon.simulation.scenario import EXPLORE, case_of_values, model_of

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "person_history.toml"


def table(**changes):
    found = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    return found | changes


def test_dates_become_days_from_today():
    history = read_person_history(table())
    assert history.dxa[0].date == -740 and history.regimen[0].start == -730.5
    assert history.measured[0].number() == pytest.approx(0.55)
    seen = {s.output: s for s in observations(history)}
    assert len(seen["bmd_total_hip"].days) == 3 and seen["bmd_total_hip"].sd[0] == pytest.approx(0.012)
    assert seen["bmd_lumbar_spine"].sd[0] == pytest.approx(CV["bmd_lumbar_spine"])


def test_every_fault_of_a_file_is_told_at_once():
    wrong = table()
    wrong["dxa"] = [{"date": "10 days", "site": "total_hp", "bmd": "0.7"}, {"date": "-1 days", "site": "total_hip"}]
    wrong["measured"] = [{"date": "-5 days", "name": "ctx", "value": "0.4 mmol"}]
    wrong["option"] = [
        {"name": "a"},
        {"name": "a", "regimen": [dict(wrong["option"][1]["regimen"][0], **{"from": "-3 months"})]},
    ]
    wrong["person"] = {**wrong["person"], "baseline": {"t_total_hip": -2.0}}
    with pytest.raises(InputError) as told:
        read_person_history(wrong)
    text = "\n".join(f.sentence() for f in told.value.faults)
    for part in (
        "-40000 to 0 days",
        "total_hip",
        "no unit",
        "either bmd or t_score",
        "stands twice",
        "begins today",
        "has no date",
    ):
        assert part in text, (part, text)
    again = table(fracture=[{"date": "2024-10-05", "kind": "hip"}], today="2026-11-30")
    again["regimen"] = [dict(again["regimen"][0], **{"from": "2025-11-30", "until": "2026-10-31"})]
    assert (read_person_history(again).fracture[0].date, read_person_history(again).regimen[0].start) == (-786, -365)
    with pytest.raises(InputError, match="which day is month 0"):
        read_person_history(table(today="yesterday"))


def test_a_shared_offset_is_integrated_out():
    s = Seen("ctx", np.array([-100.0, 0.0]), np.log([0.4, 0.2]), np.array([0.1, 0.1]), 0.3)
    shown = np.array([[0.4, 0.2], [0.5, 0.25], [0.4, 0.4]])
    covariance = np.diag(s.sd**2) + s.shared**2
    for i, row in enumerate(shown):
        gap = s.log - np.log(row)
        assert _log_likelihood(s, shown)[i] == pytest.approx(-0.5 * gap @ np.linalg.solve(covariance, gap))


@pytest.fixture(scope="module")
def found():
    return posterior_of(read_person_history(table()), most=512)


def test_measurements_narrow_what_they_are_about(found):
    w = found.weights.weight
    scale = found.values["turnover_scale"]
    mean = (w * scale).sum()
    assert np.sqrt((w * (scale - mean) ** 2).sum()) < 0.7 * scale.std()
    assert found.weights.effective > 20 and w.sum() == pytest.approx(1) and 0 <= found.surprise <= 1


def test_what_the_file_tells_is_hers_in_every_member(found):
    assert not {"age_at_start", "body_weight", "menopause_age", "vitamin_d_supply"} & set(found.values)


def test_courses_begin_at_one_level_and_chances_are_chances(found):
    courses = courses_of(found, count=32)
    starts = np.stack([c.curves["bmd_total_hip"][:, 0] for c in courses])
    assert np.allclose(starts, starts[0], rtol=1e-4)
    assert abs(np.log(np.median(starts) / 0.733)) < 0.02
    nothing, alendronate, denosumab, _ = courses
    end = {c.option: np.median(c.curves["ctx"][:, -1] / c.curves["ctx"][:, 0]) for c in courses}
    assert end[nothing.option] > end[alendronate.option] and end[denosumab.option] > end[alendronate.option]
    for row in chances_of(denosumab, found.history):
        assert 0 <= row["chance"] <= 1 and row["what"]


def test_a_member_of_the_bank_is_the_same_whoever_else_is_drawn():
    history = read_person_history(table())
    model = model_of(scenario_of(history, [], [0.0], ["ctx"]))
    few, many = bank(model, history, np.arange(4, 8), 1), bank(model, history, np.arange(16), 1)
    for name in few:
        assert np.array_equal(few[name], many[name][4:8]), name


def test_the_command_answers_and_never_advises(capsys):
    assert main(["person", str(EXAMPLE), "--members", "256", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert {"chances", "biology", "next_measurements", "evidence", "summary"} <= set(answer)
    assert "never advice" in answer["notes"][0] and answer["summary"][0]["members"] == 256
    assert {r["option"] for r in answer["rows"]} == {o["name"] for o in table()["option"]}
    assert main(["validate", str(EXAMPLE)]) == 0


def test_python_takes_a_table_and_a_file_alike():
    one, two = ost.person(EXAMPLE, members=256), ost.person(table(), members=256)
    assert one.df.equals(two.df) and len(one.chances) and one.summary["effective_draws"] > 1


def women(count, first):
    """Histories of simulated women: two years of DXA and CTX on denosumab, from members of another part of the bank, and their truth."""
    base = table(measured=[], fracture=[], dxa=[])
    base["regimen"] = [
        {
            "drug": "denosumab",
            "dose": "60 mg",
            "route": "subcutaneous",
            "every": "6 months",
            "from": "-24 months",
            "until": "-1 months",
        }
    ]
    base["option"] = [
        {"name": "on", "regimen": [dict(base["regimen"][0], **{"from": "0 months", "until": "58 months"})]}
    ]
    base["goals"] = {"horizon": "60 months"}
    plain = read_person_history(base)
    days = np.array([-24.0, -18.0, -12.0, -6.0, 0.0]) * 30.4375
    later = [0.0, 60 * 30.4375]
    scenario = scenario_of(
        plain, plain.option[0].regimen, [*days, *later], ["bmd_total_hip", "bmd_lumbar_spine", "ctx"]
    )
    model = model_of(scenario)
    values = bank(model, plain, np.arange(first, first + count), 1)
    values |= specific_surface_for_t_score(
        parameters_of(plain.person) | values, {"total_hip": -1.8, "lumbar_spine": -2.4}, count, EXPLORE
    )
    case = case_of_values(scenario, values, count, EXPLORE, hers=set(values))
    got = simulate(case, sorted({*days, *later}), ["bmd_total_hip", "bmd_lumbar_spine", "ctx"], EXPLORE)
    rng = np.random.default_rng(11)
    histories, truth = [], []
    for i in range(count):
        own = dict(base)
        levels = {"total_hip": 0.725, "lumbar_spine": 0.78}
        own["dxa"] = []
        for site, level in levels.items():
            curve = got.of(f"bmd_{site}")[i]
            for t in (0, 2, 4):
                noise = np.exp(CV[f"bmd_{site}"] * rng.standard_normal())
                own["dxa"].append(
                    {
                        "date": f"{days[t]:.0f} days",
                        "site": site,
                        "bmd": f"{level * curve[t] / curve[4] * noise:.5f} g/cm^2",
                    }
                )
        ctx = got.of("ctx")[i] * np.exp(0.1 * rng.standard_normal())
        own["measured"] = [
            {
                "date": f"{days[t]:.0f} days",
                "name": "ctx",
                "value": f"{ctx[t] * np.exp(CV['ctx'] * rng.standard_normal()):.5f} ug/L",
            }
            for t in (0, 1, 2, 4)
        ]
        histories.append(read_person_history(own))
        hip = got.of("bmd_total_hip")[i]
        truth.append(100 * (hip[-1] / hip[4] - 1))
    return histories, np.array(truth)


def covered(count, first=5000, most=1024):
    """Share of simulated women whose 60-month change of the hip lies in her 90 % interval; correlation of median and truth."""
    histories, truth = women(count, first)
    inside, medians = 0, []
    for history, true in zip(histories, truth, strict=True):
        (course,) = courses_of(posterior_of(history, most=most))
        hip = course.curves["bmd_total_hip"]
        change = 100 * (hip[:, -1] / hip[:, 0] - 1)
        low, middle, high = np.quantile(change, [0.05, 0.5, 0.95])
        inside += low <= true <= high
        medians.append(middle)
    return inside / count, float(np.corrcoef(medians, truth)[0, 1])


@pytest.mark.slow
def test_intervals_of_simulated_women_hold_what_they_say():
    share, correlation = covered(60)
    assert 0.78 <= share <= 0.98  # 90 % of 60: three standard errors
    assert correlation > 0.3
    assert t_scores(women(1, 9000)[0][0])["total_hip"] < 0
