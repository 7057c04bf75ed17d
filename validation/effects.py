"""The page docs/evidence/effects.md: published effects of drugs in animals and of cells, beside the model.

`python -m validation.effects` prints it; `--write` puts it into docs/evidence and its counts into the README. The rows are those of
`osteon replicate --animals --cells`, with the same seed.
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
from validation import readme

OPEN, CLOSE = "<!-- effects: written by python -m validation.effects --write -->", "<!-- end of effects -->"
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


def sentence(text: str) -> str:
    """What the README says of the page, from the counts that stand on it: left out of every fit before calibrated."""
    counts = [line.split("|")[1:5] for line in text.splitlines() if line.startswith(("| calibrate ", "| holdout "))]
    said = {}
    for what, lines in (("animals", counts[:2]), ("cells", counts[2:])):
        by_role = {role.strip(): (numbers.strip(), ways.strip()) for role, _, numbers, ways in lines}
        (left, left_ways), (fitted, fitted_ways) = by_role["holdout"], by_role["calibrate"]
        said[what] = (
            f"of {what} {left} numbers and {left_ways} directions left out, {fitted} and {fitted_ways} calibrated"
        )
    return (
        "Published effects of drugs in animals and of cells (`osteon replicate --animals --cells`) stand in [docs/evidence/effects.md](docs/evidence/effects.md). In their 90 % interval,\n"
        f"or in the direction published, lie {said['animals']}; {said['cells']}, most of the cells' being kinetics."
    )


def main(words: Sequence[str]) -> int:
    """Print the page, or write it and the README's sentence of it."""
    text = page(animal_rows(), cell_rows())
    if "--write" in words:
        write_atomic(PAGE, text)
        told = readme.filled(readme.FILE.read_text(encoding="utf-8"), sentence(text), OPEN, CLOSE)
        write_atomic(readme.FILE, told)
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
