"""Going on with a run: by the same program, from files that are what was written; else a refusal that says why.

Three ways on: as it stands; with what is damaged computed again and held against its old checksums (`repair`); or from the
start, with nothing of what is there (`force_new`). Never a mix.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from osteon.additions import cached
from osteon.errors import CorruptData, Fault, InputError
from osteon.io.files import digest
from osteon.io.run_folder import (
    ENDPOINTS,
    STUDY,
    begin_manifest,
    faults_in,
    listed_files,
    read_manifest,
    sweep,
    write_manifest,
)
from osteon.io.run_identity import differences, identity, own_folder_difference, program_differences
from osteon.io.run_lock import locked

Models = Callable[
    [bytes, dict[str, Any]], Mapping[str, Any]
]  # study file, settings -> model, as `run_identity.identity` takes


@contextlib.contextmanager
def stopped(folder: Path, model_of: Models, repair: bool = False, force_new: bool = False) -> Iterator[dict[str, Any]]:
    """Hold the folder of a run that is to go on; its manifest.

    Raises InputError for another program, CorruptData for an edited study and, without repair, for damaged files.
    """
    read_manifest(folder)
    with locked(folder):
        manifest = read_manifest(folder)
        study = _study(folder, manifest)
        refuse_other_folder(manifest)
        model = model_of(study, manifest["settings"])
        if force_new:
            write_manifest(folder, begin_manifest(study, manifest["settings"], model))
        else:
            _refuse_other_program(folder, manifest, model)
            _repair(folder) if repair else _refuse_damaged(folder)
        sweep(folder)
        yield read_manifest(folder)
        _prove(folder)


def refuse_other_folder(manifest: Mapping[str, Any]) -> None:
    """Raise InputError where the own folder in force is not the one that the run was made with."""
    found = own_folder_difference(manifest.get("identity") or {})
    if found:
        raise InputError(Fault("other_folder", "--with", "", "", "", found))


@cached
def refuse_other_worker(folder: Path) -> None:
    """Raise InputError if this process would not compute what the run's driver would; a worker asks before it begins."""
    found = program_differences(read_manifest(folder).get("identity") or {})
    if found:
        text = f"A worker runs another program than the one that began the run. {' '.join(found)}"
        raise InputError(Fault("other_program", str(folder), "", "", "Give every worker the same program.", text))


def _study(folder: Path, manifest: Mapping[str, Any]) -> bytes:
    """The study file. Raises CorruptData where it is not the one that was run: nothing can stand in for it."""
    path = folder / STUDY
    if not path.is_file() or digest(path) != manifest["study_sha256"]:
        text = f"{STUDY} is not what was written. Put back the file whose SHA-256 is {manifest['study_sha256']}."
        raise CorruptData(Fault("corrupt", STUDY, "", "", "", text))
    return path.read_bytes()


def _refuse_other_program(folder: Path, manifest: Mapping[str, Any], model: Mapping[str, Any]) -> None:
    now = identity(model)
    found = differences(manifest.get("identity"), now)
    if found:
        then = str((manifest.get("identity") or {}).get("fingerprint", manifest.get("version", "")))
        text = f"Another program began this run; the two would be mixed. {' '.join(found)}"
        hint = f"Go on with the program that began it, or 'osteon resume {folder} --force-new' to begin anew with this one."
        raise InputError(Fault("other_program", "manifest.json", then, now["fingerprint"], hint, text))


def _damaged(folder: Path) -> list[Fault]:
    return [f for f in faults_in(folder) if f.code in ("corrupt", "missing")]


def _refuse_damaged(folder: Path) -> None:
    wrong = _damaged(folder)
    if wrong:
        hint = f"'osteon resume {folder} --repair' computes exactly what is damaged anew."
        raise CorruptData([replace(f, hint=hint) for f in wrong])


def _repair(folder: Path) -> None:
    """Forget what is damaged, so that it is computed as if it had never been, and remember all old checksums."""
    manifest, wrong = read_manifest(folder), {f.place for f in _damaged(folder)}
    if not wrong:
        return
    old = {n: d for n, d in listed_files(manifest).items() if n not in (STUDY, "report.html")}
    manifest["to_prove"] = {**old, **manifest.get("to_prove", {})}
    manifest["chunks"] = [c for c in manifest["chunks"] if c["file"] not in wrong]
    manifest["files"] = {n: d for n, d in manifest["files"].items() if n not in (*wrong, ENDPOINTS, "report.html")}
    manifest["state"], manifest["repaired"] = "running", sorted({*wrong, *manifest.get("repaired", ())})
    write_manifest(folder, manifest)


def _prove(folder: Path) -> None:
    """Raise CorruptData if a file that was computed again is not what was there before."""
    manifest = read_manifest(folder)
    now = listed_files(manifest)
    wrong = [n for n, d in manifest.get("to_prove", {}).items() if now.get(n) != d]
    if wrong:
        text = "{} was computed again and is not what was written before: do not use this run."
        raise CorruptData([Fault("not_repaired", n, "", "", "", text.format(n)) for n in sorted(wrong)])
    if manifest.pop("to_prove", None):
        write_manifest(folder, manifest)
