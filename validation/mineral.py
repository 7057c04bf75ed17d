"""The mineral axis beside the model of Peterson and Riggs (BIOMD0000000613, CC0) run in libRoadRunner, on its own scenarios.

    ./dev validate --mineral path/to/BIOMD0000000613.xml

Both models start at rest and get the same push on day 0: calcium put into plasma, more calcium eaten, glands that make
three times the PTH, most kidney function lost, RANKL production cut to a tenth (what an antibody to it does). Numbers are
ratios to the start. Each scenario reads the file anew: libRoadRunner's reset() keeps changed parameters and does not
compute again what depends on them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from osteon.engine import simulate
from osteon.engine.simulate import initial_states, parameter_matrix
from osteon.simulation.assembly import human_model

DAYS = (0.0, 0.1, 1.0, 7.0, 14.0, 30.0, 91.0, 365.0)
OURS = ("calcium", "pth", "calcitriol", "phosphate", "resorption")
THEIRS = ("P", "PTH", "B", "ECCPhos", "OC")  # the same, as amounts in 14 L; resorption stands beside osteoclasts
ADDED = {"pth_factor": "PTH_production", "rankl_factor": "RANKL_production"}  # new factor -> reaction it scales
ADULT = {"ageing_pace": 0.0}
Push = Mapping[str, float]


@dataclass(frozen=True)
class Scenario:
    """The same push in both models. poured : share added to plasma calcium on day 0; ours, theirs : parameters set."""

    name: str
    ours: Push
    theirs: Push
    poured: float = 0.0


SCENARIOS = (
    Scenario("a tenth more calcium in plasma", {}, {}, 0.1),
    Scenario("twice the calcium eaten", {"calcium_intake": 2000.0}, {"OralCa": 2 * 24.055 / 24}),
    Scenario("three times the PTH made", {"pth_secretion": 3.0}, {"pth_factor": 3.0}),
    Scenario("70 % of kidney function lost", {"kidney_damage": 0.7}, {"GFR": 0.3 * 100 / 16.667}),
    Scenario("a tenth of the RANKL made", {"rankl_secretion": 0.1}, {"rankl_factor": 0.1}),
)


def our_course(scenario: Scenario) -> np.ndarray:
    """(days, OURS) against the start."""
    model = human_model()
    start = initial_states(model, parameter_matrix(model, ADULT, 1))
    first = simulate(model, ADULT, times=[0.0], outputs=OURS, initial=start.copy()).values[0, 0]
    start[0, model.traced.states.index("plasma_calcium")] *= 1 + scenario.poured
    got = simulate(model, ADULT | dict(scenario.ours), times=DAYS, outputs=OURS, initial=start)
    return np.asarray(got.values[0] / first)


def with_factors(path: Path) -> str:
    """The file with a factor on each reaction of ADDED, 1 unless set."""
    import libsbml

    document = libsbml.readSBMLFromFile(str(path))
    model = document.getModel()
    for name, reaction in ADDED.items():
        parameter = model.createParameter()
        parameter.setId(name)
        parameter.setConstant(True)
        parameter.setValue(1.0)
        law = model.getReaction(reaction).getKineticLaw()
        law.setMath(libsbml.parseL3Formula(f"{name} * ({libsbml.formulaToL3String(law.getMath())})"))
    return str(libsbml.writeSBMLToString(document))


def their_course(text: str, scenario: Scenario) -> np.ndarray:
    """(days, THEIRS) against the start."""
    import roadrunner

    other = roadrunner.RoadRunner(text)
    first = np.array([other[n] for n in THEIRS])
    for name, value in scenario.theirs.items():
        other[name] = value
    other["P"] = float(first[0]) * (1 + scenario.poured)
    other.timeCourseSelections = ["time", *THEIRS]
    other.integrator.relative_tolerance, other.integrator.absolute_tolerance = 1e-8, 1e-12
    got = other.simulate(times=[24.0 * d for d in DAYS])
    return np.asarray(np.array(got)[:, 1:] / first)


def compare(path: Path) -> list[dict[str, Any]]:
    """One row a scenario, day and quantity."""
    text = with_factors(path)
    rows = []
    for scenario in SCENARIOS:
        ours, theirs = our_course(scenario), their_course(text, scenario)
        for i, day in enumerate(DAYS):
            for k, name in enumerate(OURS):
                values = {"ours": float(ours[i, k]), "theirs": float(theirs[i, k])}
                rows.append({"scenario": scenario.name, "day": day, "output": name, **values})
    return rows


def mineral_table(rows: list[dict[str, Any]]) -> str:
    """Ours / theirs by day, a block a scenario."""
    lines = []
    for scenario in dict.fromkeys(r["scenario"] for r in rows):
        lines += ["", f"{scenario} (ours / BIOMD613, ratio to the start)"]
        lines.append("day".rjust(7) + "".join(n.rjust(16) for n in OURS))
        own = [r for r in rows if r["scenario"] == scenario]
        for day in dict.fromkeys(r["day"] for r in own):
            cells = [f"{r['ours']:.3f} / {r['theirs']:.3f}".rjust(16) for r in own if r["day"] == day]
            lines.append(f"{day:7g}" + "".join(cells))
    return "\n".join(lines)


def show(path: Path, on_progress: Callable[[str], None] = print) -> int:
    """Print the comparison, or why there is none. Always 0: the other model is a neighbour, not the truth."""
    if not path.is_file():
        on_progress(f"Skipped: there is no file {path}. BIOMD0000000613 is at BioModels, in the public domain.")
        return 0
    try:
        import libsbml  # noqa: F401
        import roadrunner  # noqa: F401
    except ImportError as error:
        on_progress(f"Skipped: {error.name} is not installed (./dev setup dev).")
        return 0
    on_progress(mineral_table(compare(path)))
    return 0
