"""A run folder: chunks that are whole or absent, and a manifest with the checksum of every file and what computed them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from osteon import __version__
from osteon.errors import CorruptData, Fault, InputError, OsteonError, RunFailed
from osteon.io.files import digest, write_atomic
from osteon.io.run_identity import identity
from osteon.io.run_lock import LOCK

FORMAT = 1
MANIFEST, STUDY, OUTCOMES_FOLDER = "manifest.json", "study.toml", "outcomes"
PATIENTS, ENDPOINTS = "patients.parquet", "endpoints.json"
OWN = (MANIFEST, STUDY, OUTCOMES_FOLDER, PATIENTS, ENDPOINTS, "report.html", LOCK)


def _seal(manifest: dict[str, Any]) -> str:
    body = {k: v for k, v in manifest.items() if k != "checksum"}
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest with its own checksum."""
    sealed = {**manifest, "checksum": _seal(manifest)}
    write_atomic(folder / MANIFEST, json.dumps(sealed, indent=1, sort_keys=True) + "\n")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest. Raises InputError where there is none, CorruptData where it was changed."""
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError(
            Fault("no_run", str(folder), str(folder), "", "", f"'{folder}' is not a run folder: it has no {MANIFEST}.")
        )
    try:
        manifest = json.loads(path.read_bytes())
        good = isinstance(manifest, dict) and manifest.get("checksum") == _seal(manifest)
    except (ValueError, UnicodeDecodeError):
        good = False
    if not good:
        raise CorruptData(
            Fault("corrupt", MANIFEST, "", "", "", f"{MANIFEST} is not what was written: its checksum does not hold.")
        )
    if manifest.get("format", 0) > FORMAT:
        raise InputError(
            Fault("unknown_format", MANIFEST, manifest["format"], str(FORMAT), "", "A later version wrote this run.")
        )
    return dict(manifest)


def create(folder: Path, manifest: dict[str, Any], study: bytes, force_new: bool = False) -> None:
    """Start a run folder. Raises InputError if something stands there already, but for a start of the same study that died.

    force_new : whether a run that stands there is given up; nothing of it is used
    """
    refuse_occupied(folder, study, force_new)
    try:
        (folder / OUTCOMES_FOLDER).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        text = f"'{folder}' cannot be made: {error.strerror}."
        raise RunFailed(Fault("cannot_write", str(folder), "", "", "", text)) from None
    write_atomic(folder / STUDY, study)
    write_manifest(folder, manifest)
    sweep(folder)


def refuse_occupied(folder: Path, study: bytes, force_new: bool = False) -> None:
    """Raise InputError where a run cannot begin: the folder holds anything but a start of the same study that died."""
    if not folder.is_dir():
        return  # absent, or a file, which the lock refuses
    names = _names(folder)
    if force_new and names <= set(OWN):
        return
    if _unbegun(folder, study):
        return
    run = MANIFEST in names
    hint = "Choose another folder" + (
        f", 'osteon resume {folder}', or --force-new to give up what is there." if run else "."
    )
    raise InputError(Fault("exists", str(folder), str(folder), "", hint, f"'{folder}' is not empty."))


def sweep(folder: Path) -> None:
    """Remove what an ended start left: tables of the run that its manifest does not name. None of it is ever read."""
    manifest = read_manifest(folder)
    listed = {*manifest["files"], *(c["file"] for c in manifest["chunks"])}
    for path in [*_tables(folder), *folder.glob(".*.part"), *(folder / OUTCOMES_FOLDER).glob(".*.part")]:
        if path.relative_to(folder).as_posix() not in listed:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def _tables(folder: Path) -> list[Path]:
    """Where the tables and pages of a run stand, or would; until the manifest names one, it is not read."""
    return [
        *(folder / n for n in (PATIENTS, ENDPOINTS, "report.html")),
        *(folder / OUTCOMES_FOLDER).glob("chunk-*.parquet"),
    ]


def _names(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir() if not p.name.endswith(".part")}


def _unbegun(folder: Path, study: bytes) -> bool:
    """Whether nothing is there beyond what a run leaves that is killed before its manifest stands."""
    chunks, told = folder / OUTCOMES_FOLDER, folder / STUDY
    left = _names(folder) - {LOCK, chunks.name, told.name}
    empty = not chunks.exists() or (chunks.is_dir() and not any(chunks.iterdir()))
    return not left and empty and (not told.exists() or told.read_bytes() == study)


def begin_manifest(study: bytes, settings: dict[str, Any], model: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest of a run that has not computed anything.   model : as in `run_identity.identity`"""
    return {
        "format": FORMAT,
        "program": "osteon",
        "version": __version__,
        "study_sha256": hashlib.sha256(study).hexdigest(),
        "settings": settings,
        "identity": identity(model),
        "chunks": [],
        "files": {},
        "state": "running",
    }


def register(folder: Path, names: list[str]) -> None:
    """Put finished files under the manifest's checksums."""
    manifest = read_manifest(folder)
    manifest["files"] |= {name: digest(folder / name) for name in names}
    write_manifest(folder, manifest)


def study_table(folder: Path) -> dict[str, Any]:
    """What the run was asked, or nothing where the folder is no run or its file is damaged (told elsewhere)."""
    try:
        read_manifest(folder)
        return dict(tomllib.loads((folder / STUDY).read_text(encoding="utf-8")))
    except (OsteonError, OSError, ValueError):
        return {}


def add_chunk(folder: Path, chunk: dict[str, Any]) -> None:
    """Put a finished chunk under the manifest's checksums."""
    manifest = read_manifest(folder)
    manifest["chunks"] = sorted([*manifest["chunks"], chunk], key=lambda c: c["first"])
    write_manifest(folder, manifest)


def listed_files(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Every file of a run but the manifest, and its SHA-256. Raises CorruptData for one that lies outside the folder."""
    listed = {STUDY: manifest["study_sha256"], **manifest["files"]}
    listed |= {c["file"]: c["sha256"] for c in manifest["chunks"]}
    for name in listed:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name:
            text = f"{MANIFEST} names a file outside the run folder: '{name}'."
            raise CorruptData(Fault("corrupt", MANIFEST, name, "", "", text))
    return listed


def faults_in(folder: Path) -> list[Fault]:
    """Everything that differs from what was written: changed, missing and foreign files."""
    manifest = read_manifest(folder)
    listed = listed_files(manifest)
    found = []
    for name, wanted in sorted(listed.items()):
        path = folder / name
        if not path.is_file():
            found.append(Fault("missing", name, "", "", "", f"{name} is missing."))
        elif digest(path) != wanted:
            found.append(
                Fault("corrupt", name, "", "", "", f"{name} is not what was written: its checksum does not hold.")
            )
    present = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    unread = set() if manifest["state"] == "finished" else {p.relative_to(folder).as_posix() for p in _tables(folder)}
    for name in sorted(present - set(listed) - unread - {MANIFEST, LOCK}):
        if not Path(name).name.startswith("."):
            found.append(Fault("foreign", name, "", "", "", f"{name} does not belong to this run."))
    return found


def verify(folder: Path) -> list[dict[str, Any]]:
    """Rows of checked files. Raises CorruptData with every fault."""
    found = faults_in(folder)
    if found:
        raise CorruptData(found)
    manifest = read_manifest(folder)
    names = [STUDY, *manifest["files"], *(c["file"] for c in manifest["chunks"])]
    return [{"file": n, "ok": True} for n in sorted(names)] + [{"file": MANIFEST, "ok": True}]
