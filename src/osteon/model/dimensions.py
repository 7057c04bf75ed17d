"""The unit check: a law is called once with dimensioned numbers, and its answer is compared in dimension and size.

Comparing the size with the plain run catches what dimensions alone let pass: an hour taken for a day.
"""

from __future__ import annotations

import math
from typing import Any

from osteon.errors import OsteonError
from osteon.units import Unit, parse_unit

ONE = parse_unit("1")


class DimensionError(Exception):
    """Two quantities do not fit together."""


class Dimensioned:
    """A number in base units with its dimension; knows only what rate laws may do."""

    __slots__ = ("value", "exponents")

    def __init__(self, value: float, exponents: Any) -> None:
        self.value, self.exponents = value, exponents

    def _same(self, other: Any, verb: str) -> float:
        value, exponents = _split(other)
        free = value == 0.0 and not isinstance(other, Dimensioned)
        if exponents != self.exponents and not free:
            raise DimensionError(f"{verb} of {show(self.exponents)} and {show(exponents)}")
        return value

    def __add__(self, other: Any) -> Dimensioned:
        return Dimensioned(self.value + self._same(other, "sum"), self.exponents)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Dimensioned:
        return Dimensioned(self.value - self._same(other, "difference"), self.exponents)

    def __rsub__(self, other: Any) -> Dimensioned:
        return Dimensioned(self._same(other, "difference") - self.value, self.exponents)

    def __mul__(self, other: Any) -> Dimensioned:
        value, exponents = _split(other)
        return Dimensioned(self.value * value, _join(self.exponents, exponents, 1))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Dimensioned:
        value, exponents = _split(other)
        return Dimensioned(self.value / value if value else math.nan, _join(self.exponents, exponents, -1))

    def __rtruediv__(self, other: Any) -> Dimensioned:
        value, exponents = _split(other)
        return Dimensioned(value / self.value if self.value else math.nan, _join(exponents, self.exponents, -1))

    def __pow__(self, power: Any) -> Dimensioned:
        if isinstance(power, Dimensioned):
            power = power._pure("exponent")
            if self.exponents != ONE.exponents:
                raise DimensionError(f"power of {show(self.exponents)} to a quantity; take a ratio first")
        scaled = {k: v * power for k, v in dict(self.exponents).items() if v * power}
        return Dimensioned(_power(self.value, power), _like(self.exponents, scaled))

    def __rpow__(self, base: float) -> Dimensioned:
        return Dimensioned(_power(base, self._pure("exponent")), ONE.exponents)

    def __neg__(self) -> Dimensioned:
        return Dimensioned(-self.value, self.exponents)

    def __pos__(self) -> Dimensioned:
        return self

    def _pure(self, what: str) -> float:
        if self.exponents != ONE.exponents:
            raise DimensionError(f"{what} of {show(self.exponents)}; it must have no unit")
        return self.value

    def osteon_function(self, name: str) -> Dimensioned:
        if name == "sqrt":
            return self**0.5
        x = self._pure(name)
        plain = {"exp": math.exp, "log": _log, "tanh": math.tanh, "softplus": _softplus}
        return Dimensioned(plain[name](x), ONE.exponents)


def _log(x: float) -> float:
    return math.log(x) if x > 0 else math.nan


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _power(base: float, power: float) -> float:
    try:
        result = base**power
    except (ZeroDivisionError, OverflowError):
        return math.nan
    return math.nan if isinstance(result, complex) else result


def _split(x: Any) -> tuple[float, Any]:
    return (x.value, x.exponents) if isinstance(x, Dimensioned) else (float(x), ONE.exponents)


def _like(template: Any, exponents: dict[Any, Any]) -> Any:
    return tuple(sorted(exponents.items())) if isinstance(template, tuple) else exponents


def _join(a: Any, b: Any, sign: int) -> Any:
    joined = dict(a)
    for base, power in dict(b).items():
        joined[base] = joined.get(base, 0) + sign * power
    return _like(a, {k: v for k, v in joined.items() if v})


def show(exponents: Any) -> str:
    """Dimension in words, as `mass/time`."""
    parts = [f"{base}^{power:g}" if power != 1 else str(base) for base, power in dict(exponents).items()]
    return " ".join(parts) or "no unit"


def lift(value: float, unit: str) -> Dimensioned:
    """A plain number in `unit` as a dimensioned one in base units."""
    parsed = parse_unit(unit)
    return Dimensioned(value * parsed.factor, parsed.exponents)


def unit_fault(law: Any, names: tuple[str, ...], values: dict[str, float], units: dict[str, str], want: str) -> str:
    """Say what is wrong with the units of a law, or nothing.

    values : a plain value of each argument, in `units`; want : the unit the law is declared to answer in.
    The law is tried a few percent away from them, each argument by its own share: where everything balances, a law that
    takes a difference would answer in rounding errors.
    """
    tried = [values[n] * (1 + 0.03 * (k * 0.618034 % 1)) for k, n in enumerate(names)]
    try:
        target = parse_unit(want)
        answer = law(*(lift(v, units[n]) for n, v in zip(names, tried, strict=True)))
    except DimensionError as error:
        return f"has units that do not fit: {error}"
    except OsteonError as error:
        return f"has a unit that is not known: {error}"
    value, exponents = _split(answer)
    free = value == 0.0 and not isinstance(answer, Dimensioned)
    if exponents != target.exponents and not free:
        return f"answers in {show(exponents)}, but is declared as '{want}' ({show(target.exponents)})"
    return _size_fault(value, _split(law(*tried))[0], target, want)


def _size_fault(dimensioned: float, plain: float, target: Unit, want: str) -> str:
    expected = plain * target.factor
    if not (math.isfinite(dimensioned) and math.isfinite(expected)):
        return ""
    if abs(dimensioned - expected) <= 1e-9 * max(abs(dimensioned), abs(expected)):
        return ""
    ratio = dimensioned / expected if expected else math.inf
    return (
        f"has the dimension of '{want}' but is off by a factor {ratio:.6g}: an hour for a day, or a milli for a micro?"
    )
