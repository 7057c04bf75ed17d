"""Which model a study solves: its equations and the value of every parameter, as the run folder keeps them."""

from __future__ import annotations

import hashlib
from typing import Any

from osteon.inputs import Study
from osteon.simulation.assembly import human_model
from osteon.simulation.cell_products import cell_doses, cell_modules, human_bones
from osteon.simulation.fits import load_fit
from osteon.simulation.harms import drugs_of, harms_in


def model_identity(study: Study, fit: str) -> dict[str, Any]:
    """equations (SHA-256 over the arms' models), parameters (values by name; "name in ARM" where arms differ)."""
    digest, found = hashlib.sha256(), dict(human_model((), fit).defaults)
    for arm in study.arm:
        model = human_model(drugs_of(arm), fit, cell_modules(cell_doses(arm.cells), human_bones), harms_in(study))
        digest.update(model.traced.fingerprint.encode())
        for name, value in model.defaults.items():
            if found.setdefault(name, value) != value:
                found[f"{name} in {arm.name}"] = value
    return {"equations": digest.hexdigest(), "parameters": found, "draws": draws_identity(fit)}


def plain_identity(fit: str) -> dict[str, Any]:
    """As `model_identity`, of a human who is given nothing."""
    model = human_model((), fit)
    return {"equations": model.traced.fingerprint, "parameters": dict(model.defaults), "draws": draws_identity(fit)}


def draws_identity(fit: str) -> str:
    """What draws of parameters come from: the posterior's fingerprint, or "gaussian"."""
    draws = load_fit(fit).draws
    return draws.fingerprint if draws else "gaussian"
