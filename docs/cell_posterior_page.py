"""What the published studies of cells say about each number of the cells: prior beside posterior, and every row beside its prediction."""

from __future__ import annotations

import math

from docs.pages import badge, esc, link, table
from osteon.inference.cell_posterior_files import shipped_parameters, shipped_rows

WIDTH, HEIGHT, REACH = 220, 22, 3.0  # of a drawn interval; places to either side of the middle of the prior
PRIOR = 1.645  # 90 % of the prior lie this far to either side


def _interval(low: float, middle: float, high: float, words: str) -> str:
    """The prior as a dashed line and the posterior on it; both in standard deviations of the prior."""

    def x(place: float) -> float:
        return WIDTH * (min(max(place, -REACH), REACH) + REACH) / (2 * REACH)

    y = HEIGHT / 2
    lines = (
        f'<line class="grid" x1="{x(0):.1f}" x2="{x(0):.1f}" y1="0" y2="{HEIGHT}"/>'
        f'<line class="open" x1="{x(-PRIOR):.1f}" x2="{x(PRIOR):.1f}" y1="{y + 6}" y2="{y + 6}"/>'
        f'<line class="ci" x1="{x(low):.1f}" x2="{x(high):.1f}" y1="{y - 2}" y2="{y - 2}"/>'
        f'<circle class="dot" cx="{x(middle):.1f}" cy="{y - 2}" r="4"/>'
    )
    return f'<svg role="img" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"><title>{esc(words)}</title>{lines}</svg>'


def _number(value: float | str | None) -> str:
    if isinstance(value, str):
        return esc(value)
    return "none" if value is None or not math.isfinite(value) else f"{value:.3g}"


def cell_posterior_page() -> str:
    """The page: parameters by how much is known of them, then the rows, misses first."""
    parameters = sorted(shipped_parameters(), key=lambda p: (-p.known, p.parameter))
    unknown = sum(p.known < 0.1 for p in parameters)
    lead = (
        f'<p class="lead">{len(parameters)} numbers of the cells and of their studies: what was thought before, and what published effects, kinetics and harms '
        f"leave of it. Of {unknown} of them the rows say hardly anything (less than a tenth of the prior's variance).</p>"
        "<p>Dashed: nine tenths of the prior; drawn through: nine tenths of the posterior, its median as a dot; the upright line is the middle of the prior. "
        "<em>Known</em> is the share of the prior's variance that the rows took away. Simulations draw from the priors; "
        f"how this was sampled is told by <code>osteon posterior --cells</code>. {link('Cell sources', '../sources/index.html')}.</p>"
    )
    lines = []
    for p in parameters:
        low, middle, high = (v / p.prior_sd for v in (p.lo90, p.median, p.hi90))
        told = f"{middle:+.2f} ({low:+.2f} to {high:+.2f})"
        drawn = _interval(low, middle, high, f"{p.parameter}: {told}; prior ±{PRIOR}")
        lines.append([esc(p.parameter), drawn, told, f"{p.known:.0%}", f"{p.r_hat:.2f}"])
    heads = ["number", "prior and posterior", "posterior, in standard deviations of the prior", "known", "R-hat"]
    rows = sorted(shipped_rows(), key=lambda r: (r.inside is not False, r.role != "holdout", r.id))
    seen = [
        [
            esc(r.study),
            esc(r.endpoint),
            esc(r.role),
            _number(r.published if r.published is not None and math.isfinite(r.published) else r.expected),
            _number(r.prior),
            _number(r.posterior),
            _number(r.left_out),
            badge("holds" if r.inside else "fails", "inside" if r.inside else "outside"),
        ]
        for r in rows
    ]
    told = ["study", "what", "set", "published", "prior", "posterior", "without its study", "nine tenths"]
    return (
        lead
        + table(heads, lines, "Prior beside posterior, the best known first")
        + "<h2>Row by row</h2>"
        + table(told, seen, "Published rows beside what the cells do, those outside first")
    )
