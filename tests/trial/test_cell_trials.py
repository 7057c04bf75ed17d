"""A hundred trials of cells, each in a draw of its own: no effect, a middling and a good one occur as often as the prior says."""

import numpy as np
import pytest

from osteon.inputs import read_study
from osteon.io import toml
from osteon.population import sample
from osteon.simulation.assembly import human_model
from osteon.simulation.cell_products import cell_doses, cell_modules, cell_product_draws, human_bones
from osteon.simulation.typical import cohort_of
from osteon.trial.expected_effects import expected_effects
from osteon.trial.run import Settings, _treat, run

TEXT = """
format = 1
title = "Cells"
[population]
cohort = "postmenopausal_osteoporosis"
patients_per_arm = {patients}
[design]
duration = "3 months"
visits = ["0 months", "3 months"]
[[arm]]
name = "placebo"
[[arm]]
name = "cells"
[[arm.cells]]
source = "umbilical_cord"
subtype = "wharton_jelly"
dose = "2e6 cells/kg"
route = "intravenous"
infusion_time = "60 min"
at = ["0 months", "1 month"]
[[endpoint]]
name = "p1np"
visit = "3 months"
compare = "placebo"
[uncertainty]
parameter_draws = {draws}
"""


def test_true_effects_of_a_hundred_trials_follow_the_prior():
    """Same persons in every trial, nothing measured: what is left differs by the draw alone."""
    study = read_study(toml.parse(TEXT.format(patients=4, draws=100).encode(), "cells"), "cells")
    people = sample(cohort_of(study).population, human_model(), 4, 1, between=False, joint=True)
    settings = Settings(1, 4)

    def treat(arm, crowd, names, days, draws):
        return _treat(study, settings, arm, crowd, names, days, draws)[0]

    found = expected_effects(study, people, treat, settings.fit, 1)
    lines = cell_doses(study.arm[1].cells)
    model = human_model((), modules=cell_modules(lines, human_bones))
    carried = cell_product_draws(model, lines, np.full(100, 66.0), np.arange(1, 101), 1, human=True)["translation"]
    null = carried == 0
    assert null.mean() == pytest.approx(0.3, abs=4 * np.sqrt(0.3 * 0.7 / 100))
    # between-study offsets and the fit move both arms; what cells add is their difference beyond that of the null trials
    effect = found["cells", 0].draws - found["placebo", 0].draws
    assert len(effect) == 100
    noise = effect[null].std()
    good = carried > np.quantile(carried, 0.9)
    assert effect[good].mean() > effect[null].mean() + 2 * noise / np.sqrt(null.sum())
    assert np.corrcoef(effect, carried)[0, 1] > 0.15


@pytest.mark.slow
def test_trials_with_patients_of_their_own_show_it_too(tmp_path):
    path = tmp_path / "cells.toml"
    path.write_text(TEXT.format(patients=20, draws=100))
    rows = [t for t in run(path, tmp_path / "run")["trials"] if t["arm"] == "cells"]
    shown = np.mean([t["p"] < 0.05 and t["difference"] > 0 for t in rows])
    assert len(rows) == 100 and 0.02 < shown < 0.9
