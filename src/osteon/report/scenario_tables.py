"""Table of a scenario for a terminal of 80 columns: values with their band, the extremes in sight, nothing left out unsaid."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from osteon.report.tables import grid
from osteon.simulation.dose_ledger import DoseRecord
from osteon.simulation.scenario import ScenarioRow

SCENARIO_TABLES_WIDTH = 80  # columns
LINES, MIN_LINES = 40, 12  # times shown of many in one block; at least in each of several
Values = Mapping[tuple[float, str], ScenarioRow]


def ledger_text(doses: Iterable[DoseRecord]) -> str:
    """What was given, a sentence a drug, in lines that fit."""
    return "\n".join(
        textwrap.fill(d.sentence(), SCENARIO_TABLES_WIDTH, subsequent_indent="  ", break_on_hyphens=False)
        for d in doses
    )


def scenario_table(rows: Sequence[ScenarioRow]) -> str:
    """A scenario's rows, one line a time, one column an output, in blocks that fit; of many times some and the extremes."""
    outputs = list(dict.fromkeys(r["output"] for r in rows))
    times = sorted({r["months"] for r in rows})
    values = {(r["months"], r["output"]): r for r in rows}
    shown = _chosen(times, outputs, values, LINES)
    blocks = _blocks(shown, outputs, values)
    if len(blocks) > 1:
        shown = _chosen(times, outputs, values, max(MIN_LINES, LINES // len(blocks)))
        blocks = _blocks(shown, outputs, values)
    text = "\n\n".join(grid([c[0] for c in block], list(zip(*(c[1:] for c in block), strict=True))) for block in blocks)
    if len(shown) < len(times):
        text += f"\n{len(shown)} of {len(times)} times are shown, among them the lowest and highest of each output:"
        text += "".join(f"\n  {_extremes(o, times, values)}" for o in outputs)
        text += "\nAll of them: --csv FILE or --json."
    return f"{text}\n{rests_on(rows)} Research use only."


def _blocks(times: Sequence[float], outputs: Sequence[str], values: Values) -> list[list[list[str]]]:
    """Columns of the outputs in blocks, each beginning with the months."""
    return _fit(["month", *(f"{t:.4g}" for t in times)], [_column(o, times, values) for o in outputs])


def _chosen(times: Sequence[float], outputs: Sequence[str], values: Values, lines: int) -> list[float]:
    """All times, or evenly spaced ones with the first, the last, and every output's lowest and highest."""
    if len(times) <= lines:
        return list(times)
    extremes = {t for o in outputs for t in _ends(o, times, values)} | {times[0], times[-1]}
    spread = {times[round(i * (len(times) - 1) / (lines - 1))] for i in range(lines)}
    return sorted(extremes | spread)


def _ends(output: str, times: Sequence[float], values: Values) -> tuple[float, float]:
    """Times of the lowest and the highest value."""
    return min(times, key=lambda t: values[t, output]["value"]), max(times, key=lambda t: values[t, output]["value"])


def _extremes(output: str, times: Sequence[float], values: Values) -> str:
    low, high = _ends(output, times, values)
    least, most = values[low, output], values[high, output]
    unit = "" if least["unit"] == "1" else f" {least['unit']}"
    return f"{output}: {least['value']:.4g} (month {low:.4g}) to {most['value']:.4g} (month {high:.4g}){unit}"


def _column(output: str, times: Sequence[float], values: Values) -> list[str]:
    """Head and cells of an output; its band where there is one."""
    rows = [values[t, output] for t in times]
    banded = any(r["lo90"] is not None for r in rows)
    head = f"{output} [{rows[0]['unit']}]" + (" (90 %)" if banded else "")
    return [head, *(_cell(r, banded) for r in rows)]


def _cell(r: ScenarioRow, banded: bool) -> str:
    band = f" ({r['lo90']:.3g} to {r['hi90']:.3g})" if banded and r["lo90"] is not None else ""
    return f"{r['value']:.4g}{band}"


def _fit(first: list[str], columns: list[list[str]]) -> list[list[list[str]]]:
    """Columns in blocks that are no wider than a terminal, each beginning with the months."""
    blocks, used = [[first]], max(map(len, first))
    for column in columns:
        wide = max(map(len, column)) + 2
        if used + wide > SCENARIO_TABLES_WIDTH and len(blocks[-1]) > 1:
            blocks.append([first])
            used = max(map(len, first))
        blocks[-1].append(column)
        used += wide
    return blocks


def rests_on(rows: Sequence[ScenarioRow]) -> str:
    """What the outputs rest on; by output where they differ."""
    by: dict[str, list[str]] = {}
    for r in rows:
        names = by.setdefault("assumption" if r["evidence"] == "assumed" else f"{r['evidence']} data", [])
        if r["output"] not in names:
            names.append(r["output"])
    if len(by) == 1:
        return f"Rests on: {next(iter(by))}."
    return "Rests on: " + "; ".join(f"{kind}: {', '.join(names)}" for kind, names in sorted(by.items())) + "."
