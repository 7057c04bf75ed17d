"""`./dev mutate`: break each mechanism once and see which claims turn; what none turns is not counted as holding.

    ./dev mutate            all mutants that were not tried yet on this model, then write src/osteon/data/mutations.csv
    ./dev mutate --only opg one mutant, told and kept
    ./dev mutate --list     the mechanisms

Each mutant runs in a process of its own, and its answer is kept under runs/mutate by what it depends on: a run that was
stopped goes on. Score of a claim: the share of the mutants that were run on it which turn `holds` into something else.
"""

from __future__ import annotations

import argparse
import csv
import fnmatch
import hashlib
import io
import json
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from osteon.errors import InputError, OsteonError, unknown
from osteon.io.files import write_atomic

ROOT = Path(__file__).resolve().parents[1]
MUTANTS = Path(__file__).with_name("mutants.toml")
KEPT = ROOT / "runs" / "mutate"
OUT = ROOT / "src" / "osteon" / "data" / "mutations.csv"
WHOLE = "whole"  # the model as it is
Answers = dict[str, str]


def mutants() -> dict[str, dict[str, Any]]:
    """Mechanisms by name."""
    return tomllib.loads(MUTANTS.read_text(encoding="utf-8"))


class Broken:
    """Parameters at values that a mutant sets, wherever a model is put together or a fit is drawn from."""

    def __init__(self, mutant: Mapping[str, Any]) -> None:
        self.fixed = dict(mutant.get("set", {}))
        self.scaled = dict(mutant.get("scale", {}))
        self.done: dict[str, set[float]] = {}

    def of(self, name: str, value: float) -> float:
        """The value of a parameter in the mutant; a factor is laid on once."""
        for pattern, fixed in self.fixed.items():
            if fnmatch.fnmatchcase(name, pattern):
                return float(fixed)
        for pattern, factor in self.scaled.items():
            if fnmatch.fnmatchcase(name, pattern) and value not in self.done.setdefault(name, set()):
                self.done[name].add(value * factor)
                return float(value * factor)
        return value

    def fixed_value(self, name: str, value: Any) -> Any:
        """A value handed to a run: what is drawn or typical of a product is broken as well."""
        for pattern, fixed in self.fixed.items():
            if fnmatch.fnmatchcase(name, pattern):
                return 0.0 * value + float(fixed)
        return value

    def touches(self, name: str) -> bool:
        """Whether it breaks this parameter."""
        return any(fnmatch.fnmatchcase(name, p) for p in (*self.fixed, *self.scaled))

    def install(self) -> None:
        """Break every model that is assembled from now on."""
        from osteon.model import assemble as whole
        from osteon.simulation.fits import Fit

        def assemble(*modules: Any, **more: Any) -> Any:
            changed = [
                replace(m, parameters=tuple(self._parameter(p) for p in m.parameters)) if m.parameters else m
                for m in modules
            ]
            return whole(*changed, **more)

        from osteon.engine import simulate as run

        def simulate(model: Any, parameters: Any = None, *args: Any, **more: Any) -> Any:
            given = {k: self.fixed_value(k, v) for k, v in (parameters or {}).items()}
            return run(model, given, *args, **more)

        for name in ("osteon.simulation.animal", "osteon.simulation.cell_products", "osteon.replication.experiments"):
            import_module(name)  # what is imported inside functions would miss the break
        for name, module in list(sys.modules.items()):
            if name.startswith("osteon.") and getattr(module, "assemble", None) is whole:
                module.assemble = assemble  # type: ignore[attr-defined]
            if name.startswith("osteon.") and getattr(module, "simulate", None) is run:
                module.simulate = simulate  # type: ignore[attr-defined]
        plain = Fit.ensemble

        def ensemble(fit: Fit, *args: Any, **more: Any) -> Any:
            return {k: v for k, v in plain(fit, *args, **more).items() if not self.touches(k)}

        Fit.ensemble = ensemble  # type: ignore[method-assign]

    def _parameter(self, p: Any) -> Any:
        value = self.of(p.name, p.value)
        return p if value == p.value else replace(p, value=value, uncertainty=None, iiv=None, bounds=None)


def _nothing(*args: Any, **more: Any) -> Any:
    return {name: 0.0 * fold for name, fold in _WHOLE["folds_at"](*args, **more).items()}


def _young(method: str) -> Callable[..., Any]:
    whole = _WHOLE[method]
    if method == "donor_potency_factor":
        return lambda self, passage, age, sick=False, *z: whole(self, 3, 30.0, False, *z)
    return lambda self, passage, age, *z: whole(self, 3, 30.0, *z)


_WHOLE: dict[str, Any] = {}


def install_code(changes: Mapping[str, str]) -> None:
    """Put something in place of functions, methods or constants."""
    for path, what in changes.items():
        owner_path, _, name = path.rpartition(".")
        try:
            owner = import_module(owner_path)
        except ModuleNotFoundError:
            module, _, cls = owner_path.rpartition(".")
            owner = getattr(import_module(module), cls)
        _WHOLE.setdefault(name, getattr(owner, name))
        made = _REPLACED[what](name)
        setattr(owner, name, made)


def _marrow(name: str, subtype: str | None = None) -> Any:
    return _WHOLE["source_of"]("bone_marrow", None)


def _turned(table: str, *columns: str) -> Callable[[str], Callable[[str], tuple[dict[str, str], ...]]]:
    """Rows of a table of regulators or nodes with the signs of some columns turned round."""

    def turn(row: dict[str, str]) -> dict[str, str]:
        return row | {c: str(-float(row[c])) if c != "sign" else str(-int(row[c])) for c in columns}

    def made(name: str) -> Callable[[str], tuple[dict[str, str], ...]]:
        whole = _WHOLE[name]
        return lambda file: tuple(turn(r) if file == table else r for r in whole(file))

    return made


_REPLACED: dict[str, Callable[[str], Any]] = {
    "nothing": lambda n: _nothing,
    "young": _young,
    "marrow": lambda n: _marrow,
    "0": lambda n: 0.0,
    "1": lambda n: 1.0,
    "edges round": _turned("regulators.csv", "sign"),
    "leans round": _turned("nodes.csv", "osteogenesis"),
    "fat leans round": _turned("nodes.csv", "adipogenesis"),
}


def answers(name: str) -> Answers:
    """Raw verdict of every claim that has a check, in this process, broken for good."""
    from osteon.checks.claims import CHECKED, judged
    from osteon.checks.lab import attempt
    from osteon.checks.verdict import verdict

    asked = {i: c for i, c in CHECKED.items() if not c.recorded and not c.twin and c.basis}
    mutant = mutants()[name] if name != WHOLE else {}
    dropped = set(mutant.get("drop", ()))
    if dropped:
        asked = {i: replace(c, runs={n: _without(r, dropped) for n, r in c.runs.items()}) for i, c in asked.items()}
    Broken(mutant).install()
    install_code(mutant.get("code", {}))
    seen, failed = attempt([run for c in asked.values() for run in c.runs.values()])
    found = {}
    for id, check in asked.items():
        try:
            parts, _ = judged(check, seen, failed)
            broke = any(p.holds is None and "failed" in p.words for p in parts)
            found[id] = "broke" if broke else verdict(parts)
        except (OsteonError, ArithmeticError, ValueError, KeyError) as error:
            found[id] = "broke"
            print(f"{name} {id}: {error}", file=sys.stderr)
    return found


def _without(run: Any, names: set[str]) -> Any:
    left = {part: tuple(c for c in getattr(run, part) if c[0] not in names) for part in ("life", "changes")}
    return replace(run, **left)


def kept(name: str) -> Path:
    """Where the answer of a mutant is kept: by the mutant, the checks and the fit."""
    made = hashlib.sha256(json.dumps(mutants().get(name, {}), sort_keys=True).encode())
    for folder in ("src/osteon/checks", "src/osteon/data", "src/osteon/biology", "src/osteon/cells", "src/osteon/outcomes",
                   "src/osteon/interventions"):  # fmt: skip
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".toml", ".json", ".csv") and path.name != OUT.name:
                made.update(path.read_bytes())
    return KEPT / f"{name}-{made.hexdigest()[:16]}.json"


def run_one(name: str) -> Answers:
    """The answer of a mutant, from the file that it left or from a process of its own."""
    path = kept(name)
    if not path.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        words = [sys.executable, "-m", "validation.mutate", "--answer", name]
        done = subprocess.run(
            words, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", env=os.environ | {"OMP_NUM_THREADS": "1"}
        )
        if done.returncode and name == WHOLE:
            raise SystemExit(f"{name}: {done.stderr[-2000:]}")
        if done.returncode:
            print(f"{name} could not be run: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr, flush=True)
            return {}
        write_atomic(path, done.stdout.strip().splitlines()[-1])
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return dict(json.loads(path.read_text(encoding="utf-8")))


def scores(names: Sequence[str]) -> list[dict[str, str]]:
    """Rows claim, tried, turned_by of the claims that hold on the whole model."""
    whole = run_one(WHOLE)
    found = {n: run_one(n) for n in names}
    rows = []
    for claim in (i for i, v in whole.items() if v == "holds"):
        tried = [n for n in names if found[n].get(claim, "broke") != "broke"]
        turned = [n for n in tried if found[n][claim] != "holds"]
        rows.append({"claim": claim, "tried": str(len(tried)), "turned_by": " ".join(turned)})
    return sorted(rows, key=lambda r: int(r["claim"][1:]))


def table(rows: Sequence[Mapping[str, str]]) -> str:
    """The rows as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, ["claim", "tried", "turned_by"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def main() -> int:
    """Run what was not run, write the table, say the mean and what nothing moves."""
    parser = argparse.ArgumentParser(prog="mutate")
    parser.add_argument("--list", action="store_true", help="the mechanisms")
    parser.add_argument("--only", help="one mechanism")
    parser.add_argument("--answer", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    names = list(mutants())
    wanted = asked.answer or asked.only
    if wanted and wanted not in (*names, WHOLE):
        raise InputError(unknown("mutant", wanted, names))
    if asked.list:
        print("\n".join(f"{n:<18} {m['words']}" for n, m in mutants().items()))
    elif asked.answer:
        print(json.dumps(answers(asked.answer)))
    elif asked.only:
        whole, own = run_one(WHOLE), run_one(asked.only)
        print(
            "\n".join(f"{i}: {whole[i]} before, {v} now" for i, v in own.items() if whole.get(i) != v)
            or "no claim turns"
        )
    else:
        rows = scores(names)
        write_atomic(OUT, table(rows))
        share = [len(r["turned_by"].split()) / int(r["tried"]) for r in rows if int(r["tried"])]
        still = [r["claim"] for r in rows if not r["turned_by"]]
        idle = [n for n in names if not any(n in r["turned_by"].split() for r in rows)]
        print(f"{len(rows)} claims, {len(names)} mutants, mean score {sum(share) / len(share):.3f}")
        print(
            f"moved by none ({len(still)}): {', '.join(still)}\nmutants that move none ({len(idle)}): {', '.join(idle)}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
