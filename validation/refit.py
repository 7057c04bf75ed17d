"""`./dev refit`: everything that follows from a changed law or row, in its order, each step once.

    ./dev refit                   what is stale, from the fit of the bone to the README
    ./dev refit --list            the steps, and which of them stand
    ./dev refit --from fractures  from a step on (the bone was fitted already)
    ./dev refit --only between    one step

A step stands while the files it reads and those it writes are as it left them. A run that was stopped goes on where it was; the fit of the
bone goes on between its own batches. A check that does not hold stops nothing: it is said at the end, with exit code 1.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from osteon.errors import InputError, unknown
from osteon.io.files import write_atomic

ROOT = Path(__file__).resolve().parents[1]
STATE = ROOT / "runs" / "refit" / "state.json"
DATA, FITS = "src/osteon/data", "src/osteon/data/fits"
FACES = ("cli", "app", "web", "report", "checks", "trial")  # rooms that a fit does not read
ProgressCallback = Callable[[str], None]


@dataclass(frozen=True)
class Step:
    """One link of the chain. words: after `python -m`; reads, writes: globs from the root; check: exit code 1 is an answer."""

    name: str
    about: str
    words: tuple[str, ...]
    reads: tuple[str, ...]
    writes: tuple[str, ...] = ()
    check: bool = False


CODE = ("src/osteon/**/*.py",)
ROWS = (f"{DATA}/measurements.csv", f"{DATA}/tissue.csv", f"{DATA}/cohorts/*.toml", f"{DATA}/split.json")
BONE, FRACTURE_ENDPOINTS = f"{FITS}/default.json", f"{FITS}/fractures.json"
SPREAD, BODIES, HARMS = f"{DATA}/between_study.json", f"{DATA}/species/bodies.toml", f"{DATA}/harms.toml"
DRAWS = (f"{DATA}/posterior/default.npz", f"{DATA}/posterior/default.json")
SHIPPED = (BONE, FRACTURE_ENDPOINTS, SPREAD, BODIES, HARMS, *DRAWS)

STEPS = (
    Step("bone", "the joint fit of the bone", ("osteon", "fit", "--out", BONE), (*CODE, *ROWS), (BONE,)),
    Step("fractures", "the hazards of fracture on that bone", ("osteon", "fit", "--what", "fractures", "--out", FRACTURE_ENDPOINTS),
         (*CODE, *ROWS, BONE, f"{DATA}/incidence.csv"), (FRACTURE_ENDPOINTS,)),
    Step("posterior", "the joint posterior on that bone (three hours on two cores)", ("validation.posterior", "--sample"),
         (*ROWS, BONE), DRAWS),
    Step("between", "the spread between studies", ("validation", "--between"), (*CODE, *ROWS, BONE),
         (SPREAD, "validation/left_out.csv", "validation/left_out_cohorts.csv")),
    Step("animals", "figures of species that depend on the fit", ("validation.animals", "--fit", "--write"), (*CODE, BONE), (BODIES,)),
    Step("exposures", "reference exposures of harms", ("validation.exposures", "--write"),
         (*CODE, BONE, f"{DATA}/cohorts/*.toml"), (HARMS,)),
    Step("experiments", "the experiments of Table 1", ("validation.verdicts", "experiments", "--write"),
         (*CODE, *SHIPPED, f"{DATA}/experiments/*.toml"), ("validation/verdicts_experiments.json",), check=True),
    Step("claims", "the review's statements", ("validation.verdicts", "claims", "--write"),
         (*CODE, *SHIPPED, f"{DATA}/claims.csv"), ("validation/verdicts_claims.json",), check=True),
    Step("mutations", "each mechanism broken once: which claims turn", ("validation.mutate",),
         (*CODE, *SHIPPED, f"{DATA}/claims.csv", "validation/mutants.toml"), (f"{DATA}/mutations.csv",)),
    Step("conditions", "diseases, habits and drugs beside people", ("validation", "--conditions"),
         (*CODE, *SHIPPED, "validation/conditions.toml"), check=True),
    Step("physiology", "what a bone physician would try", ("validation", "--physiology", "--write"),
         (*CODE, *SHIPPED, "validation/physiology.py", "validation/physiology.toml"),
         ("validation/physiology.json", "docs/evidence/physiology.md")),
    Step("scorecard", "every cohort replayed", ("validation", "--page", "--write"), (*CODE, *ROWS, *SHIPPED),
         ("validation/scorecard.json", f"{DATA}/validation.json", "docs/evidence/scorecard.md", "README.md")),
    Step("pictures", "commands, cohorts and the README's picture", ("docs.build",), (*CODE, *ROWS, *SHIPPED),
         ("docs/commands.md", "docs/evidence/cohorts.md", "docs/defend.svg")),
)  # fmt: skip


def digest(patterns: Iterable[str], root: Path = ROOT, apart: Sequence[str] = ()) -> str:
    """SHA-256 over names and bytes of the files behind globs, without the rooms of `apart`."""
    found = sorted({p for g in patterns for p in root.glob(g) if p.is_file() and "__pycache__" not in p.parts})
    made = hashlib.sha256()
    for path in found:
        if any(room in path.relative_to(root).parts for room in apart):
            continue
        made.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return made.hexdigest()


def _read(step: Step, root: Path) -> str:
    return digest(step.reads, root, () if step.check else FACES) + " ".join(step.words)


def stands(step: Step, state: dict[str, Any], root: Path = ROOT) -> bool:
    """Whether a step's inputs and outputs are as it left them."""
    last = state.get(step.name)
    return bool(last) and last["read"] == _read(step, root) and last["wrote"] == digest(step.writes, root)


def load(path: Path = STATE) -> dict[str, Any]:
    """What earlier runs left; empty where there is nothing readable."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def refit(
    steps: Sequence[Step],
    again: bool = False,
    on_progress: ProgressCallback = lambda text: None,
    root: Path = ROOT,
    state_path: Path = STATE,
) -> int:
    """Run the steps that do not stand, in order. 0: all hold; 1: a check does not hold; 3: a step failed, the rest waits."""
    state, unheld = load(state_path), []
    for k, step in enumerate(steps):
        head = f"[{k + 1} of {len(steps)}] {step.name}: {step.about}"
        if not again and stands(step, state, root):
            on_progress(f"{head}: stands")
            code = int(state[step.name]["code"])
        else:
            code = _run(step, head, state, on_progress, root, state_path)
        if code not in ((0, 1) if step.check else (0,)):
            on_progress(
                f"{step.name} ended with exit code {code}. Mend it, then run the same command again: what is done stands."
            )
            return 3
        unheld += [step.name] if code else []
    on_progress(f"Does not hold: {', '.join(unheld)}." if unheld else "All steps stand.")
    return 1 if unheld else 0


def _run(
    step: Step, head: str, state: dict[str, Any], on_progress: ProgressCallback, root: Path, state_path: Path
) -> int:
    last = state.get(step.name, {}).get("seconds")
    on_progress(head + (f" (about {_time(last)} last time)" if last else ""))
    read, began = _read(step, root), time.monotonic()
    code = subprocess.call([sys.executable, "-m", *step.words], cwd=root, env={**os.environ, "PYTHONHASHSEED": "0"})
    took = time.monotonic() - began
    on_progress(f"  {step.name}: exit code {code} after {_time(took)}")
    if code in ((0, 1) if step.check else (0,)):
        state[step.name] = {"read": read, "wrote": digest(step.writes, root), "code": code, "seconds": round(took, 1)}
        state_path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(state_path, json.dumps(state, indent=1) + "\n")
    return code


def _time(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def chosen(first: str = "", only: Sequence[str] = ()) -> tuple[Step, ...]:
    """Steps from one on, or the named ones. Raises InputError with the nearest name."""
    names = [s.name for s in STEPS]
    for name in (*([first] if first else []), *only):
        if name not in names:
            raise InputError(unknown("step", name, names))
    if only:
        return tuple(s for s in STEPS if s.name in only)
    return STEPS[names.index(first) if first else 0 :]


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="refit", description="Everything that follows from a changed law or row.")
    parser.add_argument("--list", action="store_true", help="the steps and which of them stand; runs nothing")
    parser.add_argument("--from", dest="first", default="", metavar="STEP", help="from this step on")
    parser.add_argument("--only", nargs="+", default=[], metavar="STEP", help="these steps alone")
    parser.add_argument("--again", action="store_true", help="also what stands")
    asked = parser.parse_args(words)
    try:
        steps = chosen(asked.first, asked.only)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    if asked.list:
        state = load()
        for s in steps:
            print(f"{s.name:12} {'stands' if stands(s, state) else 'stale ':6}  {s.about}")
        return 0
    try:
        return refit(steps, asked.again, lambda line: print(line, file=sys.stderr, flush=True))
    except KeyboardInterrupt:
        print("Stopped. The same command goes on from here.", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main())
