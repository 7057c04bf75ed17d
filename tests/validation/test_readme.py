"""The README's numbers are those of the last scorecard, losses first; a number changed by hand is found."""

import re
from copy import deepcopy

import pytest

from validation import readme


def test_the_readme_is_what_the_stored_figures_say():
    text = readme.FILE.read_text(encoding="utf-8")
    assert readme.filled(text, readme.block(readme.stored())) == text, readme.differs(text)


def test_a_number_changed_in_the_readme_is_found():
    text = readme.FILE.read_text(encoding="utf-8")
    block = text.split(readme.OPEN)[1].split(readme.CLOSE)[0]
    number = re.search(r"\| (\d\.\d\d) \|", block)
    changed = text.replace(block, block.replace(number[0], "| 0.01 |", 1))
    assert readme.filled(changed, readme.block(readme.stored())) != changed
    assert any("0.01" in line for line in readme.differs(changed))


def test_losses_stand_before_wins_and_a_lost_comparison_is_never_left_out():
    figures = deepcopy(readme.stored())
    figures["same_rows"] = [
        {"role": "holdout_temporal", "endpoint": "bmd_total_hip", "ours": 1.38, "theirs": 0.91, "rows": 12},
        {"role": "holdout", "endpoint": "ctx", "ours": 0.3, "theirs": 0.5, "rows": 9},
    ]
    made = readme.block(figures)
    lost, won = made.index("1.38 here, 0.91 the published model"), made.index("0.30 here, 0.50 the published model")
    assert made.index("Where it loses") < lost < made.index("Where it wins") < won
    assert all(m["what"] in made for m in figures["missed"])


def test_the_stored_figures_are_of_the_tables_that_are_kept_apart():
    figures = readme.stored()
    roles = {s["role"] for s in figures["scores"]}
    assert {"calibrate", "holdout", "holdout_temporal"} <= roles
    assert figures["inside"]["of_largest"] <= figures["inside"]["rows"] and figures["looks"] >= 1


def test_rows_by_drug_count_every_drug_of_an_arm_and_hold_their_error():
    row = {
        "cohort": "DATA",
        "arm": "combination",
        "endpoint": "bmd_total_hip",
        "role": "calibrate",
        "error": 1.0,
        "inside": True,
    }
    other = row | {"arm": "denosumab", "error": -3.0, "inside": False}
    found = {r["drug"]: r for r in readme.by_drug([row, other, row | {"endpoint": "ntx"}])}
    assert set(found) == {"teriparatide", "denosumab"}
    assert found["teriparatide"]["rows"] == 1 and found["teriparatide"]["rmse"] == 1.0
    assert found["denosumab"]["rows"] == 2 and found["denosumab"]["inside"] == 0.5
    assert found["denosumab"]["rmse"] == pytest.approx(5**0.5, abs=1e-3)
