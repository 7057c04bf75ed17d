"""What a person has and can change: keys of [person] and habits, from the file to the bone."""

from pathlib import Path

import pytest

from osteon.errors import InputError
from osteon.inputs import read_scenario
from osteon.simulation.person import parameters_of, treated
from osteon.simulation.scenario import EXPLORE, simulate_scenario

WOMAN = {"age": "65 years"}
MAN = {"age": "70 years", "sex": "male"}


def told(person, habits=(), of="bmd_total_hip", months=24):
    """Values every half year of one output, with the notes."""
    output = {"end": f"{months} months", "at": "6 months", "of": [of]}
    table = {"format": 1, "person": person, "habit": list(habits), "output": output}
    got = simulate_scenario(read_scenario(table))
    return [row["value"] for row in got.rows], got.notes


def hip(person, habits=(), **how):
    return told(person, habits, **how)[0]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("glucocorticoid", "7.5 mg/day"),
        ("immobilised", "wheelchair"),
        ("rheumatoid_arthritis", True),
        ("body_fat", "45 percent"),
        ("baseline", {"protein_intake": "0.5 g/kg/day"}),
    ],
)
def test_what_burdens_a_person_lowers_her_bone(key, value):
    assert hip({**WOMAN, key: value})[0] < hip(WOMAN)[0] * 0.99


def test_exercise_and_weight_raise_it():
    plain = hip(WOMAN)[0]
    assert hip({**WOMAN, "exercise": "resistance"})[0] > plain * 1.01
    assert hip({**WOMAN, "bmi": "32 kg/m^2"})[0] > plain * 1.02


def test_a_weight_without_an_index_gives_the_index_of_a_usual_height():
    table = {"format": 1, "person": {**WOMAN, "weight": "83 kg"}, "output": {"end": "1 year", "of": ["ctx"]}}
    found = parameters_of(read_scenario(table).person)
    assert found["bmi"] == pytest.approx(83 / 1.61**2) and found["body_weight"] == 83


def test_men_have_their_own_peak_and_lose_more_without_androgen():
    assert hip(MAN)[0] > hip({**WOMAN, "age": "70 years"})[0]
    assert hip({**MAN, "hypogonadism_at": "65 years"})[0] < 0.96 * hip(MAN)[0]


def test_the_longer_a_burden_the_less_bone_and_an_unsaid_duration_is_told():
    steroid = {**WOMAN, "glucocorticoid": "7.5 mg/day"}
    short, notes = told(steroid)
    assert any("glucocorticoid_for" in n and "1 year" in n for n in notes)
    year, silent = told({**steroid, "glucocorticoid_for": "1 year"})
    assert year == pytest.approx(short, rel=1e-6) and not any("glucocorticoid_for" in n for n in silent)
    assert hip({**steroid, "glucocorticoid_for": "10 years"})[0] < year[0] * 0.95


def test_two_burdens_have_two_first_days():
    both = {**WOMAN, "rheumatoid_arthritis": True, "rheumatoid_arthritis_for": "10 years", "immobilised": "housebound"}
    late, early = hip({**both, "immobilised_for": "1 month"})[0], hip({**both, "immobilised_for": "5 years"})[0]
    assert early < late < hip({**WOMAN, "immobilised": "housebound", "immobilised_for": "1 month"})[0]


def _paused_and_going():
    steroid = {**WOMAN, "glucocorticoid": "7.5 mg/day", "glucocorticoid_for": "1 year"}
    pause = [{"name": "glucocorticoid", "dose": "0 mg/day", "from": "0 months", "until": "12 months"}]
    return hip(steroid, pause, of="p1np"), hip(steroid, of="p1np")


def test_a_pause_of_a_glucocorticoid_lifts_formation_and_ends():
    paused, going = _paused_and_going()
    assert paused[1] > going[1] * 1.05 and paused[2] > going[2] * 1.05
    assert paused[4] < paused[2] and abs(paused[4] - going[4]) < abs(paused[2] - going[2])


@pytest.mark.xfail(
    strict=True, reason="taken again, P1NP is 52 % higher after half a year and 27 % after one: RANKL rises anew"
)
def test_half_a_year_after_a_pause_of_a_glucocorticoid_formation_is_where_it_would_be():
    paused, going = _paused_and_going()
    assert paused[3] == pytest.approx(going[3], rel=0.03)


def test_a_measured_baseline_is_met_with_the_burden_in_force():
    person = {**WOMAN, "rheumatoid_arthritis": True, "baseline": {"t_total_hip": -2.0, "turnover": 2.0}}
    assert hip(person, of="t_total_hip")[0] == pytest.approx(-2.0, abs=1e-6)


@pytest.mark.parametrize(
    ("habit", "up"),
    [
        ({"name": "protein", "dose": "0.6 g/kg/day"}, False),
        ({"name": "protein", "dose": "1.5 g/kg/day"}, True),
        ({"name": "bmi", "dose": "20 kg/m^2"}, False),
        ({"name": "bmi", "dose": "32 kg/m^2"}, True),
        ({"name": "immobilisation", "kind": "bed_rest"}, False),
        ({"name": "inflammation", "kind": "treated_arthritis"}, False),
        ({"name": "glucocorticoid", "dose": "5 mg/day"}, False),
        ({"name": "exercise", "kind": "impact"}, True),
    ],
)
def test_a_habit_taken_up_moves_bone_with_its_sign(habit, up):
    plain, changed = hip(WOMAN), hip(WOMAN, [habit])
    assert changed[0] == pytest.approx(plain[0], rel=1e-9)
    assert changed[-1] > plain[-1] * 1.001 if up else changed[-1] < plain[-1] * 0.999


@pytest.mark.parametrize(
    ("person", "fault"),
    [
        ({**WOMAN, "hypogonadism_at": "60 years"}, "for men"),
        ({**MAN, "hypogonadism_at": "75 years"}, "after the age"),
        ({**WOMAN, "glucocorticoid_for": "2 years"}, "is not given"),
        ({**WOMAN, "glucocorticoid": "5 mg/day", "glucocorticoid_for": "60 years"}, "before the age of 18"),
        ({**WOMAN, "glucocorticoid": "500 mg/day"}, "200"),
        ({**WOMAN, "immobilised": "sofa"}, "sofa"),
        ({**WOMAN, "body_fat": "90 percent"}, "70"),
        ({**WOMAN, "bmi": "18 kg/m^2", "body_fat": "65 percent"}, "body_fat"),
    ],
)
def test_what_cannot_be_is_refused(person, fault):
    with pytest.raises(InputError, match=fault):
        told(person)


def test_a_bmi_that_nobody_has_is_refused_as_a_habit():
    with pytest.raises(InputError, match="12"):
        hip(WOMAN, [{"name": "bmi", "dose": "5 kg/m^2"}])


def spine_of_the_example():
    from osteon.simulation.scenario import simulate_file

    rows = simulate_file(Path(__file__).parents[2] / "examples" / "prednisone_and_bed.toml").rows
    return {round(r["months"]): r["value"] for r in rows if r["output"] == "bmd_lumbar_spine"}


def test_the_example_with_burdens_runs_and_shows_each_of_them():
    spine = spine_of_the_example()
    assert -2 < spine[12] < -0.5  # verhoeven1997: 0 to -0.6 % a year in arthritis, on prednisone or not
    assert spine[20] < spine[18] - 1 and spine[32] > spine[20] + 1


def test_bone_holds_after_the_pills_end():
    spine = spine_of_the_example()
    assert spine[18] > spine[12] - 0.5


def test_a_slider_may_be_solved_loosely_and_says_so():
    table = {
        "format": 1,
        "person": WOMAN,
        "regimen": [{"drug": "denosumab", "dose": "60 mg", "route": "subcutaneous", "every": "6 months"}],
        "output": {"end": "24 months", "at": "2 months", "of": ["bmd_total_hip", "ctx"]},
    }
    scenario = read_scenario(table)
    usual, loose = simulate_scenario(scenario), simulate_scenario(scenario, rtol=EXPLORE)
    assert not any("exploration" in n for n in usual.notes) and any("of 0.0001 " in n for n in loose.notes)
    pairs = [(a["value"], b["value"]) for a, b in zip(usual.rows, loose.rows, strict=True)]
    assert 0 < max(abs(a / b - 1) for a, b in pairs) < 1e-3


def woman_ahead(**person):
    table = {"format": 1, "person": {"age": "47 years", **person}}
    table["output"] = {
        "end": "8 years",
        "at": ["0 days", "5 years", "8 years"],
        "of": ["bmd_lumbar_spine", "oestrogen"],
    }
    return read_scenario(table)


def test_a_menopause_that_lies_ahead_can_be_written_three_ways():
    said = [
        woman_ahead(menopause_age="50 years"),
        woman_ahead(years_since_menopause="-3 years"),
        woman_ahead(),  # what is usual
    ]
    found = [[r["value"] for r in simulate_scenario(s).rows] for s in said]
    assert found[0] == pytest.approx(found[1], rel=1e-9)
    spine, oestrogen = found[0][::2], found[0][1::2]
    if simulate_scenario(said[0]).rows[0]["output"] != "bmd_lumbar_spine":
        spine, oestrogen = oestrogen, spine
    assert oestrogen[0] > 0.9 and oestrogen[2] < 0.4 and spine[1] < 0.97 * spine[0] and spine[2] < spine[1]


def test_a_surgical_menopause_that_lies_ahead_is_a_step_when_it_comes():
    rows = simulate_scenario(woman_ahead(surgical_menopause_at="49 years", menopause_age="60 years")).rows
    seen = [r["value"] for r in rows if r["output"] == "oestrogen"]
    assert seen[0] > 0.99 and seen[1] < 0.3


def test_a_label_knows_that_the_menopause_has_not_come():
    assert not treated(woman_ahead(menopause_age="50 years").person).after_menopause
    assert treated(woman_ahead(menopause_age="45 years").person).after_menopause


@pytest.mark.parametrize(
    ("person", "place", "allowed"),
    [
        ({"menopause_age": "50 years", "years_since_menopause": "-3 years"}, "menopause_age", ""),
        ({"years_since_menopause": "-20 years"}, "years_since_menopause", "at least -18 years"),
        ({"surgical_menopause_at": "55 years", "menopause_age": "50 years"}, "surgical_menopause_at", "up to 50"),
        ({"sex": "male", "menopause_age": "50 years"}, "sex", ""),
    ],
)
def test_a_menopause_that_cannot_be_is_refused(person, place, allowed):
    with pytest.raises(InputError) as caught:
        woman_ahead(**person)
    fault = next(f for f in caught.value.faults if place in f.place)
    assert fault.code == "contradiction" and allowed in fault.allowed
