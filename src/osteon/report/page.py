"""One self-contained page: a template, the figures inside it, nothing from outside."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from osteon import __version__
from osteon.report.tables import per_thousand

ADVICE = "Research use only. Not for the care of patients."


def render(template: str, **given: Any) -> str:
    """A page from a template of this room; every text is escaped, figures are marked safe by the template."""
    from jinja2 import DictLoader, Environment, StrictUndefined

    folder = files("osteon").joinpath("report").joinpath("templates")
    names = ("base.html", template) if template != "live.html" else (template,)
    loader = DictLoader({n: folder.joinpath(n).read_text(encoding="utf-8") for n in names})
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["signed"] = lambda v, d=1: (
        "" if v is None else f"{round(v, d) + 0.0:+.{d}f}".replace("+0." + "0" * d, "0." + "0" * d)
    )
    environment.filters["plain"] = lambda v, d=2: "" if v is None else f"{v:.{d}f}"
    environment.filters["thousand"] = lambda v, sign=False: "" if v is None else per_thousand(v, sign)
    environment.filters["percent"] = lambda v: "" if v is None else f"{v:.0%}"
    return environment.get_template(template).render(version=__version__, advice=ADVICE, **given)


def provenance(seed: int, more: dict[str, Any]) -> list[tuple[str, str]]:
    """Where the numbers of a page come from."""
    from osteon.evidence import split_hash
    from osteon.simulation.fits import fit_ids, load_fit

    rows = [
        ("program", f"Osteon {__version__}"),
        ("seed", str(seed)),
        ("split of the evidence (SHA-256)", split_hash()),
    ]
    if fit_ids():
        about = load_fit().about
        rows += [
            ("fit", f"default: {about.get('rows')} calibration rows, cost {about.get('cost')}"),
            ("fit data (SHA-256)", str(about.get("data_hash", ""))),
        ]
    return rows + [(k, str(v)) for k, v in more.items()]


def made_by(manifest: Mapping[str, Any]) -> dict[str, str]:
    """What computed a run, as rows of its provenance."""
    identity = manifest.get("identity") or {}
    libraries = ", ".join(f"{k} {v}" for k, v in (identity.get("libraries") or {}).items())
    return {
        "fingerprint of code, data, libraries and model": str(identity.get("fingerprint", "not recorded")),
        "kind of CPU": str(identity.get("cpu_class", "not recorded")),
        "libraries": libraries or "not recorded",
    }
