"""A run of the cells' posterior from nothing: it finishes, goes on from what a folder holds, and refuses other evidence."""

import json

import numpy as np
import pytest

from osteon.cells.posterior import read_posterior
from osteon.errors import InputError
from osteon.inference.cell_posterior import run
from osteon.inference.cell_posterior_files import write_fit


@pytest.mark.slow
def test_a_run_finishes_learns_from_what_was_measured_and_goes_on_from_its_folder(tmp_path):
    fit = run(tmp_path, minutes=60.0)
    assert fit is not None
    write_fit(tmp_path / "files", fit)
    known = {p.parameter: p.known for p in fit.parameters}
    assert known["k_cell_loss"] > 0.5
    assert known["organ_arrest"] > 0.3
    assert fit.r_hat < 1.3
    assert fit.effective > 20
    read = read_posterior((tmp_path / "files" / "posterior.csv").read_text(encoding="utf-8"))
    assert np.allclose(read.draws["niche_gain"], fit.posterior.draws["niche_gain"], atol=1e-3)
    again = run(tmp_path, minutes=0.0001)
    assert again is not None
    assert np.array_equal(again.posterior.draws["niche_gain"], fit.posterior.draws["niche_gain"])
    about = json.loads((tmp_path / "state.json").read_text(encoding="utf-8"))
    (tmp_path / "state.json").write_text(json.dumps(about | {"key": "other"}), encoding="utf-8")
    with pytest.raises(InputError, match="other evidence"):
        run(tmp_path)
