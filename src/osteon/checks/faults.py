"""What a failing claim says of itself: the figures its source gives, and what the model does instead. Figures of the model stand beside it."""

from __future__ import annotations

from collections.abc import Sequence

from osteon.checks.verdict import Check, Part

REASONS = {
    "C16": "it says so of any woman, its own source of replete ones; in a deficient woman three years of vitamin D should bring at least half a point of hip BMD (the "
    "half point is chosen here), and the model gives her less",
    "C37": "osteoclasts come from the myeloid line and resorb, as printed; asked is also that each resorbs alike while RANKL brings more of them (within 1e-6), and the "
    "second bone law lets those that live longer dig deeper",
    "C53": "PTH falls after repletion, as printed; what was added in a woman who had enough should change resorption by less than a quarter of that",
    "C67": "the label has low calcium in 1.7 % of women on denosumab and 0.4 % on placebo in three years, 4.2 times as many (sec. 6.1); the model's calcium falls too little "
    "between doses for that",
    "C99": "the source (ref 60) finds the marrow and its bone normal again; here donor marrow adds less than 5 % of bone in twelve weeks, the least that counts",
    "C193": "the source (ref 60) finds more trabecular bone in the tibia; here the donor marrow adds too little to be told from none",
    "C194": "the source (ref 61) finds bone about as in intact rats, here taken as within 15 %; the cells give more",
    "C209": "the source (ref 101) finds part of the bone back; here the cells give more than all of it",
}


def because(check: Check, parts: Sequence[Part]) -> str:
    """Why a claim fails: the written reason, and whatever part is not as claimed; a failure without a written reason tells its figures alone."""
    told = check.because or REASONS.get(check.id, "")
    if check.at_fault != "model":
        return told
    missed = "; ".join(p.words for p in parts if p.holds is False)
    return f"{told}. Not as claimed: {missed}" if told else f"not as claimed: {missed}"
