"""Lists and cards of cell sources, of regulators of their fate, and of the experiments of Table 1."""

from __future__ import annotations

from typing import Any

from osteon.biology.species import HEALING_SITES
from osteon.cells.regulators import basis, edges, nodes, regulators
from osteon.cells.sources import FIELDS, source_names, source_of
from osteon.inputs.names import SITES
from osteon.replication.experiments import experiment_ids, load_experiment
from osteon.report.name_rows import NameRow, OutputNameRow

CELL_CARDS_WORDS = {1: "raises", -1: "lowers"}


def sources() -> list[NameRow]:
    """Sources with what tells them apart."""
    rows = []
    for name in source_names():
        s = source_of(name)
        about = f"{s.label}; doubles in {s['doubling_time'].typical:g} h, good to passage {s['passage_cap'].typical:g}"
        rows.append(NameRow(name, about))
    return rows


def regulator_rows() -> list[NameRow]:
    """Regulators with the nodes they act on, source by source where it matters."""
    return [NameRow(r, _edges(r)) for r in regulators()]


def experiments() -> list[NameRow]:
    """The rows of Table 1."""
    found = [load_experiment(i) for i in experiment_ids()]
    return [NameRow(e.id, f"{e.study}: {e.design}") for e in found]


def animal_outputs() -> list[OutputNameRow]:
    """Outputs of animals alone; each is there where the scenario names the site."""
    rows = [OutputNameRow(f"bvtv_{s}", "BV/TV of a site, in animals", "1") for s in SITES]
    rows += [
        OutputNameRow(f"marrow_fat_{s}", "marrow fat of a bone, in animals", "1")
        for s in SITES
        if s not in HEALING_SITES
    ]
    for s in HEALING_SITES:
        rows.append(OutputNameRow(f"modulus_{s}", "Young's modulus of a gap that heals, in animals", "MPa"))
        rows.append(OutputNameRow(f"callus_{s}", "callus, in animals", "1"))
    return rows


def source_card(name: str) -> tuple[dict[str, Any], str]:
    """Every figure of a source with its 90 % interval and provenance."""
    s = source_of(name)
    row: dict[str, Any] = {"name": name, "label": s.label}
    lines = [f"{name}: {s.label}"]
    for field in FIELDS:
        f = s[field]
        row[field] = f.typical
        unit = "" if f.unit == "1" else f" {f.unit}"
        lines.append(f"  {field:<20} {f.typical:g} ({f.low:g} to {f.high:g}){unit}   {f.source}")
    return row, "\n".join(lines)


def regulator_card(name: str) -> tuple[dict[str, Any], str]:
    """Edges of a regulator in every source, with the sign on bone, its basis, blocker and reference."""
    lines, row = [f"{name}: acts on {_edges(name)}"], {"name": name, "about": _edges(name)}
    for source in source_names():
        table = nodes(source)
        for e in edges(name, source):
            lean = table[e.node].osteogenesis * e.sign
            bone = "more bone" if lean > 0 else "less bone" if lean < 0 else "bone by the balance alone"
            blocker = table[e.node].blocker or "none known"
            text = (
                f"{CELL_CARDS_WORDS[e.sign]} {e.node}, {bone} ({basis(name, source)}); blocker {blocker}; {e.reference}"
            )
            lines.append(f"  {source:<15} {text}" + (f"; {e.note}" if e.note else ""))
            row[f"{source} {e.node}"] = text
    lines.append("  How far a full dose moves a node is not known: half-normal on the log2 fold, 0 to 2 (assumed).")
    return row, "\n".join(lines)


def experiment_card(id: str) -> tuple[dict[str, Any], str]:
    """Design, what the source says, what is looked at."""
    e = load_experiment(id)
    row = {"name": e.id, "study": e.study, "reference": e.reference, "claim": e.claim, "basis": e.basis}
    looks = "\n".join(f"  {look.words}: {look.expect} ({look.basis})" for look in e.looks)
    text = f"{e.id}: {e.study} ({e.reference}; claim {e.claim})\n{e.design}\nThe source: {e.says}\nLooked at:\n{looks}"
    return {**row, "design": e.design, "says": e.says}, text


def _edges(name: str) -> str:
    found: dict[str, list[str]] = {}
    for source in source_names():
        for e in edges(name, source):
            found.setdefault(f"{'+' if e.sign > 0 else '-'}{e.node}", []).append(source)
    everywhere = len(source_names())
    return ", ".join(e if len(s) == everywhere else f"{e} in {' and '.join(s)}" for e, s in found.items())
