"""Names that files may use: routes, outputs, sources, sites, regulators, habits. A test compares them with what exists."""

from osteon.additions import Names
from osteon.cells.regulators import regulators
from osteon.cells.sources import source_names

ROUTES = ("oral", "intravenous", "subcutaneous", "intra_arterial", "intramedullary", "local", "scaffold")
SOFT_TISSUES = {
    "subcutaneous": "subcutis",
    "intra_articular": "joint",
}  # route of cells -> place that it puts them into
CELL_ROUTES = ("intravenous", "intra_arterial", "intramedullary", "local", "scaffold", *SOFT_TISSUES)
STANDARD_OUTPUTS = (
    "bmd_lumbar_spine",
    "bmd_total_hip",
    "bmd_femoral_neck",
    "t_lumbar_spine",
    "t_total_hip",
    "t_femoral_neck",
    "ctx",
    "ntx",
    "p1np",
    "bsap",
    "calcium",
    "pth",
    "vitamin_d",
    "calcitriol",
    "phosphate",
    "urinary_calcium",
    "gfr",
)
NAMES_SOURCES = Names(source_names)
SUBTYPES = ("wharton_jelly", "cord_blood", "perivascular")
PRODUCTS = ("cells", "secretome", "exosomes", "fibroblasts", "vehicle")
ANIMAL_SPECIES = ("mouse", "rat", "rabbit", "dog", "monkey")
CELL_STATES = ("fresh", "thawed")
IMMUNE_SYSTEMS = ("intact", "nude")
CULTURES = ("monolayer", "spheroid")
DONORS = (*ANIMAL_SPECIES, "human")
CONDITIONS = (
    "intact",
    "ovx",
    "orx",
    "ovx_glucocorticoid",
    "samp6",
    "aged",
    "fracture",
    "nonunion",
    "bone_defect",
    "cia",
    "glucocorticoid",
)
FRACTURES = ("vertebral", "hip", "nonvertebral")
FRACTURE_ENDPOINTS = (
    "vertebral_fracture",
    "hip_fracture",
    "nonvertebral_fracture",
    "clinical_vertebral_fracture",
    "clinical_fracture",
    "major_osteoporotic_fracture",
)  # endpoints that are drawn; vertebral: seen on radiographs
FRACTURE_ANALYSES = ("log_rank", "risk_ratio", "cox")
ENDPOINT_ANALYSES = ("ancova", "t_test", "ratio", "mixed_model", "responders")  # of what is no fracture
HYPOTHESES = ("difference", "non_inferiority", "superiority", "equivalence")
MISSING = ("complete_cases", "mar", "jump_to_reference", "copy_reference", "copy_increments")
SCORES = ("pain", "utility")  # endpoints that follow from drawn fractures
AS = ("percent_change", "value", "ratio")
SITES = (
    "lumbar_spine",
    "vertebra",
    "total_hip",
    "femoral_neck",
    "femur_left",
    "femur_right",
    "tibia_left",
    "tibia_right",
    "humerus_left",
    "humerus_right",
    "iliac_crest",
    "mandible",
    "calvaria",
    "fracture",
    "bone_defect",
)
DXA = {
    "lumbar_spine": ("lumbar_spine",),
    "vertebra": ("lumbar_spine",),
    "total_hip": ("total_hip", "femoral_neck"),
    "femoral_neck": ("femoral_neck",),
    "femur_left": ("total_hip", "femoral_neck"),
}  # bones of a person where DXA sees what was treated; the left hip is the one that is measured
REGULATORS = Names(regulators)  # what acts on the fate of cells
EXERCISE_KINDS = ("resistance_and_impact", "resistance", "impact", "walking")
SMOKING_KINDS = ("never", "former", "stop", "current")
REST_KINDS = ("bed_rest", "paralysis", "wheelchair", "housebound")
INFLAMMATION_KINDS = ("active_arthritis", "treated_arthritis", "low_grade", "none")
HABITS: dict[str, tuple[tuple[str, ...], str, float]] = {
    "exercise": (EXERCISE_KINDS, "", 0.0),
    "calcium": ((), "mg/day", 5000.0),
    "vitamin_d": ((), "IU/day", 100_000.0),
    "protein": ((), "g/kg/day", 5.0),
    "smoking": (SMOKING_KINDS, "", 0.0),
    "alcohol": ((), "units/day", 30.0),
    "bmi": ((), "kg/m^2", 60.0),
    "immobilisation": (REST_KINDS, "", 0.0),
    "inflammation": (INFLAMMATION_KINDS, "", 0.0),
    "glucocorticoid": ((), "mg/day", 200.0),
}  # name -> kinds, unit of its dose, largest dose
MIN_DOSE = {"bmi": 12.0}  # smallest dose of a habit, where it is not 0
SUBSTANCE = {"calcium": "calcium", "vitamin_d": "vitamin D"}  # of habits whose dose may be a mass, an amount or IU
COVARIATES = (
    "age",
    "female",
    "years_since_menopause",
    "bmi",
    "body_weight",
    "t_lumbar_spine",
    "t_total_hip",
    "t_femoral_neck",
    "turnover_scale",
    "turnover",
    "vitamin_d",
    "egfr",
    "smoking",
    "falls",
    "prior_vertebral_fractures",
    "prior_hip_fractures",
    "prior_nonvertebral_fractures",
)  # what a virtual patient is drawn with, or (turnover) shows at month 0
STRATA = (
    "prior_fractures",
    "prior_vertebral_fractures",
    "age",
    "bmi",
    "t_total_hip",
    "t_lumbar_spine",
    "t_femoral_neck",
    "years_since_menopause",
)
