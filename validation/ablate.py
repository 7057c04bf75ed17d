"""`./dev ablate`: each mechanism of the bone law switched off and the rest fitted again; what gets worse on classes left out.

    ./dev ablate --list                 the mechanisms and which of them are done for the shipped fit
    ./dev ablate blunting woken_rankl   these; none named: all, at most three hours
    ./dev ablate --table                what has been run so far

A refit starts at the shipped values and makes at most STEPS damped steps with slopes taken where the mechanism is off; the cost counts squares (the shipped
fit lets far errors count in a straight line), so the whole law makes the same steps first. Then each class of drugs is
left out and forecast, with the mechanism and without it. Progress is kept after every mechanism (runs/ablate.json), of one fit and its rows.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.errors import InputError, unknown
from osteon.inference.between import LADDER, LONGEST, absurd_folds, leave_one_out
from osteon.inference.fit import STEP, data_hash
from osteon.inference.linear import Linear, linearise, row_class
from osteon.io.files import write_atomic
from osteon.simulation.fits import load_fit, values_hash

Array = NDArray[np.float64]
ROOT = Path(__file__).resolve().parents[1]
FILE, STATE = Path(__file__).with_name("ablations.toml"), ROOT / "runs" / "ablate.json"
STEPS, FOLD_STEPS, ENOUGH = 10, 3, 0.2  # steps of a refit; of a fold; a gain of the cost below which a refit ends
QUANTITIES = ("bmd_total_hip", "bmd_lumbar_spine", "ctx", "p1np")
ProgressCallback = Callable[[str], None]


@dataclass(frozen=True)
class Ablated(Linear):
    """The rows with some parameters nailed down: they do not move and their priors do not count.   fixed : (parameters,) bool"""

    fixed: tuple[bool, ...] = ()

    def prior(self, point: Array) -> Array:
        return np.where(self.fixed, 0.0, super().prior(point))

    def information(self, without: str = "") -> Array:
        off = np.array(self.fixed)
        found = super().information(without)
        found[off, :] = found[:, off] = 0.0
        found[off, off] = 1e9  # nails it: the spread of a forecast takes none from it
        return found

    def gradient(self, found: Array, point: Array, without: str = "") -> Array:
        return np.where(self.fixed, 0.0, super().gradient(found, point, without))


def ablations() -> dict[str, dict[str, Any]]:
    """Mechanisms by name. Raises InputError for a parameter that the fit does not have."""
    found = tomllib.loads(FILE.read_text(encoding="utf-8"))
    names = load_fit().names
    for mechanism in found.values():
        for name in mechanism["set"]:
            if name not in names:
                raise InputError(unknown("fitted parameter", name, names))
    return found


def switched_off(linear: Linear, values: Mapping[str, float]) -> Ablated:
    """The rows at the shipped point with the mechanism off, slopes taken there."""
    where = linear.where
    off = tuple(n in values for n in where.names)
    point = where.to_point({**{n: float(v[0]) for n, v in where.from_points(linear.point).items()}, **values})
    return _sloped(Ablated(**{**_fields(linear), "point": point}, fixed=off), point)


def _fields(linear: Linear) -> dict[str, Any]:
    return {n: getattr(linear, n) for n in Linear.__dataclass_fields__}


def _sloped(at: Ablated, point: Array) -> Ablated:
    """The same rows with errors and slopes at a point."""
    free = [i for i, off in enumerate(at.fixed) if not off]
    found = at.run(np.vstack([point, point + STEP * np.eye(len(point))[free]]))
    slopes = np.zeros((found.shape[1], len(point)))
    slopes[:, free] = ((found[1:] - found[0]) / STEP).T
    return replace(at, point=point, errors=found[0], slopes=slopes)


def refitted(start: Ablated, on_progress: ProgressCallback = lambda text: None) -> Ablated:
    """At most STEPS damped steps, the slopes taken anew once half way."""
    at = start
    for k in range(STEPS):
        before = at.cost(at.errors, at.point)
        information, side = at.information(), at.gradient(at.errors, at.point)
        steps = [np.linalg.solve(information + d * np.diag(np.diag(information)), -side) for d in LADDER]
        nailed = np.array(at.fixed)
        trials = np.array(
            [np.where(nailed, at.point, at.where.clip(at.point + np.clip(s, -LONGEST, LONGEST))) for s in steps]
        )
        found = at.run(trials)
        costs = [at.cost(e, p) for e, p in zip(found, trials, strict=True)]
        best = int(np.argmin(costs))
        gain = before - costs[best]
        on_progress(f"  step {k + 1} of {STEPS}: {min(costs[best], before):.1f} (gain {max(gain, 0.0):.1f})")
        if gain > 0:
            at = replace(at, point=trials[best], errors=found[best])
        if gain < ENOUGH:
            break
        if k == STEPS // 2 - 1:
            at = _sloped(at, at.point)
    return at


def forecast_errors(linear: Linear, on_progress: ProgressCallback = lambda text: None) -> dict[str, Any]:
    """RMSE (points or log fold) by class left out and quantity, and the classes whose forecast is none."""
    f = leave_one_out(linear, FOLD_STEPS, on_progress)
    found: dict[str, dict[str, float]] = {}
    for class_ in sorted({row_class(m) for m in f.rows}):
        for quantity in QUANTITIES:
            own = [k for k, m in enumerate(f.rows) if row_class(m) == class_ and m.endpoint == quantity]
            if own:
                found.setdefault(class_, {})[quantity] = round(float(np.sqrt(np.mean(f.error[own] ** 2))), 3)
    return {"rmse": found, "absurd": absurd_folds(f)}


def ablate(
    names: Sequence[str], on_progress: ProgressCallback = lambda text: None, path: Path = STATE
) -> dict[str, Any]:
    """Run the mechanisms that are not done for the shipped fit; the state, as it is kept in `path`."""
    known = ablations()
    for name in names:
        if name not in known:
            raise InputError(unknown("mechanism", name, known))
    linear = linearise(on_progress=on_progress)
    state = _begun(linear, path, on_progress)
    for name in names or known:
        if name in state["done"]:
            on_progress(f"{name}: stands")
            continue
        on_progress(f"{name}: {known[name]['words']}")
        state["done"][name] = _measured(linear, known[name]["set"], on_progress)
        write_atomic(path, json.dumps(state, indent=1) + "\n")
    return state


def _measured(linear: Linear, values: Mapping[str, float], on_progress: ProgressCallback) -> dict[str, Any]:
    at = refitted(switched_off(linear, values), on_progress)
    return {"cost": round(at.cost(at.errors, at.point), 2), **forecast_errors(_sloped(at, at.point), on_progress)}


def _begun(linear: Linear, path: Path, on_progress: ProgressCallback) -> dict[str, Any]:
    of = {"fit": values_hash(load_fit()), "rows": data_hash(linear.arms, linear.observed)}
    state = _read(path)
    if state.get("of") == of:
        return state
    on_progress("the law as it is, fitted by the same steps")
    state = {"of": of, "whole": _measured(linear, {}, on_progress), "done": {}}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, json.dumps(state, indent=1) + "\n")
    return state


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def table(state: Mapping[str, Any]) -> str:
    """What each mechanism is worth: rise of the cost, and of the errors on classes left out that move by a tenth or more."""
    whole = state["whole"]
    lines = [
        f"the whole law: cost {whole['cost']:.1f}; classes left out that are no forecast: {', '.join(whole['absurd']) or 'none'}"
    ]
    for name, row in sorted(state["done"].items(), key=lambda kv: -kv[1]["cost"]):
        lines.append(
            f"{name}: cost {row['cost'] - whole['cost']:+.1f}"
            + (f"; no forecast of {', '.join(row['absurd'])}" if row["absurd"] else "")
        )
        moved = [
            f"    {class_} {q}: {before:.2f} → {row['rmse'][class_][q]:.2f}"
            for class_, own in whole["rmse"].items()
            for q, before in own.items()
            if abs(row["rmse"][class_][q] - before) >= 0.1 * before
        ]
        lines += moved or ["    nothing left out moves by a tenth"]
    return "\n".join(lines)


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="ablate", description="Mechanisms of the bone law switched off one by one and refitted."
    )
    parser.add_argument("names", nargs="*", metavar="MECHANISM", help="none: all")
    parser.add_argument("--list", action="store_true", help="mechanisms and which of them are done; runs nothing")
    parser.add_argument("--table", action="store_true", help="what has been run; runs nothing")
    asked = parser.parse_args(words)
    state = _read(STATE)
    stands = state.get("of", {}).get("fit") == values_hash(load_fit())
    try:
        if asked.list:
            for name, mechanism in ablations().items():
                print(f"{name:20} {'done' if stands and name in state['done'] else 'open':6}{mechanism['words']}")
            return 0
        if asked.table and not stands:
            print("Nothing has been run for the shipped fit.")
            return 1
        if not asked.table:
            state = ablate(asked.names, lambda line: print(line, file=sys.stderr, flush=True))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped. The same command goes on from here.", file=sys.stderr)
        return 3
    print(table(state))
    return 0


if __name__ == "__main__":
    sys.exit(main())
