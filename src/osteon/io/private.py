"""Folders and files of this user alone: what is read from them may be run, so nobody else may have written it.

A folder counts if it is ours and nobody else may write there; a file, if besides it is a plain file of ours. Where no such
folder can be had there is none: never a shared one instead.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from osteon.io.files import sync_folder

OTHERS_WRITE = 0o022


def private_folder(name: str) -> Path | None:
    """Folder `name` in the user's cache, made if need be; None where it is not the user's alone or cannot be written.

    $OSTEON_CACHE (an absolute path), else $XDG_CACHE_HOME/osteon, else the system's own place for it.
    """
    root = _root()
    if root is None:
        return None
    try:
        for folder in (root, root / name):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _ours(folder.stat(), stat.S_ISDIR):
                return None
    except (OSError, ValueError):
        return None
    return root / name if os.access(root / name, os.R_OK | os.W_OK | os.X_OK) else None


def _root() -> Path | None:
    """Where the user's caches are; a relative path in a variable counts as none (as the XDG rules have it)."""
    if own := os.environ.get("OSTEON_CACHE"):
        return Path(own) if Path(own).is_absolute() else None
    place = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME", "")
    if Path(place).is_absolute():
        return Path(place) / "osteon"
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return home / ".cache" / "osteon" if home.is_absolute() else None


def _ours(status: os.stat_result, kind: object) -> bool:
    if not kind(status.st_mode):  # type: ignore[operator]
        return False
    return os.name == "nt" or (status.st_uid == os.geteuid() and not status.st_mode & OTHERS_WRITE)


def read_private(path: Path) -> bytes | None:
    """What stands in a plain file of ours; None where it is missing, unreadable, a link, or anybody else's to write."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(path, flags), "rb") as file:
            return file.read() if _ours(os.fstat(file.fileno()), stat.S_ISREG) else None
    except (OSError, ValueError):
        return None


def write_private(path: Path, data: bytes) -> bool:
    """Write a whole file that only the user may read, on disk before it has its name; whether that could be done."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError:
        return False
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    return True
