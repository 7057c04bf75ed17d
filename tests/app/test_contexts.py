"""Contexts of use of a reader's own file: taken as the shipped ones are, or refused with every fault at once."""

import pytest

from osteon.app import credibility
from osteon.app.contexts import chosen, contexts
from osteon.errors import InputError

OWN = """
[my_ward]
title = "Rank drugs for a ward"
question = "Which drug first?"
use = "Means of arms."
influence = "low"
consequence = "high"
why = "people are treated"
fixed = "2026-11-30"
drug = "zoledronate"
outcome = "bmd_total_hip"
months = 24
limits = ["means, not persons"]

[[my_ward.acceptance]]
metric = "rmse/holdout/bmd_total_hip"
at_most = 1.0
why = "half of the least significant change"
"""


@pytest.fixture
def own(tmp_path):
    def write(text):
        path = tmp_path / "own.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_an_own_context_is_assessed_as_the_shipped_ones(own, monkeypatch, tmp_path):
    for name in ("influence", "assumed_numbers"):
        monkeypatch.setattr(credibility, name, lambda c: {"rows": [], "reason": "not looked at"})
    monkeypatch.setattr(credibility, "claim_rows", lambda: ())
    (row,) = credibility.write_reports(str(tmp_path / "out"), [own(OWN)])
    assert row.context == "my_ward" and row.risk == "medium" and row.met + row.missed == 1
    page = (tmp_path / "out" / "my_ward.html").read_text(encoding="utf-8")
    assert "no hash was written with them" in page and "after the first scorecard" not in page
    assert set(chosen([])) == set(contexts())


def test_every_fault_of_an_own_context_is_told_at_once(own):
    text = (
        OWN.replace('"low"', '"lowish"')
        .replace("rmse/holdout", "rsme/holdout")
        .replace('"zoledronate"', '"zolendronate"')
    )
    text = text.replace("at_most = 1.0", "at_most = 1.0\nat_least = 2.0").replace(
        'use = "Means of arms."', 'usage = "x"'
    )
    text += '\n["../away"]\ntitle = "x"\n[teach]\ntitle = "x"\n'
    text += '\n[[my_ward.acceptance]]\nmetric = "claims/C65,C999"\nat_least = 1.0\nwhy = "x"\n'
    with pytest.raises(InputError) as error:
        chosen([own(text), "teech"])
    told = " ".join(f.sentence() for f in error.value.faults)
    for word in (
        "lowish",
        "Did you mean 'rmse'",
        "Did you mean 'zoledronate'",
        "both at_least and at_most",
        "no 'use'",
        "usage",
        "../away",
        "teach",
        "C999",
        "teech",
    ):
        assert word in told, word


def test_the_context_that_the_docs_show_is_taken(own):
    from docs.site import OWN_CONTEXT

    assert list(chosen([own(OWN_CONTEXT)])) == ["my_ward"]


def test_a_file_without_a_context_is_refused(own, tmp_path):
    for path in (own("# nothing\n"), str(tmp_path / "none.toml")):
        with pytest.raises(InputError):
            chosen([path])
