"""The driver as machine code: `driver.drive`, translated, compiled once for all models and kept on disk."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np

from osteon.engine import driver
from osteon.engine.lanes import Code, Job, Lanes, Outputs
from osteon.engine.machine import COMPILING, cached_object, load_object
from osteon.engine.translate import Layout, Translator
from osteon.engine.vector import scalar_power


def drive(job: Job, lanes: Lanes, found: Outputs, code: Code) -> None:
    """As `driver.drive`. Other threads of Python run meanwhile."""
    parts = {"job": job, "w": lanes, "found": found, "code": code}
    words = [word for part in parts.values() for field in part for word in _words(field)]
    frame = np.array(words, np.int64)
    _driver(tuple((name, fields_of(part)) for name, part in parts.items()))(frame.ctypes.data)


def _words(field: Any) -> tuple[int, ...]:
    if isinstance(field, np.ndarray):
        assert field.flags.c_contiguous
        return (field.ctypes.data, *field.shape)
    return field if isinstance(field, tuple) else (field,)


def fields_of(part: Any) -> tuple[tuple[str, str, int], ...]:
    """Fields of an argument of the driver: name, kind and number of axes."""
    return tuple(
        (name, {"i": "i", "f": "f", "b": "b"}[field.dtype.kind], field.ndim)
        if isinstance(field, np.ndarray)
        else (name, "call", len(_words(field)))
        for name, field in zip(part._fields, part, strict=True)
    )


def _driver(layout: Layout) -> Callable[[int], None]:
    with COMPILING:
        return _compiled(layout)


@lru_cache(maxsize=4)
def _compiled(layout: Layout) -> Callable[[int], None]:
    _, constants = _source()
    words = ("driver", repr(layout), repr(constants))
    _, code = cached_object(words, lambda: ({}, driver_text(layout)), speed=2)
    engine, addresses = load_object(code, ("drive",))
    call = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(addresses["drive"])
    _engines.append(engine)
    return call


_engines: list[Any] = []  # the execution engine must outlive the addresses


def _source() -> tuple[str, dict[str, Any]]:
    text = files("osteon.engine").joinpath("driver.py").read_text(encoding="utf-8")
    return text, {k: v for k, v in vars(driver).items() if isinstance(v, (int, float))}


def driver_text(layout: Layout) -> str:
    """The driver as LLVM IR, for arguments laid out so."""
    source, constants = _source()
    parts = [scalar_power(), Translator(source, constants).text("drive", layout), "attributes #0 = { nounwind }"]
    return "\n\n".join(parts)
