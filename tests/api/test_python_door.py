"""The Python door and the command line are one program: same tables, same numbers to the bit, same sentences."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import osteon as ost
from osteon import inputs
from osteon.cli import main
from osteon.errors import Unsupported
from osteon.inputs.people import Baseline
from osteon.io.toml_out import to_toml

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SCENARIOS = sorted(p for p in EXAMPLES.glob("*.toml") if "[output]" in p.read_text(encoding="utf-8"))
WOMAN = {
    "format": 1,
    "person": {"age": "66 years", "baseline": {"t_total_hip": -1.8}},
    "output": {"end": "6 months", "at": "3 months", "of": ["bmd_total_hip", "ctx"], "draws": 2},
    "regimen": [{"drug": "denosumab", "dose": "60 mg", "route": "subcutaneous", "every": "6 months"}],
}


def spoken(capsys: pytest.CaptureFixture[str], *words: str) -> dict:
    capsys.readouterr()
    main([*words, "--json"])
    return json.loads(capsys.readouterr().out)


@pytest.fixture(scope="module")
def woman() -> ost.Scenario:
    regimen = ost.Regimen("denosumab", "60 mg", every="6 months")
    person = ost.Person(age="66 years", t_score_total_hip=-1.8)
    return ost.Scenario(
        person=person, regimens=[regimen], end="6 months", at="3 months", outputs=["bmd_total_hip", "ctx"], draws=2
    )


@pytest.fixture(scope="module")
def result(woman: ost.Scenario) -> object:
    return ost.simulate(woman)


def test_import_alone_loads_nothing_heavy_and_is_quick() -> None:
    code = (
        "import sys, time; t = time.process_time(); import osteon; spent = time.process_time() - t;"
        "print(spent, *(m for m in ('numpy', 'pandas', 'pydantic', 'altair') if m in sys.modules))"
    )
    spent, *heavy = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True
    ).stdout.split()
    assert not heavy and float(spent) < 0.4


def test_public_names_are_few_and_each_has_an_example() -> None:
    assert 12 <= len(ost.__all__) <= 30
    without = [n for n in ost.__all__ if ">>>" not in (getattr(ost, n).__doc__ or "")]
    assert not without


def test_a_package_that_is_called_stays_a_package() -> None:
    import osteon.model as package
    from osteon.model import Model

    assert package.Model is Model and callable(package) and ost.model is package
    assert isinstance(ost.model(drugs="denosumab")._model, Model)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda p: p.stem)
def test_a_file_comes_back_from_its_toml_as_the_same_scenario(path: Path) -> None:
    scenario = ost.read_scenario(path)
    again = tomllib.loads(scenario.to_toml())
    assert again == scenario.to_dict() == tomllib.loads(path.read_text(encoding="utf-8"))
    assert ost.read_scenario(again) == scenario == pickle.loads(pickle.dumps(scenario))
    assert inputs.read_scenario(again) == inputs.load_scenario(path)


def test_written_in_python_it_is_the_table_of_the_file(woman: ost.Scenario) -> None:
    assert woman.to_dict() == WOMAN
    assert hash(woman) == hash(ost.read_scenario(WOMAN))


def test_every_key_of_the_files_is_an_argument() -> None:
    pairs = {
        ost.Person: inputs.Person, ost.Animal: inputs.Animal, ost.Regimen: inputs.DrugRegimen, ost.Cells: inputs.Cells,
        ost.Habit: inputs.Habit, ost.Override: inputs.Override,
    }  # fmt: skip
    for record, kind in pairs.items():
        assert set(kind.model_fields) - {"baseline"} <= set(record._keys)
    assert set(Baseline.model_fields) <= set(ost.Person._keys)
    places = set(ost.Scenario._keys.values())
    keys = {(f.alias or n,) for n, f in inputs.Scenario.model_fields.items()} - {("format",), ("output",)}
    keys |= {("output", f.alias or n) for n, f in inputs.Output.model_fields.items()}
    assert keys == places


@pytest.mark.metamorphic
def test_both_doors_give_the_same_numbers(
    woman: ost.Scenario, result: ost.simulate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "woman.toml"
    file.write_text(woman.to_toml(), encoding="utf-8")
    told = spoken(capsys, "simulate", str(file))
    assert told["rows"] == result.rows and told["notes"] == list(result.notes)
    assert told["doses"] == [d.row() for d in result._simulated.doses]
    for other in (file, WOMAN):
        assert ost.simulate(other).rows == result.rows
    assert result.save(tmp_path / "rows.csv").read_bytes() == _csv(file, tmp_path / "told.csv")


def _csv(file: Path, out: Path) -> bytes:
    main(["simulate", str(file), "--csv", str(out)])
    return out.read_bytes()


@pytest.mark.metamorphic
def test_more_draws_and_other_seeds_leave_the_typical_person_alone(woman: ost.Scenario, result: ost.simulate) -> None:
    more = ost.simulate(woman, draws=3, seed=2)
    assert more.wide().equals(result.wide())
    assert not more.wide("lo90").equals(result.wide("lo90"))


def test_an_event_table_is_read_beside_its_file(tmp_path: Path) -> None:
    table = {k: v for k, v in WOMAN.items() if k != "regimen"} | {"events": "doses.csv"}
    (tmp_path / "doses.csv").write_text("ID,TIME[h],EVID,CMT,AMT[mg]\n1,0,1,denosumab_depot,60\n", encoding="utf-8")
    (tmp_path / "s.toml").write_text(to_toml(table), encoding="utf-8")
    scenario = ost.read_scenario(tmp_path / "s.toml").replace(draws=0)
    assert ost.simulate(scenario).doses["given"].tolist() == [1.0]
    with pytest.raises(ost.InputError, match="no folder"):
        ost.simulate(table)


def test_what_is_found_can_be_computed_with_read_and_saved(result: ost.simulate, tmp_path: Path) -> None:
    assert result.df.columns.tolist() == ["month", "output", "unit", "value", "lo90", "hi90", "evidence"]
    assert result.wide().shape == (3, 2) and result.df["lo90"].dtype == float
    assert "denosumab 60 mg subcutaneous, 1 dose" in result.explain()
    shown = result._repr_html_()
    assert "<svg" in shown and "<iframe sandbox=" in shown and "allow-same-origin" not in shown
    assert result.save(tmp_path / "slide.svg").read_text(encoding="utf-8").startswith("<svg")
    assert result.save(tmp_path / "slide.png").read_bytes()[:4] == b"\x89PNG"
    assert ost.read_scenario(result.save(tmp_path / "s.toml")) == result.scenario
    with pytest.raises(ost.InputError, match="can be written"):
        result.save(tmp_path / "slide.docx")
    with pytest.raises(ost.InputError, match="Did you mean 'ctx'"):
        result.plot("ctxx")


def test_xarray_is_used_where_it_is_installed(result: ost.simulate) -> None:
    try:
        import xarray
    except ImportError:
        with pytest.raises(Unsupported, match="xarray is not installed"):
            result.to_xarray()
        return
    assert isinstance(result.to_xarray(), xarray.Dataset)


@pytest.mark.metamorphic
def test_a_run_has_the_hash_of_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = EXAMPLES / "stopping_denosumab.toml"
    mine = ost.run(tomllib.loads(study.read_text(encoding="utf-8")), out=tmp_path / "mine", patients=2)
    spoken(capsys, "run", str(study), "--out", str(tmp_path / "told"), "--patients", "2")
    assert spoken(capsys, "hash", str(tmp_path / "told"))["rows"][0]["hash"] == mine.hash
    told = ost.read_run(tmp_path / "told")
    assert told.endpoints.equals(mine.endpoints) and told.outcomes.equals(mine.outcomes)
    assert len(mine.patients) == 4 and {"arm", "causes"} <= set(mine.harms.columns) and len(mine.power)
    assert mine.report(show=False).is_file()
    assert len(repr(mine)) < 5000


def test_records_are_frozen_and_their_faults_are_sentences() -> None:
    person = ost.Person(age="66 years", bmi="25 kg/m^2")
    with pytest.raises(AttributeError, match="frozen"):
        person.age = "70 years"
    person.to_dict()["age"] = "1 years"
    assert person.age == "66 years" and person.replace(bmi=None) == ost.Person("66 years")
    with pytest.raises(ost.InputError) as caught:
        ost.Person(age=66, bmi="3 kg")
    assert len(caught.value.faults) == 2
    for wrong, words in (
        (lambda: ost.Person(agee="66 years"), "Did you mean 'age'"),
        (lambda: person.replace(smokin="never"), "Did you mean 'smoking'"),
        (lambda: ost.Regimen("denosumb", "60 mg"), "Did you mean 'denosumab'"),
        (lambda: ost.Regimen("ibandronate", "3 mg"), "several routes"),
        (lambda: ost.model(drugs=["denosumb"]), "Did you mean 'denosumab'"),
        (lambda: ost.show("denosumabb"), "Did you mean 'denosumab'"),
        (lambda: ost.simulate("none.toml"), "cannot be read"),
        (lambda: ost.simulate(EXAMPLES / "scenario_woman.toml", seed=-1), "whole number from 0"),
        (lambda: ost.replicate(["freedom"], patients=1), "whole number from 2"),
        (lambda: ost.claims([65]), "A name is a text"),
        (lambda: ost.replicate(["freedon"]), "Did you mean 'freedom'"),
    ):
        with pytest.raises(ost.InputError, match=words):
            wrong()


def test_a_model_with_other_values_is_a_new_model_that_is_used(woman: ost.Scenario, result: ost.simulate) -> None:
    plain = ost.model(drugs=["denosumab"])
    changed = plain.with_values(denosumab_kint=0.4)
    values = changed.parameters.set_index("name")["value"]
    assert values["denosumab_kint"] == 0.4 != plain.parameters.set_index("name")["value"]["denosumab_kint"]
    assert "\\frac{d" in plain.equations("osteoclasts")._repr_latex_()
    other = changed.simulate(woman, draws=0)
    assert not np.allclose(other.wide()["ctx"], result.wide()["ctx"])
    assert set(other.df["evidence"]) == {"assumed"}
    with pytest.raises(ost.InputError, match="Did you mean 'denosumab_kint'"):
        plain.with_values(denosumab_kin=1.0)


def test_every_public_object_is_shown_on_one_screen(woman: ost.Scenario, result: ost.simulate) -> None:
    model = ost.model(drugs=["denosumab"])
    many = woman.replace(regimens=[{**woman.regimens[0].to_dict(), "from": f"{i} months"} for i in range(60)])
    shown = [woman, many, result, model, model._model, model.equations("rankl"), ost.show("denosumab"), ost.drugs()]
    for thing in shown:
        text = repr(thing)
        assert text.count("\n") <= 60 and len(text) < 6000, text[:300]


_KEYS = st.text(min_size=1, max_size=8)
_LEAVES = st.one_of(st.text(max_size=12), st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False))
_TABLES = st.recursive(
    st.dictionaries(_KEYS, _LEAVES, max_size=3),
    lambda inner: st.dictionaries(_KEYS, st.one_of(_LEAVES, inner, st.lists(inner, max_size=2), st.lists(_LEAVES, max_size=3))),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(_TABLES)
def test_toml_that_is_written_is_the_table_that_is_read(table: dict) -> None:
    assert tomllib.loads(to_toml(table)) == table
