"""One run at a time in a folder: a lock that dies with its owner."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from osteon.errors import Fault, InputError, RunFailed

LOCK = ".lock"


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the run folder. A second run is refused; a lock whose owner died is free by itself.

    Whoever starts a run asks first whether the folder is free for one (`run_folder.refuse_occupied`): a foreign folder is
    left as it was.
    """
    if folder.exists() and not folder.is_dir():
        text = f"'{folder}' is a file, not a folder."
        raise InputError(Fault("exists", str(folder), str(folder), "", "Choose another folder.", text))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        text = f"'{folder}' cannot be locked: {reason}."
        raise RunFailed(Fault("cannot_write", str(folder), "", "", "", text)) from None
    try:
        try:
            _grab(handle)
        except OSError:
            text = f"Another run is at work in '{folder}'."
            raise RunFailed(Fault("locked", str(folder), "", "", "", text)) from None
        yield
    finally:
        os.close(handle)


def is_locked(folder: Path) -> bool:
    """Whether somebody holds the folder now; nothing is made and nothing kept."""
    try:
        handle = os.open(folder / LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        _grab(handle)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _grab(handle: int) -> None:
    """Take the lock at once. Raises OSError where somebody else has it."""
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
