"""Rest and paralysis beyond lost strain: osteocytes call osteoclasts, most where weight was carried.

Strain itself falls in `hormones` (strain_of_life). Here: RANKL of unloaded osteocytes (xiong2011) everywhere, and the
share of it that only bones under body weight see, which markers of the whole skeleton do not show.
Size: leblanc1990 (17 weeks of bed rest: spine −3.9 %, femoral neck −3.6 %).
"""

from osteon.model import Contribution, Module, Parameter, exp, renamed

CARRIED = {"cancellous_spine": 0.4, "cancellous_hip": 0.95, "cortex": 0.95}


def rankl_of_rest(immobilisation, rankl_unloading):
    """Unloaded osteocytes make more RANKL.  [1]   Source: xiong2011; size assumed."""
    return exp(rankl_unloading * immobilisation)


def resorption_of_rest(immobilisation, carried):
    """Bones that carried weight are resorbed more than the whole skeleton.  [1]   Source: leblanc1990 (size)."""
    return exp(carried * immobilisation)


UNLOADING = Module(
    "unloading",
    note="What rest does to bone beyond lost strain.",
    parameters=(
        Parameter("rankl_unloading", 0.1, "1", "assumed", "leblanc1990", bounds=(0, 2), note="set by hand to bed rest"),
        *(
            Parameter(f"carried_{s}", v, "1", "assumed", "leblanc1990", bounds=(0, 2), note="set by hand")
            for s, v in CARRIED.items()
        ),
    ),
    contributions=(
        Contribution("rankl_production", "rankl_of_rest", rankl_of_rest, source="xiong2011"),
        *(
            Contribution(
                f"local_resorption_{s}",
                f"rest_{s}",
                renamed(resorption_of_rest, carried=f"carried_{s}"),
                source="leblanc1990",
            )
            for s in CARRIED
        ),
    ),
    references=("xiong2011", "leblanc1990"),
)
