"""What pages show: tables of what `app`, `report` and run folders hold. Nothing is computed here but the living page, once."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from osteon.errors import Fault, InputError, unknown
from osteon.web.jobs import Job, Jobs
from osteon.web.places import placed

Rows = list[dict[str, Any]]
COMPARED = 6  # runs side by side, at most


@cache
def living_page() -> str:
    """The page of persons, as `osteon page` writes it, with the way back."""
    from osteon.report.live import live_page

    return live_page(home="/")


def known_ids(kind: str, ids: Sequence[str]) -> None:
    """Raise InputError with every claim, context or cohort that does not exist."""
    from osteon.app.credibility import contexts
    from osteon.evidence import cohort_ids, load_claims

    names: dict[str, Callable[[], Iterable[str]]] = {
        "claims": lambda: [c.id for c in load_claims()],
        "credibility": contexts,
        "replicate": cohort_ids,
    }
    known = list(names[kind]())
    wrong = [unknown(kind, i, known, "ids") for i in ids if i not in known]
    if kind == "replicate" and not ids:
        wrong = [Fault("nothing_asked", "ids", "", "", "Name cohorts.", "No cohort was named.")]
    if wrong:
        raise InputError(wrong)


def job_view(job: Job, files: dict[str, Path]) -> dict[str, Any]:
    """A run as its page shows it."""
    answer = job.answer or {}
    rows = answer.get("rows", [])
    study = job.kind == "study" and job.state == "finished"
    return {
        "job": job,
        "errors": placed([Fault(**e) for e in answer.get("errors", [])]),
        "notes": answer.get("notes", []),
        "files": [(n, p.stat().st_size) for n, p in files.items()],
        "endpoints": endpoint_rows(rows) if study else [],
        "wide": wide_rows(rows) if job.kind == "scenario" else [],
        "claims": rows if job.kind == "claims" else [],
        "contexts": rows if job.kind == "credibility" else [],
        "report": "report.html" in files,
        "other_program": any(e["code"] == "other_program" for e in answer.get("errors", [])),
        "damaged": answer.get("exit_code") == 5,
    }


def endpoint_rows(rows: Rows) -> Rows:
    """Endpoints in words: as the table of the command line."""
    from osteon.report.scenario_figures import label
    from osteon.report.tables import effect_of, evidence_of, mean_of

    return [
        {
            "endpoint": label(r["endpoint"]),
            "month": f"{r['visit_months']:g}",
            "arm": r["arm"],
            "observed": f"{r['observed']} of {r['n']}",
            "mean": _printed(mean_of(r)),
            "effect": _printed(effect_of(r)),
            "power": "" if r.get("power") is None else f"{100 * r['power']:.0f}\u00a0%",
            "evidence": evidence_of(r),
        }
        for r in rows
    ]


def _printed(text: str) -> str:
    """Numbers of the command line with a true minus.

    >>> _printed("-2.53 (-5.94 to +0.88)")
    '\u22122.53 (\u22125.94 to +0.88)'
    """
    return re.sub(r"(?<![\w.])-(?=\d)", "\u2212", text)


def _place_words(place: str) -> str:
    """Where two runs differ: an option of the command by its name."""
    return place.removeprefix("--").replace("_", " ").capitalize() if place.startswith("--") else place


METRIC_LABELS = {
    "rmse": "root mean square error", "mean_absolute": "mean absolute error", "skill": "skill", "inside": "share inside the 90 % interval",
    "ratio": "error over that of the published model", "evidence": "evidence", "claims": "share that holds of the claims",
}  # fmt: skip
SPLIT_LABELS = {"holdout": "of rows left out", "holdout_temporal": "of later years", "calibrate": "of calibrated rows"}


def format_metric(metric: str) -> str:
    """A metric of a context of use as people say it.

    >>> format_metric("rmse/holdout/bmd_total_hip"), format_metric("claims/C65,C70")
    ('root mean square error of rows left out, total hip BMD', 'share that holds of the claims C65, C70')
    """
    from osteon.report.scenario_figures import label

    kind, _, rest = metric.partition("/")
    if rest.startswith("class/"):
        return f"share of claims that are {rest.removeprefix('class/')}"
    if kind == "claims":
        return f"{METRIC_LABELS[kind]} {rest.replace(',', ', ').replace('/', ' ')}"
    place, _, output = rest.partition("/")
    words = f"{METRIC_LABELS.get(kind, kind)} {SPLIT_LABELS.get(place, place.replace('_', ' '))}"
    return f"{words}, {label(output)}" if output else words


def wide_rows(rows: Rows) -> Rows:
    """Rows of a scenario, one output a table: months, value, interval."""
    from osteon.report.scenario_figures import label

    tables = []
    for output in dict.fromkeys(r["output"] for r in rows):
        own = [r for r in rows if r["output"] == output]
        tables.append({"output": label(output), "unit": own[0]["unit"], "evidence": own[0]["evidence"], "rows": own})
    return tables


def compared(jobs: Jobs, ids: Sequence[str]) -> dict[str, Any]:
    """Finished trials side by side: what differs, and their effects. Raises InputError."""
    from osteon.report.scenario_figures import label
    from osteon.report.tables import effect_of, mean_of
    from osteon.trial.reanalysis import compare_runs

    if not 2 <= len(set(ids)) <= COMPARED:
        text = f"Choose two to {COMPARED} trials."
        raise InputError(Fault("usage", "run", len(ids), f"2 to {COMPARED}", "", text))
    chosen = [jobs.get(i) for i in dict.fromkeys(ids)]
    if any(j.kind != "study" or j.state != "finished" for j in chosen):
        raise InputError(Fault("not_finished", "run", "", "", "", "Only finished trials can be compared."))
    places = {str(jobs.place(j.id) / "run"): j for j in chosen}
    differs, side_by_side = compare_runs(list(places))
    settings = [{"place": _place_words(r.place), "values": list(r.values.values())} for r in differs]
    effects = []
    for r in side_by_side:
        whole = [
            {"mean": None, "as": r.as_, "events": 0, "evidence": "", **r.runs[p]} if p in r.runs else None
            for p in places
        ]
        cells = ["not in this run" if w is None else _printed(effect_of(w) or mean_of(w)) for w in whole]
        effects.append({"endpoint": label(r.endpoint), "month": f"{r.visit_months:g}", "arm": r.arm, "cells": cells})
    return {"chosen": chosen, "settings": settings, "effects": effects}


def claim_list(jobs: Jobs) -> Rows:
    """Every statement of the review; with what the last check on this machine said."""
    from osteon.evidence import load_claims

    seen = last_verdicts(jobs)
    return [
        {
            "id": c.id,
            "section": c.section,
            "text": c.paraphrase,
            "kind": c.kind,
            "system": c.system.replace(";", ", "),
            "verdict": seen.get(c.id, {}).get("verdict", ""),
            "basis": seen.get(c.id, {}).get("basis", ""),
        }
        for c in load_claims()
    ]


def last_verdicts(jobs: Jobs) -> dict[str, dict[str, Any]]:
    """Rows of claims by id, of the newest run that checked each."""
    found: dict[str, dict[str, Any]] = {}
    for job in jobs.all():
        if job.kind == "claims" and job.state == "finished" and job.answer:
            for row in job.answer["rows"]:
                found.setdefault(row["id"], row | {"job": job.id, "created": job.created})
    return found


def claim_view(jobs: Jobs, id: str) -> dict[str, Any]:
    """One statement: its card and its last verdict. Raises InputError for an unknown one."""
    from osteon.report.cards import card_of

    known_ids("claims", [id])
    row, _ = card_of(id)
    return {"claim": row, "verdict": last_verdicts(jobs).get(id)}


def scorecard() -> dict[str, Any]:
    """The last scorecard that was shipped, and the cohorts that can be replayed."""
    from osteon.app.contexts import scorecard_figures
    from osteon.app.credibility import SETS
    from osteon.report.cards import names_of
    from osteon.report.scenario_figures import label

    v = scorecard_figures()
    sets = {**SETS, "same_cohort_check": "other outcomes of calibrated cohorts"}
    scores = [s | {"label": label(s["endpoint"]), "set": sets.get(s["role"], s["role"])} for s in v.get("scores", [])]
    same = [s | {"label": label(s["endpoint"]), "set": sets.get(s["role"], s["role"])} for s in v.get("same_rows", [])]
    return {"card": v, "scores": scores, "same": same, "cohorts": names_of("cohorts")}


def credibility(jobs: Jobs) -> dict[str, Any]:
    """Contexts of use, and the newest assessment of each on this machine."""
    from osteon.app.credibility import contexts

    newest: dict[str, dict[str, Any]] = {}
    for job in jobs.all():
        if job.kind == "credibility" and job.state == "finished" and job.answer:
            for row in job.answer["rows"]:
                newest.setdefault(row["context"], row | {"job": job.id, "created": job.created})
    told = {
        name: c | {"acceptance": [a | {"metric": format_metric(a["metric"])} for a in c["acceptance"]]}
        for name, c in contexts().items()
    }
    return {"contexts": told, "newest": newest}


def tables_of(run: Path) -> bytes:
    """Patients, outcomes and endpoints of a finished run as CSV files in one archive."""
    from osteon.app.export_run import export_run

    with tempfile.TemporaryDirectory(prefix="osteon-") as folder:
        export_run(str(run), "csv", str(Path(folder) / "tables"))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted((Path(folder) / "tables").iterdir()):
                archive.write(path, path.name)
        return packed.getvalue()
