"""Invariants of bone: the reference stands still, signs are right, breaking a mechanism shows."""

import numpy as np
import pytest

from osteon.biology import SITES
from osteon.engine import Events, Schedule, simulate
from osteon.model import Regimen
from osteon.simulation.assembly import human_model
from osteon.simulation.dosing import add_regimens
from osteon.simulation.run_in import run_in

YEAR, MONTH = 365.25, 30.4375
OUTPUTS = ["resorption", "formation", "bmd_total_hip", "bmd_lumbar_spine", "ctx", "p1np"]


def trajectory(regimens=(), years=3.0, parameters=None, outputs=OUTPUTS, changes=(), age=65.0):
    """Outputs monthly of a woman of 65, 15 years after menopause."""
    model = human_model({r.target for r in regimens})
    person = {"age_at_start": age, "menopause_age": 50.0, **(parameters or {})}
    days = np.arange(0.0, years * 12 + 0.5) * MONTH
    schedule = add_regimens(Schedule(), model, list(regimens), float(days[-1]))
    for time, name, value in changes:
        schedule.set_parameter(time, name, value)
    got = simulate(
        model, person, times=days, outputs=outputs, initial=run_in(model, person, 1, 0.0), events=Events((schedule,))
    )
    assert not got.failed.any(), got.reasons
    return {o: got.of(o)[0] for o in outputs}


def still(parameters):
    """A reference adult who does not age, with some parameters changed, after 40 years."""
    model = human_model()
    got = simulate(
        model,
        {"ageing_pace": 0.0, **parameters},
        times=[0.0, 40 * YEAR],
        outputs=[*OUTPUTS, "osteoclasts", "osteoblasts"],
    )
    return dict(zip(got.outputs, got.values[0, -1] / got.values[0, 0], strict=True))


def test_the_reference_adult_stands_still_for_30_years():
    model = human_model()
    got = simulate(
        model, {"ageing_pace": 0.0}, times=np.linspace(0, 30 * YEAR, 7), outputs=list(model.states), rtol=1e-8
    )
    start = np.array([float(v) for v in model.initial_values().values()])
    assert np.abs(got.values[0] - start).max() < 1e-8
    rates = model.rates({**model.defaults, "ageing_pace": 0.0, "time": 0.0, **model.initial_values()})
    assert max(abs(v) for v in rates.values()) < 1e-14


def test_osteocytes_are_nine_cells_of_ten():
    model = human_model()
    assert model.evaluate({**model.defaults, "time": 0.0, **model.initial_values()})["osteocyte_share"] > 0.9


@pytest.mark.parametrize("missing", ["osteoclast_supply", "rankl_secretion"])
def test_without_osteoclasts_resorption_ends_and_bone_grows(missing):
    bone = still({missing: 0.0})
    assert bone["resorption"] < 0.1 and bone["bmd_total_hip"] > 1.02


def test_without_the_osteoblast_line_nothing_stands_still():
    """Without osteoblasts resorption goes on (corral1998): less of it, as some RANKL comes from their precursors."""
    bone = still({"osteoblast_supply": 0.1})
    assert bone["osteoblasts"] < 0.2 and bone["formation"] < 0.2 and 0.5 < bone["resorption"] < 0.75


@pytest.mark.parametrize("factor, sign", [(3.0, 1), (0.3, -1)])
def test_opg_makes_bone_and_its_loss_takes_it(factor, sign):
    assert sign * (still({"opg_secretion": factor})["bmd_lumbar_spine"] - 1) > 0.02


@pytest.mark.parametrize("factor, sign", [(0.1, 1), (3.0, -1)])
def test_sclerostin_holds_bone_back(factor, sign):
    assert sign * (still({"sclerostin_secretion": factor})["bmd_lumbar_spine"] - 1) > 0.02


def test_opg_binds_rankl_more_tightly_than_rank():
    model = human_model()
    assert model.defaults["kd_opg_rankl"] < model.defaults["kd_rank_rankl"]


def test_the_wnt_chain_moves_in_order():
    model = human_model()
    values = {**model.defaults, "time": 0.0, **model.initial_values()}
    low = model.evaluate(values)
    high = model.evaluate(values | {"sclerostin": 0.3})
    assert high["dishevelled"] > low["dishevelled"] and high["gsk3_activity"] < low["gsk3_activity"]
    assert (
        high["beta_catenin"] > low["beta_catenin"]
        and high["tcf_activity"] > low["tcf_activity"]
        and high["opg"] > low["opg"]
    )


def test_nuclear_beta_catenin_has_a_threshold():
    model = human_model()
    from osteon.biology.wnt import tcf_activity

    k, n = model.defaults["nuclear_threshold"], model.defaults["nuclear_steepness"]
    slope = np.diff([float(tcf_activity(b, k, n)) for b in (0.2, 0.4, 1.6, 1.8, 6.0, 6.2)])[[0, 2, 4]]
    assert n > 1 and slope[1] > 2 * slope[0] / 1.0 and slope[1] > slope[2]


def test_losing_oestrogen_raises_turnover_and_takes_bone():
    before = trajectory(age=45.0, parameters={"menopause_age": 1000.0})
    after = trajectory(age=45.0, parameters={"menopause_age": 1000.0}, changes=[(0.0, "surgical_menopause_age", 45.0)])
    assert after["resorption"][-1] > 1.2 * before["resorption"][-1]
    assert after["bmd_lumbar_spine"][-1] < 0.95 * before["bmd_lumbar_spine"][-1]


def test_ageing_and_menopause_each_take_bone_and_add():
    def loss(**p):
        return 1 - still_lived(p)

    def still_lived(p):
        model = human_model()
        got = simulate(model, {"age_at_start": 30.0, **p}, times=[0.0, 45 * YEAR], outputs=["bmd_total_hip"])
        return got.values[0, 1, 0] / got.values[0, 0, 0]

    age, menopause = loss(), loss(ageing_pace=0.0, menopause_age=50.0)
    both = loss(menopause_age=50.0)
    assert age > 0.01 and menopause > 0.03 and both > max(age, menopause)


DENOSUMAB = Regimen("denosumab", "subcutaneous", 60.0, 0.0, 6 * MONTH, 23 * MONTH)


def test_denosumab_acts_by_rankl_alone():
    model = human_model({"denosumab"})
    plugs = [c.port for m in model.modules if m.name == "denosumab" for c in m.contributions]
    assert plugs == ["rankl_binding"]


def test_denosumab_cuts_resorption_first_and_formation_later():
    got = trajectory([DENOSUMAB])
    ctx, p1np = got["ctx"] / got["ctx"][0], got["p1np"] / got["p1np"][0]
    assert ctx[1] < 0.3 and p1np[1] > 0.65 and p1np[4] < 0.6


def test_stopping_denosumab_overshoots_and_gives_the_bone_back():
    got = trajectory([DENOSUMAB], years=6)
    ctx, hip = got["ctx"] / got["ctx"][0], got["bmd_total_hip"] / got["bmd_total_hip"][0]
    assert ctx[26:40].max() > 1.25 and abs(ctx[60] - 1) < 0.3
    assert hip[24] > 1.02 and hip[42] < hip[24] - 0.02


def test_the_precursor_pool_makes_the_overshoot_early():
    piled = trajectory([DENOSUMAB], years=6)["ctx"]
    got = trajectory([DENOSUMAB], years=6, parameters={"precursor_use": 0.01})["ctx"]
    assert (piled / piled[0])[26:32].max() > 1.25 and (got / got[0])[26:32].max() < 1.12


def test_nothing_calls_for_more_resorption_as_bone_ages_under_denosumab():
    yearly = Regimen("denosumab", "subcutaneous", 60.0, 0.0, 6 * MONTH)
    got = trajectory([yearly], years=10, outputs=["ctx", "damage_total_hip"])
    ctx = got["ctx"] / got["ctx"][0]
    assert got["damage_total_hip"][120] > 1.1 * got["damage_total_hip"][0]
    assert abs(ctx[120] - ctx[24]) < 0.1


def hidden(regimens, months):
    """Change of spine BMD (percent) as it is, and as if open cavities held bone."""
    names = ["bmd_lumbar_spine", "bone_mass_cancellous_spine", "open_space_cancellous_spine"]
    got = trajectory(regimens, years=months / 12, outputs=names)
    seen = got["bone_mass_cancellous_spine"]
    full = seen + got["open_space_cancellous_spine"]
    return 100 * (seen[-1] / seen[0] - 1), 100 * (full[-1] / full[0] - 1)


def test_half_of_the_first_gain_of_an_antiresorptive_is_cavities_that_close():
    seen, full = hidden([DENOSUMAB], 6)
    assert seen > 2 and full < 0.6 * seen


def test_cavities_last_months_and_the_law_says_how_long():
    model = human_model()
    days = {k: 1 / model.defaults[k] for k in ("k_osteoclast", "k_preosteoblast", "k_osteoblast")}
    assert 27 <= days["k_osteoclast"] <= 51 and 70 <= days["k_osteoblast"] <= 145
    assert 110 <= sum(days.values()) <= 200
    known = model.evaluate({**model.defaults, "time": 0.0, **model.initial_values()})
    assert 0.02 < known["open_space_cancellous_spine"] < 0.05 and known["open_space_cortex"] < 0.01


def test_mineral_ripens_for_years_and_never_beyond_full():
    yearly = Regimen("denosumab", "subcutaneous", 60.0, 0.0, 6 * MONTH)
    mineral = trajectory([yearly], years=10, outputs=["mineral_mean"])["mineral_mean"]
    gain = 100 * (mineral[[12, 36, 60, 120]] / mineral[0] - 1)
    assert 0.5 < gain[0] < gain[1] - 0.4 < gain[2] and gain[3] - gain[2] < 0.5 * gain[0] + 0.5
    model = human_model()
    full = (
        1 / model.evaluate({**model.defaults, "time": 0.0, **model.initial_values()})["full_mineral_cancellous_spine"]
    )
    assert mineral.max() < full


def test_modelling_is_made_by_lining_cells_that_tire():
    daily = Regimen("teriparatide", "subcutaneous", 20.0, 0.0, 1.0, 24 * MONTH)
    got = trajectory([daily], years=4, outputs=["modelling", "lining_cells", "p1np"])
    made, left = got["modelling"], got["lining_cells"]
    assert made[2] > 2 * made[0] and made[24] < 0.7 * made[2] and left[24] < 0.8 * left[0] < left[48]
    deaf = trajectory([daily], years=1, outputs=["p1np"], parameters={"lining_pth": 0.1})["p1np"]
    assert got["p1np"][2] / got["p1np"][0] > deaf[2] / deaf[0] + 0.05  # it is counted in P1NP


def test_a_bisphosphonate_on_the_surface_blunts_pth_and_not_wnt():
    weekly = Regimen("alendronate", "oral", 70.0, 0.0, 7.0)
    daily = Regimen("teriparatide", "subcutaneous", 40.0, 12 * MONTH, 1.0)
    alone, both = (trajectory(r, years=2.5)["bmd_lumbar_spine"] for r in ([daily], [weekly, daily]))
    free = trajectory([weekly, daily], years=2.5, parameters={"bisphosphonate_blunting": 0.001})["bmd_lumbar_spine"]
    assert both[30] / both[12] < free[30] / free[12] and both[30] / both[12] < alone[30] / alone[12]


def test_oestrogen_acts_on_the_depth_of_cavities_and_on_their_number():
    names = ["erosion_depth", "activation_frequency", "bone_cancellous_spine"]

    def loss(**p):
        model = human_model()
        years = np.array([-6.0, 0.0])
        person = {"age_at_start": 55.0, "menopause_age": 51.0, **p}
        got = simulate(model, person, times=years * YEAR, outputs=names, start=-25 * YEAR)
        return {n: got.of(n)[0, 1] / got.of(n)[0, 0] for n in names}

    both = loss()
    assert 1.05 < both["erosion_depth"] < 1.2 and 1.2 < both["activation_frequency"] < 2.4
    assert loss(depth_oestrogen=0.001)["bone_cancellous_spine"] > both["bone_cancellous_spine"] + 0.01
    assert loss(rankl_oestrogen=0.01)["bone_cancellous_spine"] > both["bone_cancellous_spine"] + 0.01


def test_a_recent_loss_of_oestrogen_raises_resorption_more_than_an_old_one():
    """Loss is fastest in the three years about the last period (swan2012); cells adapt to what they see."""
    model, years = human_model(), np.array([-4.0, 2.0, 12.0])

    def seen(**p):
        person = {"age_at_start": 50.0, "menopause_age": 50.0, "ageing_pace": 0.0, **p}
        got = simulate(
            model, person, times=years * YEAR, outputs=["osteoclast_fusion", "oestrogen_adapted"], start=-20 * YEAR
        )
        return got.values[0].T

    (before, early, late), adapted = seen()
    assert early > 1.1 * late > 1.1 * before
    assert adapted[0] > 0.95 > adapted[1] > adapted[2] > model.defaults["oestrogen_floor"]
    plain, _ = seen(rankl_withdrawal=0.0)
    assert early > 1.1 * plain[1] and late == pytest.approx(plain[2], rel=0.1)


def test_the_spine_shows_osteophytes_that_no_drug_multiplies():
    yearly = Regimen("denosumab", "subcutaneous", 60.0, 0.0, 6 * MONTH)
    added = []
    for regimens in ([], [yearly]):
        got = trajectory(regimens, years=5, outputs=["projected_mass_lumbar_spine", "bone_mass_lumbar_spine"])
        added.append(got["projected_mass_lumbar_spine"] - got["bone_mass_lumbar_spine"])
    assert 0 < added[0][0] < added[0][-1] < 0.14
    assert added[1] == pytest.approx(added[0], abs=1e-9)


def test_osteocytes_stay_with_their_bone_when_turnover_changes():
    share = {}
    for death in (0.2, 1.0):  # 1: none is lost with the bone that is resorbed
        got = trajectory([DENOSUMAB], years=2, parameters={"osteocyte_death": death}, outputs=["osteocytes"])[
            "osteocytes"
        ]
        share[death] = got[24] / got[0]
    assert abs(share[0.2] - 1) < 0.06 and share[1.0] < 0.92


def test_more_denosumab_never_lowers_bone():
    gain = [
        trajectory([Regimen("denosumab", "subcutaneous", d, 0.0, 6 * MONTH)], 1.0)["bmd_total_hip"]
        for d in (3, 14, 60, 210)
    ]
    change = [g[-1] / g[0] for g in gain]
    assert all(np.diff(change) > -1e-6)


def test_a_low_dose_escapes_before_the_next_one():
    low = trajectory([Regimen("denosumab", "subcutaneous", 14.0, 0.0, 6 * MONTH)], 1.0)["ctx"]
    assert low[1] / low[0] < 0.35 and low[6] / low[0] > 0.5


def test_a_bisphosphonate_outlasts_its_doses_and_denosumab_does_not():
    stop = 24
    zoledronate = trajectory([Regimen("zoledronate", "intravenous", 5.0, 0.0, 12 * MONTH, stop * MONTH)], 4)["ctx"]
    denosumab = trajectory([DENOSUMAB], 4)["ctx"]
    assert zoledronate[stop + 12] / zoledronate[0] < 0.75 < denosumab[stop + 12] / denosumab[0]


def test_romosozumab_surges_fades_and_overshoots_in_resorption_only():
    got = trajectory([Regimen("romosozumab", "subcutaneous", 210.0, 0.0, MONTH, 11.5 * MONTH)], 3)
    ctx, p1np = got["ctx"] / got["ctx"][0], got["p1np"] / got["p1np"][0]
    assert p1np[1] > 1.4 and p1np[11] < 0.65 * p1np[1] and ctx[1] < 0.9
    assert ctx[13:24].max() > 1.1 and p1np[13:24].max() < 1.25
    assert got["bmd_lumbar_spine"][12] / got["bmd_lumbar_spine"][0] > 1.06


def test_pulses_of_pth_build_bone_and_a_constant_level_takes_it():
    daily = trajectory([Regimen("teriparatide", "subcutaneous", 20.0, 0.0, 1.0)], 1.5)
    pump = trajectory([Regimen("teriparatide", "subcutaneous", 20.0 * 548, 0.0, None, None, duration=548.0)], 1.5)
    assert daily["bmd_lumbar_spine"][-1] / daily["bmd_lumbar_spine"][0] > 1.04
    assert pump["bmd_total_hip"][-1] / pump["bmd_total_hip"][0] < 0.99
    p1np, ctx = daily["p1np"] / daily["p1np"][0], daily["ctx"] / daily["ctx"][0]
    assert p1np[1] - 1 > 1.2 * (ctx[1] - 1)  # formation leads


def test_odanacatib_lowers_resorption_and_keeps_osteoclasts_and_formation():
    outputs = ["ntx", "osteoclasts", "p1np"]
    odanacatib = trajectory([Regimen("odanacatib", "oral", 50.0, 0.0, 7.0)], 2, outputs=outputs)
    alendronate = trajectory([Regimen("alendronate", "oral", 70.0, 0.0, 7.0)], 2, outputs=outputs)
    assert odanacatib["ntx"][-1] / odanacatib["ntx"][0] < 0.7
    assert odanacatib["osteoclasts"][-1] / odanacatib["osteoclasts"][0] > 0.85
    assert odanacatib["p1np"][-1] / odanacatib["p1np"][0] > alendronate["p1np"][-1] / alendronate["p1np"][0]


def test_raloxifene_is_a_modest_antiresorptive():
    got = trajectory([Regimen("raloxifene", "oral", 60.0, 0.0, 1.0)], 3)
    assert 0.5 < got["ctx"][-1] / got["ctx"][0] < 0.9 and got["bmd_lumbar_spine"][-1] > got["bmd_lumbar_spine"][0]


def test_vitamin_d_helps_who_lacks_it_and_not_who_has_enough():
    def change(start):
        got = trajectory(
            changes=[(0.0, "vitamin_d_supply", start + 40.0)], parameters={"vitamin_d_supply": start}, years=2
        )
        none = trajectory(parameters={"vitamin_d_supply": start}, years=2)
        return got["bmd_total_hip"][-1] / none["bmd_total_hip"][-1] - 1

    assert change(20.0) > 5 * abs(change(90.0)) and change(20.0) > 0.001


@pytest.mark.parametrize(
    "habit, value, sign",
    [("exercise", 1.0, 1), ("immobilisation", 1.0, -1), ("smoking", 1.0, -1), ("alcohol", 6.0, -1)],
)
def test_habits_move_bone_with_their_sign(habit, value, sign):
    changed, same = trajectory(changes=[(0.0, habit, value)], years=2), trajectory(years=2)
    assert sign * (changed["bmd_total_hip"][-1] - same["bmd_total_hip"][-1]) > 1e-4


def test_no_state_falls_below_nothing():
    regimens = [
        DENOSUMAB,
        Regimen("zoledronate", "intravenous", 5.0, 30 * MONTH),
        Regimen("romosozumab", "subcutaneous", 210.0, 36 * MONTH, MONTH),
    ]
    model = human_model({r.target for r in regimens})
    days = np.arange(0.0, 1500.0, 5.0)
    got = simulate(
        model,
        times=days,
        outputs=list(model.states),
        events=Events((add_regimens(Schedule(), model, regimens, 1500.0),)),
        rtol=1e-7,
    )
    scale = np.array([s.scale for s in model.states.values()])
    assert (got.values[0] / scale).min() > -1e-8


def test_no_law_of_the_biology_names_a_drug():
    from osteon.biology import HUMAN
    from osteon.interventions import CARDS
    from osteon.outcomes import OUTCOMES

    model = human_model(CARDS)
    for module in (*HUMAN, *OUTCOMES):
        for part in (*module.rules, *module.processes, *module.derived):
            needs = model.formulas[part.name].needs
            assert not [n for n in needs if any(n.startswith(d) for d in CARDS)], part.name


def test_every_site_has_its_own_bone():
    model = human_model()
    assert {f"bmd_{s}" for s in SITES} <= set(model.outputs)


def gains(*sites):
    """Percent that each site gains in two years of denosumab."""
    yearly = Regimen("denosumab", "subcutaneous", 60.0, 0.0, 6 * MONTH)
    names = [f"bmd_{s}" for s in sites]
    got = trajectory([yearly], years=2, outputs=names)
    return [100 * (got[n][-1] / got[n][0] - 1) for n in names]


def test_the_trochanter_gains_more_than_the_hip_and_the_radius_less():
    trochanter, hip, radius = gains("trochanter", "total_hip", "radius")
    assert trochanter > hip + 0.2 > hip > radius > 0  # ADAMO: 4.6, 3.4, 0.7


@pytest.mark.xfail(
    strict=True, reason="2.9 %, in ADAMO 0.7: one cortex stands for the shaft of the radius and for the hip"
)
def test_the_radius_gains_a_third_of_the_hip_at_most():
    hip, radius = gains("total_hip", "radius")
    assert radius < hip / 3
