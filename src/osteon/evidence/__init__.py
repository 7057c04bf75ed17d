"""What has been measured: cohorts and their arms, measurements, claims, cell findings, and the split between them."""

from osteon.evidence.claim import Claim, load_claims
from osteon.evidence.cohort import Cohort, CohortArm, cohort_ids, load_cohort, reference_populations
from osteon.evidence.measurement import Measurement, calibration_rows, load_measurements, measurement_sd
from osteon.evidence.references import Origin, Reference, load_references, origins, unresolved
from osteon.evidence.split import assert_no_holdout, split_hash, tissue_split_hash
from osteon.evidence.tissue import TissueRow, load_tissue, tissue_sd

__all__ = [
    "Claim",
    "Cohort",
    "CohortArm",
    "Measurement",
    "Origin",
    "Reference",
    "TissueRow",
    "assert_no_holdout",
    "calibration_rows",
    "cohort_ids",
    "load_claims",
    "load_cohort",
    "load_measurements",
    "load_references",
    "load_tissue",
    "measurement_sd",
    "reference_populations",
    "origins",
    "split_hash",
    "tissue_sd",
    "tissue_split_hash",
    "unresolved",
]
