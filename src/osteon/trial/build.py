"""Build the model that a person, an arm or a study needs: biology, outcomes, and only the drugs that are given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from osteon.biology import HUMAN
from osteon.interventions import modules_for
from osteon.model import Model, Module, assemble
from osteon.outcomes import OUTCOMES
from osteon.trial.fits import DEFAULT, fit_ids, load_fit


@lru_cache(maxsize=64)
def _model(drugs: frozenset[str], fit: str) -> Model:
    values = load_fit(fit).values if fit and fit in fit_ids() else {}
    modules = tuple(_fitted(m, dict(values)) for m in (*HUMAN, *OUTCOMES, *modules_for(drugs)))
    return assemble(*modules)


def human_model(drugs: Iterable[str] = (), fit: str = DEFAULT, modules: tuple[Module, ...] = ()) -> Model:
    """A human with the named drugs, fitted values laid over the defaults (fit = "" for the plain defaults).

    modules : more modules, such as those of cell products; a model with any is assembled anew
    """
    plain = _model(frozenset(drugs), fit)
    return assemble(*plain.modules, *modules) if modules else plain


def _fitted(module: Module, values: dict[str, float]) -> Module:
    changed = tuple(replace(p, value=values[p.name]) if p.name in values else p for p in module.parameters)
    return replace(module, parameters=changed)
