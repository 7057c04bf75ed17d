"""Virtual people: covariates drawn from a cohort, inclusion, and how parameters differ between persons."""

from osteon.population.patients import Patients
from osteon.population.sampling import sample

__all__ = ["Patients", "sample"]
