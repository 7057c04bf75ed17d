"""Harms of an arm: how many of 1,000 patients are to be expected with each, between which bounds, and against whom.

The exposures of a few patients of the study are run once for each arm. Cumulated hazards are linear in the published
effects, so the interval over how well these are known needs no further run: background and effects are drawn, the same
for every arm, and the risk is averaged over the patients.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.inputs import Arm, Scenario, Study
from osteon.interventions.labels import Treated, warnings
from osteon.io.outcome_store import events
from osteon.io.rows import Row
from osteon.model import LogNormal, Model
from osteon.outcomes.exposure_metrics import ALWAYS, READS
from osteon.outcomes.harm_table import Cause, Harm, harm, load_harms
from osteon.outcomes.harms import built, harms_of, harms_requested
from osteon.population.sampling import draw
from osteon.simulation.assembly import plugged_by
from osteon.simulation.dosing import regimen_of
from osteon.simulation.typical import cohort_of
from osteon.streams import uniform
from osteon.units import DAYS_PER_MONTH

Array = NDArray[np.float64]
N_EXPOSURE_PERSONS = 32  # patients whose exposure stands for the arm's
HARMS_DRAWS = 1000  # of background and effects
TRACE = 0.01  # of the reference exposure, over the whole study: less is not told as a cause


@dataclass(frozen=True)
class HarmRow(Row):
    """`harms` of `run`: a harm in an arm, of 1,000 patients by the last visit, and how many were drawn here.

    without : the same patients without the drugs;  added : what the drugs of the arm add
    difference : against the comparator arm; all with 90 % intervals of how well rates are known
    causes : exposures behind it (none: background only)
    shown : whether data show the larger part of what is added, or only do not exclude it
    events, patients : of the run: who had it, who was looked at
    """

    arm: str
    harm: str
    words: str
    months: float
    per_1000: float
    lo90: float
    hi90: float
    without: float
    added: float
    added_lo90: float
    added_hi90: float
    compare: str
    difference: float | None
    difference_lo90: float | None
    difference_hi90: float | None
    causes: tuple[str, ...]
    shown: bool
    evidence: str
    sources: tuple[str, ...]
    remark: str
    events: int = 0
    patients: int = 0


def drugs_of(arm: Arm) -> frozenset[str]:
    """Drugs of an arm."""
    return frozenset(r.drug for r in arm.regimen)


def named_in(given: Arm | Scenario) -> list[str]:
    """What overrides and rules of regimens name."""
    return [*(o.parameter for o in given.override), *(q for r in given.regimen for q in r.quantities())]


def harms_in(study: Study) -> tuple[str, ...]:
    """Harms that any drug of the study can bring about, and those that its endpoints ask for."""
    drugs = frozenset(d for arm in study.arm for d in drugs_of(arm))
    named = harms_requested([*(e.name for e in study.endpoint), *(n for a in study.arm for n in named_in(a))])
    return tuple(dict.fromkeys((*harms_of(plugged_by(drugs)), *named)))


def causes_of(h: Harm, drugs: Iterable[str]) -> tuple[Cause, ...]:
    """Causes of a harm that these drugs can bring about."""
    ports = plugged_by(drugs)
    return tuple(c for c in h.causes if ports.intersection(READS[c.driver]))


def evidence_of(name: str, drugs: Iterable[str]) -> str:
    """What a hazard rests on: human data, or assumed where a figure of it could not be looked up."""
    return _rests_on(harm(name), causes_of(harm(name), drugs))


def _rests_on(h: Harm, causes: Iterable[Cause]) -> str:
    return "assumed" if "unverified" in (h.confidence, *(c.confidence for c in causes)) else "human"


def harm_draws(model: Model, members: NDArray[np.int64], seed: int, typical: bool = False) -> dict[str, Array]:
    """Backgrounds and effects drawn for members or patients, (n,) each. typical: member 0 keeps the published value."""
    found = {}
    of_harms = {f"harm_{h}" for h in load_harms()}
    for m in model.modules:
        for p in m.parameters if m.name in of_harms else ():
            if p.uncertainty is not None:
                values = draw(p.value, p.uncertainty, uniform(seed, members, f"harm:{p.name}"))
                found[p.name] = np.where(members == 0, p.value, values) if typical else values
    return found


def cumulated(harms: Iterable[str]) -> tuple[str, ...]:
    """Outputs that events are drawn from."""
    return tuple(f"cumulative_{h}" for h in harms)


def with_events(
    truth: Array,
    names: Sequence[str],
    harms: Sequence[str],
    seed: int,
    patients: NDArray[np.int64],
    endpoints: Iterable[str] = (),
) -> tuple[Array, list[str]]:
    """Outcomes (patients, visits, outputs) with the first event of each harm, 0 before and 1 from it on.

    A patient has the event when her cumulated hazard passes an exponential number of her own: the same in every arm.
    The events stand in the place of the cumulated hazards, which are kept where they are `endpoints`.
    """
    gone = set(cumulated(harms)) - set(endpoints)
    kept = [k for k, n in enumerate(names) if n not in gone]
    columns = [truth[:, :, k] for k in kept]
    for h in harms:
        hazard = truth[:, :, list(names).index(f"cumulative_{h}")]
        passed = -np.log(uniform(seed, patients, f"event:{h}"))
        columns.append(np.where(np.isnan(hazard), np.nan, hazard >= passed[:, None]))
    return np.stack(columns, axis=2), [*(names[k] for k in kept), *(f"event_{h}" for h in harms)]


def counted(rows: Sequence[HarmRow], files: Sequence[Path]) -> list[HarmRow]:
    """Rows with the number of patients of the run who had the harm, and how many were looked at."""
    counts = events(files, [r.harm for r in rows])
    found = [(r, counts.get((r.arm, r.harm), (0, 0))) for r in rows]
    return [r.but(events=had, patients=seen) for r, (had, seen) in found]


def label_rows(study: Study) -> list[dict[str, Any]]:
    """Warnings of labels, arm by arm. The women of a study are taken to be past menopause; where most are men, of men."""
    end = study.design.visits[-1]
    men = cohort_of(study).sex == "male"
    who = Treated(female=not men, after_menopause=not men)
    return [
        {"arm": arm.name, **asdict(w)}
        for arm in study.arm
        for w in warnings([regimen_of(r) for r in arm.regimen], who, end)
    ]


def exposure_names(harms: Sequence[str], drugs: Iterable[str]) -> tuple[str, ...]:
    """Outputs that hold the exposures of an arm: backgrounds and cumulated exposures."""
    table = [harm(h) for h in harms]
    ports = plugged_by(drugs)
    own = [f"{c.name}_exposed" for h in table for c in built(h, ports)]
    return (*(f"{h.name}_background_cumulated" for h in table), *own)


def untreated_names(harms: Sequence[str]) -> tuple[str, ...]:
    """Exposures that are there without a drug."""
    return tuple(f"{c.name}_exposed" for h in harms for c in harm(h).causes if c.driver in ALWAYS)


def with_untreated(exposure: Mapping[str, Array], untreated: Mapping[str, Array]) -> dict[str, Array]:
    """Exposures of an arm, and under other names those of the same patients without its drugs; who failed is left out."""
    both = {**exposure, **{n.replace("_exposed", "_bare"): v for n, v in untreated.items()}}
    good = np.all([np.isfinite(v) for v in both.values()], axis=0) if both else np.zeros(0, dtype=bool)
    return {n: v[good] for n, v in both.items()}


def expected(study: Study, exposures: Mapping[str, Mapping[str, Array]], seed: int) -> list[HarmRow]:
    """A row for every harm and arm. exposures: by arm, by name, (patients,) over the study."""
    compare = next((e.compare for e in study.endpoint if e.compare), "")
    months = study.design.visits[-1] / DAYS_PER_MONTH
    rows = []
    for name in harms_in(study):
        h = harm(name)
        seen = {a.name: risks(h, built(h, plugged_by(drugs_of(a))), exposures[a.name], seed) for a in study.arm}
        for arm in study.arm:
            felt = material_causes(h, causes_of(h, drugs_of(arm)), exposures[arm.name], months / 12)
            rows.append(_expected(arm, h, felt, seen, compare, months))
    return rows


def material_causes(
    h: Harm, causes: Sequence[Cause], exposure: Mapping[str, Array], years: float
) -> dict[Cause, float]:
    """Causes whose exposure is more than a trace of the reference, each with the cumulated hazard that it adds typically.

    A tablet of a drug that can also be infused is no infusion: its trace is counted, not told as a harm.
    """
    found = {}
    for c in causes:
        own = float(np.mean(exposure[f"{c.name}_exposed"] - exposure.get(f"{c.name}_bare", 0.0)))
        whole = float(np.mean(exposure[f"{h.name}_background_cumulated"])) if c.ratio else years
        if own > TRACE * whole:
            found[c] = (c.effect - 1 if c.ratio else c.effect) * own
    return found


def risks(h: Harm, causes: Sequence[Cause], exposure: Mapping[str, Array], seed: int) -> tuple[Array, Array]:
    """Share of patients with the harm: with and without the drugs, (1 + draws,); draw 0 is typical."""
    members = np.arange(HARMS_DRAWS + 1)

    def drawn(value: float, gsd: float, name: str) -> Array:
        places = draw(1.0, LogNormal(gsd), uniform(seed, members, f"harm:{name}"))
        return value * np.where(members == 0, 1.0, places)

    factor = drawn(1.0, h.gsd, f"{h.name}_base")
    base = factor[:, None] * exposure[f"{h.name}_background_cumulated"][None, :]
    more = np.zeros_like(base)
    for c in causes:
        effect = drawn(c.effect, c.gsd, c.parameter)
        size = (effect - 1) * factor if c.ratio else effect
        untreated = exposure.get(f"{c.name}_bare", 0.0 * exposure[f"{c.name}_exposed"])
        base += size[:, None] * untreated[None, :]
        more += size[:, None] * (exposure[f"{c.name}_exposed"] - untreated)[None, :]
    return (-np.expm1(-(base + more))).mean(axis=1), (-np.expm1(-base)).mean(axis=1)


def _expected(
    arm: Arm,
    h: Harm,
    causes: Mapping[Cause, float],
    seen: Mapping[str, tuple[Array, Array]],
    compare: str,
    months: float,
) -> HarmRow:
    own, without = seen[arm.name]
    shown = sum(abs(v) for c, v in causes.items() if c.shown)
    told = causes != {} and 2 * shown >= sum(abs(v) for v in causes.values())
    total, added = _middle(own), _middle(own - without)
    other = _middle(own - seen[compare][0]) if compare and compare != arm.name else (None, None, None)
    return HarmRow(
        arm=arm.name,
        harm=h.name,
        words=h.words,
        months=months,
        per_1000=total[0],
        lo90=total[1],
        hi90=total[2],
        without=1000 * float(without[0]),
        added=added[0],
        added_lo90=added[1],
        added_hi90=added[2],
        compare=compare if compare != arm.name else "",
        difference=other[0],
        difference_lo90=other[1],
        difference_hi90=other[2],
        causes=tuple(c.driver for c in causes),
        shown=told,
        evidence=_rests_on(h, causes),
        sources=tuple(dict.fromkeys(c.source for c in causes)),
        remark=_remark(h, bool(causes), told, added),
    )


def _middle(risk: Array) -> tuple[float, float, float]:
    """Typical value and the middle 90 % of the draws, per 1,000."""
    low, high = np.quantile(risk[1:], [0.05, 0.95])
    return 1000 * float(risk[0]), 1000 * float(low), 1000 * float(high)


def _remark(h: Harm, caused: bool, shown: bool, added: tuple[float, float, float]) -> str:
    """What a reader must not overlook."""
    told = []
    if caused and not shown:
        told.append(f"not shown, not excluded: up to {added[2]:.2g} more per 1,000")
    if h.reported and caused:
        told.append(f"beyond the {100 * h.reported:.2g} % who report it on placebo")
    return "; ".join(told)
