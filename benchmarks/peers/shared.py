"""SBML for simulators that write the formula out wherever its name stands (libRoadRunner does), without that cost.

As exported, a formula is an assignment rule; libRoadRunner compiles its text anew at every mention, so formulas that build
on formulas multiply: some eighty exponentials, logarithms and powers of workload A become thousands (`evaluations`). Here
* everything that depends on parameters alone is a parameter, to be set for every patient (`constants`);
* within one rate, a part that stands more than once is handed to a function as its argument: evaluated once.
The numbers are the same; nothing is approximated. What cannot be said in SBML is a part shared between two rates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from osteon.io.export import MATH, SBML, _node
from osteon.model import Expr, Traced, symbols_of, walk
from osteon.model.expressions import const, make_node, symbol

LEAVES = ("const", "symbol")
SLOW = ("exp", "log", "pow", "tanh", "softplus", "sqrt")


@dataclass(frozen=True)
class Shared:
    """SBML text; `constants`: names of the parameters and what they are worth, in terms of the model's parameters."""

    text: str
    constants: dict[str, Expr]


Dose = tuple[str, float, float]  # state, day, amount


def shared_sbml(traced: Traced, outputs: tuple[str, ...], doses: Sequence[Dose] = ()) -> Shared:
    """States by rate rule, `outputs` by assignment rule, doses by event. All states start at zero: set them."""
    roots = [*traced.rhs, *(traced.rules[o] for o in outputs)]
    hoisted = _parameter_only(roots, set(traced.parameters))
    before, roots = roots, [_replace(r, hoisted) for r in roots]
    constants = {hoisted[id(n)].name or "": n for n in walk(*before) if id(n) in hoisted}
    root = ET.Element("sbml", {"xmlns": SBML, "level": "3", "version": "2"})
    body = ET.SubElement(root, "model", {"id": "osteon_shared"})
    functions = ET.SubElement(body, "listOfFunctionDefinitions")
    listed = ET.SubElement(body, "listOfParameters")
    for name in (*constants, *traced.states):
        ET.SubElement(listed, "parameter", {"id": name, "value": "0", "constant": str(name in constants).lower()})
    for name in outputs:
        ET.SubElement(listed, "parameter", {"id": name, "constant": "false"})
    rules = ET.SubElement(body, "listOfRules")
    for name, value in zip((*traced.states, *outputs), roots, strict=True):
        kind = "rateRule" if name in traced.states else "assignmentRule"
        rule = ET.SubElement(rules, kind, {"variable": name})
        rule.append(math := ET.Element("math", {"xmlns": MATH}))
        math.append(_bound(name, value, functions))
    _events(body, doses)
    return Shared(ET.tostring(root, encoding="unicode"), constants)


def evaluations(traced: Traced) -> dict[str, int]:
    """Exponentials, logarithms, powers and roots of one right-hand side: each once, once a rate, and at every mention."""
    parameters = set(traced.parameters)
    found = {"once": 0, "once a rate": 0, "at every mention": 0}
    for key, groups in (("once", [traced.rhs]), ("once a rate", [(r,) for r in traced.rhs])):
        for roots in groups:
            fixed = _fixed(list(roots), parameters)
            found[key] += sum(n.op in SLOW and not fixed[id(n)] for n in walk(*roots))
    fixed, mentions = _fixed(list(traced.rhs), parameters), {}
    for node in walk(*traced.rhs):
        below = sum(mentions[id(a)] for a in node.args)
        mentions[id(node)] = 0 if fixed[id(node)] else below + (node.op in SLOW)
    return found | {"at every mention": sum(mentions[id(r)] for r in traced.rhs)}


def _fixed(roots: list[Expr], parameters: set[str]) -> dict[int, bool]:
    """Whether a node depends on parameters alone."""
    fixed: dict[int, bool] = {}
    for node in walk(*roots):
        fixed[id(node)] = node.name in parameters if node.op == "symbol" else all(fixed[id(a)] for a in node.args)
    return fixed


def _events(body: ET.Element, doses: Sequence[Dose]) -> None:
    """One event a dose: time >= day, state + amount."""
    listed = ET.SubElement(body, "listOfEvents") if doses else body
    for i, (state, day, amount) in enumerate(doses):
        event = ET.SubElement(listed, "event", {"id": f"dose_{i}", "useValuesFromTriggerTime": "false"})
        trigger = ET.SubElement(event, "trigger", {"initialValue": "false", "persistent": "false"})
        math = ET.SubElement(trigger, "math", {"xmlns": MATH})
        math.append(due := ET.Element("apply"))
        ET.SubElement(due, "geq")
        due.extend([_node(symbol("time")), _node(const(day))])
        given = ET.SubElement(ET.SubElement(event, "listOfEventAssignments"), "eventAssignment", {"variable": state})
        math = ET.SubElement(given, "math", {"xmlns": MATH})
        math.append(_node(symbol(state) + const(amount)))


def _parameter_only(roots: list[Expr], parameters: set[str]) -> dict[int, Expr]:
    """Largest parameter-only parts, by id, and the symbol that stands for each."""
    fixed = _fixed(roots, parameters)
    wanted: dict[int, Expr] = {}
    for node in walk(*roots):
        if not fixed[id(node)]:
            wanted |= {id(a): a for a in node.args if fixed[id(a)] and a.op != "const"}
    wanted |= {id(r): r for r in roots if fixed[id(r)] and r.op != "const"}
    return {key: symbol(f"fixed_{i}") for i, key in enumerate(wanted)}


def _replace(root: Expr, by: dict[int, Expr]) -> Expr:
    done: dict[int, Expr] = {}
    for node in walk(root):
        args = tuple(done[id(a)] for a in node.args)
        same = all(a is b for a, b in zip(args, node.args, strict=True))
        done[id(node)] = by[id(node)] if id(node) in by else node if same else make_node(node.op, args)
    return done[id(root)]


def _bound(name: str, root: Expr, functions: ET.Element) -> ET.Element:
    """Markup of a value whose repeated parts are arguments of functions, one function a level."""
    users: dict[int, int] = {}
    for node in walk(root):
        for a in node.args:
            users[id(a)] = users.get(id(a), 0) + 1
    parts = [n for n in walk(root) if users.get(id(n), 0) > 1 and n.op not in LEAVES]
    named = {id(n): symbol(f"part_{i}") for i, n in enumerate(parts)}
    flat = _flat(root, named)
    untreated = {named[id(p)].name or "": flat[id(p)] for p in parts}
    result = flat[id(root)]
    depth: dict[str, int] = {}
    for part, value in untreated.items():
        depth[part] = 1 + max((depth[s] for s in symbols_of(value) if s in depth), default=0)
    levels = [[p for p in untreated if depth[p] == d] for d in range(1, max(depth.values(), default=0) + 1)]
    needed = _needed(levels, untreated, result)
    markup = _node(result)
    for d in range(len(levels), 0, -1):
        live = needed[d]
        _define(functions, f"{name}_level_{d}", live, markup)
        markup = ET.Element("apply")
        ET.SubElement(markup, "ci").text = f" {name}_level_{d} "
        markup.extend(_node(untreated[s] if s in levels[d - 1] else symbol(s)) for s in live)
    return markup


def _flat(root: Expr, named: dict[int, Expr]) -> dict[int, Expr]:
    """Every node in terms of the named parts directly below it."""
    done: dict[int, Expr] = {}
    for node in walk(root):
        args = tuple(named.get(id(a), done[id(a)]) for a in node.args)
        done[id(node)] = node if node.op in LEAVES else make_node(node.op, args)
    return done


def _needed(levels: list[list[str]], untreated: dict[str, Expr], result: Expr) -> dict[int, list[str]]:
    """Arguments of the function of every level: whatever it, or a deeper one, reads."""
    needed, later = {}, set(symbols_of(result))
    for d in range(len(levels), 0, -1):
        needed[d] = sorted(later)
        own = set(levels[d - 1])
        later = (later - own) | {s for p in own for s in symbols_of(untreated[p])}
    return needed


def _define(functions: ET.Element, name: str, arguments: list[str], markup: ET.Element) -> None:
    definition = ET.SubElement(functions, "functionDefinition", {"id": name})
    math = ET.SubElement(definition, "math", {"xmlns": MATH})
    body = ET.SubElement(math, "lambda")
    for argument in arguments:
        ET.SubElement(ET.SubElement(body, "bvar"), "ci").text = f" {argument} "
    body.append(markup)
