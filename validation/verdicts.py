"""Verdicts of claims or experiments on the shipped model beside those that were stored: what turned, and which way.

python -m validation.verdicts claims [--write]
python -m validation.verdicts experiments [--write]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from osteon.io.files import write_atomic

FOLDER = Path(__file__).parent
KINDS = ("claims", "experiments")


def verdicts(kind: str) -> dict[str, str]:
    """Verdict by id. Takes minutes."""
    if kind == "claims":
        from osteon.checks import check_claims

        return {r["id"]: r["verdict"] for r in check_claims(())}
    from osteon.checks.experiments import check_experiments, chosen

    return {r["id"]: r["verdict"] for r in check_experiments(chosen(()))}


def turned(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """One line for each verdict that is another than before."""
    return [f"{k}: {old.get(k, 'none')} before, {v} now" for k, v in new.items() if old.get(k) != v]


def main() -> int:
    """1 when a verdict is `fails`, or, without --write, when one is another than the stored one."""
    parser = argparse.ArgumentParser(prog="verdicts")
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--write", action="store_true", help="store the new verdicts")
    asked = parser.parse_args()
    path = FOLDER / f"verdicts_{asked.kind}.json"
    old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    new = verdicts(asked.kind)
    moved = turned(old, new) if old else []
    print("\n".join(moved) or "No verdict turned.")
    print(", ".join(f"{v} {n}" for v, n in Counter(new.values()).most_common()))
    if asked.write:
        write_atomic(path, json.dumps(new, indent=1) + "\n")
    return 1 if "fails" in new.values() or (moved and not asked.write) else 0


if __name__ == "__main__":
    sys.exit(main())
