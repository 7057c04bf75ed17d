"""Cards of what the model is made of: parameter, state, rule, port, rate, module."""

from __future__ import annotations

import inspect
import math
from typing import Any

from osteon.evidence import origins
from osteon.evidence.ledger import confidence_of, supports
from osteon.model import LogitNormal, LogNormal, LogUniform, Model, Module, Normal, Parameter, Uniform
from osteon.model.parts import Spread

Made = tuple[dict[str, Any], str]
MAX_USERS = 12


def parameter_card(model: Model, p: Parameter, default: float, known: float | None) -> Made:
    """A parameter. default: value in the code, before the fit; known: share of its prior that the data took away."""
    unit = "" if p.unit == "1" else f" {p.unit}"
    row: dict[str, Any] = {
        "name": p.name,
        "value": p.value,
        "unit": p.unit,
        "kind": p.kind,
        "source": p.source,
        "default": default,
        "spread": _spread(p.uncertainty, p.unit),
        "between": _spread(p.iiv, p.unit),
        "note": p.note,
        "bounds": list(p.bounds) if p.bounds else None,
        "module": _home(model, p.name),
        "origins": _origins(p.source),
        "used_by": users(model, p.name),
        "rows": [s.row for s in supports().get(p.name, ())],
        "confidence": confidence_of(p.name),
    }
    lines = [f"{p.name} = {p.value:.6g}{unit}  (parameter of {row['module']}, {p.kind})", p.note]
    lines += [_pace(p.value)] if p.unit == "1/day" and p.value > 0 else []
    lines += [f"bounds {p.bounds[0]:g} to {p.bounds[1]:g}{unit}"] if p.bounds else []
    lines += [f"uncertain by {row['spread']}"] if p.uncertainty else []
    lines += [f"between persons {row['between']}"] if p.iiv else []
    if known is not None:
        row["known_from_data"] = known
        told = f"fitted value {p.value:.6g}, default {default:.6g}; its prior was narrowed by {max(0.0, known):.0%} by the data"
        lines += [told]
    elif default != p.value:
        lines += [f"fitted value {p.value:.6g}, default {default:.6g}"]
    lines += [f"source  {record}" for record in row["origins"].values()]
    lines += [f"row {s.row} ({row['confidence']}): {s.relation}" for s in supports().get(p.name, ())]
    return row, "\n".join(line for line in (*lines, *_used(row["used_by"])) if line)


def _pace(rate: float) -> str:
    """A rate as times, computed from its value."""
    mean, half = 1 / rate, math.log(2) / rate
    unit, per = ("y", 365.25) if half > 730 else ("d", 1.0) if half > 2 else ("h", 1 / 24)
    return f"mean time {mean / per:.3g} {unit}, half-life {half / per:.3g} {unit}"


def quantity_card(model: Model, name: str) -> Made:
    """A state or a formula: what it is, its equation, what plugs into it, where it comes from, who uses it."""
    from osteon.io.export import definitions, rates

    state, formula = model.states.get(name), model.formulas.get(name)
    what = "state" if state else str(formula.what if formula else "")
    source = state.source if state else (formula.source if formula else "")
    note = (state.note if state else _told(formula)) or f"of the module {_home(model, name)}"
    equation = f"d {name} / day = {rates(model)[name]}" if state else f"{name} = {definitions(model)[name]}"
    parts = _parts(model, name)
    row: dict[str, Any] = {
        "name": name,
        "kind": what,
        "unit": model.unit(name),
        "note": note,
        "equation": equation,
        "module": _home(model, name),
        "parts": parts,
        "source": source,
        "origins": _origins(source) if source else {},
        "used_by": users(model, name),
    }
    lines = [f"{name}  ({what} of {row['module']}) [{model.unit(name)}]", note, "", equation]
    lines += [f"  {part}: {text}" for part, text in parts.items()]
    lines += [f"source  {record}" for record in row["origins"].values()] + _used(row["used_by"])
    return row, "\n".join(lines)


def module_card(m: Module) -> Made:
    """A module: what it holds."""
    groups: dict[str, tuple[Any, ...]] = {
        "parameters": m.parameters,
        "states": m.states,
        "rules": (*m.derived, *m.rules),
        "processes": m.processes,
        "ports": m.ports,
    }
    row: dict[str, Any] = {"name": m.name, "kind": "module", "note": m.note, "references": list(m.references)}
    row |= {k: [x.name for x in v] for k, v in groups.items()}
    row["plugs_into"] = {c.name: c.port for c in m.contributions}
    lines = [f"{m.name}  (module)", m.note, ""]
    lines += [_list(k, row[k]) for k in groups if row[k]]
    lines += [_list("plugs into", [f"{port} ({name})" for name, port in row["plugs_into"].items()])]
    return row, "\n".join([*lines, _list("references", row["references"])]).rstrip()


def users(model: Model, name: str) -> list[str]:
    """Laws that read a quantity, and states that it changes."""
    found = [f.name for f in model.formulas.values() if name in f.needs or name in f.parts]
    found += [s for p in model.processes.values() if p.name == name for s in p.changes]
    return list(dict.fromkeys(found))


def parameter_row(now: Parameter, code: Parameter) -> dict[str, Any]:
    """A parameter as a row of a drug's card."""
    return {
        "name": now.name,
        "value": now.value,
        "unit": now.unit,
        "kind": now.kind,
        "source": now.source,
        "default": code.value,
        "spread": _spread(now.uncertainty, now.unit),
        "between": _spread(now.iiv, now.unit),
        "note": now.note,
    }


def _parts(model: Model, name: str) -> dict[str, str]:
    """What plugs into a port, or the flows of a state, each with what it says of itself."""
    formula = model.formulas.get(name)
    names = formula.parts if formula else tuple(p.name for p in model.processes.values() if name in p.changes)
    return {n: _told(model.formulas.get(n)).split("\n")[0] for n in names}


def _told(formula: Any) -> str:
    """The note of a formula, or the text of its law, without the indentation of code."""
    if formula is None:
        return ""
    return str(formula.note) or inspect.cleandoc((formula.law.__doc__ or "") if formula.law else "")


def _home(model: Model, name: str) -> str:
    for m in model.modules:
        own: tuple[Any, ...] = (m.parameters, m.derived, m.states, m.rules, m.processes, m.ports, m.contributions)
        if any(x.name == name for group in own for x in group):
            return m.name
    return ""


def _origins(source: str) -> dict[str, str]:
    """Records behind a source by its words; a word without a record stands for itself."""
    return {
        o.word: (o.record if o.record.startswith(o.word) else f"{o.word}: {o.record}".rstrip(": "))
        for o in origins(source)
    }


def _spread(spread: Spread | None, unit: str) -> str:
    own = "" if unit == "1" else f" {unit}"
    if isinstance(spread, LogNormal):
        return f"a factor of {spread.gsd:g} (geometric standard deviation)"
    if isinstance(spread, Normal):
        return f"{spread.sd:g}{own} (standard deviation)"
    if isinstance(spread, LogitNormal):
        return f"{spread.sd:g} on the logit scale (standard deviation)"
    if isinstance(spread, LogUniform):
        return f"{spread.low:g} to {spread.high:g}{own}, every order of magnitude alike"
    if isinstance(spread, Uniform):
        return f"{spread.low:g} to {spread.high:g}{own}, flat"
    return ""


def _used(names: list[str]) -> list[str]:
    return [_list("used by", names)] if names else []


def _list(what: str, names: list[str]) -> str:
    more = f" and {len(names) - MAX_USERS} more" if len(names) > MAX_USERS else ""
    return f"{what}: {', '.join(names[:MAX_USERS])}{more}" if names else ""
