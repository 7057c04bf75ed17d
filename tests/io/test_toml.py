"""TOML files: what cannot be read is told with its line; a hostile file costs no more than a plain one."""

import os
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon.errors import InputError
from osteon.io import toml


def fault(data):
    with pytest.raises(InputError) as caught:
        toml.parse(data if isinstance(data, bytes) else data.encode(), "study.toml")
    found = caught.value.faults[0]
    assert found.place.startswith("study.toml")
    assert len(found.sentence()) < 600
    return found


@pytest.mark.parametrize(
    ("data", "code", "place", "word"),
    [
        (b"\xef\xbb\xbf", "empty_file", "study.toml", "empty"),
        (b"# only a comment", "no_format", "study.toml", "format = 1"),
        ("format = 1".encode("utf-16"), "not_utf8", "study.toml", "UTF-16"),
        (b"format = 1\nt = '\xe9'", "not_utf8", "study.toml", "line 2"),
        (b"\x89PNG\r\n\x1a\n\0\0", "binary_file", "study.toml", "binary"),
        (b"format = 1\na = 1\nb = 2\na = 3\nc = 1", "not_toml", "study.toml line 4", "stands twice"),
        (b"format = 1\n[a]\n[b]\n[a]\n", "not_toml", "study.toml line 4", "stands twice"),
        (b"format = 1\n[arm\n", "not_toml", "study.toml line 2", "line 2"),
        (b'format = 1\ntitle = "half', "not_toml", "study.toml line 2", "cut off"),
        (b"format = 1\ndose = 1,5 mg\n", "not_toml", "study.toml line 2", "decimal point"),
        (b"format = 1\na = 0x" + b"f" * 5000, "not_toml", "study.toml a", "too large a whole number"),
        (b"format = 1\na = [1, [9223372036854775808]]", "not_toml", "study.toml a.2.1", "too large a whole number"),
        (b"format = 1\na = " + b"9" * 5000, "not_toml", "study.toml", "too many digits"),
        (b"format = 1\na = " + b"[" * 30 + b"]" * 30, "not_toml", "study.toml", "nested too deeply"),
        (b"a = " + b"{a=" * 900 + b"1" + b"}" * 900, "not_toml", "study.toml", "nested too deeply"),
        (b"format = 1\n" + b".".join([b"a"] * 40) + b" = 1", "not_toml", "study.toml line 2", "nested too deeply"),
        (b"format = 2", "unknown_format", "study.toml format", "format 2, which a later version"),
        (b"format = 0", "unknown_format", "study.toml format", "no version"),
        (b"format = true", "unknown_format", "study.toml format", "no version"),
        (b"format = nan", "unknown_format", "study.toml format", "no version"),
        (b"format = 1\rtitle = 'x'", "not_toml", "study.toml line 1", "not valid TOML"),
    ],
)
def test_a_broken_file_says_what_and_where(data, code, place, word):
    found = fault(data)
    assert (found.code, found.place) == (code, place)
    assert word in found.sentence()


def test_a_mark_of_utf8_and_windows_line_ends_are_read():
    assert toml.parse(b"\xef\xbb\xbfformat = 1\r\na = 'x'\r\n") == {"format": 1, "a": "x"}


def test_dots_in_texts_and_comments_are_no_depth():
    dots = ".".join("abcdefghijklmnopqrstuvwxyz")
    assert toml.parse(f"format = 1 # {dots}\nt = \"{dots}\" # {dots}\nu = '{dots}'".encode())["t"] == dots


HOSTILE = {
    "one dotted key": "format = 1\n" + ".".join("a" * 300_000) + " = 1",
    "quoted dotted key": "format = 1\n" + ".".join(['"a"'] * 100_000) + " = 1",
    "spaced dotted key": "format = 1\n" + " . ".join("a" * 100_000) + " = 1",
    "dotted table": "format = 1\n[" + ".".join("a" * 300_000) + "]",
    "many tables": "format = 1\n" + "\n".join(f"[a.b{i}]" for i in range(30_000)),
    "many lists": "format = 1\n" + "[[a]]\n" * 50_000,
    "unclosed quotes": "format = 1\n" + "\"'" * 400_000,
    "backslashes": 'format = 1\na = "' + "\\" * 800_000 + '"',
    "long word": "format = 1\n" + "a" * 800_000 + "." * 20,
    "long spaces": "format = 1\n" + "a" + " " * 800_000 + "." * 20,
    "brackets": "format = 1\na = " + "[" * 800_000,
    "escapes": 'format = 1\na = "' + "\\u0041" * 150_000 + '"',
}


@pytest.mark.parametrize("label", HOSTILE)
def test_a_hostile_file_costs_little_time_and_memory(label):
    data = HOSTILE[label].encode()
    tracemalloc.start()
    began = time.process_time()
    try:
        toml.parse(data)
    except InputError as error:
        assert len(error.faults[0].sentence()) < 600
    spent = time.process_time() - began
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert spent < 20
    assert most < 400e6


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "big.toml"
    with path.open("wb") as file:
        file.truncate(10**10)  # sparse
    with pytest.raises(InputError, match="too large"):
        toml.read(path)


def test_what_is_no_plain_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "loop.toml").symlink_to("loop.toml")
    for path in (
        tmp_path,
        tmp_path / "pipe.toml",
        tmp_path / "loop.toml",
        tmp_path / "none.toml",
        "/dev/zero",
        "a\0b",
        "",
    ):
        with pytest.raises(InputError) as caught:
            toml.read(path)
        assert caught.value.faults[0].code == "no_file"


def test_a_path_with_spaces_and_other_alphabets_is_read(tmp_path):
    path = tmp_path / "study ü 研究.toml"
    path.write_text("format = 1")
    assert toml.read(path) == {"format": 1}


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_and_never_crash(data):
    try:
        assert toml.parse(data)["format"] == 1
    except InputError as error:
        assert error.faults[0].sentence()
