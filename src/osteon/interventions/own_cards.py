"""Drugs of an own folder: each file in `drugs/` is a leaf module that makes one or more cards."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from types import ModuleType

from osteon.additions import Additions, active, cached
from osteon.errors import Fault, InputError, OsteonError
from osteon.interventions.card import Card
from osteon.interventions.shipped import SHIPPED


@cached
def own_cards() -> dict[str, Card]:
    """Cards of the folder in force by name, in the order of its files. Raises InputError with every fault of its files."""
    return {card.name: card for _, card in located_cards()}


@cached
def located_cards() -> tuple[tuple[str, Card], ...]:
    """Cards of the folder in force with the file each stands in, those of one name among them."""
    folder, faults, found = active(), list[Fault](), list[tuple[str, Card]]()
    for path in _leaves(folder) if folder else ():
        module = run_leaf(folder, path, faults)  # type: ignore[arg-type]
        made = _cards_of(module) if module else []
        found += [(path, card) for card in made]
        if module and not made:
            hint = "Write NAME = Card(…), or use antibody(…), small_molecule(…) or class_member(…)."
            faults.append(Fault("no_card", path, "", "a Card at the top of the file", hint, f"'{path}' makes no card."))
    if faults:
        raise InputError(faults)
    return tuple(found)


def _leaves(folder: Additions) -> Iterator[str]:
    return (path for path in sorted(folder.files) if path.partition("/")[0] == "drugs")


def _cards_of(module: ModuleType) -> list[Card]:
    """Cards at the top of a module, once each; those that it only imports are not its own."""
    shipped = {id(c) for c in SHIPPED.values()}
    once = {id(v): v for v in vars(module).values() if isinstance(v, Card)}
    return [card for key, card in once.items() if key not in shipped]


def run_leaf(folder: Additions, path: str, faults: list[Fault]) -> ModuleType | None:
    """A Python file of a folder as a module; what is wrong with it, with its line, goes to `faults`.

    It runs with all rights of whoever named the folder, as any Python file does.
    """
    name = f"osteon_own_{folder.sha256[:16]}.{path.removesuffix('.py').replace('/', '.')}"
    module = ModuleType(name, f"{path} of the folder '{folder.name}'")
    module.__file__ = f"{folder.name}/{path}"
    sys.modules[name] = module
    try:
        exec(compile(folder.files[path], module.__file__, "exec"), vars(module))
    except SyntaxError as error:
        text = f"This is not Python: {error.msg}."
        faults.append(Fault("not_python", f"{path} line {error.lineno}", (error.text or "").strip(), "", "", text))
    except OsteonError as error:
        place = f"{path} line {_line(error, module.__file__)}"
        faults += [
            Fault(f.code, f"{place} {f.place}".strip(), f.value, f.allowed, f.hint, f.message) for f in error.faults
        ]
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        faults.append(Fault("file_fails", f"{path} line {_line(error, module.__file__)}", "", "", "", text))
    else:
        return module
    del sys.modules[name]
    return None


def _line(error: Exception, file: str) -> int:
    """The last line of the file that the error came through."""
    lines = [f.lineno or 0 for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    return lines[-1] if lines else 0
