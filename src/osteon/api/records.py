"""What a scenario is made of: who, what is given, what changes; and the scenario itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from osteon import inputs
from osteon.api.record import Path_, Record, _plain
from osteon.app.scenarios import only_route
from osteon.inputs.people import Baseline
from osteon.io import toml

RECORDS_OUTPUTS = (
    "bmd_lumbar_spine",
    "bmd_total_hip",
    "bmd_femoral_neck",
    "ctx",
    "p1np",
)  # of a person, where none are named
LONGEST_REPR = 1500  # characters
SITES = ("lumbar_spine", "total_hip", "femoral_neck")


def _keys(kind: Any, *path: str, leave: tuple[str, ...] = ()) -> dict[str, Path_]:
    """Arguments of a record of the files: its fields, under the names of Python."""
    return {n: (*path, f.alias or n) for n, f in kind.model_fields.items() if n not in leave}


class Person(Record):
    """A person at month 0; only the age is needed, and quantities are texts with a unit, as in a file.

    Arguments are the keys of `[person]` and `[person.baseline]`; `t_score_total_hip` is another name of `t_total_hip`.
    Raises InputError with every fault.

    >>> import osteon as ost
    >>> ost.Person(age="66 years", t_score_total_hip=-1.8).replace(smoking="current")
    Person(age='66 years', smoking='current', t_total_hip=-1.8)
    >>> ost.Person(age=66)
    Traceback (most recent call last):
    osteon.errors.InputError: person age: 66 has no unit. Write "66 years". Allowed: a number, one space and a unit, ...
    """

    __slots__ = ()
    _kind, _word = inputs.Person, "person"
    _keys = _keys(inputs.Person, leave=("baseline",)) | _keys(Baseline, "baseline")
    _aliases: ClassVar[dict[str, str]] = {f"t_score_{s}": f"t_{s}" for s in SITES}


class Animal(Record):
    """An animal of an experiment, instead of a person.

    >>> import osteon as ost
    >>> ost.Animal(species="rat", age="6 months", condition="ovx").species
    'rat'
    """

    __slots__ = ()
    _kind, _word = inputs.Animal, "animal"
    _keys = _keys(inputs.Animal)


class Regimen(Record):
    """Doses of one drug, repeated where `every` is given; times count from month 0, and the last lies before `until`.

    The route may be left out of a drug that has only one. Raises InputError with every fault.

    >>> import osteon as ost
    >>> ost.Regimen("denosumab", "60 mg", every="6 months")
    Regimen(drug='denosumab', dose='60 mg', route='subcutaneous', every='6 months')
    >>> ost.Regimen("denosumab", "60", every="6 months")
    Traceback (most recent call last):
    osteon.errors.InputError: regimen dose: 60 has no unit. Write "60 mg" or "60 ug"...
    """

    __slots__ = ()
    _kind, _word = inputs.DrugRegimen, "regimen"
    _keys = _keys(inputs.DrugRegimen)

    @classmethod
    def _from(cls, named: Mapping[str, Any]) -> dict[str, Any]:
        table = super()._from(named)
        route = only_route(table.get("drug")) if "route" not in table else None
        if route is None:
            return table
        ordered: dict[str, Any] = {k: table.pop(k) for k in ("drug", "dose") if k in table}
        return {**ordered, "route": route, **table}


class Cells(Record):
    """A cell product and how it is given.

    >>> import osteon as ost
    >>> ost.Cells(source="umbilical_cord", dose="1e6 cells/kg", route="intravenous", at=["0 months", "1 month"]).at
    ('0 months', '1 month')
    """

    __slots__ = ()
    _kind, _word = inputs.Cells, "cells"
    _keys = _keys(inputs.Cells)


class Habit(Record):
    """A habit or burden that is taken up or changed at a time: exercise, smoking, calcium, a glucocorticoid …

    >>> import osteon as ost
    >>> ost.Habit("exercise", "resistance_and_impact", start="6 months")
    Habit(name='exercise', kind='resistance_and_impact', start='6 months')
    """

    __slots__ = ()
    _kind, _word = inputs.Habit, "habit"
    _keys = _keys(inputs.Habit)


class Override(Record):
    """A parameter of the model changed by a factor or set to a value: what is found so rests on assumption.

    >>> import osteon as ost
    >>> ost.Override("denosumab_kint", factor=0.5)
    Override(parameter='denosumab_kint', factor=0.5)
    """

    __slots__ = ()
    _kind, _word = inputs.Override, "override"
    _keys = _keys(inputs.Override)


_LISTS: dict[str, tuple[str, type[Record]]] = {
    "regimens": ("regimen", Regimen),
    "cells": ("cells", Cells),
    "habits": ("habit", Habit),
    "overrides": ("override", Override),
}
_ONE: dict[str, type[Record]] = {"person": Person, "animal": Animal}


class Scenario(Record):
    """One typical person or animal, what is given, what is looked at: a scenario file in memory.

    person, animal : one of the two              end, at : how long, and the step or the list of times
    regimens, cells, habits, overrides : lists   outputs : names, see `outcomes()`; of a person BMD, CTX and P1NP
    as_ : "value", "percent_change" or "ratio"   draws : parameter sets behind the 90 % interval; 0 = none
    Raises InputError with every fault.

    >>> import osteon as ost
    >>> regimen = ost.Regimen("denosumab", "60 mg", every="6 months")
    >>> s = ost.Scenario(person=ost.Person(age="66 years", t_score_total_hip=-1.8), regimens=[regimen], end="48 months")
    >>> s.replace(end="24 months").end
    '24 months'
    >>> s.regimens[0].drug
    'denosumab'
    >>> s.to_toml().splitlines()[:4]
    ['format = 1', '', '[person]', 'age = "66 years"']
    """

    __slots__ = ("_folder", "_name")
    _folder: Path | None
    _name: str
    _kind, _word = inputs.Scenario, "scenario"
    _keys: ClassVar[dict[str, Path_]] = {
        "person": ("person",),
        "animal": ("animal",),
        **{n: (key,) for n, (key, _) in _LISTS.items()},
        "end": ("output", "end"),
        "at": ("output", "at"),
        "outputs": ("output", "of"),
        "as_": ("output", "as"),
        "draws": ("output", "draws"),
        "title": ("title",),
        "events": ("events",),
        "compartments": ("compartments",),
        "allow_unstudied_dose": ("allow_unstudied_dose",),
    }
    _aliases: ClassVar[dict[str, str]] = {"of": "outputs"} | {key: n for n, (key, _) in _LISTS.items() if key != n}

    @classmethod
    def _from(cls, named: Mapping[str, Any]) -> dict[str, Any]:
        table = {"format": toml.FORMAT, **super()._from({n: v for n, v in named.items() if not _empty(v)})}
        if "person" in table and "output" in table:
            table["output"].setdefault("of", list(RECORDS_OUTPUTS))
        head = {k: v for k, v in table.items() if k in ("format", "title")}
        return head | table

    @classmethod
    def _of(cls, table: Mapping[str, Any]) -> Self:
        return cls._read(table, None, cls._word)

    @classmethod
    def _read(cls, table: Mapping[str, Any], folder: Path | None, name: str) -> Self:
        """From a table that was checked.   folder : beside which an event table lies; name : of the file in messages"""
        made = super()._of(table)
        object.__setattr__(made, "_folder", folder)
        object.__setattr__(made, "_name", name)
        return made

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(*values, **named)
        object.__setattr__(self, "_folder", None)
        object.__setattr__(self, "_name", self._word)

    def replace(self, **changes: Any) -> Self:
        """A copy with other values; None takes one away. Raises InputError like the constructor."""
        made = super().replace(**changes)
        return self._read(made._table, self._folder, self._name)

    def _shown(self, name: str, value: Any) -> Any:
        if name in _LISTS:
            return tuple(_LISTS[name][1]._of(v) for v in value or ())
        return _ONE[name]._of(value) if name in _ONE and value is not None else super()._shown(name, value)

    def __reduce__(self) -> Any:
        return _scenario, (self._table, self._folder, self._name)

    def __repr__(self) -> str:
        text = super().__repr__()
        if len(text) <= LONGEST_REPR:
            return text
        counts = "".join(f"{n}=<{len(v)}>, " for n in _LISTS if (v := getattr(self, n)))
        who = "animal" if self.animal else "person"
        return f"Scenario(title={self.title!r}, {who}=<…>, {counts}end={self.end!r})"


def _empty(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and not value


def _scenario(table: dict[str, Any], folder: Path | None, name: str) -> Scenario:
    return Scenario._read(table, folder, name)


def read_scenario(source: str | Path | Mapping[str, Any]) -> Scenario:
    """A scenario from a TOML file, or from a table of the same form. Raises InputError with every fault.

    >>> import osteon as ost
    >>> s = ost.read_scenario("examples/scenario_woman.toml")
    >>> s.person.age, len(s.regimens), s.draws
    ('66 years', 2, 64)
    """
    if isinstance(source, Mapping):
        table, folder, name = _plain(source), None, "scenario"
    else:
        table, folder, name = toml.read(source), Path(source).resolve().parent, Path(source).name
    inputs.read_scenario(table, name)
    return Scenario._read(table, folder, name)
