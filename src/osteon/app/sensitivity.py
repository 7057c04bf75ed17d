"""The verb `sensitivity`: which number matters for an output of a scenario, a study or a dose-response file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from osteon.app.command_result import CommandResult
from osteon.errors import InputError, unknown

SENSITIVITY_KINDS = ("fitted", "assumed", "derived", "measured")
SENSITIVITY_WORDS = {
    "local": "Each number alone, from the 5th to the 95th percentile of its stated prior.",
    "morris": "Morris: the effect of the whole prior of each number, averaged over the others (mu*).",
    "sobol": "Sobol: shares of the variance, a number alone (first) and with what it does together with others (total).",
    "shapley": "Shapley: shares of the variance that add up to one; what numbers do together is split between them.",
}


def names_in(text: str) -> tuple[str, ...]:
    """Names separated by commas."""
    return tuple(n.strip() for n in text.split(",") if n.strip())


def check_method(method: str) -> None:
    """Raise InputError for a method that does not exist."""
    if method not in SENSITIVITY_WORDS:
        raise InputError(unknown("method", method, SENSITIVITY_WORDS, "method"))


def sensitivity(
    file: str,
    method: str = "local",
    output: str = "",
    at: str = "",
    kinds: str = "fitted,assumed",
    parameters: str = "",
    samples: int | None = None,
    top: int = 12,
    seed: int = 1,
    out: str | None = None,
) -> CommandResult:
    """Rank the uncertain numbers of a file by what they do to its outputs.

    output, kinds, parameters : names separated by commas, all where empty; out : folder of the page, figures and table,
    in which a stopped analysis goes on
    """
    from osteon.app.progress import Progress
    from osteon.inference.sensitivity import analyse, assumed_that_matter, rows_of
    from osteon.inference.sensitivity_subjects import subject_of_file

    asked = names_in(kinds) or SENSITIVITY_KINDS
    wrong = [unknown("kind of number", k, SENSITIVITY_KINDS, "--kinds") for k in asked if k not in SENSITIVITY_KINDS]
    if wrong:
        raise InputError(wrong)
    subject = subject_of_file(file, at, asked).choose(names_in(output)).only(names_in(parameters))
    with Progress("lanes") as progress:
        found = analyse(subject, method, samples, top, seed, out, progress.at)
    rows = rows_of(found)
    assumed = [asdict(e) for e in assumed_that_matter(found, top)]
    text = f"{SENSITIVITY_WORDS[method]}\n{_table(rows, 10)}\n\nAssumed numbers that matter: {_names(assumed)}."
    if out:
        text += f"\n{_write(Path(out), subject.title, method, rows, assumed, found.notes, seed)}"
    return CommandResult(rows, True, text, found.notes, {"assumed": assumed})


def _names(assumed: Sequence[dict[str, Any]]) -> str:
    return ", ".join(e["parameter"] for e in assumed) or "none"


def _table(rows: Sequence[dict[str, Any]], top: int) -> str:
    """The first ranks of each output as text."""
    from osteon.report.sensitivity_figures import measure_of, size, title_of

    lines = []
    for title in dict.fromkeys(title_of(r) for r in rows):
        own = [r for r in rows if title_of(r) == title and r["rank"] <= top]
        typical = own[0]["typical"]
        lines += ["", f"{title} ({own[0]['output_unit']}){'' if typical is None else f', typical {typical:.4g}'}"]
        for r in own:
            ends = f"  {_plain(r['low'])} to {_plain(r['high'])}" if measure_of(r) == "range" else ""
            lines.append(f"  {r['rank']:>2} {r['parameter']:<32} {r['kind']:<9} {size(r):<10.3g}{ends}")
    return "\n".join(lines)


def _plain(value: float | None) -> str:
    return "failed" if value is None else f"{value:.4g}"


def _write(
    folder: Path, title: str, method: str, rows: Sequence[dict[str, Any]], assumed: Sequence[dict[str, Any]],
    notes: Sequence[str], seed: int,
) -> str:  # fmt: skip
    from osteon.io.csv_out import to_csv
    from osteon.io.files import write_atomic
    from osteon.report.sensitivity_page import write_sensitivity_page

    page = write_sensitivity_page(
        folder / "sensitivity.html", title, SENSITIVITY_WORDS[method], rows, assumed, notes, seed
    )
    write_atomic(folder / "sensitivity.csv", to_csv(list(rows[0]), rows))
    write_atomic(
        folder / "sensitivity.json", json.dumps({"rows": list(rows), "assumed": list(assumed)}, indent=1) + "\n"
    )
    return f"Page: {page}; tables: sensitivity.csv, sensitivity.json."
