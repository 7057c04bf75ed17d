"""Build the model that a person, an arm or a study needs: biology, outcomes, and only the drugs that are given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from osteon.additions import cached
from osteon.biology import HUMAN
from osteon.interventions import CARDS, card, modules_for
from osteon.model import Model, Module, assemble
from osteon.outcomes import OUTCOMES
from osteon.outcomes.harms import harm_modules, harms_of, open_ports
from osteon.simulation.fits import DEFAULT as DEFAULT
from osteon.simulation.fits import fit_ids, joined


@cached(last=64)
def _model(drugs: frozenset[str], fit: str, harms: tuple[str, ...] = ()) -> Model:
    values = joined(fit).values if fit and fit in fit_ids() else {}
    modules = tuple(_fitted(m, dict(values)) for m in (*HUMAN, *OUTCOMES, *modules_for(drugs), *_harms(drugs, harms)))
    return assemble(*modules)


def _harms(drugs: Iterable[str], harms: tuple[str, ...]) -> tuple[Module, ...]:
    """Modules of harms, and what the drugs plug into those ports that only they have."""
    own = harm_modules(harms, plugged_by(drugs))
    ports = open_ports(own)
    exposures = (m for d in CARDS if d in set(drugs) for m in CARDS[d].exposure)
    return (*own, *(m for m in exposures if ports.issuperset(c.port for c in m.contributions)))


def plugged_by(drugs: Iterable[str]) -> frozenset[str]:
    """Ports that the named drugs plug into, those of harms among them."""
    wanted = [card(d) for d in drugs]
    modules = [m for c in wanted for m in (c.module, *c.exposure)]
    return frozenset(x.port for m in modules for x in m.contributions)


def human_model(
    drugs: Iterable[str] = (), fit: str = DEFAULT, modules: tuple[Module, ...] = (), harms: Iterable[str] = ()
) -> Model:
    """A human with the named drugs, fitted values laid over the defaults (fit = "" for the plain defaults).

    modules : more modules, such as those of cell products; a model with any is assembled anew
    harms   : names of harms whose hazards are wanted (data/harms.toml); none costs nothing
    """
    plain = _model(frozenset(drugs), fit, tuple(harms))
    return assemble(*plain.modules, *modules) if modules else plain


def full_model() -> Model:
    """The model of every drug, with every harm that a drug may bring: that of the page."""
    return arm_model(CARDS)


def arm_model(drugs: Iterable[str]) -> Model:
    """The model of these drugs and of every harm that they may bring."""
    names = frozenset(drugs)
    return human_model(names, harms=harms_of(plugged_by(names)))


def _fitted(module: Module, values: dict[str, float]) -> Module:
    changed = tuple(replace(p, value=values[p.name]) if p.name in values else p for p in module.parameters)
    return replace(module, parameters=changed)
