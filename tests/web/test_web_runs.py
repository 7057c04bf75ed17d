"""Runs through the web: started, watched, stopped, resumed, compared; ended without warning, nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from tests.web.served import PATIENCE, Served

from osteon.web.starts import STARTS

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
SMALL = STARTS["study"] | {"population": {"cohort": "postmenopausal_osteoporosis", "patients_per_arm": 4}}
LARGE = STARTS["study"] | {"population": {"cohort": "postmenopausal_osteoporosis", "patients_per_arm": 150}}


def started(web: Served, table: dict, **more: object) -> str:
    status, answer = web.post("/api/jobs", {"kind": "study", "table": table, **more})
    assert status == 201, answer
    return str(answer["id"])


def test_a_trial_runs_and_gives_what_the_command_gives(tmp_path: Path) -> None:
    with Served(tmp_path / "web runs é") as web:
        id = started(web, SMALL, seed=3)
        row = web.until(id, "finished", "failed")
        assert row["state"] == "finished", row
        page = web.get(f"/runs/{id}")[1]
        assert "total hip BMD" in page and "Open the report" in page
        status, report = web.get(f"/runs/{id}/files/report.html?view=1")
        assert status == 200 and "<!doctype html>" in report
        assert web.get(f"/runs/{id}/files/endpoints.json")[0] == 200
        status, headers, _ = web.ask("GET", f"/runs/{id}/tables.zip")
        assert status == 200 and headers["content-type"] == "application/zip"
    place = tmp_path / "web runs é" / id
    study = place / "study.toml"
    command = [
        sys.executable,
        "-m",
        "osteon",
        "run",
        str(study),
        "--out",
        str(tmp_path / "own"),
        "--seed",
        "3",
        "--json",
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
    words = [sys.executable, "-m", "osteon", "hash", str(place / "run"), str(tmp_path / "own"), "--json"]
    assert json.loads(
        subprocess.run(words, check=True, capture_output=True, text=True, encoding="utf-8", timeout=PATIENCE).stdout
    )["ok"]


def test_killed_and_started_again_nothing_is_lost(tmp_path: Path) -> None:
    """The server killed: its run goes on and is seen again. The run killed too: it goes on from its last whole chunk."""
    folder = tmp_path / "runs"
    web = Served(folder)
    id = started(web, LARGE, workers=2)
    waiting = started(web, SMALL)
    web.until(id, "running")
    process = _process(folder / id)
    web.kill()
    os.kill(process["pid"], 0)  # it lives on
    _chunk(folder / id)
    os.killpg(process["pid"], signal.SIGKILL)
    done = len(json.loads((folder / id / "run" / "manifest.json").read_text(encoding="utf-8"))["chunks"])
    with Served(folder) as web:
        assert {web.job(id)["state"], web.job(waiting)["state"]} <= {"running", "waiting"}
        assert _process(folder / id, after=process["pid"])["pid"] != process["pid"]
        assert web.post(f"/api/jobs/{id}/cancel", {})[0] == 200
        web.until(id, "stopped")
        kept = len(json.loads((folder / id / "run" / "manifest.json").read_text(encoding="utf-8"))["chunks"])
        assert kept >= done >= 1
        assert web.until(waiting, "finished", "failed")["state"] == "finished"
        assert web.post(f"/api/jobs/{id}/cancel", {})[0] == 422, "what is stopped cannot be stopped"


def test_stopped_and_resumed_is_the_same_run(tmp_path: Path) -> None:
    table = SMALL | {"population": {"cohort": "postmenopausal_osteoporosis", "patients_per_arm": 80}}
    with Served(tmp_path / "runs", "--at-once", "1") as web:
        id = started(web, table, workers=2)
        web.until(id, "running")
        _process(tmp_path / "runs" / id)
        assert web.post(f"/api/jobs/{id}/cancel", {})[0] == 200
        state = web.until(id, "stopped", "finished")["state"]
        whole = started(web, table)
        if state == "stopped":
            assert web.post(f"/api/jobs/{id}/resume", {})[0] == 200
        assert web.until(id, "finished", "failed")["state"] == "finished"
        assert web.until(whole, "finished", "failed")["state"] == "finished"
        page = web.get(f"/compare?run={id}&run={whole}")[1]
        assert "The study files and settings are the same." in page and "total hip BMD" in page
        runs = [str(tmp_path / "runs" / i / "run") for i in (id, whole)]
    words = [sys.executable, "-m", "osteon", "hash", *runs, "--json"]
    assert json.loads(
        subprocess.run(words, check=True, capture_output=True, text=True, encoding="utf-8", timeout=PATIENCE).stdout
    )["ok"]


def test_two_servers_on_one_folder(tmp_path: Path) -> None:
    with Served(tmp_path / "runs"):
        words = [sys.executable, "-m", "osteon", "web", "--folder", str(tmp_path / "runs"), "--json"]
        second = subprocess.run(words, capture_output=True, text=True, encoding="utf-8", timeout=PATIENCE)
        assert second.returncode == 3 and "served already" in json.loads(second.stdout)["errors"][0]["message"]


def test_ctrl_c_ends_it_and_its_runs_wait(tmp_path: Path) -> None:
    with Served(tmp_path / "runs") as web:
        id = started(web, LARGE, workers=2)
        web.until(id, "running")
        process = _process(tmp_path / "runs" / id)
        web.process.send_signal(signal.SIGINT)
        assert web.process.wait(60) == 0
    end = time.monotonic() + PATIENCE
    while Path(f"/proc/{process['pid']}").exists() and time.monotonic() < end:
        time.sleep(0.1)
    assert not (tmp_path / "runs" / id / "answer.json").exists()
    assert not (tmp_path / "runs" / id / "stop").exists()


def test_a_run_that_fails_says_why(tmp_path: Path) -> None:
    nobody = SMALL | {
        "population": {"cohort": "postmenopausal_osteoporosis", "patients_per_arm": 4, "eligible": ["t_total_hip >= 6"]}
    }
    with Served(tmp_path / "runs") as web:
        id = started(web, nobody)
        row = web.until(id, "finished", "failed")
        assert row["state"] == "failed" and row["errors"]
        page = web.get(f"/runs/{id}")[1]
        assert "Traceback" not in page and "Go on" in page


def test_archive_of_tables_is_sound(tmp_path: Path) -> None:
    import io

    from osteon.web.pages import tables_of

    study = tmp_path / "study.toml"
    from osteon.io.toml_out import to_toml

    study.write_text(to_toml(SMALL), encoding="utf-8")
    words = [sys.executable, "-m", "osteon", "run", str(study), "--out", str(tmp_path / "run")]
    subprocess.run(words, check=True, capture_output=True, timeout=PATIENCE)
    names = zipfile.ZipFile(io.BytesIO(tables_of(tmp_path / "run"))).namelist()
    assert "README.txt" in names and any(n.endswith(".csv") for n in names)


def _process(place: Path, after: int = 0) -> dict[str, int]:
    """The process of a run, once it has said so."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if (place / "process.json").is_file():
            found = json.loads((place / "process.json").read_text(encoding="utf-8"))
            if found["pid"] != after:
                return dict(found)
        time.sleep(0.02)
    raise AssertionError((place / "log.txt").read_text(encoding="utf-8"))


def _chunk(place: Path) -> None:
    """Wait until a chunk of patients is whole."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        manifest = place / "run" / "manifest.json"
        if manifest.is_file() and json.loads(manifest.read_text(encoding="utf-8"))["chunks"]:
            return
        time.sleep(0.05)
    raise AssertionError("no chunk was written")
