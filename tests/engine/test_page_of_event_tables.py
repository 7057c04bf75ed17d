"""docs/event_tables.md, run: every table of the page gives what the page says, in closed form."""

import math
import re
from pathlib import Path

import pytest
from tests.engine.subjects import schedules_of

from osteon.engine import simulate
from osteon.engine.tables import compartments_of
from osteon.errors import OsteonError
from osteon.io.nonmem import read_events
from osteon.model import Entry, Module, Parameter, Process, State, assemble

PAGE = Path(__file__).parents[2] / "docs" / "event_tables.md"
HEAD = "ID,TIME[day],EVID,CMT,AMT[mg],RATE,DUR,II,ADDL,SS"
PAIR = re.compile(r"```csv\n(.*?)```\n```result\n(.*?)```", re.DOTALL)
LINE = re.compile(r"(depot|plasma) on day ([0-9.]+) = ([0-9. ()+*/-]|exp)+")


def p(name, value, unit="1"):
    return Parameter(name, value, unit, "assumed", "assumed")


@pytest.fixture(scope="module")
def model():
    return assemble(
        Module(
            "pk",
            parameters=(p("ka", 1.5, "1/day"), p("ke", 0.3, "1/day"), p("f", 0.6), p("lag", 0.5, "day")),
            states=(State("depot", "mg", 0.0, 10.0), State("plasma", "mg", 0.0, 10.0), State("late", "mg", 0.0, 10.0)),
            processes=(
                Process("absorption", lambda depot, ka: ka * depot, "mg/day", {"depot": -1, "plasma": 1}),
                Process("elimination", lambda plasma, ke: ke * plasma, "mg/day", {"plasma": -1}),
                Process("passage", lambda late, ke: 1e5 * ke * late, "mg/day", {"late": -1, "plasma": 1}),
            ),
            entries=(
                Entry("oral", "oral", "depot", "mg", bioavailability="f"),
                Entry("slow", "oral", "late", "mg", lag="lag"),
                Entry("drug", "intravenous", "plasma", "mg"),
            ),
        )
    )


def examples():
    return PAIR.findall(PAGE.read_text(encoding="utf-8"))


def test_every_table_of_the_page_has_its_result():
    text = PAGE.read_text(encoding="utf-8")
    assert len(examples()) == text.count("```csv") == text.count("```result") > 20


@pytest.mark.parametrize(("table", "result"), examples())
def test_the_page_says_what_happens(model, table, result):
    if result.startswith("refused: "):
        with pytest.raises(OsteonError) as caught:
            read_events(f"{HEAD}\n{table}", compartments_of(model))
        assert result.removeprefix("refused: ").strip() in str(caught.value)
        return
    _, events = schedules_of(read_events(f"{HEAD}\n{table}", compartments_of(model)), model)
    for line in result.strip().splitlines():
        assert LINE.fullmatch(line), line
        output, _, day, _, wanted = re.match(r"(\w+)( on day )([0-9.]+)( = )(.*)", line).groups()
        got = simulate(model, times=[float(day)], start=0.0, outputs=[output], events=events, rtol=1e-9, atol=1e-12)
        assert got.values[0, 0, 0] == pytest.approx(eval(wanted, {"exp": math.exp}), rel=3e-5, abs=1e-9), line
