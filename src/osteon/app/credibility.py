"""What speaks for using the model in a context, and what does not: facts first, then the words of a report.

The shape is that of ICH M15's assessment table, FDA 2023 and ASME V&V 40: question, context, influence, consequence, risk; limits fixed
beforehand; verification; calibration; validation in three sets; plausibility; uncertainty; adequacy; what has no evidence is listed.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from osteon import __version__
from osteon.additions import cached
from osteon.app.contexts import NO_EVIDENCE, chosen, contexts, scorecard_figures, table
from osteon.checks.rows import ClaimRow

Row = dict[str, Any]
RISK = {  # influence, consequence -> tier
    ("low", "low"): "low",
    ("low", "medium"): "low",
    ("medium", "low"): "low",
    ("medium", "medium"): "medium",
    ("low", "high"): "medium",
    ("high", "low"): "medium",
    ("medium", "high"): "high",
    ("high", "medium"): "high",
    ("high", "high"): "high",
}
SETS = {
    "calibrate": "calibrated: used in the fit, no evidence of prediction",
    "holdout": "looked at: left out of every fit, seen by its authors between designs",
    "holdout_temporal": "looked at: later years of calibrated cohorts, extrapolated",
}
TOP = 12  # parameters listed by influence


def evidence_items() -> list[Row]:
    """Kinds of evidence and the tests that make them."""
    return list(table()["evidence"])


def acceptance_hash(context: Mapping[str, Any]) -> str:
    """Hash of the acceptance limits of a context and the day they were fixed."""
    limits = [[a["metric"], a.get("at_least"), a.get("at_most")] for a in context["acceptance"]]
    return hashlib.sha256(json.dumps([context["fixed"], limits]).encode()).hexdigest()


@cached
def claim_rows() -> tuple[ClaimRow, ...]:
    """Every claim on the shipped model; half a minute."""
    from osteon.checks import check_claims

    return tuple(check_claims())


def assess(names: Sequence[str] = ()) -> list[Row]:
    """One assessment a context; all shipped ones where none is named. Raises InputError as `contexts.chosen`."""
    return [_assessment(n, c) for n, c in chosen(names).items()]


def _assessment(name: str, c: Row) -> Row:
    accepted = [_accept(a) for a in c["acceptance"]]
    bare = [a for a in accepted if a["met"] is None]
    missed = [a for a in accepted if a["met"] is False]
    return {
        "context": name,
        "title": c["title"],
        "question": c["question"],
        "use": c["use"],
        "influence": c["influence"],
        "consequence": c["consequence"],
        "why": c["why"],
        "risk": RISK[c["influence"], c["consequence"]],
        "fixed": c["fixed"],
        "fixed_as": acceptance_hash(c),
        "unchanged_since": acceptance_hash(c) == c["sha256"] if "sha256" in c else None,
        "version": __version__,
        "acceptance": accepted,
        "adequacy": _adequacy(accepted, missed, bare),
        "adequate": not missed and not bare,
        "no_evidence": [f"{a['metric']}: {a['reason']}" for a in bare],
        "limits": c["limits"],
        "verification": evidence_items(),
        "calibration": calibration(),
        "validation": validation_sets(),
        "plausibility": plausibility(),
        "provenance": provenance_of_numbers(),
        "influence_of_parameters": influence(c),
        "assumed_that_matter": assumed_numbers(c),
        "applicability": applicability(c),
    }


def _accept(a: Mapping[str, Any]) -> Row:
    value, reason = measure(a["metric"])
    low, high = a.get("at_least"), a.get("at_most")
    met = None if value is None else (low is None or value >= low) and (high is None or value <= high)
    asked = f"at least {low:g}" if low is not None else f"at most {high:g}"
    return {"metric": a["metric"], "asked": asked, "value": value, "met": met, "why": a["why"], "reason": reason}


def measure(metric: str) -> tuple[float | None, str]:
    """Today's value of a metric, and where it comes from or why there is none."""
    kind, _, rest = metric.partition("/")
    if kind in ("rmse", "skill", "ratio"):
        return _of_scorecard(kind, *rest.split("/"))
    if kind == "inside":
        found = scorecard_figures().get("inside", {}).get("share")
        return found, "the last scorecard" if found is not None else "no scorecard is shipped"
    if kind == "claims":
        return _of_claims(rest)
    return None, NO_EVIDENCE.get(rest, "nothing of this kind is in the repository")


def _of_scorecard(kind: str, role: str, endpoint: str) -> tuple[float | None, str]:
    v = scorecard_figures()
    if not v:
        return None, "no scorecard is shipped"
    if kind == "ratio":
        row = next((s for s in v["same_rows"] if (s["role"], s["endpoint"]) == (role, endpoint)), None)
        if row is None:
            return None, "the published model answers none of these rows"
        return row["ours"] / row[
            "theirs"
        ], f"{row['ours']:.2f} here, {row['theirs']:.2f} the published model, {row['rows']} rows"
    row = next((s for s in v["scores"] if (s["role"], s["endpoint"]) == (role, endpoint)), None)
    if row is None or row[kind] is None:
        return None, "no such rows in the last scorecard"
    return row[kind], f"{row['rows']} rows of the last scorecard"


def _of_claims(rest: str) -> tuple[float | None, str]:
    rows = claim_rows()
    if rest == "class/emergent":
        return float(
            sum(r["verdict"] == "holds" and r["basis"] == "emergent" for r in rows)
        ), "claims that hold and were not typed in"
    if rest == "class/moved":
        scored = [r for r in rows if r["mutation_score"] is not None and r["verdict"] in ("holds", "unmoved")]
        if not scored:
            return None, "no mechanism was broken yet (./dev mutate)"
        return sum(r["verdict"] == "holds" for r in scored) / len(
            scored
        ), f"of {len(scored)} claims with a mutation score"
    ids = rest.split(",")
    held = [r for r in rows if r["id"] in ids and r["verdict"] == "holds"]
    rest_of = [f"{r['id']} {r['status']}" for r in rows if r["id"] in ids and r["verdict"] != "holds"]
    return len(held) / len(ids), f"{len(held)} of {len(ids)} hold" + (f"; {', '.join(rest_of)}" if rest_of else "")


def _adequacy(accepted: Sequence[Row], missed: Sequence[Row], bare: Sequence[Row]) -> str:
    if not missed and not bare:
        return "Every limit is met: adequate for this context, within its limits. The model is not validated."
    told = [f"{len(missed)} of {len(accepted)} limits {'is' if len(missed) == 1 else 'are'} missed"] if missed else []
    told += [f"{len(bare)} {'has' if len(bare) == 1 else 'have'} no evidence"] if bare else []
    return f"Not adequate by its own limits: {' and '.join(told)}. What is met stands below."


def calibration() -> Row:
    """The joint fit, how much of each prior the data took away, and what draws of the parameters come from."""
    from osteon.simulation.fits import load_fit

    fit = load_fit()
    known = {k: max(0.0, float(v)) for k, v in fit.about.get("known_from_data", {}).items()}
    return {
        "rows": fit.about.get("rows"),
        "cost": fit.about.get("cost"),
        "parameters": len(known),
        "barely_known": sorted(k for k, v in known.items() if v < 0.1),
        "known_from_data": {k: round(v, 3) for k, v in sorted(known.items(), key=lambda kv: kv[1])},
        "draws": _draws(fit.draws.about if fit.draws else None),
    }


def _draws(about: Any) -> Row:
    """How well the posterior that parameters are drawn from was sampled, and the Gaussian beside it."""
    if about is None:
        return {
            "from": "gaussian",
            "words": "Parameters are drawn from the fit's normal approximation: no posterior of this fit is shipped.",
        }
    row, gaussian = about["row"], about.get("gaussian", {})
    words = (
        f"Parameters are drawn from a sampled posterior: {row['effective_draws']:.0f} effective draws, R-hat {row['max_rhat']:.3f}, "
        f"Pareto k below 0.7 for {row['share_k_below_limit']:.0%} of trials, {row['minutes']:.0f} minutes."
    )
    if not row["meets_targets"]:
        words += " It misses its own targets (400 effective draws, R-hat below 1.01, nine trials in ten)"
        words += " and stands here because the fit's normal approximation misses them by more." if gaussian else "."
    return {"from": "posterior", "words": words, "row": row, "gaussian": gaussian}


def validation_sets() -> Row:
    """The three sets kept apart."""
    v = scorecard_figures()
    found: Row = {words: [s for s in v.get("scores", ()) if s["role"] == role] for role, words in SETS.items()}
    found["never looked at"] = []
    return {
        "looks": v.get("looks"),
        "sets": found,
        "never_looked_at": NO_EVIDENCE["never_looked_at"],
        "same_rows_as_the_published_model": v.get("same_rows", []),
        "bars_missed": v.get("missed", []),
    }


def plausibility() -> Row:
    """Verdicts of the review's statements, what they rest on, and how often a broken mechanism turns them."""
    rows = claim_rows()
    scores = [r["mutation_score"] for r in rows if r["mutation_score"] is not None and r["verdict"] == "holds"]
    return {
        "verdicts": dict(Counter(r["verdict"] for r in rows).most_common()),
        "holds_by_basis": dict(Counter(r["basis"] for r in rows if r["verdict"] == "holds").most_common()),
        "fails": {r["id"]: f"{r['status']}: {r['because'] or r['figure']}" for r in rows if r["verdict"] == "fails"},
        "mean_mutation_score": round(sum(scores) / len(scores), 3) if scores else None,
        "unmoved": [r["id"] for r in rows if r["verdict"] == "unmoved"],
    }


def provenance_of_numbers() -> Row:
    """Parameters by kind and confidence, references by status."""
    from osteon.evidence.ledger import confidence_of, evidence_keys, published_rows
    from osteon.evidence.reading_counts import standing_of
    from osteon.evidence.readings import evidence_records
    from osteon.evidence.references import read_through
    from osteon.interventions import CARDS
    from osteon.outcomes.harm_table import load_harms
    from osteon.simulation.assembly import human_model

    parameters = human_model(CARDS, harms=load_harms()).parameters.values()
    return {
        "parameters_by_kind": dict(Counter(p.kind for p in parameters).most_common()),
        "rows_behind_them_by_confidence": dict(
            Counter(confidence_of(p.name) or "no row" for p in parameters).most_common()
        ),
        "published_rows_by_what_they_were_read_through": dict(
            Counter(read_through(r.reference) for r in published_rows().values()).most_common()
        ),
        "published_rows_by_confidence": dict(Counter(r.confidence for r in published_rows().values()).most_common()),
        "published_rows_by_how_far_they_were_read": dict(Counter(map(standing_of, evidence_records())).most_common()),
        "references_by_status": dict(Counter(k.status for k in evidence_keys().values()).most_common()),
    }


def influence(c: Mapping[str, Any]) -> Row:
    """Uncertain parameters by what one standard deviation of theirs moves the outcome of the context."""
    if not c["drug"]:
        reason = "the outcome of this context is an interval over priors; a study's own report ranks what it hangs on"
        return {"rows": [], "reason": reason}
    from osteon.checks.sensitivity import one_at_a_time

    rows = one_at_a_time(c["drug"], c["outcome"], float(c["months"]))
    return {
        "rows": rows[:TOP],
        "reason": f"one at a time, {len(rows)} uncertain parameters, {c['outcome']} at {c['months']:g} months",
    }


def assumed_numbers(c: Mapping[str, Any]) -> Row:
    """Assumed numbers ranked by what the 5th to 95th percentile of their stated priors does to the outcome of the context."""
    if not c["drug"]:
        return {
            "rows": [],
            "reason": "this context has no outcome of one drug; 'osteon sensitivity FILE' ranks those of a file",
        }
    from dataclasses import asdict

    from osteon.checks.lab import DRUGS
    from osteon.inference.sensitivity import analyse, assumed_that_matter
    from osteon.inference.sensitivity_subjects import of_treatment
    from osteon.simulation.treatment import Treatment

    subject = of_treatment(Treatment(c["drug"], (DRUGS[c["drug"]],)), c["outcome"], float(c["months"]))
    found = analyse(subject)
    return {
        "rows": [{k: v for k, v in asdict(e).items() if v is not None} for e in assumed_that_matter(found, TOP)],
        "reason": f"each number alone from the 5th to the 95th percentile of its stated prior, {len(subject.priors)} fitted and "
        f"assumed numbers, {c['outcome']} at {c['months']:g} months; ranks are among all of them",
    }


def applicability(c: Mapping[str, Any]) -> Row:
    """Whom and how long the trials behind the context were: what lies outside is extrapolated."""
    from osteon.evidence import cohort_ids, load_cohort, load_measurements

    ages = [float(a) for n in cohort_ids() if isinstance(a := load_cohort(n).population.get("age"), int | float)]
    months = [m.months for m in load_measurements() if m.endpoint == c["outcome"] and m.months == m.months]
    if not c["outcome"] or not months:
        return {"reason": "no human rows of this outcome stand behind the context"}
    return {
        "mean_age_of_cohorts": [min(ages), max(ages)],
        "months_of_rows": [min(months), max(months)],
        "reason": "a study outside these ranges is extrapolated; osteon run says which of its doses are",
    }


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What differs between two assessments of a context, as lines."""
    before = {a["metric"]: a for a in old.get("acceptance", ())}
    lines = []
    for a in new["acceptance"]:
        then = before.get(a["metric"])
        if then is None:
            lines.append(f"{a['metric']}: new")
        elif (then["value"], then["met"], then["asked"]) != (a["value"], a["met"], a["asked"]):
            lines.append(f"{a['metric']}: {_short(then)} before, {_short(a)} now")
    lines += [f"{m}: no longer asked" for m in before if m not in {a["metric"] for a in new["acceptance"]}]
    if old.get("adequate") != new["adequate"]:
        lines.append(f"adequate: {old.get('adequate')} before, {new['adequate']} now")
    lines += [
        f"{words}: {old[key]} before, {new[key]} now"
        for key, words in _FACTS.items()
        if key in old and old[key] != new[key]
    ]
    return lines + [line for part in (_moved_claims, _moved_scores, _moved_numbers) for line in part(old, new)]


_FACTS = {"risk": "risk tier", "fixed": "limits fixed on", "fixed_as": "hash of the limits", "version": "version"}


def _moved_claims(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Counts of verdicts, the mean mutation score, and claims that began or ceased to fail."""
    then, now = old.get("plausibility", {}), new["plausibility"]
    if not then:
        return []
    lines = [
        f"claims, {v}: {then['verdicts'].get(v, 0)} before, {now['verdicts'].get(v, 0)} now"
        for v in sorted({*then["verdicts"], *now["verdicts"]})
        if then["verdicts"].get(v, 0) != now["verdicts"].get(v, 0)
    ]
    lines += [f"{c}: fails now" for c in now["fails"] if c not in then["fails"]]
    lines += [f"{c}: no longer fails" for c in then["fails"] if c not in now["fails"]]
    if then["mean_mutation_score"] != now["mean_mutation_score"]:
        lines.append(f"mean mutation score: {then['mean_mutation_score']} before, {now['mean_mutation_score']} now")
    return lines


def _moved_scores(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Errors of the three sets, and how often held-out rows were looked at."""
    then, now = old.get("validation", {}), new["validation"]
    if not then:
        return []
    before = {(s["role"], s["endpoint"]): s["rmse"] for rows in then["sets"].values() for s in rows}
    lines = [
        f"error, {s['role']}, {s['endpoint']}: {before[s['role'], s['endpoint']]:.2f} before, {s['rmse']:.2f} now"
        for rows in now["sets"].values()
        for s in rows
        if (s["role"], s["endpoint"]) in before and abs(before[s["role"], s["endpoint"]] - s["rmse"]) > 0.005
    ]
    if then.get("looks") != now["looks"]:
        lines.append(f"looks at held-out rows: {then.get('looks')} before, {now['looks']} now")
    return lines


def _moved_numbers(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Numbers by kind and confidence, references by status, and what draws come from."""
    lines = []
    for name, now in new["provenance"].items():
        then = old.get("provenance", {}).get(name)
        moved = [k for k in sorted({*(then or ()), *now}) if then is not None and then.get(k, 0) != now.get(k, 0)]
        lines += [f"{name.replace('_', ' ')}, {k}: {then.get(k, 0)} before, {now.get(k, 0)} now" for k in moved]
    then, now = old.get("calibration", {}).get("draws"), new["calibration"]["draws"]
    if then and then["words"] != now["words"]:
        lines.append(f"draws: {then['words']} before; {now['words']} now")
    return lines


def _short(a: Mapping[str, Any]) -> str:
    return (
        "no evidence" if a["value"] is None else f"{a['value']:.3g} ({'met' if a['met'] else 'missed'}, {a['asked']})"
    )


def _distance(study: str) -> Row:
    """How far a study lies from the evidence; empty rows with the reason where none was named."""
    from osteon.app.applicability import distance

    if not study:
        return {"study": "", "rows": [], "reason": "no study was named (--study FILE)"}
    return {
        "study": study,
        "rows": distance(study),
        "reason": "against cohorts, rows, largest doses and published sequences",
    }


@dataclass(frozen=True)
class ContextRow:
    """`credibility`: a context of use; how many limits are met, missed, without evidence; changed: since the page before."""

    context: str
    adequate: bool
    risk: str
    met: int
    missed: int
    no_evidence: int
    changed: list[str]
    page: str


def write_reports(out: str, names: Sequence[str] = (), study: str = "") -> list[ContextRow]:
    """One HTML page and one JSON file a context in a folder; rows context, adequate, risk, met, missed, no_evidence, page."""
    from pathlib import Path

    from osteon.io.files import write_atomic
    from osteon.report.credibility_page import credibility_report
    from osteon.report.page import render_report

    distance = _distance(study)
    assessed, rows = assess(names), list[ContextRow]()
    Path(out).mkdir(parents=True, exist_ok=True)
    for a in assessed:
        a["distance_of_study"] = distance
        told = Path(out) / f"{a['context']}.json"
        old = json.loads(told.read_text(encoding="utf-8")) if told.is_file() else None
        moved = changed(old, a) if old else []
        page = Path(out) / f"{a['context']}.html"
        text = render_report(credibility_report(a, moved, old is not None))
        write_atomic(page, text)
        write_atomic(told, json.dumps(a, indent=1, sort_keys=True) + "\n")
        met = [x["met"] for x in a["acceptance"]]
        rows.append(
            ContextRow(
                a["context"],
                a["adequate"],
                a["risk"],
                met.count(True),
                met.count(False),
                met.count(None),
                moved,
                str(page),
            )
        )
    return rows


__all__ = ["assess", "contexts", "evidence_items", "write_reports"]
