"""What the commands of product and dish files do: read, judge or run, word the answer."""

from __future__ import annotations

from dataclasses import asdict

from osteon.app.command_result import CommandResult


def release(file: str) -> CommandResult:
    """Every criterion of release of a lot; not ok where one of them fails."""
    from osteon.inputs.product import load_product
    from osteon.simulation.dish_file import potency_update
    from osteon.simulation.product_release import release_rows

    product = load_product(file).product
    rows = release_rows(product)
    failed = [r for r in rows if not r.passes]
    lines = [
        f"{'pass' if r.passes else 'FAIL'}  {r.criterion:<19} {_value(r.measured, r.unit):<14} {r.standard}"
        for r in rows
    ]
    verdict = "released" if not failed else f"NOT released: {len(failed)} of {len(rows)} criteria are not met"
    text = "\n".join([*lines, f"{product.name}: {verdict}.", *(f"- {r.reason}" for r in failed)])
    potency = [asdict(p) for p in potency_update(product)]
    notes = [
        f"Assay of {p['assay']}: {p['measured']:g}-fold, predicted {p['predicted_lo90']:.2g} to {p['predicted_hi90']:.2g}; "
        f"osteogenic potency against young marrow cells {p['prior_lo90']:.2g} to {p['prior_hi90']:.2g} before, "
        f"{p['posterior_lo90']:.2g} to {p['posterior_hi90']:.2g} after it."
        for p in potency
    ]
    notes.append(
        "Passing says that a lot meets these limits; it says nothing of benefit, and does not exclude any harm."
    )
    return CommandResult([asdict(r) for r in rows], not failed, text, tuple(notes), {"potency": potency})


def _value(value: float | str | None, unit: str) -> str:
    if value is None:
        return "not measured"
    if isinstance(value, str):
        return value
    return f"{value:.3g}" + (f" {unit}" if unit != "1" else "")


def culture(file: str, seed: int = 1) -> CommandResult:
    """The dishes of a file, each output against the dish it is compared with."""
    from osteon.inputs.dish import load_dish
    from osteon.simulation.dish_file import dish_rows

    rows = dish_rows(load_dish(file), seed)
    lines = []
    for r in rows:
        ratio = (
            ""
            if r.ratio is None
            else f"  {r.ratio:.2f} of '{r.compare}'"
            + (f" ({r.ratio_lo90:.2f} to {r.ratio_hi90:.2f})" if r.ratio_lo90 is not None else "")
        )
        lines.append(f"{r.dish:<28} {r.output:<14} day {r.days:g}  {r.value:8.3g}{ratio}")
    notes = ("Signs follow the table of regulators; sizes rest on a prior, the same for every regulator.",)
    return CommandResult([asdict(r) for r in rows], True, "\n".join(lines), notes)
