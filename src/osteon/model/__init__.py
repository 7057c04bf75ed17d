"""The model language: parameter, state, rule, process, port, module, and how they are assembled into a model.

A law is a plain arithmetic function of named quantities. The same function runs on arrays, is traced to symbols (from
which the engine's kernel, SBML and LaTeX are made) and is called with dimensioned quantities to check its units.

The package itself, called, is the model of a person (see `osteon.api.model`):

>>> import osteon as ost
>>> ost.model(drugs=["denosumab"]).drugs
('denosumab',)
"""

from osteon.model.assemble import Model, assemble
from osteon.model.expressions import Expr, exp, log, softplus, sqrt, symbols_of, tanh, walk
from osteon.model.laws import renamed
from osteon.model.parts import (
    Contribution,
    Derived,
    Entry,
    LogitNormal,
    LogNormal,
    LogUniform,
    Module,
    Normal,
    Parameter,
    Port,
    Process,
    Rule,
    State,
    Uniform,
)
from osteon.model.regimen import Regimen
from osteon.model.tracing import Traced

__all__ = [
    "Contribution",
    "Derived",
    "Entry",
    "Expr",
    "LogNormal",
    "LogUniform",
    "LogitNormal",
    "Model",
    "Module",
    "Normal",
    "Parameter",
    "Port",
    "Process",
    "Regimen",
    "Rule",
    "State",
    "Traced",
    "Uniform",
    "assemble",
    "exp",
    "log",
    "renamed",
    "softplus",
    "sqrt",
    "symbols_of",
    "tanh",
    "walk",
]
