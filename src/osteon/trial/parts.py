"""A run in parts, for array jobs without a scheduler: each part computes its share of the chunks, a join makes the run whole."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from osteon.errors import Fault, InputError
from osteon.io import run_folder as folders
from osteon.io.run_identity import program_differences
from osteon.io.run_lock import locked

PART = re.compile(r"([1-9][0-9]{0,4})/([1-9][0-9]{0,4})")
MAX_PARTS = 10_000
PARTS_SAME = ("study_sha256", "settings", "version", "format", "identity")
OF_PART = ("chunks", "files", "state", "part", "checksum", "chunk_size", "repaired")  # what is a part's own


def part_of(text: str) -> tuple[int, int] | None:
    """(k, n) of "k/n", or None for no part. Raises InputError."""
    if not text:
        return None
    found = PART.fullmatch(text)
    k, n = (int(g) for g in found.groups()) if found else (0, 0)
    if not 1 <= k <= n <= MAX_PARTS:
        message = f"'{text}' is no part."
        raise InputError(
            Fault("bad_part", "--part", text, f"k/n with 1 <= k <= n <= {MAX_PARTS}", "Write 2/8.", message)
        )
    return k, n


def share(tasks: Sequence[tuple[int, int]], part: tuple[int, int] | None) -> list[tuple[int, int]]:
    """Every n-th of all chunks, from the k-th on: parts of one size, whatever is slow in the run."""
    return list(tasks) if part is None else list(tasks[part[0] - 1 :: part[1]])


def join_parts(
    out: str | Path,
    parts: Sequence[str | Path],
    close: Callable[[Path], dict[str, Any]],
    wanted: Callable[[Path], list[int]],
) -> dict[str, Any]:
    """Copy the chunks of parts into a new run folder and close it.

    wanted : first patients of all chunks of a run folder.  Raises InputError with every fault: other studies, settings or
    versions, parts that are not done, chunks that no part has; CorruptData where a file was changed.
    """
    places = [Path(p) for p in parts]
    if not places:
        raise InputError(
            Fault("nothing_asked", "parts", "", "one folder or more", "", "Name the folders of the parts.")
        )
    manifests = [_checked(p) for p in places]
    _refuse_different(places, manifests)
    target = Path(out)
    chunks = {c["first"]: (p, c) for p, m in zip(places, manifests, strict=True) for c in m["chunks"]}
    missing = [w for w in wanted(places[0]) if w not in chunks]
    if missing:
        message = f"{len(missing)} chunks are in no part, as the one that begins with patient {missing[0]}."
        hint = "Run the missing part, or resume the one that was stopped."
        raise InputError(Fault("missing_part", str(out), len(missing), "0", hint, message))
    with locked(target):
        study = (places[0] / "study.toml").read_bytes()
        first = manifests[0]
        own = {k: v for k, v in first.items() if k not in OF_PART} | {"chunks": [], "files": {}, "state": "running"}
        folders.create(target, own, study)
        shutil.copyfile(places[0] / "patients.parquet", target / "patients.parquet")
        folders.register(target, ["patients.parquet"])
        manifest = folders.read_manifest(target)
        for place, chunk in chunks.values():
            shutil.copyfile(place / chunk["file"], target / chunk["file"])
        manifest["chunks"] = [chunks[k][1] for k in sorted(chunks)]
        manifest["chunk_size"] = first["chunk_size"]
        folders.write_manifest(target, manifest)
        return close(target)


def _checked(place: Path) -> dict[str, Any]:
    """The manifest of a part. Raises CorruptData where a file was changed, InputError for another program."""
    manifest = folders.read_manifest(place)
    folders.verify(place)
    found = program_differences(manifest.get("identity") or {})
    if found:
        text = f"Another program computed '{place}'. {' '.join(found)}"
        raise InputError(
            Fault("other_program", str(place), "", "", "Join with the program that computed the parts.", text)
        )
    return manifest


def _refuse_different(places: Sequence[Path], manifests: Sequence[dict[str, Any]]) -> None:
    first, faults = manifests[0], []
    for place, m in zip(places[1:], manifests[1:], strict=True):
        wrong = [k for k in PARTS_SAME if m.get(k) != first.get(k)]
        if m["files"].get("patients.parquet") != first["files"].get("patients.parquet"):
            wrong.append("patients")
        if m["chunks"] and first["chunks"] and m.get("chunk_size") != first.get("chunk_size"):
            wrong.append("batch")
        if wrong:
            message = f"'{place}' is no part of the run that '{places[0]}' is of: {', '.join(wrong)} differ."
            faults.append(Fault("other_run", str(place), ", ".join(wrong), "", "", message))
    if faults:
        raise InputError(faults)
