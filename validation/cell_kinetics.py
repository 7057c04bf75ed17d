"""Cells beside what was measured of them: `python -m validation.cell_kinetics` prints every row; 1 when one is missed.

What is compared stands in osteon.replication.cell_kinetics.
"""

from __future__ import annotations

import sys

from osteon.replication.cell_kinetics import priors, table, untested


def main() -> int:
    """Print the table; 1 when a calibrate row or a prior is missed."""
    found, kept = table(), priors()
    for r in found:
        span = f"{r.typical:.3g} ({r.low:.3g} to {r.high:.3g}) {r.unit}"
        print(
            f"{'inside' if r.inside else 'MISSED':7s}{r.role:10s}{r.study:24.24s}{r.what:52.52s}{r.published:26.26s}{span}"
        )
    for words, low, high, holds in kept:
        print(f"{'kept' if holds else 'LOST':7s}prior     {words}; {low:.2g} to {high:.2g}")
    print(*(f"no test  {words}" for words in untested()), sep="\n")
    for role in ("calibrate", "holdout"):
        own = [r for r in found if r.role == role]
        print(f"{role}: {sum(r.inside for r in own)} of {len(own)} inside")
    return 0 if all(r.inside for r in found if r.role == "calibrate") and all(k[3] for k in kept) else 1


if __name__ == "__main__":
    sys.exit(main())
