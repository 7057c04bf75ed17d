"""Patients: one row each, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Patients:
    """ids (n,); covariates and model parameters by name, each (n,).

    covariates : age, years_since_menopause, bmi, body_weight, t_SITE, prior_vertebral_fractures, turnover …
    parameters : what differs from the model's defaults, by parameter name
    assumed    : which covariates no publication gave, and what stood in for them
    excluded   : persons looked at before each who did not meet the conditions, (n,); None where nobody was screened
    """

    ids: NDArray[np.int64]
    covariates: Mapping[str, NDArray[np.float64]]
    parameters: Mapping[str, NDArray[np.float64]]
    assumed: Mapping[str, str]
    excluded: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: NDArray[np.int64] | slice) -> Patients:
        """Some of them, in the order given."""
        covariates = {k: v[rows] for k, v in self.covariates.items()}
        parameters = {k: v[rows] for k, v in self.parameters.items()}
        excluded = None if self.excluded is None else self.excluded[rows]
        return Patients(self.ids[rows], covariates, parameters, self.assumed, excluded)
