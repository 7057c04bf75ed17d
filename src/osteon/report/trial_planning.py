"""What a planner of a trial of cells reads first: what is likely, what is not known, what matters most, how many patients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from osteon.evidence.outcome import in_points
from osteon.report.tables import NAMES

TRIAL_PLANNING_MANY = 100_000  # patients an arm; beyond it no trial could show the effect
TRIAL_PLANNING_PARAMETERS = {
    "cell_secretome": "how much the cells secrete",
    "cell_potency": "how well the cells make bone",
    "translation": "how much of what cells do in animals they do in people",
    "small_study_share": "how much of what small studies of cells in animals show is left in large ones",
    "niche_gain": "how strongly cells turn marrow towards bone",
    "opg_gain": "how much OPG cells call up",
    "immune_gain": "how far cells calm inflammation",
    "local_gain": "how strongly cells at a site call bone there",
    "local_brake": "how far cells at a site hold resorption there",
    "donor_gain": "how much bone donor cells make themselves",
    "k_trophic": "how long the host remembers one dose",
    "k_secretome": "how soon secreted factors are gone",
    "k_cell_loss": "how soon cells die",
    "exosome_uptake": "how much of the vesicles bone takes up",
    "resident_share": "how many cells stay where they were put",
    "k_resident_loss": "how long those live",
}


def plain_name(parameter: str) -> str:
    """A parameter in words where it is one of cells, else its name."""
    of_line = parameter.rpartition("_")[0]  # parameters of a line of cells end in its number
    return (
        TRIAL_PLANNING_PARAMETERS.get(parameter)
        or TRIAL_PLANNING_PARAMETERS.get(of_line)
        or parameter.replace("_", " ")
    )


def plans(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One entry an arm with cells, on the first BMD endpoint of the study (the first of all where there is none).

    arm, likely, unknown, matters, patients : sentences; early : what a marker could show sooner, or ""
    """
    found = []
    for arm in dict.fromkeys(r["arm"] for r in rows):
        own = [r for r in rows if r["arm"] == arm]
        main = next((r for r in own if in_points(r["endpoint"])), own[0])
        marker = next((r for r in own if not in_points(r["endpoint"])), None)
        found.append(
            {"arm": arm, "likely": _likely(main), "unknown": _unknown(main), "matters": _matters(main)}
            | {"patients": _patients(main), "early": _early(marker)}
        )
    return found


def _what(row: dict[str, Any]) -> str:
    return f"{NAMES.get(row['endpoint'], row['endpoint'])} at month {row['visit_months']:g}"


def _likely(row: dict[str, Any]) -> str:
    unseen, unit = 1 - row["chance_noticeable"], _unit(row)
    return (
        f"In {unseen:.0%} of parameter draws the cells change {_what(row)} by less than {row['noticeable']:g} {unit}; "
        f"in {row['chance_nothing']:.0%} by nothing at all."
    )


def _unknown(row: dict[str, Any]) -> str:
    low, high = (f"{round(row[k], 1) + 0.0:+.1f}".replace("+0.0", "0.0") for k in ("lo90", "hi90"))
    return f"90 % of parameter draws: {low} to {high} {_unit(row)} on top of the same arm without cells."


def _matters(row: dict[str, Any]) -> str:
    if not row["drivers"]:
        return "No single unknown stands out."
    first, *rest = (plain_name(n) for n, _ in row["drivers"])
    after = f"; then {rest[0]}" if rest else "; nothing else stands out"
    return f"Most: {first}{after}."


def _patients(row: dict[str, Any]) -> str:
    high, middle = counted(row["patients_if_high"]), counted(row["patients_if_median"])
    return f"{high} an arm if the far end of the interval is true; {middle} if the middle is."


def _early(row: dict[str, Any] | None) -> str:
    if row is None or not 0 < row["patients_if_high"] <= TRIAL_PLANNING_MANY:
        return ""
    return f"{_what(row)}: {counted(row['patients_if_high'])} an arm if the far end is true."


def counted(patients: int) -> str:
    """A number of patients that a trial could have, or that none could."""
    if patients <= 0 or patients > TRIAL_PLANNING_MANY:
        return f"over {TRIAL_PLANNING_MANY:,}"
    return f"{patients:,}"


def _unit(row: dict[str, Any]) -> str:
    return "points" if row["as_"] == "percent_change" else row["as_"].replace("_", " ")
