"""Importance sampling without a figure: against exact laws, and the shape of a Pareto tail against a known one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special, stats

from experiments.left_out import pareto_smoothed
from graphs.hashing import hash_normal, hash_uniform


@pytest.mark.parametrize("shape", [0.2, 0.5, 0.9])
def test_the_shape_of_a_pareto_tail_is_found(shape: float) -> None:
    """Ratios of an exact generalised Pareto law; the estimate's standard error is about (1 + k) / sqrt(tail)."""
    count = 100_000
    uniform = hash_uniform(1, 1, np.arange(count))
    ratios = (uniform**-shape - 1) / shape
    weights, k = pareto_smoothed(np.log(ratios))
    tail = int(3 * math.sqrt(count))
    assert abs(k - shape) < stats.norm.isf(5e-7) * (1 + shape) / math.sqrt(tail)
    assert weights.sum() == pytest.approx(1)


def test_alike_ratios_are_alike_weights() -> None:
    weights, k = pareto_smoothed(np.full(50, 3.0))
    np.testing.assert_allclose(weights, 1 / 50)
    assert k == -math.inf


def test_a_normal_mean_without_one_figure_is_the_exact_predictive() -> None:
    """Figures around an unknown mean with known noise: the law of one given the others is known."""
    y = np.array([0.3, -0.4, 1.1, 0.2, 0.6, -0.1, 0.9, 0.5])
    draws, sd = 20_000, 1 / math.sqrt(len(y) + 1)
    mean = y.sum() / (len(y) + 1) + sd * hash_normal(3, 1, np.arange(draws))
    for at, one in enumerate(y):
        term = stats.norm.logpdf(one, mean)
        weights, k = pareto_smoothed(-term)
        others = np.delete(y, at)
        exact = stats.norm(others.sum() / len(y), math.sqrt(1 + 1 / len(y))).logpdf(one)
        size = 1 / (weights**2).sum()
        spread = np.sqrt(np.average((np.exp(term) / np.exp(exact) - 1) ** 2, weights=weights) / size)
        assert abs(special.logsumexp(term, b=weights) - exact) < stats.norm.isf(1e-6) * spread + 1e-3
        assert k < 0.7


def test_a_figure_that_decides_the_posterior_is_not_to_be_trusted() -> None:
    """Seven figures near zero and one ten standard deviations away: what it would be without that one cannot be told
    from draws that know it."""
    mean = 10 / 2 + 0.35 * hash_normal(5, 1, np.arange(2_000))
    _, k = pareto_smoothed(-stats.norm.logpdf(10, mean, 0.4))
    assert k > 0.7
