"""The table of harms: how often without a drug, what an exposure adds, how well it is known (data/harms.toml)."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from osteon.errors import InputError, unknown

PER = 1e-4  # one in 10,000 person-years, the unit of the table
Z90, Z95 = 1.645, 1.960


@dataclass(frozen=True)
class Cause:
    """What an exposure adds to a harm.

    driver : the exposure;  shape : linear, square, saturating (`half`) or steep (`half` is its width), 1 at `reference`
    ratio  : whether `effect` is a hazard ratio (at the reference exposure) or an excess per year
    gsd    : geometric standard deviation of the effect, from its published interval or its count
    rows   : published rows that it was taken from
    """

    harm: str
    driver: str
    shape: str
    reference: float
    half: float
    ratio: bool
    effect: float
    gsd: float
    source: str
    confidence: str
    evidence: str
    shown: bool
    rows: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of its quantities in the model."""
        return f"{self.harm}_{self.driver}"

    @property
    def parameter(self) -> str:
        """Name of the parameter that holds the effect."""
        return f"{self.name}_{'ratio' if self.ratio else 'excess'}"

    def bound(self, up: bool, z: float = Z90) -> float:
        """Lower or upper end of the 90 % interval of the effect (95 % with z = 1.96)."""
        return float(self.effect * self.gsd ** (z if up else -z))


@dataclass(frozen=True)
class Harm:
    """A harm. background: per year at 70 years of age; growth: per year of age; reported: share of reports after a placebo; rows: behind them."""

    name: str
    words: str
    background: float
    gsd: float
    growth: float
    source: str
    confidence: str
    reported: float
    rows: tuple[str, ...]
    endpoints: tuple[str, ...]
    wider: tuple[str, ...]
    causes: tuple[Cause, ...]

    @property
    def hazard(self) -> str:
        """Name of its hazard among the outputs."""
        return f"hazard_{self.name}"


@lru_cache(maxsize=1)
def load_harms() -> dict[str, Harm]:
    """All harms by name."""
    text = (files("osteon") / "data" / "harms.toml").read_text(encoding="utf-8")
    return {name: _harm(name, row) for name, row in tomllib.loads(text).items()}


def harm(name: str) -> Harm:
    """One harm. Raises InputError with the nearest name."""
    if name not in load_harms():
        raise InputError(unknown("harm", name, load_harms()))
    return load_harms()[name]


def _harm(name: str, row: dict[str, Any]) -> Harm:
    return Harm(
        name=name,
        words=row["words"],
        background=PER * row["background"],
        gsd=_gsd(row["low"], row["high"]) if row["background"] else 1.0,
        growth=row["growth"],
        source=row["source"],
        confidence=row["confidence"],
        reported=row.get("reported_after_placebo", 0.0),
        rows=tuple(row.get("rows", ())),
        endpoints=tuple(row.get("endpoints", (name,))),
        wider=tuple(row.get("wider", ())),
        causes=tuple(_cause(name, c) for c in row["cause"]),
    )


def _cause(harm: str, row: dict[str, Any]) -> Cause:
    ratio = "ratio" in row
    if "events" in row:
        effect, gsd = counted(row["events"], row["person_years"])
    else:
        effect = row["ratio"] if ratio else PER * row["excess"]
        gsd = _gsd(row["low"], row["high"])
    kept = ("driver", "shape", "reference", "source", "confidence", "evidence", "shown")
    return Cause(
        harm=harm,
        half=row.get("half", row.get("width", 0.0)),
        ratio=ratio,
        effect=effect,
        gsd=gsd,
        rows=tuple(row["rows"]),
        **{k: row[k] for k in kept},
    )


def _gsd(low: float, high: float) -> float:
    """Of the log-normal whose 95 % interval is low to high."""
    return math.exp(math.log(high / low) / (2 * Z95))


def counted(events: int, person_years: float) -> tuple[float, float]:
    """Median rate a year and geometric standard deviation from a count; no event gives a bound, not a zero.

    Jeffreys posterior (gamma, events + 1/2), as the log-normal with its median and its 95th percentile.

    >>> rate, gsd = counted(0, 10000)
    >>> round(1e4 * rate, 2), round(1e4 * rate * gsd ** 1.645, 2)
    (0.23, 1.92)
    """
    middle, high = (gamma_quantile(events + 0.5, q) / person_years for q in (0.5, 0.95))
    return middle, (high / middle) ** (1 / Z90)


def gamma_quantile(shape: float, share: float) -> float:
    """Where the gamma distribution of this shape and scale 1 reaches a share: halving of an interval of log x.

    Written here, as the file is read at every start and SciPy takes longer to load than all else.

    >>> round(gamma_quantile(1.0, 0.95), 6)
    2.995732
    """
    low, high = math.log(share * shape) / shape - 2.0, math.log(shape + 12 * math.sqrt(shape) + 40)
    for _ in range(70):
        middle = (low + high) / 2
        low, high = (middle, high) if _gamma_share(shape, math.exp(middle)) < share else (low, middle)
    return math.exp(low)


def _gamma_share(shape: float, x: float) -> float:
    """The regularised lower incomplete gamma function, by its series (all terms positive)."""
    term = total = 1 / shape
    k = shape
    while term > 1e-17 * total:
        k += 1
        term *= x / k
        total += term
    return total * math.exp(shape * math.log(x) - x - math.lgamma(shape))
