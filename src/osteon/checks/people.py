"""Checks of C22 to C33: who loses bone. Women of 65 are lived from youth with the covariate in force."""

from __future__ import annotations

from collections.abc import Mapping

from osteon.checks.lab import WOMAN, YOUNG, Run, Seen, Values
from osteon.checks.verdict import Check, Part, missing, noted, sign

PLAIN = Run(WOMAN)
NO_FAT = "No mechanism yet: lean mass, fat mass and the hormones of fat are not in the model."
NO_FRACTURE = "No mechanism yet: fracture hazards are not in the model."


def _woman(**values: float) -> Run:
    given: Values = tuple(values.items())
    return Run((*(v for v in WOMAN if v[0] not in values), *given))


def _hip(seen: Mapping[str, Seen], name: str, against: str = "plain") -> float:
    """Hip BMD on day 0 against the plain woman.  [%]"""
    return 100 * (seen[name].at("bmd_total_hip") / seen[against].at("bmd_total_hip") - 1)


def _risks(seen: Mapping[str, Seen]) -> list[Part]:
    words = {
        "smoker": "current smoking",
        "drinker": "6 units of alcohol a day",
        "early": "menopause at 45, not 50",
        "heavy": "BMI 32, not 25",
    }
    found = [sign(f"hip BMD with {w}", _hip(seen, k), up=False) for k, w in words.items()]
    return [*found, sign("hip BMD after menopause against none", _hip(seen, "plain", "never"), up=False)]


def _heavier(seen: Mapping[str, Seen]) -> list[Part]:
    return [sign("hip BMD with BMI 32, not 25", _hip(seen, "heavy"), up=True)]


def _aromatase(seen: Mapping[str, Seen]) -> list[Part]:
    def against(name: str, plain: str, output: str) -> float:
        return 100 * (seen[name].at(output) / seen[plain].at(output) - 1)

    after, before = against("heavy", "plain", "resorption"), against("young_heavy", "young", "resorption")
    return [
        sign("oestrogen at 65 with BMI 32, not 25", against("heavy", "plain", "oestrogen"), up=True),
        sign("resorption at 65", after, up=False),
        Part(f"resorption at 30 {before:+.2f} % (less than at 65)", after < before),
    ]


PEOPLE: tuple[Check, ...] = (
    Check(
        "C22",
        "entailed",
        "assumed",
        _risks,
        {
            "plain": PLAIN,
            "smoker": _woman(smoking=1.0),
            "drinker": _woman(alcohol=6.0),
            "early": _woman(menopause_age=45.0),
            "heavy": _woman(bmi=32.0),
            "never": _woman(menopause_age=1000.0),
        },
    ),
    Check("C23", "entailed", "assumed", _heavier, {"plain": PLAIN, "heavy": _woman(bmi=32.0)}),
    missing("C24", NO_FAT),
    missing("C25", NO_FAT),
    missing("C26", NO_FAT),
    missing("C27", NO_FAT),
    missing("C28", NO_FAT),
    missing("C29", NO_FAT),
    Check(
        "C30",
        "entailed",
        "assumed",
        _aromatase,
        {"plain": PLAIN, "heavy": _woman(bmi=32.0), "young": Run(), "young_heavy": Run((*YOUNG, ("bmi", 32.0)))},
    ),
    missing("C31", NO_FRACTURE),
    noted("C32", "Context: pain is not an output of the model."),
    missing("C33", NO_FRACTURE),
)
