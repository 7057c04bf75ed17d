"""Lists and cards of harms: background, what each exposure adds, between which bounds, from where, by which drugs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from osteon.interventions import CARDS
from osteon.interventions.card import Label
from osteon.model import Model
from osteon.outcomes.exposure_metrics import READS, UNIT
from osteon.outcomes.harm_table import Cause, Harm, harm, load_harms
from osteon.outcomes.harms import hazards
from osteon.outcomes.pooling import Trial
from osteon.report.name_rows import HarmNameRow
from osteon.simulation.assembly import plugged_by

WORDS_ALONE = {
    "rebound_vertebral_fracture": "clusters of vertebral fractures after stopping: see the hazards of fractures",
}  # harms on a card that have no rates in the table


def harm_rows() -> list[HarmNameRow]:
    """Harms with their backgrounds and the drugs that can bring them about."""
    return [
        HarmNameRow(
            h.name,
            f"{h.words}; {_rate(h.background)} without a drug; {', '.join(_drugs(h)) or 'no drug'}",
            h.hazard,
            1e4 * h.background,
            _drugs(h),
        )
        for h in load_harms().values()
    ]


def harm_names() -> tuple[str, ...]:
    """Names that a card of a harm answers to: the harm, and its hazard among the outputs."""
    return (*load_harms(), *hazards())


def harm_card(name: str, model: Model) -> tuple[dict[str, Any], str]:
    """A harm. model: one with all harms, for the equations."""
    from osteon.io.export import definitions

    h = harm(name.removeprefix("hazard_"))
    made = definitions(model)
    parts = [h.hazard, f"{h.name}_background", *(f"{c.name}_shape" for c in h.causes)]
    equations = {n: str(made[n]) for n in parts if n in made}
    row = {
        "name": h.name,
        "words": h.words,
        "output": h.hazard,
        "unit": "1/year",
        "background_per_10000": 1e4 * h.background,
        "background_lo90": 1e4 * h.background * h.gsd**-1.645,
        "background_hi90": 1e4 * h.background * h.gsd**1.645,
        "source": h.source,
        "confidence": h.confidence,
        "drugs": _drugs(h),
        "placebo_arms": [_trial_row(t, 1e4) for t in h.placebo],
        "causes": [_cause_row(c) for c in h.causes],
        "equations": equations,
    }
    lines = [f"{h.name}: {h.words}  (output {h.hazard}, per year; cumulative_{h.name})"]
    span = f" ({row['background_lo90']:.2g} to {row['background_hi90']:.2g})" if h.background else ""
    lines += [f"Without a drug {_rate(h.background)}{span} at 70 years of age; {h.confidence}: {h.source}."]
    lines += [f"  {line}" for line in _forest(h.placebo, 1e4, "per 10,000 person-years, carried to 70")]
    lines += [f"Brought about by: {', '.join(_drugs(h)) or 'none of the drugs here'}.", "", "Exposures"]
    lines += [f"  {line}" for c in h.causes for line in _cause_lines(c)]
    lines += ["", "Equations", *(f"  {n} = {e}" for n, e in equations.items())]
    return row, "\n".join([*lines, "", "90 % intervals. Research use only."])


def harms_of_drug(drug: str) -> list[dict[str, Any]]:
    """What a drug's card says of its harms, in the order of the card."""
    ports = plugged_by([drug])
    found: list[dict[str, Any]] = []
    for name in CARDS[drug].harms:
        if name in WORDS_ALONE:
            found.append({"harm": name, "words": WORDS_ALONE[name], "causes": []})
        else:
            own = [c for c in harm(name).causes if ports.intersection(READS[c.driver])]
            found.append({"harm": name, "words": harm(name).words, "causes": [_cause_row(c) for c in own]})
    return found


def drug_lines(drug: str) -> list[str]:
    """The harms and the label of a drug as lines of its card."""
    lines: list[str] = ["Harms it can cause"]
    for h in harms_of_drug(drug):
        told = "; ".join(str(c["effect"]) for c in h["causes"])
        lines.append(f"  {h['harm']:<26}  {h['words']}" + (f": {told}" if told else ""))
    return lines + _label_lines(CARDS[drug].label)


def _label_lines(label: Label | None) -> list[str]:
    if label is None:
        return ["Label: none is known; nothing is said of how long, for whom and with which kidneys."]
    lines = [f"Label: at most {label.max_months:.0f} months; {label.policy}."] if label.policy else []
    lines += [f"Label: eGFR of at least {label.min_egfr:.0f} mL/min/1.73 m^2."] if label.min_egfr > 0 else []
    return lines + ([f"Not for: {'; '.join(label.not_with)}."] if label.not_with else [])


def _drugs(h: Harm) -> list[str]:
    wanted = {port for c in h.causes for port in READS[c.driver]}
    return [d for d in CARDS if wanted.intersection(plugged_by([d]))]


def _rate(value: float) -> str:
    return f"{1e4 * value:.3g} per 10,000 person-years" if value else "none"


def _effect(c: Cause) -> str:
    low, high = c.bound(False), c.bound(True)
    open_ = "" if c.shown else ", not shown and not excluded"
    if c.ratio:
        return f"hazard ratio {c.effect:.2f} ({low:.2f} to {high:.2f}){_at(c)}{open_}"
    return f"+{1e4 * c.effect:.2g} per 10,000 person-years ({1e4 * low:.2g} to {1e4 * high:.2g}){_at(c)}{open_}"


def _at(c: Cause) -> str:
    unit = UNIT.get(c.driver, "")
    return f" at {c.driver.replace('_', ' ')} = {c.reference:g}" + (f" {unit}" if unit else "")


def _cause_row(c: Cause) -> dict[str, Any]:
    return {
        "driver": c.driver,
        "parameter": c.parameter,
        "effect": _effect(c),
        "value": c.effect,
        "lo90": c.bound(False),
        "hi90": c.bound(True),
        "kind": "hazard ratio" if c.ratio else "excess per year",
        "shape": c.shape,
        "reference": c.reference,
        "evidence": c.evidence,
        "confidence": c.confidence,
        "shown": c.shown,
        "source": c.source,
        "rows": list(c.rows),
        "trials": [_trial_row(t) for t in c.trials],
        "pooled": vars(c.pooled) if c.pooled else None,
    }


def _cause_lines(c: Cause) -> list[str]:
    shape = {"linear": "in proportion", "square": "as its square", "saturating": "up to a plateau", "steep": "steeply"}[
        c.shape
    ]
    head = f"{c.driver}: {_effect(c)}; follows it {shape}; {c.evidence} data"
    pooled = []
    if c.pooled:
        p = c.pooled
        pooled = [
            f"  random effects {p.estimate:.2f} ({p.low:.2f} to {p.high:.2f}, 95 %); the widest source reaches {p.upper:.2f}"
        ]
    return [head, f"  {c.confidence}: {c.source}", *(f"  {line}" for line in _forest(c.trials, 1.0, "ratio")), *pooled]


def _forest(trials: Sequence[Trial], factor: float, unit: str) -> list[str]:
    """One line a trial: its estimate and 95 % interval."""
    lines = []
    for t in trials:
        told = (
            f"{factor * t.estimate:.3g} ({factor * t.low:.2g} to {factor * t.high:.2g})"
            if t.centred
            else f"up to {t.high:g}"
        )
        lines.append(f"{t.study}: {told} {unit}" + (f"; {t.counts}" if t.counts else "") + f"; {t.source}")
    return lines


def _trial_row(t: Trial, factor: float = 1.0) -> dict[str, Any]:
    return {
        "study": t.study,
        "estimate": factor * t.estimate if t.centred else None,
        "lo95": factor * t.low if t.centred else None,
        "hi95": factor * t.high,
        "counts": t.counts,
        "source": t.source,
    }
