"""A step taken apart: only figures that can be true are printed."""

import numpy as np
import pytest
from benchmarks.limit import LANES, _both, _in_place, refusal, taken_apart
from benchmarks.ours import osteon
from benchmarks.page import _limit
from benchmarks.results import read_results
from benchmarks.workloads import OUTPUTS, a, persons

from osteon.engine import kernel


def found(step, run, **less):
    return {"step_ns": {"as it is": step, **less}, "run_ns": run, "gflops": 10.0, "peak_gflops": 80.0}


def test_what_cannot_be_true_is_refused():
    assert refusal(found(11_000.0, 12_600.0, no_exp=9_000.0)) == ""
    assert "in a run of 12.6" in refusal(found(43_700.0, 12_600.0))  # longer than the run it is in
    assert "no_log" in refusal(found(11_000.0, 12_600.0, no_log=11_900.0))  # slower for having less to do
    assert "above the peak" in refusal(found(11_000.0, 12_600.0) | {"gflops": 90.0})
    assert refusal(found(-1.0, 12_600.0))


def test_a_refused_figure_is_not_on_the_page():
    bad = found(43_700.0, 12_600.0)
    page = "\n".join(_limit({"limit": {"found": bad}}))
    assert "No figure" in page and "GFLOP/s, **" not in page
    kept = read_results().get("limit")
    assert kept is None or refusal(kept["found"]) == "" or "No figure" in "\n".join(_limit({"limit": kept}))


def test_a_step_is_the_difference_of_runs_in_one_round():
    busy = [{"run": 12.0 + d, "twice": 23.0 + d, "a copy": 24.0 + d, "no exp": 20.0 + d} for d in (0.0, 9.0, 1.0)]
    run, step = taken_apart(busy)
    assert run == 13.0 and step == pytest.approx({"as it is": 11.0, "no exp": 7.0})


def test_calling_a_step_twice_changes_no_bit():
    work = a()
    true = kernel.compile_kernel(work.model.traced, OUTPUTS, LANES)
    run = osteon(work, 1e-6)
    once = run(persons(9))
    with _in_place(work.model.traced, _both(true, true)):
        assert np.array_equal(run(persons(9)), once)
