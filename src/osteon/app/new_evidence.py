"""The verb `evidence add`: a new trial beside the posterior: its surprise, what it moves of numbers, claims and the scorecard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from osteon.app.command_result import CommandResult
from osteon.errors import Fault, InputError
from osteon.inference.new_evidence_rows import NewRow, NewTrialRow, ScoreShift, ShiftRow, TurnedClaim

TOO_FAR = (
    "The weights cannot carry this trial (Pareto k {k:.2f}, worth {effective:.0f} draws): what is said of shifts is not to be used. "
    "Sample on with it: osteon evidence add {study} {rows} --minutes 180 --out DIR."
)


def evidence(what: str, **rest: Any) -> CommandResult:
    """The verb `evidence`: `add` is what it does."""
    assert what == "add"
    return evidence_add(**rest)


def evidence_add(
    study: str, rows: str | None = None, posterior: str | None = None, claims: bool = False, minutes: float | None = None,
    out: str | None = None, seed: int = 1,
) -> CommandResult:  # fmt: skip
    """Weigh the posterior by a new trial, or (minutes, out) sample it anew with the trial in it.

    study : a cohort file (or a shipped cohort's name); rows : CSV, by default that of the same name beside it
    posterior : folder of `osteon posterior`; without it the shipped posterior; claims : also which claims turn (a minute)
    """
    from osteon.inference.new_evidence import MOVED, base_of, scorecard, update
    from osteon.inference.user_rows import user_data

    table = rows or str(Path(study).with_suffix(".csv"))
    data = user_data(table, study)
    if minutes is not None:
        return _sampled(data, minutes, out, seed)
    base = base_of(posterior, seed)
    found = update(base, data, seed)
    shifts = [
        ShiftRow(n, float(s), float(w), bool(abs(s) >= MOVED))
        for n, s, w in zip(base.where.names, found.shifts, found.spreads, strict=True)
    ]
    shifts.sort(key=lambda r: -abs(r.shift_sd))
    turned = claims_that_turn(found.values_before(), found.values()) if claims else []
    cards = scorecard(base, found.weights)
    w = found.weights
    row = NewTrialRow(
        data.cohort.id,
        len(found.rows),
        len(base.theta),
        found.surprise,
        w.pareto_k,
        w.effective,
        w.trusted,
        sum(s.moves for s in shifts),
    )
    notes = [f"Weighed against {base.about}."]
    if not w.trusted:
        notes.append(TOO_FAR.format(k=w.pareto_k, effective=w.effective, study=study, rows=table))
    if "Gaussian" in base.about:
        notes.append(
            "The Gaussian of the fit is no sampled posterior: its tails are not those of the data. Name one with --posterior."
        )
    if not claims:
        notes.append("Claims were not looked at: --claims does.")
    more = {"parameters": shifts, "predicted": list(found.rows), "claims": turned, "scorecard": cards}
    return CommandResult([row], True, _text(row, shifts, found.rows, turned, cards), tuple(notes), more)


def _sampled(data: Any, minutes: float, out: str | None, seed: int) -> CommandResult:
    """The posterior with the new trial in it."""
    if not out:
        text = "--minutes samples the posterior anew, into a folder."
        raise InputError(
            Fault(
                "missing_option",
                "--out",
                "",
                "a new folder",
                "Name it with --out DIR.",
                f"{text} Name it with --out DIR.",
            )
        )
    from osteon.app.posterior import posterior

    return posterior(out, minutes, seed=seed, more_arms=data.arms)


def claims_that_turn(before: Mapping[str, float], after: Mapping[str, float]) -> list[TurnedClaim]:
    """Claims whose verdict differs between two sets of values. Claims without a run cannot turn."""
    from dataclasses import replace

    from osteon.checks.claims import CHECKED, judged, mutation_scores
    from osteon.checks.lab import attempt, laboratory
    from osteon.checks.verdict import graded
    from osteon.evidence.claim import load_claims

    known = laboratory().parameters
    verdicts: list[dict[str, str]] = []
    checks = [c for c in CHECKED.values() if c.runs]
    for values in (before, after):
        own = tuple((k, v) for k, v in sorted(values.items()) if k in known)
        runs = {run: replace(run, life=(*own, *run.life)) for c in checks for run in c.runs.values()}
        seen, failed = attempt(list(runs.values()))
        of_run = {run: seen[m] for run, m in runs.items() if m in seen}
        lost = {run: failed[m] for run, m in runs.items() if m in failed}
        found: dict[str, str] = {}
        for c in checks:
            parts, touched = judged(c, of_run, lost)
            moved = mutation_scores().get(c.id)
            found[c.id] = "merged" if c.twin else graded(c, parts, touched, moved.by if moved else None)
        verdicts.append(found)
    words = {c.id: c.paraphrase for c in load_claims()}
    return [
        TurnedClaim(i, words.get(i, ""), verdicts[0][i], verdicts[1][i])
        for i in verdicts[0]
        if verdicts[0][i] != verdicts[1][i]
    ]


def _text(
    row: NewTrialRow,
    shifts: Sequence[ShiftRow],
    rows: Sequence[NewRow],
    turned: Sequence[TurnedClaim],
    cards: Sequence[ScoreShift],
) -> str:
    lines = [
        f"{row['trial']}: {row['rows']} rows. Rows at least as far off had a chance of {row['surprise']:.2g} before it.",
        f"{row['draws']} draws, worth {row['effective_draws']:.0f} after it; Pareto k {row['pareto_k']:.2f}.",
        "",
        f"{'arm':<28} {'outcome':<18} {'month':>5} {'published':>9} {'expected, 90 %':>24} {'after':>8}",
    ]
    for r in rows:
        lines.append(
            f"{r['arm'][:28]:<28} {r['endpoint']:<18} {r['months']:>5.4g} {r['published']:>9.2f} "
            f"{r['expected']:>8.2f} ({r['lo90']:>6.2f} to {r['hi90']:>6.2f}) {r['after']:>8.2f}"
        )
    lines += ["", "Numbers that move most (posterior standard deviations):"]
    lines += [f"  {s['parameter']:<34} {s['shift_sd']:+.2f}, spread {s['spread']:.0%} of before" for s in shifts[:8]]
    lines += ["", "Claims that turn:"] if turned else []
    lines += [f"  {t['id']}: {t['before']} before, {t['after']} after" for t in turned]
    lines += ["", "Calibration rows, root mean square error:"] if cards else []
    lines += [
        f"  {c['outcome']:<18} {c['rmse_before']:.3f} before, {c['rmse_after']:.3f} after ({c['rows']} rows)"
        for c in cards
    ]
    return "\n".join(lines)
