"""Folder names are data: the same tables whatever the folder is called, and never those of its neighbour."""

import os
from pathlib import Path

import numpy as np
import pytest

from osteon.errors import CorruptData, RunFailed
from osteon.io.outcome_store import (
    contents_hash,
    events,
    first_events,
    join_parquet,
    read_parquet,
    visit_values,
    write_parquet,
)

PLAIN = "plain"
NAMES = [
    "run[1]", "run*", "run?", "run{1,2}", "[!a]", "[a-z]", "[[]", "[", "]", "[]", "**", "{", "{1..3}", "[1]/[2]", "*/run",
    "value=1", "dose=60", "arm=x", "patient=3", "visit=0", "output=ctx", "arm=x/patient=3/r", "a=b=c", "year=2024/month=1",
    "~", "~root", "~/x", "$HOME", "${HOME}", "%41", "%s", "-x", "--out", ";", "a;b", "#", "&&", "`id`", "$(id)",
    "it's", 'a"b', "''", "q'--", "two words", " lead", "trail ", "new\nline", "tab\t", "ü", "e\u0301", "日本語", "😀",
    "file:x", "s3:", "http:", "hf:", "x.parquet", "x.csv", "x.zip", "...", "..x", ".hidden", "a,b", "a:b", "a|b", "<x>", "x" * 200,
    "back\\slash", "\\", "a\\*", "\\[x]", "*\\", "a\\b[1]",
]  # fmt: skip
BYTES = [b"run\xff", b"\xfe[1]", b"a\\\xe9*"]


def usable(name):
    return os.name != "nt" or not set('<>:"\\|?*\n\t') & set(str(name)) and not str(name).endswith((" ", "."))


def tables(folder, value, few=False):
    """Two chunks of patients 0 … 3 in arms x and y, and what is read from them."""
    folder.mkdir(parents=True)
    people = {"patient": np.arange(4), "arm": np.array(["x", "y", "x", "y"], object), "age": value + np.arange(4.0)}
    parts = [folder / f".part-{k}" for k in (0, 2)]
    for k, part in zip((0, 2), parts, strict=True):
        write_parquet(part, {n: c[k : k + 2] for n, c in people.items()})
        write_parquet(folder / f"chunk-{k:08d}.parquet", chunk(people["patient"][k : k + 2], value))
    join_parquet(parts, folder / "patients.parquet", 2)
    for part in parts:
        part.unlink()
    return rows(folder) if few else everything(folder)


def chunk(patients, value):
    rows = [
        (p, "xy"[p % 2], v, o, value + p + v)
        for p in patients
        for v in (0.0, 12.0)
        for o in ("ctx", "event_fall", "hip", "expected_hip", "followed")
    ]
    columns = zip(*rows, strict=True)
    names = ("patient", "arm", "visit", "output", "value")
    return {n: np.array(c, object if n in ("arm", "output") else None) for n, c in zip(names, columns, strict=True)}


def rows(folder):
    files = [folder / f"chunk-{k:08d}.parquet" for k in (0, 2)]
    people = read_parquet([folder / "patients.parquet"], "patient").to_csv()
    return {"rows": read_parquet(files, "patient, visit, output").to_csv(), "people": people}


def everything(folder):
    files = [folder / f"chunk-{k:08d}.parquet" for k in (0, 2)]
    paired = visit_values(files, "ctx", [0.0, 12.0], "x")
    first = first_events(files, "hip", "expected_hip", 12.0)
    return rows(folder) | {
        "paired": {k: v.tolist() for k, v in paired.items()},
        "events": events(files, ["fall"]),
        "first": {k: v.tolist() for k, v in first.items()},
        "hash": contents_hash(folder, [f.name for f in files], b"{}"),
    }


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Neighbours that a pattern would read: other values under the names that patterns match."""
    place = tmp_path_factory.mktemp("p")
    for name in ("run1", "run2", "runx", "a", "b", "x", "1", "2", "HOME", "root", "back"):
        tables(place / name, 1000.0, few=True)
    return place


@pytest.fixture(scope="module")
def right(tmp_path_factory):
    return tables(tmp_path_factory.mktemp("right") / PLAIN, 1.0)


@pytest.mark.parametrize("name", [n for n in NAMES if usable(n)])
def test_what_is_read_does_not_depend_on_the_name(place, right, name):
    few = tables(place / (f"deep/{name}" if "/" in name else name) / "r", 1.0, few=True)
    assert few == {k: right[k] for k in few}


@pytest.mark.parametrize("name", ["run[1]", "value=1", "arm=x/visit=1"])
def test_every_question_is_answered_from_this_folder_alone(place, right, name):
    assert tables(place / name / "all", 1.0) == right


@pytest.mark.skipif(os.name == "nt", reason="names of bytes are of Unix")
@pytest.mark.parametrize("name", BYTES)
def test_names_that_are_no_text(place, right, name):
    assert tables(place / os.fsdecode(name), 1.0) == right


@pytest.mark.parametrize("name", ["run*", "~"])
def test_relative_paths_are_below_the_working_folder(place, right, name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(place / "run1"))
    assert tables(Path(name), 1.0) == right and (tmp_path / name / "patients.parquet").exists()


def test_a_file_that_is_missing_is_not_found_elsewhere(place):
    folder = place / "gone[1]"
    tables(place / "gone1", 5.0, few=True)
    folder.mkdir()
    with pytest.raises(CorruptData, match="patients.parquet cannot be read"):
        read_parquet([folder / "patients.parquet"])


def test_nothing_is_left_of_a_table_that_could_not_be_written(tmp_path):
    with pytest.raises(RunFailed):
        write_parquet(tmp_path / "no" / "x.parquet", {"a": np.arange(3)})
    (tmp_path / "x.parquet").mkdir()
    with pytest.raises(RunFailed):
        write_parquet(tmp_path / "x.parquet", {"a": np.arange(3)})
    assert [p.name for p in tmp_path.iterdir()] == ["x.parquet"]
