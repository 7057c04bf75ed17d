"""What may stand in a rate law, and how its argument names are read."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

_BRANCHES = ("COMPARE_OP", "IS_OP", "CONTAINS_OP", "FOR_ITER", "GET_ITER", "UNARY_NOT", "YIELD_VALUE", "RAISE_VARARGS")
_WRITES = ("STORE_GLOBAL", "STORE_ATTR", "STORE_SUBSCR", "IMPORT_NAME", "DELETE_GLOBAL", "DELETE_SUBSCR")


@cache
def arguments(law: Callable[..., Any]) -> tuple[str, ...]:
    """Names of the quantities a law needs, in order."""
    return tuple(inspect.signature(law).parameters)


def renamed(law: Callable[..., Any], **names: str) -> Callable[..., Any]:
    """The same law of other quantities: `renamed(law, bone="bone_total_hip")` for one site, one drug, one organ.

    >>> arguments(renamed(lambda bone, k: k * bone, bone="bone_total_hip"))
    ('bone_total_hip', 'k')
    """
    unknown = set(names) - set(arguments(law))
    if unknown:
        raise ValueError(f"{law.__name__} has no argument {', '.join(sorted(unknown))}.")

    def law_of_others(*values: Any) -> Any:
        return law(*values)

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    fresh = [inspect.Parameter(names.get(a, a), kind) for a in arguments(law)]
    law_of_others.__signature__ = inspect.Signature(fresh)  # type: ignore[attr-defined]
    law_of_others.__doc__, law_of_others.__name__ = law.__doc__, law.__name__
    law_of_others.original = original(law)  # type: ignore[attr-defined]
    return law_of_others


def original(law: Callable[..., Any]) -> Callable[..., Any]:
    """The function that was written, behind any renaming."""
    return getattr(law, "original", law)


@cache
def faults(law: Callable[..., Any]) -> tuple[str, ...]:
    """Why a function cannot be a rate law: branches, comparisons, loops, writes, default or star arguments."""
    found = [
        f"argument '{p.name}' has a default or a star"
        for p in inspect.signature(law).parameters.values()
        if p.default is not p.empty or p.kind is not p.POSITIONAL_OR_KEYWORD
    ]
    code = getattr(original(law), "__code__", None)
    if code is None:
        return (*found, "it is not a plain Python function")
    names = {i.opname for i in dis.get_instructions(code)}
    found += ["it branches or loops on values" for n in names if n in _BRANCHES or "JUMP_IF" in n][:1]
    found += ["it writes or imports something" for n in names if n in _WRITES][:1]
    return tuple(found)
