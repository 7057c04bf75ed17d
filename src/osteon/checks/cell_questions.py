"""Questions the review leaves open: answered "unknown", with the interval that the model can give and what it hangs on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from osteon.additions import cached
from osteon.cells.translation import NOTHING
from osteon.checks.cell_animals import MOUSE, ONLY_THERE, RAT, SLOWER, Arm, cells, draws_on
from osteon.checks.lab import SimulatedValues
from osteon.checks.verdict import NOBODY, Check, Part, missing, noted
from osteon.inputs.dose_response import DoseResponse
from osteon.trial.dose_response import outcomes_by_draw

Array = NDArray[np.float64]
N_QUESTION_DRAWS = 100
DOSE = 2e6  # cells/kg, usual in people


@cached
def effect_in_humans(source: str, route: str = "intravenous") -> Array:
    """Change of BMD in percent after 12 months in the typical woman of the cohort, (draws,)."""
    table = {"species": ["human"], "sources": [source], "routes": [route], "doses": [f"{DOSE:g} cells/kg"]}
    dose_response = DoseResponse.model_validate({**table, "at": "12 months", "parameter_draws": N_QUESTION_DRAWS})
    (values,) = outcomes_by_draw(dose_response, ("human", source, route), N_QUESTION_DRAWS, 1).values()
    return values["benefit"]


def in_humans(source: str, route: str = "intravenous") -> str:
    """The interval in words."""
    parameter_draws = effect_in_humans(source, route)
    low, high = np.quantile(parameter_draws, [0.05, 0.95])
    name = {"bone_marrow": "marrow", "adipose": "fat", "umbilical_cord": "cord"}[source]
    where = "in a vein" if route == "intravenous" else "into the femur"
    return f"BMD of women 12 months after {DOSE:.0e} {name} cells/kg {where}: {low + 0.0:+.2f} to {high:+.2f} % (90 % of parameter draws)"


def asked(id: str, source: str = "umbilical_cord", route: str = "intravenous", more: str = "") -> Check:
    """A question about people: unknown, with its interval."""

    def judge(seen: Mapping[str, SimulatedValues]) -> list[Part]:
        text = f"{in_humans(source, route)}; with chance {NOTHING:g} nothing carries over from animals"
        return [Part(f"{text}. {more}".rstrip(". ") if more else text, None, NOBODY)]

    return Check(id, "", "assumed", judge)


def _slows(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    low = float(np.quantile(effect_in_humans("umbilical_cord"), 0.05))
    return [
        *SLOWER.judged(SLOWER.arms),
        Part(f"{in_humans('umbilical_cord')}: weak, it includes nothing", low < 0.01),
        Part("fractures in people: nothing is claimed beyond what BMD implies", None, NOBODY),
    ]


def _one_site(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    return [
        Part(p.words + " (rats); how many sites a patient would bear is no question of biology", None, NOBODY)
        for p in ONLY_THERE.judged(ONLY_THERE.arms)
    ]


def more_often(one: Arm, other: Arm, output: str = "bvtv_femur_left", day: float = 56) -> float:
    """Share of parameter draws in which an output of one arm is above the other's."""
    a, b = (draws_on(arm.trajectory(), output, day)[1:] for arm in (one, other))
    return float(np.mean(a > b))


def _cord_or_marrow(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    cord, marrow = (Arm(RAT, (cells(s, "5e6 cells/kg"),), draws=60) for s in ("umbilical_cord", "bone_marrow"))
    animals = more_often(cord, marrow)
    people = float(np.mean(effect_in_humans("umbilical_cord") > effect_in_humans("bone_marrow") + 0.01))
    words = f"more bone with cord than with marrow cells, in a vein, in {animals:.0%} of parameter draws in rats and {people:.0%} in women"
    return [Part(f"{words}; trials that compare sources do not exist, so sources are not ranked", None, NOBODY)]


def _vesicles(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    plain = draws_on(Arm(MOUSE, draws=60).trajectory(), "bvtv_femur_left", 56)[1:]
    whole = draws_on(
        Arm(MOUSE, (cells("umbilical_cord", "5e6 cells/kg"),), draws=60).trajectory(), "bvtv_femur_left", 56
    )[1:]
    dose = {"product": "exosomes", "dose": "1e10 particles/kg"}
    part = draws_on(Arm(MOUSE, (cells("umbilical_cord", **dose),), draws=60).trajectory(), "bvtv_femur_left", 56)[1:]
    low, high = np.quantile((part - plain) / (whole - plain), [0.05, 0.95])
    return [
        Part(
            f"effect of vesicles over that of the cells that give them off, mice: {low:.2f} to {high:.2f}; emboli and tumours of cells: none by construction",
            None,
            NOBODY,
        )
    ]


def _arthritis(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    return [
        Part(
            "one dose calms inflammation for weeks here, not for three years; the study had no control arm and gave other drugs",
            None,
            NOBODY,
        )
    ]


CELL_QUESTIONS_SURFACE = (
    "'osteon run examples/msc_dose_surface.toml' shows intervals over dose, route and time; no best dose is named"
)
QUESTIONS: tuple[Check, ...] = (
    noted("C4", "Context: studies of joints are outside the model."),
    noted("C7", "History: no mechanism is claimed."),
    noted("C8", "History: no mechanism is claimed."),
    noted("C20", "Multipotent, not pluripotent: bone and fat are simulated, cartilage is out of scope."),
    noted("C90", "Context: what fractures remain under drugs is for the replayed trials to show."),
    asked("C5"),
    Check("C18", "", "animal", _slows),
    asked("C77", more="Less harm than today's drugs is not shown either"),
    asked("C78"),
    noted("C79", "History: no mechanism is claimed."),
    noted("C82", "Marrow, fat and cord are sources of the model; placenta, blood and endometrium are not."),
    asked("C92"),
    missing("C95", "No mechanism yet: contact with neighbours is not distinguished from what cells at a site secrete."),
    noted("C96", "The pathways are nodes, the rows of the table are experiments of the model."),
    missing(
        "C100", "No mechanism yet: IL-6 and IL-11 are no states of the model; RANKL answers only to the whole body."
    ),
    noted("C105", "Marrow concentrate is no product of the model."),
    missing("C123", "No mechanism yet: an injury does not call circulating cells."),
    asked("C130", "adipose"),
    Check("C131", "", "animal", _one_site),
    noted("C132", "Registries are not counted by a model; the entries that were seen stand in cells.csv (C160)."),
    noted("C134", "Recorded: knees are outside the model."),
    asked("C137", "adipose", "intramedullary", more="Cartilage is outside the model"),
    asked("C138", "adipose", more=CELL_QUESTIONS_SURFACE),
    noted("C143", "History: no mechanism is claimed."),
    noted(
        "C150", "Not applied as printed: its reference is a study of rheumatoid arthritis, cells in a vein, one arm."
    ),
    Check("C151", "", "assumed", _arthritis),
    noted("C153", "Weak evidence: nine patients, retrospective, no control; recorded, not fitted."),
    Check("C156", "", "assumed", _cord_or_marrow),
    missing("C158", "No mechanism yet: cells do not act on ovaries."),
    asked(
        "C160",
        more="Trials are registered since (NCT05152381, NCT06949137, NCT04501354) and one phase I/IIa is published: outdated as printed",
    ),
    asked("C179", more=CELL_QUESTIONS_SURFACE),
    noted("C180", "Recorded: symptoms of joints are outside the model."),
    asked("C181", more="'osteon show' lists the prior of every step of the way"),
    asked("C184"),
    asked("C189", more="Upper ends of every harm stand in the report of a study; ethics are outside the model"),
    asked("C190", more="Effects fade within months here; nothing is known beyond the follow-up of trials"),
    Check("C191", "", "assumed", _vesicles),
    asked("C192", more="What matters most is how much carries over from animals (see the report of a study)"),
)
