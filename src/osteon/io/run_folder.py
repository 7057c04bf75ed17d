"""A run folder: chunks that are whole or absent, a manifest with the checksum of every file, a lock that dies with its owner."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from osteon import __version__
from osteon.errors import CorruptData, Fault, InputError, OsteonError, RunFailed
from osteon.io.files import digest, write_atomic

FORMAT = 1
MANIFEST, LOCK = "manifest.json", ".lock"


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


def create(folder: Path, manifest: dict[str, Any], study: bytes) -> None:
    """Start a run folder. Raises InputError if something stands there already, but for a start of the same study that died."""
    if folder.exists() and not (folder.is_dir() and _unbegun(folder, study)):
        hint = "Choose another folder, or 'osteon resume' this one."
        raise InputError(Fault("exists", str(folder), str(folder), "", hint, f"'{folder}' is not empty."))
    try:
        (folder / "outcomes").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFailed(
            Fault("cannot_write", str(folder), "", "", "", f"'{folder}' cannot be made: {error.strerror}.")
        ) from None
    write_atomic(folder / "study.toml", study)
    write_manifest(folder, manifest)


def _unbegun(folder: Path, study: bytes) -> bool:
    """Whether nothing is there beyond what a run leaves that is killed before its manifest stands."""
    chunks, told = folder / "outcomes", folder / "study.toml"
    left = {p.name for p in folder.iterdir() if not p.name.endswith(".part")} - {LOCK, chunks.name, told.name}
    empty = not chunks.exists() or (chunks.is_dir() and not any(chunks.iterdir()))
    return not left and empty and (not told.exists() or told.read_bytes() == study)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the run folder. A second run is refused; a lock whose owner died is free by itself."""
    if folder.exists() and not folder.is_dir():
        raise InputError(
            Fault(
                "exists", str(folder), str(folder), "", "Choose another folder.", f"'{folder}' is a file, not a folder."
            )
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise RunFailed(
            Fault("cannot_write", str(folder), "", "", "", f"'{folder}' cannot be locked: {error.strerror}.")
        ) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise RunFailed(
                Fault("locked", str(folder), "", "", "", f"Another run is at work in '{folder}'.")
            ) from None
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def stopped(folder: Path) -> Iterator[dict[str, Any]]:
    """Hold the folder of a run that is to go on; its manifest. Refuses an edited study, another version, a damaged chunk."""
    manifest = read_manifest(folder)
    with locked(folder):
        refuse_other_version(manifest)
        refuse_damaged(folder)
        yield manifest


def begin_manifest(study: bytes, settings: dict[str, Any]) -> dict[str, Any]:
    """The manifest of a run that has not computed anything."""
    return {
        "format": FORMAT,
        "program": "osteon",
        "version": __version__,
        "study_sha256": hashlib.sha256(study).hexdigest(),
        "settings": settings,
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
        return dict(tomllib.loads((folder / "study.toml").read_text(encoding="utf-8")))
    except (OsteonError, OSError, ValueError):
        return {}


def refuse_damaged(folder: Path) -> None:
    """Raise CorruptData if a file that a resumed run would build on was changed."""
    wrong = [f for f in faults_in(folder) if f.code == "corrupt" or f.place == "study.toml"]
    if wrong:
        raise CorruptData(wrong)


def refuse_other_version(manifest: dict[str, Any]) -> None:
    """Raise InputError if another version of the program wrote the run."""
    if manifest["version"] != __version__:
        text = f"The run was made by version {manifest['version']}, this is {__version__}: its numbers may differ."
        raise InputError(Fault("other_version", "manifest.json", manifest["version"], __version__, "", text))


def add_chunk(folder: Path, chunk: dict[str, Any]) -> None:
    """Put a finished chunk under the manifest's checksums."""
    manifest = read_manifest(folder)
    manifest["chunks"] = sorted([*manifest["chunks"], chunk], key=lambda c: c["first"])
    write_manifest(folder, manifest)


def faults_in(folder: Path) -> list[Fault]:
    """Everything that differs from what was written: changed, missing and foreign files."""
    manifest = read_manifest(folder)
    listed = {"study.toml": manifest["study_sha256"], **manifest["files"]}
    listed |= {c["file"]: c["sha256"] for c in manifest["chunks"]}
    found = []
    for name, wanted in sorted(listed.items()):
        path = folder / name
        if not path.is_file():
            found.append(Fault("missing", name, "", "", "", f"{name} is missing."))
        elif digest(path) != wanted:
            found.append(
                Fault("corrupt", name, "", "", "", f"{name} is not what was written: its checksum does not hold.")
            )
    present = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    for name in sorted(present - set(listed) - {MANIFEST, LOCK}):
        if not Path(name).name.startswith("."):
            found.append(Fault("foreign", name, "", "", "", f"{name} does not belong to this run."))
    return found


def verify(folder: Path) -> list[dict[str, Any]]:
    """Rows of checked files. Raises CorruptData with every fault."""
    found = faults_in(folder)
    if found:
        raise CorruptData(found)
    manifest = read_manifest(folder)
    names = ["study.toml", *manifest["files"], *(c["file"] for c in manifest["chunks"])]
    return [{"file": n, "ok": True} for n in sorted(names)] + [{"file": MANIFEST, "ok": True}]
