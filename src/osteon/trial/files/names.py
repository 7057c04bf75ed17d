"""Names that files may use: routes, outputs, sources, regulators, habits. A test compares them with what exists."""

ROUTES = ("oral", "intravenous", "subcutaneous", "intra_arterial", "intramedullary", "local", "scaffold")
OUTPUTS = (
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
)
SOURCES = ("bone_marrow", "adipose", "umbilical_cord")
SUBTYPES = ("wharton_jelly", "cord_blood", "perivascular")
PRODUCTS = ("cells", "secretome", "exosomes")
SPECIES = ("mouse", "rat", "rabbit", "dog")
CONDITIONS = ("intact", "ovx", "samp6", "aged", "fracture", "nonunion", "bone_defect", "cia", "glucocorticoid")
HABITS = ("exercise", "calcium", "vitamin_d", "protein", "smoking", "alcohol")
FRACTURES = ("vertebral", "hip", "nonvertebral")
AS = ("percent_change", "value", "ratio")
COVARIATES = frozenset(
    [
        "age",
        "years_since_menopause",
        "bmi",
        "body_weight",
        "t_lumbar_spine",
        "t_total_hip",
        "t_femoral_neck",
        "turnover",
        "vitamin_d",
        "prior_vertebral_fractures",
        "smoking",
    ]
)
