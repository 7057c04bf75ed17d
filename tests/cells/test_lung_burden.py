"""Arrested cells add up: over doses, over products, by size; and infused patients move what is believed of people."""

import dataclasses

import numpy as np
import pytest

from osteon.cells import hazards, human_exposure
from osteon.cells.hazards import KINDS, dose_groups, hazards_of, hazards_of_course, human_tolerance, line_chances
from osteon.cells.human_exposure import HUMAN_EXPOSURE_GRID, counted_upper, exposures, prior, tolerance_at
from osteon.cells.lung_burden import obstruction
from osteon.cells.product import CellDose

ONE = np.ones(3)
K = np.array([0.4, 0.65, 1.0])
BOLUS = CellDose("adipose", 6e7, "cells/kg", "intravenous", (0.0,))


def but(**changed):
    return dataclasses.replace(BOLUS, **changed)


def total(*lines, kind="death"):
    """Hazard of a whole course, (3,)."""
    size = [18.0 * ONE] * len(lines)
    found = hazards_of_course(lines, 0.02 * ONE, size, [0 * ONE] * len(lines), K)
    return sum(len(g) * h for own, groups in zip(found, dose_groups(lines), strict=True)
               for g, h in zip(groups, own[kind], strict=True))  # fmt: skip


@pytest.mark.parametrize("kind", ["embolism", "death"])
def test_parts_given_at_once_are_one_dose_by_one_line_or_by_several(kind):
    whole = total(BOLUS, kind=kind)
    second = 1 / 86400
    halves = but(amount=3e7), but(amount=3e7)
    assert total(*halves, kind=kind) == pytest.approx(whole, rel=1e-9)
    assert total(but(amount=3e7, days=(0.0, second)), kind=kind) == pytest.approx(whole, rel=0.05)
    thirds = [but(amount=2e7, source=s) for s in ("adipose", "umbilical_cord", "bone_marrow")]
    assert (total(*thirds, kind=kind) > 3 * total(thirds[0], kind=kind)).all()


@pytest.mark.parametrize("kind", ["embolism", "death"])
def test_parts_within_a_day_keep_risk_and_parts_a_month_apart_are_doses_of_their_own(kind):
    part = 1.5e7 if kind == "death" else 3e6  # where the law is convex; far above, a chance is near 1 in any case
    alone = total(but(amount=part), kind=kind)
    hours, weeks = (total(but(amount=part, days=tuple(np.arange(4) * d)), kind=kind) for d in (1 / 24, 30.0))
    assert weeks == pytest.approx(4 * alone, rel=1e-6)
    assert (hours > 10 * weeks).all() if kind == "death" else (hours > 1.5 * weeks).all()
    assert (hours < total(but(amount=4 * part), kind=kind)).all()


def test_the_faster_arrested_cells_go_the_less_they_add():
    course = total(but(amount=1.5e7, days=(0.0, 1.0, 2.0)))
    assert course[0] > course[1] > course[2]


def test_a_drip_in_pieces_without_a_gap_is_the_drip():
    hour = 1 / 24
    drip = total(but(infusion=hour))
    pieces = total(but(amount=2e7, infusion=hour / 3, days=(0.0, hour / 3, 2 * hour / 3)))
    assert pieces == pytest.approx(drip, rel=1e-6)
    assert (drip < total(BOLUS)).all()


def test_overlapping_lines_share_what_they_do_together():
    hour = 1 / 24
    pair = total(but(amount=3e7, infusion=hour), but(amount=3e7, infusion=hour))
    assert pair == pytest.approx(total(but(infusion=hour)), rel=1e-6)


def test_large_cells_late_passages_and_monolayers_block_more_than_small_ones_from_spheroids():
    def chance(**changed):
        given = but(amount=2e7, **changed)
        diameter = given.origin.diameter(given.passage, given.spheroid, z=0 * ONE)
        return float(line_chances(given, 0.02, diameter, 0 * ONE)["embolism"][0])

    assert chance(passage=9) > 1.5 * chance() > 1.5 * chance(spheroid=True) > 0
    assert chance(source="bone_marrow", passage=5) > chance(source="bone_marrow", passage=2)
    assert obstruction(12.6) < 0.5 * obstruction(18.0)


def test_no_cells_no_hazard_of_any_kind():
    for nothing in (but(amount=0.0), but(product="exosomes", amount=1e9, basis="particles/kg")):
        found = hazards_of(nothing, 66.0 * ONE, 18 * ONE, 0 * ONE)
        assert set(found) == set(KINDS) and all((v == 0).all() for v in found.values())


def test_doses_with_one_history_carry_one_risk_and_a_year_of_weeks_needs_few_figures():
    weekly = but(days=tuple(7.0 * np.arange(52)))
    (groups,) = dose_groups((weekly,))
    assert [len(g) for g in groups] == [1, 1, 50]


def expected(tolerance, e):
    given = CellDose(e.source, e.cells_per_kg, "cells/kg", "intravenous", (0.0,), infusion=e.infusion_minutes / 1440)
    d = np.full_like(tolerance, float(given.origin.diameter(3)))
    return e.patients * float(np.mean(line_chances(given, 66.0, d, np.zeros_like(d), tolerance)["embolism"]))


@pytest.mark.parametrize("centre", [1.0, 0.32, 0.1])
def test_infused_patients_move_the_prior_from_what_they_contradict(centre):
    ards = [e for e in exposures() if e.study.startswith("START")]
    assert sum(e.patients for e in ards) == 99 and {e.cells_per_kg for e in ards} == {1e7}
    u = (np.arange(400) + 0.5) / 400
    before = sum(expected(tolerance_at(u, prior(centre)), e) for e in ards)
    after = sum(expected(tolerance_at(u, human_tolerance(centre)), e) for e in ards)
    assert after < 0.5 * before and after < 10
    if centre == 0.1:
        assert before > 60  # what a capillary for a capillary would have cost
    high = float(tolerance_at(np.array([0.95]), human_tolerance(centre))[0])
    assert high < HUMAN_EXPOSURE_GRID[-1] / 10  # never free of risk


def test_more_patients_without_an_event_mean_less_risk_and_events_mean_more(monkeypatch):
    def median(**changed):
        rows = tuple(dataclasses.replace(e, **changed) if e.study == "START phase 2a" else e for e in exposures())
        monkeypatch.setattr(hazards, "exposures", lambda: rows)
        weights = human_tolerance.__wrapped__(0.1)
        return float(tolerance_at(np.array([0.5]), weights)[0])

    assert median(patients=400) > median() > median(events=10)


def test_what_is_counted_has_an_upper_end_wherever_anybody_was_infused_and_none_beyond():
    n, x, high = counted_upper(1e7)
    assert (n, x) == (40, 0) and high == pytest.approx(1 - 0.05 ** (1 / 40), rel=1e-6)
    assert counted_upper(5e7) == (0, 0, None)
    assert 0 < counted_upper(1e6)[2] < high
    assert human_exposure.exposures()[1].events is None  # a table that was not seen does not count as none


@pytest.mark.parametrize(
    ("name", "value"),
    [("SIZE_POWER", 0.0), ("EASED", 1.0), ("WINDOW", 1e-9), ("EASING", 1e3)],
)
def test_a_broken_law_of_the_burden_is_found_out(monkeypatch, name, value):
    """Each law, turned off, breaks one of the relations above."""
    from osteon.cells import lung_burden

    def relations():
        parts = total(but(amount=1.5e7, days=tuple(np.arange(4) / 24)))
        alone = total(but(amount=1.5e7))
        drip = total(but(infusion=1 / 24))
        size = float(obstruction(12.6)) < 0.5 * float(obstruction(18.0))
        return size and bool((parts > 10 * 4 * alone).all()) and bool((drip < 0.5 * total(BOLUS)).all())

    assert relations()
    monkeypatch.setattr(lung_burden, name, value)
    assert not relations()
