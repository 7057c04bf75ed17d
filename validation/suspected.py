"""What is suspected behind each miss: a data file written by hand, its keys checked against the evidence."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from osteon.errors import Fault, InputError, unknown
from osteon.evidence import load_measurements

FILE = Path(__file__).with_name("suspected.toml")
Key = tuple[str, str, str]


def suspected(path: Path = FILE) -> dict[Key, str]:
    """Suspected mechanism by (cohort, arm, endpoint). Raises InputError for a key that names nothing measured."""
    known = {(m.cohort, m.arm, m.endpoint) for m in load_measurements(include_unverified=True)}
    found = {}
    for cohort, arms in tomllib.loads(path.read_text(encoding="utf-8")).items():
        _known(cohort, {k[0] for k in known}, "cohort", path.name)
        for arm, endpoints in arms.items():
            _known(arm, {k[1] for k in known if k[0] == cohort}, "arm", f"{path.name}: {cohort}")
            for endpoint, said in endpoints.items():
                place = f"{path.name}: {cohort}, {arm}"
                _known(endpoint, {k[2] for k in known if k[:2] == (cohort, arm)}, "endpoint", place)
                found[cohort, arm, endpoint] = _text(said, f"{place}, {endpoint}")
    return found


def _known(name: str, names: set[str], what: str, place: str) -> None:
    if name not in names:
        raise InputError(unknown(what, name, sorted(names), place=place))


def _text(said: Any, place: str) -> str:
    if not isinstance(said, dict) or set(said) != {"mechanism"} or not str(said["mechanism"]).strip():
        text = 'An entry holds one line: mechanism = "…".'
        raise InputError(Fault("bad_suspicion", place, str(said), 'mechanism = "…"', "", text))
    return str(said["mechanism"])
