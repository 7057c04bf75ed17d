"""Variables of the analysis datasets: name, label, type, unit and controlled terms, as CDISC's ADaM shapes them.

No dates: days count from randomisation (ADY 0), as virtual patients have no calendar. Source: CDISC ADaM 2.1 and ADaMIG 1.1,
the shape only; controlled terms are the few used here.
"""

from __future__ import annotations

from dataclasses import dataclass

YES_NO = ("Y", "N")


@dataclass(frozen=True)
class Variable:
    """name: at most 8 capitals; label: at most 40 characters; kind "text", "integer" or "float"; terms: allowed values."""

    name: str
    label: str
    kind: str = "text"
    unit: str = ""
    terms: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class Dataset:
    """A dataset: its variables in order, and the keys that name a record."""

    name: str
    label: str
    keys: tuple[str, ...]
    variables: tuple[Variable, ...]

    def variable(self, name: str) -> Variable:
        """One of them by name; KeyError."""
        return {v.name: v for v in self.variables}[name]


def _v(
    name: str, label: str, kind: str = "text", unit: str = "", terms: tuple[str, ...] = (), required: bool = False
) -> Variable:
    return Variable(name, label, kind, unit, terms, required)


IDENTIFIERS = (
    _v("STUDYID", "Study Identifier", required=True),
    _v("USUBJID", "Unique Subject Identifier", required=True),
)
TREATMENT_VARIABLES = (
    _v("TRTP", "Planned Treatment", required=True),
    _v("TRTPN", "Planned Treatment (N)", "integer", required=True),
)
SYNTHETIC = _v("SYNTHFL", "Synthetic (Simulated) Record Flag", terms=("Y",), required=True)
ADSL = Dataset(
    "ADSL",
    "Subject-Level Analysis Dataset",
    ("STUDYID", "USUBJID"),
    (
        *IDENTIFIERS,
        _v("SUBJID", "Subject Identifier for the Study", required=True),
        _v("TRIALN", "Trial within the Run", "integer", required=True),
        _v("PDRAW", "Parameter Draw (0 = central)", "integer", required=True),
        _v("ARM", "Description of Planned Arm", required=True),
        _v("TRT01P", "Planned Treatment for Period 01", required=True),
        _v("TRT01PN", "Planned Treatment for Period 01 (N)", "integer", required=True),
        _v("AGE", "Age", "float", "YEARS", required=True),
        _v("AGEU", "Age Units", terms=("YEARS",), required=True),
        _v("SEX", "Sex", terms=("F", "M"), required=True),
        _v("MENOYRBL", "Years Since Menopause at Baseline", "float", "years"),
        _v("WEIGHTBL", "Baseline Weight", "float", "kg"),
        _v("BMIBL", "Baseline Body Mass Index", "float", "kg/m2"),
        _v("TLSBL", "Baseline T-Score, Lumbar Spine", "float", "SD"),
        _v("THIPBL", "Baseline T-Score, Total Hip", "float", "SD"),
        _v("TFNBL", "Baseline T-Score, Femoral Neck", "float", "SD"),
        _v("VITDBL", "Baseline 25-Hydroxyvitamin D", "float", "nmol/L"),
        _v("PVERTFL", "Prior Vertebral Fracture Flag", terms=YES_NO),
        _v("PHIPFL", "Prior Hip Fracture Flag", terms=YES_NO),
        _v("PNVRTFL", "Prior Nonvertebral Fracture Flag", terms=YES_NO),
        _v("SMOKEFL", "Current Smoker Flag", terms=YES_NO),
        _v("ITTFL", "Intent-To-Treat Population Flag", terms=YES_NO, required=True),
        _v("SAFFL", "Safety Population Flag", terms=YES_NO, required=True),
        _v("EOSSTT", "End of Study Status", terms=("COMPLETED", "DISCONTINUED"), required=True),
        _v("EOSDY", "Study Day of End of Study", "float", "days", required=True),
        _v("DCSREAS", "Reason for Discontinuation from Study", terms=("", "LOST TO FOLLOW-UP", "SIMULATION FAILED")),
        SYNTHETIC,
    ),
)
FINDINGS = (
    *IDENTIFIERS,
    *TREATMENT_VARIABLES,
    _v("PARAM", "Parameter", required=True),
    _v("PARAMCD", "Parameter Code", required=True),
    _v("AVISIT", "Analysis Visit", required=True),
    _v("AVISITN", "Analysis Visit (N), months", "float", "months", required=True),
    _v("ADY", "Analysis Relative Day", "float", "days", required=True),
    _v("AVAL", "Analysis Value", "float"),
    _v("AVALU", "Analysis Value Unit"),
    _v("BASE", "Baseline Value", "float"),
    _v("CHG", "Change from Baseline", "float"),
    _v("PCHG", "Percent Change from Baseline", "float", "%"),
    _v("ABLFL", "Baseline Record Flag", terms=("", "Y")),
    _v("ANL01FL", "Analysis Flag 01 (value observed)", terms=YES_NO, required=True),
    _v("REASND", "Reason Value Not Present"),
    SYNTHETIC,
)
FINDING_KEYS = ("STUDYID", "USUBJID", "PARAMCD", "AVISITN")
ADBMD = Dataset("ADBMD", "Bone Mineral Density Analysis Dataset", FINDING_KEYS, FINDINGS)
ADLB = Dataset("ADLB", "Laboratory Analysis Dataset", FINDING_KEYS, FINDINGS)
ADTTE = Dataset(
    "ADTTE",
    "Time-to-Event Analysis Dataset",
    ("STUDYID", "USUBJID", "PARAMCD"),
    (
        *IDENTIFIERS,
        *TREATMENT_VARIABLES,
        _v("PARAM", "Parameter", required=True),
        _v("PARAMCD", "Parameter Code", required=True),
        _v("STARTDY", "Day of Origin", "float", "days", required=True),
        _v("AVAL", "Time to Event or Censoring", "float", "days", required=True),
        _v("AVALU", "Analysis Value Unit", terms=("DAYS",), required=True),
        _v("CNSR", "Censor (0 = event)", "integer", required=True),
        _v("EVNTDESC", "Event or Censoring Description", required=True),
        SYNTHETIC,
    ),
)
ADAE = Dataset(
    "ADAE",
    "Adverse Event Analysis Dataset",
    ("STUDYID", "USUBJID", "AESEQ"),
    (
        *IDENTIFIERS,
        *TREATMENT_VARIABLES,
        _v("AESEQ", "Sequence Number", "integer", required=True),
        _v("AETERM", "Reported Term for the Adverse Event", required=True),
        _v("AEDECOD", "Dictionary-Derived Term (not MedDRA)", required=True),
        _v("AENDY", "Day by Which Event Had Occurred", "float", "days", required=True),
        _v("ASTDY", "Day After Which Event Occurred", "float", "days", required=True),
        _v("TRTEMFL", "Treatment Emergent Analysis Flag", terms=YES_NO, required=True),
        SYNTHETIC,
    ),
)
ADEX = Dataset(
    "ADEX",
    "Exposure Analysis Dataset",
    ("STUDYID", "USUBJID", "EXSEQ"),
    (
        *IDENTIFIERS,
        *TREATMENT_VARIABLES,
        _v("EXSEQ", "Sequence Number", "integer", required=True),
        _v("EXTRT", "Name of Treatment", required=True),
        _v("EXDOSE", "Dose", "float", required=True),
        _v("EXDOSU", "Dose Units", required=True),
        _v("EXROUTE", "Route of Administration", required=True),
        _v("EXDOSFRQ", "Dosing Frequency per Interval"),
        _v("ASTDY", "Analysis Start Relative Day", "float", "days", required=True),
        _v("AENDY", "Analysis End Relative Day", "float", "days", required=True),
        SYNTHETIC,
    ),
)
DATASETS = (ADSL, ADBMD, ADLB, ADTTE, ADAE, ADEX)
