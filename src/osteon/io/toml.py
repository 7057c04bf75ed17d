"""Read a TOML file that a person wrote, and say clearly what is wrong with it if it cannot be read."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from osteon.errors import Fault, InputError

LARGEST_FILE = 2_000_000  # bytes
FORMAT = 1


def _fault(code: str, place: str, message: str, value: object = "", allowed: str = "") -> InputError:
    return InputError(Fault(code=code, place=place, value=value, allowed=allowed, message=message))


def read(path: str | Path) -> dict[str, Any]:
    """The file as a dictionary. Raises InputError: missing, too large, empty, binary, not TOML, format of the future."""
    file = Path(path)
    name = file.name
    try:
        size = file.stat().st_size
        data = file.read_bytes() if file.is_file() and size <= LARGEST_FILE else None
    except OSError as error:
        raise _fault("no_file", name, f"The file cannot be read: {error.strerror or error}.", str(path)) from None
    if data is None:
        what = "is not a plain file" if not file.is_file() else f"has {size} bytes; {LARGEST_FILE} is the most"
        raise _fault("no_file", name, f"'{name}' {what}.")
    return parse(data, name)


def parse(data: bytes, name: str = "file") -> dict[str, Any]:
    """TOML bytes as a dictionary; `name` stands in messages."""
    if not data.strip():
        raise _fault("empty_file", name, f"'{name}' is empty.")
    if b"\0" in data:
        raise _fault("binary_file", name, f"'{name}' is a binary file, not TOML text.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _fault("not_utf8", name, f"'{name}' is not UTF-8 text (byte {error.start}).") from None
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _fault("not_toml", name, f"'{name}' is not valid TOML: {error}.") from None
    _check_format(table, name)
    return table


def _check_format(table: dict[str, Any], name: str) -> None:
    version = table.get("format")
    if version is None:
        raise _fault(
            "no_format", name, f"'{name}' does not say its format. Write 'format = {FORMAT}' as its first line."
        )
    if version != FORMAT or isinstance(version, bool):
        when = "a later version of Osteon" if isinstance(version, int) and version > FORMAT else "no version of Osteon"
        text = f"'{name}' has format {version!r}, which {when} knows. This version reads format {FORMAT}."
        raise _fault("unknown_format", name, text, str(version), str(FORMAT))
