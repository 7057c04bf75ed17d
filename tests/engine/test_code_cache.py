"""Compiled code on disk: what is not exactly ours is made anew; nobody else's code runs; one program never stands in for another."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from osteon.engine import code_cache
from osteon.io.private import private_folder, read_private, write_private

KEY = code_cache.key_of("a", "b")
UNIX = pytest.mark.skipif(os.name == "nt", reason="owners and modes are of Unix")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("OSTEON_CACHE", str(tmp_path / "cache"))
    code_cache.write(KEY, {"states": 3}, b"code\nof\nmany lines")
    return tmp_path / "cache" / "code"


def test_what_was_written_is_read(cache):
    assert code_cache.read(KEY) == ({"states": 3}, b"code\nof\nmany lines")
    assert code_cache.read(code_cache.key_of("ab")) is None


@UNIX
def test_folder_and_file_are_the_users_alone(cache):
    assert cache.stat().st_mode & 0o777 == 0o700
    assert (cache / f"{KEY}.kernel").stat().st_mode & 0o777 == 0o600
    assert [p.name for p in cache.iterdir()] == [f"{KEY}.kernel"]


@pytest.mark.parametrize("keep", [0, 1, 64, 65, 130, -1])
def test_an_empty_or_truncated_file_is_absent_and_written_anew(cache, keep):
    file = cache / f"{KEY}.kernel"
    whole = file.read_bytes()
    file.write_bytes(whole[:keep])
    assert code_cache.read(KEY) is None
    code_cache.write(KEY, {"states": 3}, b"code\nof\nmany lines")
    assert file.read_bytes() == whole


def test_every_flipped_byte_is_found(cache):
    file = cache / f"{KEY}.kernel"
    whole = file.read_bytes()
    for i in range(len(whole)):
        file.write_bytes(whole[:i] + bytes([whole[i] ^ 0x15]) + whole[i + 1 :])
        assert code_cache.read(KEY) is None, i


def test_code_under_another_name_is_absent(cache):
    other = code_cache.key_of("the hip")
    shutil.copyfile(cache / f"{KEY}.kernel", cache / f"{other}.kernel")
    (cache / f"{other}.kernel").chmod(0o600)
    assert code_cache.read(other) is None


@UNIX
@pytest.mark.parametrize("what", ["folder", "pipe", "link", "unreadable"])
def test_what_is_no_readable_file_is_absent(cache, what):
    file = cache / f"{KEY}.kernel"
    whole = file.read_bytes()
    file.unlink()
    if what == "folder":
        file.mkdir()
    elif what == "pipe":
        os.mkfifo(file)
    elif what == "link":
        (cache / "elsewhere").write_bytes(whole)
        file.symlink_to(cache / "elsewhere")
    else:
        file.write_bytes(whole)
        file.chmod(0o622)
    assert code_cache.read(KEY) is None
    code_cache.write(KEY, {}, b"x")


@UNIX
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o1777, 0o722])
def test_a_folder_where_others_may_write_is_not_used(cache, mode):
    cache.chmod(mode)
    assert private_folder("code") is None and code_cache.read(KEY) is None


@UNIX
@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root may give files away")
@pytest.mark.parametrize("what", ["root", "folder", "file"])
def test_code_of_another_owner_is_not_used(cache, what):
    os.chown({"root": cache.parent, "folder": cache, "file": cache / f"{KEY}.kernel"}[what], 12345, -1)
    assert code_cache.read(KEY) is None


def test_without_a_place_of_ones_own_there_is_none(tmp_path, monkeypatch):
    for name in ("OSTEON_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for home in (tmp_path / "file", Path("/proc/nowhere"), Path("relative")):
        (tmp_path / "file").write_text("")
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.setenv("USERPROFILE", str(home))
        assert private_folder("code") is None, home
    monkeypatch.setenv("OSTEON_CACHE", "relative")
    assert private_folder("code") is None and not Path("relative").exists()


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert not write_private(tmp_path / "x", b"abc")
    assert list(tmp_path.iterdir()) == [] and read_private(tmp_path / "x") is None


def test_the_key_follows_the_sources_of_the_engine(tmp_path):
    """A changed printer never runs the code that the one before it made."""
    package = Path(code_cache.__file__).resolve().parents[1]
    copy = tmp_path / "osteon"
    for room in ("engine", "model", "io", "streams.py", "units.py", "errors.py", "__init__.py"):
        one = package / room
        (shutil.copytree if one.is_dir() else shutil.copy)(one, _made(copy / room))

    def sources():
        words = [sys.executable, "-c", "from osteon.engine import code_cache; print(code_cache.sources())"]
        return subprocess.check_output(
            words, env={**os.environ, "PYTHONPATH": str(tmp_path)}, text=True, encoding="utf-8"
        ).strip()

    before = sources()
    assert before == code_cache.sources()
    printer = copy / "engine" / "printer.py"
    printer.write_text(printer.read_text(encoding="utf-8") + "\n# changed\n")
    assert sources() != before


def _made(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


PLANTED = """
import sys
from osteon.engine import simulate
from osteon.simulation.assembly import human_model
got = simulate(human_model(), times=[0.0, 30.0], outputs=["bmd_total_hip", "bmd_lumbar_spine"])
print(got.values.tobytes().hex())
"""


def test_planted_and_damaged_code_does_not_change_a_number(tmp_path):
    """The hip's file holds the spine's code; then every file is empty: both times the numbers are those without a cache."""

    def run(folder):
        return subprocess.check_output([sys.executable, "-c", PLANTED], env={**os.environ, "OSTEON_CACHE": str(folder)})

    right = run(tmp_path / "cache")
    files = sorted((tmp_path / "cache" / "code").iterdir())
    assert len(files) == 3
    bodies = [f.read_bytes() for f in files]
    for file, body in zip(files, bodies[1:] + bodies[:1], strict=True):
        file.write_bytes(body)
    assert run(tmp_path / "cache") == right
    for file in files:
        file.write_bytes(b"")
    assert run(tmp_path / "cache") == right
    assert [f.stat().st_size for f in files] == [len(b) for b in bodies]


def test_nothing_that_only_unix_has_is_imported_when_osteon_is():
    """The lock of a run folder takes what the system has; importing it needs neither."""
    words = "import sys; sys.modules['fcntl'] = None; import osteon.io.run_lock, osteon.trial.run, osteon.app.actions"
    subprocess.run([sys.executable, "-c", words], check=True)
