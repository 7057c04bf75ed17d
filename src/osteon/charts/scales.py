"""From numbers to pixels, round ticks, and numbers as a reader wants them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """low, high : ends in the unit of the data;  start, end : their pixels;  log : whether equal ratios are equally far apart"""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Pixel of a value; what lies outside is drawn at the end."""
        low, high, at = (math.log(max(v, 1e-300)) if self.log else v for v in (self.low, self.high, value))
        share = (at - low) / (high - low) if high > low else 0.5
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)


def round_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from at or below `low` to at or above `high`.

    >>> round_ticks(-1.3, 9.2), round_ticks(0, 0.37)
    ([-2.5, 0.0, 2.5, 5.0, 7.5, 10.0], [0.0, 0.1, 0.2, 0.3, 0.4])
    """
    span = max(high - low, 1e-9)
    rough = span / max(most - 1, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def log_ticks(low: float, high: float, base: float = 10.0) -> list[float]:
    """Powers of a base from at or below `low` to at or above `high`.

    >>> log_ticks(0.3, 1.5, 2.0), log_ticks(0.02, 3.0)
    ([0.25, 0.5, 1.0, 2.0], [0.01, 0.1, 1.0, 10.0])
    """
    first = math.floor(math.log(low) / math.log(base) + 1e-9)
    last = math.ceil(math.log(high) / math.log(base) - 1e-9)
    return [base**i for i in range(first, last + 1)]


def month_ticks(months: Sequence[float], room: int = 6) -> list[float]:
    """Visits, thinned to whole years or half years where they stand too close.

    >>> month_ticks([0, 1, 3, 6, 12, 18, 24]), month_ticks([0, 3, 6])
    ([0.0, 6.0, 12.0, 18.0, 24.0], [0.0, 3.0, 6.0])
    """
    last = max(months, default=0.0)
    if len(months) <= room and (not months or _apart(months) > last / 16):
        return [float(m) for m in months]
    step = next((s for s in (1, 2, 3, 6, 12, 24, 36, 60, 120, 240) if last / s <= room), 600)
    return [float(i * step) for i in range(int(last // step) + 1)]


def _apart(months: Sequence[float]) -> float:
    return min((b - a for a, b in zip(months, months[1:], strict=False)), default=math.inf)


def plain(value: float, digits: int | None = None) -> str:
    """A number with a true minus and as many digits as it needs.

    >>> plain(-1.25, 1), plain(12.0), plain(0.004), plain(1500.0), plain(-0.0, 1)
    ('−1.2', '12', '0.004', '1,500', '0.0')
    """
    text = f"{value:,.{digits}f}" if digits is not None else f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    text = text.rstrip("0").rstrip(".") if digits is None and "." in text and "e" not in text else text
    return (text[1:] if float(text.replace(",", "")) == 0 and text.startswith("-") else text).replace("-", "\u2212")


def signed(value: float, digits: int = 1) -> str:
    """A change: with its sign unless it rounds to nothing.

    >>> signed(4.57), signed(-0.02), signed(-3.0, 0)
    ('+4.6', '0.0', '−3')
    """
    text = plain(value, digits)
    return text if text.startswith("\u2212") or not float(text.replace(",", "")) else f"+{text}"


def span(low: float, high: float, digits: int = 1, sign: bool = False) -> str:
    """An interval in words, which no line breaks."""
    word = signed if sign else plain
    return f"{word(low, digits)}\u00a0to\u00a0{word(high, digits)}"


def percent(share: float) -> str:
    """A share in percent; one that is nearly nothing or nearly all says so.

    >>> percent(0.483), percent(0.9999), percent(0.0), percent(1.0)
    ('48\xa0%', '> 99\xa0%', '0\xa0%', '100\xa0%')
    """
    text = "> 99" if 0.995 <= share < 1 else "< 1" if 0 < share < 0.005 else f"{100 * share:.0f}"
    return f"{text}\u00a0%"


def digits_of(*values: float) -> int:
    """Decimals that show two digits of the smallest of some differences, from 1 to 5.

    >>> digits_of(3.2, 0.5), digits_of(0.0031, 0.0099)
    (2, 4)
    """
    least = min((abs(v) for v in values if v and math.isfinite(v)), default=1.0)
    return min(5, max(1, 1 - math.floor(math.log10(least))))


def moved_apart(
    places: Iterable[float], gap: float = 17.0, low: float = -math.inf, high: float = math.inf
) -> list[float]:
    """The same heights, moved so that no two are closer than `gap`, in the order given.

    >>> moved_apart([10.0, 12.0, 40.0], 10)
    [6.0, 16.0, 40.0]
    """
    wanted = list(places)
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    at = [wanted[i] for i in order]
    for _ in range(200):
        moved = False
        for i in range(len(at) - 1):
            short = gap - (at[i + 1] - at[i])
            if short > 1e-6:
                at[i], at[i + 1], moved = at[i] - short / 2, at[i + 1] + short / 2, True
        if at and at[0] < low:
            at[0] = low
        if at and at[-1] > high:
            at[-1] = high
        if not moved:
            break
    placed = [0.0] * len(wanted)
    for i, y in zip(order, at, strict=True):
        placed[i] = y
    return placed


def power_of_ten(value: float) -> str:
    """A number of cells.

    >>> power_of_ten(2e6), power_of_ten(3.5e7), power_of_ten(900)
    ('2\xa0×\xa010⁶', '3.5\xa0×\xa010⁷', '900')
    """
    if value < 1e4:
        return plain(value)
    power = math.floor(math.log10(value) + 1e-12)
    digits = str(power).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{plain(value / 10**power)}\u00a0×\u00a010{digits}"
