"""The report of a dose-response study: effect beside emboli and deaths over the dose, in cells a kilogram and cells a capillary."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from osteon.charts.scales import plain, power_of_ten, span
from osteon.inputs import read_dose_response
from osteon.io import toml
from osteon.io.files import write_atomic
from osteon.io.run_folder import read_manifest, register
from osteon.report.blocks import Band, Block, Fold, Head, Report, Section, Table, Text, bold, joined, provenance_section
from osteon.report.dose_response_figures import by_capillary, by_dose
from osteon.report.live_section import live_of_dose_response
from osteon.report.page import made_by, provenance, render_report

Rows = Sequence[dict[str, Any]]
DOSE_RESPONSE_PAGE_HARM = 0.01  # chance of an embolus or of death whose upper end a line of the summary looks for


def write_dose_response_report(folder: Path, live: bool = False) -> Path:
    """Write report.html into a finished run folder and put it under its checksums.   live : whether the living page is inside (350 kB)"""
    manifest = read_manifest(folder)
    file = read_dose_response(toml.read(folder / "study.toml"), "study.toml")
    result = json.loads((folder / "endpoints.json").read_text(encoding="utf-8"))
    report = dose_response_report(file, result, manifest)
    if live:
        alive = live_of_dose_response(file, result["endpoints"])
        report = report.with_section(Section("live", "Try it yourself", [alive]), "points")
    write_atomic(folder / "report.html", render_report(report))
    register(folder, ["report.html"])
    return folder / "report.html"


def dose_response_report(file: Any, result: dict[str, Any], manifest: dict[str, Any]) -> Report:
    """The report of a finished run."""
    rows, grid = result["endpoints"], file.dose_response
    routes = list(dict.fromkeys(r["route"] for r in rows))
    sections = [_answer(file, result, rows), _where(rows)]
    sections += [
        Section(
            f"route-{route}",
            f"Given {route.replace('_', ' ')}",
            [by_dose([r for r in rows if r["route"] == route], route)],
        )
        for route in routes
    ]
    lead = "The same doses again, over the cells that fall on each capillary of the lung."
    if any(r["cells_per_capillary"] for r in rows):
        sections.append(
            Section(
                "capillaries",
                "The same lungs: cells for each capillary",
                [Text(lead, "lead"), by_capillary(rows)],
                "Cells a capillary",
            )
        )
    sections.append(
        Section("points", "All points", [Fold("Every dose, source, route and infusion time", [_points(rows)])])
    )
    settings = manifest["settings"]
    more = {"file (SHA-256)": manifest["study_sha256"], "parameter draws": settings["patients"]} | made_by(manifest)
    again = f"osteon run study.toml --out again --seed {settings['seed']} --patients {settings['patients']}"
    sections.append(provenance_section(provenance(settings["seed"], more), again))
    about = [
        "Dose-response study",
        f"{len(grid.species)} species, {len(grid.sources)} sources, {len(routes)} routes",
        f"{result['patients']} parameter draws",
    ]
    return Report(file.title, about, sections)


def _answer(file: Any, result: dict[str, Any], rows: Rows) -> Section:
    grid = file.dose_response
    people = [s for s in spans(rows) if s["species"] == "human"] or spans(rows)
    effect = min((s["effect_may_from"] for s in people if s["effect_may_from"]), default=None)
    harm = min((s["embolism_from"] for s in people if s["embolism_from"]), default=None)
    capillary = min((s["embolism_from_by_capillary"] for s in people if s["embolism_from_by_capillary"]), default=None)
    who = "In people" if people[0]["species"] == "human" else f"In the {people[0]['species']}"
    say = joined([
        who + ",", "an effect may be noticed", bold(_from_words(effect)) , "and an embolus may strike 1 in 100", bold(_from_words(harm)),
        f"({_from_words(capillary)} if capillaries set the harm);", bold("no best dose is named"), "and none can be.",
    ])  # fmt: skip
    blocks: list[Block] = [Text(say, "say")]
    failed = f" {result['failed']} hosts failed and are left out." if result["failed"] else ""
    text = (
        f"Every interval is the middle 90 % of {result['patients']} draws from everything uncertain.{failed} Effects are the change {plain(grid.at / 30.4375, 1)} months after one dose over the "
        f"same hosts without cells: trabecular volume of the {grid.site.replace('_', ' ')} in animals ({grid.condition}: animal data), BMD by densitometry in people (assumed: carried over from "
        "animals by a factor that may be nothing). Emboli and deaths are carried over from rats and mice to every species."
    )
    blocks += [Text(text)]
    blocks.append(
        Text(
            "No best dose is named here. The trials that could tell have not been done; what can be read is how far apart effect and harm lie, and how wide both are.",
            "note",
        )
    )
    if file.question:
        blocks.insert(0, Text(f"Question: {file.question}", "lead"))
    return Section("answer", "The answer", blocks)


def _from_words(dose: float | None) -> str:
    return f"from {power_of_ten(dose)} cells/kg" if dose else "at no dose of this grid"


def _where(rows: Rows) -> Section:
    heads = [
        Head("Species and source", left=True),
        Head("An effect may be noticed", "from, cells/kg"),
        Head("Embolus in 1 of 100", "from"),
        Head("… by capillary", "from"),
        Head("Death in 1 of 100", "from"),
        Head("… by capillary", "from"),
    ]
    body: list[Any] = []
    route = ""
    found = spans(rows)
    for s in sorted(found, key=lambda s: s["route"]):
        if s["route"] != route:
            route = s["route"]
            body.append(Band(f"Given {route.replace('_', ' ')}"))
        body.append(
            [
                f"{s['species']}, {s['source'].replace('_', ' ')}",
                *(
                    _dose(s[k])
                    for k in (
                        "effect_may_from",
                        "embolism_from",
                        "embolism_from_by_capillary",
                        "death_from",
                        "death_from_by_capillary",
                    )
                ),
            ]
        )
    note = (
        "Lowest doses of the grid, at the infusion time that is worst. May be noticed: in at least 5 % of parameter draws the effect is beyond 10 % of BV/TV or 1 % of BMD. May strike: the upper "
        "end of the interval reaches it. Emboli and lethal doses were measured in rats and mice; a lung of a person has a tenth of a mouse's capillaries a kilogram, so if capillaries are what "
        "counts harm begins at a tenth of the dose. Which of the two holds is not known; in people both are priors that the patients infused so far have moved towards less harm. Nowhere: not on this grid."
    )
    return Section(
        "where",
        "Where effect and harm begin",
        [Table("Lowest doses at which each may begin", heads, body, "", note, found)],
    )


def _dose(value: float | None) -> str:
    return power_of_ten(value) if value else "nowhere"


def _points(rows: Rows) -> Table:
    heads = [
        Head("Species, source", left=True),
        Head("Cells/kg"),
        Head("Infused over", "minutes"),
        Head("Effect", "%, 90 %"),
        Head("Embolus", "%, 90 %"),
        Head("Death", "%, 90 %"),
        Head("Effect rests on", left=True),
    ]
    body: list[Any] = []
    for r in rows:
        rests = f"{r['evidence_benefit']}{', extrapolated dose' if r['extrapolated'] else ''}"
        ends = [
            f"{100 * (r[f'{k}_lo90'] or 0):.2g}\u00a0to\u00a0{100 * r[f'{k}_hi90']:.2g}" for k in ("embolism", "death")
        ]
        body.append(
            [
                f"{r['species']}, {r['source'].replace('_', ' ')}, {r['route'].replace('_', ' ')}",
                power_of_ten(r["dose_per_kg"]),
                f"{r['infusion_minutes']:g}",
                span(r["benefit_lo90"], r["benefit_hi90"], 2, True),
                *ends,
                rests,
            ]
        )
    return Table(
        "Every point of the grid",
        heads,
        body,
        data=[{k: v for k, v in r.items() if not isinstance(v, list | dict)} for r in rows],
    )


def spans(rows: Rows) -> list[dict[str, Any]]:
    """For each species, route and source: from which dose an effect may show, from which emboli and deaths may.

    `from` is the lowest dose of the grid (cells/kg) whose interval reaches it at any infusion time, None if none does.
    """
    found = []
    for key in dict.fromkeys((r["species"], r["route"], r["source"]) for r in rows):
        own = [r for r in rows if (r["species"], r["route"], r["source"]) == key]
        may = [r["dose_per_kg"] for r in own if r["chance_noticeable"] >= 0.05]
        found.append(
            dict(zip(("species", "route", "source"), key, strict=True))
            | {"effect_may_from": min(may, default=None)}
            | {f"{harm}_from": _from(own, f"{harm}_hi90") for harm in ("embolism", "death")}
            | {f"{harm}_from_by_capillary": _from(own, f"{harm}_hi90_by_capillary") for harm in ("embolism", "death")}
        )
    return found


def _from(rows: Rows, key: str) -> float | None:
    return min((r["dose_per_kg"] for r in rows if r[key] >= DOSE_RESPONSE_PAGE_HARM), default=None)
