"""The page of a first trial: what is known, what is not, what would stop it; then doses, rules, sampling, proof, supply."""

from __future__ import annotations

import json
from pathlib import Path

from osteon import __version__
from osteon.errors import Fault, InputError
from osteon.io.files import write_atomic
from osteon.report.page import provenance, render
from osteon.trial.first_in_human import FirstInHumanPlan

RULE_WORDS = {"three_plus_three": "3+3", "boin": "BOIN", "crm": "CRM"}


def write_first_in_human(folder: Path, plan: FirstInHumanPlan) -> Path:
    """Write plan.json and report.html into a new folder. Raises InputError where the folder holds something."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        text = f"'{folder.name}' is there and not empty. Name a new folder."
        raise InputError(Fault("occupied", "--out", str(folder), "", "", text))
    page = render(
        "first_in_human.html",
        plan=plan,
        rules=RULE_WORDS,
        days=sorted({s.day for s in plan.sampling}),
        organs=list(dict.fromkeys(s.organ for s in plan.sampling)),
        samples={(s.day, s.organ): s for s in plan.sampling},
        provenance=provenance(plan.seed, {"product": plan.product}),
    )
    folder.mkdir(parents=True, exist_ok=True)
    body = {"format": 1, "kind": "first_in_human", "version": __version__, **plan.as_dict()}
    write_atomic(folder / "plan.json", json.dumps(body, indent=1, allow_nan=False, ensure_ascii=False))
    write_atomic(folder / "report.html", page)
    return folder / "report.html"
