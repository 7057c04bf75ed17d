"""T-scores: areal BMD in standard deviations of young women."""

from osteon.biology import SITES
from osteon.model import Module, Parameter, Rule, renamed

REFERENCE = {"lumbar_spine": (1.047, 0.110), "total_hip": (0.942, 0.122), "femoral_neck": (0.858, 0.120)}


def t_score(bmd, t_reference, t_sd):
    """T-score of a site.  [1]   Reference: NHANES III, women 20 to 29 years."""
    return (bmd - t_reference) / t_sd


def _at(site: str) -> Rule:
    law = renamed(t_score, bmd=f"bmd_{site}", t_reference=f"t_reference_{site}", t_sd=f"t_sd_{site}")
    return Rule(f"t_{site}", law, "1", source="nhanes3")


def _parameters(site: str) -> tuple[Parameter, ...]:
    mean, sd = REFERENCE[site]
    return (
        Parameter(
            f"t_reference_{site}",
            mean,
            "g/cm^2",
            "assumed",
            "nhanes3",
            note="value of the survey from memory",
            role="definition",
        ),
        Parameter(
            f"t_sd_{site}",
            sd,
            "g/cm^2",
            "assumed",
            "nhanes3",
            note="value of the survey from memory",
            role="definition",
        ),
    )


BMD = Module(
    "bmd",
    note="T-scores at three sites.",
    parameters=tuple(p for s in SITES for p in _parameters(s)),
    rules=tuple(_at(s) for s in SITES),
    references=("nhanes3",),
)
