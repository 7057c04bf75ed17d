"""Published harms stand beside simulated ones; what went into the table is marked; nothing else is used than safety rows."""

import pytest

from osteon.evidence import load_cohort, load_measurements
from osteon.replication.safety import harm_of, inputs, safety_rows

MISSED: set[str] = set()


@pytest.fixture(scope="module")
def rows():
    found = {}
    for name in ("arch", "loft", "horizon", "freedom"):
        cohort = load_cohort(name)
        given = load_measurements(cohort=cohort.id, include_unverified=True)
        found |= {r["id"]: r for r in safety_rows(cohort, given, 1)}
    return found


def test_every_published_harm_of_an_arm_that_runs_has_a_row(rows):
    assert {r["role"] for r in rows.values()} == {"safety"}
    assert {r["endpoint"] for r in rows.values()} >= {
        "mace",
        "serious_cv_event",
        "stroke",
        "onj",
        "acute_phase_reaction",
    }
    for r in rows.values():
        assert r["lo90"] < r["simulated"] < r["hi90"]


def test_inputs_are_marked_and_are_safety_rows(rows):
    ids = {m.id: m.role for m in load_measurements(include_unverified=True)}
    assert {ids[i] for i in inputs()} == {"safety"}
    assert rows["arch/romosozumab/mace/12/hr"]["used"] == "input"
    assert rows["arch/romosozumab/serious_cv_event/12/or"]["used"] == "same trial"


def test_figures_that_were_not_used_lie_in_the_interval(rows):
    checks = [r for r in rows.values() if r["used"] != "input"]
    assert len(checks) >= 3
    assert {r["id"] for r in checks if not r["inside"]} == MISSED


def test_an_arm_without_the_drug_has_no_ratio_from_it(rows):
    alendronate = rows["arch/alendronate/mace/12/cum_incidence_pct"]["simulated"]
    romosozumab = rows["arch/romosozumab/mace/12/cum_incidence_pct"]["simulated"]
    assert romosozumab / alendronate == pytest.approx(rows["arch/romosozumab/mace/12/hr"]["simulated"], rel=0.02)


def test_an_endpoint_finds_its_harm():
    assert harm_of("serious_af").name == "atrial_fibrillation" and harm_of("bmd_total_hip") is None
