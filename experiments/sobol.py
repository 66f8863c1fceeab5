"""Sensitivity indices of a function of places in [0, 1]: Sobol first-order and total, Morris elementary effects.

`evaluate(places [n, d]) -> [n]` is any deterministic function; here it is a campaign on common luck, so that a
parameter that does nothing has a total index of exactly 0. Sobol points come from `scipy.stats.qmc`, the indices from
`scipy.stats.sobol_indices` (Saltelli et al. 2010, doi 10.1016/j.cpc.2009.09.018; total index by Jansen 1999); intervals
are percentiles over resampled rows. Morris' effects are radial (Campolongo et al. 2011, doi 10.1016/j.cpc.2010.12.039)
and come from the same rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphs.errors import InputError
from growth.nested import bootstrap_weights

__all__ = ["Effects", "Indices", "morris", "sobol"]

Array = NDArray[np.float64]
Evaluate = Callable[[Array], Array]


@dataclass(frozen=True)
class Indices:
    """Sobol indices of d parameters with 90 % intervals, each [d] or [d, 2]."""

    first: Array
    total: Array
    first_interval: Array
    total_interval: Array


@dataclass(frozen=True)
class Effects:
    """Morris screening of d parameters: mean absolute elementary effect over the whole range, and its deviation."""

    mean_absolute: Array
    deviation: Array


def _points(parameters: int, n: int, seed: int) -> tuple[Array, Array]:
    """Two independent sets of n places from one Sobol sequence of twice the dimension."""
    from scipy.stats import qmc

    if n < 2 or n & (n - 1):
        raise InputError("Sobol points come in powers of two", field="--points", value=n, allowed="2, 4, 8, 16, ...")
    both = qmc.Sobol(2 * parameters, scramble=True, rng=seed).random(n)
    return both[:, :parameters], both[:, parameters:]


def _mixed(a: Array, b: Array) -> Array:
    """a with column i from b, for every i: [d, n, d]."""
    mixed = np.repeat(a[None], a.shape[1], axis=0)
    for column in range(a.shape[1]):
        mixed[column, :, column] = b[:, column]
    return mixed


def sobol(evaluate: Evaluate, parameters: int, n: int = 64, seed: int = 1, level: float = 0.9) -> Indices:
    """Indices from n (d + 2) evaluations. Raises InputError when n is not a power of two."""
    from scipy.stats import sobol_indices

    a, b = _points(parameters, n, seed)
    values = evaluate(np.concatenate([a, b, _mixed(a, b).reshape(-1, parameters)]))
    f_a, f_b, f_ab = values[:n], values[n : 2 * n], values[2 * n :].reshape(parameters, n)
    if np.ptp(values) == 0:  # nothing matters
        nothing = np.zeros(parameters)
        return Indices(nothing, nothing, np.zeros((parameters, 2)), np.zeros((parameters, 2)))
    # scipy wants [outputs, n] and [d, outputs, n]
    found = sobol_indices(func={"f_A": f_a[None], "f_B": f_b[None], "f_AB": f_ab[:, None]}, n=n)
    weights = bootstrap_weights(n)
    tails = [(1 - level) / 2, (1 + level) / 2]
    both = np.concatenate([f_a, f_b])
    spread = np.array([_weighted_variance(both, np.tile(weight, 2) / 2) for weight in weights])
    centred = f_b - both.mean()
    first = weights @ (centred * (f_ab - f_a)).T / spread[:, None]
    total = weights @ (0.5 * (f_a - f_ab) ** 2).T / spread[:, None]
    return Indices(
        np.ravel(found.first_order),
        np.ravel(found.total_order),
        np.quantile(first, tails, axis=0).T,
        np.quantile(total, tails, axis=0).T,
    )


def _weighted_variance(values: Array, weight: Array) -> float:
    mean = weight @ values
    return float(weight @ (values - mean) ** 2)


def morris(evaluate: Evaluate, parameters: int, n: int = 8, seed: int = 1) -> Effects:
    """Elementary effects from n (d + 1) evaluations, per unit of place (the whole range)."""
    a, b = _points(parameters, n, seed)
    values = evaluate(np.concatenate([a, _mixed(a, b).reshape(-1, parameters)]))
    f_a, f_ab = values[:n], values[n:].reshape(parameters, n)
    effect = (f_ab - f_a) / (b - a).T
    return Effects(np.abs(effect).mean(axis=1), effect.std(axis=1, ddof=1))
