"""Body composition: fat and lean mass from sex, age and body mass index, and what each does to bone directly.

Lean mass loads bone; fat makes oestrogen where the ovary no longer does (aromatase). Both are told against a person of
the same sex and age with the reference body mass index: what ageing itself does to muscle is in the ageing driver.
Fat and lean mass are those of the age at month 0: against a person of the same age the ratio hardly moves with the years.
Lineage: gallagher2000 (fat share); finkelstein2008, lloyd2014 (size of what body mass does to bone).
"""

from typing import Any

from osteon.model import Contribution, LogNormal, Module, Normal, Parameter, Rule, renamed, softplus
from osteon.model.laws import arguments


def usual_fat_share(
    age, female, bmi, fat_intercept, fat_of_bmi, fat_of_age, fat_of_man, fat_of_man_bmi, fat_of_man_age
):
    """Body fat share of a person of this age, sex and body mass index.  [1]   Source: gallagher2000."""
    man = 1 - female
    woman_share = fat_intercept - fat_of_bmi / bmi + fat_of_age * age
    return woman_share + man * (fat_of_man + fat_of_man_bmi / bmi + fat_of_man_age * age)


def body_fat_share(usual_fat_share, fat_excess, essential_fat, fat_rounding):
    """Body fat share, rounded off above essential fat.  [1]"""
    return essential_fat + fat_rounding * softplus((usual_fat_share + fat_excess - essential_fat) / fat_rounding)


def reference_fat_share(
    usual_fat_share, bmi, bmi_reference, female, fat_of_bmi, fat_of_man_bmi, essential_fat, fat_rounding
):
    """The same at the reference body mass index.  [1]"""
    slope = fat_of_bmi - (1 - female) * fat_of_man_bmi
    usual = usual_fat_share + slope / bmi - slope / bmi_reference
    return essential_fat + fat_rounding * softplus((usual - essential_fat) / fat_rounding)


def fat_mass_index(bmi, body_fat_share):
    """Fat mass per height squared.  [kg/m^2]"""
    return bmi * body_fat_share


def lean_mass_index(bmi, body_fat_share):
    """Lean mass per height squared.  [kg/m^2]"""
    return bmi * (1 - body_fat_share)


def relative_fat(fat_mass_index, bmi_reference, reference_fat_share):
    """Fat against a person of this age and sex with the reference body mass index.  [1]"""
    return fat_mass_index / (bmi_reference * reference_fat_share)


def relative_lean(lean_mass_index, bmi_reference, reference_fat_share):
    """Lean mass against a person of this age and sex with the reference body mass index.  [1]"""
    return lean_mass_index / (bmi_reference * (1 - reference_fat_share))


def visceral_fat(relative_fat, central_fat):
    """Fat about the organs against the reference person.  [1]"""
    return relative_fat * central_fat


def strain_of_lean(relative_lean, lean_load):
    """Muscle and weight load bone.  [1]   Source: review C25; size from lloyd2014."""
    return relative_lean**lean_load


def oestrogen_of_fat(relative_fat, aromatase_gain):
    """Aromatase of fat: what is left of oestrogen without ovaries.  [1]   Source: review C30."""
    return relative_fat**aromatase_gain


BODY = Module(
    "body",
    note="Fat and lean mass; load of lean mass, aromatase of fat.",
    parameters=(
        Parameter(
            "fat_intercept",
            0.645,
            "1",
            "assumed",
            "gallagher2000",
            note="coefficient of the published equation, from memory of the paper",
        ),
        Parameter(
            "fat_of_bmi",
            8.48,
            "kg/m^2",
            "assumed",
            "gallagher2000",
            note="coefficient of the published equation, from memory of the paper",
        ),
        Parameter(
            "fat_of_age",
            0.00079,
            "1/year",
            "assumed",
            "gallagher2000",
            note="coefficient of the published equation, from memory of the paper",
        ),
        Parameter(
            "fat_of_man",
            -0.164,
            "1",
            "assumed",
            "gallagher2000",
            note="coefficient of the published equation, from memory of the paper",
        ),
        Parameter(
            "fat_of_man_bmi",
            0.39,
            "kg/m^2",
            "assumed",
            "gallagher2000",
            note="coefficient of the published equation, from memory of the paper",
        ),
        Parameter(
            "fat_of_man_age",
            0.0005,
            "1/year",
            "assumed",
            "gallagher2000",
            note="coefficient of the published equation, from memory of the paper",
        ),
        Parameter("essential_fat", 0.05, "1", "assumed", "assumed", bounds=(0.01, 0.1), note="nobody has less"),
        Parameter("fat_rounding", 0.015, "1", "assumed", "assumed", bounds=(0.001, 0.05)),
        Parameter(
            "fat_excess",
            0.0,
            "1",
            "derived",
            "reference adult",
            iiv=Normal(0.045),
            bounds=(-0.3, 0.4),
            note="body fat beyond what BMI says; persons differ as in gallagher2000",
        ),
        Parameter(
            "central_fat",
            1.0,
            "1",
            "derived",
            "reference adult",
            iiv=LogNormal(1.25),
            bounds=(0.2, 4),
            note="fat about the organs, 1 = usual; how persons differ is assumed",
        ),
        Parameter("bmi_reference", 25.0, "kg/m^2", "assumed", "assumed", role="definition"),
        Parameter("lean_load", 0.35, "1", "assumed", "assumed", bounds=(0, 2), note="set to lloyd2014"),
        Parameter("aromatase_gain", 0.55, "1", "assumed", "assumed", bounds=(0, 3)),
    ),
    rules=(
        Rule("usual_fat_share", renamed(usual_fat_share, age="age_at_start"), "1", source="gallagher2000"),
        Rule("reference_fat_share", reference_fat_share, "1", source="gallagher2000"),
        Rule("body_fat_share", body_fat_share, "1", source="gallagher2000"),
        Rule("fat_mass_index", fat_mass_index, "kg/m^2"),
        Rule("lean_mass_index", lean_mass_index, "kg/m^2"),
        Rule("relative_fat", relative_fat, "1"),
        Rule("relative_lean", relative_lean, "1"),
        Rule("visceral_fat", visceral_fat, "1"),
    ),
    contributions=(
        Contribution("strain_drive", "strain_of_lean", strain_of_lean, source="review"),
        Contribution("aromatase", "oestrogen_of_fat", oestrogen_of_fat, source="review"),
    ),
    references=("gallagher2000", "finkelstein2008", "lloyd2014"),
)


def usual_share(age: float, female: float, bmi: float) -> float:
    """Body fat share that age (years), sex (1 = woman) and body mass index (kg/m^2) let expect.  [1]"""
    return float(usual_share_law(age, female, bmi))


def usual_share_law(age: Any, female: Any, bmi: Any) -> Any:
    """The same of numbers, arrays or symbols."""
    figures = {p.name: p.value for p in BODY.parameters} | {"age": age, "female": female, "bmi": bmi}
    return usual_fat_share(**{n: figures[n] for n in arguments(usual_fat_share)})
