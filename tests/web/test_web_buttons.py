"""Buttons of runs: what is damaged computed anew, credibility assessed, a cohort replayed."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.web.served import Served
from tests.web.test_web_runs import SMALL, _chunk, _process, started

from osteon.app.credibility import contexts

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
MIDDLE = SMALL | {"population": {"cohort": "postmenopausal_osteoporosis", "patients_per_arm": 80}}


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path / "runs") as served:
        yield served


def stopped(web: Served, place: Path) -> str:
    """A trial that somebody stopped after its first chunk."""
    id = started(web, MIDDLE)
    _process(place / id)
    _chunk(place / id)
    assert web.post(f"/api/jobs/{id}/cancel", {})[0] == 200
    assert web.until(id, "stopped", "finished")["state"] == "stopped"
    return id


def press(web: Served, id: str, words: str) -> None:
    """A button of the page of a run, as its script presses it."""
    page = web.get(f"/runs/{id}")[1]
    found = re.search(rf"""data-post="([^"]+)" data-body='([^']*)'>{words}<""", page)
    assert found, page
    status, answer = web.post(found[1], json.loads(found[2]))
    assert status == 200, answer


def test_what_is_damaged_is_computed_anew_by_a_button(web: Served, tmp_path: Path) -> None:
    id = stopped(web, tmp_path / "runs")
    chunk = sorted((tmp_path / "runs" / id / "run" / "outcomes").iterdir())[0]
    data = bytearray(chunk.read_bytes())
    data[len(data) // 2] ^= 1
    chunk.write_bytes(bytes(data))
    press(web, id, "Go on")
    assert web.until(id, "failed", "finished")["state"] == "failed"
    assert "Compute anew what is damaged" in web.get(f"/runs/{id}")[1]
    press(web, id, "Compute anew what is damaged")
    assert web.until(id, "finished", "failed")["state"] == "finished"
    assert chunk.read_bytes() != bytes(data)


def test_a_cohort_is_replayed_from_the_scorecard(web: Served) -> None:
    assert 'data-form="replicate"' in web.get("/scorecard")[1]
    status, answer = web.post("/api/jobs", {"kind": "replicate", "ids": ["defend"], "patients": 4})
    assert status == 201
    assert web.until(answer["id"], "finished", "failed")["state"] == "finished"
    status, report = web.get(f"/runs/{answer['id']}/files/report.html?view=1")
    assert status == 200 and "DEFEND" in report


@pytest.mark.slow
def test_credibility_is_assessed_by_its_button_and_has_a_report(web: Served) -> None:
    asked = json.loads(re.search(r"data-start='([^']+)'", web.get("/credibility")[1])[1])
    name = next(iter(contexts()))
    status, answer = web.post("/api/jobs", asked | {"ids": [name]})
    assert status == 201
    assert web.until(answer["id"], "finished", "failed")["state"] == "finished"
    assert web.get(f"/runs/{answer['id']}/files/{name}.html?view=1")[0] == 200
    assert "The report" in web.get("/credibility")[1]
