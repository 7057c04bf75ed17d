"""The fate of a mesenchymal cell: RUNX2 and PPARγ hold each other down, signed pathway nodes push one or the other.

The same laws serve the host's marrow, donor cells and cultures. Both factors are 1 when nothing pushes; the balance has
one steady state, so that a push that ends is forgotten (no memory of stiffness or of a passed threshold is claimed).
Lineage: macarthur2008 (mutual inhibition), james2013 (RUNX2 against PPARγ).
"""

from osteon.model import sqrt


def runx2(drive_osteo, drive_adipo):
    """RUNX2 against its reference.  [1]   Steady state of r = 2 drive_osteo / (1 + p), p = 2 drive_adipo / (1 + r)."""
    gap = 1 - 2 * (drive_osteo - drive_adipo)
    return (sqrt(gap * gap + 8 * drive_osteo) - gap) / 2


def pparg(drive_osteo, drive_adipo):
    """PPARγ against its reference.  [1]   The same balance, seen from the other side."""
    gap = 1 - 2 * (drive_adipo - drive_osteo)
    return (sqrt(gap * gap + 8 * drive_adipo) - gap) / 2
