"""Species: one biology on other clocks, sites that stand still in the adult, gaps that heal or do not, strains."""

import numpy as np
import pytest

from osteon.biology.species import (
    animal_modules,
    body_of,
    condition_values,
    lean_of_strain,
    site_figure,
    starting_values,
    strain_turnover,
)
from osteon.engine import Events, Schedule, simulate
from osteon.engine.simulate import initial_states, parameter_matrix
from osteon.errors import InputError
from osteon.inputs.names import ANIMAL_SPECIES, CONDITIONS
from osteon.model import assemble
from osteon.outcomes.animal_markers import animal_markers


def _animal(species, *sites):
    return assemble(*animal_modules(species, sites), animal_markers(body_of(species).clock))


def _run(model, of, days, parameters=None, begin=0.0, late=None):
    """Outputs at `days`; late: parameters set on day 0."""
    given = parameters or {}
    states = initial_states(model, parameter_matrix(model, given, 1))
    schedule = Schedule()
    for name, value in (late or {}).items():
        schedule.set_parameter(0.0, name, value)
    times = np.unique([begin, *days])
    got = simulate(model, given, n=1, times=times, outputs=of, start=begin, events=Events((schedule,)), initial=states)
    assert not got.failed[0]
    kept = np.searchsorted(times, days)
    return {name: got.values[0, kept, k] for k, name in enumerate(of)}


@pytest.mark.parametrize("species", ANIMAL_SPECIES)
def test_the_adult_of_every_species_stands_still_and_a_little_less_opg_moves_it(species):
    sites = ("femur_left", "lumbar_spine", "mandible")
    model = _animal(species, *sites)
    of = ["ctx", "p1np", *(f"bvtv_{s}" for s in sites), *(f"bmd_{s}" for s in sites)]
    still = {"age_at_start": 30.0, "ageing_pace": 0.0}
    got = _run(model, of, (0.0, 30.0), still)
    assert all(abs(v[1] / v[0] - 1) < 1e-8 for v in got.values())
    assert got["ctx"][0] == pytest.approx(1) and got["bmd_femur_left"][0] == pytest.approx(body_of(species).bmd)
    moved = _run(model, of, (0.0, 30.0), still | {"opg_secretion": 0.9})
    assert all(abs(v[1] / v[0] - 1) > 1e-6 for v in moved.values())


def test_small_animals_turn_over_faster_and_live_faster_and_lose_more_in_a_month_without_ovaries():
    order = ["mouse", "rat", "rabbit", "dog", "human"]
    bodies = [body_of(s) for s in order]
    assert all(a.clock >= b.clock and a.pace > b.pace for a, b in zip(bodies, bodies[1:], strict=False))
    assert all(a.weight < b.weight for a, b in zip(bodies, bodies[1:], strict=False))
    loss = {}
    for species in ("rat", "rabbit", "dog"):
        body = body_of(species)
        parameters = starting_values(body, body.maturity, "ovx", 0.0, "unspecified")
        got = _run(_animal(species, "tibia_left"), ["bvtv_tibia_left"], (0.0, 60.0), parameters)["bvtv_tibia_left"]
        loss[species] = 1 - got[1] / got[0]
    assert loss["rat"] > 2 * loss["rabbit"] > 2 * loss["dog"] > 0


def test_every_bone_cell_rate_runs_on_the_clock_and_no_other_number_does():
    rat, rabbit = ({p.name: p for p in _animal(s, "tibia_left").parameters.values()} for s in ("rat", "dog"))
    ratio = body_of("rat").clock / body_of("dog").clock
    for name in ("k_osteoclast", "k_osteoblast", "k_rankl", "k_dkk1", "k_marrow_fat", "k_p1np"):
        assert rat[name].value == pytest.approx(ratio * rabbit[name].value)
    for name in ("fusion_order", "kd_rank_rankl", "ctx_floor"):
        assert rat[name].value == rabbit[name].value


def test_the_cortex_loses_far_less_than_trabeculae_so_bmd_of_the_bone_falls_less_than_bvtv():
    body = body_of("rat")
    parameters = starting_values(body, 90, "ovx", 0.0, "unspecified")
    of = ["bvtv_femur_left", "bone_cortex", "bmd_femur_left"]
    got = {k: v[1] / v[0] for k, v in _run(_animal("rat", "femur_left"), of, (0.0, 120.0), parameters).items()}
    lost = {k: 1 - v for k, v in got.items()}
    assert lost["bvtv_femur_left"] > 0.15 and 0 < lost["bone_cortex"] < 0.1 * lost["bvtv_femur_left"]
    assert lost["bone_cortex"] < lost["bmd_femur_left"] < 0.4 * lost["bvtv_femur_left"]
    all_trabecular = _run(
        _animal("rat", "femur_left"), of, (0.0, 120.0), parameters | {"trabecular_share_femur_left": 1.0}
    )
    whole = all_trabecular["bmd_femur_left"]
    assert 1 - whole[1] / whole[0] > 0.8 * lost["bvtv_femur_left"]


def test_bone_above_what_load_asks_for_is_given_back_and_without_the_ceiling_it_fills_the_marrow():
    model = _animal("rat", "femur_left")
    flood = {"sclerostin_secretion": 0.2}
    kept = _run(model, ["bvtv_femur_left"], (0.0, 200.0), flood)["bvtv_femur_left"]
    free = _run(model, ["bvtv_femur_left"], (0.0, 200.0), flood | {"bone_ceiling": 10.0})["bvtv_femur_left"]
    assert 1.05 < kept[1] / kept[0] < 1.8 and free[1] > 1.3 * kept[1]


def test_a_fracture_heals_a_non_union_does_not_and_neither_begins_before_it_is_broken():
    model = _animal("rat", "fracture")
    of = ["healing_fracture", "callus_fracture", "modulus_fracture", "scar_fracture"]
    days = (-30.0, 0.0, 14.0, 35.0, 300.0)
    broken = _run(model, of, days, begin=-30.0, late=condition_values("fracture"))
    assert broken["healing_fracture"][1] == broken["healing_fracture"][0] == pytest.approx(0.05)
    assert broken["healing_fracture"][3] > 0.8 and broken["healing_fracture"][4] == pytest.approx(1, abs=0.01)
    assert broken["callus_fracture"].argmax() in (2, 3) and broken["callus_fracture"][4] < 0.05
    never = _run(model, of, days, begin=-30.0, late=condition_values("nonunion"))
    assert never["healing_fracture"][4] < 0.3 and never["scar_fracture"][4] > 0.6
    no_scar = _run(model, of, days, begin=-30.0, late=condition_values("nonunion") | {"scar_pace": 0.0})
    assert no_scar["healing_fracture"][4] > 0.8
    assert np.all(np.diff(broken["modulus_fracture"]) >= 0)


@pytest.mark.parametrize(("species", "low", "high"), [("mouse", 7, 28), ("rat", 21, 50), ("dog", 50, 110)])
def test_a_closed_fracture_is_nine_tenths_healed_in_weeks_that_grow_with_the_body(species, low, high):
    days = np.arange(0.0, 150.0)
    healing = _run(_animal(species, "fracture"), ["healing_fracture"], days, late=condition_values("fracture"))
    assert low < days[np.argmax(healing["healing_fracture"] > 0.9)] < high


def test_what_progenitors_of_a_strain_lose_to_bone_its_marrow_fat_gains():
    assert lean_of_strain(1.0) == pytest.approx(1.0)
    body = body_of("mouse")
    values = starting_values(body, body.maturity, "intact", None, "unspecified")
    of = ["marrow_runx2", "marrow_fat", "p1np"]
    sick = _run(_animal("mouse", "tibia_left"), of, (0.0, 200.0), values | {"progenitors_of_strain": 0.33})
    well = _run(_animal("mouse", "tibia_left"), of, (0.0, 200.0), values)
    assert sick["marrow_runx2"][1] == pytest.approx(0.33, rel=0.05)
    assert sick["marrow_fat"][1] > 1.2 * well["marrow_fat"][1] and sick["p1np"][1] < 0.6 * well["p1np"][1]


def test_sites_differ_and_unknown_names_are_refused():
    assert site_figure("mandible", "bvtv") > site_figure("femur_left", "bvtv") == 1.0
    assert site_figure("lumbar_spine", "turnover", "rat") < 0.5 < site_figure("lumbar_spine", "turnover", "mouse")
    assert strain_turnover("mouse", "C3H/HeJ") > 2 > strain_turnover("mouse", "DBA/2J") > 1
    assert strain_turnover("mouse", "never heard of") == 1.0
    for name in CONDITIONS:
        condition_values(name)
    with pytest.raises(InputError, match="rat"):
        body_of("ratt")
    with pytest.raises(InputError, match="species"):
        body_of("sites")
    with pytest.raises(InputError, match="ovx"):
        condition_values("ovxx")
