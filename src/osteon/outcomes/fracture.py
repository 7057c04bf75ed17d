"""Fracture hazards: how often a person with this bone, age and history breaks a vertebra, a hip, another bone.

    hazard = incidence in the reference woman x fragility of the bone / hers x what else makes people break bones

Fragility knows bone alone, never a drug. It falls with areal BMD by so much per standard deviation (a gradient between
persons, from cohorts; at the hip it flattens with age) and further with the bone volume that was built (new bone is put
where it is needed); it rises with open resorption cavities, which concentrate stress, and with microdamage. Cavities are
opened by resorption and filled by formation: an antiresorptive opens fewer, an anabolic fills faster than resorption
opens, so turnover as such is no risk. Bone gained is counted against the bone that shape and habits have come to terms
with over years. Bone lost counts by its BMD alone: else slow loss would forgive an early menopause. Risks over years are
told with death competing (`hazard_death`; simulation/fracture_risk.py).
The reference woman is 70, has T-scores of -2, never broke a bone and falls once in three years. Her incidence is the one at which
people at large, with the T-scores that a survey measured at their age, break as many bones as registers count (replication/registers.py):
a gradient says how two persons differ, a register what all of them do together. Placebo arms are not fitted; they check it.
"""

from __future__ import annotations

from collections.abc import Mapping

from osteon.model import (
    Derived,
    LogNormal,
    Module,
    Normal,
    Parameter,
    Process,
    Rule,
    State,
    exp,
    log,
    renamed,
    softplus,
)
from osteon.outcomes.bmd import REFERENCE

KINDS = ("vertebral", "hip", "nonvertebral", "clinical_vertebral", "clinical")
REFERENCE_T = -2.0


def cavities_opened(cavity_pace, turnover_scale, site_resorption):
    """Cavities dug by resorption.  [1/day]"""
    return cavity_pace * turnover_scale * site_resorption


def cavities_filled(cavity_pace, turnover_scale, site_formation, filling_alone, cavities):
    """Cavities filled: each at a pace of its own, faster with all formation at the site.  [1/day]   Source: assumed (form)."""
    return cavity_pace * (filling_alone + (1 - filling_alone) * turnover_scale * site_formation) * cavities


def steady_cavities(site_resorption, site_formation, turnover_scale, filling_alone):
    """Cavities that stay open while resorption and formation last, 1 at reference.  [1]"""
    return turnover_scale * site_resorption / (filling_alone + (1 - filling_alone) * turnover_scale * site_formation)


def adaptation(bone, adapted, adaptation_time, days_per_year):
    """Shape and habits come to terms with the bone that is left, over years.  [1/day]

    Source: ahlborg2003 (a thinning bone widens and keeps much of its strength); one pace for gain and loss is assumed.
    """
    return (bone - adapted) / (adaptation_time * days_per_year)


def bone_kept(bone, adapted):
    """Bone volume over what shape and habits have come to terms with.  [1]"""
    return bone / adapted


def cavity_stress(cavities):
    """Stress about open cavities.  [1]   Source: assumed (form)."""
    return 1.0 * cavities


def gradient_at_age(bmd_gradient, gradient_loss, age, risk_age_reference):
    """Log risk for each standard deviation of BMD, at an age.  [1]   Source: johnell2005 (hip: 3.7 at 50, 1.9 at 85)."""
    return bmd_gradient - gradient_loss * (age - risk_age_reference)


def fragility(
    bone_of, young_bmd, sd_bmd, pivot_t, kept, stress, damage, gradient_at_age, architecture, kept_width,
    cavity_harm, damage_harm,
):  # fmt: skip
    """How easily a bone breaks: 1 at the pivot, a T-score at which a gradient that flattens with age changes nothing.  [1]

    bone_of, young_bmd, sd_bmd : areal BMD without degeneration, its mean and standard deviation in young women, g/cm^2
    kept : bone volume over what shape and habits have come to terms with; only what was gained counts, a loss is in BMD
    """
    below = (young_bmd - bone_of) / sd_bmd + pivot_t
    gained = kept_width * (softplus(log(kept) / kept_width) - softplus(0 * kept))
    shape = exp(-architecture * gained)
    return exp(gradient_at_age * below) * shape * damage**damage_harm * exp(cavity_harm * (stress - 1))


def bone_bmd(peak_bmd, bone_mass):
    """Areal BMD of bone alone, without what degeneration adds in the beam.  [g/cm^2]"""
    return peak_bmd * bone_mass


def habits_risk(
    smoking, smoking_risk, alcohol, drinking_risk, drinking_half, glucocorticoid, glucocorticoid_reference, steroid_risk
):
    """What smoking, drink and steroids add beyond BMD, 1 without them.  [1]"""
    drink = (alcohol / drinking_half) ** 2 / (1 + (alcohol / drinking_half) ** 2)
    steroid = glucocorticoid / (glucocorticoid_reference + glucocorticoid)
    return exp(smoking_risk * smoking + drinking_risk * drink + steroid_risk * steroid)


def personal_risk(
    age, risk_age, risk_age_reference, female, risk_of_man, bmi, bmi_reference, bmi_risk, inflammation_burden,
    arthritis_risk, falls, falls_reference, falls_risk, volunteer, volunteer_risk,
):  # fmt: skip
    """Age, sex, build, arthritis, falls and health beyond BMD, 1 in the reference woman.  [1]"""
    fall = (1 + falls_risk * falls) / (1 + falls_risk * falls_reference)
    health = volunteer_risk * volunteer + arthritis_risk * inflammation_burden
    who = exp(risk_age * (age - risk_age_reference) + risk_of_man * (1 - female) + health)
    return who * fall * (bmi / bmi_reference) ** -bmi_risk


def fresh(years_since_fracture, imminent_excess, imminent_time):
    """How much more a fracture warns of the next while it is fresh, 1 in the long run.  [1]   Source: johansson2017."""
    return 1 + imminent_excess * exp(-years_since_fracture / imminent_time)


def history_risk(
    prior_vertebral_fractures, prior_hip_fractures, prior_nonvertebral_fractures, after_vertebral, after_other, fresh
):
    """What earlier fractures say, 1 without any.  [1]"""
    others = prior_hip_fractures + prior_nonvertebral_fractures
    return 1 + (after_vertebral * prior_vertebral_fractures + after_other * others) * fresh


def hazard(incidence, fragility, fragility_reference, habits_risk, personal_risk, history_risk, most):
    """Fractures a year, levelling off at `most`: nobody breaks bones without end.  [1/year]"""
    free = incidence * fragility / fragility_reference * habits_risk * personal_risk * history_risk
    return free / (1 + free / most)


def clinical_vertebral(hazard_vertebral, clinical_share):
    """Vertebral fractures that come to notice.  [1/year]"""
    return clinical_share * hazard_vertebral


def major_osteoporotic(hazard_clinical_vertebral, hazard_hip, hazard_nonvertebral, major_share, other_width):
    """Clinical vertebral, hip, wrist and upper arm: what risk calculators call a major osteoporotic fracture.  [1/year]"""
    others = other_width * softplus((hazard_nonvertebral - hazard_hip) / other_width)
    return hazard_clinical_vertebral + hazard_hip + major_share * others


def death(death_rate, death_age, age, risk_age_reference, female, death_of_man):
    """Deaths of the population at an age.  [1/year]   Source: assumed (life tables of Britain, from memory)."""
    return death_rate * exp(death_age * (age - risk_age_reference) + death_of_man * (1 - female))


def any_clinical(hazard_clinical_vertebral, hazard_nonvertebral):
    """Any fracture that comes to notice; hips are among the nonvertebral.  [1/year]"""
    return hazard_clinical_vertebral + hazard_nonvertebral


BONE = {"vertebral": "lumbar_spine", "hip": "total_hip", "nonvertebral": "total_hip"}  # whose cavities and bone count
AREAL = {  # hip: the neck, at which cohorts measured (johnell2005); its men and women of one BMD then break about as many
    "vertebral": ("bone_bmd_lumbar_spine", "t_reference_lumbar_spine", "t_sd_lumbar_spine"),
    "hip": ("bone_bmd_femoral_neck", "t_reference_femoral_neck", "t_sd_femoral_neck"),
    "nonvertebral": ("bone_bmd_total_hip", "t_reference_total_hip", "t_sd_total_hip"),
}


_OF_KIND = ("gradient_at_age", "architecture", "cavity_harm")
_TYPICAL = {
    "lumbar_spine": {"kept": 0.95, "damage": 0.7, "site_resorption": 2.06, "site_formation": 2.0},
    "total_hip": {"kept": 0.95, "damage": 0.7, "site_resorption": 2.06, "site_formation": 2.0},
}  # the reference woman in the model; `osteon fit --what fractures` writes those of the fit into its overlay


def _reference(site: str) -> tuple[Parameter, ...]:
    """Bone of the reference woman."""
    return tuple(
        Parameter(f"typical_{what}_{site}", value, "1", "derived", "osteon.outcomes.fracture", bounds=(1e-3, 20),
                  note="of the reference woman")
        for what, value in _TYPICAL[site].items()
    )  # fmt: skip


def _reference_bmd(site: str) -> Parameter:
    mean, sd = REFERENCE[site]
    value = mean + REFERENCE_T * sd
    return Parameter(f"typical_bmd_{site}", round(value, 4), "g/cm^2", "derived", "nhanes3", note="a T-score of -2")


def _reference_stress(site: str) -> tuple[Derived, ...]:
    typical = {n: f"typical_{n}_{site}" for n in ("site_resorption", "site_formation")}
    cavities = renamed(steady_cavities, turnover_scale="typical_turnover_scale", **typical)
    stress = renamed(cavity_stress, cavities=f"typical_cavities_{site}")
    return Derived(f"typical_cavities_{site}", cavities, "1"), Derived(f"typical_stress_{site}", stress, "1")


def _reference_fragility(kind: str) -> Derived:
    site = BONE[kind]
    bmd, young, sd = f"typical_bmd_{site}", f"t_reference_{site}", f"t_sd_{site}"
    place = {"kept": f"typical_kept_{site}", "damage": f"typical_damage_{site}", "stress": f"typical_stress_{site}"}
    own = {n: f"{n}_{kind}" for n in _OF_KIND} | {
        "gradient_at_age": f"bmd_gradient_{kind}"
    }  # she is of the reference age
    law = renamed(fragility, bone_of=bmd, young_bmd=young, sd_bmd=sd, **place, **own)
    return Derived(f"fragility_reference_{kind}", law, "1", note="of the reference woman")


def _of(kind: str) -> tuple[Rule, ...]:
    site, (bmd, young, sd) = BONE[kind], AREAL[kind]
    steep = renamed(gradient_at_age, bmd_gradient=f"bmd_gradient_{kind}", gradient_loss=f"gradient_loss_{kind}")
    own = {n: f"{n}_{kind}" for n in _OF_KIND}
    place = {"bone_of": bmd, "young_bmd": young, "sd_bmd": sd, "kept": f"kept_{site}", "damage": f"damage_{site}"}
    bone = renamed(fragility, stress=f"cavity_stress_{site}", **place, **own)
    habits = renamed(habits_risk, **{n: f"{n}_{kind}" for n in ("smoking_risk", "drinking_risk", "steroid_risk")})
    named = ("risk_age", "risk_of_man", "bmi_risk", "arthritis_risk", "falls_risk", "volunteer_risk")
    who = renamed(personal_risk, **{n: f"{n}_{kind}" for n in named})
    past = renamed(history_risk, **{n: f"{n}_{kind}" for n in ("after_vertebral", "after_other")})
    parts = ("incidence", "fragility", "fragility_reference", "habits_risk", "personal_risk", "history_risk", "most")
    return (
        Rule(f"gradient_at_age_{kind}", steep, "1", source="johnell2005"),
        Rule(f"fragility_{kind}", bone, "1", source="assumed"),
        Rule(f"habits_risk_{kind}", habits, "1"),
        Rule(f"personal_risk_{kind}", who, "1"),
        Rule(f"history_risk_{kind}", past, "1"),
        Rule(f"hazard_{kind}", renamed(hazard, **{n: f"{n}_{kind}" for n in parts}), "1/year", note=_NOTES[kind]),
    )


_NOTES = {
    "vertebral": "new vertebral fractures seen on radiographs",
    "hip": "hip fractures",
    "nonvertebral": "nonvertebral fractures, hips among them",
}


def _incidence(kind: str, value: float, gsd: float, source: str, note: str) -> Parameter:
    return Parameter(
        f"incidence_{kind}", value, "1/year", "fitted", source, LogNormal(gsd), bounds=(1e-5, 0.5), note=note
    )


def _log(name: str, ratio_log: float, source: str, note: str = "") -> Parameter:
    """A log relative risk."""
    return Parameter(
        name,
        ratio_log,
        "1",
        "assumed" if source in ("assumed", "delaet2005") else "derived",
        source,
        bounds=(-3, 5),
        note=note,
    )


def _age(kind: str, slope: float, source: str, sd: float, note: str) -> Parameter:
    return Parameter(f"risk_age_{kind}", slope, "1/year", "fitted", source, Normal(sd), bounds=(-0.1, 0.2), note=note)


def _of_men(kind: str, value: float, source: str, sd: float, note: str) -> Parameter:
    return Parameter(f"risk_of_man_{kind}", value, "1", "fitted", source, Normal(sd), bounds=(-3, 5), note=note)


def _of_volunteers(kind: str, value: float, sd: float) -> Parameter:
    note = "log, of a trial's women against their neighbours; nothing published tells them apart at one age, BMD and history"
    return Parameter(
        f"volunteer_risk_{kind}", value, "1", "assumed", "assumed", Normal(sd), bounds=(-2, 0.5), note=note
    )


_BONE = (
    _incidence("vertebral", 0.006, 2.0, "assumed", "reference woman of 70"),
    _incidence("hip", 0.003, 2.0, "ettinger2010", "reference woman of 70"),
    _incidence("nonvertebral", 0.02, 2.0, "cprd", "reference woman of 70"),
    Parameter("clinical_share", 0.37, "1", "derived", "fink2005", LogNormal(1.25), bounds=(0.05, 1), note="come to notice, a patient: 121 women of FIT had a noticed one, 330 a new one on radiographs (a vertebra: 22.6 %)"),
    Parameter("bmd_gradient_vertebral", 0.70, "1", "derived", "marshall1996", Normal(0.11), bounds=(0, 2), note="for a T-score of bone: log of 2.3 per SD of spine BMD of people of one age, 0.150 g/cm^2 (nhanes0508) where a T-score is 0.110, over 0.87, the share of bone in what the beam sees"),
    Parameter("bmd_gradient_hip", 0.956, "1", "derived", "marshall1996", Normal(0.12), bounds=(0, 2), note="log of 2.6 per SD of BMD of the neck; 2.9 at 65 in both sexes in johnell2005"),
    Parameter("bmd_gradient_nonvertebral", 0.405, "1", "derived", "marshall1996", Normal(0.08), bounds=(0, 2), note="log of 1.5 per SD"),
    Parameter("gradient_loss_vertebral", 0.0, "1/year", "assumed", "assumed", bounds=(-0.02, 0.04), note="no cohort says that it changes with age"),
    Parameter("gradient_loss_hip", 0.0184, "1/year", "assumed", "johnell2005", bounds=(-0.02, 0.04), note="log of 3.68 at 50 over 1.93 at 85 (from memory; the direction was read)"),
    Parameter("gradient_loss_nonvertebral", 0.0, "1/year", "assumed", "assumed", bounds=(-0.02, 0.04)),
    Parameter("pivot_t", REFERENCE_T, "1", "derived", "definition", note="T-score of the reference woman"),
    Parameter("kept_width", 0.01, "1", "derived", "definition", note="width of the corner between gain and loss"),
    Parameter("major_share", 0.5, "1", "assumed", "FREEDOM", bounds=(0.2, 0.9), note="wrist and upper arm among other nonvertebral; wrist 2.9 of 8.0 % on placebo"),
    Parameter("other_width", 0.002, "1/year", "derived", "definition", note="nonvertebral fractures are never fewer than hips"),
    Parameter("death_rate", 0.0135, "1/year", "assumed", "assumed", LogNormal(1.2), bounds=(1e-4, 0.2), note="woman of 70"),
    Parameter("death_age", 0.11, "1/year", "assumed", "assumed", bounds=(0.0, 0.2), note="doubles in 6.3 years"),
    Parameter("death_of_man", 0.4, "1", "assumed", "assumed", bounds=(-1, 2), note="log, against a woman of his age"),
    Parameter("architecture_vertebral", 8.0, "1", "fitted", "assumed", Normal(4.0), bounds=(0, 25), note="13 for strength as the square of volume in a vertebral body that gains twice what the beam sees (carter1977), less 5 of areal BMD"),
    Parameter("architecture_hip", 4.0, "1", "fitted", "assumed", Normal(3.0), bounds=(0, 25)),
    Parameter("architecture_nonvertebral", 3.0, "1", "fitted", "assumed", Normal(3.0), bounds=(0, 25)),
    Parameter("cavity_harm_vertebral", 0.5, "1", "fitted", "assumed", LogNormal(2.0), bounds=(0.01, 4)),
    Parameter("cavity_harm_hip", 0.2, "1", "fitted", "assumed", LogNormal(2.0), bounds=(0.01, 4)),
    Parameter("cavity_harm_nonvertebral", 0.1, "1", "fitted", "assumed", LogNormal(2.0), bounds=(0.01, 4)),
    Parameter("cavity_pace", 0.0083, "1/day", "fitted", "assumed", LogNormal(1.6), bounds=(0.002, 0.1), note="a cavity is filled in about four months"),
    Parameter("most_vertebral", 1.0, "1/year", "assumed", "assumed", bounds=(0.05, 10), note="a hazard levels off here"),
    Parameter("most_hip", 0.3, "1/year", "assumed", "assumed", bounds=(0.05, 10)),
    Parameter("most_nonvertebral", 0.6, "1/year", "assumed", "assumed", bounds=(0.05, 10)),
    Parameter("adaptation_time", 7.0, "year", "assumed", "ahlborg2003", bounds=(1, 40), note="shape and habits follow the bone"),
    Parameter("damage_harm", 0.3, "1", "assumed", "assumed", Normal(0.3), bounds=(0, 3)),
    Parameter("filling_alone", 0.35, "1", "fitted", "assumed", LogNormal(1.5), bounds=(0.02, 0.98), note="share of filling that needs no call"),
)  # fmt: skip
_PERSON = (
    Parameter("risk_age_reference", 70.0, "year", "derived", "definition"),
    _age("vertebral", 0.06, "assumed", 0.02, "three to four times as many at 72 as at 57, less what BMD explains"),
    _age("hip", 0.085, "ettinger2010", 0.03, "doubling in 5.4 years less what BMD explains, at a T-score of -2"),
    _age("nonvertebral", 0.015, "johansson2017", 0.01, "4 % a year less what BMD explains"),
    _of_men("vertebral", 0.0, "assumed", 0.15, "at the same BMD and age: cohorts find about the same"),
    _of_men("hip", 0.0, "johnell2005", 0.15, "at the same BMD and age: cohorts find about the same"),
    _of_men("nonvertebral", -0.34, "johansson2017", 0.3, "women 1.41 times men"),
    Parameter("volunteer", 0.0, "1", "derived", "definition", bounds=(0, 1), note="1 = takes part in a trial"),
    _of_volunteers("vertebral", 0.0, 0.15),
    _of_volunteers("hip", 0.0, 0.3),
    _of_volunteers("nonvertebral", 0.0, 0.15),
    _log("bmi_risk_vertebral", 0.0, "assumed"),
    _log("bmi_risk_hip", 1.5, "delaet2005", "1.95 for 20 against 25, less what BMD explains: 1.4; a power of the ratio"),
    _log("bmi_risk_nonvertebral", -0.44, "johansson2014", "1.16 for 35 against 25 at the same BMD"),
    _log("arthritis_risk_vertebral", 0.4, "assumed"),
    _log("arthritis_risk_hip", 0.55, "ra", "1.95, less what BMD explains"),
    _log("arthritis_risk_nonvertebral", 0.37, "ra", "1.56, less what BMD explains"),
    Parameter("falls", 0.33, "1/year", "assumed", "assumed", bounds=(0, 50), note="one in three falls in a year"),
    Parameter("falls_reference", 0.33, "1/year", "assumed", "assumed"),
    Parameter("falls_risk_vertebral", 0.1, "year", "assumed", "assumed", bounds=(0, 10)),
    Parameter("falls_risk_hip", 0.8, "year", "assumed", "assumed", bounds=(0, 10)),
    Parameter("falls_risk_nonvertebral", 0.6, "year", "assumed", "assumed", bounds=(0, 10)),
    _log("smoking_risk_vertebral", 0.4, "vestergaard2003", "1.76, less what BMD explains"),
    _log("smoking_risk_hip", 0.47, "kanis2005sm", "1.84, 1.6 at the same BMD"),
    _log("smoking_risk_nonvertebral", 0.12, "vestergaard2003", "1.26 for any, less what BMD explains"),
    Parameter("drinking_half", 3.0, "units/day", "assumed", "assumed", bounds=(0.5, 10)),
    _log("drinking_risk_vertebral", 0.5, "assumed"),
    _log("drinking_risk_hip", 0.8, "kanis2005alc", "1.68 for more than 2 units a day"),
    _log("drinking_risk_nonvertebral", 0.5, "kanis2005alc", "1.38 for more than 2 units a day"),
    _log("steroid_risk_vertebral", 1.4, "assumed", "full effect"),
    _log("steroid_risk_hip", 1.2, "kanis2004gc", "full effect; about 2.5 in the old at usual doses, part of it by bone"),
    _log("steroid_risk_nonvertebral", 0.6, "assumed", "full effect"),
)  # fmt: skip
_PAST = (
    Parameter("prior_vertebral_fractures", 0.0, "1", "derived", "reference adult", bounds=(0, 12), note="how many"),
    Parameter("prior_hip_fractures", 0.0, "1", "derived", "reference adult", bounds=(0, 12), note="how many"),
    Parameter("prior_nonvertebral_fractures", 0.0, "1", "derived", "reference adult", bounds=(0, 12), note="how many, hips not among them"),
    Parameter("years_since_fracture", 5.0, "year", "assumed", "assumed", bounds=(0, 100), note="since the last one; older where not told"),
    Parameter("imminent_excess", 2.2, "1", "derived", "johansson2017", Normal(0.3), bounds=(0, 6), note="2.7 in the first year, 1.4 after ten"),
    Parameter("imminent_time", 2.5, "year", "derived", "johansson2017", bounds=(0.2, 20)),
    Parameter("after_vertebral_vertebral", 1.7, "1", "derived", "klotz2000", Normal(0.5), bounds=(0, 10), note="each one; 4 times for any, less what BMD explains (more: 4.7 with against without; neer: 7, 16, 23 % after 1, 2, 3 or more)"),
    Parameter("after_vertebral_hip", 0.8, "1", "derived", "kanis2004", Normal(0.2), bounds=(0, 10)),
    Parameter("after_vertebral_nonvertebral", 0.6, "1", "derived", "kanis2004", Normal(0.2), bounds=(0, 10)),
    Parameter("after_other_vertebral", 0.5, "1", "derived", "kanis2004", Normal(0.2), bounds=(0, 10)),
    Parameter("after_other_hip", 0.6, "1", "derived", "kanis2023", Normal(0.15), bounds=(0, 10)),
    Parameter("after_other_nonvertebral", 0.7, "1", "derived", "kanis2004", Normal(0.15), bounds=(0, 10), note="1.86, less what BMD explains"),
)  # fmt: skip


def _stress_at(site: str) -> Rule:
    law = renamed(cavity_stress, cavities=f"cavities_{site}")
    return Rule(f"cavity_stress_{site}", law, "1")


def _kept_at(site: str) -> Rule:
    return Rule(f"kept_{site}", renamed(bone_kept, bone=f"bone_{site}", adapted=f"adapted_{site}"), "1")


def _adaptation_at(site: str) -> Process:
    law = renamed(adaptation, bone=f"bone_{site}", adapted=f"adapted_{site}")
    return Process(f"adaptation_{site}", law, "1/day", {f"adapted_{site}": 1}, source="ahlborg2003")


def _cavities_at(site: str) -> tuple[Process, ...]:
    state, dug = f"cavities_{site}", f"site_resorption_{site}"
    filled = renamed(cavities_filled, site_formation=f"site_formation_{site}", cavities=state)
    return (
        Process(f"cavities_opened_{site}", renamed(cavities_opened, site_resorption=dug), "1/day", {state: 1}),
        Process(f"cavities_filled_{site}", filled, "1/day", {state: -1}),
    )


def _bmd_at(site: str) -> Rule:
    law = renamed(bone_bmd, peak_bmd=f"peak_bmd_{site}", bone_mass=f"bone_mass_{site}")
    return Rule(f"bone_bmd_{site}", law, "g/cm^2")


FITTED = (
    "architecture_vertebral",
    "architecture_hip",
    "architecture_nonvertebral",
    "cavity_harm_vertebral",
    "cavity_harm_hip",
    "cavity_harm_nonvertebral",
    "cavity_pace",
    "filling_alone",
    "incidence_vertebral",
    "incidence_hip",
    "incidence_nonvertebral",
    "risk_age_vertebral",
    "risk_age_hip",
    "risk_age_nonvertebral",
    "risk_of_man_vertebral",
    "risk_of_man_hip",
    "risk_of_man_nonvertebral",
)  # by `osteon fit --what fractures`

FRACTURE = Module(
    "fracture",
    note="Hazards of fracture, from bone and person; no term of any drug.",
    parameters=(
        *_BONE,
        *_PERSON,
        *_PAST,
        Parameter("typical_turnover_scale", 1.0, "1", "derived", "definition"),
        *(p for s in _TYPICAL for p in (*_reference(s), _reference_bmd(s))),
    ),
    derived=(
        *(d for s in _TYPICAL for d in _reference_stress(s)),
        *(_reference_fragility(k) for k in BONE),
    ),
    rules=(
        *(_kept_at(s) for s in _TYPICAL),
        *(_stress_at(s) for s in _TYPICAL),
        *(_bmd_at(s) for s in ("lumbar_spine", "total_hip", "femoral_neck")),
        Rule("fresh", fresh, "1", source="johansson2017"),
        *(r for k in BONE for r in _of(k)),
        Rule("hazard_clinical_vertebral", clinical_vertebral, "1/year", note="vertebral fractures that come to notice"),
        Rule("hazard_clinical", any_clinical, "1/year", note="any fracture that comes to notice"),
        Rule(
            "hazard_major_osteoporotic", major_osteoporotic, "1/year", note="clinical vertebral, hip, wrist, upper arm"
        ),
        Rule("hazard_death", death, "1/year", note="of the population; competes in risks over years"),
    ),
    states=(
        *(State(f"cavities_{s}", "1", note="open resorption cavities") for s in _TYPICAL),
        *(State(f"adapted_{s}", "1", note="bone that shape and habits have come to terms with") for s in _TYPICAL),
    ),
    processes=(
        *(p for s in _TYPICAL for p in _cavities_at(s)),
        *(_adaptation_at(s) for s in _TYPICAL),
    ),
    references=("marshall1996", "johansson2017", "kanis2004", "klotz2000", "ahlborg2003"),
)


def typical_values(bone: Mapping[str, float]) -> dict[str, float]:
    """Values of the reference woman's parameters from what the model says of her bone.   bone : by state or rule"""
    return {f"typical_{what}_{site}": float(bone[f"{what}_{site}"]) for site, own in _TYPICAL.items() for what in own}
