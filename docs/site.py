"""The docs site: every page from the product itself, searchable, offline; links are crawled by a test.

`./dev docs` writes it to build/site. What is not generated here stands in docs/*.md.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from docs.api_pages import api_page
from docs.gallery import gallery, picture
from docs.model_book import module_pages
from docs.pages import Page, Row, badge, both, card, claim_page, esc, explorer, facts, link, slug, table
from osteon import __version__

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TEMPLATES = HERE / "site_templates"
NAV = (
    ("Tutorials", "tutorials.html"),
    ("Claims", "claims/index.html"),
    ("Experiments", "experiments/index.html"),
    ("Drugs", "drugs/index.html"),
    ("Harms", "harms/index.html"),
    ("Model book", "modules/index.html"),
    ("References", "references/index.html"),
    ("Evidence", "evidence/index.html"),
    ("Validation", "validation.html"),
    ("Gallery", "gallery.html"),
    ("Virtual trials", "trials.html"),
    ("Virtual persons", "persons.html"),
    ("Credibility", "credibility/index.html"),
    ("Commands", "commands.html"),
    ("Python", "python.html"),
    ("Files", "files.html"),
    ("Cell products", "cell_products.html"),
    ("Glossary", "glossary.html"),
    ("Search", "search.html"),
)


KEPT = {
    "defend": "Two years of denosumab, two years off: DEFEND replayed, published points beside the model",
    "scorecard_errors": "Errors by outcome and by set: calibrated, left out, later years",
    "scorecard_coverage": "How often published values lie inside the model's intervals",
    "scorecard_forecasts": "Forecasts of cohorts that were left out",
    "scorecard_fractures": "Fracture ratios, published beside simulated",
}  # figures that stand in docs/, with what they show


class Site:
    """Pages and figures by place, and where a name of the product has its page."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.figures = {
            f.name: f.read_text(encoding="utf-8") for f in (*HERE.glob("*.svg"), *(HERE / "evidence").glob("*.svg"))
        }
        self.names: dict[str, str] = {}

    def add(self, place: str, title: str, body: str, about: str = "", *names: str) -> None:
        """A page, and the names that lead to it."""
        self.pages[place] = Page(place, title, body, about)
        for name in names:
            self.names.setdefault(name, place)

    def known(self, place: str) -> Callable[[str], str]:
        """From a page: name -> relative link, "" for a name without a page and for the page itself."""
        up = "../" * place.count("/")

        def found(name: str) -> str:
            to = self.names.get(name, place)
            word = name.isalpha() and name.islower() and not to.startswith(("drugs/", "harms/"))
            return "" if to == place or word else up + to

        return found


def build(
    out: Path,
    claims: Sequence[Row] | None = None,
    experiments: Sequence[Row] | None = None,
    assessments: Sequence[Row] | None = None,
) -> Site:
    """Write the site. claims, experiments, assessments: rows that were made before; else they are made now (a minute)."""
    from osteon.app.credibility import claim_rows
    from osteon.checks.experiments import check_experiments

    site = Site()
    rows = list(claim_rows() if claims is None else claims)
    tried = list(check_experiments() if experiments is None else experiments)
    _name_pages(site)
    _claims(site, rows, drawn=claims is None)
    _experiments(site, tried, drawn=experiments is None)
    _cards(site)
    _harms(site)
    _modules(site)
    _references(site)
    _texts(site)
    _api(site)
    _files(site)
    _credibility(site, assessments)
    site.add(
        "gallery.html", "Gallery", gallery(site.figures, KEPT), "what the example files show, and the model beside data"
    )
    _front(site, rows, tried)
    _write(site, out)
    return site


def _name_pages(site: Site) -> None:
    """Where names lead, before the pages that link to them are made."""
    from osteon.evidence import load_claims
    from osteon.evidence.ledger import evidence_keys
    from osteon.interventions import CARDS
    from osteon.outcomes.harm_table import load_harms
    from osteon.replication.experiments import experiment_ids

    model = _model()
    for c in CARDS:
        site.names[c] = f"drugs/{slug(c)}.html"
    for h in load_harms():
        site.names[h] = f"harms/{slug(h)}.html"
    for m in model.modules:
        site.names.setdefault(m.name, f"modules/{slug(m.name)}.html")
        for x in (*m.parameters, *m.states, *m.rules, *m.derived, *m.ports, *m.processes, *m.contributions):
            site.names.setdefault(x.name, f"modules/{slug(m.name)}.html")
    for k in evidence_keys():
        site.names.setdefault(k, f"references/{slug(k)}.html")
        site.names.setdefault(k.upper(), f"references/{slug(k)}.html")
    for c in load_claims():
        site.names[c.id] = f"claims/{c.id}.html"
    for e in experiment_ids():
        site.names[e] = f"experiments/{e}.html"


@cache
def _model() -> Any:
    """The model with every drug and harm, and with the cells of the example study as a line of cells."""
    from osteon.inputs import read_study
    from osteon.interventions import CARDS
    from osteon.io import toml
    from osteon.outcomes.harm_table import load_harms
    from osteon.simulation.assembly import human_model
    from osteon.simulation.cell_products import cell_doses, cell_modules, human_bones

    study = read_study(toml.read(ROOT / "examples" / "uc_msc_vs_denosumab.toml"))
    line = next(cell_doses(arm.cells) for arm in study.arm if arm.cells)
    return human_model(CARDS, modules=cell_modules(line, human_bones), harms=load_harms())


def _claims(site: Site, rows: Sequence[Row], drawn: bool) -> None:
    import tomllib

    from docs.claim_figures import claim_figures
    from osteon.checks.cells import OF_TABLE_1
    from osteon.evidence import load_claims
    from osteon.evidence.references import load_references, review_key, review_numbers

    known = {c.id: c for c in load_claims()}
    mutants = tomllib.loads((ROOT / "validation" / "mutants.toml").read_text(encoding="utf-8"))
    figures = claim_figures() if drawn else {}
    pages = {name: f"../{place}" for name, place in site.names.items()}
    for r in rows:
        cited = {review_key(n): load_references()[review_key(n)] for n in review_numbers(known[r["id"]].refs)}
        wide, narrow, words = figures.get(r["id"], ("", "", ""))
        shown = picture(site.figures, f"claim_{r['id']}", wide, words, "../", narrow) if wide else ""
        body = claim_page(
            r, known[r["id"]], cited, mutants, OF_TABLE_1.get(r["id"], ""), lambda n: pages.get(n, ""), shown
        )
        site.add(f"claims/{r['id']}.html", f"{r['id']}", body, f"{r['status']}: {r['claim']}", r["id"])
    scores = [r["mutation_score"] for r in rows if r["verdict"] == "holds" and r["mutation_score"] is not None]
    mean = (
        f" A claim that holds is turned by {sum(scores) / len(scores):.0%} of the broken mechanisms on average."
        if scores
        else ""
    )
    sized = [r for r in rows if r["verdict"] == "holds"]
    mean += f" Of {len(sized)} that hold, {sum(r['two_sided'] > 0 for r in sized)} ask for a size with a bound on either side; the others for a direction."
    lead = (
        '<p class="lead">What a review says of osteoporosis and stem cells, tried on the model. What compares typed-in figures (vacuous), gives back its own '
        f"input (circular) or stands twice (merged) is counted apart from what holds.{mean}</p>"
    )
    site.add("claims/index.html", "Claims", lead + explorer(rows), "all statements of the review")


def _experiments(site: Site, rows: Sequence[Row], drawn: bool) -> None:
    from osteon.replication.experiments import DRAWS, arm_trajectories, load_experiment
    from osteon.report import figures
    from osteon.report.experiment_page import points

    for r in rows:
        e = load_experiment(r["id"])
        looks = table(["finding", "asked", "basis"], [[esc(k.words), esc(k.expect), esc(k.basis)] for k in e.looks])
        ref = re.sub(
            r"review ref (\d+)", lambda m: link(m[0], f"../references/review_{int(m[1]):03d}.html"), esc(e.reference)
        )
        body = f'<p class="lead">{esc(e.study)}: {esc(e.design)}</p><p>{badge(r["verdict"])} <span class="soft">basis: {esc(r["basis"])}</span></p>'
        body += facts(
            [
                ("The source says", esc(e.says)),
                ("What the model shows", esc(r["figure"])),
                ("Claim", link(e.claim, f"../claims/{e.claim}.html")),
                ("Source", ref),
            ]
        )
        figure = ""
        if drawn:
            shown = figures.arms(points(e, arm_trajectories(e, DRAWS, 1)))
            pictured = picture(site.figures, f"experiment_{e.id}", shown, f"{e.study} over time: {r['figure']}", "../")
            figure = f'<h2>Over time</h2><p class="soft">Typical course and 90 % of the draws of what is not known.</p><div class="wide">{pictured}</div>'
        site.add(
            f"experiments/{e.id}.html",
            e.id,
            body + figure + "<h2>What is looked at</h2>" + looks,
            f"{e.study}: {e.design}",
            e.id,
        )
    body = table(
        ["experiment", "study", "verdict", "basis"],
        [[link(r["id"], f"{r['id']}.html"), esc(r["study"]), badge(r["verdict"]), esc(r["basis"])] for r in rows],
        "Table 1 of the review",
    )
    site.add("experiments/index.html", "Experiments of Table 1", body, "twenty animal and culture studies")


def _cards(site: Site) -> None:
    """Drugs, cell sources and cohorts, as `osteon show` tells them."""
    from osteon.cells.sources import source_names
    from osteon.evidence import cohort_ids
    from osteon.interventions import CARDS
    from osteon.report.cards import card_of

    groups = (
        ("drugs", "Drugs", list(CARDS)),
        ("sources", "Cell sources", list(source_names())),
        ("cohorts", "Cohorts", list(cohort_ids())),
    )
    for folder, title, names in groups:
        lines = []
        for name in names:
            place = f"{folder}/{slug(name)}.html"
            row, text = card_of(name)
            site.add(place, str(row.get("name", name)), card(text, site.known(place)), text.split("\n")[0], name)
            lines.append([link(name, f"{slug(name)}.html"), esc(text.split("\n")[1] if "\n" in text else text)])
        site.add(f"{folder}/index.html", title, table(["name", "what it is"], lines), title.lower())


def _harms(site: Site) -> None:
    from osteon.outcomes.harm_table import load_harms
    from osteon.report.cards import card_of

    lines = []
    for name, h in load_harms().items():
        place = f"harms/{slug(name)}.html"
        row, text = card_of(name)
        body = ""
        if row["placebo_arms"]:
            pooled = {
                "estimate": 1e4 * h.background,
                "low": 1e4 * h.background * h.gsd**-1.96,
                "high": 1e4 * h.background * h.gsd**1.96,
            }
            body += "<h2>Without the exposure, per 10,000 person-years at 70</h2>" + both(
                f"{h.words} in placebo arms", row["placebo_arms"], pooled, ratio=False
            )
        for c in row["causes"]:
            if c["trials"]:
                body += f"<h2>Hazard ratio: {esc(c['driver'].replace('_', ' '))}</h2>" + both(
                    f"{h.words}: ratio of {c['driver']}", c["trials"], c["pooled"]
                )
                body += f'<p class="soft">Random effects; the upper end that counts is that of the widest source, {c["pooled"]["upper"]:.2f}.</p>'
        site.add(
            place,
            h.words[0].upper() + h.words[1:],
            body + "<h2>The card</h2>" + card(text, site.known(place), 3),
            f"harm: {h.words}",
            name,
        )
        lines.append(
            [
                link(h.words, f"{slug(name)}.html"),
                f"{1e4 * h.background:.3g}",
                "<br>".join(esc(c["effect"]) for c in row["causes"]),
            ]
        )
    rule = (
        "<p>Trials are pooled by random effects (DerSimonian and Laird) on the log scale; half an event stands in for none; the upper end is that of the widest "
        "source; backgrounds are of placebo arms where they are published. 90 % intervals in the table, 95 % in the forests.</p>"
    )
    site.add(
        "harms/index.html",
        "Harms",
        rule + table(["harm", "without a drug, per 10,000 a year", "what exposures add"], lines),
        "harms of drugs",
    )


def _modules(site: Site) -> None:
    """The model book: modules, their equations and numbers."""
    for place, title, body, about, name in module_pages(_model(), site.known):
        site.add(place, title, body, about, *([name] if name else []))


def _references(site: Site) -> None:
    from docs.cell_posterior_page import cell_posterior_page
    from docs.evidence_page import evidence_page
    from osteon.evidence.ledger import evidence_keys
    from osteon.evidence.references import STATUSES
    from osteon.report.evidence_cards import reference_rows, source_card

    model = _model()
    for k in evidence_keys():
        found = source_card(k, model)
        assert found is not None
        place = f"references/{slug(k)}.html"
        site.add(place, k, card(found[1], site.known(place)), evidence_keys()[k].text, k)
    rows = reference_rows()
    counts = {s: sum(r["status"] == s for r in rows) for s in STATUSES}
    told = table(
        ["status", "what it means", "how many"],
        [[s, esc(w), str(counts[s])] for s, w in STATUSES.items()],
        "Every key that a source may name",
    )
    told += f"<p>{link('How far every number and reference has been read', '../evidence/index.html')}</p>"
    body = told + '<div class="find"><label>Status <select id="pick"><option value="">all</option>'
    body += "".join(f'<option value="{s}">{s}</option>' for s in STATUSES)
    body += '</select></label><label>Words <input id="word" type="search" aria-label="Words in a reference"></label><span id="count" class="soft"></span></div>'
    body += table(
        ["key", "what it is", "identifier", "status"],
        [
            [
                link(r["name"], f"{slug(r['name'])}.html"),
                esc(r["about"]),
                esc(r["identifier"] or "none"),
                badge("unknown" if r["status"] != "confirmed" else "recorded", r["status"]),
            ]
            for r in rows
        ],
        marks=[r["status"] for r in rows],
    )
    site.add("references/index.html", "References", body, "identifiers and their status")
    site.add(
        "cells/posterior.html", "Numbers of the cells", cell_posterior_page(), "prior beside posterior of the cells"
    )
    site.add(
        "evidence/index.html",
        "Evidence",
        evidence_page(),
        "how far every published number has been read, by confidence",
    )


def _texts(site: Site) -> None:
    """Pages that stand in docs/ as Markdown."""
    from markdown_it import MarkdownIt

    maker = MarkdownIt("commonmark", {"html": False}).enable("table")
    for path, place, title in (
        (HERE / "commands.md", "commands.html", "Commands"),
        (HERE / "evidence" / "scorecard.md", "validation.html", "Validation"),
        (HERE / "evidence" / "next_fit.md", "evidence/next_fit.html", "What waits for the next fit"),
        (HERE / "tutorials.md", "tutorials.html", "Tutorials"),
        (HERE / "trials.md", "trials.html", "Virtual trials"),
        (HERE / "evidence" / "persons.md", "persons.html", "Virtual persons"),
        (HERE / "python.md", "python.html", "Python"),
        (HERE / "cell_products.md", "cell_products.html", "Cell products"),
        (HERE / "glossary.md", "glossary.html", "Glossary"),
        (HERE / "cite.md", "cite.html", "How to cite"),
    ):
        text = re.sub(r"^# .*\n", "", path.read_text(encoding="utf-8"), count=1)
        body = maker.render(text)
        body = (
            re.sub(
                r'<img src="([a-z_]+)\.svg" alt="([^"]*)" ?/?>',
                lambda m: picture(site.figures, m[1], site.figures[f"{m[1]}.svg"], m[2], ""),
                body,
            )
            .replace("<table>", '<div class="wide" tabindex="0" role="group" aria-label="Table"><table>')
            .replace("</table>", "</table></div>")
        )
        body = re.sub(r'<a href="(?!https?:|#)[^"]*">(.*?)</a>', r"\1", body)
        if place == "python.html":
            body = f"<p>{link('Every name, with its arguments and an example', 'api.html')}</p>" + body
        site.add(place, title, body, title.lower())


def _api(site: Site) -> None:
    """The public names of Python, from their docstrings."""
    from osteon import __all__

    site.add(
        "api.html", "Python names", api_page(), "functions and records of import osteon", *(f"ost.{n}" for n in __all__)
    )


def _files(site: Site) -> None:
    """What a scenario, a study and a dose-response file may hold, from their schema."""
    from osteon.inputs import schema

    body = "<p>Unknown keys are refused with the nearest right name; a quantity is a text with its unit. JSON Schema: <code>osteon schema scenario</code>.</p>"
    for kind in ("scenario", "study", "dose_response", "product", "dish"):
        whole = schema(kind)
        parts = {f"{kind} file": whole, **whole.get("$defs", {})}
        body += f"<h2>{esc(kind.replace('_', '-'))} file</h2>"
        for name, part in parts.items():
            keys = part.get("properties", {})
            if keys:
                needed = set(part.get("required", ()))
                rows = [
                    [
                        f"<code>{esc(k)}</code>{' (needed)' if k in needed else ''}",
                        esc(_kind(v)),
                        esc(v.get("description", "")),
                    ]
                    for k, v in keys.items()
                ]
                body += f"<h3>{esc(name)}</h3><p>{esc(part.get('description', ''))}</p>" + table(
                    ["key", "kind", "what it is"], rows
                )
    site.add("files.html", "Files", body, "keys of scenario, study and dose-response files")


def _kind(v: Row) -> str:
    """The kind of a key's value in words."""
    if "$ref" in v:
        return str(v["$ref"]).rsplit("/", 1)[-1]
    if "enum" in v:
        return " | ".join(str(x) for x in v["enum"])
    if "anyOf" in v:
        return " or ".join(dict.fromkeys(_kind(x) for x in v["anyOf"] if x.get("type") != "null"))
    if v.get("type") == "array":
        return f"list of {_kind(v.get('items', {}))}"
    return str(v.get("type", "any"))


def _credibility(site: Site, assessments: Sequence[Row] | None) -> None:
    from osteon.app.credibility import assess

    lines = []
    for a in assess() if assessments is None else assessments:
        rows = [
            [
                esc(m["metric"].replace(",", ", ")),
                esc(m["asked"]),
                "none" if m["value"] is None else f"{m['value']:.2f}",
                badge("unknown" if m["met"] is None else "holds" if m["met"] else "fails", _met(m["met"])),
                esc(m["why"]),
                esc(m["reason"]),
            ]
            for m in a["acceptance"]
        ]
        body = f'<p class="lead">{esc(a["adequacy"])}</p>'
        body += facts(
            [
                ("Question of interest", esc(a["question"])),
                ("Context of use", esc(a["use"])),
                ("Influence", esc(a["influence"])),
                ("Consequence", esc(f"{a['consequence']}: {a['why']}")),
                ("Risk", esc(a["risk"])),
            ]
        )
        body += "<h2>Acceptance</h2>" + table(["metric", "asked", "found", "verdict", "why this limit", "from"], rows)
        body += "<h2>Limits</h2><ul>" + "".join(f"<li>{esc(x)}</li>" for x in a["limits"]) + "</ul>"
        body += f"<p>The whole report: <code>osteon credibility --context {esc(a['context'])} --out DIR</code></p>"
        site.add(f"credibility/{a['context']}.html", a["title"], body, a["question"])
        lines.append(
            [
                link(a["title"], f"{a['context']}.html"),
                esc(a["risk"]),
                "adequate" if a["adequate"] else "not adequate by its own limits",
            ]
        )
    site.add(
        "credibility/index.html",
        "Credibility",
        table(["context of use", "risk", "today"], lines) + _own_context(),
        "contexts of use and what speaks for the model in them",
    )


OWN_CONTEXT = """[my_ward]
title = "Rank drugs for a guideline group"
question = "Which of two drugs leaves the higher hip BMD after two years?"
use = "Means of virtual arms beside trials."
influence = "low"          # of the model on the decision: low, medium, high
consequence = "medium"     # of a wrong decision
why = "The group reads the trials too."
fixed = "2026-11-30"       # the day the limits were fixed
limits = ["means of arms, not single persons"]

[[my_ward.acceptance]]
metric = "rmse/holdout/bmd_total_hip"
at_most = 1.0
why = "half of the least significant change of a scan"
"""


def _own_context() -> str:
    from osteon.app.contexts import METRICS

    asked = "; ".join(f"<code>{esc(m)}</code>" for m in METRICS.values())
    return (
        "<h2>A context of your own</h2><p><code>osteon credibility --context my.toml --out DIR</code> assesses the contexts of a file; "
        "every fault of it is told at once. A second report in the same folder tells what changed.</p>"
        f"<pre>{esc(OWN_CONTEXT)}</pre><p>What a limit may ask: {asked}.</p>"
    )


def _met(met: bool | None) -> str:
    return "no evidence" if met is None else "met" if met else "missed"


def _front(site: Site, claims: Sequence[Row], experiments: Sequence[Row]) -> None:
    held, failed = (sum(r["verdict"] == v for r in claims) for v in ("holds", "fails"))
    tiles = (
        (
            "Claims",
            "claims/index.html",
            f"{len(claims)} statements of the review: {held} hold, {failed} fail, the others say why not.",
        ),
        (
            "Experiments",
            "experiments/index.html",
            f"{sum(r['verdict'] == 'holds' for r in experiments)} of {len(experiments)} studies of Table 1 do as their source says.",
        ),
        (
            "Tutorials",
            "tutorials.html",
            "For a pharmacometrician, a cell therapist, a reader of experiments, a teacher.",
        ),
        ("Drugs", "drugs/index.html", "What each does, its equations, its numbers and their sources."),
        ("Model book", "modules/index.html", "Every equation and number, with unit, kind and source."),
        ("Harms", "harms/index.html", "Pooled over trials, with their forests and upper ends."),
        ("Validation", "validation.html", "Every cohort, misses first."),
        ("Gallery", "gallery.html", "What the example files show, and the model beside data."),
        ("Credibility", "credibility/index.html", "Four contexts of use against limits of their own."),
        ("References", "references/index.html", "Which identifiers were confirmed against the title."),
        ("Evidence", "evidence/index.html", "How far every published number has been read, by confidence."),
        ("How to cite", "cite.html", "Version, paper, licence."),
    )
    body = '<p class="lead">An open, executable model of osteoporosis and of mesenchymal-stem-cell therapy.</p><p class="warn">Research use only.</p><div class="cards">'
    body += "".join(f'<div class="card"><h2>{link(t, to)}</h2><p>{esc(d)}</p></div>' for t, to, d in tiles) + "</div>"
    body += f"<p>Also: {link('cell sources', 'sources/index.html')}, {link('numbers of the cells', 'cells/posterior.html')}, {link('cohorts', 'cohorts/index.html')}.</p>"
    site.add("index.html", "Osteon", body, "the front page")
    box = '<div class="find"><input id="search" type="search" data-root="" aria-label="Search the site" placeholder="denosumab, C65, osteoclasts"></div><ul id="found"></ul>'
    site.add(
        "search.html",
        "Search",
        box + "<noscript><p>Searching needs scripts; every page is in the lists above.</p></noscript>",
    )


def _write(site: Site, out: Path) -> None:
    from jinja2 import Environment, FileSystemLoader

    if out.exists():
        shutil.rmtree(out)
    template = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True).get_template("base.html")
    for page in site.pages.values():
        path = out / page.place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            template.render(title=page.title, body=page.body, root=page.root, nav=NAV, version=__version__),
            encoding="utf-8",
        )
    for name in ("tokens.css", "site.css", "search.js"):
        shutil.copy(TEMPLATES / name, out / name)
    (out / "figures").mkdir(exist_ok=True)
    for name, svg in site.figures.items():
        (out / "figures" / name).write_text(svg, encoding="utf-8")
    index = [
        {"u": p.place, "t": p.title, "d": p.about[:140], "s": f"{p.title} {p.about}".lower()}
        for p in site.pages.values()
    ]
    (out / "search-index.js").write_text(f"window.INDEX = {json.dumps(index, ensure_ascii=False)};\n", encoding="utf-8")


def dead_links(out: Path) -> list[str]:
    """Links and sources of the written pages that lead nowhere, and those that leave the site without being a reference."""
    wrong = []
    for path in sorted(out.rglob("*.html")):
        for to in re.findall(r'(?:href|src|srcset)="([^"]+)"', path.read_text(encoding="utf-8")):
            if to.startswith(("http:", "https:", "data:", "#")):
                continue
            if not (path.parent / to.split("#")[0]).resolve().is_file():
                wrong.append(f"{path.relative_to(out)}: {to}")
    return wrong


__all__ = ["build", "dead_links"]
