"""A study with cells: it runs, its effects stand over many parameter draws, its harms beside them, its limits by construction."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from osteon.inputs import read_study
from osteon.trial.run import run
from osteon.trial.uncertainty import CellProductProfile, EffectUncertainty, cell_product_profiles, effect_uncertainty

STUDY = {
    "format": 1,
    "title": "cells",
    "question": "what?",
    "population": {"cohort": "postmenopausal_osteoporosis", "patients_per_arm": 8},
    "design": {"allocation": "1:1:1", "duration": "12 months", "visits": ["0 months", "6 months", "12 months"]},
    "arm": [
        {"name": "nothing"},
        {
            "name": "cells",
            "cells": [{"source": "umbilical_cord", "dose": "2e6 cells/kg", "route": "intravenous", "at": ["0 months"]}],
        },
        {
            "name": "vesicles",
            "cells": [
                {
                    "source": "umbilical_cord",
                    "product": "exosomes",
                    "dose": "4e9 particles/kg",
                    "route": "intravenous",
                    "at": ["0 months"],
                }
            ],
        },
    ],
    "endpoint": [{"name": "bmd_total_hip", "visit": "12 months", "as": "percent_change", "compare": "nothing"}],
    "uncertainty": {"parameters": "fit_ensemble", "replicates": 1},
}


@pytest.fixture(scope="module")
def study():
    return read_study(STUDY)


@pytest.fixture(scope="module")
def rows(study):
    return effect_uncertainty(study, seed=1, parameter_draws=60)


def test_the_effect_of_cells_in_people_includes_nothing_and_hangs_on_translation(rows):
    assert {r["arm"] for r in rows} == {"cells", "vesicles"}
    for row in rows:
        assert row["lo90"] <= 1e-3 < row["hi90"]
        assert row["evidence"] == "assumed" and row["drivers"][0][0] == "translation"
        assert row["patients_if_median"] > row["patients_if_high"] > 10


def test_vesicles_cannot_lodge_and_cells_show_the_upper_end_for_tumours(study):
    cells, vesicles = cell_product_profiles(study, 8, seed=1)
    assert vesicles["embolism_hi90"] == vesicles["death_hi90"] == 0 and not vesicles["bounds"]
    assert 0 < cells["embolism_hi90"] < 0.1
    assert {b[0]: b[3] for b in cells["bounds"]}["malignancy"] == 1.45


def test_the_types_have_no_place_for_what_nobody_knows():
    names = {f.name for t in (EffectUncertainty, CellProductProfile) for f in dataclasses.fields(t)}
    assert not [n for n in names if any(w in n for w in ("fracture", "best", "optimal", "superior", "tumour", "rank"))]
    assert {"lo90", "hi90"} <= {f.name for f in dataclasses.fields(EffectUncertainty)}


def test_a_study_with_cells_runs_and_is_labelled(tmp_path):
    import tomllib

    text = Path(__file__).parents[2].joinpath("examples", "study.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["arm"][1]["cells"]
    (tmp_path / "s.toml").write_text(text)
    result = run(tmp_path / "s.toml", tmp_path / "out", patients=6)
    again = run(tmp_path / "s.toml", tmp_path / "again", patients=6, batch=5)
    assert json.dumps(result, sort_keys=True) == json.dumps(again, sort_keys=True)
    of_cells = [r for r in result["endpoints"] if r["arm"].startswith("cord")]
    assert of_cells and all(r["evidence"] == "assumed" and "patients_needed_90" not in r for r in of_cells)
    assert result["knowledge"] and result["cells"] and result["failed"] == 0
    assert np.isfinite([r["mean"] for r in result["endpoints"]]).all()
