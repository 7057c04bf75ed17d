"""Absolute risks beside placebo arms, by prior fracture: what a person is told must be plausible."""

from osteon.evidence import load_cohort, load_measurements
from osteon.replication.absolute_risks import absolute_risks, pooled, risk_table, ten_years, untreated

BEYOND = 2.0  # an outcome is off where its arms, taken together, are off by more than this factor


def test_every_row_is_a_published_one_and_told_by_prior_fracture():
    rows = absolute_risks()
    measured = {m.id: m for m in load_measurements(include_unverified=True)}
    assert {"FREEDOM", "HORIZON", "FIT_FLEX", "MORE"} <= {r.cohort for r in rows}
    for r in rows:
        assert r.published == measured[r.row].value and measured[r.row].arm.startswith("placebo")
        assert 0 < r.lo90 < r.hi90 < 100
    assert {r.prior for r in rows if "VFx" in measured[r.row].population} <= {0.0, 1.0}
    freedom = load_cohort("freedom").population["prior_vertebral_percent"] / 100
    assert {r.prior for r in rows if r.cohort == "FREEDOM"} == {freedom}


def test_no_outcome_is_off_by_more_than_a_factor_of_two():
    rows = absolute_risks()
    off = {k: v for k, v in pooled(rows).items() if not 1 / BEYOND <= v <= BEYOND}
    assert not off, f"{off}\n{risk_table(rows)}"


def test_a_mix_lies_between_its_parts():
    cohort = load_cohort("freedom")
    parts = [untreated(cohort, fractured, 36.0)["risk_vertebral"][0] for fractured in (False, True)]
    mixed = next(r for r in absolute_risks() if r.cohort == "FREEDOM" and r.endpoint == "fracture_vertebral")
    assert parts[0] < mixed.simulated < parts[1]
    assert abs(mixed.simulated - (parts[0] * (1 - mixed.prior) + parts[1] * mixed.prior)) < 1e-12


def test_ten_years_are_ordered():
    (_, without), (_, fractured) = ten_years()
    for output, (value, low, high) in without.items():
        assert 0 < low < high < 100 and value < fractured[output][0]
    assert fractured["risk_clinical_vertebral"][0] < fractured["risk_vertebral"][0], (
        "a radiograph shows more than is noticed"
    )
    assert without["risk_hip"][0] < without["risk_major_osteoporotic"][0] < without["risk_clinical"][0]
