"""What a measurement adds to the truth: its spread is that of the table, its mean is the truth."""

import numpy as np
import pytest

from osteon.outcomes.assay import CV, measure


@pytest.mark.parametrize("output", sorted(CV))
def test_a_measured_value_scatters_as_the_table_says(output):
    seen = measure(output, np.full(4000, 2.35), 1, np.arange(4000), 0)
    assert np.std(np.log(seen)) == pytest.approx(CV[output], rel=0.05)
    assert np.mean(np.log(seen)) == pytest.approx(np.log(2.35), abs=4 * CV[output] / np.sqrt(4000))


def test_another_visit_is_another_measurement_and_the_same_visit_is_not():
    truth, who = np.full(50, 1.0), np.arange(50)
    first, again, next_visit = (measure("calcium", truth, 1, who, v) for v in (0, 0, 1))
    assert np.array_equal(first, again) and not np.any(first == next_visit)


def test_what_has_no_known_noise_is_the_truth():
    truth = np.array([1.0, 2.0])
    assert np.array_equal(measure("marrow_fat", truth, 1, np.arange(2), 0), truth)
