"""What any bone physician would try, beside what people show (validation/physiology.toml): expected range, simulated value, verdict.

    ./dev validate --physiology           prints the table; 1 where a verdict is another than the stored one
    ./dev validate --physiology --write   stores the verdicts and writes docs/evidence/physiology.md

Each scenario is a scenario file of one typical person, run as `osteon simulate` runs it. Ranges that nobody has read are shown and not
counted; ranges drawn from calibration rows are counted apart, as agreement there is no prediction.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.errors import Fault, InputError, unknown
from osteon.inputs.scenario import Scenario, read_scenario
from osteon.io.files import write_atomic
from osteon.simulation.scenario import simulate_scenario
from osteon.units import DAYS_PER_MONTH

FILE = Path(__file__).with_name("physiology.toml")
STORED = Path(__file__).with_name("physiology.json")
PAGE = Path(__file__).resolve().parents[1] / "docs" / "evidence" / "physiology.md"
FORMS = ("percent", "level", "highest", "lowest", "retained", "against", "ratio")
SEEN = ("read", "digitised", "memory")
KEYS = ("output", "at", "as", "since", "base", "other", "other_at", "lo", "hi", "source", "seen", "fitted")
PARTS = ("words", "man", "person", "given", "habits", "change", "end", "rows")
STEP = 0.5  # months between the instants at which a course is looked at
EDGE = 0.25  # days: a dose on the day of a look comes after it, so that a trough is a trough
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One expected range. at, since, base : months; fitted : drawn from calibration rows"""

    output: str
    at: float
    form: str
    lo: float
    hi: float
    source: str
    seen: str
    since: float = 0.0
    base: float = 0.0
    other: str = ""
    other_at: float | None = None
    fitted: bool = False


@dataclass(frozen=True)
class Try:
    """One scenario: the table of a scenario file, and what is expected of it."""

    name: str
    words: str
    table: Mapping[str, Any]
    end: float
    rows: tuple[Row, ...] = field(default=())


def tries(path: Path = FILE) -> tuple[Try, ...]:
    """All scenarios of the file. Raises InputError with every fault: keys, forms, names of other scenarios, ranges."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    scenarios = raw["scenario"]
    faults = [f for name, table in scenarios.items() for f in _faults(name, table, raw, scenarios)]
    if faults:
        raise InputError(faults)
    return tuple(_try(name, table, raw) for name, table in scenarios.items())


def _faults(name: str, table: Mapping[str, Any], raw: Mapping[str, Any], scenarios: Mapping[str, Any]) -> list[Fault]:
    found = [unknown("key", k, PARTS, name) for k in table if k not in PARTS]
    found += [
        unknown("regimen", g["of"], raw["regimens"], name)
        for g in table.get("given", ())
        if g["of"] not in raw["regimens"]
    ]
    for i, row in enumerate(table["rows"], 1):
        place = f"{name} row {i}"
        found += [unknown("key", k, KEYS, place) for k in row if k not in KEYS]
        if row.get("as", "percent") not in FORMS:
            found.append(unknown("form", row["as"], FORMS, place))
        if row.get("seen") not in SEEN:
            found.append(unknown("origin", str(row.get("seen")), SEEN, place))
        if row.get("as") in ("against", "ratio") and row.get("other") not in scenarios:
            found.append(unknown("scenario", str(row.get("other")), scenarios, place))
        if not row.get("source", "").strip():
            found.append(Fault("no_source", place, message=f"{place} has no source."))
        if not row["lo"] < row["hi"]:
            text = f"{place}: lo {row['lo']} is not below hi {row['hi']}."
            found.append(Fault("reversed_range", place, row["lo"], "lo below hi", "", text))
        if max(row["at"], row.get("since", 0)) > table["end"]:
            text = f"{place}: month {row['at']:g} lies after the end of the scenario, month {table['end']:g}."
            found.append(Fault("bad_time", place, row["at"], f"up to {table['end']:g}", "", text))
    return found


def _try(name: str, table: Mapping[str, Any], raw: Mapping[str, Any]) -> Try:
    own = table.get("person", {})
    ends = {"menopause_age", "surgical_menopause_at"} & set(own)  # her own in place of the typical one
    base = {
        k: v for k, v in raw["man" if table.get("man") else "woman"].items() if not ends or k != "years_since_menopause"
    }
    made: dict[str, Any] = {"format": 1, "person": {**base, **own}}
    made["regimen"] = [_regimen(g, raw["regimens"]) for g in table.get("given", ())]
    made["habit"] = list(table.get("habits", ()))
    made["override"] = list(table.get("change", ()))
    rows = tuple(Row(form=r.get("as", "percent"), **{k: v for k, v in r.items() if k != "as"}) for r in table["rows"])
    return Try(name, table["words"], made, float(table["end"]), rows)


def _regimen(given: Mapping[str, Any], regimens: Mapping[str, Any]) -> dict[str, Any]:
    own = {k: v for k, v in given.items() if k not in ("of", "from", "until")}
    return {**regimens[given["of"]], **own, "from": f"{given['from']} months", "until": f"{given['until']} months"}


def scenario_of(t: Try, outputs: Sequence[str]) -> Scenario:
    """The scenario file of a try, looked at every half month. Raises InputError with its faults."""
    months = np.arange(0.0, t.end + STEP / 2, STEP)
    days = np.maximum(months * DAYS_PER_MONTH - EDGE, 0.0)
    output = {"end": f"{t.end * DAYS_PER_MONTH + 1} days", "at": [f"{d} days" for d in days], "of": list(outputs)}
    return read_scenario({**t.table, "output": output}, t.name)


def trajectory(t: Try, outputs: Sequence[str]) -> dict[str, Array]:
    """Outputs of the typical person on the half months, (times,) each."""
    rows = simulate_scenario(scenario_of(t, outputs)).rows
    return {name: np.array([r["value"] for r in rows if r["output"] == name]) for name in outputs}


def as_published(row: Row, own: Array, other: Array | None = None) -> float:
    """One number of a course, in the form of its row.   own, other : (times,) of the row's output"""

    def place(month: float) -> int:
        return round(month / STEP)

    def percent(values: Array, at: float, since: float) -> float:
        return float(100 * (values[place(at)] / values[place(since)] - 1))

    at, since, base = row.at, row.since, row.base
    if row.form in ("highest", "lowest"):
        part = own[place(since) : place(at) + 1]
        best = part.max() if row.form == "highest" else part.min()
        return float(100 * (best / own[place(base)] - 1))
    if row.form in ("against", "ratio") and other is not None:
        then = at if row.other_at is None else row.other_at
        if row.form == "ratio":
            return float(own[place(at)] / other[place(then)])
        return percent(own, at, since) - percent(other, then, since)
    if row.form == "retained":
        return float(100 * (own[place(at)] - own[place(base)]) / (own[place(since)] - own[place(base)]))
    return float(own[place(at)]) if row.form == "level" else percent(own, at, since)


def compare(
    asked: Sequence[Try] | None = None, on_progress: Callable[[str], None] = lambda text: None
) -> list[dict[str, Any]]:
    """One row for every expected range of the scenarios: simulated value and verdict (inside, below, above)."""
    every = {t.name: t for t in tries()}
    chosen = tuple(every.values()) if asked is None else asked
    wanted: dict[str, set[str]] = {}
    for t in chosen:
        for r in t.rows:
            wanted.setdefault(t.name, set()).add(r.output)
            if r.other:
                wanted.setdefault(r.other, set()).add(r.output)
    courses = {}
    for k, name in enumerate(wanted):
        on_progress(f"[{k + 1} of {len(wanted)}] {every[name].words}")
        courses[name] = trajectory(every[name], sorted(wanted[name]))
    found = []
    for t in chosen:
        for i, r in enumerate(t.rows, 1):
            ours = as_published(r, courses[t.name][r.output], courses[r.other][r.output] if r.other else None)
            verdict = "below" if ours < r.lo else "above" if ours > r.hi else "inside"
            found.append({"id": f"{t.name}/{i}", "scenario": t.name, **vars(r), "simulated": ours, "verdict": verdict})
    return found


def counts(rows: Sequence[Mapping[str, Any]]) -> dict[str, tuple[int, int]]:
    """(inside, all) of what is a prediction, of what is drawn from fitted rows, and of what nobody has read."""
    groups = {
        "predicted": [r for r in rows if r["seen"] != "memory" and not r["fitted"]],
        "fitted": [r for r in rows if r["seen"] != "memory" and r["fitted"]],
        "memory": [r for r in rows if r["seen"] == "memory"],
    }
    return {k: (sum(r["verdict"] == "inside" for r in own), len(own)) for k, own in groups.items()}


def summary(rows: Sequence[Mapping[str, Any]]) -> str:
    """The counts as a sentence."""
    n = counts(rows)
    return (
        f"{n['predicted'][0]} of {n['predicted'][1]} ranges that somebody has read and no fit has seen are met,"
        f" {n['fitted'][0]} of {n['fitted'][1]} drawn from fitted rows,"
        f" {n['memory'][0]} of {n['memory'][1]} from memory (not counted)."
    )


def what(r: Mapping[str, Any]) -> str:
    """What a row looks at, in words."""
    months = f"month {r['at']:g}"
    name = r["output"].replace("_", " ")
    return {
        "percent": f"{name}, % from month {r['since']:g} to {r['at']:g}",
        "level": f"{name}, {months}",
        "highest": f"{name}, highest % in months {r['since']:g} to {r['at']:g}",
        "lowest": f"{name}, lowest % in months {r['since']:g} to {r['at']:g}",
        "retained": f"{name}, % of the gain left, {months}",
        "against": f"{name}, points over {r['other'].replace('_', ' ')}, {months}",
        "ratio": f"{name}, ratio to {r['other'].replace('_', ' ')}, {months}",
    }[r["form"]]


def page(rows: Sequence[Mapping[str, Any]], words: Mapping[str, str]) -> str:
    """The page: counts, misses first, then every scenario."""
    head = ["scenario", "looked at", "expected", "simulated", "verdict", "source", "seen"]
    lines = [
        "# What a bone physician would try",
        "",
        "Generated by `./dev validate --physiology --write` from `validation/physiology.toml`: one typical person a scenario, as `osteon simulate`",
        "runs it. *seen* says whether somebody has read the source; ranges from memory are not counted. *fitted* ranges are drawn from calibration rows.",
        "",
        summary(rows),
        "",
    ]
    missed = [r for r in rows if r["verdict"] != "inside"]
    for title, own in (("Misses", missed), ("Met", [r for r in rows if r["verdict"] == "inside"])):
        lines += [f"## {title}", "", "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
        for r in own:
            expected, seen = f"{r['lo']:g} to {r['hi']:g}", r["seen"] + (", fitted" if r["fitted"] else "")
            cells = [words[r["scenario"]], what(r), expected, f"{r['simulated']:.2f}", r["verdict"], r["source"], seen]
            lines.append("| " + " | ".join(c.replace("|", "/") for c in cells) + " |")
        lines.append("")
    return "\n".join(lines)


def show(
    write: bool, on_progress: Callable[[str], None] = print, progress: Callable[[str], None] = lambda text: None
) -> int:
    """Print, and store or compare. 1 where a verdict is another than the stored one."""
    rows = compare(on_progress=progress)
    words = {t.name: t.words for t in tries()}
    for r in rows:
        on_progress(
            f"{r['verdict']:7} {r['simulated']:9.2f}  {r['lo']:g} to {r['hi']:g}  {words[r['scenario']]}: {what(r)} [{r['seen']}]"
        )
    on_progress(summary(rows))
    new = {r["id"]: r["verdict"] for r in rows}
    if write:
        write_atomic(STORED, json.dumps(new, indent=1) + "\n")
        write_atomic(PAGE, page(rows, words))
        return 0
    old = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}
    turned = [f"{k}: {old.get(k, 'none')} was stored, {v} now" for k, v in new.items() if old.get(k) != v]
    on_progress("\n".join(turned) or "All verdicts as stored.")
    return 1 if turned else 0
