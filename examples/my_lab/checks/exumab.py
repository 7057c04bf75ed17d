"""What is claimed of exumab, asked of the model."""

from osteon.checks.lab import WOMAN, Run
from osteon.checks.verdict import Check, sign
from osteon.model import Regimen

GIVEN = Run(life=WOMAN, drugs=(Regimen("exumab", "subcutaneous", 100.0, every=121.75),))


def lowers_resorption(seen):
    """CTX falls, hip BMD rises."""
    given = seen["given"]
    return [sign("CTX", given.change("ctx", 6), up=False), sign("hip BMD", given.change("bmd_total_hip", 12), up=True)]


CHECKS = (Check("LAB1", "entailed", "assumed", lowers_resorption, runs={"given": GIVEN}),)
