"""A relocatable WebAssembly object that stands alone, made into a module: all it lacks is its exports.

LLVM writes the provisional values of relocations that are right already as long as nothing else is linked in: numbers of
functions, types, globals, tables and places in the table. So no linker is needed. Whatever would need one is refused: data,
a function or a datum that is not in the object, any other relocation.
Source: WebAssembly core specification 5.5; tool conventions, Linking.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from osteon.errors import Fault, Unsupported

STANDALONE_HEAD = 8  # bytes: magic and version
CUSTOM, EXPORT, DATA = 0, 7, 11
ORDER = (1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10)  # of the sections of a module
SETTLED = {0: "function", 1: "table slot", 6: "type", 7: "global", 20: "table number"}  # relocations
SYMBOL_TABLE = 8  # part of the linking section
FUNCTION, DATUM, GLOBAL, STANDALONE_TABLE = 0, 1, 2, 5
UNDEFINED, EXPLICIT_NAME = 0x10, 0x40


def standalone(code: bytes, names: Sequence[str]) -> bytes:
    """The object as a module that exports the functions named; memory, stack pointer and table are its imports.

    Raises Unsupported, with the reason, for an object that needs a linker, and for a name that it does not define.
    """
    parts: dict[int, bytes] = {}
    defined: dict[str, int] = {}
    for kind, body in _sections(code):
        if kind == CUSTOM:
            name, at = _word(body, 0)
            if name == "linking":
                defined = _functions(body[at:])
            elif name.startswith("reloc."):
                _settled(body, at)
        elif kind == DATA:
            raise _refused("it holds data")
        else:
            parts[kind] = body
    lacking = [n for n in names if n not in defined]
    if lacking:
        raise _refused(f"it does not define the function '{lacking[0]}'")
    rows = [_leb(len(n)) + n.encode() + b"\0" + _leb(defined[n]) for n in names]
    parts[EXPORT] = _leb(len(rows)) + b"".join(rows)
    return code[:STANDALONE_HEAD] + b"".join(bytes([k]) + _leb(len(parts[k])) + parts[k] for k in ORDER if k in parts)


def _refused(reason: str) -> Unsupported:
    text = f"The compiled object needs a linker: {reason}."
    return Unsupported(Fault("needs_linker", "WebAssembly object", reason, "an object that stands alone", "", text))


def _sections(code: bytes) -> Iterator[tuple[int, bytes]]:
    at = STANDALONE_HEAD
    while at < len(code):
        size, begin = _number(code, at + 1)
        yield code[at], code[begin : begin + size]
        at = begin + size


def _settled(body: bytes, at: int) -> None:
    """Refuse relocations whose final value a linker would have to find."""
    _, at = _number(body, at)  # section they belong to
    left, at = _number(body, at)
    for _ in range(left):
        if body[at] not in SETTLED:
            raise _refused(f"its relocation of kind {body[at]} is not settled")
        _, at = _number(body, at + 1)  # place
        _, at = _number(body, at)  # symbol


def _functions(linking: bytes) -> dict[str, int]:
    """Functions that the symbol table defines, and their numbers."""
    found: dict[str, int] = {}
    at = _number(linking, 0)[1]  # version
    while at < len(linking):
        kind, (size, begin) = linking[at], _number(linking, at + 1)
        at = begin + size
        if kind == SYMBOL_TABLE:
            count, place = _number(linking, begin)
            for _ in range(count):
                place = _symbol(linking, place, found)
    return found


def _symbol(linking: bytes, at: int, found: dict[str, int]) -> int:
    """Read one symbol; where the next begins."""
    kind, (flags, at) = linking[at], _number(linking, at + 1)
    if kind not in (FUNCTION, GLOBAL, STANDALONE_TABLE):
        raise _refused("it names data" if kind == DATUM else f"it has a symbol of kind {kind}")
    index, at = _number(linking, at)
    name = ""
    if not flags & UNDEFINED or flags & EXPLICIT_NAME:
        name, at = _word(linking, at)
    if kind == FUNCTION and flags & UNDEFINED:
        raise _refused(f"the function '{name or index}' is not in it")
    if kind == FUNCTION:
        found[name] = index
    return at


def _number(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned LEB128 number, and what follows it."""
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift, at = shift + 7, at + 1
        if data[at - 1] < 128:
            return value, at


def _leb(value: int) -> bytes:
    """A number as unsigned LEB128.

    >>> _leb(300)
    b'\\xac\\x02'
    """
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _word(data: bytes, at: int) -> tuple[str, int]:
    size, at = _number(data, at)
    return data[at : at + size].decode(), at + size
