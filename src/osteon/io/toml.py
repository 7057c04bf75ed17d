"""Read a TOML file that a person wrote, and say clearly what is wrong with it if it cannot be read.

A hostile file costs no more than a plain one: its size, the depth of its keys and tables and the length of its numbers
are bounded before or right after the reader of the standard library sees them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from osteon.errors import Fault, InputError, shown

LARGEST_FILE = 1_000_000  # bytes; a study of 50 arms is about 20,000
DEEPEST = 16  # tables in tables; the deepest of our own files has 4
FORMAT = 1
_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_TEXTS = re.compile(r'"(?:[^"\\\n]|\\.)*+"|\'[^\'\n]*+\'')
_CHAIN = re.compile(rf"(?<![\w-])[\w-]++(?:[ \t]*+\.[ \t]*+[\w-]++){{{DEEPEST}}}")


def _fault(code: str, place: str, message: str, value: object = "", allowed: str = "", hint: str = "") -> InputError:
    text = f"{message} {hint}".strip()
    return InputError(Fault(code=code, place=place, value=value, allowed=allowed, hint=hint, message=text))


def read(path: str | Path) -> dict[str, Any]:
    """The file as a dictionary. Raises InputError: missing, too large, empty, binary, not TOML, format of the future."""
    return parse(read_bytes(path), Path(path).name)


def read_bytes(path: str | Path) -> bytes:
    """The bytes of a plain file of bounded size. Raises InputError: missing, no plain file, too large."""
    file = Path(path)
    try:
        plain = file.is_file()
        if not plain and not file.exists():
            raise FileNotFoundError(2, "no such file")
        with file.open("rb") if plain else _nothing(file) as handle:
            data = handle.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise _fault("no_file", file.name, f"The file cannot be read: {why}.", str(path)) from None
    if len(data) > LARGEST_FILE:
        text = f"'{file.name}' is too large for a file that a person wrote: more than {LARGEST_FILE} bytes."
        raise _fault("too_large", file.name, text, allowed=f"up to {LARGEST_FILE} bytes")
    return data


def _nothing(file: Path) -> Any:
    raise _fault("no_file", file.name, f"'{file.name}' is not a plain file.", str(file))


def parse(data: bytes, name: str = "file", versioned: bool = True) -> dict[str, Any]:
    """TOML bytes as a dictionary; `name` stands in messages.   versioned : whether it says `format = 1`"""
    text = _text(data, name)
    _bound_keys(text, name)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(str(error), text, name) from None
    except RecursionError:
        raise _fault("not_toml", name, f"'{name}' is nested too deeply.", allowed=f"up to {DEEPEST} levels") from None
    except ValueError:
        raise _fault("not_toml", name, f"'{name}' holds a number with too many digits.") from None
    _bound_values(table, name)
    if versioned:
        _check_format(table, name)
    return table


def _text(data: bytes, name: str) -> str:
    if len(data) > LARGEST_FILE:
        raise _fault("too_large", name, f"'{name}' is too large.", len(data), f"up to {LARGEST_FILE} bytes")
    if not data.strip(b" \t\r\n\xef\xbb\xbf"):
        raise _fault("empty_file", name, f"'{name}' is empty.", hint="'osteon schema study' shows what belongs in it.")
    if data[:2] in _MARKS:
        raise _fault("not_utf8", name, f"'{name}' is {_MARKS[data[:2]]} text.", hint="Save it as UTF-8.")
    if b"\0" in data:
        raise _fault("binary_file", name, f"'{name}' is a binary file, not TOML text.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        text = f"'{name}' is not UTF-8 text (byte {error.start}, line {line})."
        raise _fault("not_utf8", name, text, hint="Save it as UTF-8.") from None


def _bound_keys(text: str, name: str) -> None:
    """A dotted key of n parts costs the reader memory of n squared: refuse long ones before it sees them."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") >= DEEPEST and _CHAIN.search(_TEXTS.sub("a", line).partition("#")[0]):
            place = f"{name} line {number}"
            raise _fault("not_toml", place, "This key is nested too deeply.", allowed=f"up to {DEEPEST} levels")


def _bound_values(table: dict[str, Any], name: str) -> None:
    """TOML's own bounds, which the reader does not hold: 64-bit whole numbers; and a depth that a person can follow."""
    for path, value, depth in _walk(table):
        place = f"{name} {'.'.join(path)}"
        if depth > DEEPEST:
            raise _fault("not_toml", name, f"'{name}' is nested too deeply.", allowed=f"up to {DEEPEST} levels")
        if isinstance(value, int) and abs(value) >= 2**63:
            raise _fault("not_toml", place, f"{shown(value)} is too large a whole number.", allowed="64-bit numbers")


def _walk(table: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], Any, int]]:
    """Every value with its path and depth, without recursion."""
    waiting: list[tuple[tuple[str, ...], Any, int]] = [((), table, 0)]
    while waiting:
        path, value, depth = waiting.pop()
        yield path, value, depth
        inside = value.items() if isinstance(value, dict) else enumerate(value, 1) if isinstance(value, list) else ()
        if depth <= DEEPEST:
            waiting += [((*path, shown(str(key))), item, depth + 1) for key, item in inside]


def _not_toml(error: str, text: str, name: str) -> InputError:
    """The reader's words, with the line as part of the place, and what is usually behind them."""
    found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", error)
    line = found[1] if found and found[1] else str(text.rstrip("\n").count("\n") + 1)
    what = error[: found.start()] if found else error
    where = f"line {line}, column {found[2]}" if found and found[2] else f"the end, line {line}"
    hint = ""
    if what.startswith(("Cannot overwrite", "Cannot declare", "Cannot mutate", "Cannot redefine")):
        hint = "A key or table stands twice."
    elif what.startswith(("Invalid value", "Expected newline")) and "," in text.split("\n")[int(line) - 1]:
        hint = "A quantity stands in quotes, and has a decimal point."
    elif found and not found[1]:
        hint = "The file may have been cut off."
    return _fault("not_toml", f"{name} line {line}", f"'{name}' is not valid TOML at {where}: {what}.", hint=hint)


def _check_format(table: dict[str, Any], name: str) -> None:
    version = table.get("format")
    if version is None:
        hint = f"Write 'format = {FORMAT}' as its first line."
        raise _fault("no_format", name, f"'{name}' does not say its format.", "", str(FORMAT), hint)
    if version != FORMAT or isinstance(version, bool):
        later = isinstance(version, int) and version > FORMAT
        when = "a later version of Osteon" if later else "no version of Osteon"
        text = f"'{name}' has format {shown(version)}, which {when} knows. This version reads format {FORMAT}."
        raise _fault("unknown_format", f"{name} format", text, version, str(FORMAT))
