"""A run goes on by the same program from whole files, or says why not; what is damaged is computed again and proved."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.trial.two_arms import endpoint, study_text

from osteon.cli import main
from osteon.errors import CorruptData, InputError
from osteon.io import run_folder, run_identity, run_resume
from osteon.io.run_identity import cpu_class
from osteon.trial.run import batch_for, contents, resume, run

STUDY = study_text(
    "Two arms",
    "postmenopausal_osteoporosis",
    6,
    (0, 12),
    endpoint("bmd_total_hip", "12 months"),
    'allocation = "1:1"\n',
)
CHUNKS = [f"outcomes/chunk-{k:08d}.parquet" for k in (0, 4, 8)]


@pytest.fixture(scope="module")
def whole(finished):
    """A finished run of three chunks."""
    return finished(STUDY, r={"seed": 3, "batch": 4}) / "r"


@pytest.fixture
def copy(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "r")
    return tmp_path / "r"


def rewritten(folder, **changes):
    """The manifest with changes, under its own checksum again: what another program would have left."""
    run_folder.write_manifest(folder, run_folder.read_manifest(folder) | changes)


def cut(folder, chunks=1):
    """As a run that was stopped after its first chunks."""
    manifest = run_folder.read_manifest(folder)
    files = {"patients.parquet": manifest["files"]["patients.parquet"]}
    rewritten(folder, chunks=manifest["chunks"][:chunks], files=files, state="running")
    for name in [*CHUNKS[chunks:], "endpoints.json"]:
        (folder / name).unlink()


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


# --- the same program


def test_the_manifest_names_what_computed_the_run(whole):
    made = run_folder.read_manifest(whole)["identity"]
    assert made["cpu_class"] == cpu_class() and "engine" in made["code"] and "fits" in made["data"]
    assert {"numpy", "llvmlite", "duckdb"} <= set(made["libraries"])
    assert len(made["model"]["parameters"]) > 200 and made["fingerprint"] == run_identity.fingerprint(made)


@pytest.mark.parametrize(
    ("part", "name", "told"),
    [
        ("code", "biology", "Code differs: biology"),
        ("data", "fits", "Data differs: fits"),
        ("libraries", "numpy", "numpy was other, is"),
    ],
)
def test_a_change_of_program_is_refused_and_named(copy, part, name, told):
    cut(copy)
    made = run_folder.read_manifest(copy)["identity"]
    made[part][name] = "other"
    rewritten(copy, identity=made | {"fingerprint": run_identity.fingerprint(made)})
    with pytest.raises(InputError, match=told) as caught:
        resume(copy)
    assert "--force-new" in str(caught.value)


def test_a_parameter_that_changed_is_named_with_both_values(copy, whole):
    cut(copy)
    made = run_folder.read_manifest(copy)["identity"]
    name = sorted(made["model"]["parameters"])[7]
    is_now = made["model"]["parameters"][name]
    made["model"]["parameters"][name] = 4.5
    rewritten(copy, identity=made | {"fingerprint": run_identity.fingerprint(made)})
    with pytest.raises(InputError) as caught:
        resume(copy)
    assert f"{name} was 4.5, is {is_now}" in str(caught.value)
    resume(copy, force_new=True, batch=4)
    assert contents(copy) == contents(whole)


def test_a_program_that_really_changed_is_refused(copy, tmp_path):
    """The package with one parameter of bone turned: it may not go on with what this one began."""
    import osteon

    cut(copy)
    package = Path(osteon.__file__).parent
    shutil.copytree(package, tmp_path / "other" / "osteon", ignore=shutil.ignore_patterns("__pycache__"))
    fit = tmp_path / "other" / "osteon" / "data" / "fits" / "default.json"
    body = json.loads(fit.read_text(encoding="utf-8"))
    name = next(iter(body["values"]))
    body["values"][name] *= 1.01
    fit.write_text(json.dumps(body))
    words = [sys.executable, "-m", "osteon", "resume", str(copy)]
    told = subprocess.run(
        words,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "other")},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert told.returncode == 2 and "Data differs: fits" in told.stderr and f"{name} was" in told.stderr


def test_a_run_of_an_older_version_is_not_gone_on_with(copy):
    cut(copy)
    manifest = run_folder.read_manifest(copy)
    del manifest["identity"], manifest["checksum"]
    run_folder.write_manifest(copy, manifest)
    with pytest.raises(InputError, match="does not say which program"):
        resume(copy)


def test_a_worker_of_another_program_computes_nothing(copy, monkeypatch):
    cut(copy)
    monkeypatch.setattr(run_resume, "program_differences", lambda then: ["Code differs: engine."])
    run_resume.refuse_other_worker.cache_clear()
    with pytest.raises(InputError, match="worker runs another program.*engine"):
        resume(copy)
    run_resume.refuse_other_worker.cache_clear()


def test_kinds_of_cpu(monkeypatch):
    full = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl", "avx2", "fma", "sse4.2"}
    monkeypatch.setattr(run_identity.platform, "machine", lambda: "x86_64")
    for here, arrays, kind in (
        (full, full, "x86-64-v4"),
        ({"avx2", "fma", "sse4.2"}, full, "x86-64-v3 (arrays v4)"),
        ({"avx2", "sse4.2"}, {"sse4.2"}, "x86-64-v2"),
        (set(), set(), "x86-64-v1"),
    ):
        monkeypatch.setattr(run_identity, "_llvm_features", lambda here=here: here)
        monkeypatch.setattr(run_identity, "_numpy_features", lambda arrays=arrays: arrays)
        assert cpu_class() == kind
    monkeypatch.setattr(run_identity.platform, "machine", lambda: "arm64")
    assert cpu_class() == "aarch64"


def unwrapped(said):
    """Both streams with the line breaks of a terminal taken out, also those after a hyphen."""
    return re.sub(r"(?<=-) ", "", " ".join((said.out + said.err).split()))


def test_verify_and_hash_say_when_kinds_of_cpu_are_compared(copy, whole, capsys):
    assert main(["hash", str(whole)]) == 0
    assert capsys.readouterr() == (contents(whole) + "\n", "")
    made = run_folder.read_manifest(copy)["identity"] | {"cpu_class": "x86-64-v1"}
    rewritten(copy, identity=made | {"fingerprint": run_identity.fingerprint(made)})
    for command in ("verify", "hash"):
        assert main([command, str(copy)]) == 0
        said = capsys.readouterr()
        assert "kind of CPU was x86-64-v1" in unwrapped(said)
        assert command == "verify" or said.out == contents(copy) + "\n"  # a hash stands alone on stdout
    assert main(["hash", str(whole), str(copy)]) == 0  # equal all the same
    capsys.readouterr()
    endpoints = copy / "endpoints.json"
    endpoints.write_text(endpoints.read_text(encoding="utf-8") + " ")
    run_folder.register(copy, ["endpoints.json"])
    assert main(["hash", str(whole), str(copy)]) == 1
    assert "is x86-64-v1: last digits may differ" in unwrapped(capsys.readouterr())


# --- repair


@pytest.mark.parametrize(
    ("damage", "again"),
    [
        ([CHUNKS[1]], {CHUNKS[1]}),
        ([CHUNKS[0], CHUNKS[2]], {CHUNKS[0], CHUNKS[2]}),
        (CHUNKS, set(CHUNKS)),
        (["patients.parquet"], set()),
        (["endpoints.json", CHUNKS[2]], {CHUNKS[2]}),
    ],
)
@pytest.mark.parametrize("how", ["flip", "lose"])
def test_repair_computes_exactly_what_is_damaged_and_proves_it(copy, whole, damage, again, how, monkeypatch):
    import osteon.trial.run as room

    before = {n: (copy / n).stat().st_mtime_ns for n in CHUNKS}
    for name in damage:
        flip(copy / name) if how == "flip" else (copy / name).unlink()
    with pytest.raises(CorruptData, match="--repair"):
        resume(copy)
    computed, real = [], room.chunk
    monkeypatch.setattr(room, "chunk", lambda *job: (computed.append(1), real(*job))[1])
    resume(copy, repair=True, batch=1000)
    assert contents(copy) == contents(whole) and len(computed) == len(again)
    assert {n for n in CHUNKS if (copy / n).stat().st_mtime_ns != before[n]} == again
    manifest = run_folder.read_manifest(copy)
    assert manifest["repaired"] == sorted(damage) and "to_prove" not in manifest


def test_a_repair_that_was_stopped_is_still_proved(copy, whole, monkeypatch):
    import osteon.trial.run as room

    flip(copy / CHUNKS[0])
    flip(copy / CHUNKS[2])
    real, count = room.chunk, []

    def stops(*job):
        count.append(1)
        if len(count) == 2:
            raise KeyboardInterrupt
        return real(*job)

    monkeypatch.setattr(room, "chunk", stops)
    with pytest.raises(KeyboardInterrupt):
        resume(copy, repair=True)
    monkeypatch.setattr(room, "chunk", real)
    assert run_folder.read_manifest(copy)["to_prove"]
    resume(copy)
    assert contents(copy) == contents(whole)


def test_a_repair_that_gives_something_else_is_told(copy):
    manifest = run_folder.read_manifest(copy)
    manifest["chunks"][1]["sha256"] = "0" * 64
    run_folder.write_manifest(copy, manifest)
    with pytest.raises(CorruptData, match="not what was written before"):
        resume(copy, repair=True)


def test_what_cannot_be_repaired_says_so(copy, capsys):
    flip(copy / "study.toml")
    with pytest.raises(CorruptData, match="Put back the file whose SHA-256"):
        resume(copy, repair=True)
    assert main(["resume", str(copy), "--repair", "--force-new"]) == 2
    flip(copy / "manifest.json")
    with pytest.raises(CorruptData, match=r"manifest\.json"):
        resume(copy, repair=True)


def test_repair_by_the_command_names_what_was_computed(copy, capsys):
    flip(copy / CHUNKS[1])
    assert main(["resume", str(copy), "--repair"]) == 0
    assert f"same to the byte as before: {CHUNKS[1]}" in unwrapped(capsys.readouterr())
    assert main(["verify", str(copy)]) == 0


def test_a_manifest_that_names_files_elsewhere_is_not_believed(copy):
    manifest = run_folder.read_manifest(copy)
    run_folder.write_manifest(copy, manifest | {"files": {"../other": "0" * 64}})
    with pytest.raises(CorruptData, match="outside the run folder"):
        run_folder.verify(copy)


# --- begin anew


def test_force_new_gives_up_a_run_and_nothing_else(copy, whole, tmp_path):
    study = tmp_path / "study.toml"
    study.write_text(STUDY)
    with pytest.raises(InputError, match="--force-new"):
        run(study, copy, seed=3)
    run(study, copy, seed=3, batch=5, force_new=True)
    assert contents(copy) == contents(whole)
    (copy / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        run(study, copy, seed=3, force_new=True)
    assert (copy / "notes.txt").exists()


def test_a_foreign_folder_is_left_as_it_was(tmp_path):
    (tmp_path / "study.toml").write_text(STUDY)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "x").write_text("x")
    for force in (False, True):
        with pytest.raises(InputError, match="not empty"):
            run(tmp_path / "study.toml", tmp_path / "mine", force_new=force)
    with pytest.raises(InputError, match="not a run folder"):
        resume(tmp_path / "mine")
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["x"]


# --- batches follow the workers


def test_every_worker_has_its_share_and_bits_do_not_change(whole, tmp_path):
    assert batch_for(900, 2) == 225 and batch_for(900, 1) == 900 and batch_for(100_000, 8) == 1000
    (tmp_path / "study.toml").write_text(STUDY)
    run(tmp_path / "study.toml", tmp_path / "r", seed=3, workers=2, batch=6)
    assert contents(tmp_path / "r") == contents(whole)


# --- names of folders, from the command


@pytest.mark.parametrize("name", ["r[1]", "arm=x/patient=3", "~"])
def test_a_run_in_a_folder_of_any_name_is_the_same_run(whole, tmp_path, name, monkeypatch, capsys):
    (tmp_path / "study.toml").write_text(STUDY)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r1").mkdir()
    shutil.copytree(whole, tmp_path / "r1", dirs_exist_ok=True)
    assert main(["run", "study.toml", "--out", name, "--seed", "3", "--batch", "4"]) == 0
    assert main(["verify", name]) == 0 and contents(name) == contents(whole)
    cut(Path(name), 2)
    resume(name)
    assert contents(name) == contents(whole)


# --- Ctrl-C


@pytest.mark.skipif(os.name == "nt", reason="signals are of Unix")
@pytest.mark.parametrize(
    ("workers", "phase"),
    [
        (1, "outcomes/chunk-00000000.parquet"),
        (2, "patients.parquet"),
        (2, "outcomes/chunk-00000000.parquet"),
        pytest.param(1, "manifest.json", marks=pytest.mark.slow),
        pytest.param(1, "patients.parquet", marks=pytest.mark.slow),
        pytest.param(2, "manifest.json", marks=pytest.mark.slow),
    ],
)
def test_two_interrupts_stop_a_run_that_goes_on_to_the_same_hash(tmp_path, whole, workers, phase):
    out = tmp_path / "my run"
    (tmp_path / "study.toml").write_text(STUDY)
    words = ["run", str(tmp_path / "study.toml"), "--out", str(out), "--seed", "3", "--batch", "1"]
    child = subprocess.Popen(
        [sys.executable, "-m", "osteon", *words, "--workers", str(workers)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    until = time.monotonic() + 120
    while not (out / phase).exists() and time.monotonic() < until and child.poll() is None:
        time.sleep(0.01)
    began = time.monotonic()
    for _ in range(2):
        os.killpg(child.pid, signal.SIGINT)
        time.sleep(0.2)
    _, errors = child.communicate(timeout=60)
    assert time.monotonic() - began < 10 and child.returncode == 3, errors
    assert "Traceback" not in errors and f"osteon resume '{out}'" in errors, errors
    with pytest.raises(InputError, match="not finished"):
        contents(out)
    resume(out)
    assert contents(out) == contents(whole)
