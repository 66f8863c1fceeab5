"""Several chains, several parameter draws: what of a spread is one society, what is what nobody has measured.

A run with C chains and D draws has one value per (draw, chain). Draws share the chains, so D x C values are not D x C
samples: chains are resampled first, each draw is averaged over the resampled chains, and the spread over draws of
those averages is taken, resample by resample (a two-stage bootstrap; Davison and Hinkley 1997, section 3.8).
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import ArrayLike, NDArray

from growth.intervals import Interval, draw_interval

__all__ = ["bootstrap_weights", "nested_draws", "nested_interval"]

_ENUMERATED = 4  # up to here every resample is taken: 4^4 = 256
_RESAMPLES = 256

Array = NDArray[np.float64]


def bootstrap_weights(samples: int) -> Array:
    """Weight of each sample (a chain, a replicate) in each bootstrap resample, [resamples, samples], rows summing to 1.

    All n^n resamples of up to four samples; beyond, 256 drawn with a key of their own, the same in every call.
    """
    if samples <= _ENUMERATED:
        picks = np.array(list(itertools.product(range(samples), repeat=samples)))
    else:
        from growth.streams import threefry2x32

        grid = np.arange(_RESAMPLES, dtype=np.uint32)[:, None], np.arange(samples, dtype=np.uint32)[None, :]
        word = np.asarray(threefry2x32(np.uint32(samples), np.uint32(0xB007), *grid)[0])
        picks = (word.astype(np.uint64) * np.uint64(samples) >> np.uint64(32)).astype(int)
    return np.stack([(picks == sample).mean(axis=1) for sample in range(samples)], axis=1)


def nested_draws(values: ArrayLike) -> Array:
    """[draw, chain, ...] to [resample x draw, ...]: each draw averaged over the chains of each resample."""
    table = np.asarray(values, dtype=float)
    mixed = np.einsum("rc,dc...->rd...", bootstrap_weights(table.shape[1]), table)
    return mixed.reshape(-1, *table.shape[2:])


def nested_interval(values: ArrayLike, level: float = 0.9) -> Interval:
    """Median and central quantiles over draws of the mean over chains, chains bootstrapped first.

    `values` [draw, chain, ...]. With one chain this is `draw_interval`: the spread over draws, whose quantiles stand
    at k / (D + 1). With more, each side is the root of two squares: the mean distance of a resample's bound from its
    median, and how far the medians themselves move between resamples of the chains.
    """
    table = np.asarray(values, dtype=float)
    if table.shape[1] == 1:
        return draw_interval(table[:, 0], level)
    weights = bootstrap_weights(table.shape[1])
    mixed = np.einsum("rc,dc...->dr...", weights, table)  # draws first, as `draw_interval` wants them
    middle, low, high = draw_interval(mixed, level)
    tails = [(1 - level) / 2, (1 + level) / 2]
    # A bootstrap of few chains is too narrow by sqrt((C - 1) / C): their mean is moved from its centre accordingly.
    stretch = np.sqrt(table.shape[1] / (table.shape[1] - 1))
    centre = middle.mean(axis=0)
    down, up = stretch * (np.quantile(middle, tails, axis=0) - centre)
    below = np.hypot((middle - low).mean(axis=0), down)
    above = np.hypot((high - middle).mean(axis=0), up)
    return Interval(centre, centre - below, centre + above)
