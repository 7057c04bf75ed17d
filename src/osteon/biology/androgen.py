"""Androgen of men: its slow fall with age, hypogonadism at an age, and what it does to bone.

Most of what testosterone does to a man's bone goes by the oestrogen made from it; a smaller part acts on osteoblasts
directly (falahatinini2000: oestrogen accounts for 70 % or more of the restraint on resorption, both keep formation).
Women are left alone: their own androgen is not told apart from ageing.
"""

from osteon.biology.person import NEVER
from osteon.model import Contribution, Module, Parameter, Rule, exp, softplus, tanh


def testicular_function(age, hypogonadism_age, hypogonadism_width, testis_floor):
    """Testicular testosterone left after castration or disease, 1 before.  [1]"""
    left = 0.5 - 0.5 * tanh((age - hypogonadism_age) / hypogonadism_width)
    return testis_floor + (1 - testis_floor) * left


def androgen_of_age(age, reference_age, androgen_onset, age_width, androgen_decline):
    """Free testosterone of ageing men against young men.  [1]   Source: harman2001 (direction), veldhuis2006 (pace)."""
    years = age_width * (
        softplus((age - androgen_onset) / age_width) - softplus((reference_age - androgen_onset) / age_width)
    )
    return exp(-androgen_decline * years)


def androgen(female, testicular_function, androgen_of_age):
    """Androgen of a man against a young man; 1 in women.  [1]"""
    return female + (1 - female) * testicular_function * androgen_of_age


def oestrogen_of_androgen(androgen, aromatised_share):
    """A man's oestrogen follows his testosterone.  [1]   Source: falahatinini2000, khosla1998 (share)."""
    return 1 - aromatised_share * (1 - androgen)


def survival_of_androgen(androgen, survival_androgen):
    """Loss of androgen shortens the life of osteoblasts.  [1]   Source: falahatinini2000."""
    return exp(-survival_androgen * (1 - androgen))


ANDROGEN = Module(
    "androgen",
    note="Testosterone of men, through oestrogen and directly.",
    parameters=(
        Parameter("hypogonadism_age", NEVER, "year", "derived", "reference adult", note="of a man; 1000 = never"),
        Parameter("hypogonadism_width", 0.1, "year", "assumed", "assumed", bounds=(0.01, 2)),
        Parameter(
            "testis_floor",
            0.05,
            "1",
            "assumed",
            "mittan2002",
            bounds=(0, 1),
            note="castrate level, from memory of the paper",
        ),
        Parameter("androgen_onset", 40.0, "year", "assumed", "assumed", bounds=(30, 70)),
        Parameter(
            "androgen_decline",
            0.0143,
            "1/year",
            "derived",
            "veldhuis2006",
            bounds=(0, 0.03),
            note="free testosterone 30 % lower in the seventh decade than in the third",
        ),
        Parameter(
            "aromatised_share",
            0.75,
            "1",
            "assumed",
            "khosla1998",
            bounds=(0, 1),
            note="over life men lose 47 % of bioavailable oestrogen, 64 % of testosterone; from memory of the paper",
        ),
        Parameter("survival_androgen", 0.08, "1", "assumed", "mittan2002", bounds=(0, 1)),
    ),
    rules=(
        Rule("testicular_function", testicular_function, "1"),
        Rule("androgen_of_age", androgen_of_age, "1", source="veldhuis2006"),
        Rule("androgen", androgen, "1"),
    ),
    contributions=(
        Contribution("gonadal_drive", "oestrogen_of_androgen", oestrogen_of_androgen, source="falahatinini2000"),
        Contribution("osteoblast_survival", "survival_of_androgen", survival_of_androgen, source="falahatinini2000"),
    ),
    references=("falahatinini2000", "harman2001", "veldhuis2006", "khosla1998", "mittan2002"),
)
