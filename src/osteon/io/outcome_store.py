"""Tables of a run as Parquet, through DuckDB; and the digest of their contents in a canonical order."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from osteon.errors import Fault, RunFailed
from osteon.io.files import sync_folder
from osteon.io.parquet_source import query, target


def write_parquet(path: Path, columns: dict[str, Any]) -> None:
    """Write columns (arrays or lists of one length) as a whole file, or not at all."""
    import duckdb
    import pandas as pd

    frame = pd.DataFrame(columns)
    with _whole(path) as temporary, target(temporary) as place, duckdb.connect() as db:
        db.execute("SET threads = 1")
        db.register("frame", frame)
        db.execute(f"COPY frame TO {place} (FORMAT parquet, COMPRESSION zstd)")


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Another name to write under; the file has its own once it is on disk. Raises RunFailed, and then nothing is left."""
    import duckdb

    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except (OSError, duckdb.Error) as error:
        text = f"'{path.name}' could not be written: {error}"
        raise RunFailed(Fault("cannot_write", path.name, "", "", "", text)) from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def read_parquet(paths: Sequence[Path], order: str = "", where: str = "", what: str = "*") -> Any:
    """A pandas frame of one or many files of the same columns."""
    with query(paths) as (db, table):
        sql = f"SELECT {what} FROM {table}"
        sql += f" WHERE {where}" if where else ""
        sql += f" ORDER BY {order}" if order else ""
        return db.execute(sql).fetch_df()


def join_parquet(parts: Sequence[Path], path: Path, rows: int) -> None:
    """Files of the same columns as one, in their order, in groups of `rows`; the whole of it or nothing."""
    with _whole(path) as temporary, target(temporary) as place, query(parts) as (db, table):
        db.execute("SET threads = 1")
        form = f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {rows})"
        db.execute(f"COPY (SELECT * FROM {table}) TO {place} {form}")


def visit_values(files: Sequence[Path], output: str, visits: Sequence[float], arm: str) -> dict[str, Any]:
    """Arrays patient (n,) and values (n, visits) of one output in one arm, visits in months; in the order of the patients."""
    columns = ", ".join(f"max(value) FILTER (WHERE abs(visit - ?) < 1e-6) AS v{i}" for i in range(len(visits)))
    asked = " OR ".join("abs(visit - ?) < 1e-6" for _ in visits)
    with query(files) as (db, table):
        sql = f"""SELECT patient, {columns} FROM {table}
            WHERE output = ? AND arm = ? AND ({asked}) GROUP BY patient ORDER BY patient"""
        db.execute("SET memory_limit = '1GB'")
        found = db.execute(sql, [*visits, output, arm, *visits]).fetchnumpy()
    values = [_filled(found[f"v{i}"]) for i in range(len(visits))]
    return {"patient": np.asarray(found["patient"]), "values": np.stack(values, axis=1)}


def events(files: Sequence[Path], harms: Sequence[str]) -> dict[tuple[str, str], tuple[int, int]]:
    """(arm, harm) -> patients who had it at any visit, patients who were seen at one; file by file, as a patient lies whole in one."""
    wanted = [f"event_{h}" for h in dict.fromkeys(harms)]
    marks = ", ".join("?" for _ in wanted)
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for file in files if harms else ():
        with query([file]) as (db, table):
            db.execute("SET threads = 1")
            sql = f"""
                SELECT arm, output, count(*) FILTER (WHERE had = 1), count(had) FROM (
                    SELECT arm, output, patient, max(value) FILTER (WHERE isfinite(value)) AS had
                    FROM {table} WHERE output IN ({marks}) GROUP BY ALL)
                GROUP BY arm, output"""
            for arm, output, had, seen in db.execute(sql, wanted).fetchall():
                key = (arm, output.removeprefix("event_"))
                before = found.get(key, (0, 0))
                found[key] = before[0] + int(had), before[1] + int(seen)
    return dict(sorted(found.items()))


def first_events(files: Sequence[Path], output: str, expected: str, last: float) -> dict[str, Any]:
    """Arrays arm, months (to the first event, to leaving, or to `last`), had, expected; in the order of the patients."""
    with query(files) as (db, table):
        sql = f"""
            WITH t AS (SELECT * FROM {table} WHERE output IN (?, ?, 'followed')),
            p AS (SELECT patient, arm,
                    min(visit) FILTER (WHERE output = ? AND visit <= ? + 1e-9) AS event,
                    max(value) FILTER (WHERE output = 'followed') AS followed,
                    max(value) FILTER (WHERE output = ? AND abs(visit - ?) < 1e-6) AS expected
                  FROM t GROUP BY patient, arm)
            SELECT arm, coalesce(event, least(followed, ?)) AS months, event IS NOT NULL AS had, expected
            FROM p WHERE followed IS NOT NULL ORDER BY patient"""
        db.execute("SET memory_limit = '1GB'")
        found = db.execute(sql, [output, expected, output, last, expected, last, last]).fetchnumpy()
    return {k: _filled(v) for k, v in found.items()}


def _filled(column: Any) -> Any:
    return (
        np.ma.filled(column, np.nan) if np.ma.isMaskedArray(column) and column.dtype.kind == "f" else np.asarray(column)
    )


def _feed(digest: Any, frame: Any) -> None:
    for name in frame.columns:
        digest.update(f"{name}\0".encode())
        _feed_values(digest, frame[name])


def _feed_values(digest: Any, *columns: Any) -> None:
    for column in columns:
        if column.dtype.kind in "iub":
            digest.update(np.ascontiguousarray(column.to_numpy(), "<i8").tobytes())
        elif column.dtype.kind == "f":
            digest.update(np.ascontiguousarray(column.to_numpy(), "<f8").tobytes())
        else:
            for text in column:
                body = ("" if text is None else str(text)).encode()
                digest.update(struct.pack("<I", len(body)) + body)


def contents_hash(folder: Path, chunks: Sequence[str], endpoints: bytes) -> str:
    """SHA-256 over patients, outcomes and endpoints: contents in canonical order, not files, times or layout."""
    digest = hashlib.sha256()
    _feed_patients(digest, folder / "patients.parquet")
    files = {_first_patient(c): folder / c for c in chunks}
    step = 20_000
    for first, last in _ranges(folder / "patients.parquet", step):
        where = f"patient >= {first} AND patient < {last}"
        _feed(digest, read_parquet(_holding(files, first, last), "patient, visit, output", where))
    digest.update(endpoints)
    return digest.hexdigest()


def _first_patient(chunk: str) -> int:
    return int(Path(chunk).stem.rpartition("-")[2])


def _holding(files: Mapping[int, Path], first: int, last: int) -> list[Path]:
    """Files that hold patients first … last - 1; each begins with the patient it is filed under."""
    begins = sorted(files)
    before = [b for b in begins if b <= first][-1:]
    return [files[b] for b in (*before, *(b for b in begins if first < b < last))]


def _feed_patients(digest: Any, path: Path, step: int = 50_000) -> None:
    """As `_feed` of the whole table, column after column, a block of patients at a time."""
    ranges = _ranges(path, step)
    for name in read_parquet([path], "", "patient < 0").columns:
        digest.update(f"{name}\0".encode())
        for first, last in ranges:
            where = f"patient >= {first} AND patient < {last}"
            _feed_values(digest, read_parquet([path], "patient", where, f'"{name}"')[name])


def _ranges(path: Path, step: int) -> list[tuple[int, int]]:
    """Ranges of patient numbers, `step` patients in each: trials are numbered far apart, so numbers are not counts."""
    with query([path]) as (db, table):
        numbers = db.execute(f"SELECT patient FROM {table} ORDER BY patient").fetchnumpy()["patient"]
    starts = [int(p) for p in numbers[::step]]
    ends = [*starts[1:], int(numbers[-1]) + 1] if starts else []
    return list(zip(starts, ends, strict=True))
