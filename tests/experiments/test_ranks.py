"""What a measurer sees, against scipy, enumeration, and its own drawn data."""

from __future__ import annotations

import itertools
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from experiments import ranks
from graphs.hashing import hash_uniform
from tests.conftest import chi2_bound

CHART = ranks.Chart(*(jnp.float32(value) for value in (300_000.0, 0.5, 0.7, 3.0)))
MEANS = (0.3, 4.0, 60.0)
PHI = (0.8, 3.0, 40.0)
CASES = list(itertools.product(MEANS, PHI))


def total(logs: Any) -> float:
    return float(np.exp(np.asarray(logs, float)).sum())


@pytest.mark.parametrize(("mean", "phi"), CASES)
def test_ranks_are_the_negative_binomial_of_scipy_and_sum_to_one(mean: float, phi: float) -> None:
    law = stats.nbinom(phi, phi / (phi + mean))
    each = np.asarray(ranks.log_ranks(100, jnp.float32(mean), jnp.float32(phi)), float).tolist()
    assert float(ranks.log_rank(7, jnp.float32(mean), jnp.float32(phi))) == pytest.approx(each[6], abs=1e-5)
    assert each == pytest.approx(law.logpmf(np.arange(100)).tolist(), rel=2e-4, abs=2e-4)
    off = float(ranks.log_off_chart(100, jnp.float32(mean), jnp.float32(phi)))
    assert total(each) + math.exp(off) == pytest.approx(1, abs=2e-5)
    assert float(ranks.log_top(10, jnp.float32(mean), jnp.float32(phi))) == pytest.approx(law.logcdf(9), abs=2e-4)


def test_the_best_of_several_days_is_that_of_enumeration() -> None:
    means = jnp.asarray([0.5, 2.0, 9.0])
    tops = ranks.log_top(3, means, jnp.float32(2.0))
    chances = np.exp(np.asarray(tops, float))
    any_of = sum(
        math.prod(chances[day] if hit else 1 - chances[day] for day, hit in enumerate(hits))
        for hits in itertools.product((True, False), repeat=3)
        if any(hits)
    )
    assert math.exp(float(ranks.best_of(tops))) == pytest.approx(any_of, abs=1e-6)


def test_a_silent_day_is_whatever_was_not_printed() -> None:
    printed = jnp.asarray([0.9, 0.7, 0.5, 0.2, 0.1])
    mean, phi = jnp.float32(2.0), jnp.float32(1.5)
    shown = sum(math.exp(float(ranks.log_rank(r + 1, mean, phi))) * float(printed[r]) for r in range(5))
    assert shown + math.exp(float(ranks.log_silent(printed, mean, phi))) == pytest.approx(1, abs=1e-6)


def test_printed_counts_sum_to_one_and_are_right_far_out() -> None:
    mean, sigma = jnp.float32(155e6), jnp.float32(0.2)
    edges = [0.0, *np.geomspace(1e7, 2e9, 60).tolist(), math.inf]
    cells = [float(ranks.log_printed(a, b, mean, sigma)) for a, b in itertools.pairwise(edges)]
    assert total(cells) == pytest.approx(1, abs=1e-5)
    for low, high in ((8.0, 8.1), (1 / 8.1, 1 / 8.0)):  # ten standard deviations out, on either side
        a, b = math.log(low) / 0.2, math.log(high) / 0.2
        wanted = stats.norm.logsf(abs(a) if a > 0 else abs(b)) + math.log1p(
            -math.exp(stats.norm.logsf(max(abs(a), abs(b))) - stats.norm.logsf(min(abs(a), abs(b))))
        )
        found = float(ranks.log_printed(low * 155e6, high * 155e6, mean, sigma))
        assert found == pytest.approx(wanted, rel=1e-3)
    for low, high in ((0.0, 1e8), (1e8, 2e8), (2e8, math.inf)):
        slopes = jax.grad(lambda m, s, low=low, high=high: ranks.log_printed(low, high, m, s), (0, 1))(mean, sigma)
        assert np.isfinite(np.asarray(slopes)).all()
    above = float(ranks.log_printed(200e6, math.inf, mean, sigma))
    assert above == pytest.approx(stats.norm.logsf(math.log(200 / 155) / 0.2), rel=1e-4)


@pytest.mark.parametrize(
    ("value", "relation", "open_above", "interval"),
    [
        (155e6, "=", True, (154.5e6, 155.5e6)),
        (7_680_000, "=", True, (7_675_000, 7_685_000)),
        (100e6, ">", False, (100e6, 200e6)),
        (100e6, ">", True, (100e6, math.inf)),
        (40e6, "<", True, (0, 40e6)),
        (23_990_000, "=", True, (23_985_000, 23_995_000)),
        (11.1, "=", True, (11.05, 11.15)),
    ],
)
def test_a_printed_figure_is_an_interval(value: float, relation: str, open_above: bool, interval: Any) -> None:
    assert ranks.printed_interval(value, relation, open_above) == pytest.approx(interval)


def test_a_count_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="not a positive count"):
        ranks.printed_interval(0.0)


def test_shares_and_funnels_sum_to_one() -> None:
    edges = np.linspace(0, 1, 101)
    cells = [float(ranks.log_share(a, b, jnp.float32(0.31), jnp.float32(0.4))) for a, b in itertools.pairwise(edges)]
    assert total(cells) == pytest.approx(1, abs=1e-5)
    counts = [float(ranks.log_funnel(k, 40, jnp.float32(0.3))) for k in range(41)]
    assert counts == pytest.approx(stats.binom(40, 0.3).logpmf(np.arange(41)).tolist(), rel=1e-4)
    assert total(counts) == pytest.approx(1, abs=1e-4)


def test_a_score_on_the_power_law_is_at_its_rank() -> None:
    """Scores b r^-.5 down to #10 and 10^-.5 b (r / 10)^-.7 below; a surge chart falls with growth."""
    rank = np.array([1.0, 4.0, 10.0, 25.0, 100.0])
    score = np.where(rank <= 10, rank**-0.5, 10**-0.5 * (rank / 10) ** -0.7) * 300_000
    found = np.asarray(ranks.competitors_above(jnp.asarray(score, jnp.float32), CHART))
    assert found == pytest.approx(rank, rel=1e-3)
    busy = ranks.competitors_above(jnp.asarray(score, jnp.float32), CHART, math.log(2))
    assert np.asarray(busy) == pytest.approx(2 * rank, rel=1e-3)
    slope = jax.vmap(jax.grad(lambda one: ranks.competitors_above(one, CHART)))(jnp.asarray(score, jnp.float32))
    assert (np.asarray(slope) < 0).all()
    growth = ranks.surge_competitors(jnp.asarray([0.0, 1.0]), jnp.float32(2.0), jnp.float32(0.5))
    assert np.asarray(growth) == pytest.approx([math.exp(2), math.exp(1.5)], rel=1e-5)


def test_a_score_looks_back_over_days() -> None:
    assert np.asarray(ranks.windowed(jnp.full(9, 5.0), jnp.float32(1.0))) == pytest.approx(5.0, rel=1e-5)
    weights = np.exp(-np.arange(7) / 2.0)
    found = np.asarray(ranks.windowed(jnp.zeros(12).at[3].set(1.0), jnp.float32(2.0)))
    assert found[3:10] == pytest.approx(weights / weights.sum(), rel=1e-5)
    assert found[10:] == pytest.approx(0, abs=1e-7)


def _fits(counts: np.ndarray, chances: np.ndarray) -> None:
    """Chi-square of counts against chances, rare cells together."""
    expected = counts.sum() * chances
    common = expected >= 10
    rest = [counts[~common].sum()], [expected[~common].sum()]
    seen, wanted = np.append(counts[common], rest[0]), np.append(expected[common], rest[1])
    statistic = ((seen - wanted) ** 2 / np.maximum(wanted, 1e-9))[wanted > 1].sum()
    assert statistic < chi2_bound(int((wanted > 1).sum()) - 1, 2)


def test_drawn_data_follow_their_law() -> None:
    uniform = hash_uniform(20260201, 1, np.arange(60_000)).reshape(3, -1)
    drawn = ranks.draw_rank(uniform[0], np.float64(4.0), np.float64(3.0))
    chances = np.exp(np.asarray(ranks.log_ranks(79, jnp.float32(4.0), jnp.float32(3.0)), float))
    _fits(np.bincount(drawn, minlength=80)[1:80], chances)
    figures = ranks.draw_printed(uniform[1], np.float64(300.0), 0.1, 2)
    prints = np.arange(150, 600, 10.0)
    cells = [(value - 5, value + 5) for value in prints]
    chances = np.exp([float(ranks.log_printed(a, b, jnp.float32(300.0), jnp.float32(0.1))) for a, b in cells])
    _fits(np.array([np.isclose(figures, value).sum() for value in prints]), chances)
    shares = ranks.draw_share(uniform[2], np.float64(0.31), 0.4)
    edges = np.linspace(0, 1, 21)
    chances = np.exp(
        [float(ranks.log_share(a, b, jnp.float32(0.31), jnp.float32(0.4))) for a, b in itertools.pairwise(edges)]
    )
    _fits(np.histogram(shares, edges)[0], chances)
