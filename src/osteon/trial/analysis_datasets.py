"""Analysis datasets of a finished run, as rows by the variables of `analysis_variables`: every record is synthetic.

What is written is what a trial would have: measured values at the visits a patient came to, events that were seen, planned
doses up to the day she left. True values and expected chances stay in the run folder.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from osteon.errors import Fault, InputError
from osteon.inputs import Arm, Study, read_study
from osteon.inputs.names import FRACTURE_ENDPOINTS
from osteon.interventions import card
from osteon.io import run_folder as folders
from osteon.io import toml
from osteon.io.outcome_store import read_parquet
from osteon.io.run_resume import refuse_other_folder
from osteon.outcomes.registry import kind_of
from osteon.simulation.assembly import human_model
from osteon.simulation.cell_products import cell_doses, cell_modules, human_bones
from osteon.simulation.dosing import dose_times, regimen_of
from osteon.simulation.harms import drugs_of, harms_in
from osteon.trial.enrol import ENROL_FILE
from osteon.trial.fracture_events import FOLLOWED
from osteon.trial.outcome_table import leaving
from osteon.trial.trials import draw_of, trial_of
from osteon.units import DAYS_PER_MONTH

Row = dict[str, Any]
ANALYSIS_DATASETS_PARAMETERS = {
    "bmd_lumbar_spine": ("BMDLS", "Bone Mineral Density, Lumbar Spine"),
    "bmd_total_hip": ("BMDHIP", "Bone Mineral Density, Total Hip"),
    "bmd_femoral_neck": ("BMDFN", "Bone Mineral Density, Femoral Neck"),
    "t_lumbar_spine": ("TSCLS", "T-Score, Lumbar Spine"),
    "t_total_hip": ("TSCHIP", "T-Score, Total Hip"),
    "t_femoral_neck": ("TSCFN", "T-Score, Femoral Neck"),
    "ctx": ("CTX", "C-Terminal Telopeptide of Type I Collagen, Serum"),
    "p1np": ("P1NP", "Procollagen Type I N-Terminal Propeptide"),
    "bsap": ("BSAP", "Bone-Specific Alkaline Phosphatase"),
    "ntx": ("NTX", "N-Terminal Telopeptide of Type I Collagen"),
    "pth": ("PTH", "Parathyroid Hormone"),
    "vitamin_d": ("VITD25", "25-Hydroxyvitamin D"),
    "calcitriol": ("VITD125", "Calcitriol"),
    "calcium": ("CA", "Calcium"),
    "phosphate": ("PHOS", "Phosphate"),
    "urinary_calcium": ("CAUR", "Calcium, Urine"),
    "gfr": ("GFR", "Glomerular Filtration Rate"),
}  # output -> PARAMCD, PARAM; any other output has its own name cut to 8
DENSITOMETRY = ("bmd", "t_score")
HIDDEN = ("event", "expected", "cumulated")
OUTCOME = "patient, visit, output"


@dataclass(frozen=True)
class RunData:
    """A finished run opened for reading: its study, seed, people, outcome files, and units by output."""

    folder: Path
    study: Study
    seed: int
    identifier: str
    people: Any
    files: tuple[Path, ...]
    units: Mapping[str, str]

    def arm_number(self, name: str) -> int:
        """Number of an arm, from 1."""
        return [a.name for a in self.study.arm].index(name) + 1

    def subject(self, patient: int) -> str:
        """USUBJID of a patient's number."""
        return f"{self.identifier}-{patient:010d}"


def open_run(folder: str | Path) -> RunData:
    """A finished run. Raises InputError where it is none or not finished, CorruptData where a file was changed."""
    place = Path(folder)
    folders.verify(place)
    manifest = folders.read_manifest(place)
    refuse_other_folder(manifest)
    if manifest["state"] != "finished":
        hint = f"Run 'osteon resume {folder}' first."
        raise InputError(
            Fault("not_finished", str(folder), manifest["state"], "finished", hint, "The run is not finished.")
        )
    table = toml.read(place / "study.toml")
    if "arm" not in table:
        raise InputError(
            Fault("no_study", str(folder), "", "a run of a study", "", "This run has no patients in arms.")
        )
    study = read_study(table, "study.toml")
    people = read_parquet([place / ENROL_FILE], "patient")
    files = tuple(place / c["file"] for c in manifest["chunks"])
    identifier = f"OSTEON-{manifest['study_sha256'][:8].upper()}"
    return RunData(place, study, int(manifest["settings"]["seed"]), identifier, people, files, _units(study))


def _units(study: Study) -> dict[str, str]:
    """Unit of every output of every arm's model."""
    found: dict[str, str] = {}
    for arm in study.arm:
        model = human_model(
            drugs_of(arm), modules=cell_modules(cell_doses(arm.cells), human_bones), harms=harms_in(study)
        )
        found |= {name: model.unit(name) for name in model.outputs}
    return found


def adsl(run: RunData) -> Iterator[Row]:
    """One row a patient."""
    ids = run.people["patient"].to_numpy(np.int64)
    leave = leaving(run.study, run.seed, ids)
    end = float(run.study.design.visits[-1])
    failed = _failed(run)
    draws, trials = draw_of(ids), trial_of(ids)
    for i, person in enumerate(run.people.to_dict("records")):
        lost = person["patient"] in failed
        stayed = leave[i] > end and not lost
        yield {
            "STUDYID": run.identifier,
            "USUBJID": run.subject(int(ids[i])),
            "SUBJID": str(int(ids[i])),
            "TRIALN": int(trials[i]),
            "PDRAW": int(draws[i]),
            "ARM": person["arm"],
            "TRT01P": person["arm"],
            "TRT01PN": run.arm_number(person["arm"]),
            "AGE": person["age"],
            "AGEU": "YEARS",
            "SEX": "F" if person.get("female", 1.0) > 0.5 else "M",
            "MENOYRBL": person.get("years_since_menopause"),
            "WEIGHTBL": person.get("body_weight"),
            "BMIBL": person.get("bmi"),
            "TLSBL": person.get("t_lumbar_spine"),
            "THIPBL": person.get("t_total_hip"),
            "TFNBL": person.get("t_femoral_neck"),
            "VITDBL": person.get("vitamin_d"),
            "PVERTFL": _flag(person.get("prior_vertebral_fractures")),
            "PHIPFL": _flag(person.get("prior_hip_fractures")),
            "PNVRTFL": _flag(person.get("prior_nonvertebral_fractures")),
            "SMOKEFL": _flag(person.get("smoking")),
            "ITTFL": "Y",
            "SAFFL": "N" if lost else "Y",
            "EOSSTT": "COMPLETED" if stayed else "DISCONTINUED",
            "EOSDY": end if stayed else (0.0 if lost else float(leave[i])),
            "DCSREAS": "" if stayed else ("SIMULATION FAILED" if lost else "LOST TO FOLLOW-UP"),
            "SYNTHFL": "Y",
        }


def _failed(run: RunData) -> set[int]:
    where = "reason != '' AND reason != 'dropout'"
    return set(read_parquet(run.files, "", where, "DISTINCT patient")["patient"].tolist())


def _flag(value: float | None) -> str | None:
    return None if value is None else ("Y" if value > 0 else "N")


def findings(run: RunData, wanted: Callable[[str], bool]) -> Iterator[Row]:
    """One row a patient, parameter and visit, for the outputs that are wanted."""
    for file in run.files:
        frame = read_parquet([file], "patient, output, visit")
        frame = frame[[wanted(o) for o in frame["output"]]]
        for (patient, output), rows in frame.groupby(["patient", "output"], sort=True):
            yield from _of_parameter(run, int(patient), str(output), rows)


def _of_parameter(run: RunData, patient: int, output: str, rows: Any) -> Iterator[Row]:
    code, label = ANALYSIS_DATASETS_PARAMETERS.get(output, (_code(output), output.replace("_", " ").capitalize()[:40]))
    first = float(run.study.design.visits[0]) / DAYS_PER_MONTH
    at_first = rows[np.isclose(rows["visit"], first)]["value"]
    base = float(at_first.iloc[0]) if len(at_first) and first <= 0 and math.isfinite(at_first.iloc[0]) else None
    for visit, value, reason, arm in zip(rows["visit"], rows["value"], rows["reason"], rows["arm"], strict=True):
        seen = value is not None and math.isfinite(value)
        change = value - base if seen and base is not None else None
        start = abs(visit - first) < 1e-6
        yield {
            **_who(run, patient, arm),
            "PARAM": label,
            "PARAMCD": code,
            "AVISIT": "Baseline" if start else f"Month {visit:g}",
            "AVISITN": round(visit, 6) + 0.0,
            "ADY": round(visit * DAYS_PER_MONTH, 6) + 0.0,
            "AVAL": float(value) if seen else None,
            "AVALU": run.units.get(output, ""),
            "BASE": base,
            "CHG": None if start else change,
            "PCHG": None if start or change is None or not base else 100 * change / base,
            "ABLFL": "Y" if start else "",
            "ANL01FL": "Y" if seen else "N",
            "REASND": "" if seen else ("LEFT THE STUDY" if reason == "dropout" else str(reason).upper()),
            "SYNTHFL": "Y",
        }


def _code(output: str) -> str:
    return "".join(c for c in output.upper() if c.isalnum())[:8]


def _who(run: RunData, patient: int, arm: str) -> Row:
    where = {"STUDYID": run.identifier, "USUBJID": run.subject(patient)}
    return where | {"TRTP": arm, "TRTPN": run.arm_number(arm)}


def is_densitometry(output: str) -> bool:
    """Whether an output is BMD or a T-score."""
    return kind_of(output) in DENSITOMETRY


def is_laboratory(output: str) -> bool:
    """Whether an output is anything else that is measured at visits: no event, no expected chance."""
    return not (is_densitometry(output) or kind_of(output) in HIDDEN or output in (*FRACTURE_ENDPOINTS, FOLLOWED))


def adtte(run: RunData) -> Iterator[Row]:
    """First fracture of each kind that was drawn, and leaving the study: days from randomisation."""
    ids = run.people["patient"].to_numpy(np.int64)
    leave, end = leaving(run.study, run.seed, ids), float(run.study.design.visits[-1])
    arms = dict(zip(ids.tolist(), run.people["arm"], strict=True))
    for patient, day in zip(ids.tolist(), leave, strict=True):
        left = day <= end
        row = _time_row(run, patient, arms[patient], "Time to Leaving the Study", "TTLEAVE", min(float(day), end), left)
        yield row | {"EVNTDESC": "LOST TO FOLLOW-UP" if left else "COMPLETED"}
    for file in run.files:
        frame = read_parquet([file], OUTCOME)
        followed = frame[frame["output"] == FOLLOWED]
        broken = frame[frame["output"].isin(FRACTURE_ENDPOINTS)]
        first = broken.groupby(["patient", "output"])["visit"].min().to_dict()
        for patient, months in zip(followed["patient"], followed["value"], strict=True):
            for kind in FRACTURE_ENDPOINTS:
                when = first.get((patient, kind))
                label = f"Time to First {kind.replace('_', ' ').title()}"
                day = (months if when is None else when) * DAYS_PER_MONTH
                row = _time_row(
                    run,
                    int(patient),
                    arms[int(patient)],
                    label,
                    FRACTURE_CODES.get(kind, _code(f"tt {kind}")),
                    day,
                    when is not None,
                )
                yield row | {"EVNTDESC": "CENSORED" if when is None else "FRACTURE"}


FRACTURE_CODES = {
    "vertebral_fracture": "TTVERT",
    "hip_fracture": "TTHIP",
    "nonvertebral_fracture": "TTNVERT",
    "clinical_vertebral_fracture": "TTCVERT",
    "clinical_fracture": "TTCLIN",
    "major_osteoporotic_fracture": "TTMOF",
}  # PARAMCD; any other kind has its own name cut to 8


def _time_row(run: RunData, patient: int, arm: str, label: str, code: str, day: float, event: bool) -> Row:
    return {
        **_who(run, patient, arm),
        "PARAM": label,
        "PARAMCD": code,
        "STARTDY": 0.0,
        "AVAL": round(float(day), 6),
        "AVALU": "DAYS",
        "CNSR": 0 if event else 1,
        "SYNTHFL": "Y",
    }


def adae(run: RunData) -> Iterator[Row]:
    """Harms that were drawn, each between two visits, and fractures on their day."""
    for file in run.files:
        frame = read_parquet([file], OUTCOME)
        wanted = frame["output"].map(kind_of).eq("event") | frame["output"].isin(
            FRACTURE_ENDPOINTS[:1] + ("nonvertebral_fracture",)
        )
        for patient, rows in frame[wanted].groupby("patient", sort=True):
            found = sorted(_events_of(rows), key=lambda e: (e[1], e[0]))
            for k, (term, until, after) in enumerate(found, 1):
                yield {
                    **_who(run, int(patient), rows["arm"].iloc[0]),
                    "AESEQ": k,
                    "AETERM": term,
                    "AEDECOD": term.upper(),
                    "ASTDY": round(after * DAYS_PER_MONTH, 6) + 0.0,
                    "AENDY": round(until * DAYS_PER_MONTH, 6) + 0.0,
                    "TRTEMFL": "Y",
                    "SYNTHFL": "Y",
                }


def _events_of(rows: Any) -> Iterable[tuple[str, float, float]]:
    """(term, month by which it was there, last month at which it was not) of one patient."""
    for output, own in rows.groupby("output", sort=True):
        if kind_of(output) != "event":
            yield from ((str(output).replace("_", " "), float(v), float(v)) for v in own["visit"])
            continue
        had = own[own["value"] == 1]
        if len(had):
            until = float(had["visit"].min())
            before = own[(own["visit"] < until) & (own["value"] == 0)]["visit"]
            after = float(before.max()) if len(before) else 0.0
            yield str(output).removeprefix("event_").replace("_", " "), until, after


def adex(run: RunData) -> Iterator[Row]:
    """Planned doses of every patient up to the day she left; a daily or weekly drug as one record with its interval."""
    ids = run.people["patient"].to_numpy(np.int64)
    leave, end = leaving(run.study, run.seed, ids), float(run.study.design.visits[-1])
    plans = {a.name: list(_planned(a, end)) for a in run.study.arm}
    for patient, arm, day in zip(ids.tolist(), run.people["arm"], leave, strict=True):
        k = 0
        for plan in plans[arm]:
            if plan["ASTDY"] > min(day, end):
                continue
            k += 1
            last = min(plan["AENDY"], float(day), end)
            yield {**_who(run, patient, arm), "EXSEQ": k, **plan, "AENDY": round(last, 6), "SYNTHFL": "Y"}


ANALYSIS_DATASETS_OFTEN = 31.0  # days: what is given more often is one record, its interval in EXDOSFRQ


def _planned(arm: Arm, end: float) -> Iterator[Row]:
    for r in arm.regimen:
        own = {"EXTRT": r.drug.upper(), "EXDOSE": r.amount, "EXDOSU": card(r.drug).unit, "EXROUTE": r.route.upper()}
        times = dose_times(regimen_of(r), end + 1e-9)
        if r.every is not None and r.every < ANALYSIS_DATASETS_OFTEN and len(times):
            yield own | {"EXDOSFRQ": f"EVERY {r.every:g} DAYS", "ASTDY": float(times[0]), "AENDY": float(times[-1])}
            continue
        yield from (own | {"EXDOSFRQ": "ONCE", "ASTDY": float(t), "AENDY": float(t)} for t in times)
    for c in arm.cells:
        amount, unit = str(c.dose).split(" ", 1)
        own = {"EXTRT": f"{c.source} {c.product}".upper().replace("_", " "), "EXDOSE": float(amount), "EXDOSU": unit}
        own |= {"EXROUTE": c.route.upper(), "EXDOSFRQ": "ONCE"}
        yield from (own | {"ASTDY": float(t), "AENDY": float(t)} for t in c.at)


def datasets_of(run: RunData) -> dict[str, list[Row]]:
    """All six datasets, rows in the order of their keys."""
    found: dict[str, Iterator[Row]] = {
        "ADSL": adsl(run),
        "ADBMD": findings(run, is_densitometry),
        "ADLB": findings(run, is_laboratory),
        "ADTTE": adtte(run),
        "ADAE": adae(run),
        "ADEX": adex(run),
    }
    return {name: list(rows) for name, rows in found.items()}


def raw_tables(run: RunData) -> dict[str, Sequence[Row]]:
    """The run's own tables, names as in its files."""
    people = run.people.to_dict("records")
    outcomes = read_parquet(run.files, OUTCOME).to_dict("records")
    return {"patients": people, "outcomes": outcomes}
