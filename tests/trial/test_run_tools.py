"""What is done with finished runs: analysed anew, compared, exported, put together from parts."""

import csv
import json
import shutil
import zipfile

import pytest
import statsmodels.api as sm
from tests.trial.two_arms import endpoint, study_text

from osteon.app.export_run import export_run
from osteon.errors import CorruptData, InputError
from osteon.io.run_folder import read_manifest
from osteon.trial.analysis_conformance import faults_of_datasets
from osteon.trial.analysis_datasets import datasets_of, open_run
from osteon.trial.analysis_variables import DATASETS
from osteon.trial.calibration import power, type_one
from osteon.trial.reanalysis import compare_runs, reanalyse
from osteon.trial.run import contents, join, run

STUDY = study_text(
    "Export",
    "freedom",
    30,
    (0, 12, 36),
    endpoint("vertebral_fracture", "36 months", as_="incidence", analysis="log_rank")
    + endpoint("bmd_total_hip", "36 months"),
    design='dropout = "10 percent/year"\n',
)
PLAN = """
format = 1
multiplicity = "holm"
[looks]
information = [0.5, 1.0]
[[endpoint]]
name = "bmd_total_hip"
visit = "36 months"
compare = "placebo"
[[endpoint]]
name = "ctx"
visit = "12 months"
as = "ratio"
analysis = "ratio"
compare = "placebo"
[[endpoint]]
name = "clinical_fracture"
visit = "36 months"
as = "incidence"
analysis = "cox"
compare = "placebo"
"""


@pytest.fixture(scope="module")
def place(finished):
    folder = finished(STUDY, run={"batch": 25})
    (folder / "plan.toml").write_text(PLAN)
    return folder


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_plan_recomputes_the_same_numbers_and_more(place):
    before = json.loads((place / "run" / "endpoints.json").read_text(encoding="utf-8"))["endpoints"]
    rows = reanalyse(place / "run", place / "plan.toml")
    hip = next(r for r in rows if r["endpoint"] == "bmd_total_hip" and "compare" in r)
    same = next(r for r in before if r["endpoint"] == "bmd_total_hip" and "compare" in r)
    assert (hip["difference"], hip["p"]) == (same["difference"], same["p"])
    tested = [r for r in rows if r.get("p") is not None]
    assert hip["p_adjusted"] == pytest.approx(min(1, hip["p"] * (1 + sum(r["p"] > hip["p"] for r in tested))))
    assert hip["looks"][0]["information"] == 0.5 and abs(hip["looks"][0]["bound"] - 2.963) < 1e-3
    contents(place / "run")  # nothing in the folder moved


def test_a_bad_plan_is_answered_with_every_fault(place, tmp_path):
    bad = PLAN.replace("placebo", "plcebo").replace("holm", "hulm").replace("1.0]", "1.4]").replace('"ctx"', '"cx"')
    (tmp_path / "bad.toml").write_text(bad)
    with pytest.raises(InputError) as error:
        reanalyse(place / "run", tmp_path / "bad.toml")
    told = " ".join(f.sentence() for f in error.value.faults)
    for part in ("hulm", "after the end", "plcebo", "'cx'"):
        assert part in told


def test_analyses_equal_statsmodels_on_exported_rows(place, tmp_path):
    export_run(str(place / "run"), "adam", str(tmp_path / "adam"))
    bmd = [
        r
        for r in read(tmp_path / "adam" / "adbmd.csv")
        if r["PARAMCD"] == "BMDHIP" and r["AVISITN"] == "36" and r["PCHG"]
    ]
    y, base = [[float(r[k]) for r in bmd] for k in ("PCHG", "BASE")]
    group = [float(r["TRTP"] == "denosumab") for r in bmd]
    fitted = sm.OLS(y, sm.add_constant(list(zip(group, base, strict=True)))).fit()
    row = next(
        r for r in reanalyse(place / "run", place / "plan.toml") if r["endpoint"] == "bmd_total_hip" and "p" in r
    )
    assert (row["difference"], row["p"]) == pytest.approx((fitted.params[1], fitted.pvalues[1]), rel=1e-9)
    times = [r for r in read(tmp_path / "adam" / "adtte.csv") if r["PARAMCD"] == "TTVERT"]
    columns = [[float(r["AVAL"]) for r in times], [1 - int(r["CNSR"]) for r in times], [r["TRTP"] for r in times]]
    endpoint = next(
        r
        for r in json.loads((place / "run" / "endpoints.json").read_text(encoding="utf-8"))["endpoints"]
        if r["endpoint"] == "vertebral_fracture" and "compare" in r
    )
    if endpoint["p"] is not None:
        assert endpoint["p"] == pytest.approx(sm.duration.survdiff(*columns)[1], rel=1e-4)


def test_datasets_conform_and_a_break_is_found(place):
    tables = datasets_of(open_run(place / "run"))
    assert faults_of_datasets(tables) == []
    assert set(tables) == {d.name for d in DATASETS} and len(tables["ADSL"]) == 60
    assert all(r["SYNTHFL"] == "Y" for rows in tables.values() for r in rows)
    broken = {k: [dict(r) for r in v] for k, v in tables.items()}
    broken["ADSL"][0]["SEX"] = "W"
    broken["ADSL"][1] = dict(broken["ADSL"][0])
    broken["ADTTE"][0]["AVAL"] = "12"
    broken["ADEX"][0]["USUBJID"] = "nobody"
    next(r for r in broken["ADBMD"] if r["CHG"] is not None)["CHG"] = 9.0
    broken["ADLB"][0]["EXTRA"] = 1
    del broken["ADAE"]
    told = " ".join(
        f"{f.place} {f.message}" for f in faults_of_datasets({k: v for k, v in broken.items() if k != "ADTTE"})
    )
    for part in ("ADSL.SEX", "same key", "ADAE", "CHG is not", "without metadata", "ADTTE", "does not have"):
        assert part in told, part


def test_exports_in_every_shape(place, tmp_path):
    for form in ("csv", "xlsx", "adam", "json"):
        result = export_run(str(place / "run"), form, str(tmp_path / form))
        assert all(r["bytes"] > 0 for r in result.rows) and (tmp_path / form / "README.txt").exists()
    body = json.loads((tmp_path / "json" / "adsl.json").read_text(encoding="utf-8"))
    assert body["datasetJSONVersion"] == "1.1.0" and body["records"] == 60 == len(body["rows"])
    assert [c["name"] for c in body["columns"]][:2] == ["STUDYID", "USUBJID"]
    with zipfile.ZipFile(tmp_path / "xlsx" / "run.xlsx") as book:
        assert book.testzip() is None and "xl/worksheets/sheet8.xml" in book.namelist()
    people = read(tmp_path / "csv" / "patients.csv")
    assert len(people) == 60 and {r["synthetic"] for r in people} == {"Y"}
    assert "label" in (tmp_path / "adam" / "read.sas").read_text(encoding="utf-8")
    with pytest.raises(InputError, match="not empty"):
        export_run(str(place / "run"), "csv", str(tmp_path / "csv"))


def test_two_runs_side_by_side(place, tmp_path):
    (tmp_path / "other.toml").write_text(STUDY.replace("60 mg", "30 mg"))
    run(tmp_path / "other.toml", tmp_path / "other", patients=10)
    differs, effects = compare_runs([place / "run", tmp_path / "other"])
    assert [r.place for r in differs] == ["arm[denosumab].regimen[1].dose", "--patients"]
    assert len(effects) == 4 and all(len(r.runs) == 2 for r in effects)
    with pytest.raises(InputError):
        compare_runs([place / "run"])


def test_parts_joined_have_the_hash_of_one_run(place, tmp_path):
    for k in (1, 2):
        run(place / "study.toml", tmp_path / f"p{k}", batch=25, part=f"{k}/2")
        assert read_manifest(tmp_path / f"p{k}")["state"] == "part"
    with pytest.raises(InputError, match="in no part"):
        join(tmp_path / "half", [tmp_path / "p1"])
    with pytest.raises(InputError):
        contents(tmp_path / "p1")
    join(tmp_path / "whole", [tmp_path / "p2", tmp_path / "p1"])
    assert contents(tmp_path / "whole") == contents(place / "run")
    run(place / "study.toml", tmp_path / "q2", seed=2, batch=25, part="2/2")
    with pytest.raises(InputError, match="settings"):
        join(tmp_path / "mixed", [tmp_path / "p1", tmp_path / "q2"])
    shutil.copytree(tmp_path / "p2", tmp_path / "bad")
    chunk = next((tmp_path / "bad" / "outcomes").glob("*.parquet"))
    chunk.write_bytes(chunk.read_bytes()[:-1] + b"x")
    with pytest.raises(CorruptData):
        join(tmp_path / "damaged", [tmp_path / "p1", tmp_path / "bad"])


@pytest.mark.parametrize("part", ["0/2", "3/2", "1", "a/b", "1/0", "-1/2"])
def test_parts_that_are_none(place, tmp_path, part):
    with pytest.raises(InputError, match="no part"):
        run(place / "study.toml", tmp_path / "x", part=part)


def test_calibration_holds_in_the_small():
    for rows in (type_one(100), power(100)):
        assert all(r["holds"] for r in rows), [r for r in rows if not r["holds"]]
        assert {r["trials"] for r in rows} == {100}
    with pytest.raises(InputError):
        type_one(5)


@pytest.mark.slow
def test_calibration_over_twenty_thousand_trials():
    for rows in (type_one(), power()):
        assert all(r["holds"] for r in rows), [r for r in rows if not r["holds"]]
