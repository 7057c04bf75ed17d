"""What one standard deviation of each uncertain parameter moves an outcome of a typical woman on a drug: all women in one batch."""

from __future__ import annotations

import math
from typing import Any

from osteon.checks.lab import DRUGS, WOMAN, Run, attempt, laboratory
from osteon.model import LogitNormal, LogNormal, LogUniform, Normal, Uniform
from osteon.model.parts import Spread


def one_at_a_time(drug: str, output: str, months: float) -> list[dict[str, Any]]:
    """Rows parameter, kind, source, moved (percent points of the change from day 0), the largest first."""
    model = laboratory()
    wanted = {
        p.name: raised
        for p in model.parameters.values()
        if p.uncertainty is not None and (raised := up(p.value, p.uncertainty, p.bounds)) is not None
    }
    regimens = (DRUGS[drug],)
    plain = Run(WOMAN, drugs=regimens)
    runs = {name: Run((*WOMAN, (name, value)), drugs=regimens) for name, value in wanted.items()}
    seen, failed = attempt([plain, *runs.values()])
    base = seen[plain].change(output, months)
    rows = [
        {
            "parameter": name,
            "kind": model.parameters[name].kind,
            "source": model.parameters[name].source,
            "moved": seen[run].change(output, months) - base if run not in failed else None,
        }
        for name, run in runs.items()
    ]
    return sorted(rows, key=lambda r: -abs(r["moved"] or 0.0))


def up(value: float, spread: Spread, bounds: tuple[float, float] | None) -> float | None:
    """A parameter one standard deviation up, inside its bounds; None where its spread has no such thing."""
    if isinstance(spread, LogNormal):
        raised = value * spread.gsd
    elif isinstance(spread, Normal):
        raised = value + spread.sd
    elif isinstance(spread, LogitNormal):
        odds = value / (1 - value) * math.exp(spread.sd)
        raised = odds / (1 + odds)
    elif isinstance(spread, LogUniform):
        raised = min(spread.high, value * math.exp(math.log(spread.high / spread.low) / math.sqrt(12)))
    elif isinstance(spread, Uniform):
        raised = min(spread.high, value + (spread.high - spread.low) / math.sqrt(12))
    else:
        return None
    return min(max(raised, bounds[0]), bounds[1]) if bounds else raised
