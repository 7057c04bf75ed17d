"""Durable files: at every single failure the file is the old one or the new one, and nothing lies beside it."""

import contextlib
import hashlib
import os
import signal
import stat
import subprocess
import sys
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osteon.errors import InputError, RunFailed
from osteon.io.files import digest, write_atomic

STEPS = ("open", "fdopen", "fsync", "replace")


def failing(monkeypatch, step, at):
    """Let the `at`-th call of one step fail as a full disk does."""
    count = iter(range(1000))
    real = getattr(os, step)

    def broken(*words, **options):
        if next(count) == at:
            raise OSError(28, "No space left on device")
        return real(*words, **options)

    monkeypatch.setattr(os, step, broken)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("at", [0, 1])
def test_old_or_new_whatever_step_fails(tmp_path, monkeypatch, step, at):
    target = tmp_path / "runs ü.json"
    write_atomic(target, "old")
    failing(monkeypatch, step, at)
    with contextlib.suppress(RunFailed):
        write_atomic(target, "new" * 1000)
    monkeypatch.undo()
    assert target.read_text(encoding="utf-8") in ("old", "new" * 1000)
    assert [p.name for p in tmp_path.iterdir()] == [target.name]


def test_a_full_disk_is_told_and_the_old_file_stands(tmp_path, monkeypatch):
    target = tmp_path / "a.csv"
    write_atomic(target, "old")
    failing(monkeypatch, "fsync", 0)
    with pytest.raises(RunFailed, match="No space left.*unchanged"):
        write_atomic(target, "new")
    assert target.read_text(encoding="utf-8") == "old"


def test_a_disk_that_does_not_confirm_is_told_as_such(tmp_path, monkeypatch):
    failing(monkeypatch, "fsync", 1)
    with pytest.raises(RunFailed, match="does not confirm"):
        write_atomic(tmp_path / "a.csv", "new")
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == "new"


def test_a_place_where_no_file_can_be_is_bad_input(tmp_path):
    for path in (tmp_path / "no" / "a.csv", tmp_path, tmp_path / "a\0b" / "c", "/"):
        with pytest.raises(InputError) as caught:
            write_atomic(path, "x")
        assert caught.value.faults[0].allowed
    assert not list(tmp_path.iterdir())


def test_a_name_that_is_too_long_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match="cannot be the path"):
        write_atomic(tmp_path / ("x" * 300), "x")
    assert not list(tmp_path.iterdir())
    write_atomic(tmp_path / ("x" * 250), "x")


def test_rights_are_those_usual_here_and_stay_as_they_were(tmp_path):
    old = os.umask(0o027)
    try:
        write_atomic(tmp_path / "a", "x")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
    (tmp_path / "a").chmod(0o600)
    write_atomic(tmp_path / "a", "y")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=2000), st.text(max_size=500)))
def test_what_is_written_is_what_is_read(tmp_path, data):
    write_atomic(tmp_path / "f", data)
    body = data.encode() if isinstance(data, str) else data
    assert (tmp_path / "f").read_bytes() == body
    assert digest(tmp_path / "f") == hashlib.sha256(body).hexdigest()


WRITER = """
import sys
from osteon.io.files import write_atomic
print("ready", flush=True)
while True:
    for letter in "ab":
        write_atomic(sys.argv[1], letter * 200_000)
"""


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is of Unix")
def test_killed_at_any_moment_the_file_is_whole(tmp_path):
    target = tmp_path / "f"
    for wait in (0.0, 0.003, 0.011, 0.02):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(target)], stdout=subprocess.PIPE)
        writer.stdout.readline()
        time.sleep(0.05 + wait)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        body = target.read_bytes()
        assert body in (b"a" * 200_000, b"b" * 200_000)
