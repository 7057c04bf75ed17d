"""Claims as checks: complete, able to fail, and honest about what was not tested."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from osteon.checks.cells import CELLS
from osteon.checks.claims import CHECKED, UNBROKEN, check_claims, mutation_scores
from osteon.checks.faults import because
from osteon.checks.lab import DAYS, OUTPUTS, WOMAN, Run, observe
from osteon.checks.published import bounds, near_published
from osteon.checks.verdict import (
    NO_MECHANISM,
    NOBODY,
    RUN_FAILED,
    UNWRITTEN,
    VERDICTS,
    Part,
    graded,
    sign,
    typed_in,
    verdict,
)
from osteon.engine import simulate
from osteon.errors import Fault, InputError, RunFailed
from osteon.evidence.claim import load_claims
from osteon.simulation.assembly import human_model
from osteon.simulation.run_in import run_in

VACUOUS = {  # figures that were typed in, compared with each other: counted apart from what holds
    *("C15", "C21", "C33", "C36", "C43", "C84", "C88", "C89", "C124", "C125", "C139", "C141", "C142", "C147", "C157"),
    *("C162", "C165", "C168", "C172", "C174"),
}
CIRCULAR = {"C3", "C17", "C59", "C61", "C68", "C72", "C76", "C161", "C164", "C166", "C171"}
FAILS = {
    "C22",  # the review: a high BMI is a risk; the cohorts say that it spares the hip
    "C19",  # the review: renewal without limit
    "C64",  # the review: raloxifene raises breast cancer
    "C145",  # the review: TNF-alpha pushes cells to bone
    "C67",  # the model: low calcium after denosumab 1.5 times as frequent, 4.2 in the label
    "C16",  # vitamin D alone in want of it: +0.4 points at the hip, asked more than 0.5: bone answers the glands too weakly
    "C37",  # resorption per osteoclast varies by 0.8 %: those that live longer dig a little deeper
    "C99",  # SAMP6: bone of the treated femur +4 %, asked 5
    "C193",  # SAMP6: bone rises by 3 % with cells, from the lower end of the interval (1.00) not for sure
    "C209",  # arthritis: cells give back more bone than was lost (1.04 of healthy), the source part of it
    "C53",  # what a replete woman is given more still lowers resorption by 4 points
    "C194",  # cells give back more bone than intact rats have, 1.17 times
}
REPLAYED = {"C66"}  # run by the replay of a trial or read off a law: tests/checks/test_fracture_claims.py
OF_CELLS = {c.id for c in CELLS}  # judged from dishes, animals and sources, see test_cell_claims


@pytest.fixture(scope="module")
def rows():
    return {r["id"]: r for r in check_claims(list(CHECKED))}


def test_every_claim_from_22_to_76_has_a_check_of_its_own():
    assert set(CHECKED) >= {f"C{i}" for i in [*range(22, 77), *range(193, 213)]}
    assert set(CHECKED) <= {c.id for c in load_claims()}


def test_every_row_has_a_known_verdict_basis_and_evidence_and_says_its_figure(rows):
    for row in rows.values():
        assert row["verdict"] in VERDICTS and row["status"]
        assert row["basis"] in {"emergent", "entailed", "fitted", ""}
        assert row["evidence"] in {"human", "animal", "assumed"}
        assert row["figure"] and not re.search(r"\bnan\b", row["figure"])


def test_nothing_that_was_not_tested_claims_to_hold(rows):
    untold = (*OF_CELLS, *REPLAYED)
    assert all(CHECKED[i].runs or i in untold for i, r in rows.items() if r["verdict"] == "holds")
    assert all(r["basis"] for r in rows.values() if r["verdict"] in ("holds", "fails"))


def test_the_claims_that_fail_are_the_known_ones(rows):
    assert {i for i, r in rows.items() if r["verdict"] == "fails"} == FAILS
    for row in rows.values():
        assert (row["at_fault"] in {"model", "review", "source"}) == (row["verdict"] == "fails"), row["id"]
        assert row["at_fault"] != "review" or row["because"], row["id"]


def test_what_compares_constants_and_what_gives_back_its_own_input_is_counted_apart(rows):
    assert {i for i, r in rows.items() if r["verdict"] == "vacuous"} == VACUOUS
    assert {i for i, r in rows.items() if r["verdict"] == "circular"} == CIRCULAR


def test_all_212_claims_have_a_written_status_and_none_is_unwritten():
    rows = check_claims()
    assert len(rows) == 212 and {r["id"] for r in rows} == {c.id for c in load_claims()}
    assert all(r["status"] and r["figure"] for r in rows)
    assert not [r["id"] for r in rows if r["status"] == UNWRITTEN]
    assert all(r["status"] in (NOBODY, NO_MECHANISM) for r in rows if r["verdict"] == "unknown")
    by_id = {r["id"]: r for r in rows}
    for row in rows:
        assert (row["verdict"] == "merged") == bool(row["twin"])
        assert not row["twin"] or by_id[row["twin"]]["verdict"] not in ("merged", "unknown")


def test_a_run_that_fails_costs_its_own_claim_its_verdict_and_no_other(monkeypatch):
    broken = Run((*WOMAN, ("bmi", float("nan"))))
    monkeypatch.setitem(CHECKED, "C23", replace(CHECKED["C23"], runs={**CHECKED["C23"].runs, "heavy": broken}))
    rows = {r["id"]: r for r in check_claims(["C23", "C25", "C30"])}
    assert (
        rows["C23"]["verdict"] == "unknown" and rows["C23"]["status"] == RUN_FAILED and "heavy" in rows["C23"]["figure"]
    )
    assert rows["C25"]["verdict"] == rows["C30"]["verdict"] == "holds"

    def dies(seen):
        raise RunFailed(Fault("x", message="No animal."))

    monkeypatch.setitem(CHECKED, "C23", replace(CHECKED["C23"], judge=dies, runs={}))
    assert check_claims(["C23", "C25"])[0]["status"] == RUN_FAILED


def test_a_claim_that_no_broken_mechanism_moves_is_not_counted_as_holding():
    check, parts = CHECKED["C23"], [Part("", True)]
    assert [graded(check, parts, True, n) for n in (None, 0, 3)] == ["holds", "unmoved", "holds"]
    assert (
        graded(check, parts, False, 3) == "vacuous" and graded(replace(check, own=("x",)), parts, True, 3) == "circular"
    )
    assert graded(check, [Part("", False)], False, 0) == "fails"
    assert graded(check, parts, True, ("harms", "denosumab")) == "circular"
    assert graded(check, parts, True, ("denosumab", "rank")) == "holds" and graded(check, parts, True, ()) == "unmoved"


def test_a_claim_that_was_never_tried_on_a_broken_mechanism_says_so(monkeypatch):
    monkeypatch.setattr("osteon.checks.claims.mutation_scores", dict)
    (row,) = check_claims(["C25"])
    assert row["verdict"] == "holds" and row["mutation_score"] is None and row["status"] == UNBROKEN
    assert row["parts"] == 2 and row["two_sided"] == 0


def test_bounds_of_a_published_row_lie_on_both_sides_of_it_and_no_row_from_memory_gives_any():
    low, high = bounds("freedom/denosumab/bmd_total_hip/36/pct_diff_vs_comparator")
    assert 0 < low < 6.4 < high and (low + high) / 2 == pytest.approx(6.4)
    fold = bounds("effect/teriparatide/p1np/6/pct_change_baseline")
    assert fold[0] < 218 < fold[1] and (1 + fold[0] / 100) * (1 + fold[1] / 100) == pytest.approx(3.18**2, rel=0.02)
    assert [
        near_published("freedom/denosumab/bmd_total_hip/36/pct_diff_vs_comparator", "hip", v).holds
        for v in (low - 0.1, 6.0, high + 0.1)
    ] == [False, True, False]
    with pytest.raises(KeyError):
        bounds("freedom/denosumab/ctx/6/pct_diff_vs_comparator")


def test_a_row_names_the_outputs_that_its_judge_read(rows):
    assert {"bmd_total_hip", "hazard_vertebral"} <= set(rows["C16"]["looks_at"]) <= set(OUTPUTS)
    assert all(
        r["looks_at"]
        for r in rows.values()
        if CHECKED[r["id"]].runs and r["verdict"] in ("holds", "fails") and not r["twin"]
    )


def test_the_trace_of_a_verdict_agrees_with_what_checks_of_harms_say_of_themselves():
    """What only the table of harms can turn names its own figure; nothing else is turned by that table alone."""
    traced = {i for i, m in mutation_scores().items() if typed_in(m.by)}
    assert traced and [i for i in traced if not CHECKED[i].own] == []
    assert traced <= CIRCULAR


def test_every_failing_claim_says_who_is_wrong_with_figures(rows):
    failing = [r for r in rows.values() if r["verdict"] == "fails"]
    assert failing
    for r in failing:
        assert r["at_fault"] in ("model", "review", "source") and any(c.isdigit() for c in r["because"]), r["id"]
    check = replace(CHECKED["C23"], because="")
    assert because(check, [Part("hip +3 % (5 to 9)", False)]) == "not as claimed: hip +3 % (5 to 9)"


def test_no_check_can_hold_when_nothing_is_done_to_anybody():
    """Every run of every check is replaced by one untouched woman: what still held would be a check that cannot fail."""
    plain = Run(WOMAN)
    seen = observe([plain])[plain]
    run = [c for c in CHECKED.values() if c.runs]
    assert not [c.id for c in run if verdict(c.judge(dict.fromkeys(c.runs, seen))) != "fails"]


@pytest.mark.parametrize(("id", "one", "other"), [("C23", "heavy", "plain"), ("C70", "romosozumab", "alendronate")])
def test_a_claim_fails_when_its_arms_are_swapped(id, one, other):
    check = CHECKED[id]
    seen = {name: found for name in check.runs for found in [observe([check.runs[name]])[check.runs[name]]]}
    assert verdict(check.judge(seen)) == "holds"
    assert verdict(check.judge({**seen, one: seen[other], other: seen[one]})) == "fails"


def test_a_run_does_not_depend_on_its_company():
    check = CHECKED["C30"]
    alone = observe([check.runs["heavy"]])[check.runs["heavy"]]
    among = observe(list(check.runs.values()))[check.runs["heavy"]]
    assert (alone.values == among.values).all()
    assert alone.values.shape == (len(DAYS), len(OUTPUTS))


def test_a_woman_without_drugs_is_the_same_in_a_model_that_knows_the_drugs():
    plain = human_model()
    parameters = dict(WOMAN)
    shared = ["bmd_total_hip", "resorption"]
    got = simulate(plain, parameters, times=DAYS, outputs=shared, start=0.0, initial=run_in(plain, parameters, 1))
    seen = observe([Run(WOMAN)])[Run(WOMAN)]
    for name in shared:
        np.testing.assert_allclose(seen.curve(name), got.of(name)[0], rtol=1e-5)


def test_a_part_that_fails_outweighs_one_that_cannot_be_looked_at():
    good, bad, blind = Part("", True), Part("", False), Part("", None)
    assert [verdict(p) for p in ([good], [good, blind], [bad, blind], [])] == ["holds", "unknown", "fails", "unknown"]
    assert sign("x", 1.0, up=True).holds and not sign("x", 1.0, up=False).holds
    assert not sign("x", math.nan, up=True).holds


def test_a_claim_without_a_check_is_unknown_and_a_wrong_id_is_told(monkeypatch):
    monkeypatch.delitem(CHECKED, "C16")
    (row,) = check_claims(["c16"])
    assert (row["id"], row["verdict"], row["status"]) == ("C16", "unknown", UNWRITTEN)
    with pytest.raises(InputError, match="C9999"):
        check_claims(["C9999"])


def test_a_sentence_that_was_put_in_as_a_law_or_a_number_is_no_emergent_one():
    """Found in the sources of laws, parameters and tables, not from a list: `review C47` there means that C47 was typed in."""
    import re
    from importlib.resources import files
    from pathlib import Path

    root, cited = Path(str(files("osteon"))), set()
    told = {"claims.csv", "mutations.csv", "measurements.csv"}
    for path in (p for s in ("*.py", "*.toml", "*.csv") for p in root.rglob(s)):
        if path.name in told or {"checks", "experiments"} & set(path.parts):
            continue
        for m in re.finditer(r"review C(\d+)(?: to C(\d+))?", path.read_text(encoding="utf-8")):
            cited |= {f"C{i}" for i in range(int(m[1]), int(m[2] or m[1]) + 1)}
    assert len(cited) > 10
    assert [c for c in cited if c in CHECKED and CHECKED[c].basis == "emergent"] == []
