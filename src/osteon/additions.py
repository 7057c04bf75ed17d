"""An own folder beside what is shipped: its files as text, its hash, and which folder is in force.

Rooms ask `text_of` and `names_in` for tables of the folder beside their own, and keep what they make of them with
`cached`, so that nothing that was made with one folder is ever seen with another, or with none.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache, wraps
from pathlib import Path
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar, overload

from osteon.errors import Fault, InputError, nearest

P = ParamSpec("P")
R = TypeVar("R")
TABLES = (
    "measurements.csv",
    "parameter_evidence.csv",
    "references.toml",
    "harms.toml",
    "claims.csv",
    "cells/sources.toml",
    "cells/regulators.csv",
)
LEAVES = {"drugs": ".py", "checks": ".py", "cohorts": ".toml"}  # folders, and how the files in them end
LARGEST = 20_000_000  # bytes of one file; what is larger is no table that somebody wrote


@dataclass(frozen=True)
class Additions:
    """A folder as it was read.   files : text by path inside it, with forward slashes;  sha256 : of names and texts"""

    name: str
    files: Mapping[str, str]
    sha256: str

    def __reduce__(self) -> tuple[Any, ...]:
        """As another process is given it: the texts themselves, so that it needs no folder."""
        return _made, (self.name, dict(self.files))

    def without(self, paths: Collection[str]) -> Additions:
        """The folder without some of its files."""
        return _made(self.name, {path: text for path, text in self.files.items() if path not in paths})

    def record(self) -> dict[str, str]:
        """What a run keeps of it: its name and its hash."""
        return {"name": self.name, "sha256": self.sha256}


def _made(name: str, files: Mapping[str, str]) -> Additions:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path}\0{hashlib.sha256(files[path].encode()).hexdigest()}\n".encode())
    return Additions(name, MappingProxyType(dict(files)), digest.hexdigest())


_process: Additions | None = None  # of the whole process
_context: ContextVar[Additions | None] = ContextVar("additions", default=None)  # of one job, before that of the process


def active() -> Additions | None:
    """The folder in force, or None."""
    return _context.get() or _process


def activate(additions: Additions | None) -> None:
    """Put a folder in force for the whole process, or none."""
    global _process
    _process = additions


@contextlib.contextmanager
def using(additions: Additions | None) -> Iterator[None]:
    """A folder in force inside the block, in this thread alone."""
    token = _context.set(additions)
    try:
        yield
    finally:
        _context.reset(token)


def mark() -> str:
    """The hash of the folder in force, empty where there is none."""
    found = active()
    return found.sha256 if found else ""


def text_of(path: str) -> str:
    """Text of a file of the folder in force; empty where it has none."""
    found = active()
    return found.files.get(path, "") if found else ""


def names_in(folder: str) -> tuple[str, ...]:
    """Names, without their ending, of the files of one of LEAVES in the folder in force."""
    found = active()
    files = found.files if found else {}
    return tuple(sorted(Path(p).stem for p in files if Path(p).parent.as_posix() == folder))


@overload
def cached(function: Callable[P, R]) -> Callable[P, R]: ...
@overload
def cached(*, last: int) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def cached(function: Callable[P, R] | None = None, *, last: int | None = None) -> Any:
    """Keep what a function gives back, for each folder by itself.   last : keep only so many, the latest used

    >>> @cached
    ... def one():
    ...     return object()
    >>> one() is one()
    True
    """

    def keep(made: Callable[P, R]) -> Callable[P, R]:
        @lru_cache(maxsize=last)
        def by_folder(of: str, *values: Any, **named: Any) -> R:
            return made(*values, **named)

        @wraps(made)
        def answer(*values: P.args, **named: P.kwargs) -> R:
            return by_folder(mark(), *values, **named)  # type: ignore[arg-type]

        answer.cache_clear = by_folder.cache_clear  # type: ignore[attr-defined]
        return answer

    return keep if function is None else keep(function)


class Names(Sequence[str]):
    """Names that are looked up when they are asked for, so that those of an own folder are among them."""

    def __init__(self, look_up: Callable[[], Sequence[str]]) -> None:
        self._look_up = look_up

    def __getitem__(self, index: Any) -> Any:
        return tuple(self._look_up())[index]

    def __len__(self) -> int:
        return len(self._look_up())

    def __contains__(self, name: object) -> bool:
        return name in self._look_up()

    def __repr__(self) -> str:
        return repr(tuple(self))


def read(folder: str | Path) -> Additions:
    """Read a folder. Raises InputError with everything in it that cannot be read or that nobody would look at.

    Files of other kinds (studies, notes, pictures) may lie beside the tables.
    """
    place = Path(folder)
    if not place.is_dir():
        hint = "Name a folder that holds drugs/, cohorts/, measurements.csv … (see examples/my_lab)."
        raise InputError(
            Fault("no_folder", str(folder), str(folder), "a folder", hint, f"There is no folder '{folder}'.")
        )
    faults: list[Fault] = []
    files = {name: _text(path, name, faults) for name, path in _listed(place, faults)}
    if not files and not faults:
        hint = f"It may hold {', '.join(f'{k}/*{v}' for k, v in LEAVES.items())}, {', '.join(TABLES)}."
        faults.append(
            Fault("empty_folder", str(folder), "", "", hint, f"'{place.name}' holds nothing that could be added.")
        )
    if faults:
        raise InputError(faults)
    return _made(place.resolve().name, files)


def _listed(place: Path, faults: list[Fault]) -> Iterator[tuple[str, Path]]:
    """Names and paths of what is read; what is nearly a known name is a fault."""
    for path in sorted(p for p in place.rglob("*") if p.is_file()):
        name = path.relative_to(place).as_posix()
        parts = Path(name).parts
        if any(p.startswith((".", "__")) for p in parts) or path.suffix == ".md":
            continue
        if name in TABLES or (len(parts) == 2 and LEAVES.get(parts[0]) == path.suffix):
            yield name, path
        else:
            faults += _misnamed(name, parts, path.suffix)


def _misnamed(name: str, parts: tuple[str, ...], suffix: str) -> list[Fault]:
    """A fault where somebody would expect the file to be read."""
    if parts[0] in LEAVES and len(parts) == 2:
        allowed = f"{parts[0]}/NAME{LEAVES[parts[0]]}"
        return [
            Fault("misnamed", name, name, allowed, "", f"'{name}' is not read: files there end in {LEAVES[parts[0]]}.")
        ]
    folders = nearest(parts[0], [*LEAVES, "cells"]) if len(parts) > 1 and parts[0] not in (*LEAVES, "cells") else None
    close = (
        f"{folders}/{'/'.join(parts[1:])}"
        if folders
        else nearest(name, TABLES)
        if suffix in (".csv", ".toml")
        else None
    )
    if suffix == ".csv" or folders or parts[0] == "cells" or (close and _alike(name, close)):
        hint = f"Did you mean '{close}'?" if close else ""
        return [Fault("misnamed", name, name, ", ".join(TABLES), hint, f"'{name}' is not read. {hint}".strip())]
    return []


def _alike(name: str, known: str) -> bool:
    """Whether a name is a slip of the pen of a known one, and not the name of a study or a scenario."""
    return SequenceMatcher(None, name, known).ratio() >= 0.8


def _text(path: Path, name: str, faults: list[Fault]) -> str:
    try:
        if path.stat().st_size > LARGEST:
            text = f"'{name}' is larger than {LARGEST // 1_000_000} MB."
            faults.append(Fault("too_large", name, "", f"at most {LARGEST} bytes", "", text))
            return ""
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        faults.append(
            Fault("not_utf8", name, "", "UTF-8", "", f"'{name}' is no UTF-8 text: byte {error.start} is none.")
        )
    except OSError as error:
        faults.append(Fault("unreadable", name, "", "", "", f"'{name}' cannot be read: {error.strerror or error}."))
    return ""
