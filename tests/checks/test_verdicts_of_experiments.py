"""Experiments as checks: verdicts follow the findings, bases are counted apart, the page stands alone."""

import pytest

from osteon.checks.experiments import check_experiments, chosen, judged
from osteon.errors import InputError
from osteon.replication.experiments import experiment_ids, load_experiment, run_experiment
from osteon.report.experiment_page import write_experiment_report
from osteon.report.tables import experiment_table

FAILS = {
    "T1-01",  # bone of SAMP6 rises by 3 % with cells, and in some parameter draws not at all: little coupled formation
    "T1-02",  # trabecular bone with cells lies 1.17-fold above intact rats, the source has it level (0.85 to 1.15)
    "T1-17",  # arthritic bone comes back above healthy (1.04-fold), in the source in part
}


def test_the_experiments_that_fail_are_the_known_ones():
    rows = check_experiments(draws=4)
    assert [r["id"] for r in rows] == list(experiment_ids())
    assert {r["id"] for r in rows if r["verdict"] == "fails"} == FAILS
    for row in rows:
        assert row["evidence"] in {"human", "animal", "assumed"} and "nan" not in row["figure"]
        assert row["basis"] in {"emergent", "entailed", "fitted"}


def test_a_turned_edge_makes_the_verdict_fail_and_the_words_say_so():
    experiment = load_experiment("T1-04")
    assert judged(experiment, run_experiment(experiment, draws=2))["verdict"] == "holds"
    row = judged(experiment, run_experiment(experiment, draws=2, flipped="mots_c"))
    assert row["verdict"] == "fails" and "NOT as the source says" in row["figure"]
    assert "NOT as the source says" in experiment_table([row] * 4)


def test_emergent_and_entailed_findings_are_counted_apart():
    row = judged(load_experiment("T1-13"), run_experiment(load_experiment("T1-13"), draws=2))
    assert (row["emergent"], row["entailed"], row["fitted"]) == (1, 2, 0)


def test_unknown_ids_are_all_told_and_known_ones_are_taken_once():
    with pytest.raises(InputError) as caught:
        chosen(["T1-04", "x", "y"])
    assert len(caught.value.faults) == 2
    assert chosen(["t1-04", "T1-04"]) == ("T1-04",)


def test_the_page_shows_design_source_findings_and_basis_and_needs_nothing_from_outside(tmp_path):
    rows = write_experiment_report(tmp_path / "page.html", ["T1-13", "T1-20"], draws=3)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert [r["id"] for r in rows] == ["T1-13", "T1-20"]
    assert all(w in page for w in ("emergent", "entailed", "let-7c", "<svg", "Research use only"))
    assert "src=" not in page and "://" not in page.replace("http://www.w3.org", "")
