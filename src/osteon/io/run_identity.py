"""What computed a run: code, data, libraries, kind of CPU and model, so that two programs never mix unseen.

Code and data are told apart by room, parameters by name, so that a refusal can say what differs.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from typing import Any

from osteon import __version__
from osteon.additions import active

FACES = ("cli", "web", "app", "report", "checks", "inference")  # nothing that a run computes comes from these rooms
LIBRARIES = ("numpy", "scipy", "pandas", "duckdb", "llvmlite")
LEVELS = (  # of x86-64, as its ABI names them, by what decides how sums are rounded here
    ("v4", {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}),
    ("v3", {"avx2", "fma"}),
    ("v2", {"sse4.2"}),
)
RUN_IDENTITY_SHOWN = 5  # differing parameters that are named


def identity(model: Mapping[str, Any]) -> dict[str, Any]:
    """Of this program on this machine.   model : equations (SHA-256) and values of parameters that the run solves"""
    here = {
        "code": _rooms(".py", FACES),
        "data": _data(),
        "libraries": _libraries(),
        "cpu_class": cpu_class(),
        "model": dict(model),
        **own_folder(),
    }
    about = {"version": __version__, "python": platform.python_version(), "cpu": _cpu_name()}
    return {**here, **about, "fingerprint": fingerprint(here)}


def own_folder() -> dict[str, Any]:
    """Name and hash of the own folder in force; nothing where there is none, as before there were such folders."""
    found = active()
    return {"own_folder": found.record()} if found else {}


def own_folder_difference(then: Mapping[str, Any]) -> str:
    """What differs between the own folder of a run and the one in force, as a sentence; empty = nothing."""
    before, now = then.get("own_folder") or {}, own_folder().get("own_folder") or {}
    if before.get("sha256") == now.get("sha256"):
        return ""
    if not before:
        return f"The run was made without an own folder; here it is '{now['name']}': leave --with out."
    name = before.get("name", "")
    if not now:
        return f"The run was made with the own folder '{name}' (SHA-256 {str(before['sha256'])[:12]} …): write 'osteon --with DIR …'."
    return f"The own folder '{now['name']}' is not what the run was made with ('{name}', SHA-256 {str(before['sha256'])[:12]} …)."


def fingerprint(here: Mapping[str, Any]) -> str:
    """SHA-256 of what decides the numbers."""
    body = {k: here.get(k) for k in ("code", "data", "libraries", "cpu_class", "model")}
    body |= {"own_folder": here["own_folder"]} if here.get("own_folder") else {}
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def differences(then: Mapping[str, Any] | None, now: Mapping[str, Any]) -> list[str]:
    """Sentences on what differs; empty = the same numbers are to be expected to the bit."""
    if not then:
        return ["The run does not say which program computed it; it is of a version before 0.2.0."]
    if then.get("fingerprint") == now.get("fingerprint") == fingerprint(then):
        return []
    return list(_differences(then, now)) or ["What is written about the program is not what was written."]


def program_differences(then: Mapping[str, Any]) -> list[str]:
    """As `differences`, of this process, whatever model it is to solve."""
    return list(_differences(then, identity({})))


def _differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    own = own_folder_difference(then)
    if own:
        yield own
    for what in ("code", "data"):
        rooms = _changed(then.get(what), now[what])
        if rooms:
            yield f"{what.capitalize()} differs: {', '.join(rooms)}."
    for name in _changed(then.get("libraries"), now["libraries"]):
        yield f"{name} was {_of(then, 'libraries', name)}, is {_of(now, 'libraries', name)}."
    if then.get("cpu_class") != now["cpu_class"]:
        yield f"The kind of CPU was {then.get('cpu_class', 'not told')}, is {now['cpu_class']}: last digits may differ."
    yield from _model_differences(then.get("model") or {}, now["model"])


def _model_differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    if not now:
        return  # the model is not at hand; its code and data are
    before, after = then.get("parameters") or {}, now.get("parameters") or {}
    names = _changed(before, after)
    if names:
        told = [f"{n} was {before.get(n, 'absent')}, is {after.get(n, 'absent')}" for n in names[:RUN_IDENTITY_SHOWN]]
        more = f"; {len(names) - RUN_IDENTITY_SHOWN} more" if len(names) > RUN_IDENTITY_SHOWN else ""
        yield f"Parameters differ: {'; '.join(told)}{more}."
    if then.get("equations") != now.get("equations"):
        yield "The model's equations differ."


def _of(one: Mapping[str, Any], part: str, name: str) -> str:
    return str((one.get(part) or {}).get(name, "absent"))


def _changed(then: Mapping[str, Any] | None, now: Mapping[str, Any]) -> list[str]:
    before = then or {}
    return sorted(k for k in {*before, *now} if before.get(k) != now.get(k))


@cache
def _rooms(suffix: str, without: tuple[str, ...]) -> dict[str, str]:
    """SHA-256 of the sources of each room."""
    return {
        entry.name: _digest(entry, suffix)
        for entry in sorted(files("osteon").iterdir(), key=lambda e: e.name)
        if entry.name not in (*without, "data", "__init__.py", "__main__.py", "__pycache__")
        and (entry.is_dir() or entry.name.endswith(suffix))
    }


@cache
def _data() -> dict[str, str]:
    folder = files("osteon").joinpath("data")
    return {e.name: _digest(e, "") for e in sorted(folder.iterdir(), key=lambda e: e.name)}


def _digest(entry: Any, suffix: str) -> str:
    """Of a file, or of all files with that ending in a folder, names included."""
    if not entry.is_dir():
        return hashlib.sha256(entry.read_bytes()).hexdigest()
    digest = hashlib.sha256()
    for inner in sorted(entry.iterdir(), key=lambda e: e.name):
        if inner.name != "__pycache__" and (inner.is_dir() or inner.name.endswith(suffix)):
            digest.update(f"{inner.name}\0{_digest(inner, suffix)}\n".encode())
    return digest.hexdigest()


@cache
def _libraries() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def cpu_class() -> str:
    """Kind of CPU by which machine code and array code round, such as "x86-64-v3".

    Two machines of one class give the same bits; of two classes, last digits may differ, and so do hashes.
    """
    machine = {"AMD64": "x86-64", "x86_64": "x86-64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())
    if machine != "x86-64":
        return machine
    engine, arrays = _level(_llvm_features()), _level(_numpy_features())
    return f"{machine}-{engine}" if engine == arrays else f"{machine}-{engine} (arrays {arrays})"


def _level(features: set[str]) -> str:
    return next((name for name, needed in LEVELS if needed <= features), "v1")


def _llvm_features() -> set[str]:
    import llvmlite.binding as llvm

    return {name for name, there in llvm.get_host_cpu_features().items() if there}


def _numpy_features() -> set[str]:
    """Of those that NumPy found and was not told to leave alone, by LLVM's names."""
    umath = import_module("numpy._core._multiarray_umath")
    spelt = {"fma3": "fma", "sse42": "sse4.2"}
    found = {str(k).lower() for k, there in umath.__cpu_features__.items() if there}
    if found & {"avx512_skx", "x86_v4"}:
        found |= LEVELS[0][1]
    if "x86_v3" in found:
        found |= LEVELS[1][1]
    if "x86_v2" in found:
        found |= LEVELS[2][1]
    return {spelt.get(f, f) for f in found}


def _cpu_name() -> str:
    import llvmlite.binding as llvm

    return str(llvm.get_host_cpu_name())
