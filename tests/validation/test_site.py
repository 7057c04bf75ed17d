"""The docs site: whole, without a dead link or a request to elsewhere, every colour from the tokens, forests that say their numbers."""

import html
import re

import pytest
from docs.gallery import dark, examples
from docs.pages import CELL_MODULES, card, forest, slug, table
from docs.site import TEMPLATES, build, dead_links

from osteon.app.credibility import contexts
from osteon.checks.cells import OF_TABLE_1
from osteon.evidence import load_claims
from osteon.evidence.ledger import evidence_keys
from osteon.interventions import CARDS

CLAIMS = [
    {"id": c.id, "verdict": "holds", "status": "holds", "basis": "fitted", "figure": "1 < 2 & so on", "evidence": "human", "claim": c.paraphrase,
     "differs": c.source_says, "at_fault": "", "because": "", "twin": "C1" if c.id == "C185" else "", "mutation_score": 0.1, "turned_by": ["opg"], "looks_at": [] if c.id in ("C66", "C102", "C110") else ["osteoclasts", "ctx"],
     "parts": 2, "two_sided": 1}
    for c in load_claims()
]  # fmt: skip
EXPERIMENTS = [
    {"id": e, "verdict": "holds", "basis": "entailed", "study": "a study", "figure": "more"}
    for e in OF_TABLE_1.values()
]
ASSESSED = [
    {"context": k, "title": c["title"], "adequacy": "Not adequate.", "adequate": False, "question": c["question"], "use": c["use"], "influence": "low", "consequence": "low",
     "why": "x", "risk": "low", "limits": [], "acceptance": [{"metric": "m", "asked": "at most 1", "value": None, "met": None, "why": "w", "reason": "r"}]}
    for k, c in contexts().items()
]  # fmt: skip


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("docs") / "site"
    build(folder, CLAIMS, EXPERIMENTS, ASSESSED)
    return folder


def test_no_link_is_dead_and_nothing_is_asked_of_another_machine(out):
    assert dead_links(out) == []
    for path in out.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.findall(r'(?:src|href)="https?:', text), path.name
        assert text.count("<h1>") == 1 and 'lang="en"' in text and "width=device-width" in text


def test_every_claim_experiment_drug_and_key_has_its_page(out):
    assert all((out / "claims" / f"{c['id']}.html").is_file() for c in CLAIMS)
    assert all((out / "experiments" / f"{e}.html").is_file() for e in OF_TABLE_1.values())
    assert all((out / "drugs" / f"{d}.html").is_file() for d in CARDS)
    assert all((out / "references" / f"{slug(k)}.html").is_file() for k in evidence_keys())
    assert len({slug(k).lower() for k in evidence_keys()}) == len(evidence_keys())


def test_from_a_sentence_of_the_review_to_its_source_and_from_a_number_to_its_source(out):
    claim = (out / "claims" / "C101.html").read_text(encoding="utf-8")
    assert "../references/review_061.html" in claim and "Ocarino" in claim
    assert (
        "../modules/osteoclasts.html" in claim
    )  # the equations of what is looked at, and there parameters and sources
    assert "OPG does not bind RANKL" in claim and "1 &lt; 2 &amp; so on" in claim
    module = (out / "modules" / "osteoclasts.html").read_text(encoding="utf-8")
    assert "../references/peterson2010.html" in module and "<mfrac>" in module and "d osteoclasts / dt" in module
    assert "<svg" in (out / "harms" / "breast_cancer.html").read_text(encoding="utf-8")


def test_a_dead_link_is_found(out, tmp_path):
    (tmp_path / "a.html").write_text('<a href="b.html">b</a><img src="c.svg"><a href="https://x.org">x</a>')
    assert dead_links(tmp_path) == ["a.html: b.html", "a.html: c.svg"]


def test_every_colour_is_a_token():
    for name in ("site.css", "base.html", "search.js"):
        assert not re.findall(r"#[0-9a-f]{3,6}\b", (TEMPLATES / name).read_text(encoding="utf-8"))


def test_a_forest_tells_its_numbers_and_draws_an_upper_end_alone_dashed():
    trials = [
        {"study": "A", "estimate": 0.5, "lo95": 0.3, "hi95": 0.8},
        {"study": "B", "estimate": None, "lo95": None, "hi95": 3.2},
    ]
    drawn = forest("x", trials, {"estimate": 0.6, "low": 0.4, "high": 0.9}, 760)
    assert (
        "A 0.5 (0.3 to 0.8); B up to 3.2; pooled 0.6 (0.4 to 0.9)" in drawn
        and 'class="open"' in drawn
        and "polygon" in drawn
    )


def test_cards_escape_what_they_show_and_link_what_has_a_page():
    known = {"denosumab": "d.html"}
    text = "a<b denosumab\nRanges\n  k_on   2.5  1/day\n  k_off  1    1/day  read\nEquations\n  x = k_on * y\nTold\n  words only"
    made = card(text, lambda name: known.get(name, ""))
    assert made.startswith('<p>a&lt;b <a href="d.html">denosumab</a></p><h2>Ranges</h2>')
    assert "<pre>x = k_on * y</pre>" in made and "<li>words only</li>" in made
    assert '<th scope="row">k_on</th><td>2.5</td><td></td><td>1/day</td>' in made
    assert re.sub(r"\s", "", re.sub(r"<[^>]*>", "", made)) == re.sub(r"\s", "", html.escape(text))
    assert 'data-v="fails"' in table(["x"], [["1"]], marks=["fails"])


def test_the_model_book_holds_every_equation_of_a_module_that_shares_its_name_with_a_state(out):
    module = (out / "modules" / "rankl.html").read_text(encoding="utf-8")
    shown = set(re.findall(r'class="math"[^>]*aria-label="(\w+)"', module))
    assert {"rankl", "rankl_rank", "opg", "free_rankl", "rank_occupancy", "rank_binding", "opg_production"} <= shown
    assert "RANKL is driven by" in module and 'href="osteoclasts.html"' in module


def test_a_claim_tried_on_cells_in_animals_leads_to_their_equations_and_no_other_does(out):
    for other in ("C66", "C110"):  # of denosumab, of a dish
        assert "modules/cells_1.html" not in (out / "claims" / f"{other}.html").read_text(encoding="utf-8")
    page = (out / "claims" / "C102.html").read_text(encoding="utf-8")
    assert all(f'href="../modules/{name}.html"' in page for name in CELL_MODULES)
    line = (out / "modules" / "cells_1.html").read_text(encoding="utf-8")
    assert 'aria-label="release_to_marrow_1"' in line and "sanghani2018" in line


def test_every_public_name_of_python_has_its_section(out):
    from osteon import __all__

    text = (out / "api.html").read_text(encoding="utf-8")
    assert [n for n in __all__ if f'<h2 id="{n}">' not in text] == []
    assert "simulate(scenario, draws=None, seed=1" in text


def test_the_gallery_shows_every_example_that_one_run_shows_in_light_and_dark(out):
    page = (out / "gallery.html").read_text(encoding="utf-8")
    assert len(examples()) >= 5
    for name in examples():
        assert f"examples/{name}.toml" in page
        assert all(
            (out / "figures" / f"example_{name}{kind}.svg").is_file()
            for kind in ("", "-dark", "-narrow", "-narrow-dark")
        )
    shown = set(
        re.findall(
            r'<img src="[./]*figures/([\w-]+)\.svg"',
            "".join(p.read_text(encoding="utf-8") for p in out.rglob("*.html")),
        )
    )
    assert {n for n in shown if not (out / "figures" / f"{n}-dark.svg").is_file()} == set()


def test_a_dark_figure_is_dark_and_says_the_same():
    drawn = '<svg><rect fill="white"/><text fill="#1d2430">9 %</text><path stroke="#006154"/></svg>'
    night = dark(drawn)
    assert "white" not in night and "9 %" in night and night.count("#") == 3
    lights = [sum(int(c[i : i + 2], 16) for i in (0, 2, 4)) for c in re.findall(r"#([0-9a-f]{6})", night)]
    assert lights[0] < 150 and lights[1] > 500 and lights[2] > 300


def test_numbers_of_the_cells_stand_with_prior_and_posterior_and_rows_outside_first(out):
    from osteon.inference.cell_posterior_files import shipped_parameters, shipped_rows

    page = (out / "cells" / "posterior.html").read_text(encoding="utf-8")
    assert all(f">{p.parameter}<" in page for p in shipped_parameters() if p.parameter.isidentifier())
    verdicts = re.findall(r">. (inside|outside)</span>", page)
    assert len(verdicts) == len(shipped_rows()) and verdicts == sorted(verdicts, reverse=True)
    assert page.count('class="ci"') == len(shipped_parameters())


def test_the_page_of_evidence_counts_every_number_once(out):
    from osteon.evidence.readings import evidence_records

    page = (out / "evidence" / "index.html").read_text(encoding="utf-8")
    assert f"Of {len(evidence_records()):,} published numbers" in page and "next_fit.html" in page
    assert "risedronate_bone_share" in (out / "evidence" / "next_fit.html").read_text(encoding="utf-8")
