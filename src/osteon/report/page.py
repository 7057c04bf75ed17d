"""One self-contained page: a template, the figures inside it, nothing from outside."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from osteon import __version__
from osteon.charts.drawing import HATCH, figure_css
from osteon.report.blocks import Report

ADVICE = "Research use only. Not for the care of patients."


def render(template: str, **given: Any) -> str:
    """A page from a template of this room; every text is escaped, figures are marked safe by the template."""
    from jinja2 import DictLoader, Environment, StrictUndefined

    folder = files("osteon").joinpath("report").joinpath("templates")
    loader = DictLoader({template: folder.joinpath(template).read_text(encoding="utf-8")})
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(template).render(version=__version__, advice=ADVICE, **given)


def render_report(report: Report) -> str:
    """The one template of all reports: everything inside, nothing asked from outside."""
    script = _text("style", "report.js")
    return render(
        "report.html",
        report=report,
        style=house_style(),
        script=script,
        hatch=HATCH.format("var(--unknown)"),
        policy=_policy(script, report.alive),
    )


def house_style() -> str:
    """The style of every report."""
    return _text("style", "tokens.css") + _text("style", "report.css") + figure_css()


def _policy(script: str, alive: bool) -> str:
    """What the page may do. The living page runs in a frame of its own, which inherits this."""
    own = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    rest = "style-src 'unsafe-inline'; img-src data: blob:; connect-src 'none'; base-uri 'none'; form-action 'none'"
    if not alive:
        return f"default-src 'none'; script-src 'sha256-{own}'; {rest}"
    return f"default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval' blob:; worker-src blob:; frame-src blob:; {rest}"


@cache
def _text(folder: str, name: str) -> str:
    return files("osteon").joinpath("report").joinpath(folder).joinpath(name).read_text(encoding="utf-8")


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
