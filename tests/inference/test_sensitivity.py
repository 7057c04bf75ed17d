"""Sensitivity: stated priors, ranks that are what moves the output, lanes that carry draws, a stopped analysis that goes on."""

import json

import numpy as np
import pytest

import osteon as ost
from osteon.cli import main
from osteon.errors import InputError
from osteon.inference import sensitivity as engine
from osteon.inference.priors import Prior, prior_of, priors_of, values_at
from osteon.inference.sensitivity import analyse, assumed_that_matter
from osteon.inference.sensitivity_subjects import LookedAt, Subject, subject_of_file
from osteon.interventions import CARDS
from osteon.model import LogNormal, Parameter
from osteon.simulation.assembly import human_model
from osteon.simulation.fits import joined

WOMAN = """
format = 1
[person]
age = "66 years"
[person.baseline]
t_total_hip = -2.0
[[regimen]]
drug = "denosumab"
dose = "60 mg"
route = "subcutaneous"
every = "6 months"
[output]
end = "12 months"
at = "6 months"
of = ["bmd_total_hip", "ctx"]
as = "percent_change"
"""


def toy(evaluate, count=3):
    numbers = [Parameter(f"x{i}", 1.0, "1", "assumed", "assumed") for i in range(count)]
    priors = tuple(Prior(p, LogNormal(1.5), "test") for p in numbers)
    return Subject("toy", "scenario", (LookedAt("y", "", 0.0, "1"),), priors, evaluate)


def product(values, n):
    x = [values.get(f"x{i}", np.ones(n)) for i in range(3)]
    return (x[0] ** 2 * x[1] ** -0.5 + 0 * x[2])[:, None]


def test_every_prior_is_finite_rising_and_inside_its_bounds():
    priors = priors_of(human_model(CARDS), ("fitted", "assumed", "derived", "measured"))
    u = np.array([1e-9, 0.05, 0.5, 0.95, 1 - 1e-9])
    assert len(priors) > 200
    for p in priors:
        values = p.at(u)
        low, high = p.parameter.bounds or (-np.inf, np.inf)
        assert np.isfinite(values).all() and (np.diff(values) >= 0).all() and values[3] > values[1], p.name
        assert values.min() >= low and values.max() <= high, p.name
        assert p.basis in p.words()


def test_a_prior_is_what_is_written_then_the_posterior_then_a_rule():
    model = human_model(CARDS)
    fit = joined()
    name = fit.names[0]
    assert prior_of(model.parameters[name]).basis == "posterior of the shipped fit"
    written = next(p for p in model.parameters.values() if p.uncertainty is not None and p.kind != "fitted")
    assert prior_of(written).spread is written.uncertainty
    assert (
        prior_of(model.parameters["age_at_start"]) is None
        and prior_of(Parameter("off", 0.0, "1", "assumed", "assumed")) is None
    )
    sourced, bare = (prior_of(Parameter("k", 2.0, "1/day", "assumed", s)) for s in ("frost1987", "assumed"))
    assert sourced.spread.gsd < bare.spread.gsd


def test_elasticities_of_a_power_law_are_its_exponents():
    found = {e.parameter: e for e in analyse(toy(product)).effects}
    assert found["x0"].elasticity == pytest.approx(2.0, abs=1e-3)
    assert found["x1"].elasticity == pytest.approx(-0.5, abs=1e-3)
    assert found["x2"].low == found["x2"].high and found["x2"].rank == 3 and found["x0"].rank == 1


@pytest.mark.parametrize("method", ["morris", "sobol", "shapley"])
def test_global_measures_rank_a_power_law_and_give_nothing_to_what_does_nothing(method):
    samples = {"morris": 10, "sobol": 1024, "shapley": 8192}[method]
    found = {e.parameter: e for e in analyse(toy(product), method, samples).effects}
    size = {n: engine.size_of(e) for n, e in found.items()}
    assert size["x0"] > size["x1"] > size["x2"] and abs(size["x2"]) < 0.02
    if method != "morris":
        logs = {"x0": (2 * np.log(1.5)) ** 2, "x1": (0.5 * np.log(1.5)) ** 2}
        e = {n: np.expm1(v) for n, v in logs.items()}  # variance of a log-normal factor over its squared mean
        whole = (1 + e["x0"]) * (1 + e["x1"]) - 1
        total = {n: e[n] * (1 + e["x1" if n == "x0" else "x0"]) / whole for n in e}
        assert found["x0"].total == pytest.approx(total["x0"], abs=0.12)


def test_what_a_screen_leaves_out_is_said():
    notes = analyse(toy(product), "sobol", 64, top=2).notes
    assert any("2 of 3 numbers" in n and "at most 0.0%" in n for n in notes)


def test_a_failed_lane_is_counted_and_costs_its_own_number_alone():
    def breaking(values, n):
        y = product(values, n)
        return np.where(values.get("x1", np.ones(n))[:, None] > 1.9, np.nan, y)

    found = analyse(toy(breaking))
    effects = {e.parameter: e for e in found.effects}
    assert found.failed == 1 and effects["x1"].high is None and effects["x0"].high is not None
    assert any("1 of" in n and "failed" in n for n in found.notes)


def test_a_stopped_analysis_goes_on_and_another_one_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "BLOCK", 8)
    count = {"n": 0}

    def stopping(values, n):
        count["n"] += 1
        if count["n"] == 5:
            raise KeyboardInterrupt
        return product(values, n)

    with pytest.raises(KeyboardInterrupt):
        analyse(toy(stopping), "morris", folder=tmp_path)
    before = count["n"]
    again = analyse(toy(stopping), "morris", folder=tmp_path)
    assert again.effects == analyse(toy(product), "morris").effects
    whole = 2 + -(-40 // 8)  # the design's mark, the typical lane, the trajectories
    assert count["n"] - before < whole
    with pytest.raises(InputError, match="another analysis"):
        analyse(toy(product), "local", folder=tmp_path)


def test_lanes_of_a_scenario_are_the_scenario_with_other_values(tmp_path):
    file = tmp_path / "woman.toml"
    file.write_text(WOMAN, encoding="utf-8")
    subject = subject_of_file(file)
    name = "denosumab_effect_kd"
    lanes = subject.evaluate({name: np.array([2.0, 8.0])}, 2)
    for value, lane in zip((2.0, 8.0), lanes, strict=True):
        df = ost.simulate(str(file), values={name: value}, draws=0).df
        alone = df[(df.month > 11)].set_index("output").value
        assert lane[0] == pytest.approx(alone["bmd_total_hip"], abs=2e-3)
        assert lane[1] == pytest.approx(alone["ctx"], abs=2e-2)


def test_the_command_ranks_and_writes_page_and_tables(tmp_path, capsys):
    file = tmp_path / "woman.toml"
    file.write_text(WOMAN, encoding="utf-8")
    out = tmp_path / "out"
    words = [
        "sensitivity",
        str(file),
        "--parameters",
        "denosumab_effect_kd,denosumab_cl,rankl_oestrogen",
        "--kinds",
        "",
    ]
    assert main([*words, "--out", str(out), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    rows = [r for r in answer["rows"] if r["output"] == "ctx"]
    assert [r["rank"] for r in rows] == [1, 2, 3] and {r["prior"] for r in rows}
    assert (out / "sensitivity.html").is_file() and (out / "sensitivity.csv").is_file()
    assert main(["sensitivity", str(file), "--output", "cxt", "--json"]) == 2
    assert "Did you mean 'ctx'" in json.loads(capsys.readouterr().out)["errors"][0]["message"]
    assert main(["sensitivity", str(file), "--method", "sobol", "--samples", "100"]) == 2
    assert "power of two" in capsys.readouterr().err
    assert main(["sensitivity", str(file), "--kinds", "assummed"]) == 2
    assert main(["sensitivity", str(file), "--parameters", "denosumab_effect_k"]) == 2
    assert "denosumab_effect_kd" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("name", ["scenario_rat_cells", "study", "uc_msc_vs_denosumab", "msc_dose_surface"])
def test_studies_animals_and_dose_response_files_are_subjects(name):
    subject = subject_of_file(f"examples/{name}.toml", kinds=("assumed",))
    found = analyse(subject.only([p.name for p in subject.priors[:6]]))
    assert found.failed == 0 and all(e.typical is not None for e in found.effects)


@pytest.mark.slow
def test_shares_of_a_scenario_add_up_whatever_the_method(tmp_path):
    file = tmp_path / "woman.toml"
    file.write_text(WOMAN, encoding="utf-8")
    subject = subject_of_file(file).choose(["bmd_total_hip"])
    found = analyse(subject, "shapley", 128, top=4)
    assert sum(e.shapley for e in found.effects) == pytest.approx(1.0, abs=0.15)
    first = [e.parameter for e in analyse(subject).effects[:4]]
    assert {e.parameter for e in found.effects} & set(first) and assumed_that_matter(found)


def test_places_become_values_by_name():
    subject = toy(product)
    values = values_at(subject.priors, np.full((2, 3), 0.5))
    assert set(values) == {"x0", "x1", "x2"} and np.allclose(values["x0"], 1.0)
