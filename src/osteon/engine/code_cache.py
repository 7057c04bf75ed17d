"""Object code kept on disk by what it was made from. A file that is not exactly what was written counts as absent.

A file holds its own name under a checksum, so that code of one program never stands in for another; it is read only from
a folder and a file that nobody but the user may write (`io.private`). Without such a folder code is made anew each time.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files
from pathlib import Path

from osteon.io.private import private_folder, read_private, write_private

FOLDER = "code"
MAKERS = ("engine", "model")  # rooms whose sources decide what is printed and how it is compiled
Compiled = tuple[dict[str, int], bytes]  # sizes, object code


@cache
def sources() -> str:
    """SHA-256 of the sources of all that turns a traced model into machine code; "" where they cannot be read."""
    digest = hashlib.sha256()
    try:
        for room in MAKERS:
            for file in sorted(files("osteon").joinpath(room).iterdir(), key=lambda f: f.name):
                if file.name.endswith(".py"):
                    digest.update(f"{room}/{file.name}\0".encode() + file.read_bytes() + b"\0")
    except (OSError, ModuleNotFoundError):
        return ""
    return digest.hexdigest()


def key_of(*words: str) -> str:
    """The name of code made from these words; each word counts by itself."""
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()


def read(key: str) -> Compiled | None:
    """Sizes and code of that name, or None."""
    path = _path(key)
    data = read_private(path) if path else None
    try:
        digest, name, head, code = (data or b"").split(b"\n", 3)
        if hashlib.sha256(b"\n".join((name, head, code))).hexdigest() != digest.decode() or name.decode() != key:
            return None
        sizes = json.loads(head)
    except ValueError:
        return None
    return (sizes, code) if isinstance(sizes, dict) and code else None


def write(key: str, sizes: dict[str, int], code: bytes) -> None:
    """Keep code under a name, where that can be done."""
    body = b"\n".join((key.encode(), json.dumps(sizes).encode(), code))
    if path := _path(key):
        write_private(path, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)


def _path(key: str) -> Path | None:
    folder = private_folder(FOLDER) if sources() else None
    return folder / f"{key}.kernel" if folder else None
