"""The driver as machine code: `driver.drive`, translated, compiled once for all models and kept on disk."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np

from osteon.engine import driver
from osteon.engine.lanes import Code, Found, Job, Lanes
from osteon.engine.machine import kept, linked
from osteon.engine.translate import Layout, Translator
from osteon.engine.vector import scalar_power

GENERATOR = "1"  # raise when the translation changes


def drive(job: Job, lanes: Lanes, found: Found, code: Code) -> None:
    """As `driver.drive`. Other threads of Python run meanwhile."""
    parts = {"job": job, "w": lanes, "found": found, "code": code}
    words = [word for part in parts.values() for field in part for word in _words(field)]
    frame = np.array(words, np.int64)
    _driver(tuple((name, _fields(part)) for name, part in parts.items()))(frame.ctypes.data)


def _words(field: Any) -> tuple[int, ...]:
    if isinstance(field, np.ndarray):
        assert field.flags.c_contiguous
        return (field.ctypes.data, *field.shape)
    return field if isinstance(field, tuple) else (field,)


def _fields(part: Any) -> tuple[tuple[str, str, int], ...]:
    return tuple(
        (name, {"i": "i", "f": "f", "b": "b"}[field.dtype.kind], field.ndim)
        if isinstance(field, np.ndarray)
        else (name, "call", len(_words(field)))
        for name, field in zip(part._fields, part, strict=True)
    )


@lru_cache(maxsize=4)
def _driver(layout: Layout) -> Callable[[int], None]:
    source = files("osteon.engine").joinpath("driver.py").read_text(encoding="utf-8")
    constants = {k: v for k, v in vars(driver).items() if isinstance(v, (int, float))}
    words = ("driver", GENERATOR, source, repr(layout), repr(constants))
    _, code = kept(words, lambda: ({}, _text(source, constants, layout)), speed=2)
    engine, addresses = linked(code, ("drive",))
    call = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(addresses["drive"])
    _engines.append(engine)
    return call


_engines: list[Any] = []  # the execution engine must outlive the addresses


def _text(source: str, constants: dict[str, Any], layout: Layout) -> str:
    return "\n\n".join(
        [scalar_power(), Translator(source, constants).text("drive", layout), "attributes #0 = { nounwind }"]
    )
