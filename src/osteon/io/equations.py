"""The equations of one quantity of a model, as text and as LaTeX, in the model's own vocabulary."""

from __future__ import annotations

from dataclasses import dataclass

from osteon.errors import Fault, InputError, unknown
from osteon.io.export import definitions, latex, rates
from osteon.model import Expr, Model, symbols_of

EQUATIONS_LONGEST = 40  # lines that are shown at once


@dataclass(frozen=True)
class Equation:
    """left : name of the quantity, whose rate per day it is where `rate`; unit : of the left side"""

    left: str
    right: Expr
    unit: str
    rate: bool = False
    note: str = ""

    @property
    def text(self) -> str:
        """As plain text."""
        return f"{f'd {self.left} / dt' if self.rate else self.left} = {self.right}   [{self.unit}]"

    @property
    def latex(self) -> str:
        """As one line of an `aligned` block."""
        name = "\\mathrm{" + self.left.replace("_", "\\_") + "}"
        left = f"\\frac{{d\\,{name}}}{{dt}}" if self.rate else name
        return f"{left} &= {latex(self.right)}"


@dataclass(frozen=True)
class Equations:
    """Equations of one name; LaTeX where a notebook shows it, plain text elsewhere."""

    name: str
    equations: tuple[Equation, ...]

    @property
    def text(self) -> str:
        """One line an equation."""
        return "\n".join(e.text for e in self.equations)

    @property
    def latex(self) -> str:
        """An `aligned` block without the signs that begin mathematics."""
        body = " \\\\\n".join(e.latex for e in self.equations)
        return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"

    def _repr_latex_(self) -> str:
        return f"$${self.latex}$$"

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        lines = [line if len(line) <= 160 else f"{line[:158]} …" for line in self.text.split("\n")]
        more = [f"… {len(lines) - EQUATIONS_LONGEST} more lines: print(…)"] if len(lines) > EQUATIONS_LONGEST else []
        return "\n".join(lines[:EQUATIONS_LONGEST] + more)


def equations_of(model: Model, name: str) -> Equations:
    """Equations of a state (its rate, then what the rate is made of), of a formula, or of a module. Raises InputError."""
    formulas, modules = definitions(model), {m.name: m for m in model.modules}
    if name in model.states or name in model.formulas:
        first = _rate(model, name) if name in model.states else _formula(model, name, formulas)
        inner = symbols_of(first.right)
        return Equations(name, (first, *(_formula(model, n, formulas) for n in formulas if n in inner)))
    if name in modules:
        return module_equations(model, name)
    if name in model.parameters:
        p = model.parameters[name]
        text = f"'{name}' is a parameter, {p.value:g} {p.unit}: only states, formulas and modules have equations."
        raise InputError(Fault("no_equation", "equations", name, "", "", text))
    raise InputError(unknown("quantity", name, [*model.outputs, *modules], "equations"))


def module_equations(model: Model, name: str) -> Equations:
    """Equations of a whole module, also where one of its states has the module's name."""
    m = next(m for m in model.modules if m.name == name)
    formulas = definitions(model)
    parts = [p.name for group in (m.derived, m.rules, m.processes, m.contributions, m.ports) for p in group]
    return Equations(name, (*(_rate(model, s.name) for s in m.states), *(_formula(model, n, formulas) for n in parts)))


def _rate(model: Model, name: str) -> Equation:
    state = model.states[name]
    return Equation(name, rates(model)[name], f"{state.unit}/day", True, state.note)


def _formula(model: Model, name: str, formulas: dict[str, Expr]) -> Equation:
    formula = model.formulas[name]
    return Equation(name, formulas[name], formula.unit, False, formula.note)
