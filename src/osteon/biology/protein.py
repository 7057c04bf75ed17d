"""Protein eaten: it raises growth factors of the liver, which keep osteoblasts at work. Saturates above the usual intake.

What protein does to calcium in gut and kidney belongs to the mineral axis.
Sources: schurch1998 (20 g a day after a hip fracture raised IGF-1 and halved femoral loss), hannan2000 (the quarter that
ate least lost about 2.3 points more femoral neck in four years than the quarter that ate most). Sizes assumed from these.
"""

from osteon.model import Contribution, Module, Parameter, Rule


def growth_factor(protein_intake, protein_reference, protein_half):
    """IGF-1 that protein allows, 1 at the reference intake.  [1]"""
    eaten = protein_intake / (protein_intake + protein_half)
    return eaten * (protein_reference + protein_half) / protein_reference


def bone_of_growth_factor(growth_factor, growth_factor_formation):
    """Osteoblasts make more matrix under IGF-1.  [1]   Source: schurch1998."""
    return 1 + growth_factor_formation * (growth_factor - 1)


PROTEIN = Module(
    "protein",
    note="Protein eaten, IGF-1, matrix made.",
    parameters=(
        Parameter("protein_reference", 1.0, "g/kg/day", "derived", "reference adult"),
        Parameter("protein_half", 0.5, "g/kg/day", "assumed", "assumed", bounds=(0.05, 3)),
        Parameter("growth_factor_formation", 0.25, "1", "assumed", "hannan2000", bounds=(0, 1)),
    ),
    rules=(Rule("growth_factor", growth_factor, "1"),),
    contributions=(
        Contribution("osteoblast_drive", "bone_of_growth_factor", bone_of_growth_factor, source="schurch1998"),
    ),
    references=("schurch1998", "hannan2000"),
)
