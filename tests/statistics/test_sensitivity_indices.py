"""Sensitivity indices against functions whose shares are known in closed form."""

import numpy as np
import pytest

from osteon.statistics.sensitivity_indices import (
    morris_design,
    morris_effects,
    shapley_design,
    shapley_effects,
    sobol_design,
    sobol_indices,
)

A, B = 7.0, 0.1


def ishigami(u):
    x = np.pi * (2 * u - 1)
    return (np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0]))[:, None]


V1, V2 = 0.5 * (1 + B * np.pi**4 / 5) ** 2, A**2 / 8
V13 = B**2 * np.pi**8 * 8 / 225
V = V1 + V2 + V13
FIRST, TOTAL = np.array([V1, V2, 0.0]) / V, np.array([V1 + V13, V2, V13]) / V
SHAPLEY = np.array([V1 + V13 / 2, V2, V13 / 2]) / V


def test_sobol_indices_of_ishigami_to_a_hundredth():
    first, total = sobol_indices(3, ishigami(sobol_design(3, 4096, 1)))
    assert np.abs(first.value[:, 0] - FIRST).max() < 1e-2 and np.abs(total.value[:, 0] - TOTAL).max() < 1e-2
    assert (first.error < 0.05).all() and (total.error < 0.05).all()


def test_sobol_indices_of_the_g_function():
    a = np.array([0.0, 1.0, 4.5, 9.0, 99.0])
    u = sobol_design(5, 4096, 2)
    y = np.prod((np.abs(4 * u - 2) + a) / (1 + a), axis=1)[:, None]
    single = 1 / (3 * (1 + a) ** 2)
    whole = np.prod(1 + single) - 1
    first, total = sobol_indices(5, y)
    assert np.abs(first.value[:, 0] - single / whole).max() < 1e-2
    assert np.abs(total.value[:, 0] - single / (1 + single) * (1 + whole) / whole).max() < 1e-2


def test_shapley_shares_add_up_and_halve_an_interaction():
    design = shapley_design(3, 16384, 1)
    share, total = shapley_effects(design, ishigami(design.places))
    assert np.abs(share.value[:, 0] - SHAPLEY).max() < 2e-2 and np.abs(total.value[:, 0] - TOTAL).max() < 2e-2
    assert abs(share.value.sum() - 1) < 0.02
    assert (np.abs(share.value[:, 0] - SHAPLEY) < 4 * share.error[:, 0] + 1e-3).all()


def test_morris_of_a_plane_gives_its_slopes_without_spread():
    slopes = np.array([3.0, -2.0, 0.0, 0.5])
    design = morris_design(4, 6, 3)
    size, mean, spread = morris_effects(design, (design.places @ slopes)[:, None])
    assert np.allclose(size.value[:, 0], np.abs(slopes)) and np.allclose(mean.value[:, 0], slopes)
    assert np.allclose(spread, 0.0, atol=1e-9)


def test_morris_sees_an_interaction_as_spread():
    design = morris_design(3, 40, 3)
    y = design.places[:, :1] * design.places[:, 1:2]
    _, _, spread = morris_effects(design, y)
    assert spread[0, 0] > 0.1 and spread[1, 0] > 0.1 and spread[2, 0] == pytest.approx(0.0, abs=1e-12)


def test_a_failed_run_takes_its_base_sample_with_it_and_nothing_else():
    u = sobol_design(3, 4096, 1)
    y = ishigami(u)
    y[5] = np.nan
    first, _ = sobol_indices(3, y)
    assert np.abs(first.value[:, 0] - FIRST).max() < 2e-2
    design = morris_design(3, 8, 1)
    out = ishigami(design.places)
    out[0] = np.nan
    assert np.isfinite(morris_effects(design, out)[0].value).all()
    assert np.isnan(sobol_indices(3, np.full_like(y, np.nan))[0].value).all()
