"""Who the person is: the covariates that every other module reads, and age as a function of time.

The reference adult is a healthy woman of 30: at that age every driver below is neutral. A person is lived from 30 to the
start of observation, so what ageing, menopause and habits did before is in her state, not in a correction.
"""

from osteon.model import Module, Normal, Parameter, Rule

REFERENCE_AGE = 30.0
NEVER = 1000.0  # years; an age that nobody reaches


def age(time, age_at_start, days_per_year):
    """Age.  [year]"""
    return age_at_start + time / days_per_year


PERSON = Module(
    "person",
    note="Covariates of a person; neutral in the reference adult.",
    parameters=(
        Parameter("days_per_year", 365.25, "day/year", "derived", "definition"),
        Parameter("age_at_start", REFERENCE_AGE, "year", "derived", "reference adult", bounds=(18, 110)),
        Parameter("female", 1.0, "1", "derived", "reference adult", bounds=(0, 1)),
        Parameter(
            "menopause_age", NEVER, "year", "derived", "reference adult", note="final menstrual period; 1000 = never"
        ),
        Parameter("surgical_menopause_age", NEVER, "year", "derived", "reference adult", note="1000 = never"),
        Parameter("body_weight", 66.0, "kg", "assumed", "assumed", iiv=Normal(11.0), bounds=(30, 250)),
        Parameter("bmi", 25.0, "kg/m^2", "assumed", "assumed", iiv=Normal(4.0), bounds=(12, 60)),
        Parameter("smoking", 0.0, "1", "derived", "reference adult", bounds=(0, 1), note="1 = current"),
        Parameter("alcohol", 0.0, "units/day", "derived", "reference adult", bounds=(0, 30)),
        Parameter("calcium_intake", 1000.0, "mg/day", "derived", "reference adult", bounds=(0, 5000)),
        Parameter(
            "vitamin_d_supply",
            75.0,
            "nmol/L",
            "derived",
            "reference adult",
            bounds=(1, 400),
            note="25-OH-D that sun and food sustain",
        ),
        Parameter("protein_intake", 1.0, "g/kg/day", "derived", "reference adult", bounds=(0, 4)),
        Parameter("exercise", 0.0, "1", "derived", "reference adult", bounds=(0, 1), note="1 = full programme"),
        Parameter("immobilisation", 0.0, "1", "derived", "reference adult", bounds=(0, 1)),
        Parameter(
            "turnover_scale", 1.0, "1", "derived", "reference adult", bounds=(0.1, 6), note="remodelling intensity"
        ),
    ),
    rules=(Rule("age", age, "year"),),
)
