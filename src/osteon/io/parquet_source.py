"""Parquet files as the source of a query: their names are data, whatever stands in them.

DuckDB takes a path for a pattern (`*`, `?`, `[…]`), reads `key=value` folders as columns and `~` as the home folder. Here a
path is absolute, folders are never columns, and a file whose path holds a sign of a pattern, or bytes that are no text, is
reached through a link in a private folder of a plain name (where there are no such links, on Windows, in brackets).
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from osteon.errors import CorruptData, Fault, RunFailed

PATTERN = re.compile(r"[*?\[\]{}\\]") if os.name != "nt" else re.compile(r"[*?\[]")


@contextlib.contextmanager
def query(files: Sequence[Path]) -> Iterator[tuple[Any, str]]:
    """A connection of its own and, as SQL, the table of exactly these files.

    Raises CorruptData where one is missing or no table, RunFailed where memory is short.
    """
    import duckdb

    try:
        with contextlib.ExitStack() as stack:
            names = ", ".join(quoted(_bracketed(_reached(stack, f))) for f in files)
            db = stack.enter_context(duckdb.connect())
            yield db, f"read_parquet([{names}], hive_partitioning = false, filename = false, union_by_name = false)"
    except duckdb.OutOfMemoryException:
        raise RunFailed(Fault("memory", message="There is not enough memory to read the tables of the run.")) from None
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        names = ", ".join(f.name for f in files[:3]) + (" …" if len(files) > 3 else "")
        text = f"{names} cannot be read as tables: {str(error).splitlines()[0]}"
        raise CorruptData(Fault("corrupt", names, message=text)) from None


@contextlib.contextmanager
def target(path: Path) -> Iterator[str]:
    """The path to write a file to, as SQL: DuckDB writes under the name it is told, patterns or not."""
    with contextlib.ExitStack() as stack:
        yield quoted(_reached(stack, path))


def quoted(text: str) -> str:
    """Text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _reached(stack: contextlib.ExitStack, path: Path) -> str:
    """An absolute path to the file that DuckDB can be told."""
    whole = str(path.absolute())
    if _plain(whole):
        return whole
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="osteon-"))
    link = Path(folder).absolute() / "run"
    link.symlink_to(path.absolute().parent, target_is_directory=True)
    if not _plain(str(link / path.name)):
        text = f"Tables in '{path.parent}' cannot be reached: choose a folder of a plainer name, or set TMPDIR to one."
        raise RunFailed(Fault("bad_path", str(path.parent), str(path.parent), "", "", text))
    return str(link / path.name)


def _plain(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return os.name == "nt" or not PATTERN.search(path)


def _bracketed(path: str) -> str:
    return PATTERN.sub(r"[\g<0>]", path) if os.name == "nt" else path
