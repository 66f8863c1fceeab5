"""Which of several designs to take: P(best), expected regret, and how replicates are shared out among designs.

Axis 0 runs over equally likely states of the world (parameter draws, resamples of luck and chains), axis 1 over
designs; values are an objective of which more is better. All designs of a row meet the same parameters, luck and
chain: rows are paired, so what they share cancels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["chance_best", "expected_regret", "ocba_shares"]

Array = NDArray[np.float64]


def chance_best(values: ArrayLike) -> Array:
    """P(best) of each design, [designs]: the share of rows in which none is better; a tie is shared equally."""
    table = np.asarray(values, dtype=float)
    top = table == table.max(axis=1, keepdims=True)
    return (top / top.sum(axis=1, keepdims=True)).mean(axis=0)


def expected_regret(values: ArrayLike) -> Array:
    """E[max over u of m_u, less m_v] of each design, [designs], in the objective's unit: what is lost on average by
    taking v where the best could have been taken, had the world been known."""
    table = np.asarray(values, dtype=float)
    return (table.max(axis=1, keepdims=True) - table).mean(axis=0)


def ocba_shares(mean: ArrayLike, deviation: ArrayLike) -> Array:
    """Shares of the replicates by optimal computing budget allocation (Chen et al. 2000, doi 10.1023/A:1008349927281).

    `mean` and `deviation` [designs] of an objective of which more is better. For designs that are simulated
    independently: N_i / N_j = (s_i / d_i)^2 / (s_j / d_j)^2, d the distance to the best, and
    N_best = s_best sqrt(sum over others of (N_i / s_i)^2).
    """
    means, spread = np.asarray(mean, dtype=float), np.asarray(deviation, dtype=float)
    best = int(means.argmax())
    gap = np.maximum(means[best] - means, 1e-12 * max(abs(means[best]), 1.0))
    shares = (spread / gap) ** 2
    shares[best] = 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        other = np.where(spread > 0, shares / spread, 0.0)
    shares[best] = spread[best] * np.sqrt((other**2).sum())
    total = shares.sum()
    return shares / total if total > 0 else np.full(len(means), 1 / len(means))
