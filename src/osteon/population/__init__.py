"""Virtual people: covariates drawn from a cohort, inclusion, and how parameters differ between persons."""

from osteon.population.patients import Patients
from osteon.population.sampling import between_persons, of_person, sample

__all__ = ["Patients", "between_persons", "of_person", "sample"]
