"""The README's block "how far off it is": losses first, from the figures of the last scorecard (src/osteon/data/validation.json), so that no hand can change it.

`./dev validate --page --write` works the figures out and writes both files; a test compares them, so a number that is
changed in the README alone fails.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from osteon.evidence import load_cohort
from osteon.inference.fit import FITTED
from osteon.io.files import write_atomic
from osteon.replication.trials import summary
from osteon.report.fracture_tables import is_fracture
from validation import joerg
from validation.looks import looks
from validation.page import ARM_BAR, LATE_BAR, POOLED_BAR, rms

Row = dict[str, Any]
Figures = dict[str, Any]
FILE = Path(__file__).resolve().parents[1] / "README.md"
STORED = Path(__file__).resolve().parents[1] / "src" / "osteon" / "data" / "validation.json"
OPEN, CLOSE = "<!-- scorecard: written by ./dev validate --page --write -->", "<!-- end of scorecard -->"
BEFORE = 4  # steps of design after which held-out errors were seen before looks were counted
COLUMNS = {
    "bmd_total_hip": "total hip",
    "bmd_femoral_neck": "femoral neck",
    "bmd_lumbar_spine": "spine",
    "ctx": "CTX",
    "p1np": "P1NP",
    "bsap": "BSAP",
}
TABLES = {
    "holdout_temporal": "later years of calibrated cohorts (extrapolated)",
    "holdout": "cohorts left out of every fit",
    "calibrate": "calibrated (fitted: no evidence)",
}


def figures(rows: Sequence[Row], women: int) -> Figures:
    """All numbers of the block, from the rows of all replays."""
    compared = [r for r in rows if r.get("simulated") is not None]
    known = [r for r in compared if not is_fracture(r)]
    scores = [
        {"role": s["role"], "endpoint": s["endpoint"], "rmse": _round(s["rmse"]), "skill": _round(s.get("skill")), "rows": s["rows"]}
        for s in summary(known)
        if s["endpoint"] in COLUMNS
    ]  # fmt: skip
    return {
        "fitted": len(FITTED),
        "women": women,
        "looks": len(looks()),
        "scores": scores,
        "drugs": by_drug(known),
        "same_rows": _same_rows(known),
        "missed": _missed(known),
        "inside": _inside(known),
        "fractures": _fractures([r for r in compared if is_fracture(r)]),
        "published": {e: v for e, v in joerg.PUBLISHED.items() if e in COLUMNS},
    }


def by_drug(known: Sequence[Row]) -> list[Figures]:
    """Error and share inside 90 % of the rows of arms that were given a drug, by drug, outcome and table: what a study's report shows.

    An arm that was given several drugs counts for each of them.
    """
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for r in known:
        if r["endpoint"] in COLUMNS:
            for drug in {str(g["drug"]) for g in load_cohort(r["cohort"]).arm(r["arm"]).regimen}:
                groups.setdefault((drug, r["endpoint"], r["role"]), []).append(r)
    return [
        {"drug": drug, "endpoint": endpoint, "role": role, "rows": len(own), "rmse": _round(rms(own)),
         "inside": _round(np.mean([bool(r["inside"]) for r in own]))}
        for (drug, endpoint, role), own in sorted(groups.items())
    ]  # fmt: skip


def _round(value: Any) -> float | None:
    return None if value is None or not math.isfinite(value) else round(float(value), 4)


def _same_rows(known: Sequence[Row]) -> list[Figures]:
    """The published model and this one on the rows that both can answer, by table and outcome."""
    theirs, found = {r["id"]: r for r in joerg.errors()}, []
    for role in TABLES:
        for endpoint in COLUMNS:
            both = [r for r in known if r["role"] == role and r["endpoint"] == endpoint and r["id"] in theirs]
            if both:
                ours, other = rms(both), rms([theirs[r["id"]] for r in both])
                found.append(
                    {
                        "role": role,
                        "endpoint": endpoint,
                        "ours": _round(ours),
                        "theirs": _round(other),
                        "rows": len(both),
                    }
                )
    return found


def _missed(known: Sequence[Row]) -> list[Figures]:
    """Bars that are not met, as on the scorecard."""
    by = {(s["role"], s["endpoint"]): s["rmse"] for s in summary(known)}
    found = [(f"calibrated {COLUMNS[e]}", by.get(("calibrate", e)), bar) for e, bar in POOLED_BAR.items()]
    arms: dict[tuple[str, str], list[Row]] = {}
    for r in known:
        if r["role"] == "calibrate" and r["endpoint"] == "bmd_total_hip":
            arms.setdefault((r["cohort"], r["arm"]), []).append(r)
    if arms:
        worst = max(arms, key=lambda k: rms(arms[k]))
        found.append((f"calibrated total hip, worst arm ({' '.join(worst)})", rms(arms[worst]), ARM_BAR["bmd"]))
    for e, bar in LATE_BAR.items():
        late = [abs(r["error"]) for r in known if r["role"] == "holdout" and r["endpoint"] == e and r["months"] >= 12]
        found.append(
            (f"left out {COLUMNS[e]}, mean error from month 12 on", float(np.mean(late)) if late else None, bar)
        )
    return [{"what": w, "found": _round(v), "asked": b} for w, v, b in found if v is not None and v >= b]


def _inside(known: Sequence[Row]) -> Figures:
    held = [r for r in known if r["role"] == "holdout"]
    most = Counter(r["cohort"] for r in held).most_common(1)
    return {
        "share": _round(float(np.mean([r["inside"] for r in held]))) if held else None,
        "rows": len(held),
        "largest": most[0][0] if most else "",
        "of_largest": most[0][1] if most else 0,
    }


def _fractures(broken: Sequence[Row]) -> Figures:
    held = [r for r in broken if r["role"] == "holdout" and r.get("in_trial_interval") is not None]
    worst = max(held, key=lambda r: abs(r["error"]), default=None)
    return {
        "rows": len(held),
        "inside": sum(bool(r["in_trial_interval"]) for r in held),
        "error": _round(float(np.mean([abs(r["error"]) for r in held]))) if held else None,
        "no_effect": _round(float(np.mean([abs(r["error_no_change"]) for r in held]))) if held else None,
        "worst": f"{worst['cohort']} {worst['arm']} ({worst['published']:.2f} published, {worst['simulated']:.2f} here)"
        if worst
        else "",
    }


def block(f: Mapping[str, Any]) -> str:
    """The block between the markers."""
    worse = [s for s in f["same_rows"] if s["role"] != "calibrate" and s["ours"] > s["theirs"]]
    better = [s for s in f["same_rows"] if s["role"] != "calibrate" and s["ours"] <= s["theirs"]]
    lost = [
        s
        for s in f["scores"]
        if s["role"] in ("holdout", "holdout_temporal") and s["skill"] is not None and s["skill"] <= 0
    ]
    lines = [
        f"One parameter set ({f['fitted']} fitted) and one BMD law for all drugs, sites and sequences. Virtual trials of {f['women']} patients an arm",
        "(`./dev validate`), root mean square error in points of BMD or log of fold change of markers. Losses come first.",
        "",
        "**Where it loses**, on rows that no fit has used:",
        "",
        *_against(worse),
        *[
            f"* {COLUMNS[s['endpoint']]}, {_told(s['role'])}: {s['rmse']:.2f}, no better than the mean curve of the drug class ({s['skill']:+.0%})."
            for s in lost
        ],
        *[f"* Bar missed: {m['what']} {m['found']:.2f}, asked below {m['asked']:g}." for m in f["missed"]],
        f"* Fractures: the worst ratio is {f['fractures']['worst']}." if f["fractures"]["worst"] else "",
        "",
        "**Where it wins** against the published model, the same rows:" if better else "",
        "",
        *_against(better),
        "",
        "| | " + " | ".join(COLUMNS.values()) + " |",
        "|---" * (len(COLUMNS) + 1) + "|",
        *_table(f),
        "",
        *_words(f),
    ]
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).rstrip()


def _against(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        f"* {COLUMNS[s['endpoint']]}, {_told(s['role'])}: {s['ours']:.2f} here, {s['theirs']:.2f} the published model (Jörg et al. 2022), {s['rows']} rows."
        for s in sorted(rows, key=lambda s: s["theirs"] / s["ours"])
    ]


def _told(role: str) -> str:
    return {"holdout": "cohorts left out", "holdout_temporal": "extrapolated in time"}.get(role, role)


def _table(f: Mapping[str, Any]) -> list[str]:
    by = {(s["role"], s["endpoint"]): s for s in f["scores"]}
    lines = []
    for role, words in TABLES.items():
        lines.append(_line(words, [_two(by.get((role, e), {}).get("rmse")) for e in COLUMNS]))
        if role == "holdout":
            skills = [by.get((role, e), {}).get("skill") for e in COLUMNS]
            lines.append(
                _line("skill there against the class mean", ["" if s is None else f"{s:+.0%}" for s in skills])
            )
    lines.append(_line("published model, its own arms (fitted)", [_two(f["published"].get(e)) for e in COLUMNS]))
    return lines


def _words(f: Mapping[str, Any]) -> list[str]:
    inside, broken = f["inside"], f["fractures"]
    said = [
        f"*Left out* means that no fit has used these rows. They are no blind test: their errors were seen after at least {BEFORE} steps of design, and {f['looks']}",
        "more since every look is counted (`validation/looks.csv`). [docs/evidence/scorecard.md](docs/evidence/scorecard.md) holds every cohort, misses first.",
    ]
    if inside["rows"]:
        said.append(
            f"{inside['share']:.0%} of the {inside['rows']} left-out changes lie inside their 90 % interval; {inside['of_largest']} of them are of one trial ({inside['largest']})."
        )
    if broken["rows"]:
        said.append(
            f"Left-out fracture ratios: {broken['inside']} of {broken['rows']} inside the trial's 95 % interval, mean absolute error {broken['error']:.2f} of the log"
            f' ({broken["no_effect"]:.2f} for "no effect").'
        )
    return said


def _two(value: float | None) -> str:
    return "" if value is None or not math.isfinite(value) else f"{value:.2f}"


def _line(head: str, cells: Sequence[str]) -> str:
    return f"| {head} | " + " | ".join(cells) + " |"


def filled(text: str, made: str, opening: str = OPEN, closing: str = CLOSE) -> str:
    """A README with the block in place of what stood between the markers. Raises ValueError where they are not there once each."""
    if text.count(opening) != 1 or text.count(closing) != 1:
        raise ValueError(f"README.md needs one line '{opening}' and one line '{closing}' after it.")
    before, rest = text.split(opening)
    return f"{before}{opening}\n{made}\n{closing}{rest.split(closing)[1]}"


def stored() -> Figures:
    """The figures of the last scorecard."""
    return dict(json.loads(STORED.read_text(encoding="utf-8")))


def write(rows: Sequence[Row], women: int, path: Path = FILE, figures_path: Path = STORED) -> None:
    """Store the figures and fill the README from them."""
    found = figures(rows, women)
    write_atomic(figures_path, json.dumps(found, indent=1) + "\n")
    write_atomic(path, filled(path.read_text(encoding="utf-8"), block(found)))


def differs(text: str) -> list[str]:
    """Lines of a README's block that are not those of the stored figures."""
    made = filled(text, block(stored())).splitlines()
    return [line for line in text.splitlines() if line not in made]
