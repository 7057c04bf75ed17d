"""The shipped posterior: draws of the fitted numbers and of the influential assumed ones, as `osteon posterior` sampled them.

data/posterior/default.npz holds the draws, default.json what they are of and how well they were sampled. They belong to one fit:
beside any other values, or where OSTEON_DRAWS is "gaussian", the fit's own normal approximation is drawn from instead.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.errors import CorruptData, Fault, InputError, unknown
from osteon.streams import uniform

Array = NDArray[np.float64]
SOURCES = ("posterior", "gaussian")
VARIABLE = "OSTEON_DRAWS"


@dataclass(frozen=True)
class PosteriorDraws:
    """names; values : (draws, names) in the parameters' own units, in random order; about : fit, data, diagnostics

    spreads : (draws, spreads) of rows and studies; errors : (some draws, rows) of the calibration rows, points or log fold
    """

    names: tuple[str, ...]
    values: Array
    about: Mapping[str, Any] = field(default_factory=dict)
    spreads: Array | None = None
    errors: Array | None = None

    def members(self, seed: int, members: NDArray[np.int64]) -> dict[str, Array]:
        """Numbered draws by name, (len(members),) each: the same whatever else is drawn, none twice in as many members as there are draws."""
        n = len(self.values)
        first = int(uniform(seed, np.zeros(1, np.int64), "posterior_draws")[0] * n)
        chosen = self.values[(first + np.asarray(members)) % n]
        return {name: chosen[:, i].astype(float) for i, name in enumerate(self.names)}

    @property
    def fingerprint(self) -> str:
        """SHA-256 of names and draws."""
        return hashlib.sha256("\0".join(self.names).encode() + self.values.tobytes()).hexdigest()


def requested_draws() -> str:
    """Where draws of parameters come from: OSTEON_DRAWS, or the posterior. Raises InputError for another word."""
    asked = os.environ.get(VARIABLE) or SOURCES[0]
    if asked not in SOURCES:
        raise InputError(unknown(f"value of {VARIABLE}", asked, SOURCES))
    return asked


@cache
def shipped(name: str) -> PosteriorDraws | None:
    """The shipped draws of a fit; None where there are none. Raises CorruptData."""
    folder = files("osteon").joinpath("data").joinpath("posterior")
    body, told = folder.joinpath(f"{name}.npz"), folder.joinpath(f"{name}.json")
    if not (body.is_file() and told.is_file()):
        return None
    try:
        about = json.loads(told.read_text(encoding="utf-8"))
        with np.load(io.BytesIO(body.read_bytes()), allow_pickle=False) as found:
            parts = {k: np.asarray(found[k], float) for k in ("spreads", "errors") if k in found}
            draws = PosteriorDraws(tuple(str(n) for n in found["names"]), np.asarray(found["values"]), about, **parts)
    except (OSError, ValueError, KeyError, EOFError) as error:
        text = f"The shipped posterior '{name}' cannot be read: {error}. Install Osteon anew."
        raise CorruptData(Fault("damaged", f"{name}.npz", "", "", "", text)) from None
    if draws.values.shape[1:] != (len(draws.names),) or not np.isfinite(draws.values).all():
        text = (
            f"The shipped posterior '{name}' holds draws that are no numbers, or not of its names. Install Osteon anew."
        )
        raise CorruptData(Fault("damaged", f"{name}.npz", "", "", "", text))
    return draws


def draws_for(name: str, values_hash: str) -> PosteriorDraws | None:
    """The shipped draws of a fit with these values, unless the Gaussian is asked for."""
    found = shipped(name)
    if found is None or found.about.get("fit_hash") != values_hash or requested_draws() != "posterior":
        return None
    return found
