"""Reading and writing: quantities, conditions, TOML, tables, exports."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon.errors import InputError, RunFailed
from osteon.io import toml
from osteon.io.conditions import parse_condition
from osteon.io.csv_out import escape, to_csv
from osteon.io.export import to_antimony, to_latex, to_sbml
from osteon.io.files import write_atomic
from osteon.io.quantities import UNITS, parse
from osteon.units import convert, parse_unit

BAD = [
    "1,5 mg",
    "5 pct",
    "9**9**9 mg",
    "60",
    "60mg",
    " 60 mg",
    "60  mg",
    "60 mg ",
    "nan mg",
    "inf mg",
    "1e999 mg",
    "60 µg",
    "６０ mg",
    "0x10 mg",
    "1_000 mg",
    "60 days",
    "",
    "mg",
    "--5 mg",
    "1e2e3 mg",
]


@pytest.mark.parametrize("text", [*BAD, 60, 60.0, None, True, ["60 mg"]])
def test_what_is_not_a_quantity_is_refused(text):
    with pytest.raises(InputError):
        parse(text, "mg")


@pytest.mark.parametrize(
    "text, unit, value",
    [
        ("60 mg", "ug", 60000.0),
        ("2 weeks", "days", 14.0),
        ("1 month", "days", 30.4375),
        ("2e6 cells/kg", "cells/kg", 2e6),
        ("10 percent/year", "1/year", 0.1),
    ],
)
def test_quantities_convert(text, unit, value):
    assert parse(text, unit).convert(unit) == pytest.approx(value, rel=1e-12)


def test_a_missing_unit_says_how_to_write_it():
    with pytest.raises(InputError, match='Write "60 mg"'):
        parse(60, "mg")


@given(st.floats(1e-6, 1e12, allow_nan=False), st.sampled_from(sorted(UNITS)))
def test_any_number_with_a_known_unit_is_read_back(value, unit):
    assert parse(f"{value!r} {unit}", unit.replace(" protein", "")).value == value


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_and_never_crashes(text):
    try:
        assert math.isfinite(parse(text, "mg").value)
    except InputError as error:
        assert error.faults[0].message


def test_units_know_their_dimension():
    assert convert(1.0, "week", "day") == 7.0
    assert parse_unit("ug/L").exponents == parse_unit("ng/mL").exponents and parse_unit("ug/L").factor == pytest.approx(
        parse_unit("ng/mL").factor
    )
    with pytest.raises(InputError, match="different things"):
        convert(1.0, "mg", "day")


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "age.x > 1 years",
        "age > 1 years or 1",
        "t_total_hip > -1.5; 1",
        "age >",
        "f(age) > 1",
        "age > 9**9**9 years",
    ],
)
def test_conditions_are_never_code(text):
    with pytest.raises(InputError):
        parse_condition(text)


def test_a_condition_holds_or_not():
    c = parse_condition("age >= 55 years")
    assert c.holds(55.0) and not c.holds(54.9)


@pytest.mark.parametrize(
    "data, code",
    [
        (b"", "empty_file"),
        (b" \n", "empty_file"),
        (b"\x00\x01\x02", "binary_file"),
        (b"\xff\xfe", "not_utf8"),
        (b"a = ", "not_toml"),
        (b"format = 1\nformat = 1", "not_toml"),
        (b"a = 1", "no_format"),
        (b"format = 2", "unknown_format"),
        (b"format = '1'", "unknown_format"),
        (b"a = " + b"[" * 20000, "not_toml"),
    ],
)
def test_a_broken_file_says_what_is_wrong(data, code):
    with pytest.raises(InputError) as caught:
        toml.parse(data, "x.toml")
    assert caught.value.faults[0].code == code


def test_formula_cells_are_escaped_and_numbers_are_not():
    assert [escape(c) for c in ("=1+1", "+x", "@a", "-1.5", -1.5, "a", None)] == [
        "'=1+1",
        "'+x",
        "'@a",
        "-1.5",
        "-1.5",
        "a",
        "",
    ]
    assert to_csv(["a", "b"], [{"a": "007", "b": 1.0}]) == "a,b\n007,1\n"


def test_a_table_row_of_another_length_is_corrupt():
    from osteon.errors import CorruptData
    from osteon.io.tables import parse_table

    assert parse_table("a,b\n007,NA\n") == [{"a": "007", "b": "NA"}]
    for text in ("a,b\n1\n", "a,b\n1,2,3\n"):
        with pytest.raises(CorruptData, match="line 2"):
            parse_table(text, "t.csv")


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / "ü a.txt"
    write_atomic(target, "old")

    def broken(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", broken)
    with pytest.raises(RunFailed, match="No space left"):
        write_atomic(target, "new")
    assert target.read_text(encoding="utf-8") == "old" and [p.name for p in tmp_path.iterdir()] == ["ü a.txt"]


@pytest.mark.slow  # libRoadRunner compiles this for half a minute; the twins below are quick
@pytest.mark.parametrize("form", ["antimony", "sbml"])
def test_sbml_and_antimony_run_elsewhere_as_they_run_here(form):
    roadrunner = pytest.importorskip("roadrunner")
    antimony = pytest.importorskip("antimony")
    from osteon.engine import simulate
    from osteon.simulation.assembly import human_model

    model = human_model(
        {"denosumab", "alendronate"}
    )  # every drug runs in COPASI: libRoadRunner compiles that for minutes
    asked = [
        "resorption",
        "formation",
        "bmd_total_hip",
        "bmd_lumbar_spine",
        "p1np",
        "dkk1",
        "rankl_rank",
        "denosumab_total",
        "alendronate_surface",
        "calcium",
        "pth",
        "deep_calcium",
    ]
    changed = {"age_at_start": 58.0, "menopause_age": 60.0, "turnover_scale": 1.3}
    ours = simulate(
        model,
        changed,
        times=np.linspace(0, 3650, 21),
        outputs=asked,
        rtol=1e-10,
        atol=1e-12,
        initial=_dosed(model, changed),
    ).values[0]
    assert antimony.loadAntimonyString(to_antimony(model)) >= 0, antimony.getLastError()
    other = roadrunner.RoadRunner(to_sbml(model) if form == "sbml" else antimony.getSBMLString("osteon"))
    for name, value in changed.items():
        other[name] = value
    for state, value in model.initial_values(changed).items():
        other[state] = value  # libRoadRunner does not start states anew when a parameter changes
    other["denosumab_total"], other["alendronate_surface"] = 5000.0, 2.0
    other.integrator.relative_tolerance, other.integrator.absolute_tolerance = 1e-10, 1e-13
    theirs = np.array(other.simulate(0, 3650, 21, asked))
    scale = np.abs(ours).max(axis=0)
    assert np.abs(theirs - ours).max(axis=0).max() < 1e-3 and (np.abs(theirs - ours) / scale).max() < 1e-6


def _small():
    """Every operation that a law may use, a rule, a start that hangs on parameters, time."""
    from osteon.model import Entry, Module, Parameter, Process, State, assemble, exp, log, sqrt, tanh

    def p(name, value, unit="1"):
        return Parameter(name, value, unit, "assumed", "assumed")

    return assemble(
        Module(
            "small",
            parameters=(p("ka", 1.5, "1/day"), p("ke", 0.3, "1/day"), p("steepness", 1.7), p("day", 1.0, "day")),
            states=(State("depot", "1", 1.0, 1.0), State("plasma", "1", 0.4, 1.0)),
            processes=(
                Process(
                    "absorption",
                    lambda depot, ka, steepness: ka * depot**steepness,
                    "1/day",
                    {"depot": -1, "plasma": 1},
                ),
                Process(
                    "elimination",
                    lambda plasma, ke, time, day: ke * plasma * (1 + tanh(time / day - 3)) / sqrt(1 + log(1 + plasma)),
                    "1/day",
                    {"plasma": -1},
                ),
                Process("supply", lambda ka, time, day: ka * exp(-time / day), "1/day", {"depot": 1}),
            ),
            entries=(Entry("drug", "oral", "depot", "1"),),
        )
    )


@pytest.mark.parametrize("form", ["antimony", "sbml"])
def test_a_small_model_runs_in_roadrunner_as_it_runs_here(form):
    roadrunner = pytest.importorskip("roadrunner")
    antimony = pytest.importorskip("antimony")
    from osteon.engine import simulate

    model, times, asked = _small(), np.linspace(0, 10, 11), ["depot", "plasma", "absorption", "elimination"]
    ours = simulate(model, times=times, outputs=asked, rtol=1e-10, atol=1e-12).values[0]
    assert antimony.loadAntimonyString(to_antimony(model)) >= 0, antimony.getLastError()
    other = roadrunner.RoadRunner(to_sbml(model) if form == "sbml" else antimony.getSBMLString("osteon"))
    other.integrator.relative_tolerance, other.integrator.absolute_tolerance = 1e-11, 1e-13
    assert np.abs(np.array(other.simulate(0, 10, 11, asked)) - ours).max() < 1e-7


def test_a_small_model_runs_in_copasi_as_it_runs_here():
    pytest.importorskip("COPASI")
    from osteon.engine import simulate

    model, asked = _small(), ["depot", "plasma"]
    ours = simulate(model, times=np.linspace(0, 10, 11), outputs=asked, rtol=1e-10, atol=1e-12).values[0]
    assert np.abs(_in_copasi(to_sbml(model), asked, 10.0, 10) - ours).max() < 1e-7
    assert np.abs(_in_copasi(_with(to_sbml(model), {"ke": 0.3001}), asked, 10.0, 10) - ours).max() > 1e-6


@pytest.mark.slow  # the whole model in COPASI's interpreter
def test_sbml_runs_in_copasi_as_it_runs_here():
    """Every drug in the model, two of them given, minerals pushed aside; all states and some outputs."""
    pytest.importorskip("COPASI")
    from osteon.engine import simulate
    from osteon.interventions import CARDS
    from osteon.simulation.assembly import human_model

    model = human_model(CARDS)
    changed = {"age_at_start": 58.0, "menopause_age": 60.0, "calcium_intake": 600.0, "kidney_damage": 0.3}
    asked = [*model.states, "calcium", "pth", "calcitriol", "bmd_total_hip", "resorption"]
    how = {"rtol": 1e-10, "atol": 1e-12, "initial": _dosed(model, changed)}
    ours = simulate(model, changed, times=np.linspace(0, 3650, 11), outputs=asked, **how).values[0]
    theirs = _in_copasi(_with(to_sbml(model), changed | DOSED), asked, 3650.0, 10)
    scale = np.maximum(np.abs(ours).max(axis=0), [model.states[n].scale if n in model.states else 0.0 for n in asked])
    assert (np.abs(theirs - ours) / scale).max() < 1e-6
    bent = _in_copasi(_with(to_sbml(model), changed | DOSED | {"kidney_damage": 0.301}), asked, 3650.0, 10)
    assert (np.abs(bent - ours) / scale).max() > 1e-5  # the comparison sees a parameter that is off by a little


DOSED = {"denosumab_total": 5000.0, "alendronate_surface": 2.0}


def _with(text, values):
    """An SBML text with other values of parameters and states."""
    import libsbml

    document = libsbml.readSBMLFromString(text)
    for name, value in values.items():
        document.getModel().getParameter(name).setValue(value)
        document.getModel().removeInitialAssignment(name)
    return libsbml.writeSBMLToString(document)


def _in_copasi(text, asked, end, steps):
    """(times, outputs) of an SBML text run by COPASI's LSODA at tight tolerance."""
    import COPASI

    data = COPASI.CRootContainer.addDatamodel()
    assert data.importSBMLFromString(text)
    task = data.getTask("Time-Course")
    problem, method = task.getProblem(), task.getMethod()
    problem.setDuration(end)
    problem.setStepNumber(steps)
    for name, value in {"Relative Tolerance": 1e-11, "Absolute Tolerance": 1e-13}.items():
        method.getParameter(name).setDblValue(value)
    method.getParameter("Max Internal Steps").setUIntValue(10_000_000)
    assert task.process(True), COPASI.CCopasiMessage.getAllMessageText()
    series = task.getTimeSeries()
    column = {series.getTitle(i).removeprefix("Values[").removesuffix("]"): i for i in range(series.getNumVariables())}
    rows = range(series.getRecordedSteps())
    found = np.array([[series.getConcentrationData(r, column[n]) for n in asked] for r in rows])
    COPASI.CRootContainer.removeDatamodel(data)
    return found


def _dosed(model, changed):
    from osteon.engine.simulate import initial_states, parameter_matrix

    states = initial_states(model, parameter_matrix(model, changed, 1))
    place = {s: i for i, s in enumerate(model.traced.states)}
    states[0, place["denosumab_total"]], states[0, place["alendronate_surface"]] = 5000.0, 2.0
    return states


def test_latex_holds_every_state_and_parameter():
    from osteon.simulation.assembly import human_model

    model = human_model()
    text = to_latex(model)
    assert all(s.replace("_", "\\_") in text for s in model.states) and all(
        f"\\verb|{p}|" in text for p in model.parameters
    )


def test_every_module_of_the_source_says_what_it_is():
    import osteon

    for path in Path(osteon.__file__).parent.rglob("*.py"):
        assert path.read_text(encoding="utf-8").lstrip().startswith('"""'), path
