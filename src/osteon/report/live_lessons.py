"""A lesson of six tasks: each sets two cases up, asks one question, and lets the model say which answer holds.

No answer stands here: a task names what is looked at in the two cases (or in one, at two months), and the page computes
which of the choices it bears out.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from osteon.report.live_words import course

LIVE_LESSONS_WOMAN = {
    "sex": "female", "age": 66, "years_since_menopause": 16, "bmi": 25, "smoking": "never", "prior_fractures": [],
    "t_total_hip": -1.8, "t_lumbar_spine": -2.5, "t_femoral_neck": -2.1,
}  # fmt: skip
LIVE_LESSONS_SAME = 0.03  # of the compared quantity: nearer than this counts as the same


def lessons(drugs: Iterable[str], cells: bool = False) -> list[dict[str, Any]]:
    """Tasks that these drugs allow, and the one of cells where the page has their rows.

    cases   : person and plan of each, with words
    measure : output, its form, what is taken of the curve ("end", "lowest", "highest"), at which month
    against : "case" (the second case against the first) or "start" (the first case against its own month 0)
    """
    known = set(drugs)
    tasks = (_rebound(), _pulse(), _menopause(), _sequence(), _kidneys(), *((_rats(),) if cells else ()))
    return [t for t in tasks if all(c["drug"] in known for case in t["cases"] for c in case["plan"])]


def _case(words: str, plan: list[dict[str, Any]], **person: Any) -> dict[str, Any]:
    return {"words": words, "person": LIVE_LESSONS_WOMAN | person, "plan": plan}


def _task(key: str, title: str, text: str, question: str, after: str, **more: Any) -> dict[str, Any]:
    return {
        "key": key,
        "title": title,
        "text": text,
        "question": question,
        "after": after,
        "same": LIVE_LESSONS_SAME,
        **more,
    }


def _rebound() -> dict[str, Any]:
    return _task(
        "rebound",
        "Stopping denosumab",
        "A woman of 66 gets denosumab for three years and then nothing.",
        "A year after the effect of the last dose has ended, resorption (CTX) is, against month 0, …",
        "While RANKL is bound, cells that would become osteoclasts wait; when it is free again they come at once. No term of "
        "the model knows that a drug was stopped. Change the length of treatment on the first screen and look at CTX.",
        cases=[_case("denosumab for 36 months", [course("denosumab", 0, 36)])],
        months=60,
        measure={"output": "ctx", "as": "ratio", "take": "highest", "from": 42, "to": 54},
        against="start",
        choices=["higher", "about the same", "lower"],
    )


def _pulse() -> dict[str, Any]:
    daily = course("teriparatide", 0, 12)
    return _task(
        "pulse",
        "PTH once a day, and PTH all day",
        "The same daily amount of teriparatide is given under the skin, once as an injection and once spread over 24 hours.",
        "After a year, spine BMD with the amount spread over the day is, against the injection, …",
        "A pulse calls for formation first; PTH that never falls calls for RANKL all day, as in a gland that does not stop.",
        cases=[_case("injected once a day", [daily]), _case("spread over 24 hours", [daily | {"duration": 1}])],
        months=12,
        measure={"output": "bmd_lumbar_spine", "as": "ratio", "take": "end", "same": 0.002},
        against="case",
        choices=["higher", "about the same", "lower"],
    )


def _menopause() -> dict[str, Any]:
    return _task(
        "menopause",
        "The years after the last period",
        "Two women without drugs: one of 50 at her last period, one of 66 whose last period was 16 years ago.",
        "Over the next five years, how much of the spine BMD of month 0 is left in the woman of 66 is, against the woman of 50, …",
        "Oestrogen held RANKL and the life of osteoclasts down; the loss is fastest while bone comes to a new balance.",
        cases=[
            _case(
                "50 years, last period now",
                [],
                age=50,
                years_since_menopause=0,
                t_lumbar_spine=-0.5,
                t_total_hip=-0.4,
                t_femoral_neck=-0.5,
            ),
            _case("66 years, last period 16 years ago", []),
        ],
        months=60,
        measure={"output": "bmd_lumbar_spine", "as": "change", "take": "end", "same": 0.002},
        against="case",
        choices=["more", "about the same", "less"],
    )


def _sequence() -> dict[str, Any]:
    build, hold = partial(course, "teriparatide"), partial(course, "denosumab")
    return _task(
        "sequence",
        "Which first?",
        "Eighteen months of teriparatide and eighteen of denosumab, in one order and in the other.",
        "At month 36, hip BMD with denosumab first is, against teriparatide first, …",
        "What is built first can be kept; who comes off denosumab brings a rebound of resorption into the months of building.",
        cases=[
            _case("teriparatide, then denosumab", [build(0, 18), hold(18, 36)]),
            _case("denosumab, then teriparatide", [hold(0, 18), build(18, 36)]),
        ],
        months=36,
        measure={"output": "bmd_total_hip", "as": "ratio", "take": "end", "same": 0.002},
        against="case",
        choices=["higher", "about the same", "lower"],
    )


def _kidneys() -> dict[str, Any]:
    return _task(
        "kidneys",
        "Weak kidneys",
        "Two women of 66 get one dose of denosumab; one has healthy kidneys, one a filtration of 25 mL/min.",
        "The lowest calcium of the month after the dose is, with weak kidneys against healthy ones, …",
        "When resorption stops, calcium from bone stops too; the gland answers with PTH, but a weak kidney holds less back and "
        "makes less calcitriol. Labels ask for a watch over calcium.",
        cases=[
            _case("healthy kidneys", [course("denosumab", 0, 3)]),
            _case("25 mL/min", [course("denosumab", 0, 3)], gfr=25),
        ],
        months=12,
        measure={"output": "calcium", "as": "ratio", "take": "lowest", "from": 0, "to": 3, "same": 0.002},
        against="case",
        choices=["higher", "about the same", "lower"],
    )


def _rats() -> dict[str, Any]:
    return _task(
        "rats",
        "What rats say about women",
        "Cells of the umbilical cord are put into the femur, the same number a kilogram, in rats and in women.",
        "The upper end of what bone may gain within a year is, in women against rats, …",
        "What was seen in rats is carried over to people by a factor that nobody has measured, with a chance that nothing carries "
        "over at all. An interval of people that holds nothing does not show that cells work, and does not show that they do not.",
        cases=[],
        cells={"source": "umbilical_cord", "route": "intramedullary", "species": ["rat", "human"]},
        months=12,
        measure={"output": "", "as": "ratio", "take": "end"},
        against="case",
        choices=["higher", "about the same", "lower"],
    )
