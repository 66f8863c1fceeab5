"""The weighted interval score of a forecast: Bracher, Ray, Gneiting and Reich, PLoS Computational Biology 17(2), 2021.

doi 10.1371/journal.pcbi.1008618. For a central interval [l, u] of nominal level 1 - alpha and an outcome y,

    IS_alpha = (u - l) + 2 / alpha (l - y) [y < l] + 2 / alpha (y - u) [y > u]
    WIS = 1 / (K + 1/2) (1/2 |y - m| + sum_k alpha_k / 2 IS_alpha_k)

with m the median and K = 11 intervals, those of the paper: .02, .05, .1, .2, ..., .9. It is in the unit of y, less is
better, it is proper, and for a forecast of a single point it is the absolute error.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["ALPHAS", "LEVELS", "weighted_interval_score"]

ALPHAS = (0.02, 0.05, *(number / 10 for number in range(1, 10)))
"""1 - nominal level of the eleven central intervals."""
LEVELS = np.array(sorted({*(alpha / 2 for alpha in ALPHAS), 0.5, *(1 - alpha / 2 for alpha in ALPHAS)}))
"""The 23 quantiles that a forecast has to state, rising."""


def weighted_interval_score(quantiles: ArrayLike, outcome: ArrayLike) -> NDArray[np.float64]:
    """WIS, [...], of ``quantiles`` [23, ...] at `LEVELS` for ``outcome`` [...], in the unit of the outcome.

    Raises ValueError for another number of quantiles.
    """
    told, y = np.asarray(quantiles, float), np.asarray(outcome, float)
    count = len(ALPHAS)
    if len(told) != 2 * count + 1:
        raise ValueError(f"{len(told)} quantiles, expected {2 * count + 1}")
    total = 0.5 * np.abs(y - told[count])
    for at, alpha in enumerate(ALPHAS):
        low, high = told[at], told[-1 - at]
        outside = np.maximum(low - y, 0) + np.maximum(y - high, 0)
        total = total + alpha / 2 * (high - low) + outside
    return total / (count + 0.5)
