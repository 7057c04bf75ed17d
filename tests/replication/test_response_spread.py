"""How persons' responses spread: what two scans differ by and what a class of drugs does are found again in made rows."""

import numpy as np
import pytest

from osteon.outcomes.assay import VISIT_CV
from osteon.replication.response_spread import Response, identified, published_responses, total_sd

SITES = ("bmd_lumbar_spine", "bmd_total_hip", "bmd_femoral_neck")


def made(arm, classes, site, mean, persons, sd):
    return Response(f"{arm}/{site}", "X", arm, classes, site, 24.0, "calibrate", mean, sd, mean, persons, 1.0)


def rows(follow_up, sensitivity):
    found = []
    for arm, classes, mean in (("a", ("one",), 3.0), ("b", ("one",), 9.0), ("c", ("two",), 4.0), ("d", ("two",), 10.0)):
        for site in SITES:
            parts = (1.5, 1.0, follow_up[site], sensitivity[classes[0]] * mean)
            found.append(made(arm, classes, site, mean, 1.5, float(np.sqrt(np.sum(np.square(parts))))))
    return found


def test_what_was_put_in_is_found_again():
    follow_up = dict(zip(SITES, (2.0, 1.5, 2.8), strict=True))
    found = identified(rows(follow_up, {"one": 0.0, "two": 0.4}))
    assert found.follow_up == pytest.approx(follow_up, rel=0.05)
    assert found.sensitivity["two"] == pytest.approx(0.4, rel=0.05) and found.sensitivity["one"] < 0.05
    assert found.gain["two"] > 3.84 > found.gain["one"]
    for r in rows(follow_up, {"one": 0.0, "two": 0.4}):
        assert total_sd(r, found) == pytest.approx(r.sd, rel=0.03)


def test_data_knows_what_scans_differ_by_and_no_sensitivity_to_antiresorptives():
    """Published SDs of DATA (leder2014) beside virtual persons of the second bone law."""
    one, both, other = ("antiresorptive",), ("antiresorptive", "formation enhancer"), ("formation enhancer",)
    table = {
        ("combination", both): ((12.4, 3.33, 5.0), (5.2, 1.76, 2.6), (5.6, 1.87, 3.6)),
        ("denosumab", one): ((7.4, 2.38, 3.4), (3.3, 1.40, 2.5), (3.5, 1.45, 3.8)),
        ("teriparatide", other): ((9.9, 3.61, 5.9), (2.1, 1.79, 3.0), (2.9, 2.13, 3.9)),
    }
    precision = dict(zip(SITES, (1.10, 0.96, 1.60), strict=True))
    given = [
        Response(
            f"{arm}/{site}", "DATA", arm, classes, site, 24.0, "calibrate", mean, sd, mean, persons, precision[site]
        )
        for (arm, classes), values in table.items()
        for site, (mean, persons, sd) in zip(SITES, values, strict=True)
    ]
    found = identified(given)
    for site in SITES:  # the records of outcomes hold what is found here
        assert 100 * np.sqrt(2) * VISIT_CV[site] == pytest.approx(
            np.hypot(found.follow_up[site], precision[site]), rel=0.05
        )
    assert found.sensitivity["antiresorptive"] < 0.05
    assert all(total_sd(r, found) == pytest.approx(r.sd, rel=0.12) for r in given)


def test_published_spreads_are_rows_of_bone_density_in_arms_that_can_be_run():
    found = published_responses()
    assert {m.cohort for m in found} >= {"DATA", "FINKELSTEIN2010"} and all(m.sd > 0 for m in found)
