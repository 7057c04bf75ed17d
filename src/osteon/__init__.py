"""Osteon: an in-silico laboratory for osteoporosis and mesenchymal-stem-cell therapy. Research use only.

>>> import osteon as ost
>>> s = ost.read_scenario("examples/scenario_woman.toml")
>>> r = ost.simulate(s.replace(end="12 months"), draws=0)
>>> r.outputs[0]
'bmd_total_hip'
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

__version__ = "0.2.0"

_HOMES = {
    "records": ("Animal", "Cells", "Habit", "Override", "Person", "Regimen", "Scenario", "read_scenario"),
    "commands": (
        "claims", "cohorts", "drugs", "experiment", "outcomes", "page", "read_run", "replicate", "run", "show", "simulate", "use",
    ),
    "model": ("model",),
    "inference": ("fit", "person", "posterior", "sensitivity"),
}  # fmt: skip
_HOME = {name: f"osteon.api.{home}" for home, names in _HOMES.items() for name in names}
_HOME |= dict.fromkeys(("antibody", "class_member", "small_molecule"), "osteon.interventions")
_HOME |= {"InputError": "osteon.errors", "OsteonError": "osteon.errors"}
_PACKAGES = ("model", "outcomes")  # public functions that have the name of a package
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first used: `import osteon` alone loads nothing."""
    if name not in _HOME:
        raise AttributeError(f"module 'osteon' has no attribute '{name}'")
    if name in _PACKAGES:
        return import_module(f"osteon.{name}")
    value = getattr(import_module(_HOME[name]), name)
    setattr(sys.modules[__name__], name, value)
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


class _CallablePackage(ModuleType):
    """A package that is called as the public function of its name."""

    @property
    def __signature__(self) -> Any:
        from inspect import signature

        return signature(self._function())

    def _function(self) -> Any:
        name = self.__name__.rpartition(".")[2]
        return getattr(import_module(_HOME[name]), name)

    def __call__(self, *values: Any, **named: Any) -> Any:
        return self._function()(*values, **named)


class _Osteon(ModuleType):
    """This package: it makes those callable that must be, whenever something imports them."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _PACKAGES and isinstance(value, ModuleType):
            value.__class__ = _CallablePackage
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Osteon
