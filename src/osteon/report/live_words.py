"""What the living page says in words: names, units, sources, labels, published arms. Numbers are those of the product's tables."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from osteon.additions import cached
from osteon.biology import SITES
from osteon.evidence import load_claims, load_measurements, load_references
from osteon.evidence.ledger import confidence_of, supports
from osteon.evidence.measurement import width_of
from osteon.evidence.outcome import MEASURED, scale_of
from osteon.inputs.names import HABITS
from osteon.inputs.people import EARLIEST_MENOPAUSE, LATEST_MENOPAUSE
from osteon.inputs.studied_range import SLACK
from osteon.interventions import CARDS
from osteon.interventions.card import Label
from osteon.interventions.labels import LABELS_SLACK as LABEL_SLACK
from osteon.io.tables import read_packaged
from osteon.model import Model
from osteon.outcomes.exposure_metrics import READS
from osteon.outcomes.harm_table import Harm, load_harms
from osteon.outcomes.harms import harms_of
from osteon.population.covariates import DEFAULTS
from osteon.replication.absolute_risks import absolute_risks, pooled
from osteon.replication.published import Arm, arms_of, usable
from osteon.replication.registers import expected_register_rates
from osteon.report.live_map import map_of
from osteon.simulation.assembly import arm_model, plugged_by
from osteon.simulation.dosing import AMOUNTS, DOSING_KINDS
from osteon.simulation.fracture_risk import DEATH
from osteon.simulation.portable import outputs_of, usual_regimen
from osteon.simulation.typical import person_of, t_scores_of
from osteon.units import DAYS_PER_MONTH, DAYS_PER_YEAR

SHOWN_AS = {"points": "change", "score": "value", "log": "change"}  # of a scale, in figures
LIVE_WORDS_LEVELS = ("calcium", "pth")  # markers that are shown as they are
LIVE_WORDS_DRAWN = (
    "bmd_total_hip", "bmd_lumbar_spine", "bmd_femoral_neck", "t_total_hip", "t_lumbar_spine", "t_femoral_neck", "ctx", "p1np", "bsap", *LIVE_WORDS_LEVELS,
)  # fmt: skip
SHOWN_PARAMETERS: tuple[tuple[str, str, str, float], ...] = (
    *(
        (
            name,
            MEASURED[name].title,
            "value" if name in LIVE_WORDS_LEVELS else SHOWN_AS[MEASURED[name].scale],
            MEASURED[name].axis,
        )
        for name in LIVE_WORDS_DRAWN
    ),
    ("hazard_clinical", "Hazard of a clinical fracture", "value", 0.004),
)  # output, words, how it is shown, least height of its axis
LIVE_WORDS_FRACTURES = (
    ("hazard_clinical", "Any fracture that comes to notice", "Any clinical fracture"),
    ("hazard_hip", "Hip fracture", "Hip"),
    ("hazard_nonvertebral", "Fracture outside the spine", "Outside the spine"),
    ("hazard_clinical_vertebral", "Vertebral fracture that comes to notice", "Vertebral, noticed"),
    ("hazard_vertebral", "Vertebral fracture on a radiograph, noticed or not", "Vertebral, radiograph"),
)
HEADLINE = "hazard_clinical"
PERSON_UNITS = {
    "age": "years", "years_since_menopause": "years", "surgical_menopause_at": "years", "hypogonadism_at": "years",
    "bmi": "kg/m^2", "weight": "kg", "alcohol": "units/day", "body_fat": "percent", "glucocorticoid": "mg/day",
    "gfr": "mL/min", "vitamin_d": "nmol/L", "calcium_intake": "mg/day", "protein_intake": "g/kg/day",
    "glucocorticoid_for": "days", "immobilised_for": "days", "rheumatoid_arthritis_for": "days", "gfr_for": "days",
}  # fmt: skip
SLIDERS: tuple[tuple[str, str, float, float, float, str, float | None], ...] = (
    ("age", "Age", 40, 95, 1, "years", 66),
    ("years_since_menopause", "Since menopause", 0, 45, 1, "years", 16),
    ("bmi", "Body mass index", 16, 42, 0.5, "kg/m²", 25),
    ("t_total_hip", "T-score, total hip", -4.5, 2, 0.1, "", -1.8),
    ("t_lumbar_spine", "T-score, spine", -5, 2, 0.1, "", -2.5),
    ("t_femoral_neck", "T-score, femoral neck", -4.5, 2, 0.1, "", -2.1),
    ("turnover", "Bone turnover", 0.4, 3, 0.05, "× a woman of 30", 1.2),
    ("vitamin_d", "Vitamin D in serum", 10, 150, 5, "nmol/L", 60),
    ("calcium_intake", "Calcium eaten", 200, 2000, 50, "mg a day", 900),
    ("alcohol", "Alcohol", 0, 8, 0.5, "units a day", None),
    ("gfr", "Kidney filtration", 15, 120, 1, "mL/min", None),
    ("glucocorticoid", "Prednisone taken", 0, 40, 2.5, "mg a day", None),
)  # key, words, least, most, step, unit, usual (None: not given until it is switched on)
LIVE_WORDS_AGES = (
    ("surgical_menopause_at", "Ovaries removed at", "female", 18, 60),
    ("hypogonadism_at", "Hypogonadism since", "male", 18, 110),
)  # key, words, whose, least, most
LIVE_WORDS_RULES = {
    "stop": {"quantity": "t_total_hip", "operator": ">", "level": -1.5},
    "hold": {"quantity": "calcium", "operator": "<", "level": 2.1},
}  # what a new rule begins with; the reader changes it
START: tuple[str, int] = ("denosumab", 60)
OTHER = "alendronate"  # the usual second plan  # what the page opens with


def figures(model: Model) -> list[dict[str, Any]]:
    """What is drawn of a person: outputs with words, units and how they are shown."""
    return [
        {"output": o, "words": words, "as": form, "least": least, "unit": _unit(model, o, form)}
        for o, words, form, least in SHOWN_PARAMETERS
        if o in model.outputs
    ]


def _unit(model: Model, output: str, form: str) -> str:
    if form == "change":
        return "% of month 0"
    unit = model.unit(output)
    return {"1": "" if scale_of(output) == "score" else "× usual", "1/year": "a year"}.get(unit, unit)


def about(drugs: Iterable[str], model: Model, fingerprint: str, draws: int) -> dict[str, Any]:
    """Everything that the page says of these drugs, this model and its sources."""
    names = [n for n in CARDS if n in set(drugs)]
    known = load_references()
    return {
        "fingerprint": fingerprint,
        "draws": draws,
        "time": {"days_per_month": DAYS_PER_MONTH, "days_per_year": DAYS_PER_YEAR},
        "figures": figures(model),
        "told": [o for o, *_ in SHOWN_PARAMETERS if o in model.outputs]
        + [o for o, *_ in LIVE_WORDS_FRACTURES if o != HEADLINE],
        "events": events(names),
        "headline": HEADLINE,
        "absolute": absolute(),
        "outputs": {
            o: {"unit": model.unit(o)} for o, *_ in (*SHOWN_PARAMETERS, *LIVE_WORDS_FRACTURES) if o in model.outputs
        },
        "drugs": {n: drug(n) for n in names},
        "habits": habits(),
        "sliders": [
            dict(zip(("key", "words", "low", "high", "step", "unit", "usual"), s, strict=True)) for s in SLIDERS
        ],
        "person_units": PERSON_UNITS,
        "arms": published_arms(frozenset(names)),
        "parameters": parameters(model),
        "supports": published_supports(model),
        "turns": turned_claims(model),
        "references": {k: f"{r.text} ({r.identifier or 'no identifier'})" for k, r in known.items()},
        "claims": claims(names),
        "map": map_of(model, outputs_of(model)),
        "start": start(names),
        "studied_slack": SLACK,
        "limits": {
            "earliest_menopause": EARLIEST_MENOPAUSE,
            "latest_menopause": LATEST_MENOPAUSE,
            "label_slack": LABEL_SLACK,
            "menopause_age": DEFAULTS["menopause_age"][0],
        },
        "ages": [dict(zip(("key", "words", "sex", "low", "high"), row, strict=True)) for row in LIVE_WORDS_AGES],
        "rules": LIVE_WORDS_RULES,
        "sites": SITES,
    }


def start(drugs: Iterable[str]) -> dict[str, Any]:
    """The state that the page opens with: a woman of 66 and one drug."""
    names = list(drugs)
    usual, months = START
    name = usual if usual in names else names[0] if names else ""
    person: dict[str, Any] = {"sex": "female", "smoking": "never", "prior_fractures": []}
    person |= {key: value for key, *_, value in SLIDERS if value is not None}
    plan = [course(name, 0, months)] if name else []
    other = [course(OTHER, 0, months)] if OTHER in names else []
    return {
        "person": person,
        "plans": [plan, other],
        "habits": [],
        "overrides": [],
        "months": 120,
        "screen": "one",
        "arm": "",
    }


def course(name: str, first: int, last: int) -> dict[str, Any]:
    """A drug as usually given, from one month to another, as the page keeps it."""
    usual = usual_regimen(CARDS[name])
    return {
        "drug": name, "route": usual.route, "amount": usual.amount, "every": usual.every, "duration": usual.duration,
        "from": first, "until": last, "adherence": 1, "stop": None, "hold": None,
    }  # fmt: skip


def drug(name: str) -> dict[str, Any]:
    """Card, label and studied range of a drug."""
    card = CARDS[name]
    usual = usual_regimen(card)
    dense = {r: {"amount": s.amount, "every": s.days, "source": s.source} for r, s in card.densest.items()}
    return {
        "words": name[0].upper() + name[1:],
        "kind": card.kind,
        "mechanism": card.mechanism,
        "limits": card.limits,
        "unit": card.unit,
        "usual": course(name, 0, 60),
        "usual_words": card.usual,
        "usual_months": None if math.isnan(usual.months) else usual.months,
        "routes": list(card.routes),
        "largest": card.largest,
        "densest": dense,
        "evidence": card.evidence,
        "references": list(card.references),
        "parameters": [p.name for p in card.module.parameters],
        "label": _label(card.label),
    }


def _label(label: Label | None) -> dict[str, Any] | None:
    if label is None:
        return None
    plain = {k: getattr(label, k) for k in ("women_after_menopause", "not_with", "policy", "unapproved", "source")}
    finite = {"most_months": label.max_months, "least_egfr": label.min_egfr}
    return plain | {k: None if math.isnan(v) else v for k, v in finite.items()}


def events(drugs: Iterable[str]) -> list[dict[str, Any]]:
    """Fractures and harms of which the page tells how many of 1,000 have them, fractures that come to notice first."""
    names = list(drugs)
    broken = [
        {"output": o, "words": w, "short": s, "side": "benefit", "cumulated": False, "death": DEATH, "causes": {}}
        for o, w, s in LIVE_WORDS_FRACTURES
    ]
    hurt = [_harm(load_harms()[h], names) for h in harms_of(plugged_by(names))]
    return [*broken, *hurt]


@cached
def absolute() -> dict[str, Any]:
    """Absolute risks beside placebo arms of trials, one row each, geometric means by outcome; and beside registers of people at large."""
    rows = absolute_risks()
    words = {f"fracture_{o.removeprefix('hazard_')}": short for o, _, short in LIVE_WORDS_FRACTURES}
    return {
        "rows": [
            [
                r.cohort.replace("_", " "),
                words[r.endpoint],
                r.months,
                r.prior,
                r.published,
                round(r.simulated, 2),
                r.confidence,
            ]
            for r in rows
        ],
        "pooled": [[words[k], round(v, 2)] for k, v in pooled(rows).items()],
        "registers": _registers(words),
    }


def _registers(words: dict[str, str]) -> list[list[Any]]:
    """Outcome, source, whether its level is fitted to it, how many incidences, here over published: lowest and highest."""
    ratios: dict[tuple[str, str, bool], list[float]] = {}
    for register, expected in expected_register_rates():
        key = (words[f"fracture_{register.kind}"], register.source, register.use == "fit")
        ratios.setdefault(key, []).append(expected / register.rate)
    return [[*key, len(r), round(min(r), 2), round(max(r), 2)] for key, r in ratios.items()]


def _harm(h: Harm, drugs: list[str]) -> dict[str, Any]:
    """A harm, and for each drug that may bring it whether data show it or only do not exclude it."""
    causes = {}
    for name in drugs:
        own = _causes(h, name)
        if own:
            causes[name] = {
                "shown": any(c.shown for c in own),
                "evidence": "assumed" if any(c.confidence == "unverified" for c in own) else own[0].evidence,
                "sources": [c.source for c in own],
            }
    words = h.words[0].upper() + h.words[1:]
    return {
        "output": f"cumulative_{h.name}", "words": words, "short": words if len(words) < 26 else h.name.replace("_", " ").capitalize(),
        "side": "harm", "cumulated": True, "causes": causes, "source": h.source,
    }  # fmt: skip


def _causes(h: Harm, drug: str) -> list[Any]:
    ports = plugged_by([drug])
    return [c for c in h.causes if ports.intersection(READS[c.driver])]


def habits() -> dict[str, dict[str, Any]]:
    """Habits with their kinds, or the unit, the usual and the largest daily amount."""
    found: dict[str, dict[str, Any]] = {}
    for name, (kinds, unit, most) in HABITS.items():
        if name in DOSING_KINDS:
            found[name] = {"kinds": list(kinds), "usual": DOSING_KINDS[name][2]}
        elif name in AMOUNTS:
            found[name] = {"unit": unit, "most": most, "usual": float(AMOUNTS[name][2].split()[0])}
    return found


def parameters(model: Model) -> dict[str, list[str]]:
    """Unit, kind, source, note and module of every parameter."""
    return {
        p.name: [p.unit, p.kind, p.source, p.note, m.name] for m in model.modules for p in m.parameters
    }  # values are those of the model: told once, as defaults


def published_supports(model: Model) -> dict[str, list[Any]]:
    """Published rows behind parameters, and the worst confidence among them; those without a row are left out."""
    found = {}
    for module in model.modules:
        for p in module.parameters:
            rows = [s.row for s in supports().get(p.name, ())]
            if rows:
                found[p.name] = [rows, confidence_of(p.name)]
    return found


def turned_claims(model: Model) -> dict[str, list[str]]:
    """Claims whose verdict turned when a mechanism was broken (./dev mutate), by module of the model."""
    names = {m.name for m in model.modules}
    found: dict[str, list[str]] = {}
    for row in read_packaged("mutations.csv"):
        for name in names.intersection(row["turned_by"].split()):
            found.setdefault(name, []).append(row["claim"])
    return {name: found[name] for name in sorted(found)}


def claims(drugs: Iterable[str]) -> list[dict[str, Any]]:
    """Statements of the review in which a drug is named, with what a test of them looks at."""
    found = []
    for c in load_claims():
        text = f"{c.paraphrase} {c.test_idea}".lower()
        about_drugs = [d for d in drugs if d in text]
        if about_drugs:
            found.append({"id": c.id, "says": c.paraphrase, "kind": c.kind, "drugs": about_drugs})
    return found


@cached(last=4)
def published_arms(drugs: frozenset[str]) -> list[dict[str, Any]]:
    """Arms of trials that these drugs can be run as: the typical woman, her plan, and what was published."""
    rows = [m for m in load_measurements() if usable(m) and m.unit == "pct_change_baseline" and m.from_month == 0]
    found = []
    for arm in arms_of(rows):
        if arm.rows and arm.drugs <= drugs and arm.begin >= 0:
            found.append(_arm(arm))
    return found


def _arm(arm: Arm) -> dict[str, Any]:
    parameter = person_of(arm.cohort)
    male = arm.cohort.sex == "male"
    person: dict[str, Any] = {"sex": "male" if male else "female", "smoking": "never", "prior_fractures": []}
    person |= {"age": parameter["age_at_start"], "bmi": parameter["bmi"]}
    if not male:
        person["years_since_menopause"] = round(parameter["age_at_start"] - parameter["menopause_age"], 2)
    person |= {f"t_{site}": t for site, t in t_scores_of(arm.cohort).items()}
    points = [
        {
            "output": m.endpoint, "month": m.months, "value": m.value, "role": m.role, "source": m.reference,
            "low": m.lo if math.isfinite(m.lo) and width_of(m.unc_type) == "CI95" else None,
            "high": m.hi if math.isfinite(m.hi) and width_of(m.unc_type) == "CI95" else None,
        }
        for m in arm.rows
    ]  # fmt: skip
    last = max(m.months for m in arm.rows)
    return {
        "id": f"{arm.cohort.id}/{arm.name}",
        "words": f"{arm.cohort.id.replace('_', ' ')}: {arm.name}",
        "person": person,
        "plan": [_course(r, last) for r in arm.regimens],
        "points": points,
        "months": 12 * math.ceil(max(last, 12) / 12),
    }


def _course(regimen: Any, last: float) -> dict[str, Any]:
    until = last if regimen.until is None else regimen.until / DAYS_PER_MONTH
    first = regimen.start / DAYS_PER_MONTH
    every = regimen.every
    if every is None:  # a single dose: an interval longer than the course
        until, every = first + 1, DAYS_PER_YEAR
    return {
        "drug": regimen.target, "route": regimen.route, "amount": regimen.amount, "every": every,
        "duration": regimen.duration, "from": round(first, 6), "until": round(until, 6), "adherence": regimen.adherence,
        "stop": None, "hold": None,
    }  # fmt: skip


def model_of(drugs: Iterable[str] | None) -> Model:
    """The model that a page of these drugs (None: all) computes with."""
    return arm_model(CARDS if drugs is None else drugs)
