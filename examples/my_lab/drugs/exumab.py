"""Exumab, an invented antibody against RANKL, and its invented second generation. No such drugs exist."""

from osteon.interventions import Label, Schedule, Usual, antibody, class_member

EXUMAB = antibody(
    "exumab",
    "rankl",
    usual=Usual("100 mg", "subcutaneous", "4 months"),
    largest={"subcutaneous": "200 mg"},
    kd=0.03,
    kd_source="made_up_2026",
    f=0.6,
    ka=0.2,
    cl=0.12,
    v1=3.0,
    v2=1.5,
    q=0.6,
    source="made_up_2026",
    harms=("hypocalcaemia", "onj", "lab_itch"),
    references=("made_up_2026", "MADE_UP"),
    mechanism="Invented: binds RANKL, so that fewer osteoclasts form and active ones die.",
    densest={"subcutaneous": Schedule(200.0, 121.75, "made_up_2026: 200 mg every 4 months")},
    label=Label("made_up_2026", max_months=36, policy="invented", not_with=("low plasma calcium",)),
)

EXUMAB_NEXT = class_member(
    EXUMAB,
    "exumab_next",
    potency=2.0,
    usual=Usual("50 mg", "subcutaneous", "4 months"),
    mechanism="Invented: as exumab, twice as strong at the same concentration.",
)
