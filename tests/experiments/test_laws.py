"""Integer tables of the laws against values by hand and against SciPy, NumPy and plain sums."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats

from experiments.defaults import load_defaults
from experiments.laws import (
    amount_table,
    app_law,
    count_law,
    delay_table,
    hour_table,
    law_tables,
    logistic_table,
    logit,
    mean_count,
    threshold,
)
from growth.campaign import COUNT_STEPS, MAX_AGE, QUANTILES

ONE = 2**31
DEFAULTS = {name: number.value for name, number in load_defaults().items()}


@pytest.mark.parametrize(
    ("probability", "expected"),
    [(0.0, 0), (1.0, ONE), (0.5, ONE // 2), (2**-31, 1), (2**-32, 0), (-1.0, 0), (1.3, ONE), (0.3, 644245094)],
)
def test_a_threshold_is_the_floor_of_p_times_two_to_the_31(probability: float, expected: int) -> None:
    assert int(threshold(probability)) == expected


def test_a_logit_is_in_units_of_a_256th() -> None:
    assert [int(logit(value)) for value in (0.0, 1.0, -2.5, 0.00195, 0.0019)] == [0, 256, -640, 0, 0]
    assert int(logit(0.002)) == 1


def test_the_logistic_table_is_certain_and_impossible_at_its_ends() -> None:
    table = logistic_table()
    assert (len(table), table[0], table[-1]) == (8192, 0, ONE)
    for value in (-15.5, -3.25, 0.0, 0.125, 7.0):
        exact = ONE / (1 + math.exp(-value))
        assert table[int((value + 16) * 256)] == math.floor(exact)
    assert (np.diff(table.astype(np.int64)) >= 0).all()


@pytest.mark.parametrize(("mean", "dispersion"), [(0.03, 0.15), (0.5, 0.5), (3.0, 2.0)])
def test_over_dispersed_counts_are_gamma_mixtures_of_poisson_counts(mean: float, dispersion: float) -> None:
    """Not by SciPy's negative binomial, which the code uses, but by the integral that defines it."""
    law = count_law(mean, dispersion, 63) / ONE
    gamma = stats.gamma(dispersion, scale=mean / dispersion)
    for most in (0, 1, 4):
        exact, _ = integrate.quad(lambda p, most=most: stats.poisson.cdf(most, gamma.ppf(p)), 0, 1, limit=200)
        assert law[most] == pytest.approx(exact, abs=1e-6)


def test_poisson_counts() -> None:
    law = count_law(1.2, None, 20) / ONE
    shares = [math.exp(-1.2) * 1.2**count / math.factorial(count) for count in range(20)]
    np.testing.assert_allclose(np.diff(np.concatenate([[0], law]))[:20], shares, atol=2 / ONE)


def test_counts_above_the_most_are_moved_to_it() -> None:
    law = count_law(3.0, None, 2)
    assert (law[2:] == ONE).all()
    below = math.exp(-3) * (1 + 3)
    assert law[1] == math.floor(below * ONE)
    assert mean_count(law) == pytest.approx(math.exp(-3) * 3 + 2 * (1 - below))


def test_no_mean_no_count_and_never_more_than_the_table_holds() -> None:
    assert (count_law(0.0, 0.15, 30) == ONE).all()
    law = count_law(1000.0, None, 10_000)
    assert len(law) == COUNT_STEPS
    assert law[-1] == ONE  # a count is at most 63
    assert law[-2] == 0


@pytest.mark.parametrize("cents", [0.0, 1.0, 20.0, 37.5, 80.25, 12345.0])
@pytest.mark.parametrize("law", ["fixed", "lucky"])
@pytest.mark.parametrize("spread", ["draw", "packet"])
def test_amounts_keep_the_mean_to_a_1024th_of_a_cent(cents: float, law: str, spread: str) -> None:
    table = amount_table(law, cents, spread)
    assert abs(int(table.sum()) - cents * QUANTILES) <= 0.5
    assert (table >= 0).all()


def test_fixed_amounts_are_fixed_and_lucky_ones_have_their_law() -> None:
    assert set(amount_table("fixed", 37.5, "packet").tolist()) == {37, 38}
    slots = amount_table("lucky", 100.0, "packet")
    # even from 0 to 200 cents: the quantile q is 200 q
    np.testing.assert_allclose(slots, 200 * (np.arange(QUANTILES) + 0.5) / QUANTILES, atol=1)
    draws = np.sort(amount_table("lucky", 1000.0, "draw"))
    assert np.median(draws) == pytest.approx(1000 * math.log(2), rel=0.01)
    assert draws.std() == pytest.approx(1000, rel=0.01)  # exponential: deviation equals mean


def test_delays_have_the_quantiles_of_a_lognormal_law() -> None:
    table = delay_table(-0.339, 1.64)
    median = 3600 * math.exp(-0.339)
    assert table[511] <= median <= table[512]
    upper = QUANTILES * 0.8413447  # one standard deviation above the middle
    assert table[int(upper)] == pytest.approx(3600 * math.exp(-0.339 + 1.64), rel=0.01)
    assert delay_table(20.0, 1.0).max() == 10 * 86400


def test_hours_follow_the_profile() -> None:
    flat = hour_table([1.0] * 24)
    assert (flat[0], flat[512], flat[-1]) == (42, 43242, 86357)  # middles of 1024 equal parts of a day
    evening = hour_table([0.0] * 20 + [1.0, 3.0, 0.0, 0.0])
    assert (evening >= 20 * 3600).all()
    assert (evening < 22 * 3600).all()
    assert (evening < 21 * 3600).sum() == QUANTILES // 4
    with pytest.raises(ValueError, match="all zero"):
        hour_table([0.0] * 24)


def test_tables_of_a_law_have_a_row_for_every_age_and_repeat_the_last() -> None:
    law = app_law({**DEFAULTS, "churn.max_age_days": 300.0})
    tables = law_tables(DEFAULTS, law, (0.05, 0.1, 0.05))
    assert tables["churn"].shape == (MAX_AGE + 1, len(law.opening))
    assert tables["oldest"] == 300
    np.testing.assert_array_equal(tables["churn"][MAX_AGE], tables["churn"][300])
    np.testing.assert_allclose(tables["churn"][7], law.hazard[7] * ONE, rtol=1e-6)
    shares = np.diff(np.concatenate([np.zeros((256, 1)), tables["status"] / ONE], axis=1), axis=1).mean(axis=0)
    np.testing.assert_allclose(shares, (0.05, 0.1, 0.05), rtol=1e-6)
