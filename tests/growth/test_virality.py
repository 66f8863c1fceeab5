"""Closed forms of virality against hand-worked cases and each other."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growth.forest import build_forest
from growth.virality import acceptance, amplification, cycle_times, growth_rate, invitations_per_user, newman_r


def test_k_is_i_times_c() -> None:
    i, c = invitations_per_user(600.0, 200.0), acceptance(90.0, 600.0)
    assert (i.numerator / i.denominator) * (c.numerator / c.denominator) == pytest.approx(90 / 200)


def test_amplification_is_the_sum_of_generations() -> None:
    np.testing.assert_allclose(amplification([0.0, 0.5, 0.9]), [1.0, sum(0.5**g for g in range(60)), 10.0])
    assert np.isnan(amplification([1.0, 1.2])).all()


def test_cycle_times_skip_roots_and_base_inviters() -> None:
    """a (day 0) invites b (day 2), b invites c (day 2); d comes from somebody of the base world."""
    user, activation = [1, 2, 3, 4], [1, 1, 1, 1]
    forest = build_forest(user, activation, [-1, 1, 2, 99], [-1, 1, 1, 0])
    assert cycle_times(forest.parent, [0, 2, 2, 5]).tolist() == [2, 0]


@given(st.floats(0.05, 5.0), st.floats(0.5, 20.0))
def test_growth_rate_of_a_fixed_interval(k: float, gap: float) -> None:
    """1 = K exp(-r G) gives r = ln K / G."""
    assert growth_rate(k, [gap]) == pytest.approx(math.log(k) / gap, abs=1e-9)


def test_growth_rate_of_a_mixture_solves_euler_lotka() -> None:
    gap, weight = np.array([0.0, 1.0, 3.0]), np.array([1.0, 2.0, 1.0])
    rate = growth_rate(1.5, gap, weight)
    assert 1.5 * np.average(np.exp(-rate * gap), weights=weight) == pytest.approx(1.0)
    assert growth_rate(5.0, [0.0, 1.0]) == math.inf  # more than one each on the same day
    assert math.isnan(growth_rate(0.0, [1.0]))
    assert math.isnan(growth_rate(0.5, []))
    assert growth_rate(0.5, [0.0]) == -math.inf


def test_newman_r_by_hand() -> None:
    assert newman_r([3, 3, 3, 3], 0.5) == pytest.approx(1.0)  # T (k - 1) on a regular graph
    assert newman_r([1, 1], 0.5) == 0.0
    assert newman_r([0, 0], 0.5) == 0.0
