"""The spread between studies in a prediction interval: data, estimated from calibration rows (inference/between.py)."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from importlib.resources import files

from osteon.additions import cached

NINETY = 1.645  # standard deviations to either end of a 90 % interval


@dataclass(frozen=True)
class Between:
    """Standard deviation of a study around its forecast: constant (points or log fold) and a share of the change."""

    constant: float
    share: float
    studies: int

    def sd(self, change: float) -> float:
        """Standard deviation for a forecast change (points; log fold of markers)."""
        return math.hypot(self.constant, self.share * change)


@cached
def _table() -> dict[str, Between]:
    text = files("osteon").joinpath("data").joinpath("between_study.json").read_text(encoding="utf-8")
    rows = json.loads(text)["quantities"]
    return {k: Between(r["constant"], r["share_of_change"], r["studies"]) for k, r in rows.items()}


def between(endpoint: str) -> Between:
    """The spread between studies of an endpoint; KeyError where no calibration row measures it."""
    return _table()[endpoint]


def between_quantities() -> tuple[str, ...]:
    """Endpoints whose spread between studies is measured."""
    return tuple(_table())


def fracture_between(kind: str) -> Between:
    """The spread between studies of log "ratio" or log "incidence", from the fit of the hazards."""
    from osteon.simulation.fits import fit_ids, load_fit

    if "fractures" not in fit_ids():
        return Between(*UNFITTED[kind], 0.0, 3)
    found = load_fit("fractures").about["between_study"][kind]
    return Between(found["sd"], 0.0, found["studies"])


UNFITTED = {"ratio": (0.3,), "incidence": (0.6,)}  # before any fit.  Source: assumed
