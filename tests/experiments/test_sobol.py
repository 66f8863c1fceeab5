"""Sobol and Morris against functions whose indices are known in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.sobol import morris, sobol
from graphs.errors import InputError

A, B = 7.0, 0.1


def ishigami(places: np.ndarray) -> np.ndarray:
    """Ishigami and Homma 1990, with a fourth parameter that does nothing."""
    x = np.pi * (2 * places - 1)
    return np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_ishigami() -> None:
    """V = a^2/8 + b pi^4/5 + b^2 pi^8/18 + 1/2; the tolerance is twice the error of 4096 Sobol points."""
    variance = A**2 / 8 + B * np.pi**4 / 5 + B**2 * np.pi**8 / 18 + 0.5
    first = np.array([0.5 * (1 + B * np.pi**4 / 5) ** 2, A**2 / 8, 0.0, 0.0]) / variance
    third = 8 * B**2 * np.pi**8 / 225 / variance
    total = np.array([first[0] + third, first[1], third, 0.0])
    found = sobol(ishigami, 4, n=4096)
    np.testing.assert_allclose(found.first, first, atol=0.02)
    np.testing.assert_allclose(found.total, total, atol=0.02)
    for interval, truth in ((found.first_interval, first), (found.total_interval, total)):
        assert (interval[:, 0] - 0.02 <= truth).all()
        assert (truth <= interval[:, 1] + 0.02).all()


def test_a_parameter_that_does_nothing_has_total_index_zero() -> None:
    found = sobol(ishigami, 4, n=64)
    assert found.total[3] == 0.0 < 0.01
    assert found.total_interval[3].tolist() == [0.0, 0.0]
    still = sobol(lambda places: np.ones(len(places)), 2, n=8)
    assert still.total.tolist() == [0.0, 0.0]


def test_a_sum_has_no_interactions() -> None:
    """f = 1 x + 2 y + 3 z: first = total = c^2 / 14."""
    found = sobol(lambda places: places @ np.array([1.0, 2.0, 3.0]), 3, n=1024)
    expected = np.array([1.0, 4.0, 9.0]) / 14
    np.testing.assert_allclose(found.first, expected, atol=0.01)
    np.testing.assert_allclose(found.total, expected, atol=0.01)


def test_morris_of_a_plane_is_its_slopes() -> None:
    found = morris(lambda places: places @ np.array([1.0, -2.0, 0.0]), 3, n=8)
    np.testing.assert_allclose(found.mean_absolute, [1.0, 2.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(found.deviation, 0.0, atol=1e-6)


def test_points_come_in_powers_of_two() -> None:
    with pytest.raises(InputError, match="powers of two"):
        sobol(ishigami, 4, n=100)
