"""The page docs/evidence/effects.md: published effects of drugs in animals and of cells, beside the model.

`python -m validation.effects` prints it; `--write` puts it into docs/evidence. The rows are those of `osteon replicate --animals
--cells`, with the same seed.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from osteon.cells.translation import in_words
from osteon.io.files import write_atomic
from osteon.replication.animal_drugs import animal_rows, bridge, bridge_spread
from osteon.replication.cell_evidence import cell_rows
from osteon.replication.effect_rows import EffectRow, EffectSummary, summaries
from osteon.report.effect_page import HEAD, cells

PAGE = Path(__file__).resolve().parents[1] / "docs" / "evidence" / "effects.md"
SUMMARY = (
    "of",
    "rows",
    "numbers in 90 %",
    "directions met",
    "log error",
    "of no effect",
    "skill",
    "skill against class mean",
)


def page(animals: Sequence[EffectRow], of_cells: Sequence[EffectRow]) -> str:
    """The page as Markdown."""
    found = bridge(animals)
    mean, spread = bridge_spread(found)
    parts = [
        "# Published effects in animals and of cells, beside the model",
        "Written by `python -m validation.effects --write`; the rows are those of `osteon replicate --animals` and `--cells`. Roles were set in `data/` beforehand.\n"
        "Intervals (90 %) hold how well parameters and doses are known and how far studies differ (assumed). A potency of a drug is that of women, never fitted to an\n"
        "animal. *Entailed* rows repeat what was typed into the model; they are shown and never counted.",
        "## Drugs in animals",
        _summary(summaries(animals)),
        f"From animals to women, at the driver that translation multiplies: geometric mean {mean:.2f}, log-SD {spread:.2f}, over "
        + ", ".join(f"{b.drug} {b.species} {b.ratio:.2f}" for b in found)
        + f".\nPrior for cells: {in_words('drugs_in_animals')}. The older, by choice: {in_words('log_uniform')}.",
        _rows(animals),
        "## Cells",
        _summary(summaries(of_cells)),
        _rows(of_cells),
    ]
    return "\n\n".join(parts) + "\n"


def _summary(sums: Sequence[EffectSummary]) -> str:
    def part(a: int, b: int) -> str:
        return f"{a} of {b}" if b else "-"

    def number(x: float | None) -> str:
        return "-" if x is None else f"{x:.2f}"

    body = [
        (s.what, str(s.rows), part(s.inside, s.figures), part(s.right, s.directions), number(s.error), number(s.error_no_effect),
         number(s.skill_no_effect), number(s.skill_class_mean))
        for s in sums
    ]  # fmt: skip
    return _table(SUMMARY, body)


def _rows(rows: Sequence[EffectRow]) -> str:
    return _table((*HEAD[:-1], "met"), [cells(r) for r in rows])


def _table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(str(c).replace("|", "/") for c in line) + " |" for line in lines)


def main(words: Sequence[str]) -> int:
    """Print the page, or write it."""
    text = page(animal_rows(), cell_rows())
    if "--write" in words:
        write_atomic(PAGE, text)
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
