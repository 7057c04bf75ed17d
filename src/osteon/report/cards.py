"""Cards and lists: what a name stands for, with its equation, unit, provenance and fitted value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from osteon.cells.regulators import regulators
from osteon.cells.sources import source_names
from osteon.errors import Fault, InputError, nearest, unknown
from osteon.evidence.claim import Claim
from osteon.evidence.outcome import MEASURED
from osteon.interventions import CARDS
from osteon.interventions.card import Card
from osteon.model import Model, Parameter
from osteon.replication.experiments import experiment_ids
from osteon.report import cell_cards, evidence_cards, harm_cards, population_cards
from osteon.report.name_rows import NameRow, OutputNameRow, ParameterNameRow
from osteon.report.quantity_cards import (
    module_card,
    parameter_card,
    parameter_row,
    quantity_card,
)

LISTS = {
    "drugs": "drugs, with their usual regimens",
    "routes": "routes of doses, with the drugs given so",
    "outputs": "what can be looked at, with words and units",
    "sources": "sources of cells",
    "regulators": "what acts on the fate of cells",
    "experiments": "the 20 studies of the review's Table 1",
    "harms": "harms of drugs",
    "claims": "statements of the review",
    "cohorts": "published cohorts and their arms",
    "parameters": "parameters with value, unit, kind and source",
    "states": "states of the model",
    "habits": "lifestyle and comorbidities, with their kinds or doses",
    "fits": "fitted values that are shipped",
    "references": "references behind the numbers",
    "evidence": "published numbers, each with its record: where, quote, reader, date, confidence",
}
KINDS = tuple(LISTS)


def names_of(kind: str) -> Sequence[NameRow]:
    """Rows of a list. Raises InputError with the kinds that exist."""
    makers: dict[str, Callable[[], Sequence[NameRow]]] = {
        "drugs": lambda: [NameRow(c.name, f"{c.kind}; {c.usual}") for c in CARDS.values()],
        "routes": _routes,
        "outputs": _outputs,
        "sources": cell_cards.sources,
        "regulators": cell_cards.regulator_rows,
        "experiments": cell_cards.experiments,
        "harms": harm_cards.harm_rows,
        "claims": _claims,
        "cohorts": _cohorts,
        "parameters": _parameters,
        "states": lambda: [OutputNameRow(s.name, s.note, s.unit) for s in _everything().states.values()],
        "habits": _habits,
        "fits": _fits,
        "references": evidence_cards.reference_rows,
        "evidence": evidence_cards.record_rows,
    }
    if kind in makers:
        return makers[kind]()
    raise InputError(unknown("list", kind, KINDS))


def _everything(fit: str = "default") -> Model:
    """The model with every drug, every harm and what all cells share."""
    from osteon.outcomes.harm_table import load_harms
    from osteon.simulation.assembly import human_model
    from osteon.simulation.cell_products import EVERY_LINE

    return human_model(CARDS, fit, EVERY_LINE, load_harms())


def _routes() -> list[NameRow]:
    rows: dict[str, list[str]] = {}
    for c in CARDS.values():
        for route in c.routes:
            rows.setdefault(route, []).append(c.name)
    return [NameRow(r, ", ".join(d)) for r, d in rows.items()]


def _outputs() -> list[OutputNameRow]:
    from osteon.outcomes.fracture import KINDS
    from osteon.outcomes.harm_table import load_harms
    from osteon.outcomes.harms import hazards
    from osteon.report.tables import NAMES

    model = _everything()
    broken = {f"hazard_{k}": f"hazard of {model.formulas[f'hazard_{k}'].note}" for k in KINDS}
    measured = {o.name: o.words for o in MEASURED.values()}
    told = ("t_lumbar_spine", "t_total_hip", "t_femoral_neck", "pth", *NAMES, *measured, *broken, *hazards())
    first = [n for n in dict.fromkeys(told) if n in model.outputs]
    rest = [n for n in model.outputs if n not in first]
    words = measured | broken | {h.hazard: f"hazard of {h.words}" for h in load_harms().values()}
    rows = [OutputNameRow(n, words.get(n, ""), model.unit(n)) for n in (*first, *rest)]
    return sorted(rows + cell_cards.animal_outputs(), key=lambda r: not r.about)


def _claims() -> list[NameRow]:
    from osteon.evidence import load_claims

    return [NameRow(c.id, f"[{c.kind}] {c.paraphrase}") for c in load_claims()]


def _cohorts() -> list[NameRow]:
    from osteon.evidence import cohort_ids, load_cohort, reference_populations

    found = [load_cohort(c) for c in cohort_ids()]
    rows = [NameRow(c.id, f"{c.n or '?'} persons; arms: {', '.join(a.name for a in c.arms)}") for c in found]
    at_large = [load_cohort(c).id for c in reference_populations()]
    return rows + [NameRow(name, "population at large, for studies; no arms") for name in at_large]


def _parameters() -> list[ParameterNameRow]:
    model = _everything()
    rows = []
    for p in model.parameters.values():
        about = f"{p.value:.6g} {p.unit}; {p.kind}; {p.source}"
        rows.append(ParameterNameRow(p.name, about, p.value, p.unit, p.kind, p.source))
    return rows


def _habits() -> list[NameRow]:
    from osteon.inputs.names import HABITS

    return [NameRow(n, ", ".join(kinds) or f"dose in {unit}") for n, (kinds, unit, _) in HABITS.items()]


def _fits() -> list[NameRow]:
    from osteon.simulation.fits import fit_ids, load_fit

    return [
        NameRow(f, f"cost {load_fit(f).about.get('cost')}, {load_fit(f).about.get('rows')} rows") for f in fit_ids()
    ]


def card_of(name: str) -> tuple[dict[str, Any], str]:
    """A card as a row and as text, with the ontology's term where one was verified. Raises InputError with the nearest name."""
    from osteon.evidence.ontology import names_of_term, terms

    stands_for = names_of_term(name)
    if stands_for:
        own = [terms()[n] for n in stands_for]
        row = {
            "name": own[0].identifier,
            "kind": "term",
            "label": own[0].label,
            "stands_for": stands_for,
            "read_on": own[0].read_on,
        }
        return (
            row,
            f"{own[0].identifier}  {own[0].label}\nhere: {', '.join(stands_for)}\nseen in {own[0].seen_in}, {own[0].read_on}",
        )
    row, text = _card(name)
    term = terms().get(name)
    return (
        (row | {"ontology": term.identifier}, f"{text}\nontology  {term.identifier} ({term.label})")
        if term
        else (row, text)
    )


def _card(name: str) -> tuple[dict[str, Any], str]:
    from osteon.evidence import cohort_ids, load_claims, reference_populations

    if name in CARDS:
        return _drug(CARDS[name])
    model = _everything()
    if name in harm_cards.harm_names():
        return harm_cards.harm_card(name, model)
    if name in model.parameters:
        return _parameter(model, model.parameters[name])
    if name in model.states or name in model.formulas:
        return quantity_card(model, name)
    modules = {m.name: m for m in model.modules}
    if name in modules:
        return module_card(modules[name])
    claims = {c.id: c for c in load_claims()}
    if name.upper() in claims:
        return _claim(claims[name.upper()])
    if name.lower() in cohort_ids():
        return _cohort(name)
    if name.lower() in reference_populations():
        return population_cards.reference_card(name)
    if name.lower() == population_cards.POPULATION_CARDS_POPULATION:
        return population_cards.population_card()
    if name in source_names():
        return cell_cards.source_card(name)
    if name in regulators():
        return cell_cards.regulator_card(name)
    if name.upper() in experiment_ids():
        return cell_cards.experiment_card(name)
    found = evidence_cards.source_card(name, model)
    if found:
        return found
    known = [
        *CARDS,
        *model.parameters,
        *model.outputs,
        *claims,
        *cohort_ids(),
        *reference_populations(),
        population_cards.POPULATION_CARDS_POPULATION,
        *modules,
        *evidence_cards.source_names(),
    ]
    known += [
        *harm_cards.harm_names(),
        *source_names(),
        *regulators(),
        *experiment_ids(),
    ]
    alike = {k for k in (*known, *model.states, *model.formulas) if k.casefold() == name.casefold() and k != name}
    if len(alike) == 1:
        return card_of(alike.pop())
    close = nearest(name, known)
    hint = f"Did you mean '{close}'?" if close else "See 'osteon list parameters'."
    raise InputError(
        Fault(
            "unknown_name",
            "",
            name,
            "drug, harm, parameter, state, rule, port, module, cohort, claim, reference, cell source, regulator or experiment",
            hint,
            f"Nothing is named '{name}'. {hint}",
        )
    )


def _claim(claim: Claim) -> tuple[dict[str, Any], str]:
    """A claim with what it cites in full."""
    from osteon.evidence.references import load_references, review_key, review_numbers

    cited = {n: load_references()[review_key(n)] for n in review_numbers(claim.refs)}
    row = vars(claim)
    lines = [f"{k:<12} {v}" for k, v in row.items() if v]
    lines += [f"  [{n}] {r.text} ({r.identifier or 'no identifier'}, {r.status})" for n, r in cited.items()]
    return {**row, "references": {str(n): r.text for n, r in cited.items()}}, "\n".join(lines)


def _drug(card: Card) -> tuple[dict[str, Any], str]:
    from osteon.io.export import definitions

    model = _everything()
    own = {f.name for group in (card.module.rules, card.module.processes, card.module.contributions) for f in group}
    equations = {n: str(e) for n, e in definitions(model).items() if n in own}
    parameters = [parameter_row(model.parameters[p.name], p) for p in card.module.parameters]
    row = {
        "name": card.name,
        "kind": card.kind,
        "mechanism": card.mechanism,
        "usual": card.usual,
        "limits": card.limits,
        "largest_studied": {r: f"{v:g} {card.unit}" for r, v in card.largest.items()},
        "harms": list(card.harms),
        "harm_rates": harm_cards.harms_of_drug(card.name),
        "evidence": card.evidence,
        "compared_with": list(card.references),
        "equations": equations,
        "parameters": parameters,
    }
    head = [f"{card.name}  ({card.kind}; evidence: {card.evidence})", card.mechanism, f"Usual: {card.usual}."]
    head += [f"Limits: {card.limits}."] if card.limits else []
    head += [f"Largest studied dose: {', '.join(f'{v} {k}' for k, v in row['largest_studied'].items())}."]  # type: ignore[attr-defined]
    head += [
        *harm_cards.drug_lines(card.name),
        f"Sources and cohorts: {', '.join(card.references)}.",
        "",
        "Equations",
    ]
    head += [f"  {n} = {e}" for n, e in equations.items()] + ["", "Parameters"]
    head += [_parameter_line(p) for p in parameters]
    return row, "\n".join([*head, "", "Research use only."])


def _parameter_line(p: dict[str, Any]) -> str:
    fitted = f"  (default {p['default']:.6g})" if p["kind"] == "fitted" and p["default"] != p["value"] else ""
    between = f"; between persons {p['between']}" if p["between"] else ""
    note = f"; {p['note']}" if p["note"] else ""
    return f"  {p['name']:<32} {p['value']:<12.6g} {p['unit']:<10} {p['kind']}: {p['source']}{fitted}{between}{note}"


def _parameter(model: Model, p: Parameter) -> tuple[dict[str, Any], str]:
    from osteon.simulation.fits import load_fit

    code = _everything(fit="").parameters[p.name]
    return parameter_card(model, p, code.value, load_fit().about.get("known_from_data", {}).get(p.name))


def _cohort(name: str) -> tuple[dict[str, Any], str]:
    from osteon.evidence import load_cohort, load_measurements

    c = load_cohort(name)
    rows = load_measurements(cohort=c.id, include_unverified=True)
    roles: dict[str, int] = {}
    for m in rows:
        roles[m.role] = roles.get(m.role, 0) + 1
    row = {
        "name": c.id,
        "n": c.n,
        "population": dict(c.population),
        "arms": [a.name for a in c.arms],
        "rows_by_role": roles,
    }
    by_role = ", ".join(f"{count} {role.replace('_', ' ')}" for role, count in roles.items()) or "none"
    lines = [f"{c.id}  (n = {c.n or 'not given'})", f"Published rows by role: {by_role}.", "Population"]
    lines += [f"  {k:<26} {v}" for k, v in c.population.items()] + ["Arms"]
    for a in c.arms:
        text = "; ".join(" ".join(str(v) for v in r.values()) for r in a.regimen) or "no drug"
        lines.append(f"  {a.name}: {text}")
    return row, "\n".join(lines)
