"""The estimand of an endpoint: what exactly is compared, in whom, and what counts when treatment stops.  Source: ICH E9(R1)."""

from __future__ import annotations

STRATEGIES = {
    "hypothetical": "had nobody left: values after leaving are taken as missing at random",
    "treatment_policy": "whatever happened: values are taken whether or not treatment went on",
    "composite": "leaving counts as a failure",
    "while_on_treatment": "up to the day each patient leaves",
}
MISSING_DATA_STRATEGIES = {
    "complete_cases": "patients with a value at the visit",
    "mar": "multiple imputation, missing at random within the arm",
    "jump_to_reference": "multiple imputation: after leaving, as the comparator",
    "copy_reference": "multiple imputation: as if in the comparator from the start",
    "copy_increments": "multiple imputation: gains kept, further changes as the comparator's",
    "mixed_model": "likelihood of all visits, missing at random",
}


def strategy_of(missing: str) -> str:
    """The strategy for leaving that a way of handling missing values stands for."""
    if missing in ("jump_to_reference", "copy_reference", "copy_increments"):
        return "treatment_policy"
    return "hypothetical"
