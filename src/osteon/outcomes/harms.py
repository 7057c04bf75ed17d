"""Hazards of harms as modules: `hazard_HARM` a year, and `cumulative_HARM` since the start of the run.

hazard = background(age) + what each exposure adds: its excess, or (ratio - 1) of the background, times its shape.
Only what is asked for is built, and of it only the causes that a drug of the model can bring about, so that a run
without harms is not slowed. Beside its hazard each cause carries the exposure it has cumulated: cumulated hazards are
linear in the published effects, so their interval needs no further run.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from osteon.additions import cached
from osteon.model import Contribution, LogNormal, Module, Parameter, Port, Process, Rule, State, exp, renamed
from osteon.model.parts import Kind, Law
from osteon.outcomes.exposure_metrics import ALWAYS, MODULES, QUANTITY, READS, UNIT
from osteon.outcomes.harm_table import Cause, Harm, harm, load_harms

HARM_KINDS: dict[str, Kind] = {
    "read": "measured",
    "secondary": "measured",
    "derived": "derived",
    "unverified": "assumed",
}
HARM_REFERENCE_AGE = 70.0  # years, of the background


def linear(driver, reference):
    """Exposure against the reference exposure.  [1]"""
    return driver / reference


def square(driver, reference):
    """Its square: harm that rises ever faster with exposure.  [1]"""
    return (driver / reference) ** 2


def saturating(driver, reference, half):
    """Exposure that fills a place: 1 at the reference, at most 1 + half.  [1]"""
    return (1 + half) * driver / (driver + half * reference)


def steep(driver, reference, width, most):
    """An e-fold for every width, the tail of a spread that a fall moves along; where all have it, at most `most`.  [1]"""
    tail = exp((driver - reference) / width)
    return (1 + most) * tail / (most + tail)


def background(age, base, growth, harm_age):
    """Hazard without a drug, exponential in age.  [1/year]"""
    return base * exp(growth * (age - harm_age))


def cumulated_background(age, age_at_start, base, growth, harm_age):
    """The same from month 0 on, in closed form.  [1]"""
    return base / growth * (exp(growth * (age - harm_age)) - exp(growth * (age_at_start - harm_age)))


def steady_background(age, age_at_start, base):
    """The same where age does not matter.  [1]"""
    return base * (age - age_at_start)


def with_added(rate, added):
    """Background and all that is added."""
    return rate + added


def of_excess(shape, effect):
    """What an excess adds."""
    return effect * shape


def of_ratio(shape, effect, rate):
    """What a hazard ratio adds to the background.  [1/year]"""
    return (effect - 1) * rate * shape


def of_ratio_cumulated(exposed, effect):
    """What a hazard ratio has added so far.  [1]"""
    return (effect - 1) * exposed


def exposed_years(shape, days_per_year):
    """Years at the reference exposure.  [year/day]"""
    return shape / days_per_year


def exposed_background(shape, rate, days_per_year):
    """Background hazard lived through while exposed.  [1/day]"""
    return rate * shape / days_per_year


HAZARD_SHAPES: dict[str, Law] = {"linear": linear, "square": square, "saturating": saturating, "steep": steep}


SIZE = {
    "saturating": ("half", "of the reference, for half of the most"),
    "steep": ("width", "for an e-fold of the hazard"),
}  # shape -> its own parameter, and what that is
MAX_HAZARD_RATIO = 10_000.0  # of a steep hazard, against the reference: who has it is found at a look a month; assumed


def harm_modules(names: Iterable[str], plugged: Iterable[str]) -> tuple[Module, ...]:
    """Modules of the named harms. plugged: ports that a drug of the model plugs into; other causes are left out.

    Raises InputError for a harm that does not exist.
    """
    wanted = [harm(n) for n in dict.fromkeys(names)]
    ports = set(plugged)
    causes = {h.name: built(h, ports) for h in wanted}
    drivers = [MODULES[c.driver] for group in causes.values() for c in group if c.driver in MODULES]
    once = tuple({m.name: m for m in drivers}.values())
    return (_AGE, *once, *(_module(h, causes[h.name]) for h in wanted)) if wanted else ()


def built(h: Harm, ports: Iterable[str]) -> tuple[Cause, ...]:
    """Causes of a harm that these ports bring about, and those that need no drug."""
    given = set(ports)
    return tuple(c for c in h.causes if c.driver in ALWAYS or given.intersection(READS[c.driver]))


def open_ports(modules: Iterable[Module]) -> set[str]:
    """Names of the ports that modules have."""
    return {p.name for m in modules for p in m.ports}


def harms_of(ports: Iterable[str]) -> tuple[str, ...]:
    """Harms that something plugged into these ports can bring about, in the order of the table."""
    given = set(ports)
    return tuple(h.name for h in load_harms().values() if any(given.intersection(READS[c.driver]) for c in h.causes))


def harms_requested(names: Iterable[str]) -> tuple[str, ...]:
    """Harms that outputs or parameters of these names belong to."""
    owners = {_owners()[n] for n in names if n in _owners()}
    return tuple(h for h in load_harms() if h in owners)


@cached
def _owners() -> dict[str, str]:
    """The harm of every quantity and parameter of a harm, whichever of its causes are built."""
    found: dict[str, str] = {}
    for name, h in load_harms().items():
        m = _module(h, h.causes)
        parts: tuple[Any, ...] = (*m.parameters, *m.states, *m.ports, *m.rules, *m.processes, *m.contributions)
        found |= {p.name: name for p in parts}
    return found


def hazards() -> tuple[str, ...]:
    """Names of all hazards of harms."""
    return tuple(h.hazard for h in load_harms().values())


_AGE = Module(
    "harm_age",
    note="The age that backgrounds of harms hold for.",
    parameters=(Parameter("harm_age", HARM_REFERENCE_AGE, "year", "derived", "definition"),),
)


def _module(h: Harm, causes: tuple[Cause, ...]) -> Module:
    rate, added, so_far = f"{h.name}_background", f"{h.name}_added", f"{h.name}_cumulated"
    own = {"base": f"{h.name}_base", "growth": f"{h.name}_growth"}
    rises = h.growth != 0.0
    start = renamed(cumulated_background, **own) if rises else renamed(steady_background, base=own["base"])
    return Module(
        f"harm_{h.name}",
        note=h.words[0].upper() + h.words[1:] + ".",
        parameters=(*_background_parameters(h), *(p for c in causes for p in _parameters(c))),
        states=tuple(_state(c) for c in causes),
        ports=(
            Port(added, "sum", "1/year", f"what exposures add to the hazard of {h.words}"),
            Port(so_far, "sum", "1", "the same, cumulated"),
        ),
        rules=(
            Rule(rate, renamed(background, **own), "1/year", source=_word(h.source)),
            Rule(f"{rate}_cumulated", start, "1"),
            *(Rule(f"{c.name}_shape", _shape(c), "1") for c in causes),
            Rule(h.hazard, renamed(with_added, rate=rate, added=added), "1/year", note=f"hazard of {h.words}"),
            Rule(
                f"cumulative_{h.name}",
                renamed(with_added, rate=f"{rate}_cumulated", added=so_far),
                "1",
                note=f"{h.words}: cumulated hazard, background from month 0",
            ),
        ),
        processes=tuple(_process(c, rate) for c in causes),
        contributions=tuple(x for c in causes for x in _contributions(c, rate, added, so_far)),
    )


def _word(source: str) -> str:
    return source.partition(":")[0]


def _background_parameters(h: Harm) -> tuple[Parameter, ...]:
    kind: Kind = "assumed" if HARM_KINDS[h.confidence] == "assumed" else "derived"
    spread = LogNormal(h.gsd) if h.gsd > 1 else None
    base = Parameter(f"{h.name}_base", h.background, "1/year", kind, h.source, spread, note="without a drug, at 70")
    return (base, Parameter(f"{h.name}_growth", h.growth, "1/year", "assumed", "assumed", note="per year of age"))


def _parameters(c: Cause) -> tuple[Parameter, ...]:
    unit = UNIT.get(c.driver, "1")
    what = "hazard ratio" if c.ratio else "excess a year"
    found = [
        Parameter(
            c.parameter,
            c.effect,
            "1" if c.ratio else "1/year",
            kind_of(c),
            c.source,
            LogNormal(c.gsd),
            note=f"{what} at the reference exposure; {c.evidence} data"
            + ("" if c.shown else ", not shown, not excluded"),
        ),
        Parameter(f"{c.name}_reference", c.reference, unit, "derived", "definition", note="exposure behind the figure"),
    ]
    if c.shape in SIZE:
        name, note = SIZE[c.shape]
        size = "1" if c.shape == "saturating" else unit
        found.append(Parameter(f"{c.name}_{name}", c.half, size, "assumed", "assumed", note=note))
    if c.shape == "steep":
        found.append(
            Parameter(
                f"{c.name}_most", MAX_HAZARD_RATIO, "1", "assumed", "assumed", note="all have it: found in a month"
            )
        )
    return tuple(found)


def kind_of(c: Cause) -> Kind:
    """Measured where a published row holds this very ratio; an excess is derived from counts or shares."""
    kind = HARM_KINDS[c.confidence]
    return "derived" if kind == "measured" and not (c.ratio and len(c.rows) == 1) else kind


def _shape(c: Cause) -> Law:
    names = {"driver": QUANTITY.get(c.driver, c.driver), "reference": f"{c.name}_reference"}
    names |= {SIZE[c.shape][0]: f"{c.name}_{SIZE[c.shape][0]}"} if c.shape in SIZE else {}
    names |= {"most": f"{c.name}_most"} if c.shape == "steep" else {}
    return renamed(HAZARD_SHAPES[c.shape], **names)


def _state(c: Cause) -> State:
    if c.ratio:
        return State(f"{c.name}_exposed", "1", 0.0, 1e-3, "background hazard cumulated while exposed")
    return State(f"{c.name}_exposed", "year", 0.0, 0.1, "years at the reference exposure")


def _process(c: Cause, rate: str) -> Process:
    law: Law = renamed(exposed_background, rate=rate) if c.ratio else exposed_years
    unit = "1/day" if c.ratio else "year/day"
    return Process(f"{c.name}_exposure", renamed(law, shape=f"{c.name}_shape"), unit, {f"{c.name}_exposed": 1})


def _contributions(c: Cause, rate: str, added: str, so_far: str) -> tuple[Contribution, ...]:
    shape, exposed = f"{c.name}_shape", f"{c.name}_exposed"
    source = _word(c.source)
    if c.ratio:
        now = renamed(of_ratio, shape=shape, effect=c.parameter, rate=rate)
        then = renamed(of_ratio_cumulated, exposed=exposed, effect=c.parameter)
    else:
        now = renamed(of_excess, shape=shape, effect=c.parameter)
        then = renamed(of_excess, shape=exposed, effect=c.parameter)
    return (
        Contribution(added, f"{c.name}_adds", now, source=source),
        Contribution(so_far, f"{c.name}_added_so_far", then, source=source),
    )
