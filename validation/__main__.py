"""`./dev validate` replays every cohort and compares the scorecard with the stored one; `--fast` takes two cohorts.

`--between` estimates the spread between studies anew, after every new fit (three minutes; with `--stored` half a minute, from
the errors in left_out.csv). `--mineral FILE` puts the mineral axis beside another model (validation/mineral.py).
`--conditions` puts diseases, habits and drugs beside what people show, `--physiology` what a physician would try.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from osteon.evidence import cohort_ids
from osteon.io.files import write_atomic
from osteon.replication.nadirs import nadir_text, nadirs
from osteon.replication.trials import replicate, summary
from osteon.report.fracture_tables import fracture_scores, is_fracture
from osteon.report.tables import score_table
from validation import looks

CARD = Path(__file__).with_name("scorecard.json")
LEFT_OUT = CARD.with_name("left_out.csv")
COHORTS_LEFT_OUT = CARD.with_name("left_out_cohorts.csv")
BETWEEN = CARD.parents[1] / "src" / "osteon" / "data" / "between_study.json"
PAGES = CARD.parents[1] / "docs" / "evidence"
WOMEN, SEED = 50, 1  # virtual patients an arm
FAST = ("defend", "horizon")
COHORT_STEPS = 3  # damped steps of a refit without one cohort; it moves little
TOLERANCE = 0.02  # RMSE may move by this much (another processor, another library) without a word


def main() -> int:
    parser = argparse.ArgumentParser(prog="validate")
    parser.add_argument("--fast", action="store_true", help="two cohorts, compared with their stored rows")
    parser.add_argument("--between", action="store_true", help="estimate the spread between studies of the shipped fit")
    parser.add_argument("--stored", action="store_true", help="with --between: no new refits, the stored errors again")
    parser.add_argument("--page", action="store_true", help="write docs/evidence/scorecard.md and its figures")
    parser.add_argument("--write", action="store_true", help="store the new scorecard (in a commit that says why)")
    parser.add_argument("--mineral", type=Path, metavar="FILE", help="calcium and PTH beside BIOMD0000000613.xml")
    parser.add_argument("--conditions", action="store_true", help="diseases, habits and drugs beside what people show")
    parser.add_argument(
        "--physiology", action="store_true", help="what a bone physician would try, beside what people show"
    )
    parser.add_argument("--targets", action="store_true", help="what the bone law was asked to show, and what it shows")
    asked = parser.parse_args()
    if asked.targets:
        from validation.targets import show as show_targets

        return show_targets()
    if asked.physiology:
        from validation.physiology import show as show_physiology

        return show_physiology(asked.write, progress=lambda line: print(line, file=sys.stderr, flush=True))
    if asked.conditions:
        from validation.conditions import show as show_conditions

        return show_conditions()
    if asked.mineral:
        from validation.mineral import show

        return show(asked.mineral)
    if asked.between:
        return _between(asked.stored)
    names = FAST if asked.fast else cohort_ids()
    cards = {}
    rows = []
    for name in names:
        found = replicate(name, patients=WOMEN, seed=SEED)
        cards[name] = {f"{s['role']}/{s['endpoint']}": round(s["rmse"], 4) for s in summary(found.rows)}
        rows += found.rows
        print(f"{name}: {cards[name]}", file=sys.stderr, flush=True)
    print(f"Looks at held-out rows so far: {looks.count(rows)} (validation/looks.csv).", file=sys.stderr)
    scores = summary(rows)
    print(score_table([s for s in scores if not is_fracture(s)]))
    print(fracture_scores(scores))
    print(nadir_text(nadirs(rows)))
    if asked.page:
        from validation.page import stored_card, write_page

        print(f"Page: {write_page(rows, PAGES, stored_card(CARD), WOMEN, SEED).relative_to(PAGES.parents[1])}")
    if asked.write:
        if asked.page:
            from validation import readme

            readme.write(rows, WOMEN)
        stored = {
            "about": "RMSE of every cohort, 50 virtual patients an arm, seed 1; points (BMD) or log fold (markers)"
        }
        CARD.write_text(json.dumps(stored | {"cohorts": cards}, indent=1) + "\n")
        return 0
    return _compare(cards)


def _between(again: bool) -> int:
    from osteon.inference.between import described, leave_one_out, store, stored
    from osteon.inference.linear import linearise, of_cohorts

    def on_progress(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    if not again:
        linear = linearise(on_progress=on_progress)
        store(leave_one_out(linear, on_progress=on_progress), LEFT_OUT)
        store(leave_one_out(of_cohorts(linear), COHORT_STEPS, on_progress), COHORTS_LEFT_OUT, "cohort")
    both = described(stored(LEFT_OUT), stored(COHORTS_LEFT_OUT))
    write_atomic(BETWEEN, json.dumps(both, indent=1) + "\n")
    print(f"written to {BETWEEN.relative_to(BETWEEN.parents[3])}")
    return 0


def _compare(cards: dict[str, dict[str, float]]) -> int:
    stored = json.loads(CARD.read_text(encoding="utf-8"))["cohorts"]
    moved = [
        f"{cohort} {key}: {stored.get(cohort, {}).get(key)} was stored, {value} now"
        for cohort, card in cards.items()
        for key, value in card.items()
        if abs(value - stored.get(cohort, {}).get(key, float("inf"))) > TOLERANCE
    ]
    print("\n".join(moved) or "The scorecard stands as stored.")
    return 1 if moved else 0


if __name__ == "__main__":
    sys.exit(main())
