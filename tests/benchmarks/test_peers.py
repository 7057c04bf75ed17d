"""A peer is given the same model: its numbers agree with ours."""

import numpy as np
import pytest
from benchmarks.ours import narrow, osteon
from benchmarks.peers.program import NUMPY, fixed_parts, fixed_values, values
from benchmarks.peers.shared import shared_sbml
from benchmarks.workloads import OUTPUTS, b, persons

from osteon.engine.program import make_program
from osteon.engine.simulate import evaluate


@pytest.fixture(scope="module")
def work():
    return b(2, 30)


def test_the_program_given_to_peers_has_the_rates_of_the_model(work):
    traced = work.model.traced
    program = make_program(traced, OUTPUTS)
    columns = work.columns(persons(3))
    start = evaluate(traced.initial, columns, 3) * 1.1
    known = columns | dict(zip(traced.states, start.T, strict=True)) | {"time": 0.0}
    static = fixed_values(program, columns, 3)
    given = {n: v for n, v in known.items() if n not in traced.parameters} | {
        id(e): static[:, i] for i, e in enumerate(fixed_parts(program))
    }
    asked = [traced.rules[o] for o in OUTPUTS]
    for roots, plain in ((program.rhs, traced.rhs), (program.outputs, asked)):
        found = np.stack([np.broadcast_to(v, 3) for v in values(roots, given, NUMPY)], axis=1)
        assert np.allclose(found, evaluate(plain, known, 3), rtol=1e-9, atol=1e-12)


def test_sbml_with_shared_parts_is_valid_and_reads_no_parameter_of_the_model(work):
    libsbml = pytest.importorskip("libsbml")
    shared = shared_sbml(work.model.traced, OUTPUTS, [("teriparatide_depot", 1.0, 19.0)])
    document = libsbml.readSBMLFromString(shared.text)
    assert document.getNumErrors(libsbml.LIBSBML_SEV_ERROR) == 0
    assert "turnover_scale" not in shared.text and len(shared.constants) > 100


@pytest.mark.slow
def test_libroadrunner_at_its_best_gives_our_numbers_in_calls_and_in_events(work):
    pytest.importorskip("roadrunner")
    from benchmarks.peers.roadrunner import roadrunner

    ours = osteon(work, 1e-9)(persons(2))
    for form in ("calls", "events"):
        assert np.allclose(roadrunner(work, 1e-8, form)(persons(2)), ours, rtol=1e-4)


@pytest.mark.slow
def test_a_build_without_avx512_and_one_lane_give_the_same_bits(work):
    whole = osteon(work, 1e-6)(persons(9))
    assert np.array_equal(osteon(work, 1e-6, lanes=1)(persons(9)), whole)
    assert np.array_equal(narrow(work, 1e-6, 4)(persons(9)), whole)


def test_a_step_is_counted_as_printed():
    from benchmarks.limit import count_step

    v = "<8 x double>"
    text = "\n".join(
        [
            f"define internal {v} @v8_exp({v} %x) #1 {{\nentry:",
            f"  %a = call {v} @llvm.fmuladd.v8f64({v} %x, {v} %x, {v} %x)\n}}",
            "define internal void @many_exp(ptr noalias %at, i64 %count) #2 {\nentry:\nL1.go:",
            f"  %b = call {v} @v8_exp({v} %y)\n  %L1.c = icmp slt i64 %L1.n, %count\nL1.out:\n}}",
            "define void @attempt(ptr noalias %y) #0 {\nentry:\nL2.go:\n  call void @many_exp(ptr %y, i64 3)",
            f"  %L2.c = icmp slt i64 %L2.n, 5\nL2.out:\n  %c = fdiv {v} %b, %b\n}}",
        ]
    )
    found = count_step(text)
    assert (found["exp"], found["fmuladd"], found["fdiv"], found["flops"]) == (15, 15, 1, 31)
