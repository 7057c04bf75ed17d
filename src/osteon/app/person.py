"""The verb `person`: what one person's measurements say of her biology, and her course under each option."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from osteon.app.answer_rows_inference import DistanceRow
from osteon.app.command_result import CommandResult
from osteon.inference.person_rows import BiologyRow, ChanceRow, CourseRow, NextMeasurementRow, PersonSummary

LABEL = "Research use only, never advice: a model's posterior for one history, not a recommendation for a person."
FEW_DRAWS = "The measurements are so sharp, or so unusual, that {members} virtual persons are worth only {effective:.0f} draws (Pareto k {k:.2f}): intervals are rough."


def person(file: str, seed: int = 1, members: int = 1024) -> CommandResult:
    """Posterior of a person's biology from her history, and her course under every option of the file."""
    from osteon.inputs.person_history import load_person_history

    return person_result(load_person_history(file), seed, members)


def person_of_table(table: dict[str, Any], seed: int, members: int) -> CommandResult:
    """As `person`, of a table as in TOML."""
    from osteon.inputs.person_history import read_person_history

    return person_result(read_person_history(table), seed, members)


def person_result(history: Any, seed: int, members: int) -> CommandResult:
    """The answer for a history that was read."""
    from osteon.app.progress import Progress
    from osteon.inference.person_posterior import (
        biology_rows,
        chances_of,
        course_rows,
        courses_of,
        next_measurements,
        posterior_of,
    )

    with Progress("virtual persons") as progress:
        found = posterior_of(history, seed, members, progress.at)
    courses = courses_of(found, seed)
    rows = [r for c in courses for r in course_rows(c)]
    chances = [r for c in courses for r in chances_of(c, history)]
    looks = [r for c in courses for r in next_measurements(c, history)]
    biology = biology_rows(found)
    evidence = _evidence(history, found)
    weights = found.weights
    summary = PersonSummary(
        found.members, weights.effective, weights.pareto_k, weights.trusted, found.surprise, found.failed
    )
    notes = [LABEL, *(e["words"] for e in evidence if e["outside"])]
    if not weights.trusted or weights.effective < 50:
        notes.append(FEW_DRAWS.format(members=found.members, effective=weights.effective, k=weights.pareto_k))
    lost = found.failed + sum(c.failed for c in courses)
    notes += [f"{lost} virtual persons failed and are left out."] if lost else []
    notes.append("Fractures that she had count in her risks and not as measurements; deaths are not simulated.")
    more = {
        "chances": chances,
        "biology": biology,
        "next_measurements": looks,
        "evidence": evidence,
        "summary": [summary],
    }
    return CommandResult(rows, True, _text(history, rows, chances, biology, looks, summary), tuple(notes), more)


def _evidence(history: Any, found: Any) -> list[DistanceRow]:
    """How far she lies from what stands behind the model."""
    from osteon.evidence import cohort_ids, load_cohort
    from osteon.inference.person_posterior import t_scores

    populations = [load_cohort(n).population for n in cohort_ids()]
    asked = {"age": history.person.age, **{f"t_{s}": t for s, t in t_scores(history).items()}}
    rows = []
    for name, value in asked.items():
        known = [float(p[name]) for p in populations if isinstance(p.get(name), int | float)]
        behind = [min(known), max(known)]
        outside = not behind[0] <= value <= behind[1]
        label = "Her age" if name == "age" else f"Her T-score of the {name[2:].replace('_', ' ')}"
        words = f"{label}, {value:.3g}, lies {'outside' if outside else 'inside'} the means of cohorts, {behind[0]:g} to {behind[1]:g}."
        rows.append(DistanceRow(name, value, behind, outside, words))
    surprising = found.surprise < 0.05
    words = f"Measurements at least as far from what the model expects of such a person have a chance of {found.surprise:.2g}."
    rows.append(DistanceRow("measurements", found.surprise, [0.05, 1.0], surprising, words))
    drugs = {r.drug for r in history.regimen} | {r.drug for o in history.option for r in o.regimen}
    together = sorted(drugs - _studied(drugs))
    if together:
        words = f"No cohort behind the model was given {', '.join(together)}."
        rows.append(DistanceRow("drugs", together, [], True, words))
    return rows


def _studied(drugs: set[str]) -> set[str]:
    from osteon.evidence import cohort_ids, load_cohort

    given = {r["drug"] for n in cohort_ids() for a in load_cohort(n).arms for r in a.regimen}
    return drugs & given


def _text(
    history: Any,
    rows: Sequence[CourseRow],
    chances: Sequence[ChanceRow],
    biology: Sequence[BiologyRow],
    looks: Sequence[NextMeasurementRow],
    summary: PersonSummary,
) -> str:
    lines = [
        f"{history.title or 'A person'}: {summary['members']} virtual persons, worth {summary['effective_draws']:.0f} draws "
        f"after her measurements (Pareto k {summary['pareto_k']:.2f}).",
        "",
        "Numbers that her measurements moved most (in prior standard deviations):",
    ]
    lines += [f"  {b['parameter']:<32} {b['moved']:+.2f}  spread {1 - b['learned']:.0%} of before" for b in biology[:5]]
    for option in history.option:
        lines += ["", f"{option.name}"]
        own = [r for r in rows if r["option"] == option.name]
        last = max(r["months"] for r in own)
        for r in own:
            if r["months"] in (12.0, last) and r["output"] in ("bmd_lumbar_spine", "bmd_total_hip", "ctx"):
                lines.append(
                    f"  {r['output']:<18} month {r['months']:>4.0f}: {r['value']:.3f}, change {r['change']:+.1f} % "
                    f"(90 %: {r['change_lo90']:+.1f} to {r['change_hi90']:+.1f})"
                )
        lines += [
            f"  {c['chance']:>4.0%} {c['what']}" for c in chances if c["option"] == option.name and c["chance"] > 0.005
        ]
        best = next((x for x in looks if x["option"] == option.name), None)
        if best:
            lines.append(
                f"  a measurement of {best['measurement']} at {best['months']:.0f} months would be most informative: "
                f"{best['explained']:.0%} of what is open about the hip"
            )
    return "\n".join(lines)
