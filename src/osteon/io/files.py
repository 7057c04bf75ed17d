"""Files that are either old or new, never half: written beside, flushed to disk, renamed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

from osteon.errors import Fault, RunFailed


def write_atomic(path: str | Path, data: bytes | str) -> None:
    """Write a whole file durably. Raises RunFailed (disk full, read-only); the old file then stands as it was."""
    target = Path(path)
    body = data.encode() if isinstance(data, str) else data
    temporary = None
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        if temporary:
            with contextlib.suppress(OSError):
                temporary.unlink()
        text = f"'{target.name}' could not be written: {error.strerror or error}. What stood there before is unchanged."
        raise RunFailed(Fault(code="cannot_write", place=str(target), message=text)) from None


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def digest(path: str | Path) -> str:
    """SHA-256 of a file."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
