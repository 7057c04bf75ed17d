"""Keys of files and quantities of the model that have a newer name: the old one stays accepted, everywhere the same way."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from osteon.errors import Fault, InputError

ALIASES = (  # (table that holds the key, "" for the file itself; old key; key of today)
    ("", "surface", "dose_response"),
    ("dose_response", "worlds", "parameter_draws"),
)
QUANTITIES = (  # (old name of a state, rule or parameter; name of today), as patterns over the whole name
    (r"told(_\w+)?", r"host_response\1"),
    (r"seen_mass_(\w+)", r"projected_mass_\1"),
    (r"osteoclast_poison", "osteoclast_apoptosis_drive"),
    (r"(\w+)_poison", r"\1_osteoclast_effect"),
    (r"antigen_seen", "antigen_exposure"),
    (r"calcitriol_seen", "calcitriol_exposure"),
    (r"mineral_want", "mineral_deficit"),
    (r"mineral_found", "mineralised_fraction"),
    (r"phosphate_kept", "tmp_gfr"),
    (r"kept_in_lung", "lung_death_share"),
    (r"lining_wake", "lining_depletion"),
    (r"rankl_woken_share", "rankl_modelling_share"),
    (r"gland_pull", "pth_gland_exponent"),
    (r"gland_most", "pth_gland_maximum"),
    (r"gland_hearing", "pth_sensitivity"),
    (r"quiet_hold", "lining_inhibition"),
    (r"lining_call", "lining_activation"),
    (r"osteocyte_call", "osteocyte_rankl_signal"),
    (r"bone_call", "pth_catabolic_signal"),
)


def current_name(name: str) -> str:
    """Today's name of a quantity.

    >>> current_name("seen_mass_total_hip"), current_name("osteoclasts")
    ('projected_mass_total_hip', 'osteoclasts')
    """
    for old, new in QUANTITIES:
        if match := re.fullmatch(old, name):
            return match.expand(new)
    return name


def canonical(table: dict[str, Any], name: str = "") -> dict[str, Any]:
    """The table of a file with today's keys. Raises InputError where a key stands under both its names.

    >>> canonical({"surface": {"worlds": 50}})
    {'dose_response': {'parameter_draws': 50}}
    """
    result = dict(table)
    for inside, old, new in ALIASES:
        holder = result if not inside else result.get(inside)
        if not isinstance(holder, dict) or old not in holder:
            continue
        if new in holder:
            place = f"{name} [{inside}] {old}".strip() if inside else f"{name} [{old}]".strip()
            message = f"'{old}' is the old name of '{new}'; both are written."
            raise InputError(Fault("repeated_key", place, old, new, f"Keep '{new}'.", message))
        renamed = {new if k == old else k: v for k, v in holder.items()}
        if inside:
            result[inside] = renamed
        else:
            result = renamed
    return result


def as_written(faults: Iterable[Fault], table: dict[str, Any]) -> list[Fault]:
    """Faults whose place names the keys that the file itself uses."""
    result = list(faults)
    for inside, old, new in ALIASES:
        if not inside and old in table and new not in table:
            result = [replace(f, place=f.place.replace(f"[{new}]", f"[{old}]")) for f in result]
        elif inside and any(isinstance(t, dict) and old in t for t in table.values()):
            result = [
                replace(f, place=f"{f.place.removesuffix(new)}{old}") if f.place.endswith(f" {new}") else f
                for f in result
            ]
    return result
