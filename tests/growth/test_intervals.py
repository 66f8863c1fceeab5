"""Intervals: hand-computed cases, coverage at the stated level, and what is not identified."""

from __future__ import annotations

import numpy as np
import pytest

from growth.intervals import (
    Ratio,
    around,
    chance_at_real_size,
    difference_of_ratios,
    difference_over_draws,
    draw_coverage,
    draw_interval,
    level_of,
    mean_interval,
    ratio_of_means,
    ratio_over_draws,
    without_luck,
)
from tests.conftest import binomial_bounds

REPEATS = 4000


def test_ratio_of_means_by_hand() -> None:
    spend, people = np.array([10.0, 14.0, 12.0]), np.array([4.0, 6.0, 8.0])
    found = ratio_of_means(Ratio(spend, people), level=0.9)
    residual = spend - 2.0 * people  # 12 / 6 = 2, not the mean of ratios
    half = 2.91998558 * np.std(residual, ddof=1) / 6.0 / np.sqrt(3)  # t quantile .95 with 2 degrees of freedom
    assert found.value == pytest.approx(2.0)
    assert found.high == pytest.approx(2.0 + half)
    assert found.low == pytest.approx(2.0 - half)
    assert np.mean(spend / people) != pytest.approx(2.0)


def test_a_denominator_that_may_be_zero_is_not_identified() -> None:
    near_zero = Ratio(np.array([5.0, 6.0, 7.0, 5.0]), np.array([1.0, -1.0, 0.5, -0.3]))
    negative = Ratio(np.array([5.0, 6.0, 7.0, 5.0]), -np.array([10.0, 10.1, 9.9, 10.0]))
    clear = Ratio(near_zero.numerator, -negative.denominator)
    for hidden in (near_zero, negative):
        assert np.isnan(ratio_of_means(hidden)).all()
        assert np.isnan(ratio_over_draws(hidden)).all()
        assert np.isnan(difference_of_ratios(hidden, clear)).all()
        assert np.isnan(difference_over_draws(clear, hidden)).all()
    assert np.isfinite(ratio_of_means(clear)).all()


def test_one_sample_has_a_value_and_no_interval() -> None:
    found = ratio_of_means(Ratio(np.array([6.0]), np.array([3.0])))
    assert found.value == 2.0
    assert np.isnan(found.low)
    assert np.isnan(found.high)


def test_mean_interval_covers_at_its_level() -> None:
    values = np.random.default_rng(1).normal(3.0, 2.0, (8, REPEATS))
    found = mean_interval(values, level=0.9)
    low, high = binomial_bounds(REPEATS, 0.9)
    assert low <= int(((found.low <= 3.0) & (found.high >= 3.0)).sum()) <= high


def test_delta_method_interval_of_a_ratio_covers_near_its_level() -> None:
    rng = np.random.default_rng(2)
    luck = rng.normal(0.0, 1.0, (16, REPEATS))
    people = 50.0 + 5.0 * luck
    spend = 3.0 * people + rng.normal(0.0, 10.0, (16, REPEATS))
    found = ratio_of_means(Ratio(spend, people), level=0.9)
    low, _ = binomial_bounds(REPEATS, 0.88)
    _, high = binomial_bounds(REPEATS, 0.91)
    assert low <= int(((found.low <= 3.0) & (found.high >= 3.0)).sum()) <= high


@pytest.mark.parametrize("draws", [12, 16, 40])
def test_next_draw_falls_inside_with_the_stated_probability(draws: int) -> None:
    values = np.random.default_rng(draws).normal(size=(draws + 1, REPEATS))
    found = draw_interval(values[:-1])
    inside = int(((found.low <= values[-1]) & (values[-1] <= found.high)).sum())
    low, high = binomial_bounds(REPEATS, draw_coverage(draws))
    assert low <= inside <= high


def test_pairing_narrows_the_interval_of_a_difference() -> None:
    rng = np.random.default_rng(3)
    luck = rng.normal(100.0, 10.0, 16)
    design, variant = level_of(luck + rng.normal(0, 1, 16)), level_of(luck + 5.0 + rng.normal(0, 1, 16))
    paired = difference_of_ratios(variant, design)
    mixed = difference_of_ratios(level_of(rng.permutation(variant.numerator)), design)
    assert paired.value == pytest.approx(mixed.value)
    assert paired.high - paired.low < (mixed.high - mixed.low) / 2


def test_chance_at_real_size_is_what_one_large_world_shows() -> None:
    """Counts of 70 Poisson districts scaled from samples of one district each."""
    rng = np.random.default_rng(4)
    districts, mean = 70, 400.0
    sample = districts * rng.poisson(mean, 4000).astype(float)
    real = rng.poisson(mean, (4000, districts)).sum(axis=1)
    expected = 1.6449 * real.std(ddof=1)
    assert chance_at_real_size(level_of(sample), districts) == pytest.approx(expected, rel=0.08)


def test_trailing_axes_are_carried() -> None:
    values = np.arange(24.0).reshape(4, 6) + 1.0
    found = ratio_of_means(Ratio(values, np.ones_like(values)))
    assert found.value.shape == (6,)
    assert found.value[2] == pytest.approx(values[:, 2].mean())


def test_headline_interval_is_widened_to_hold_the_central_value() -> None:
    drawn = draw_interval(np.array([[5.0, 1.0], [6.0, 2.0], [7.0, 3.0]]))
    found = around(drawn, np.array([4.0, 2.0]))
    assert found.low.tolist() == [4.0, 1.0]
    assert found.high.tolist() == [7.0, 3.0]


def test_only_luck_within_a_chain_is_monte_carlo_error() -> None:
    """Two chains of two replicates, 1 apart inside and 100 between: t with two degrees of freedom."""
    values = np.array([0.0, 1.0, 100.0, 101.0])
    found = mean_interval(values, 0.9, strata=[0, 0, 7, 7])
    assert found.high - found.value == pytest.approx(2.91998558 * np.sqrt(0.5) / 2)
    assert np.isnan(mean_interval(values, 0.9, strata=[0, 1, 2, 3]).low)
    same = ratio_of_means(level_of(values), 0.9, strata=np.zeros(4))
    np.testing.assert_allclose(same, ratio_of_means(level_of(values), 0.9))


def test_luck_is_taken_out_of_a_spread_over_draws() -> None:
    """Parameters of deviation 1, luck of deviation 2 in each draw: what is left is the spread of the parameters."""
    rng = np.random.default_rng(6)
    drawn = 3 + rng.normal(0, 1, (40, REPEATS)) + rng.normal(0, 2, (40, REPEATS))
    found = without_luck(drawn, 3.0, 4.0)
    left = found.var(axis=0, ddof=1).mean()
    assert left == pytest.approx(1.0, rel=0.15)  # the positive part lifts it a little above 1
    np.testing.assert_allclose(without_luck(drawn, 3.0, 0.0), drawn)


def test_a_step_that_luck_explains_goes_back_to_the_replicates_mean() -> None:
    drawn = np.array([4.0, 5.0, 6.0])  # their mean is 2 above the central 3
    np.testing.assert_allclose(without_luck(drawn, 3.0, 100.0), 3.0)
    np.testing.assert_allclose(without_luck(drawn, 3.0, 0.5).mean(), 3 + 2 * (1 - 0.5 / 4))
    counts = np.array([0.0, 0.0, 9.0, 0.0])  # a mean of 2.25 is moved towards a centre of 0, and 0 would fall below it
    assert without_luck(counts, 0.0, 4.0).min() == 0 < without_luck(counts, 0.0, 4.0).max()
    assert without_luck(counts - 1, -1.0, 4.0).min() < -1  # what is negative in a draw may be
