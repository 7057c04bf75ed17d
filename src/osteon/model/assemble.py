"""Assembly: modules in, one frozen model out; every fault of names and units told at once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from osteon.errors import Fault, InputError, nearest, unknown
from osteon.model import laws
from osteon.model.dimensions import unit_fault
from osteon.model.expressions import Expr, const, symbol
from osteon.model.parts import KINDS, Derived, Entry, Law, Module, Parameter, Port, Process, Rule, State
from osteon.model.tracing import Traced, fingerprint
from osteon.units import parse_unit

TIME = "time"


@dataclass(frozen=True)
class Formula:
    """Any quantity that follows from others: a rule, a derived quantity, a contribution, a port or a rate."""

    name: str
    law: Law | None
    unit: str
    needs: tuple[str, ...]
    what: str
    source: str = ""
    note: str = ""
    parts: tuple[str, ...] = ()
    combine: str = ""

    def value(self, values: Mapping[str, Any]) -> Any:
        """The quantity, from the values of what it needs."""
        if self.law is not None:
            return self.law(*(values[n] for n in self.needs))
        total: Any = 0.0 if self.combine == "sum" else 1.0
        for part in self.parts:
            total = total + values[part] if self.combine == "sum" else total * values[part]
        return total


@dataclass(frozen=True)
class Model:
    """A frozen model. Names are unique over parameters, states and formulas; formulas stand in the order of need."""

    modules: tuple[Module, ...]
    parameters: Mapping[str, Parameter]
    states: Mapping[str, State]
    formulas: Mapping[str, Formula]
    processes: Mapping[str, Process]
    ports: Mapping[str, Port]
    entries: tuple[Entry, ...] = field(default=())

    def __repr__(self) -> str:
        """Its size and its modules: a model is asked by name, not read as a whole."""
        size = f"{len(self.states)} states, {len(self.parameters)} parameters, {len(self.formulas)} formulas"
        names = [m.name for m in self.modules]
        shown = ", ".join(names[:40]) + (f" and {len(names) - 40} more" if len(names) > 40 else "")
        return f"Model of {size}; modules: {shown}"

    def with_values(self, values: Mapping[str, float]) -> Model:
        """The model with other values of parameters, in their units. Raises InputError with every unknown name and bound.

        >>> assemble(Module("one", parameters=(Parameter("k", 0.1, "1/day", "assumed", "assumed"),))).with_values(
        ...     {"k": 0.2}
        ... ).defaults
        {'k': 0.2}
        """
        found = [unknown("parameter", n, self.parameters, "values") for n in values if n not in self.parameters]
        parameters = {n: replace(p, value=float(values.get(n, p.value))) for n, p in self.parameters.items()}
        found += _parameter_faults(p for n, p in parameters.items() if n in values)
        if found:
            raise InputError(found)
        modules = tuple(replace(m, parameters=tuple(parameters[p.name] for p in m.parameters)) for m in self.modules)
        return replace(self, modules=modules, parameters=parameters)

    @cached_property
    def defaults(self) -> dict[str, float]:
        """Parameter values, in their own units."""
        return {name: p.value for name, p in self.parameters.items()}

    @property
    def outputs(self) -> tuple[str, ...]:
        """Every name that a simulation can be asked for."""
        return (*self.states, *self.formulas)

    def unit(self, name: str) -> str:
        """Unit of any quantity. Raises KeyError for a name the model does not have."""
        for table in (self.parameters, self.states, self.formulas):
            if name in table:
                return str(table[name].unit)
        return {TIME: "day"}[name]

    def entry(self, target: str, route: str) -> Entry:
        """Where a dose lands. Raises InputError with the routes that exist."""
        for entry in self.entries:
            if (entry.target, entry.route) == (target, route):
                return entry
        known = sorted(f"{e.target} {e.route}" for e in self.entries)
        raise InputError([_fault("no_entry", f"{target} {route}", "This model takes no such dose.", known)])

    def evaluate(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """All formulas from values of parameters, states and time (floats or arrays of one shape)."""
        known = dict(values)
        for name, formula in self.formulas.items():
            known[name] = formula.value(known)
        return known

    def initial_values(self, parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """State values at the start, from the defaults with `parameters` put over them."""
        known = {**self.defaults, **(parameters or {})}
        for name, formula in self.formulas.items():
            if formula.what == "derived":
                known[name] = formula.value(known)
        return {s.name: _initial(s, known) for s in self.states.values()}

    def rates(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """d state / d day at the given values of parameters, states and time."""
        known = self.evaluate(values)
        total: dict[str, Any] = dict.fromkeys(self.states, 0.0)
        for process in self.processes.values():
            for state, factor in process.changes.items():
                size = known[factor] if isinstance(factor, str) else factor
                total[state] = total[state] + size * known[process.name]
        return total

    @cached_property
    def traced(self) -> Traced:
        """The model as expressions, made once."""
        names = (*self.parameters, *self.states, TIME)
        symbols: dict[str, Any] = {n: symbol(n) for n in names}
        known = self.evaluate(symbols)
        rules = {n: _expr(known[n]) for n in self.formulas}
        rates = self.rates(symbols)
        start = self.initial_values({n: symbol(n) for n in self.parameters})
        rhs = tuple(_expr(rates[s]) for s in self.states)
        initial = tuple(_expr(start[s]) for s in self.states)
        states, parameters = tuple(self.states), tuple(self.parameters)
        mark = fingerprint(states, parameters, (*rhs, *initial, *rules.values()), tuple(rules))
        return Traced(states, parameters, rhs, MappingProxyType(rules), initial, mark)

    def trace(self) -> Traced:
        """The model as expressions: right-hand sides, rules and initial values."""
        return self.traced


def _expr(value: Any) -> Expr:
    return value if isinstance(value, Expr) else const(value)


def _initial(state: State, known: Mapping[str, Any]) -> Any:
    if isinstance(state.initial, str):
        return known[state.initial]
    if callable(state.initial):
        return state.initial(*(known[n] for n in laws.arguments(state.initial)))
    return state.initial


def _fault(
    code: str, place: str, message: str, allowed: Iterable[str] = (), value: object = "", hint: str = ""
) -> Fault:
    return Fault(code=code, place=place, value=value, allowed=", ".join(allowed), hint=hint, message=message)


def assemble(*modules: Module) -> Model:
    """Put modules together. Raises InputError with every fault: names, laws, units, order.

    >>> from osteon.model import Module, Parameter, Process, State, assemble
    >>> clearance = Parameter("k_out", 0.1, "1/day", kind="assumed", source="assumed")
    >>> drug = State("drug", "mg", initial=10.0)
    >>> out = Process("drug_loss", lambda drug, k_out: k_out * drug, "mg/day", changes={"drug": -1.0})
    >>> assemble(Module("one", parameters=(clearance,), states=(drug,), processes=(out,))).outputs
    ('drug', 'drug_loss')
    """
    formulas, found = _formulas(modules)
    parameters = {p.name: p for m in modules for p in m.parameters}
    states = {s.name: s for m in modules for s in m.states}
    processes = {p.name: p for m in modules for p in m.processes}
    ports = {p.name: p for m in modules for p in m.ports}
    entries = tuple(e for m in modules for e in m.entries)
    found += _duplicates(modules) + _parameter_faults(parameters.values())
    known = {*parameters, *states, *formulas, TIME}
    found += _name_faults(formulas, states, processes, known) + _port_faults(modules, ports)
    found += _entry_faults(entries, states, parameters)
    if found:
        raise InputError(found)
    model = Model(
        modules, parameters, states, _in_order(formulas, {*parameters, *states, TIME}), processes, ports, entries
    )
    found = _initial_faults(model) or _unit_faults(model)
    if found:
        raise InputError(found)
    return model


def _formulas(modules: tuple[Module, ...]) -> tuple[dict[str, Formula], list[Fault]]:
    made: list[Formula] = []
    plugs: dict[str, list[str]] = {}
    units = {p.name: p.unit for m in modules for p in m.ports}
    for module in modules:
        made += [_formula(d, "derived") for d in module.derived] + [_formula(r, "rule") for r in module.rules]
        made += [_formula(p, "rate") for p in module.processes]
        for c in module.contributions:
            unit = units.get(c.port, "1")
            made.append(Formula(c.name, c.law, unit, laws.arguments(c.law), "contribution", c.source, c.note))
            plugs.setdefault(c.port, []).append(c.name)
    for port in (p for m in modules for p in m.ports):
        parts = tuple(plugs.get(port.name, ()))
        made.append(
            Formula(port.name, None, port.unit, parts, "port", note=port.note, parts=parts, combine=port.combine)
        )
    found = [
        _fault("bad_law", f.name, f"'{f.name}' cannot be a rate law: {reason}.")
        for f in made
        if f.law is not None
        for reason in laws.faults(f.law)
    ]
    return {f.name: f for f in made}, found


def _formula(part: Derived | Rule | Process, what: str) -> Formula:
    return Formula(part.name, part.law, part.unit, laws.arguments(part.law), what, part.source, part.note)


def _duplicates(modules: tuple[Module, ...]) -> list[Fault]:
    seen: dict[str, str] = {TIME: "the language (days)"}
    found = []
    for module in modules:
        parts = (module.parameters, module.derived, module.states, module.rules, module.processes, module.ports)
        for name in (p.name for group in (*parts, module.contributions) for p in group):
            if name in seen:
                text = f"'{name}' is defined in module '{module.name}' and already in {seen[name]}."
                found.append(_fault("duplicate_name", name, text))
            seen[name] = f"module '{module.name}'"
            if not (name.isascii() and name.isidentifier()):
                found.append(_fault("bad_name", name, f"'{name}' is not a plain ASCII identifier."))
    return found


def _parameter_faults(parameters: Iterable[Parameter]) -> list[Fault]:
    found = []
    for p in parameters:
        if p.kind not in KINDS:
            found.append(_fault("bad_kind", p.name, f"Parameter '{p.name}' has kind '{p.kind}'.", KINDS, p.kind))
        if not p.source.strip():
            text = f"Parameter '{p.name}' has no provenance. Write its source, or 'assumed'."
            found.append(_fault("no_source", p.name, text))
        if not math.isfinite(p.value):
            found.append(_fault("not_finite", p.name, f"Parameter '{p.name}' is {p.value}.", value=str(p.value)))
        elif p.bounds and not p.bounds[0] <= p.value <= p.bounds[1]:
            text = f"Parameter '{p.name}' = {p.value} lies outside its bounds {p.bounds}."
            found.append(_fault("out_of_bounds", p.name, text, value=p.value))
    return found


def _name_faults(
    formulas: Mapping[str, Formula], states: Mapping[str, State], processes: Mapping[str, Process], known: set[str]
) -> list[Fault]:
    found = []
    for formula in formulas.values():
        for name in (n for n in formula.needs if n not in known):
            found.append(_unknown(formula.what, formula.name, "needs", name, known))
    for process in processes.values():
        for name in (n for n in process.changes if n not in states):
            found.append(_unknown("process", process.name, "changes", name, set(states)))
        for factor in (f for f in process.changes.values() if isinstance(f, str) and f not in known):
            found.append(_unknown("process", process.name, "is scaled by", factor, known))
    for state in states.values():
        needs = laws.arguments(state.initial) if callable(state.initial) else (state.initial,)
        for name in (n for n in needs if isinstance(n, str) and n not in known):
            found.append(_unknown("state", state.name, "starts from", name, known))
    return found


def _unknown(what: str, where: str, verb: str, name: str, known: set[str]) -> Fault:
    close = nearest(name, known)
    hint = f"Did you mean '{close}'?" if close else ""
    text = f"{what.capitalize()} '{where}' {verb} '{name}', which the model does not have. {hint}".strip()
    return Fault(code="unknown_name", place=where, value=name, allowed="", hint=hint, message=text)


def _port_faults(modules: tuple[Module, ...], ports: Mapping[str, Port]) -> list[Fault]:
    plugged = [(c.name, c.port) for m in modules for c in m.contributions if c.port not in ports]
    return [_unknown("contribution", name, "plugs into port", port, set(ports)) for name, port in plugged]


def _entry_faults(
    entries: tuple[Entry, ...], states: Mapping[str, State], parameters: Mapping[str, Any]
) -> list[Fault]:
    found = [
        _unknown("entry", f"{e.target} {e.route}", "fills state", e.state, set(states))
        for e in entries
        if e.state not in states
    ]
    for e in entries:
        for name in (n for n in (e.bioavailability, e.lag) if n is not None and n not in parameters):
            found.append(_unknown("entry", f"{e.target} {e.route}", "uses parameter", name, set(parameters)))
    return found


def _in_order(formulas: Mapping[str, Formula], free: set[str]) -> dict[str, Formula]:
    done: dict[str, Formula] = {}
    waiting = dict(formulas)
    while waiting:
        ready = [f for f in waiting.values() if all(n in free or n in done for n in f.needs)]
        if not ready:
            names = sorted(waiting)
            text = "These quantities need each other in a circle: " + ", ".join(names) + ". Make one of them a state."
            raise InputError([_fault("circle", names[0], text)])
        for formula in ready:
            done[formula.name] = waiting.pop(formula.name)
    return done


def _initial_faults(model: Model) -> list[Fault]:
    free = {*model.parameters, *(n for n, f in model.formulas.items() if f.what == "derived")}
    found = []
    for formula in model.formulas.values():
        if formula.what == "derived":
            for name in (n for n in formula.needs if n not in free):
                text = f"Derived '{formula.name}' needs '{name}', which is not a parameter."
                found.append(_fault("not_static", formula.name, text, value=name))
    for state in model.states.values():
        needs = laws.arguments(state.initial) if callable(state.initial) else (state.initial,)
        for name in (n for n in needs if isinstance(n, str) and n not in free):
            text = f"State '{state.name}' starts from '{name}', which is not a parameter."
            found.append(_fault("not_static", state.name, text, value=name))
    return found


def _unit_faults(model: Model) -> list[Fault]:
    values: dict[str, float] = {**model.defaults, TIME: 1.0}
    values |= {n: float(v) for n, v in model.initial_values().items()}
    values = {n: float(v) for n, v in model.evaluate(values).items()}
    units = {n: model.unit(n) for n in values}
    found = []
    for f in model.formulas.values():
        if f.law is not None and (text := unit_fault(f.law, f.needs, values, units, f.unit)):
            found.append(_fault("unit", f.name, f"{f.what.capitalize()} '{f.name}' {text}."))
    for state in model.states.values():
        if callable(state.initial):
            needs = laws.arguments(state.initial)
            if text := unit_fault(state.initial, needs, values, units, state.unit):
                found.append(_fault("unit", state.name, f"The start of state '{state.name}' {text}."))
    return found + _flow_faults(model, units)


def _flow_faults(model: Model, units: Mapping[str, str]) -> list[Fault]:
    found = []
    for process in model.processes.values():
        for name, factor in process.changes.items():
            flow, want = parse_unit(process.unit), parse_unit(f"{model.states[name].unit}/day")
            size = parse_unit(units[factor]) if isinstance(factor, str) else parse_unit("1")
            got = flow * size
            if got.exponents != want.exponents or not math.isclose(got.factor, want.factor, rel_tol=1e-9):
                text = f"Process '{process.name}' flows in '{process.unit}', but state '{name}' needs '{want}'."
                found.append(_fault("unit", process.name, text, value=process.unit))
    return found
