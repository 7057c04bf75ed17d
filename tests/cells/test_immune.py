"""The host's T cells: own cells stay, foreign ones go, a second dose goes faster, a nude host lets all stay."""

import numpy as np
import pytest

from osteon.inputs import read_scenario
from osteon.simulation.scenario import simulate_scenario

SITE = "femur_left"
OF = [f"viable_cells_{SITE}", f"label_{SITE}", "effector_t_cells", "memory_t_cells", "viable_cells_lung"]
DAYS = [0, 1, 3, 7, 14, 28, 29, 31, 35, 42, 56]
OWN, OTHER, ANOTHER = {"match": "autologous"}, {"match": "allogeneic"}, {"species": "human", "age": "25 years"}


def course(donor, at=(0,), **animal):
    age = {} if donor == ANOTHER else {"age": "100 days"}
    line = {"source": "bone_marrow", "donor": donor | age, "dose": "1e6 cells", "route": "intramedullary"}
    line |= {"site": SITE, "at": [f"{d} days" for d in at]}
    table = {
        "format": 1, "animal": {"species": "rat", "age": "200 days", **animal}, "cells": [line],
        "output": {"end": "56 days", "at": [f"{d} days" for d in DAYS], "of": OF},
    }  # fmt: skip
    got = simulate_scenario(read_scenario(table))
    return {n: np.array([r["value"] for r in got.rows if r["output"] == n]) for n in OF}, " ".join(got.notes)


@pytest.fixture(scope="module")
def once():
    return {name: course(donor)[0] for name, donor in (("own", OWN), ("other", OTHER), ("another", ANOTHER))}


def at(found, day, name=f"viable_cells_{SITE}"):
    return found[name][DAYS.index(day)]


def test_the_more_foreign_cells_are_the_sooner_they_go_and_never_on_the_first_day(once):
    assert at(once["own"], 28) > 1.3 * at(once["other"], 28) > 1.3 * 1.3 * at(once["another"], 28) > 0
    day = [at(once[n], 1) for n in ("own", "other", "another")]
    assert day == sorted(day, reverse=True) and day[2] > 0.9 * day[0]


def test_own_cells_raise_no_effectors_and_others_do_within_two_weeks(once):
    assert np.all(once["own"]["effector_t_cells"] == 0) and np.all(once["own"]["memory_t_cells"] == 0)
    effectors = once["other"]["effector_t_cells"]
    assert effectors[DAYS.index(1)] < 0.1 < effectors.max() and DAYS[int(effectors.argmax())] in (7, 14)
    assert once["other"]["memory_t_cells"][-1] > 0.1


@pytest.mark.parametrize("donor", [OTHER, ANOTHER])
def test_a_nude_host_treats_every_cell_as_its_own(once, donor):
    nude, notes = course(donor, immune_system="nude")
    assert "Without T cells" in notes and np.all(nude["effector_t_cells"] == 0)
    if donor == OTHER:
        assert nude[f"viable_cells_{SITE}"] == pytest.approx(once["own"][f"viable_cells_{SITE}"], rel=1e-4)
    assert at(nude, 28) > 1.3 * at(once["other"], 28)


def test_a_second_dose_of_another_is_cleared_faster_than_its_first_and_of_own_cells_as_fast():
    def left(donor, day):
        """Of the second dose, day by day after it, against the first: what two doses leave less what one leaves."""
        one, two = course(donor)[0], course(donor, at=(0, 28))[0]
        first = at(one, day)
        second = at(two, 28 + day) - at(one, 28 + day) * (donor == OWN)
        return second / first

    assert left(OWN, 7) == pytest.approx(1.0, rel=1e-3)
    assert left(OTHER, 7) < 0.9 * left(OWN, 7)
    assert left(OTHER, 3) < 0.95 * left(OWN, 3)
    assert left(ANOTHER, 3) < left(OTHER, 3)


def test_label_is_kept_when_cells_are_rejected(once):
    """Rejected cells die where they are: label is cells and debris, and no cell is lost without a trace."""
    assert at(once["other"], 14, f"label_{SITE}") > at(once["other"], 14)
    assert at(once["other"], 7, f"label_{SITE}") == pytest.approx(at(once["own"], 7, f"label_{SITE}"), rel=0.05)


@pytest.mark.parametrize(
    ("strain", "nude"), [("BALB/c nude", True), ("NOD/SCID", True), ("Rowett RNU", True), ("C57BL/6J", False)]
)
def test_strains_that_lack_t_cells_say_so_by_name_and_the_file_can_say_otherwise(strain, nude):
    mouse = {"species": "mouse", "age": "100 days", "strain": strain}
    table = {"format": 1, "output": {"end": "1 day", "of": ["ctx"]}}
    assert read_scenario(table | {"animal": mouse}).animal.without_t_cells is nude
    assert not read_scenario(table | {"animal": mouse | {"immune_system": "intact"}}).animal.without_t_cells


def test_few_patients_answer_and_the_typical_one_does_not():
    from osteon.cells.immune import RESPONDERS, SILENT, competence_of_patients

    u = (np.arange(2000) + 0.5) / 2000
    answer = competence_of_patients(u, np.arange(2000) == 0)
    assert answer[0] == SILENT and np.mean(answer == 1) == pytest.approx(RESPONDERS, abs=0.002)


@pytest.mark.parametrize("arm", ["MISMATCH", "k_rejection", "k_t_recall"])
def test_a_broken_arm_of_the_answer_is_found_out(once, arm):
    """Each arm, turned off, takes away what the tests above hold."""
    line = {
        "source": "bone_marrow",
        "donor": OTHER | {"age": "100 days"},
        "dose": "1e6 cells",
        "route": "intramedullary",
    }
    line |= {"site": SITE, "at": ["0 days", "28 days"] if arm == "k_t_recall" else ["0 days"]}
    off = [{"parameter": "mismatch_1" if arm == "MISMATCH" else arm, "value": 0.0, "from": "0 days"}]
    of = ["effector_t_cells", f"viable_cells_{SITE}"]
    table = {
        "format": 1, "animal": {"species": "rat", "age": "200 days"}, "cells": [line],
        "output": {"end": "56 days", "at": [f"{d} days" for d in DAYS], "of": of},
    }  # fmt: skip
    runs = []
    for more in ({}, {"override": off}):
        rows = simulate_scenario(read_scenario(table | more)).rows
        runs.append({n: np.array([r["value"] for r in rows if r["output"] == n]) for n in of})
    whole, broken = runs
    if arm == "k_t_recall":
        k = DAYS.index(31)
        assert broken["effector_t_cells"][k] < whole["effector_t_cells"][k] - 0.01
    else:
        assert at(broken, 28) > 1.2 * at(whole, 28)
