"""Old names of quantities stay accepted in files and in Python: the same rows under today's names."""

import pytest

import osteon as ost
from osteon.inputs import read_scenario
from osteon.inputs.aliases import current_name
from osteon.simulation.assembly import full_model

OLD = {
    "seen_mass_lumbar_spine": "projected_mass_lumbar_spine",
    "calcitriol_seen": "calcitriol_exposure",
    "mineral_found": "mineralised_fraction",
    "phosphate_kept": "tmp_gfr",
    "osteoclast_poison": "osteoclast_apoptosis_drive",
    "alendronate_poison": "alendronate_osteoclast_effect",
}
TABLE = {"format": 1, "person": {"age": "66 years"}, "output": {"end": "2 months", "of": ["bmd_total_hip"]}}


def test_an_old_name_is_read_as_the_one_of_today():
    asked = {**TABLE, "output": {"end": "2 months", "of": list(OLD)}}
    assert list(read_scenario(asked).output.of) == list(OLD.values())
    assert current_name("told") == "host_response" and current_name("told_femur_left") == "host_response_femur_left"
    assert current_name("antigen_seen") == "antigen_exposure" and current_name("kept_in_lung") == "lung_death_share"


def test_names_of_today_are_those_of_the_model():
    model = full_model()
    known = {*model.outputs, *model.parameters, *(s for s in model.states)}
    assert not [n for n in OLD.values() if n not in known], "an alias that leads nowhere"
    assert not [n for n in OLD if n in known], "an old name that is still there"


@pytest.mark.parametrize("old", ["mineral_want", "mineral_deficit"])
def test_an_override_by_its_old_name_does_the_same(old):
    def rows(name):
        table = {**TABLE, "output": {"end": "6 months", "of": ["mineral_found"]}}
        return ost.simulate({**table, "override": [{"parameter": name, "factor": 3.0, "from": "1 month"}]}).rows

    assert rows(old) == rows("mineral_deficit") != rows("calcium_intake")


def test_a_value_by_its_old_name_in_python():
    assert ost.model().with_values(mineral_want=0.03).values == {"mineral_deficit": 0.03}
