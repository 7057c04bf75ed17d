"""JSON Schema of the answer of a command under `--json`, from the records of its rows."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from osteon.app import answer_rows as rows
from osteon.app import answer_rows_inference as own
from osteon.app.credibility import ContextRow
from osteon.checks.rows import ClaimRow, ExperimentRow
from osteon.inference import new_evidence_rows, person_rows, posterior
from osteon.inference.cell_posterior import CellEvidence, CellParameter
from osteon.inference.cell_posterior_files import LeftOutScore
from osteon.replication.animal_drugs import BridgeRow
from osteon.replication.cohort_rows import CohortRow
from osteon.replication.effect_rows import EffectRow, EffectSummary
from osteon.report.name_rows import (
    EvidenceNameRow,
    HarmNameRow,
    NameRow,
    OutputNameRow,
    ParameterNameRow,
    ReferenceNameRow,
)
from osteon.simulation.harms import HarmRow
from osteon.simulation.scenario import ScenarioRow
from osteon.simulation.speed import SpeedRow
from osteon.trial.animal_study import AnimalResult
from osteon.trial.calibration import Calibration
from osteon.trial.reanalysis import ComparedRow, SettingRow

ROWS: dict[str, tuple[type[Any], ...]] = {
    "validate": (rows.FileCheck,),
    "simulate": (ScenarioRow, rows.PlanLine),
    "run": (rows.EndpointRow, AnimalResult),
    "resume": (rows.EndpointRow,),
    "join": (rows.EndpointRow,),
    "replicate": (CohortRow, EffectRow),
    "demo": (CohortRow,),
    "claims": (ClaimRow,),
    "experiment": (ExperimentRow,),
    "hash": (rows.FolderHash,),
    "verify": (rows.VerifiedFile,),
    "page": (rows.WrittenFile,),
    "export-run": (rows.WrittenFile,),
    "export": (rows.ModelText, rows.WrittenFile),
    "list": (NameRow, OutputNameRow, ParameterNameRow, HarmNameRow, ReferenceNameRow, EvidenceNameRow),
    "fit": (rows.FittedRow, rows.KineticRow, own.UserDataEstimate),
    "sensitivity": (own.SensitivityRow,),
    "person": (person_rows.CourseRow,),
    "posterior": (own.PosteriorSummary, CellParameter),
    "evidence": (new_evidence_rows.NewTrialRow, own.PosteriorSummary),
    "bench": (SpeedRow,),
    "release": (rows.CriterionRow,),
    "culture": (rows.CultureRow,),
    "synthesis": (rows.SynthesisRow,),
    "first-in-human": (rows.LevelRow,),
    "analyse": (rows.AnalysedRow,),
    "compare": (SettingRow, ComparedRow),
    "calibrate": (Calibration,),
    "credibility": (ContextRow,),
    "show": (rows.Card,),
    "schema": (rows.Schema,),
}  # by command; `run`, `resume` and `join` of a study as a whole, not of a part or of a dose-response file
MORE: dict[str, dict[str, type[Any]]] = {
    "simulate": {"doses": rows.DoseRow},
    "fit": {
        "profiles": own.ProfilePoint,
        "predictive": own.PredictiveRow,
        "pairs": posterior.PairRow,
        "summary": own.UserDataSummary,
    },
    "evidence": {
        "parameters": new_evidence_rows.ShiftRow,
        "predicted": new_evidence_rows.NewRow,
        "claims": new_evidence_rows.TurnedClaim,
        "scorecard": new_evidence_rows.ScoreShift,
    },
    "posterior": {
        "parameters": posterior.ParameterRow,
        "trials": posterior.TrialRow,
        "pairs": posterior.PairRow,
        "offsets": posterior.OffsetRow,
        "evidence": CellEvidence,
        "left_out": LeftOutScore,
    },
    "sensitivity": {"assumed": own.SensitivityRow},
    "release": {"potency": rows.PotencyRow},
    "person": {
        "chances": person_rows.ChanceRow,
        "biology": person_rows.BiologyRow,
        "next_measurements": person_rows.NextMeasurementRow,
        "evidence": own.DistanceRow,
        "summary": person_rows.PersonSummary,
    },
    "first-in-human": {"plan": rows.FirstInHumanRow},
    "replicate": {"summaries": EffectSummary, "bridge": BridgeRow, "evidence": CellEvidence, "left_out": LeftOutScore},
    **dict.fromkeys(("run", "resume", "join"), {"doses": rows.DoseRow, "harms": HarmRow}),
}  # lists beyond `rows`


def answer_schema(command: str) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the one object on stdout. Raises KeyError for a command without one."""
    lists: dict[str, tuple[type[Any], ...]] = {"rows": ROWS[command], "errors": (rows.FaultRow,)}
    lists |= {key: (kind,) for key, kind in MORE.get(command, {}).items()}
    definitions: dict[str, Any] = {}
    properties: dict[str, Any] = {
        "command": {"const": command},
        "version": {"type": "string"},
        "ok": {"type": "boolean"},
        "notes": {"type": "array", "items": {"type": "string"}},
    }
    for key, kinds in lists.items():
        for kind in kinds:
            definitions[kind.__name__] = _record(kind)
        refs = [{"$ref": f"#/$defs/{kind.__name__}"} for kind in kinds]
        properties[key] = {"type": "array", "items": refs[0] if len(refs) == 1 else {"anyOf": refs}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"osteon:answer:{command}:1",
        "type": "object",
        "required": ["command", "version", "ok", "rows", "errors"],
        "properties": properties,
        "$defs": definitions,
    }


def _record(kind: type[Any]) -> dict[str, Any]:
    """Schema of one record; later versions may add keys, so others are not forbidden."""
    return TypeAdapter(kind).json_schema(by_alias=True)
