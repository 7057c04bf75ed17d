"""What an output is: measured, a hazard, a chance that adds up, an event that was drawn; by its name, never by how the name begins."""

from __future__ import annotations

from typing import Literal

from osteon.additions import cached
from osteon.evidence.outcome import MEASURED
from osteon.outcomes.fracture import KINDS
from osteon.outcomes.harm_table import load_harms

Kind = Literal["bmd", "t_score", "marker", "hazard", "cumulated", "event", "expected"]
DRAWN_FRACTURES = (
    "vertebral",
    "hip",
    "nonvertebral",
    "clinical_vertebral",
    "clinical",
    "major_osteoporotic",
)  # kinds of fracture that are drawn


@cached
def kinds() -> dict[str, Kind]:
    """Kind of every output that has one; a state or a rate of the model has none."""
    of_scale: dict[str, Kind] = {"points": "bmd", "score": "t_score", "log": "marker"}
    found: dict[str, Kind] = {o.name: of_scale[o.scale] for o in MEASURED.values()}
    found |= dict.fromkeys((f"hazard_{k}" for k in (*KINDS, "major_osteoporotic", "death")), "hazard")
    found |= dict.fromkeys((f"expected_{k}_fracture" for k in DRAWN_FRACTURES), "expected")
    for h in load_harms().values():
        found |= {h.hazard: "hazard", f"cumulative_{h.name}": "cumulated", f"event_{h.name}": "event"}
        for c in h.causes:
            found[f"{c.name}_exposed"] = "cumulated"
        found[f"{h.name}_cumulated"] = found[f"{h.name}_background_cumulated"] = "cumulated"
    return found


def kind_of(name: str) -> Kind | None:
    """Kind of an output, or None."""
    return kinds().get(name)
