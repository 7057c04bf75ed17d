"""Hash of what every example gives, so that a change of structure can be shown to change no number.

    python benchmarks/run_hashes.py > before.txt       # then change, then again, then: diff before.txt after.txt

A study or dose-response file runs with few patients and gives its `osteon hash`; a scenario gives the SHA-256 of its rows.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
PATIENTS = "6"


def osteon(*words: str) -> dict[str, object]:
    """Answer of a command as JSON; its sentences where it did not run."""
    done = subprocess.run(
        [sys.executable, "-m", "osteon", *words, "--json"], capture_output=True, text=True, encoding="utf-8"
    )
    return json.loads(done.stdout) if done.returncode == 0 else {"failed": (done.stdout + done.stderr).strip()[:300]}


def hash_of(file: Path, folder: Path) -> str:
    """Kind of a file and the hash of what it gives."""
    kind = tomllib.loads(file.read_text(encoding="utf-8"))
    own = ["--with", str(EXAMPLES / "my_lab")] if file.parent.name == "my_lab" else []
    if "arm" in kind or "dose_response" in kind or "surface" in kind:
        out = folder / f"{file.parent.name}_{file.stem}"
        made = osteon("run", str(file), "--out", str(out), "--patients", PATIENTS, "--no-live", *own)
        if "failed" in made:
            return str(made["failed"])
        answer = osteon("hash", str(out))
        return str(
            answer.get("failed") or next(v for r in answer["rows"] for k, v in r.items() if k in ("hash", "sha256"))
        )
    verb = "culture" if "dish" in kind else "person" if "dxa" in kind else "simulate"
    if "person" in kind or "animal" in kind or "dish" in kind:
        answer = osteon(verb, str(file), *own)
        return str(
            answer.get("failed") or hashlib.sha256(json.dumps(answer["rows"], sort_keys=True).encode()).hexdigest()
        )
    return "runs nothing"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for file in sorted([*EXAMPLES.glob("*.toml"), *(EXAMPLES / "my_lab").glob("s*.toml")]):
            print(f"{hash_of(file, Path(folder))}  {file.relative_to(EXAMPLES)}", flush=True)


if __name__ == "__main__":
    main()
