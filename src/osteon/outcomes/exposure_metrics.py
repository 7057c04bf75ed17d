"""What the body is exposed to, where a harm hangs on more than the drug in the blood today.

A driver is a small module; it reads ports that drugs plug into, never a drug. All are 0 where no drug is given.
"""

from osteon.model import Derived, Module, Parameter, Port, Process, Rule, State, exp, log


def bisphosphonate_hold(bisphosphonate_on_bone, hold_half, hold_steepness):
    """How firmly drug on bone holds remodelling down, 0 to 1; how strong a drug is stands in its dose already.  [1]"""
    grip = ((bisphosphonate_on_bone / hold_half) ** 2) ** (hold_steepness / 2)
    return grip / (1 + grip)


def years_shift(bisphosphonate_hold, bisphosphonate_years, days_per_year, hold_repair):
    """Years of held remodelling add up; where remodelling is free again it repairs what they left.  [year/day]"""
    return (bisphosphonate_hold - hold_repair * (1 - bisphosphonate_hold) * bisphosphonate_years) / days_per_year


def calcium_fall(calcium_reference, calcium):
    """How far plasma calcium lies below that of the reference adult.  [mmol/L]"""
    return calcium_reference - calcium


def rankl_block(rankl_binding, block_onset):
    """Antibody over RANKL, bounded: 0 without, 1 where no RANKL is left.  [1]"""
    return rankl_binding / (block_onset + rankl_binding)


def cathepsin_block(cathepsin_activity):
    """Share of cathepsin K that is blocked.  [1]"""
    return 1 - cathepsin_activity


def infusion_spike(acute_load, acute_adapted, acute_half, acute_steepness):
    """How suddenly a bisphosphonate has come, 0 to 1; the square first, as the difference has both signs.  [1]"""
    sudden = (((acute_load - acute_adapted) / acute_half) ** 2) ** (acute_steepness / 2)
    return sudden / (1 + sudden)


def infusion_span(acute_half, acute_steepness, acute_time, acute_one):
    """Days that the spike of one infusion lasts, in closed form.  [day]"""
    return acute_time / acute_steepness * log(1 + (acute_one / acute_half) ** acute_steepness)


def infusion(infusion_spike, infusion_memory, infusion_span, acute_tolerance, days_per_year, acute_year):
    """Exposure to sudden bisphosphonate: the first infusion counts as one year, each later one less.  [1]"""
    first = acute_tolerance / (1 - exp(-acute_tolerance))
    return infusion_spike * exp(-acute_tolerance * infusion_memory) * first * days_per_year * acute_year / infusion_span


def adapted_shift(acute_load, acute_adapted, acute_time):
    """The body gets used to what has come.  [1/day]"""
    return (acute_load - acute_adapted) / acute_time


def memory_shift(infusion_spike, infusion_span, infusion_memory, memory_loss, days_per_year):
    """Infusions remembered; they fade over years.  [1/day]"""
    return infusion_spike / infusion_span - memory_loss / days_per_year * infusion_memory


def sustained_shift(pth_exogenous, pth_transient, sustained_pth, sustained_time):
    """Mean of what stays at the PTH receptor.  [pmol/L/day]"""
    return (pth_exogenous - pth_transient - sustained_pth) / sustained_time


YEARS = Module(
    "bisphosphonate_years",
    note="Years of remodelling held down by bisphosphonate in bone, and their repair.",
    parameters=(
        Parameter(
            "hold_half",
            0.5,
            "1",
            "assumed",
            "assumed",
            bounds=(0.1, 2),
            note="drug on bone with half the hold, 1 = what a usual dose keeps there",
        ),
        Parameter("hold_steepness", 4.0, "1", "assumed", "assumed", bounds=(1, 6)),
        Parameter(
            "hold_repair",
            0.75,
            "1/year",
            "derived",
            "SWEDEN_AFF",
            bounds=(0.1, 3),
            note="70 % less risk a year off drug",
        ),
    ),
    ports=(Port("bisphosphonate_on_bone", "sum", "1", "bisphosphonate on bone, 1 = what a usual dose keeps there"),),
    states=(State("bisphosphonate_years", "year", 0.0, 1.0, "years of remodelling held down, less what was repaired"),),
    rules=(Rule("bisphosphonate_hold", bisphosphonate_hold, "1"),),
    processes=(Process("years_shift", years_shift, "year/day", {"bisphosphonate_years": 1}),),
    references=("SWEDEN_AFF", "KPSC_AFF"),
)
RANKL_BLOCK = Module(
    "rankl_block",
    note="RANKL bound by an antibody.",
    parameters=(Parameter("block_onset", 1.0, "1", "derived", "definition", note="half of RANKL bound"),),
    rules=(Rule("rankl_block", rankl_block, "1"),),
)
CALCIUM_FALL = Module(
    "calcium_fall", note="Plasma calcium below the reference.", rules=(Rule("calcium_fall", calcium_fall, "mmol/L"),)
)
CATHEPSIN_BLOCK = Module(
    "cathepsin_block", note="Cathepsin K blocked.", rules=(Rule("cathepsin_block", cathepsin_block, "1"),)
)
EXPOSURE_METRICS_INFUSION = Module(
    "infusion",
    note="A bisphosphonate that comes all at once: fever the first time, less each later time.",
    parameters=(
        Parameter("acute_half", 0.5, "1", "assumed", "assumed", bounds=(0.05, 5), note="1 = 5 mg of zoledronate"),
        Parameter("acute_steepness", 4.0, "1", "assumed", "assumed", bounds=(1, 8)),
        Parameter("acute_time", 1.5, "day", "derived", "HORIZON", bounds=(0.2, 7), note="over within three days"),
        Parameter("acute_one", 1.0, "1", "derived", "definition"),
        Parameter("acute_year", 1.0, "year", "derived", "definition"),
        Parameter(
            "acute_tolerance",
            2.3,
            "1",
            "assumed",
            "assumed",
            bounds=(0, 10),
            note="about a sixth at the second infusion",
        ),
        Parameter("memory_loss", 0.33, "1/year", "assumed", "assumed", bounds=(0, 5)),
    ),
    derived=(Derived("infusion_span", infusion_span, "day"),),
    ports=(Port("acute_load", "sum", "1", "bisphosphonate that came by vein, 1 = 5 mg of zoledronate"),),
    states=(
        State("acute_adapted", "1", 0.0, note="what the body has got used to"),
        State("infusion_memory", "1", 0.0, note="infusions remembered"),
    ),
    rules=(Rule("infusion_spike", infusion_spike, "1"), Rule("infusion", infusion, "1")),
    processes=(
        Process("adapted_shift", adapted_shift, "1/day", {"acute_adapted": 1}),
        Process("infusion_memory_shift", memory_shift, "1/day", {"infusion_memory": 1}),
    ),
    references=("HORIZON",),
)
SUSTAINED_PTH = Module(
    "sustained_pth",
    note="Mean level of a PTH analogue at the receptor.",
    parameters=(Parameter("sustained_time", 7.0, "day", "assumed", "assumed", bounds=(1, 60)),),
    states=(State("sustained_pth", "pmol/L", 0.0, note="mean of a PTH analogue at the receptor"),),
    processes=(Process("sustained_shift", sustained_shift, "pmol/L/day", {"sustained_pth": 1}),),
)
EXPOSURE_METRICS_BREAST = Module(
    "breast_oestrogen",
    note="What stops oestrogen in the breast.",
    ports=(
        Port("breast_oestrogen_block", "sum", "1", "share of the oestrogen receptor of the breast that is blocked"),
    ),
)

READS: dict[str, tuple[str, ...]] = {
    "bisphosphonate_years": ("bisphosphonate_on_bone",),
    "rankl_block": ("rankl_binding",),
    "calcium_fall": ("osteoclast_apoptosis_drive", "rankl_binding", "sclerostin_binding", "cathepsin_activity"),
    "sclerostin_block": ("sclerostin_binding",),
    "cathepsin_block": ("cathepsin_activity",),
    "oestrogen_agonism": ("oestrogen_agonism",),
    "infusion": ("acute_load",),
    "infusion_memory": ("acute_load",),
    "sustained_pth": ("pth_exogenous",),
    "breast_oestrogen_block": ("breast_oestrogen_block",),
}  # driver -> ports it comes from
ALWAYS = frozenset({"calcium_fall"})  # drivers that are there without a drug: low vitamin D, weak kidneys
QUANTITY = {"sclerostin_block": "sclerostin_binding"}  # driver -> its name in the model, where that is another
UNIT = {
    "bisphosphonate_years": "year",
    "calcium_fall": "mmol/L",
    "sustained_pth": "pmol/L",
}  # of a driver, where it is not 1
MODULES: dict[str, Module] = {
    "bisphosphonate_years": YEARS,
    "rankl_block": RANKL_BLOCK,
    "calcium_fall": CALCIUM_FALL,
    "cathepsin_block": CATHEPSIN_BLOCK,
    "infusion": EXPOSURE_METRICS_INFUSION,
    "infusion_memory": EXPOSURE_METRICS_INFUSION,
    "sustained_pth": SUSTAINED_PTH,
    "breast_oestrogen_block": EXPOSURE_METRICS_BREAST,
}  # driver -> module that makes it; the others are ports of the biology
