"""The model of a person as a thing to look into: parameters, equations, other values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from osteon.api.results import ScenarioResult, frame, screen
from osteon.io.equations import Equations, equations_of
from osteon.model import Model

if TYPE_CHECKING:
    from osteon.api.commands import Source
    from osteon.api.records import Scenario


class PersonModel:
    """The model of a person with the drugs that were named; `values` are those that were changed.

    parameters, states, formulas : frames        equations(name) : LaTeX in a notebook, text elsewhere
    """

    def __init__(self, model: Model, drugs: tuple[str, ...], values: Mapping[str, float] | None = None) -> None:
        self._model, self.drugs, self.values = model, drugs, dict(values or {})

    @property
    def parameters(self) -> Any:
        """A frame: name, value, unit, kind, source, note."""
        rows = [
            {"name": p.name, "value": p.value, "unit": p.unit, "kind": p.kind, "source": p.source, "note": p.note}
            for p in self._model.parameters.values()
        ]
        return frame(rows)

    @property
    def states(self) -> Any:
        """A frame: name, unit, note."""
        return frame([{"name": s.name, "unit": s.unit, "note": s.note} for s in self._model.states.values()])

    @property
    def formulas(self) -> Any:
        """A frame: name, unit, what it is, note."""
        rows = [{"name": f.name, "unit": f.unit, "what": f.what, "note": f.note} for f in self._model.formulas.values()]
        return frame(rows)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Every name that a scenario can look at."""
        return self._model.outputs

    def equations(self, name: str) -> Equations:
        """Equations of a state and what its rate is made of, of a formula, or of a module. Raises InputError."""
        return equations_of(self._model, name)

    def with_values(self, **values: float) -> PersonModel:
        """A new model with other values of parameters, in their units. Raises InputError for unknown names and beyond bounds."""
        from osteon.inputs.aliases import current_name

        values = {current_name(n): v for n, v in values.items()}
        return PersonModel(self._model.with_values(values), self.drugs, {**self.values, **values})

    def simulate(
        self, scenario: Scenario | Source, draws: int | None = None, seed: int = 1, full: bool = False
    ) -> ScenarioResult:
        """A scenario with the values that were changed here; drugs and harms are those that the scenario needs."""
        from osteon.api.commands import simulate

        return simulate(scenario, draws, seed, self.values, full)

    def __repr__(self) -> str:
        changed = ", ".join(f"{n} = {v:g}" for n, v in self.values.items())
        return screen(f"{self._model!r}\nDrugs: {', '.join(self.drugs) or 'none'}. Changed: {changed or 'nothing'}.")

    def _repr_html_(self) -> str:
        import html

        return f"<pre>{html.escape(repr(self))}</pre>"


def model(drugs: Iterable[str] = (), harms: Iterable[str] = ()) -> PersonModel:
    """The model of a person with the named drugs and harms. Raises InputError for an unknown name.

    >>> import osteon as ost
    >>> m = ost.model(drugs=["denosumab"])
    >>> m.with_values(denosumab_kint=0.4).values
    {'denosumab_kint': 0.4}
    >>> m.equations("osteoclasts").equations[0].text.startswith("d osteoclasts / dt = ")
    True
    """
    from osteon.interventions import card
    from osteon.simulation.assembly import human_model

    names = (drugs,) if isinstance(drugs, str) else tuple(drugs)
    names = tuple(card(n).name for n in names)
    return PersonModel(human_model(names, harms=tuple(harms)), names)
