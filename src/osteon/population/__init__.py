"""Virtual people: covariates drawn from a population, inclusion, weights, and how parameters differ between persons."""

from osteon.population.covariates import of_person
from osteon.population.matching import Tilt
from osteon.population.patients import Patients
from osteon.population.sampling import between_persons, match, sample

__all__ = ["Patients", "Tilt", "between_persons", "match", "of_person", "sample"]
