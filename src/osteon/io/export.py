"""Write an assembled model as SBML L3V2, Antimony or LaTeX, from the same expressions the engine compiles.

Every state is a parameter with a rate rule, every formula an assignment rule, every process rate an assignment; so any
simulator of differential equations can read it. Time is in days. Doses are not part of a model: add them as events.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree as ET

from osteon.errors import Fault, Unsupported
from osteon.model import Expr, Model, symbols_of, walk

SBML = "http://www.sbml.org/sbml/level3/version2/core"
MATH = "http://www.w3.org/1998/Math/MathML"
_MATH_NAME = {
    "add": "plus",
    "sub": "minus",
    "mul": "times",
    "div": "divide",
    "pow": "power",
    "neg": "minus",
    "exp": "exp",
    "log": "ln",
    "tanh": "tanh",
}


def definitions(model: Model) -> dict[str, Expr]:
    """Each formula in terms of other names: not inlined, so that the text keeps the model's own vocabulary."""
    from osteon.model.expressions import symbol, wrap

    names = {n: symbol(n) for n in (*model.parameters, *model.states, *model.formulas, "time")}
    return {name: wrap(formula.value(names)) for name, formula in model.formulas.items()}


def rates(model: Model) -> dict[str, Expr]:
    """d state / d day in terms of process names."""
    from osteon.model.expressions import const, symbol, wrap

    total: dict[str, Expr] = {s: const(0.0) for s in model.states}
    for process in model.processes.values():
        for state, factor in process.changes.items():
            size = symbol(factor) if isinstance(factor, str) else wrap(float(factor))
            total[state] = total[state] + size * symbol(process.name)
    return total


def to_sbml(model: Model) -> str:
    """SBML Level 3 Version 2 text."""
    root = ET.Element("sbml", {"xmlns": SBML, "level": "3", "version": "2"})
    body = ET.SubElement(root, "model", {"id": "osteon", "timeUnits": "day"})
    units = ET.SubElement(ET.SubElement(body, "listOfUnitDefinitions"), "unitDefinition", {"id": "day"})
    seconds = {"kind": "second", "exponent": "1", "scale": "0", "multiplier": "86400"}
    ET.SubElement(ET.SubElement(units, "listOfUnits"), "unit", seconds)
    listed = ET.SubElement(body, "listOfParameters")
    start = model.initial_values()
    for name, p in model.parameters.items():
        ET.SubElement(listed, "parameter", {"id": name, "value": repr(float(p.value)), "constant": "true"})
    for name in model.states:
        ET.SubElement(listed, "parameter", {"id": name, "value": repr(float(start[name])), "constant": "false"})
    for name in model.formulas:
        ET.SubElement(listed, "parameter", {"id": name, "constant": "false"})
    _initial(body, model)
    rules = ET.SubElement(body, "listOfRules")
    for name, value in definitions(model).items():
        _math(ET.SubElement(rules, "assignmentRule", {"variable": name}), value)
    for name, value in rates(model).items():
        _math(ET.SubElement(rules, "rateRule", {"variable": name}), value)
    ET.indent(root, " ")
    return "<?xml version='1.0' encoding='UTF-8'?>\n" + ET.tostring(root, encoding="unicode") + "\n"


def _initial(body: ET.Element, model: Model) -> None:
    """Starts that follow from parameters stay formulas, so that a changed parameter changes them."""
    traced = model.traced
    moving = [(s, e) for s, e in zip(traced.states, traced.initial, strict=True) if symbols_of(e)]
    if moving:
        listed = ET.SubElement(body, "listOfInitialAssignments")
        for state, value in moving:
            _math(ET.SubElement(listed, "initialAssignment", {"symbol": state}), value)


def _math(parent: ET.Element, value: Expr) -> None:
    parent.append(math := ET.Element("math", {"xmlns": MATH}))
    math.append(_node(value))


def _node(value: Expr) -> ET.Element:
    if value.op == "const":
        number = ET.Element("cn", {"type": "real"})
        number.text = f" {value.value!r} "
        if "e" in repr(value.value):
            mantissa, exponent = repr(value.value).split("e")
            number.set("type", "e-notation")
            number.text = f" {mantissa} "
            sep = ET.SubElement(number, "sep")
            sep.tail = f" {int(exponent)} "
        return number
    if value.op == "symbol":
        if value.name == "time":
            symbol = ET.Element(
                "csymbol", {"encoding": "text", "definitionURL": "http://www.sbml.org/sbml/symbols/time"}
            )
        else:
            symbol = ET.Element("ci")
        symbol.text = f" {value.name} "
        return symbol
    apply = ET.Element("apply")
    if value.op == "sqrt":
        ET.SubElement(apply, "root")
    elif value.op == "softplus":
        return _softplus(value.args[0])
    else:
        ET.SubElement(apply, _MATH_NAME[value.op])
    apply.extend(_node(a) for a in value.args)
    return apply


def _softplus(x: Expr) -> ET.Element:
    """log(1 + exp(x)): the arguments of the model stay far below where exp would overflow."""
    outer, inner, one, grow = (
        ET.Element("apply"),
        ET.Element("apply"),
        ET.Element("cn", {"type": "real"}),
        ET.Element("apply"),
    )
    ET.SubElement(outer, "ln")
    ET.SubElement(inner, "plus")
    one.text = " 1.0 "
    ET.SubElement(grow, "exp")
    grow.append(_node(x))
    inner.extend([one, grow])
    outer.append(inner)
    return outer


def to_antimony(model: Model) -> str:
    """Antimony text. Raises Unsupported if a name is a word of that language."""
    reserved = {"model", "end", "at", "in", "is", "compartment", "species", "const", "var", "unit", "function", "time"}
    names = [*model.parameters, *model.states, *model.formulas]
    clash = [n for n in names if n in reserved]
    if clash:
        raise Unsupported(
            Fault("reserved_word", clash[0], clash[0], "", "", f"Antimony keeps the word '{clash[0]}' for itself.")
        )
    lines = ["// Osteon; time in days; research use only", "model osteon()"]
    lines += [f"  const {n}; {n} = {p.value!r};  // {p.unit}" for n, p in model.parameters.items()]
    lines += [f"  var {n};" for n in (*model.states, *model.formulas)]
    traced = model.traced
    lines += [f"  {s} = {_line(e)};" for s, e in zip(traced.states, traced.initial, strict=True)]
    lines += [f"  {n} := {_line(e)};" for n, e in definitions(model).items()]
    lines += [f"  {n}' = {_line(e)};" for n, e in rates(model).items()]
    return "\n".join([*lines, "end", ""])


def _line(value: Expr) -> str:
    text = re.sub(r"softplus\(", "osteon_softplus(", str(value).replace("**", "^"))
    text = re.sub(r"\blog\(", "ln(", text)
    while "osteon_softplus(" in text:
        text = _expand(text)
    return text


def _expand(text: str) -> str:
    start = text.rindex("osteon_softplus(")
    depth, stop = 0, start + len("osteon_softplus")
    for i in range(stop, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            inner = text[stop + 1 : i]
            return text[:start] + f"ln(1 + exp({inner}))" + text[i + 1 :]
    raise AssertionError("unbalanced")


_LATEX: dict[str, Callable[[list[str]], str]] = {
    "add": lambda a: f"{a[0]} + {a[1]}",
    "sub": lambda a: f"{a[0]} - {a[1]}",
    "mul": lambda a: f"{a[0]} \\, {a[1]}",
    "div": lambda a: f"\\frac{{{a[0]}}}{{{a[1]}}}",
    "pow": lambda a: f"{a[0]}^{{{a[1]}}}",
    "neg": lambda a: f"-{a[0]}",
    "exp": lambda a: f"\\exp\\left({a[0]}\\right)",
    "log": lambda a: f"\\ln\\left({a[0]}\\right)",
    "tanh": lambda a: f"\\tanh\\left({a[0]}\\right)",
    "sqrt": lambda a: f"\\sqrt{{{a[0]}}}",
    "softplus": lambda a: f"\\ln\\left(1 + e^{{{a[0]}}}\\right)",
}


def latex(value: Expr) -> str:
    """One expression as LaTeX mathematics."""
    done: dict[int, str] = {}
    for node in walk(value):
        args = [_bracket(node, a, done[id(a)], i) for i, a in enumerate(node.args)]
        if node.op == "const":
            done[id(node)] = f"{node.value:g}"
        elif node.op == "symbol":
            done[id(node)] = _name(str(node.name))
        else:
            done[id(node)] = _LATEX[node.op](args)
    return done[id(value)]


def _bracket(parent: Expr, child: Expr, text: str, place: int) -> str:
    loose = child.op in ("add", "sub", "neg") or (child.op == "const" and (child.value or 0) < 0)
    tight = parent.op in ("mul", "neg") or (parent.op == "sub" and place == 1) or (parent.op == "pow" and place == 0)
    if parent.op == "pow" and place == 0 and child.op not in ("const", "symbol"):
        loose = True
    return f"\\left({text}\\right)" if loose and tight else text


def _name(name: str) -> str:
    return "\\mathrm{" + name.replace("_", "\\_") + "}"


def to_latex(model: Model) -> str:
    """A LaTeX fragment: rates of the states, then every formula, then the table of parameters."""
    lines = ["% Osteon; time in days; research use only", "\\begin{align*}"]
    lines += [f"\\frac{{d\\,{_name(n)}}}{{dt}} &= {latex(e)} \\\\" for n, e in rates(model).items()]
    lines += [f"{_name(n)} &= {latex(e)} \\\\" for n, e in definitions(model).items()]
    lines += ["\\end{align*}", "\\begin{tabular}{llll}", "name & value & unit & source \\\\ \\hline"]
    for n, p in model.parameters.items():
        lines.append(f"\\verb|{n}| & {p.value:g} & \\verb|{p.unit}| & \\verb|{p.kind}: {p.source}| \\\\")
    return "\n".join([*lines, "\\end{tabular}", ""])
