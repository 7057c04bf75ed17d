"""The kidney: filtration, calcium reabsorbed up to a threshold that PTH sets, phosphate and the FGF23 that it calls.

Filtration falls with age and with damage. Calcium above the threshold is lost; near it the nephrons differ (splay).
Phosphate settles within hours at the plasma level that the kidney needs to let go what enters.
Lineage: raposo2002 (threshold under PTH), peterson2010 (phosphate). Sizes are assumed unless a source is named.
"""

from typing import Any

from osteon.biology.hormones import HORMONES, ageing
from osteon.model import (
    Contribution,
    Derived,
    LogNormal,
    Module,
    Parameter,
    Process,
    Rule,
    State,
    exp,
    log,
    softplus,
    sqrt,
)
from osteon.model.laws import arguments


def gfr(gfr_reference, kidney_damage, gfr_ageing, ageing):
    """Glomerular filtration rate.  [mL/min]"""
    return gfr_reference * (1 - kidney_damage) * exp(-gfr_ageing * ageing)


def filtration(gfr, day_per_minute):
    """The same in the units of the fluxes.  [L/day]"""
    return day_per_minute * gfr


def filtration_reference(gfr_reference, day_per_minute):
    """Filtration of a kidney without age or damage.  [L/day]"""
    return day_per_minute * gfr_reference


def threshold_reference(calcium_reference, urinary_reference, filtration_reference, ultrafiltrable, threshold_splay):
    """Threshold at which the reference adult loses what she should.  [mmol/L]"""
    lost = urinary_reference / (filtration_reference * ultrafiltrable * threshold_splay)
    return calcium_reference - threshold_splay * log(exp(lost) - 1)


def nephrons_left(gfr, gfr_reference):
    """Filtration against a kidney without age or damage.  [1]"""
    return gfr / gfr_reference


def hearing_of_bone(nephrons_left, bone_resistance):
    """How well bone hears PTH: in dialysis its turnover is usual at two to nine times the usual PTH.  [1]   Source: kdigo2017"""
    return nephrons_left**bone_resistance


def mean_shift(pth_signal, pth_mean, k_mean):
    """Running mean of PTH that enzymes and channels of the kidney follow.  [1/day]"""
    return k_mean * (pth_signal - pth_mean)


def tubule_call(pth_signal, pth_mean, tubule_half, tubule_slow, nephrons_left, pth_resistance):
    """What PTH says to the tubule, 0 at reference: at once, and by channels built over a day.  [1]

    It fills a receptor, so that want of PTH tells more than excess. Fewer nephrons answer less.
    Source: raposo2002 (a threshold that saturates); sizes from primary hyperparathyroidism and loss of the glands
    """
    now = (1 + tubule_half) * (pth_signal - 1) / (pth_signal + tubule_half)
    mean = (1 + tubule_half) * (pth_mean - 1) / (pth_mean + tubule_half)
    return nephrons_left**pth_resistance * ((1 - tubule_slow) * now + tubule_slow * mean)


def calcium_threshold(
    threshold_reference,
    threshold_pth,
    tubule_call,
    nephrons_left,
    threshold_burden,
    burden_half,
    threshold_calcitriol,
    calcitriol_exposure,
    threshold_oestrogen,
    oestrogen_signal,
):
    """Plasma calcium above which the kidney lets it go.  [mmol/L]   Source: raposo2002 (form), nordin1991 (oestrogen).

    PTH raises it, and calcitriol, which builds channels of the distal tubule. The more each remaining nephron must
    carry, the less it holds back. Without oestrogen the threshold is lower.
    """
    hormones = threshold_pth * tubule_call + threshold_calcitriol * log(calcitriol_exposure)
    burdened = (1 - nephrons_left) / (nephrons_left + burden_half)
    return threshold_reference + hormones - threshold_burden * burdened - threshold_oestrogen * (1 - oestrogen_signal)


def urinary_calcium(calcium, calcium_threshold, threshold_splay, ultrafiltrable, filtration):
    """Calcium lost in urine; usual 0.9 to 6.9 in white women of 55 to 90 (smith2021).  [mmol/day]"""
    over = threshold_splay * softplus((calcium - calcium_threshold) / threshold_splay)
    return filtration * ultrafiltrable * over


def phosphate_load(phosphate_absorbed, phosphate_per_calcium, bone_calcium_balance):
    """Phosphate that must leave by the kidney: absorbed, and what bone sets free or takes.  [mmol/day]"""
    return phosphate_absorbed - phosphate_per_calcium * bone_calcium_balance


def fgf23(phosphate_load, phosphate_absorbed, filtration, filtration_reference, fgf23_gain, fgf23_least):
    """FGF23 against the reference adult: it follows the phosphate that each litre of filtrate must carry.  [1]

    A hungry skeleton can take more phosphate than is absorbed; FGF23 then nears nothing and does not change its sign.
    """
    carried = (phosphate_load / phosphate_absorbed) * (filtration_reference / filtration)
    some = carried + sqrt(carried * carried + fgf23_least * fgf23_least)
    return (some / (1 + sqrt(1 + fgf23_least * fgf23_least))) ** fgf23_gain


def phosphate_threshold(phosphate_reference, phosphate_absorbed, filtration_reference, phosphate_splay):
    """Phosphate above which the reference kidney lets it go.  [mmol/L]"""
    lost = phosphate_absorbed / (filtration_reference * phosphate_splay)
    return phosphate_reference - phosphate_splay * log(exp(lost) - 1)


def tmp_gfr(phosphate_threshold, pth_mean, phosphate_pth, fgf23, phosphate_fgf23):
    """The same under PTH and FGF23, which lower it.  [mmol/L]"""
    return phosphate_threshold * pth_mean**-phosphate_pth * fgf23**-phosphate_fgf23


def phosphate_gain(phosphate_load, phosphate_space):
    """Into plasma and what mixes with it within the day.  [mmol/L/day]"""
    return phosphate_load / phosphate_space


def phosphate_loss(phosphate, tmp_gfr, phosphate_splay, filtration, phosphate_space):
    """Out by the kidney, above what it keeps; near it the nephrons differ.  [mmol/L/day]"""
    over = phosphate_splay * softplus((phosphate - tmp_gfr) / phosphate_splay)
    return filtration * over / phosphate_space


KIDNEY = Module(
    "kidney",
    note="Filtration, calcium threshold, phosphate, FGF23.",
    parameters=(
        Parameter(
            "gfr_reference",
            100.0,
            "mL/min",
            "assumed",
            "assumed",
            iiv=LogNormal(1.15),
            bounds=(30, 200),
            note="of a young adult, per 1.73 m^2",
        ),
        Parameter("kidney_damage", 0.0, "1", "derived", "reference adult", bounds=(-2, 0.97), note="share of GFR lost"),
        Parameter("gfr_ageing", 0.5, "1", "derived", "pottel2016", bounds=(0, 2), note="about 65 mL/min at 80"),
        Parameter("day_per_minute", 1.44, "L*min/mL/day", "derived", "definition"),
        Parameter("urinary_reference", 4.4, "mmol/day", "assumed", "smith2021", bounds=(1, 10), note="176 mg/day"),
        Parameter("ultrafiltrable", 0.6, "1", "assumed", "peterson2010", bounds=(0.4, 0.7), note="not held by albumin"),
        Parameter("threshold_splay", 0.1, "mmol/L", "assumed", "assumed", bounds=(0.02, 0.5)),
        Parameter("threshold_pth", 0.42, "mmol/L", "assumed", "silverberg1999", bounds=(0.05, 2), note="slope at rest"),
        Parameter("tubule_half", 0.15, "1", "assumed", "silverberg1999", bounds=(0.05, 5)),
        Parameter("threshold_calcitriol", 0.22, "mmol/L", "assumed", "assumed", bounds=(0, 0.5), note="per e-fold"),
        Parameter("tubule_slow", 0.3, "1", "assumed", "assumed", bounds=(0, 1), note="share of the slow answer to PTH"),
        Parameter("k_mean", 1.0, "1/day", "assumed", "assumed", bounds=(0.1, 10)),
        Parameter(
            "pth_resistance", 0.25, "1", "assumed", "levin2007", bounds=(0, 2), note="of a kidney with few nephrons"
        ),
        Parameter("bone_resistance", 0.6, "1", "derived", "kdigo2017", bounds=(0, 2), note="of uraemia, to PTH"),
        Parameter(
            "threshold_burden", 0.07, "mmol/L", "assumed", "levin2007", bounds=(0, 0.5), note="few nephrons, each more"
        ),
        Parameter("burden_half", 0.08, "1", "assumed", "assumed", bounds=(0.02, 1)),
        Parameter("threshold_oestrogen", 0.01, "mmol/L", "assumed", "nordin1991", bounds=(0, 0.2)),
        Parameter("phosphate_absorbed", 20.0, "mmol/day", "assumed", "assumed", bounds=(2, 60)),
        Parameter("phosphate_per_calcium", 0.464, "1", "derived", "peterson2010", note="of bone mineral"),
        Parameter("phosphate_reference", 1.15, "mmol/L", "derived", "reference adult"),
        Parameter("phosphate_splay", 0.1, "mmol/L", "assumed", "assumed", bounds=(0.02, 0.5)),
        Parameter(
            "phosphate_space", 20.0, "L", "assumed", "assumed", bounds=(10, 60), note="more than plasma and lymph"
        ),
        Parameter("phosphate_pth", 0.33, "1", "assumed", "silverberg1999", bounds=(0, 1)),
        Parameter("phosphate_fgf23", 0.2, "1", "assumed", "levin2007", bounds=(0, 1)),
        Parameter("fgf23_gain", 1.0, "1", "assumed", "assumed", bounds=(0, 3)),
        Parameter("fgf23_least", 0.05, "1", "assumed", "assumed", bounds=(0.001, 0.3), note="a load near nothing"),
    ),
    derived=(
        Derived("filtration_reference", filtration_reference, "L/day"),
        Derived("threshold_reference", threshold_reference, "mmol/L"),
        Derived("phosphate_threshold", phosphate_threshold, "mmol/L"),
    ),
    contributions=(Contribution("pth_sensitivity", "hearing_of_bone", hearing_of_bone, source="kdigo2017"),),
    rules=(
        Rule("gfr", gfr, "mL/min"),
        Rule("filtration", filtration, "L/day"),
        Rule("nephrons_left", nephrons_left, "1"),
        Rule("tubule_call", tubule_call, "1"),
        Rule("calcium_threshold", calcium_threshold, "mmol/L", source="raposo2002"),
        Rule("phosphate_load", phosphate_load, "mmol/day"),
        Rule("fgf23", fgf23, "1"),
        Rule("tmp_gfr", tmp_gfr, "mmol/L", source="peterson2010"),
    ),
    states=(
        State("pth_mean", "1", note="running mean of PTH in the kidney"),
        State("phosphate", "mmol/L", "phosphate_reference", note="phosphate in plasma; usual 0.8 to 1.5"),
    ),
    processes=(
        Process("phosphate_gain", phosphate_gain, "mmol/L/day", {"phosphate": 1}),
        Process("phosphate_loss", phosphate_loss, "mmol/L/day", {"phosphate": -1}),
        Process("mean_shift", mean_shift, "1/day", {"pth_mean": 1}),
        Process("urinary_calcium", urinary_calcium, "mmol/day", {"plasma_calcium": -1}, source="raposo2002"),
    ),
    references=("raposo2002", "peterson2010", "nordin1991", "levin2007", "silverberg1999", "smith2021", "pottel2016"),
)


def usual_gfr(age: float) -> float:
    """GFR of a healthy person of this age in years.  [mL/min]"""
    return float(usual_gfr_law(age))


def usual_gfr_law(age: Any) -> Any:
    """The same of a number, an array or a symbol."""
    figures: dict[str, Any] = {p.name: p.value for p in (*HORMONES.parameters, *KIDNEY.parameters)}
    figures["age"] = age
    figures["ageing"] = ageing(**{n: figures[n] for n in arguments(ageing)})
    return gfr(**{n: figures[n] for n in arguments(gfr)})
