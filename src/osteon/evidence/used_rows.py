"""Published numbers that stand outside the two big tables: registers of fractures, harms, drugs in animals; each as one row with an id."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from osteon.additions import cached
from osteon.io.tables import read_packaged


@dataclass(frozen=True)
class Row:
    """A published row, of any table."""

    id: str
    value: float
    confidence: str
    reference: str
    endpoint: str
    unit: str


@cached
def used_rows() -> tuple[Row, ...]:
    """Rows of incidence.csv, harms.toml and animal_drugs.csv, ids `TABLE/…`.

    A definition or a choice (source `assumed`, `definition`) is no published number and has no row.
    """
    return (*_registers(), *_harms(), *_animals())


def _registers() -> Iterator[Row]:
    for r in read_packaged("incidence.csv"):
        id = f"incidence.csv/{r['kind']}/{r['sex']}/{r['from_age']}-{r['to_age']}/{r['source']}"
        yield Row(
            id, float(r["rate_per_10k_py"]), r["confidence"], r["source"], f"fracture_{r['kind']}", "rate_per_10k_py"
        )


def _harms() -> Iterator[Row]:
    text = files("osteon").joinpath("data").joinpath("harms.toml").read_text(encoding="utf-8")
    for name, harm in tomllib.loads(text).items():
        at = f"harms.toml/{name}"
        if harm.get("background"):
            yield from _figure(f"{at}/background", name, harm, {"background": "per_10k_py"})
        for arm in harm.get("placebo", ()):
            yield from _figure(f"{at}/without/{arm['study']}", name, arm, {"events": "events"})
        for cause in harm.get("cause", ()):
            yield from _figure(f"{at}/{cause['driver']}", name, cause, _CAUSE)
            for trial in cause.get("trial", ()):
                yield from _figure(f"{at}/{cause['driver']}/{trial['study']}", name, trial, _TRIAL)


_CAUSE = {"ratio": "ratio", "excess": "per_10k_py", "events": "events"}
_TRIAL = {"ratio": "ratio", "events": "events", "high": "upper bound of a ratio"}


def _figure(id: str, harm: str, table: Mapping[str, Any], units: Mapping[str, str]) -> Iterator[Row]:
    """The first figure of a table that stands there; inputs of a pooled value have no confidence of their own: secondary."""
    source = str(table.get("source", ""))
    found = next((n for n in units if n in table), "")
    if found and source.partition(":")[0].strip() not in ("assumed", "definition"):
        yield Row(id, float(table[found]), table.get("confidence", "secondary"), source, harm, units[found])


def _animals() -> Iterator[Row]:
    for r in read_packaged("animal_drugs.csv"):
        cited = ", ".join(filter(None, (r["reference"], r["doi_or_pmid"])))
        word = "unverified" if r["confidence"] == "recalled" else r["confidence"]
        yield Row(f"animal_drugs.csv/{r['id']}", _number(r["value"]), word, cited, r["endpoint"], r["statistic"])


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
