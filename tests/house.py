"""House rules that a linter does not know: file length, no machine paths, no registry addresses, labels that rows and values bear out."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 600
PATHS = re.compile(r"(^|[^A-Za-z0-9_.-])/(work|root|home|farm)/[a-z.]")
REGISTRIES = re.compile(r"--(extra-)?index-url|https?://[^\s\"']*\.(whl|tar\.gz)|(pypi|registry\.npmjs)\.org")


def main() -> int:
    names = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True
    ).stdout.split("\n")
    wrong = [w for name in names if name for w in faults(ROOT / name, name)] + list(dict.fromkeys(labels()))
    print("\n".join(wrong) or "house rules hold")
    return 1 if wrong else 0


def faults(path: Path, name: str) -> list[str]:
    if not path.is_file() or path.suffix in (".png", ".svg", ".parquet", ".npz") or name == "tests/house.py":
        return []
    text = path.read_text(encoding="utf-8")
    found = [f"{name}: {text.count(chr(10))} lines"] if path.suffix == ".py" and text.count("\n") > LONGEST else []
    found += [f"{name}: absolute path of a machine"] if PATHS.search(text) else []
    return found + ([f"{name}: address of a package registry"] if REGISTRIES.search(text) else [])


def labels() -> Iterator[str]:
    """What is called measured without a row that holds it, times in notes that are not the value's, and tables of evidence with faults."""
    from osteon.errors import CorruptData
    from osteon.evidence.citations import load_citations
    from osteon.evidence.labels import false_labels, false_times
    from osteon.evidence.readings import load_readings
    from tests.evidence.test_references import models

    for table in (load_readings, load_citations):
        try:
            table()
        except CorruptData as error:
            yield from (f.sentence() for f in error.faults)
    for _, model in models():
        parameters = list(model.parameters.values())
        yield from false_labels(parameters)
        yield from false_times(parameters)


if __name__ == "__main__":
    sys.exit(main())
