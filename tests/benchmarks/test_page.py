"""The page says what is kept, and a missed bar is called missed."""

from pathlib import Path

from benchmarks.page import write_page
from benchmarks.results import read_results

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_is_what_the_results_say(tmp_path):
    write_page(tmp_path, read_results())
    assert (tmp_path / "benchmarks.md").read_text(encoding="utf-8") == (DOCS / "benchmarks.md").read_text(
        encoding="utf-8"
    )


def piece(peer_seconds, error=1e-5):
    ours = {
        "engine": "osteon",
        "persons": 8,
        "seconds": 0.01,
        "ratio": 1.0,
        "error": 1e-7,
        "even": None,
        "all": [0.01] * 3,
    }
    peer = {
        "engine": "a peer",
        "persons": 8,
        "seconds": peer_seconds,
        "error": error,
        "even": None,
        "all": [peer_seconds],
    }
    rows = [ours, peer | {"ratio": peer_seconds / 0.01}]
    kept = {
        "taken": "",
        "load_before": 0.0,
        "load_after": 0.0,
        "took": 1.0,
        "processor": "",
        "cores": 1,
        "versions": {},
    }
    return kept | {"found": {"workload": "A", "rows": rows}}


def test_a_bar_is_met_or_missed_by_the_figure(tmp_path):
    for seconds, verdict in ((0.19, "**missed**"), (0.21, "met")):
        write_page(tmp_path, {"roadrunner-a": piece(seconds)})
        line = next(
            x
            for x in (tmp_path / "benchmarks.md").read_text(encoding="utf-8").split("\n")
            if "A against libRoadRunner" in x
        )
        assert line.endswith(f"| {verdict} |")


def test_threads_on_a_busy_machine_are_not_a_figure(monkeypatch):
    from benchmarks import growth

    monkeypatch.setattr(growth, "load", lambda: 0.6)
    found = growth.threads(lambda text: None, patience=0)
    assert found["ratio"] is None and "machine busy" in found["said"]
