"""Chains and draws apart: reductions, hand-worked resamples, and coverage where both vary."""

from __future__ import annotations

import numpy as np

from growth.intervals import draw_interval
from growth.nested import bootstrap_weights, nested_draws, nested_interval
from tests.conftest import binomial_bounds

REPEATS = 2000


def test_weights_of_two_chains_by_hand() -> None:
    assert sorted(bootstrap_weights(2).tolist()) == [[0.0, 1.0], [0.5, 0.5], [0.5, 0.5], [1.0, 0.0]]
    many = bootstrap_weights(9)
    np.testing.assert_allclose(many.sum(axis=1), 1.0)
    np.testing.assert_array_equal(many, bootstrap_weights(9))
    assert abs(many.mean() - 1 / 9) < 1e-12


def test_one_chain_is_the_interval_over_draws() -> None:
    values = np.random.default_rng(1).normal(size=(12, 1, 5))
    for found, expected in zip(nested_interval(values), draw_interval(values[:, 0]), strict=True):
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(nested_draws(values), values[:, 0])


def test_chains_that_agree_change_nothing_and_chains_that_differ_widen() -> None:
    values = np.random.default_rng(2).normal(size=(16, 1))
    alone = nested_interval(values)
    same = nested_interval(np.repeat(values, 3, axis=1))
    np.testing.assert_allclose(same, alone)
    apart = nested_interval(values + np.array([-5.0, 0.0, 5.0]))
    assert apart.high - apart.low > 2 * (alone.high - alone.low)


def test_draws_over_several_chains_are_not_taken_for_more_draws() -> None:
    """Chains that do not differ: sixteen draws on four chains cover what sixteen draws cover, not 64."""
    rng = np.random.default_rng(3)
    draws = rng.normal(size=(17, 1, REPEATS))
    found = nested_interval(np.repeat(draws[:16], 4, axis=1))
    inside = int(((found.low <= draws[16, 0]) & (draws[16, 0] <= found.high)).sum())
    low, high = binomial_bounds(REPEATS, 15 / 17)
    assert low <= inside <= high


def test_a_new_draw_averaged_over_all_chains_falls_inside() -> None:
    """Draw effects of deviation 1, chain effects of deviation 1, six chains: coverage between .84 and .94."""
    rng = np.random.default_rng(4)
    chains = rng.normal(size=(1, 6, REPEATS))
    draws = rng.normal(size=(17, 1, REPEATS))
    found = nested_interval(draws[:16] + chains)
    inside = int(((found.low <= draws[16, 0]) & (draws[16, 0] <= found.high)).sum())
    assert binomial_bounds(REPEATS, 0.84)[0] <= inside <= binomial_bounds(REPEATS, 0.94)[1]
