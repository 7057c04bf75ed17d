"""`osteon run` and `osteon validate` of studies of animals."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from osteon.app.command_result import CommandResult
from osteon.errors import Fault, Unsupported


def run_study_of_animals(
    file: str, out: str, animals: int | None, seed: int, force_new: bool, part: str
) -> CommandResult:
    """Run a study file of animals into a folder and write its report. Raises InputError, Unsupported, RunFailed."""
    from osteon.app.progress import Progress
    from osteon.report.animal_study_page import animal_study_table, write_animal_study_page
    from osteon.trial.animal_study import run_animal_study

    if part:
        text = "A study of animals takes seconds and is not run in parts."
        raise Unsupported(Fault("unsupported", "--part", part, "", "Leave --part out.", text))
    with Progress("arms") as progress:
        study, results = run_animal_study(file, out, seed, animals, force_new, progress.counted)
    notes = animal_study_notes(file)
    n = results[0].animals if results else study.design.animals_per_arm
    report = Path(out) / "report.html"
    write_animal_study_page(report, study, results, notes, seed, n)
    text = f"{study.title}\n{animal_study_table(results)}\n{n} animals an arm. Report: {report}"
    return CommandResult([asdict(r) for r in results], True, text, notes)


def animal_study_notes(file: str) -> tuple[str, ...]:
    """What a reader must know of the animals, drugs and products of every arm, each once."""
    from osteon.inputs.animal_study import load_animal_study
    from osteon.simulation.animal import animal_notes
    from osteon.simulation.cell_products import cell_doses, cell_notes

    _, scenarios = load_animal_study(file)
    notes: list[str] = []
    for s in scenarios:
        assert s.animal is not None
        notes += animal_notes(s)
        lines = cell_doses(s.cells, s.animal.species, s.animal.age)
        notes += [n for g in lines for n in cell_notes(g, s.animal.usual_weight, False)]
    return tuple(dict.fromkeys(notes))


def validate_study_of_animals(file: str) -> CommandResult:
    """Check a study file of animals, and that every arm can be built. Raises InputError, Unsupported."""
    from osteon.inputs.animal_study import load_animal_study
    from osteon.simulation.scenario import case_of

    study, scenarios = load_animal_study(file)
    for scenario in scenarios:
        case_of(scenario)
    name = Path(file).name
    row = {"file": name, "kind": "animal_study", "ok": True, "unsupported": []}
    return CommandResult([row], True, f"{name} is a valid study of animals: {len(study.arm)} arms.")
