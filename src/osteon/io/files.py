"""Files that are either old or new, never half: written beside, flushed to disk, renamed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from pathlib import Path

from osteon.errors import Fault, InputError, RunFailed


def write_atomic(path: str | Path, data: bytes | str) -> None:
    """Write a whole file durably; whatever happens, the file is the old one or the new one.

    Raises InputError where no file can be (no such folder, a folder of that name), RunFailed where writing fails
    (disk full, read-only): the old file then stands as it was, and nothing is left beside it.
    """
    target = Path(path)
    body = data.encode() if isinstance(data, str) else data
    _refuse_no_place(target)
    temporary = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.part")
    try:
        _write(temporary, body, target)
        temporary.replace(target)
    except OSError as error:
        text = f"'{target.name}' could not be written: {error.strerror or error}. What stood there before is unchanged."
        raise RunFailed(Fault(code="cannot_write", place=str(target), message=text)) from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    _sync_renamed(target)


def _write(temporary: Path, body: bytes, target: Path) -> None:
    """All bytes on disk under the other name, with the rights the old file had, or those that are usual here."""
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    with os.fdopen(handle, "wb") as file:
        file.write(body)
        file.flush()
        with contextlib.suppress(OSError):
            temporary.chmod(target.stat().st_mode & 0o777)
        os.fsync(file.fileno())


def _refuse_no_place(target: Path) -> None:
    place = str(target)
    try:
        folder, there = target.parent.is_dir(), target.is_dir()
    except (OSError, ValueError):  # too long, or a NUL in it
        text = "This cannot be the path of a file."
        raise InputError(Fault("bad_path", place, place, "a path of the system", "", text)) from None
    if not folder:
        text = f"There is no folder '{target.parent}' to write '{target.name}' into."
        raise InputError(Fault("no_folder", place, place, "an existing folder", "Make the folder first.", text))
    if there or not target.name:
        text = f"'{target}' is a folder; a file is to be written."
        raise InputError(Fault("is_folder", place, place, "the path of a file", "", text))


def _sync_renamed(target: Path) -> None:
    try:
        sync_folder(target.parent)
    except OSError as error:
        text = f"'{target.name}' is written, but the disk does not confirm it: {error.strerror or error}."
        raise RunFailed(Fault(code="cannot_sync", place=str(target), message=text)) from None


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder durable, where the system can say so."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def digest(path: str | Path) -> str:
    """SHA-256 of a file."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
