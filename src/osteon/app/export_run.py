"""osteon export-run: patients of a run in the shapes of the field, every table flagged synthetic."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from osteon import __version__
from osteon.app.command_result import CommandResult
from osteon.errors import Fault, InputError, RunFailed, Unsupported
from osteon.io.csv_out import to_csv
from osteon.io.files import write_atomic
from osteon.io.workbook_out import MAX_ROWS, workbook
from osteon.trial.analysis_conformance import faults_of_datasets
from osteon.trial.analysis_datasets import RunData, datasets_of, open_run, raw_tables
from osteon.trial.analysis_variables import DATASETS

Tables = Mapping[str, Sequence[Mapping[str, Any]]]
DICTIONARY = ("dataset", "variable", "label", "type", "unit", "terms", "required")
NOTICE = "Synthetic data: simulated by Osteon {version}, no record of any person. Research use only.\n"
RAW = {
    "patients": "patient, its arm, covariates at month 0 (trial and draw where the run has several trials)",
    "outcomes": "patient, arm, visit in months, output, measured value, reason where it is missing",
    "endpoints": "one row an endpoint and arm, as 'osteon run --json' prints it",
}


def export_run(folder: str, form: str, out: str) -> CommandResult:
    """Write a finished run into an empty or new folder. Raises InputError where something stands there already,

    Unsupported for a study of animals, whose rows are a table already.
    """
    _refuse_animals(Path(folder))
    run = open_run(folder)
    target = Path(out)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(Fault("exists", out, out, "", "Choose another folder.", f"'{out}' is not empty."))
    files = {"csv": _csv, "xlsx": _xlsx, "adam": _adam, "json": _json}[form](run)
    files["README.txt"] = NOTICE.format(version=__version__)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"'{out}' cannot be made: {error.strerror}."
        raise RunFailed(Fault("cannot_write", out, "", "", "", message)) from None
    for name, body in files.items():
        write_atomic(target / name, body)
    rows = [{"file": name, "bytes": (target / name).stat().st_size} for name in sorted(files)]
    return CommandResult(rows, True, f"{len(rows)} files written to {out}; every table is flagged synthetic.")


def _refuse_animals(folder: Path) -> None:
    """Animals have no ADaM: their rows lie in the folder."""
    rows = folder / "animals.csv"
    if rows.is_file() and not (folder / "manifest.json").exists():
        text = (
            f"'{folder}' holds a study of animals: the shapes of 'export-run' are for patients. Its rows are in {rows}."
        )
        raise Unsupported(Fault("unsupported", str(folder), "animal_study", "a run of patients", "", text))


def _datasets(run: RunData) -> Tables:
    """The six datasets. Raises RunFailed with every fault where they break our own rules."""
    tables = datasets_of(run)
    wrong = faults_of_datasets(tables)
    if wrong:
        raise RunFailed(wrong)
    return tables


def _adam(run: RunData) -> dict[str, str | bytes]:
    tables = _datasets(run)
    files: dict[str, str | bytes] = {
        f"{d.name.lower()}.csv": to_csv([v.name for v in d.variables], tables[d.name]) for d in DATASETS
    }
    files["data_dictionary.csv"] = to_csv(DICTIONARY, _dictionary())
    return files | {"read.R": _r_snippet(), "read.sas": _sas_snippet()}


def _json(run: RunData) -> dict[str, str | bytes]:
    tables = _datasets(run)
    return {f"{d.name.lower()}.json": json.dumps(dataset_json(run, d.name, tables[d.name])) for d in DATASETS}


def _xlsx(run: RunData) -> dict[str, str | bytes]:
    tables = _datasets(run)
    long = [n for n, rows in tables.items() if len(rows) >= MAX_ROWS]
    if long:
        message = f"{', '.join(long)} has more rows than a sheet holds."
        raise InputError(Fault("too_long", "--as", "xlsx", "csv, adam, json", "Write --as adam.", message))
    sheets: dict[str, Any] = {d.name: ([v.name for v in d.variables], tables[d.name]) for d in DATASETS}
    sheets["Dictionary"] = (DICTIONARY, _dictionary())
    sheets["Synthetic"] = (("notice",), [{"notice": NOTICE.format(version=__version__).strip()}])
    return {"run.xlsx": workbook(sheets)}


def _csv(run: RunData) -> dict[str, str | bytes]:
    tables = raw_tables(run)
    endpoints = json.loads((run.folder / "endpoints.json").read_text(encoding="utf-8"))["endpoints"]
    found: dict[str, str | bytes] = {}
    for name, rows in (tables | {"endpoints": endpoints}).items():
        flagged = [{**r, "synthetic": "Y"} for r in rows]
        columns = list(dict.fromkeys(k for r in flagged for k in r))
        found[f"{name}.csv"] = to_csv(columns, flagged)
    about = [{"table": k, "about": v} for k, v in RAW.items()]
    return found | {"data_dictionary.csv": to_csv(("table", "about"), about)}


def _dictionary() -> list[dict[str, Any]]:
    return [
        {
            "dataset": d.name,
            "variable": v.name,
            "label": v.label,
            "type": v.kind,
            "unit": v.unit,
            "terms": "; ".join(t for t in v.terms if t),
            "required": "Y" if v.required else "N",
        }
        for d in DATASETS
        for v in d.variables
    ]


TYPES = {"text": "string", "integer": "integer", "float": "double"}


def dataset_json(run: RunData, name: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A dataset as CDISC Dataset-JSON 1.1: metadata, columns, rows as arrays.

    The creation time is left at the epoch, so that equal runs give equal files.
    """
    d = next(x for x in DATASETS if x.name == name)
    columns = []
    for v in d.variables:
        column: dict[str, Any] = {
            "itemOID": f"IT.{name}.{v.name}",
            "name": v.name,
            "label": v.label,
            "dataType": TYPES[v.kind],
        }
        if v.kind == "text":
            column["length"] = max((len(str(r.get(v.name) or "")) for r in rows), default=1) or 1
        if v.name in d.keys:
            column["keySequence"] = d.keys.index(v.name) + 1
        columns.append(column)
    return {
        "datasetJSONCreationDateTime": "1970-01-01T00:00:00",
        "datasetJSONVersion": "1.1.0",
        "originator": "Osteon (synthetic data)",
        "sourceSystem": {"name": "Osteon", "version": __version__},
        "studyOID": run.identifier,
        "metaDataVersionOID": f"MDV.{run.identifier}",
        "itemGroupOID": f"IG.{name}",
        "records": len(rows),
        "name": name,
        "label": d.label,
        "columns": columns,
        "rows": [[_plain(r.get(v.name)) for v in d.variables] for r in rows],
    }


def _plain(value: Any) -> Any:
    if hasattr(value, "item") and not isinstance(value, str):
        value = value.item()
    return None if isinstance(value, float) and value != value else value


def _r_snippet() -> str:
    lines = [
        "# Reads the analysis datasets of this folder into R. Synthetic data.",
        "labels <- read.csv('data_dictionary.csv', stringsAsFactors = FALSE)",
    ]
    for d in DATASETS:
        texts = ", ".join(f"{v.name} = 'character'" for v in d.variables if v.kind == "text")
        lines.append(f"{d.name.lower()} <- read.csv('{d.name.lower()}.csv', na.strings = '', colClasses = c({texts}))")
    lines += [
        f"for (name in c({', '.join(repr(d.name) for d in DATASETS)})) {{",
        "  data <- get(tolower(name))",
        "  rows <- labels[labels$dataset == name, ]",
        "  for (i in seq_len(nrow(rows))) attr(data[[rows$variable[i]]], 'label') <- rows$label[i]",
        "  assign(tolower(name), data)",
        "}",
        "summary(adsl)",
    ]
    return "\n".join(lines) + "\n"


def _sas_snippet() -> str:
    lines = ["/* Reads the analysis datasets of this folder into SAS. Synthetic data. */"]
    for d in DATASETS:
        informats = " ".join(f"{v.name} :{'$200.' if v.kind == 'text' else 'best32.'}" for v in d.variables)
        labels = " ".join(f'{v.name}="{v.label}"' for v in d.variables)
        lines += [
            f"data {d.name.lower()};",
            f"  infile '{d.name.lower()}.csv' dsd firstobs=2 truncover lrecl=32767 encoding='utf-8';",
            f"  input {informats};",
            f"  label {labels};",
            "run;",
        ]
    return "\n".join(lines) + "\n"
