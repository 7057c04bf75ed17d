"""One arm ready to run: everybody meets the T-score of month 0, whatever was taken before; a case reads as a timeline."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from osteon.evidence import load_cohort
from osteon.inputs import read_scenario
from osteon.model import Regimen
from osteon.outcomes.bmd import REFERENCE
from osteon.population import sample
from osteon.replication.published import Arm, regimens_of
from osteon.replication.trials import _people
from osteon.simulation.arm import at_month_zero, prepare, simulate
from osteon.simulation.assembly import human_model
from osteon.simulation.scenario import case_of
from osteon.simulation.treatment import Subjects, Treatment

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
ALENDRONATE = Regimen("alendronate", "oral", 70.0, start=-730.5, every=7.0, until=0.0)


def test_t_scores_of_month_zero_are_met_with_the_drugs_before_it():
    model = human_model({"alendronate"})
    wanted = np.array([-2.5, -1.0])
    women = Subjects(2, {"age_at_start": 66.0, "menopause_age": 50.0}, {"total_hip": wanted})
    case = prepare(Treatment("before", (ALENDRONATE,)), women, model, 365.0)
    mean, sd = REFERENCE["total_hip"]
    np.testing.assert_allclose(at_month_zero(case, ["bmd_total_hip"])["bmd_total_hip"], mean + sd * wanted, rtol=1e-9)
    assert case.begin == -730.5 and case.n == 2


def test_women_of_stand_start_at_the_t_score_they_were_drawn_with():
    """They took alendronate for years before month 0; left out of the match they started 2.8 % above it at the hip."""
    cohort = load_cohort("stand")
    arm = Arm(cohort, cohort.arms[0].name, regimens_of("STAND", cohort.arms[0].name), ())
    women = sample(cohort.population, human_model(), 8, 1)
    assert arm.begin < 0
    values, failed = _people(arm, women, [0.0], ["bmd_total_hip"], 1)
    mean, sd = REFERENCE["total_hip"]
    assert failed == 0
    np.testing.assert_allclose(values["bmd_total_hip"][:, 0], mean + sd * women.covariates["t_total_hip"], rtol=1e-9)


def test_an_untreated_arm_equals_its_model_alone():
    model = human_model()
    woman = {"age_at_start": 60.0, "menopause_age": 50.0}
    case = prepare(Treatment(), Subjects(1, woman), model, 100.0)
    got = simulate(case, [0.0, 100.0], ["bmd_total_hip"])
    assert got.values.shape == (1, 2, 1) and got.of("bmd_total_hip")[0, 1] < got.of("bmd_total_hip")[0, 0]


@pytest.fixture
def scenario():
    return read_scenario({
        "format": 1,
        "person": {"sex": "female", "age": "66 years"},
        "regimen": [{"drug": "denosumab", "dose": "60 mg", "route": "subcutaneous", "every": "6 months", "until": "18 months"}],
        "habit": [{"name": "exercise", "kind": "resistance", "from": "3 months"}],
        "override": [{"parameter": "denosumab_kint", "factor": 0.5}],
        "output": {"end": "24 months", "of": ["bmd_total_hip"]},
    })  # fmt: skip


def test_a_case_prints_as_a_timeline(scenario):
    text = repr(case_of(scenario))
    assert text.splitlines()[0] == "Who      woman of 66"
    assert "denosumab 60 mg subcutaneous every 6 months, month 0 to month 12: 3 doses" in text
    assert "exercise resistance, from month 3" in text and "denosumab_kint x 0.5" in text
    assert len(text) < 1000


def test_the_life_before_month_0_follows_the_tolerance_that_is_asked():
    raw = tomllib.loads((EXAMPLES / "scenario_woman.toml").read_text(encoding="utf-8"))
    scenario = read_scenario(raw | {"output": raw["output"] | {"draws": 0}})
    usual, tight, tighter = (case_of(scenario, rtol=r).states for r in (1e-6, 1e-9, 1e-11))
    size = np.abs(tighter) + 1e-9
    off = [float(np.max(np.abs(s - tighter) / size)) for s in (usual, tight)]
    assert off[1] < 1e-7 and off[0] > 10 * off[1]
    assert np.array_equal(case_of(scenario, rtol=1e-6).states, case_of(scenario).states)
