"""Inflammation as arthritis or visceral fat bring it: it calls osteoclasts, and it holds back bone cells through NF-κB.

None in the reference adult. TNF-α lowers osteogenesis (PMID 29853911); what adds inflammation plugs into
`inflammation_drive`, what relieves it into `inflammation_relief`.
"""

from osteon.model import Contribution, Module, Parameter, Port, Rule, exp


def inflammation(inflammation_burden, inflammation_drive, inflammation_relief):
    """Inflammation that acts, 0 in health, 1 in active arthritis, a little below 0 in the lean.  [1]"""
    return (inflammation_burden + inflammation_drive) / (1 + inflammation_relief)


def rankl_of_inflammation(inflammation, rankl_inflammation):
    """Inflammation raises RANKL.  [1]"""
    return exp(rankl_inflammation * inflammation)


def niche_of_inflammation(inflammation, niche_inflammation):
    """NF-κB in progenitors holds osteogenesis back.  [1]   Source: PMID 29853911."""
    return exp(-niche_inflammation * inflammation)


INFLAMMATION = Module(
    "inflammation",
    note="Burden, relief, and what it does to bone cells.",
    parameters=(
        Parameter("inflammation_burden", 0.0, "1", "derived", "reference adult", bounds=(0, 3), note="1 = arthritis"),
        Parameter("rankl_inflammation", 0.25, "1", "assumed", "assumed", bounds=(0, 2)),
        Parameter("niche_inflammation", 0.25, "1", "assumed", "assumed", bounds=(0, 2)),
    ),
    ports=(
        Port("inflammation_drive", "sum", "1", "what adds to inflammation, 0 = nothing"),
        Port("inflammation_relief", "sum", "1", "what holds inflammation down, 0 = nothing"),
    ),
    rules=(Rule("inflammation", inflammation, "1"),),
    contributions=(
        Contribution("rankl_production", "rankl_of_inflammation", rankl_of_inflammation, source="review"),
        Contribution("niche_osteo", "niche_of_inflammation", niche_of_inflammation, source="PMID 29853911"),
    ),
)
