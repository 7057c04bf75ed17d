"""Checks of C34 to C49: cells and pathways, with knock-outs and steps through parameters of the reference adult."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from osteon.checks.lab import DRUGS, WOMAN, YOUNG, Run, SimulatedValues, laboratory
from osteon.checks.verdict import Check, Part, missing, sign, within
from osteon.interventions import card

STILL = Run()
NO_SCLEROSTIN = Run(changes=(("sclerostin_secretion", 0.0),))
NO_MYELOID = Run((*YOUNG, ("osteoclast_supply", 0.0)))
MORE_RANKL = Run(changes=(("rankl_secretion", 1.5),))
_REMOVED = {  # lasting removals: cells that are only taken away once grow back within weeks
    "osteoclasts": "with no osteoclast precursors from birth",
    "osteoblasts": "with the life of osteoblasts cut to 2 %",
    "osteocytes": "without osteocytes",
}
_OLD = (("age_at_start", 70.0),)
_STEP = 1.0  # percent; an untouched woman moves less than this in 6 months
_LEAST_BREAK = 0.5  # percent of hip bone; the untouched reference moves less than a tenth of it in a year


def _ageing_and_oestrogen(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    def lost(name: str) -> float:
        return 100 * (seen[name].at("bmd_total_hip") / seen["neither"].at("bmd_total_hip") - 1)

    both, age, oestrogen = lost("both"), lost("ageing"), lost("menopause")
    return [
        sign("hip BMD at 70 with ageing alone", age, up=False),
        sign("with menopause alone", oestrogen, up=False),
        Part(f"with both {both:+.2f} %", both < min(age, oestrogen) - 0.01),
    ]


def _three_cells(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    still = abs(seen["still"].change("bone_total_hip", 12))
    parts = [Part(f"hip bone of the reference moves {still:.3f} % in 12 months", still < _LEAST_BREAK / 10)]
    for name, words in _REMOVED.items():
        moved = np.max(np.abs(seen[name].curve("bone_total_hip") / seen["still"].curve("bone_total_hip") - 1))
        parts.append(Part(f"{words} by up to {100 * moved:.1f} %", bool(100 * moved > _LEAST_BREAK)))
    return parts


def _most_numerous(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    values = laboratory().defaults
    cells = [values[f"cells_{kind}"] for kind in ("osteocyte", "osteoblast", "osteoclast")]
    share = cells[0] / sum(cells)
    return [Part(f"osteocytes are {100 * share:.1f} % of bone cells (cell numbers are typed in)", share > 0.90)]


def _resorb(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    left = 100 * seen["no_precursors"].at("osteoclasts") / seen["still"].at("osteoclasts")
    run = seen["rankl"]
    ratio = run.curve("resorption") / run.curve("osteoclasts")
    spread = float(np.ptp(ratio) / ratio.mean())
    return [
        Part(f"osteoclasts at 30 without a myeloid supply from birth: {left:.2g} % of the reference", left < 1),
        Part(f"resorption per osteoclast varies by {100 * spread:.2g} % while their number rises", spread < 1e-6),
    ]


def _mineral_ripens(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    run = seen["denosumab"]
    early, late = run.change("mineralisation_total_hip", 6), run.change("mineralisation_total_hip", 36)
    return [
        within("mineral per bone volume after 6 months of denosumab, that is within months", early, 0.2, 3.0),
        Part(f"after 36 months {late:+.2f} %", late > early + 0.1),
        sign("hip BMD from month 12 to 36", run.change("bmd_total_hip", 36) - run.change("bmd_total_hip", 12), up=True),
    ]


def _both_pathways(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    return [
        sign("resorption with RANKL x 1.5", seen["rankl"].change("resorption", 6), up=True, least=_STEP),
        sign("formation without sclerostin", seen["no_sclerostin"].change("formation", 1), up=True, least=_STEP),
    ]


def _rankl_only(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    ports = sorted({c.port for c in card("denosumab").module.contributions})
    bound, unbound = (
        seen[x].change("ctx", days=14) - seen["plain"].change("ctx", days=14) for x in ("denosumab", "unbound")
    )
    return [
        Part(f"denosumab plugs into: {', '.join(ports)}", ports == ["rankl_binding"]),
        sign("CTX 14 days after a dose, against none", bound, False, "points", least=50),
        Part(f"where it cannot bind RANKL {unbound:+.2f} points (nil)", abs(unbound) < 1),
    ]


def _rankl_up(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    run = seen["rankl"]
    return [
        sign(f"{x} 6 months after RANKL x 1.5", run.change(x, 6), up=True, least=_STEP)
        for x in ("osteoclasts", "resorption")
    ]


def _opg_up(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    run = seen["opg"]
    return [
        sign(f"{x} 1 month after OPG x 2", run.change(x, 1), up=False, least=_STEP)
        for x in ("free_rankl", "resorption")
    ]


def _tighter(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    values = laboratory().defaults
    opg, rank = values["kd_opg_rankl"], values["kd_rank_rankl"]
    return [Part(f"dissociation constant of OPG {opg:.3g}, of RANK {rank:.3g} pmol/L", opg < rank)]


def _opg_for_life(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    def against(name: str) -> float:
        return 100 * (seen[name].at("bmd_total_hip") / seen["still"].at("bmd_total_hip") - 1)

    return [
        sign("hip BMD at 30 with OPG x 3 from birth", against("opg_high"), up=True),
        sign("with no OPG from birth", against("opg_none"), up=False),
    ]


def _wnt_chain(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    run = seen["no_sclerostin"]
    ups = {"dishevelled": True, "gsk3_activity": False, "beta_catenin": True, "tcf_activity": True}
    return [
        sign(f"{x} 14 days after sclerostin ends", run.change(x, days=14), up, least=_STEP) for x, up in ups.items()
    ]


def _threshold(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    """Against a woman left alone, day by day: what ageing does to Wnt by itself is no answer."""
    catenin, genes = (seen["no_sclerostin"].curve(x) / seen["still"].curve(x) for x in ("beta_catenin", "tcf_activity"))
    i = int(np.argmax(catenin))
    if catenin[i] <= 1.001:
        return [Part("beta-catenin does not rise", False)]
    slope = float(np.log(genes[i]) / np.log(catenin[i]))
    return [Part(f"target genes rise with beta-catenin to the power {slope:.2f}", slope > 1)]


def _wnt_and_osteoclasts(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    run, moves = seen["no_sclerostin"], {"opg": True, "resorption": False, "formation": True}
    return [sign(f"{x} 1 month after sclerostin ends", run.change(x, 1), up, least=_STEP) for x, up in moves.items()]


REMODELLING: tuple[Check, ...] = (
    Check(
        "C34",
        "fitted",
        "human",
        _ageing_and_oestrogen,
        {
            "neither": Run((*_OLD, ("ageing_pace", 0.0))),
            "ageing": Run(_OLD),
            "menopause": Run((*_OLD, ("ageing_pace", 0.0), ("menopause_age", 50.0))),
            "both": Run((*_OLD, ("menopause_age", 50.0))),
        },
    ),
    Check(
        "C35",
        "entailed",
        "assumed",
        _three_cells,
        {
            "still": STILL,
            "osteoclasts": NO_MYELOID,
            "osteoblasts": Run(changes=(("smoking", 1.0), ("smoking_loss", 4.0))),
            "osteocytes": Run(removed="osteocytes"),
        },
    ),
    Check("C36", "entailed", "assumed", _most_numerous),
    Check("C37", "entailed", "assumed", _resorb, {"still": STILL, "no_precursors": NO_MYELOID, "rankl": MORE_RANKL}),
    Check("C38", "fitted", "human", _mineral_ripens, {"denosumab": Run(WOMAN, drugs=(DRUGS["denosumab"],))}),
    Check(
        "C39",
        "entailed",
        "assumed",
        _both_pathways,
        {"rankl": MORE_RANKL, "no_sclerostin": NO_SCLEROSTIN},
    ),
    Check(
        "C40",
        "entailed",
        "human",
        _rankl_only,
        {
            "plain": Run(WOMAN),
            "denosumab": Run(WOMAN, drugs=(DRUGS["denosumab"],)),
            "unbound": Run((*WOMAN, ("denosumab_effect_kd", 1e15)), drugs=(DRUGS["denosumab"],)),
        },
    ),  # fmt: skip
    Check("C41", "entailed", "assumed", _rankl_up, {"rankl": MORE_RANKL}),
    Check("C42", "entailed", "assumed", _opg_up, {"opg": Run(changes=(("opg_secretion", 2.0),))}),
    Check("C43", "entailed", "assumed", _tighter),
    Check(
        "C44",
        "entailed",
        "assumed",
        _opg_for_life,
        {
            "still": STILL,
            "opg_high": Run((*YOUNG, ("opg_secretion", 3.0))),
            "opg_none": Run((*YOUNG, ("opg_secretion", 0.0))),
        },
    ),
    missing("C45", "No mechanism yet: OPG has no own effect on osteoblasts; the claim itself is uncertain."),
    Check("C46", "entailed", "assumed", _wnt_chain, {"no_sclerostin": NO_SCLEROSTIN}),
    Check("C47", "entailed", "assumed", _threshold, {"still": STILL, "no_sclerostin": NO_SCLEROSTIN}),
    missing("C48", "No mechanism yet: marrow stem cells and their proliferation are not in the model."),
    Check("C49", "fitted", "human", _wnt_and_osteoclasts, {"no_sclerostin": NO_SCLEROSTIN}),
)
