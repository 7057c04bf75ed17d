"""`--with DIR` and `use(DIR)`: a folder is read, checked as a whole, and put in force; or refused with everything in it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from osteon.additions import Additions, activate, active, read, using
from osteon.errors import Fault, InputError, OsteonError, nearest, unknown
from osteon.interventions.card import Card

FILES_LED_ASTRAY = (
    "references.toml",
    "measurements.csv",
    "parameter_evidence.csv",
)  # where these are broken, no source can be looked up


@dataclass(frozen=True)
class AdditionsInForce:
    """An own folder in force. As a context manager it puts back what was in force before.   sha256 : of what was read of it"""

    name: str
    sha256: str
    files: tuple[str, ...]
    before: Additions | None = None

    def __enter__(self) -> AdditionsInForce:
        return self

    def __exit__(self, *error: object) -> None:
        activate(self.before)


def use(folder: str | Path | None) -> AdditionsInForce:
    """Put a folder in force for this process; None puts none in force. Raises InputError with everything that is wrong in it."""
    before = active()
    if folder is None:
        activate(None)
        return AdditionsInForce("", "", (), before)
    additions = read(folder)
    if before is None or additions.sha256 != before.sha256:  # one that is in force was found good
        faults = faults_of(additions)
        if faults:
            raise InputError(faults)
    activate(additions)
    return AdditionsInForce(additions.name, additions.sha256, tuple(additions.files), before)


@contextlib.contextmanager
def in_force(folder: str | Path | None) -> Iterator[None]:
    """A folder in force inside the block, and afterwards what was before; None leaves it as it is."""
    if not folder:
        yield
        return
    with use(folder):
        yield


def faults_of(additions: Additions) -> list[Fault]:
    """Everything that is wrong with a folder: first file by file, then what its sound files say of each other and of what is shipped."""
    with using(additions):
        found = [f for check in _FILES for f in _attempted(check)]
    broken = {path for path in additions.files if any(_of(f, path) for f in found)}
    sound = additions.without(broken) if broken else additions
    checks = [c for c in _TOGETHER if c is not _sources or not broken.intersection(FILES_LED_ASTRAY)]
    with using(sound):
        found += [f for check in checks for f in _attempted(check) if not _follows(f, broken)]
    return list(dict.fromkeys(found))


FOLLOWS = {
    "unknown_harm": "harms.toml", "unknown_cohort": "cohorts/", "unknown_drug": "drugs/", "unknown_own_claim": "claims.csv",
}  # a name that is not known because the file that brings it is broken is no fault of its own  # fmt: skip


def _follows(fault: Fault, broken: Collection[str]) -> bool:
    source = FOLLOWS.get(fault.code)
    return source is not None and any(source in path for path in broken)


def _of(fault: Fault, path: str) -> bool:
    return path in fault.place or path in fault.message


def _attempted(check: Callable[[], Any]) -> list[Fault]:
    try:
        return list(check() or ())
    except OsteonError as error:
        return list(error.faults)


def _lint(load: Callable[[], Any]) -> Callable[[], list[Fault]]:
    """A loader as a check: it raises its faults, what it gives back is let go."""

    def check() -> list[Fault]:
        load()
        return []

    return check


def _measurements() -> None:
    from osteon.evidence.measurement import own_measurements

    own_measurements()


def _claims() -> None:
    from osteon.evidence.claim import own_claims

    own_claims()


def _references() -> None:
    from osteon.evidence.references import own_references

    own_references()


def _harms() -> None:
    from osteon.outcomes.harm_table import load_harms

    load_harms()


def _cell_sources() -> None:
    from osteon.cells.sources import source_names

    source_names()


def _regulators() -> None:
    from osteon.cells.regulators import own_regulators

    own_regulators()


def _cards() -> None:
    from osteon.interventions.own_cards import located_cards

    located_cards()


def _checks() -> None:
    from osteon.checks.claims import own_checks

    own_checks()


def _cohorts() -> list[Fault]:
    from osteon.evidence.cohort import own_cohort_faults

    return own_cohort_faults()


def _drugs() -> list[Fault]:
    """Each card by itself, and names that stand twice."""
    from osteon.interventions import SHIPPED
    from osteon.interventions.own_cards import located_cards
    from osteon.io.table_fields import collisions

    found: list[Fault] = []
    seen: dict[str, str] = {}
    for path, card in located_cards():
        found += collisions([card.name], SHIPPED, "drug", path)
        if card.name in seen:
            text = f"The drug '{card.name}' stands in {seen[card.name]} too."
            found.append(Fault("double_name", f"{path} {card.name}", card.name, "", "Take another name.", text))
        seen.setdefault(card.name, path)
        if card.name not in SHIPPED:
            found += [replace(f, place=f"{path} {card.name} {f.place}".rstrip()) for f in card_faults(card)]
    return found


def card_faults(card: Card) -> list[Fault]:
    """Everything that is wrong with a card: its words, routes and doses, harms, and its module in the model of a person."""
    from osteon.inputs.names import ROUTES
    from osteon.interventions.card import KINDS
    from osteon.outcomes.harm_table import load_harms
    from osteon.report.harm_cards import WORDS_ALONE

    found = [] if card.kind in KINDS else [unknown("kind of drug", card.kind, KINDS, "kind")]
    for field in ("mechanism", "harms", "references"):
        if not getattr(card, field):
            found.append(Fault("empty", field, "", "", "", f"The card has no {field}."))
    found += [unknown("route", r, ROUTES, "largest") for r in card.largest if r not in ROUTES]
    found += [unknown("route", r, card.largest, "densest") for r in card.densest if r not in card.largest]
    if card.regimen.route not in card.largest:
        found.append(unknown("route", card.regimen.route, card.largest, "regimen"))
    found += [
        unknown("harm", h, {**load_harms(), **WORDS_ALONE}, "harms")
        for h in card.harms
        if h not in {**load_harms(), **WORDS_ALONE}
    ]
    for read_it in (lambda: card.regimen.amount(card.unit), card.regimen.days):
        found += _attempted(_lint(read_it))
    entries = {(e.target, e.route) for e in card.module.entries}
    if entries != {(card.name, r) for r in card.largest}:
        text = f"Its module takes {', '.join(sorted(f'{t} {r}' for t, r in entries)) or 'no dose'}, its card says {', '.join(card.largest)}."
        found.append(Fault("entries", "module", "", "an Entry for each route of the card", "", text))
    return found + _in_model(card)


def _in_model(card: Card) -> list[Fault]:
    """Faults of its module in the model of a person; a drug that is not given must change nothing."""
    from osteon.interventions import modules_of
    from osteon.model import assemble
    from osteon.simulation.assembly import human_model

    try:
        model = assemble(*human_model().modules, *modules_of([card]))
    except InputError as error:
        return list(error.faults)
    values = model.evaluate({**model.defaults, "time": 0.0, **model.initial_values()})
    found = []
    for c in card.module.contributions:
        neutral = {"sum": 0.0, "product": 1.0}[model.ports[c.port].combine]
        if values[c.name] != neutral:
            text = f"'{c.name}' is {values[c.name]:g} where the drug is not given."
            found.append(Fault("not_neutral", c.name, values[c.name], f"{neutral:g}", "", text))
    return found


def _doses() -> list[Fault]:
    """Regimens of cohorts, as they stand in a scenario file."""
    from pydantic import ValidationError

    from osteon.additions import names_in
    from osteon.evidence.cohort import load_cohort
    from osteon.inputs.dosing import DrugRegimen
    from osteon.inputs.faults import faults_of as record_faults

    found: list[Fault] = []
    for key in names_in("cohorts"):
        for arm in load_cohort(key).arms:
            for i, row in enumerate(arm.regimen, 1):
                place = f"cohorts/{key}.toml [arm '{arm.name}'] [regimen.{i}]"
                try:
                    DrugRegimen.model_validate(dict(row))
                except ValidationError as error:
                    found += record_faults(error, place, DrugRegimen)
    return found


def _rows() -> list[Fault]:
    """Rows of measurements: their cohort and their arm must be there."""
    from osteon.evidence.cohort import cohort_ids, load_cohort
    from osteon.evidence.measurement import own_measurements, shipped_measurements

    found = []
    known = {*(i.upper() for i in cohort_ids()), *(m.cohort for m in shipped_measurements())}
    for m in own_measurements():
        place = f"measurements.csv {m.id}"
        if m.cohort not in known:
            found.append(unknown("cohort", m.cohort, known, place))
        elif m.cohort.lower() in cohort_ids():
            arms = [a.name for a in load_cohort(m.cohort).arms]
            found += [unknown("arm", m.arm, arms, place)] if m.arm not in arms else []
    return found


def _sources() -> list[Fault]:
    """Every source of a number must stand for something: a reference, a published row, an identifier, or "assumed"."""
    from osteon.evidence import unresolved

    places: dict[tuple[str, str], list[str]] = {}
    for file, place, source in _named_sources():
        for word in unresolved(source):
            places.setdefault((file, word), []).append(place)
    allowed = "a key of the references, an identifier, or assumed"
    found = []
    for (file, word), own in places.items():
        more = f" (and in {len(own) - 1} more places)" if len(own) > 1 else ""
        text = f"Nothing stands behind the source '{word}'{more}."
        found.append(Fault("no_source", f"{file} {own[0]}", word, allowed, _near(word), text))
    return found


def _near(word: str) -> str:
    from osteon.evidence.ledger import evidence_keys

    close = nearest(word, evidence_keys())
    return f"Did you mean '{close}'?" if close else "Add it to references.toml."


def _named_sources() -> Iterator[tuple[str, str, str]]:
    """File, place in it and source of every number of the folder in force."""
    from osteon.cells.regulators import own_regulators
    from osteon.cells.sources import own_source_origins
    from osteon.interventions.own_cards import located_cards
    from osteon.outcomes.harm_table import load_harms, shipped_harms

    for path, card in located_cards():
        for module in (card.module, *card.exposure):
            parts: tuple[Any, ...] = (*module.parameters, *module.rules, *module.processes, *module.contributions)
            for part in parts:
                if part.source:
                    yield path, f"{card.name} {part.name}", part.source
        yield from ((path, f"{card.name} references", r) for r in card.references)
        if card.label:
            yield path, f"{card.name} label", card.label.source
    for row in own_regulators():
        yield "cells/regulators.csv", row["regulator"], row["reference"]
    yield from (("cells/sources.toml", place, source) for place, source in own_source_origins())
    for name, harm in load_harms().items():
        if name not in shipped_harms():
            yield "harms.toml", name, harm.source
            yield from (("harms.toml", f"{name} {c.driver}", c.source) for c in harm.causes)


def _labels() -> list[Fault]:
    """Parameters that are called measured without a row that holds them."""
    from osteon.evidence.labels import false_labels
    from osteon.interventions.own_cards import located_cards

    hint = "Name the row in parameter_evidence.csv, or call it derived."
    return [
        Fault("not_measured", f"{path} {card.name}", "", "", hint, text)
        for path, card in located_cards() for text in false_labels(card.module.parameters)
    ]  # fmt: skip


_FILES = tuple(
    _lint(load) for load in (_cards, _measurements, _references, _harms, _cell_sources, _regulators, _claims, _checks)
) + (_cohorts,)
_TOGETHER: tuple[Callable[[], list[Fault]], ...] = (_drugs, _doses, _rows, _sources, _labels)
