"""Bone turnover markers: what an assay shows of the rates at which bone is made and resorbed.

P1NP and BSAP follow formation with a lag and carry a share that does not come from remodelling bone; CTX and NTX
follow resorption at once. Output in assay units of a healthy premenopausal reference; a ratio is the same in any unit.
"""

from osteon.model import LogNormal, Module, Parameter, Process, Rule, State


def marker_shift(formation, turnover_scale, marker, k_marker, share):
    """A formation marker approaches what osteoblasts now send out.  [1/day]"""
    return k_marker * (share + (1 - share) * turnover_scale * formation - marker)


def p1np_shift(body_collagen, turnover_scale, p1np_pool, k_p1np, p1np_floor):
    """P1NP pool towards collagen made in the whole body.  [1/day]"""
    return marker_shift(body_collagen, turnover_scale, p1np_pool, k_p1np, p1np_floor)


def bsap_shift(body_mineralising, turnover_scale, bsap_pool, k_bsap, bsap_floor):
    """BSAP pool towards osteoblasts at the mineral stage in the whole body.  [1/day]"""
    return marker_shift(body_mineralising, turnover_scale, bsap_pool, k_bsap, bsap_floor)


def scaled(pool, reference):
    """A ratio in assay units."""
    return pool * reference


def resorption_marker(resorption, turnover_scale, floor, reference):
    """Collagen fragments in serum or urine, with a share that is not from bone remodelling."""
    return reference * (floor + (1 - floor) * turnover_scale * resorption)


def _p1np(p1np_pool, p1np_reference):
    return scaled(p1np_pool, p1np_reference)


def _bsap(bsap_pool, bsap_reference):
    return scaled(bsap_pool, bsap_reference)


def _ctx(body_resorption, turnover_scale, ctx_floor, ctx_reference):
    return resorption_marker(body_resorption, turnover_scale, ctx_floor, ctx_reference)


def _ntx(body_resorption, turnover_scale, ntx_floor, ntx_reference):
    return resorption_marker(body_resorption, turnover_scale, ntx_floor, ntx_reference)


def _steady(floor, turnover_scale):
    return floor + (1 - floor) * turnover_scale


def _level(marker: str, value: float, unit: str, sample: str, spread: float) -> Parameter:
    """What an assay shows of the reference adult. Persons of one turnover differ in it (clearance, assay): with turnover's own
    spread the levels of untreated women then spread by 0.4 of their mean.   Source: assumed size"""
    note = f"premenopausal mean, {sample}"
    return Parameter(f"{marker}_reference", value, unit, "assumed", "assumed", iiv=LogNormal(spread), note=note)


MARKERS = Module(
    "markers",
    note="P1NP, BSAP, CTX, NTX.",
    parameters=(
        Parameter("k_p1np", 0.15, "1/day", "assumed", "assumed", bounds=(0.02, 2), note="matrix to serum, about 5 d"),
        Parameter(
            "k_bsap", 0.08, "1/day", "fitted", "assumed", bounds=(0.005, 1), note="osteoblasts at the mineral stage"
        ),
        Parameter(
            "p1np_floor", 0.2, "1", "fitted", "assumed", LogNormal(1.5), bounds=(0.005, 0.5), note="from other tissues"
        ),
        Parameter(
            "bsap_floor",
            0.2,
            "1",
            "fitted",
            "assumed",
            LogNormal(1.4),
            bounds=(0.01, 0.6),
            note="liver enzyme seen by the assay",
        ),
        Parameter(
            "ctx_floor",
            0.2,
            "1",
            "fitted",
            "assumed",
            LogNormal(1.5),
            bounds=(0.005, 0.5),
            note="not of bone remodelling",
        ),
        Parameter(
            "ntx_floor",
            0.2,
            "1",
            "assumed",
            "assumed",
            LogNormal(1.4),
            bounds=(0.01, 0.6),
            note="urinary NTX never falls to zero",
        ),
        _level("p1np", 38.0, "ug/L", "serum", 1.3),
        _level("bsap", 10.0, "ug/L", "serum", 1.3),
        _level("ctx", 0.3, "ug/L", "morning fasting serum", 1.35),
        _level("ntx", 30.0, "nmol/mmol", "urine per creatinine", 1.35),
    ),
    states=(
        State(
            "p1np_pool",
            "1",
            initial=lambda p1np_floor, turnover_scale: _steady(p1np_floor, turnover_scale),
            note="P1NP in serum against the reference",
        ),
        State(
            "bsap_pool",
            "1",
            initial=lambda bsap_floor, turnover_scale: _steady(bsap_floor, turnover_scale),
            note="BSAP in serum against the reference",
        ),
    ),
    rules=(
        Rule("p1np", _p1np, "ug/L", note="procollagen 1 N-propeptide in serum: collagen made"),
        Rule("bsap", _bsap, "ug/L", note="bone alkaline phosphatase in serum: osteoblasts at work"),
        Rule("ctx", _ctx, "ug/L", note="C-telopeptide of collagen in serum: bone resorbed"),
        Rule("ntx", _ntx, "nmol/mmol", note="N-telopeptide of collagen in urine over creatinine: bone resorbed"),
    ),
    processes=(
        Process("p1np_shift", p1np_shift, "1/day", {"p1np_pool": 1}),
        Process("bsap_shift", bsap_shift, "1/day", {"bsap_pool": 1}),
    ),
)
