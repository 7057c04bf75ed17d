"""Claims about fractures: they hold on the model, and none would hold if hazards knew neither bone nor weight."""

import pytest

from osteon.checks import fractures as room
from osteon.checks.claims import CHECKED
from osteon.checks.fractures import FRACTURE_CHECKS, replayed
from osteon.checks.lab import OUTPUTS, SimulatedValues, observe
from osteon.checks.verdict import verdict


@pytest.fixture(scope="module")
def seen():
    return observe([run for check in FRACTURE_CHECKS for run in check.runs.values()])


@pytest.mark.parametrize("check", FRACTURE_CHECKS, ids=lambda c: c.id)
def test_a_claim_holds(check, seen):
    told = check.judge({name: seen[run] for name, run in check.runs.items()})
    assert verdict(told) == "holds", [p.words for p in told]
    assert CHECKED[check.id] is check


@pytest.mark.parametrize("id", ["C31", "C58"])
def test_a_claim_fails_where_nothing_changes_a_hazard(id, seen):
    check = CHECKED[id]
    still = {}
    for name, run in check.runs.items():
        values = seen[run].values.copy()
        for k, output in enumerate(OUTPUTS):
            values[:, k] = 0.01 if output.startswith("hazard_") else values[:, k]
        still[name] = SimulatedValues(values)
    assert verdict(check.judge(still)) == "fails"


def test_the_numbers_of_freedom_fail_where_denosumab_does_nothing(monkeypatch):
    nothing = {"simulated": 1.0, "lo90": 0.8, "hi90": 1.25, "comparator": "placebo", "published": 0.3}
    monkeypatch.setattr(room, "_ratio", lambda *_: nothing)
    assert verdict(CHECKED["C66"].judge({})) == "fails"
    assert not replayed("VERO", "fracture_vertebral", "teriparatide", most=1.0).holds
