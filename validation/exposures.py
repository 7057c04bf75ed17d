"""Reference exposures of harms: what the arm behind a published figure was exposed to, on the shipped fit.

    python -m validation.exposures            prints them beside those of data/harms.toml
    python -m validation.exposures --write    writes them there, every other word of the file as it was

A hazard is 1 times its published effect at the reference exposure, so after a new fit the reference is read again: the mean of
the driver over the months that the typical woman of the arm was treated. Exposures by definition (years, an infusion, a fall of
calcium from the reference) and those of arms that cannot be run (conjugated oestrogens) are no part of it.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from osteon.engine import Events, Schedule, simulate
from osteon.evidence import load_cohort
from osteon.io.files import write_atomic
from osteon.outcomes.harm_table import load_harms
from osteon.outcomes.harms import QUANTITY
from osteon.replication.published import Arm, regimens_of
from osteon.simulation.assembly import human_model
from osteon.simulation.dosing import add_regimens
from osteon.simulation.run_in import run_in
from osteon.simulation.typical import typical
from osteon.units import DAYS_PER_MONTH

FILE = Path(__file__).resolve().parents[1] / "src" / "osteon" / "data" / "harms.toml"
EVERY = 1.0  # days between the instants of the mean
NEAR = 0.02  # of the reference: as it stands


@dataclass(frozen=True)
class Behind:
    """The arm behind a driver's figures, and the months over which its women were counted."""

    driver: str
    cohort: str
    arm: str
    months: float
    without: tuple[str, ...] = ()  # harms whose figure is of another exposure


BEHIND = (
    Behind("rankl_block", "freedom", "denosumab", 36.0),
    Behind("sclerostin_block", "frame", "romosozumab then denosumab", 12.0),
    Behind("oestrogen_agonism", "more", "raloxifene 60 mg", 36.0, without=("stroke",)),
    Behind("breast_oestrogen_block", "more", "raloxifene 60 mg", 36.0),
    Behind("cathepsin_block", "loft", "odanacatib", 36.0),
    Behind("sustained_pth", "neer", "teriparatide 20 ug daily", 18.0),
)


def harms_of(b: Behind) -> tuple[str, ...]:
    """Harms with a cause of this driver, without those whose figure is of another exposure."""
    found = (h.name for h in load_harms().values() if any(c.driver == b.driver for c in h.causes))
    return tuple(n for n in found if n not in b.without)


def exposure(b: Behind) -> float:
    """Mean of the driver over the treated months of the arm's typical woman, in the driver's unit."""
    cohort = load_cohort(b.cohort)
    arm = Arm(cohort, b.arm, regimens_of(b.cohort, b.arm), ())
    model = human_model(arm.drugs, harms=harms_of(b))
    person = {k: v for k, v in typical(cohort).items() if k in model.parameters}
    days = np.arange(0.0, b.months * DAYS_PER_MONTH, EVERY)
    name = QUANTITY.get(b.driver, b.driver)
    events = Events((add_regimens(Schedule(), model, arm.regimens, float(days[-1]) + 1),))
    states = run_in(model, person, 1, arm.begin)
    got = simulate(model, person, n=1, times=days, outputs=[name], start=arm.begin, events=events, initial=states)
    return float(got.of(name)[0].mean())


def stored(b: Behind) -> float:
    """The reference that the table holds. Raises ValueError where its harms do not share one."""
    found = {c.reference for n in harms_of(b) for c in load_harms()[n].causes if c.driver == b.driver}
    if len(found) != 1:
        raise ValueError(f"{b.driver} has {len(found)} reference exposures in {FILE.name}; one arm stands behind it.")
    return found.pop()


def rewritten(text: str, values: dict[str, float]) -> str:
    """The file with `reference` of the causes of each driver set; values by driver."""
    without = {b.driver: b.without for b in BEHIND}
    parts = re.split(r"(?m)^(?=\[\[?[a-z_]+(?:\.cause)?\]\]?$)", text)
    made = []
    for part in parts:
        harm = re.match(r"\[\[([a-z_]+)\.cause\]\]", part)
        driver = re.search(r'(?m)^driver = "([a-z_]+)"', part)
        if harm and driver and driver[1] in values and harm[1] not in without[driver[1]]:
            part = re.sub(r"(?m)^reference = .*$", f"reference = {values[driver[1]]:.3g}", part, count=1)
        made.append(part)
    return "".join(made)


def main() -> int:
    """Print or write; without --write 1 where a reference is off by more than NEAR."""
    off, values = [], {}
    for b in BEHIND:
        now, was = exposure(b), stored(b)
        values[b.driver] = now
        off += [b.driver] if abs(now / was - 1) > NEAR else []
        print(f"{b.driver:24} {was:8.3g} in the table, {now:8.3g} in {b.cohort.upper()}, {b.arm}")
    if "--write" in sys.argv:
        write_atomic(FILE, rewritten(FILE.read_text(encoding="utf-8"), values))
        return 0
    return 1 if off else 0


if __name__ == "__main__":
    sys.exit(main())
