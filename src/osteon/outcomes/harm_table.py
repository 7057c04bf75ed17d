"""The table of harms: how often without a drug, what an exposure adds, how well it is known (data/harms.toml)."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from osteon.additions import cached, text_of
from osteon.errors import Fault, InputError, unknown
from osteon.io.table_fields import collisions, parsed
from osteon.outcomes.harm_fields import harm_faults
from osteon.outcomes.pooling import Pooled, Trial, of_expected, of_rate, of_ratio_counts, pool

PER = 1e-4  # one in 10,000 person-years, the unit of the table
Z90, Z95 = 1.645, 1.960
HARM_TABLE_AGE = 70.0  # years, that backgrounds are told for


@dataclass(frozen=True)
class Cause:
    """What an exposure adds to a harm.

    driver : the exposure;  shape : linear, square, saturating (`half`) or steep (`half` is its width), 1 at `reference`
    ratio  : whether `effect` is a hazard ratio (at the reference exposure) or an excess per year
    gsd    : geometric standard deviation of the effect, from its published interval, its count or its pooled trials
    rows   : published rows that it was taken from; trials : what each trial says, pooled : the rule of osteon.outcomes.pooling
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
    trials: tuple[Trial, ...] = ()
    pooled: Pooled | None = None

    @property
    def name(self) -> str:
        """Name of its quantities in the model."""
        return f"{self.harm}_{self.driver}"

    @property
    def parameter(self) -> str:
        """Name of the parameter that holds the effect."""
        return f"{self.name}_{'ratio' if self.ratio else 'excess'}"

    def bound(self, up: bool, z: float = Z90) -> float:
        """Lower or upper end of the 90 % interval of the effect (95 % with z = 1.96); the upper end is the widest source's."""
        own = float(self.effect * self.gsd ** (z if up else -z))
        widest = [t.estimate * (t.high / t.estimate) ** (z / Z95) if t.centred else t.high for t in self.trials]
        return max(own, *widest) if up and widest else own


@dataclass(frozen=True)
class Harm:
    """A harm. background: per year at 70 years of age; growth: per year of age; reported: share of reports after a placebo; rows: behind them;
    placebo: rates of arms without the exposure, carried to 70 years of age."""

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
    placebo: tuple[Trial, ...] = ()

    @property
    def hazard(self) -> str:
        """Name of its hazard among the outputs."""
        return f"hazard_{self.name}"


@cache
def shipped_harms() -> dict[str, Harm]:
    """Harms that are shipped, by name."""
    text = (files("osteon") / "data" / "harms.toml").read_text(encoding="utf-8")
    return {name: _harm(name, row) for name, row in tomllib.loads(text).items()}


@cached
def load_harms() -> dict[str, Harm]:
    """All harms by name; those of the own folder in force come last."""
    faults: list[Fault] = []
    table = parsed(text_of("harms.toml"), "harms.toml", faults)
    faults += [f for name, row in table.items() for f in harm_faults(name, row)]
    faults += collisions(list(table), shipped_harms(), "harm", "harms.toml")
    if faults:
        raise InputError(faults)
    return {**shipped_harms(), **{name: _harm(name, row) for name, row in table.items()}}


def harm(name: str) -> Harm:
    """One harm. Raises InputError with the nearest name."""
    if name not in load_harms():
        raise InputError(unknown("harm", name, load_harms()))
    return load_harms()[name]


def _harm(name: str, row: dict[str, Any]) -> Harm:
    placebo = tuple(_without(t, row["growth"]) for t in row.get("placebo", ()))
    if placebo:
        found = pool(placebo)
        background, gsd = found.estimate, _gsd(found.low, found.high)
    else:
        background = PER * row["background"]
        gsd = _gsd(row["low"], row["high"]) if row["background"] else 1.0
    return Harm(
        name=name,
        words=row["words"],
        background=background,
        gsd=gsd,
        placebo=placebo,
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
    trials = tuple(_trial(t) for t in row.get("trial", ()))
    ratio = "ratio" in row or bool(trials)
    pooled = pool(trials) if trials else None
    if pooled:
        effect = pooled.estimate if row["shown"] else max(1.0, pooled.estimate)
        gsd = _gsd(pooled.low, pooled.high)
    elif "events" in row:
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
        trials=trials,
        pooled=pooled,
        **{k: row[k] for k in kept},
    )


def _trial(row: dict[str, Any]) -> Trial:
    """What a trial says of a ratio: an interval, counts of two arms, seen and expected, or an upper end alone."""
    study, source = row["study"], row["source"]
    if "expected" in row:
        return of_expected(study, row["events"], row["expected"], source)
    if "events" in row:
        return of_ratio_counts(
            study, row["events"], row["persons"], row["events_without"], row["persons_without"], source
        )
    if "ratio" in row:
        return Trial(study, row["ratio"], row["low"], row["high"], source=source)
    return Trial(study, 1.0, 1.0 / row["high"], row["high"], source=source, centred=False)


def _without(row: dict[str, Any], growth: float) -> Trial:
    """Rate of an arm without the exposure, carried to 70 years of age."""
    carried = math.exp(growth * (HARM_TABLE_AGE - row["age"]))
    return of_rate(row["study"], row["events"], row["person_years"], carried, row["source"])


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
