"""Every key leads to a record, and what is called measured has the row that holds it."""

import csv
import re
import tomllib
from dataclasses import replace
from importlib.resources import files

import pytest
from tests.evidence.test_references import models

from osteon.cells.sources import FIELDS, source_names, source_of
from osteon.evidence import load_claims, load_measurements, origins, unresolved
from osteon.evidence.labels import false_labels, false_times
from osteon.evidence.ledger import confidence_of, evidence_keys, published_rows, supports
from osteon.evidence.references import STATUSES, identifiers, load_references, review_key, review_numbers
from osteon.interventions import CARDS
from osteon.outcomes.harm_table import load_harms
from osteon.report.cards import card_of, names_of
from osteon.report.evidence_cards import source_card
from osteon.simulation.assembly import human_model

DATA = files("osteon") / "data"


def words_of_data():
    """Every word that a table, a card or a file of the product names as a source, with where it stands."""
    for card in CARDS.values():
        yield from ((card.name, r) for r in card.references)
    for harm in load_harms().values():
        yield harm.name, harm.source
        yield from ((c.name, c.source) for c in harm.causes)
    for name in source_names():
        yield from ((f"{name} {field}", source_of(name)[field].source) for field in FIELDS)
    for folder, key in (("experiments", "reference"), ("species", "source")):
        for file in (DATA / folder).iterdir():
            yield from _values(tomllib.loads(file.read_text(encoding="utf-8")), key, file.name)
    for name in ("cells/regulators.csv", "cells/nodes.csv", "incidence.csv"):
        for row in csv.DictReader((DATA / name).read_text(encoding="utf-8").splitlines()):
            text = row["reference"] if "reference" in row else row["source"]
            yield from ([(name, text)] if text else [])


def _values(table, key, place):
    for k, v in table.items():
        if k == key and isinstance(v, str):
            yield place, v
        for part in v if isinstance(v, list) else [v]:
            if isinstance(part, dict):
                yield from _values(part, key, f"{place} {k}")


def test_no_key_of_any_table_card_or_file_is_dead():
    found = list(words_of_data())
    assert len(found) > 250
    assert [f"{place}: {word}" for place, source in found for word in unresolved(source)] == []


def test_every_word_that_a_card_prints_can_be_shown():
    """What `origins` of any parameter, law or table names answers to `osteon show`."""
    plain = human_model(CARDS, harms=load_harms())
    words = {o.word for _, source in words_of_data() for o in origins(source)}
    for _, model in models():
        sources = [p.source for p in model.parameters.values()] + [
            f.source for f in model.formulas.values() if f.source
        ]
        words |= {o.word for source in sources for o in origins(source)}
        words |= {key for m in model.modules for key in m.references}
    dead = [w for w in sorted(words) if source_card(w, plain) is None]
    assert len(words) > 150 and dead == []


def test_every_reference_that_a_claim_cites_is_in_the_table_and_the_list_is_whole():
    keys = load_references()
    assert [n for n in range(1, 125) if review_key(n) not in keys] == []
    for claim in load_claims():
        assert all(review_key(n) in keys for n in review_numbers(claim.refs)), claim.id
    assert "review_061" in card_of("61")[1] and "Ocarino" in card_of("C101")[1]
    listed = names_of("references")
    assert len(listed) == len(evidence_keys()) >= 300
    assert {r["status"] for r in listed} <= set(STATUSES)


def test_a_confirmed_reference_has_an_identifier_and_an_identifier_has_its_full_form():
    for r in load_references().values():
        assert r.status != "confirmed" or r.identifier, r.key
        assert r.status == "unknown" or r.identifier, r.key
        assert not r.doi or re.fullmatch(r"10\.\d{4,9}/\S{4,}", r.doi), r.key
        assert not r.pmid or r.pmid.isdigit(), r.key


def test_identifiers_are_read_out_of_a_sentence():
    assert identifiers("JAMA 1998 abstract (DOI 10.1001/jama.280.24.2077), excerpt") == {
        "doi": "10.1001/jama.280.24.2077"
    }
    assert identifiers("10.1002/1529-0131(199911)42:11<2309::aid-anr8>3.0.co") == {
        "doi": "10.1002/1529-0131(199911)42:11<2309::aid-anr8>3.0.co"
    }
    assert identifiers("from memory") == {}


@pytest.mark.parametrize(("name", "model"), list(models()), ids=[n for n, _ in models()])
def test_measured_is_said_only_of_what_a_row_holds(name, model):
    assert list(false_labels(model.parameters.values())) == []
    assert list(false_times(model.parameters.values())) == []


def test_a_time_in_a_note_is_that_of_the_value():
    transit = human_model(CARDS).parameters["k_transit"]
    assert "12 h" in transit.note and list(false_times([transit])) == []
    assert "mean time of 1" in next(false_times([replace(transit, value=1.0)]))
    spoken = replace(transit, value=1.0, note="about 12 h in people")
    assert list(false_times([spoken])) == []


def test_a_false_label_is_found():
    parameters = human_model(CARDS, harms=load_harms()).parameters
    assert list(false_labels(parameters.values())) == []
    fine = parameters["denosumab_cl"]
    assert any("gives 0.07344" in f for f in false_labels([replace(fine, value=0.08)]))
    assert any("no published row" in f for f in false_labels([replace(parameters["bmi"], kind="measured")]))
    kss = replace(parameters["denosumab_kss"], kind="measured")
    assert any("says: differs (Kss = 138*10" in f for f in false_labels([kss]))
    hip = replace(parameters["t_reference_total_hip"], kind="measured")
    assert any("no published row" in f for f in false_labels([hip]))
    assert confidence_of("denosumab_cl") == "secondary" and confidence_of("t_reference_total_hip") == "unverified"


def test_every_row_named_as_support_exists_and_of_every_endpoint_a_card_can_be_shown():
    rows = published_rows()
    assert [s.row for group in supports().values() for s in group if s.row not in rows] == []
    assert {m.id for m in load_measurements(include_unverified=True)} <= set(rows)
    row, text = card_of("ruth/raloxifene/fatal_stroke/67/hr")
    assert row["value"] == 1.49 and "fatal_stroke_oestrogen_agonism_ratio" in text


def test_a_rate_is_told_as_times_computed_from_its_value():
    assert "half-life 18 d" in card_of("k_osteoclast")[1] or "half-life" in card_of("k_osteoclast")[1]
    assert "half-life 7.59 y" in card_of("alendronate_k_release")[1]


def test_terms_of_ontologies_stand_on_cards_and_have_cards():
    from osteon.evidence.ontology import terms

    for name, term in terms().items():
        row, text = card_of(name)
        assert row["ontology"] == term.identifier and term.label in text
        assert name in card_of(term.identifier)[0]["stands_for"]
    assert "CL:0000134" not in {t.identifier for t in terms().values()}  # its label is not agreed on
