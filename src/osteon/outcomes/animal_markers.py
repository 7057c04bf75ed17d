"""Turnover markers of an animal: against the intact adult of its species, and of all the bone the body still has.

Assays differ between species and laboratories, so no absolute unit is told; 1 = intact adult.
"""

from dataclasses import replace

from osteon.model import Module, renamed
from osteon.model.laws import arguments
from osteon.model.parts import Law
from osteon.outcomes.markers import MARKERS

OF_BODY = {"body_collagen": "body_formation", "body_mineralising": "body_formation"}


def animal_markers(clock: float) -> Module:
    """The markers of a species whose bone cells work `clock` times as fast as in people."""
    assay = {f"{r.name}_reference" for r in MARKERS.rules}
    parameters = tuple(
        replace(p, value=1.0, unit="1", source="definition", note="1 = intact adult")
        if p.name in assay
        else replace(p, value=p.value * clock, bounds=None)
        if p.unit == "1/day"
        else p
        for p in MARKERS.parameters
    )
    return replace(
        MARKERS,
        parameters=parameters,
        rules=tuple(replace(r, law=_of_body(r.law), unit="1") for r in MARKERS.rules),
        processes=tuple(replace(p, law=_of_body(p.law)) for p in MARKERS.processes),
    )


def _of_body(law: Law) -> Law:
    return renamed(law, **{k: v for k, v in OF_BODY.items() if k in arguments(law)})
