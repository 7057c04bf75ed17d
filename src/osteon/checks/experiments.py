"""The experiments of Table 1 as checks: a verdict for each, and what its directions rest on, counted apart."""

from __future__ import annotations

from collections.abc import Sequence

from osteon.checks.rows import ExperimentRow
from osteon.checks.verdict import Evidence, Part, verdict
from osteon.errors import Fault, InputError, RunFailed
from osteon.replication.experiments import DRAWS, Experiment, Finding, experiment_ids, load_experiment, run_experiment

FAILED = "its run failed"
TWO_SIDED = ("same", "comparable", "within")  # expectations that a size can miss on both sides
WORDS = {
    "up": "more",
    "down": "less",
    "same": "no change",
    "comparable": "no clear change",
    "below": "below {1:g}",
    "within": "between {0:g} and {1:g}",
}


def check_experiments(ids: Sequence[str] = (), draws: int = DRAWS, seed: int = 1) -> list[ExperimentRow]:
    """A row an experiment; no ids = all of them.

    basis : of the experiment; emergent, entailed, fitted : how many of its findings that hold rest on each
    An experiment whose run fails is a row with its reason. Raises InputError for an id that is not in the table.
    """
    return [_attempted(load_experiment(i), draws, seed) for i in chosen(ids)]


def _attempted(experiment: Experiment, draws: int, seed: int) -> ExperimentRow:
    try:
        return judged(experiment, run_experiment(experiment, draws, seed))
    except RunFailed as error:
        return not_run(experiment, error)


def not_run(experiment: Experiment, error: RunFailed) -> ExperimentRow:
    """The row of an experiment whose run failed: nothing is known of it, and why."""
    why = f"{FAILED}: {'; '.join(f.message for f in error.faults)}"
    return judged(experiment, ()).but(verdict="unknown", figure=why, status=FAILED)


def chosen(ids: Sequence[str]) -> tuple[str, ...]:
    """The ids asked for, once each; all where none is named. Raises InputError naming every unknown one."""
    faults: list[Fault] = []
    found: list[str] = []
    for id in dict.fromkeys(ids or experiment_ids()):
        try:
            found.append(load_experiment(id).id)
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return tuple(dict.fromkeys(found))


def judged(experiment: Experiment, findings: Sequence[Finding]) -> ExperimentRow:
    """The row of one experiment."""
    held = [f.look.basis for f in findings if f.holds]
    found = verdict([part_of(f) for f in findings])
    missed = "; ".join(finding_text(f) for f in findings if f.holds is False)
    return ExperimentRow(
        id=experiment.id,
        verdict=found,
        at_fault="model" if found == "fails" else "",
        because=f"the study found otherwise: {missed}" if found == "fails" else "",
        basis=experiment.basis,
        figure="; ".join(finding_text(f) for f in findings),
        evidence=evidence_of(experiment),
        study=experiment.study,
        claim=experiment.claim,
        says=experiment.says,
        emergent=held.count("emergent"),
        entailed=held.count("entailed"),
        fitted=held.count("fitted"),
    )


def part_of(finding: Finding) -> Part:
    """A finding as a part of a check."""
    return Part(finding_text(finding), finding.holds, two_sided=finding.look.expect in TWO_SIDED)


def finding_text(finding: Finding) -> str:
    """A finding in words, with its interval and what the source says."""
    look = finding.look
    number = f"{finding.typical:.3g}" + (f" {look.unit}" if look.unit != "1" else "-fold")
    asked = WORDS[look.expect].format(*look.limits)
    mark = "" if finding.holds else " NOT as the source says:"
    spread = f"{finding.low:.2g} to {finding.high:.2g}, " if finding.high > finding.low else ""
    return f"{look.words}:{mark} {number} ({spread}the source: {asked})"


def evidence_of(experiment: Experiment) -> Evidence:
    """What the sizes rest on: cells fitted to human cells, animals, or the assumed prior of edge sizes."""
    if experiment.scenarios:
        return "animal"
    return "human" if experiment.basis == "fitted" else "assumed"
