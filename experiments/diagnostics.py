"""Whether chains can be trusted: rank-normalised split R-hat and bulk effective sample size.

Vehtari, Gelman, Simpson, Carpenter and Buerkner, Bayesian Analysis 16(2), 2021, doi 10.1214/20-BA1221; the effective
sample size with Geyer's initial monotone sequence. ``draws`` is [chains, draws, unknowns].
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

__all__ = ["MAX_R_HAT", "MIN_ESS", "bulk_ess", "complaints", "effective_size", "r_hat"]

MAX_R_HAT = 1.01
MIN_ESS = 400
MAX_DIVERGENT = 0.005


def _split(draws: NDArray) -> NDArray:
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def _normal_scores(draws: NDArray) -> NDArray:
    """Ranks over all chains as normal scores (Blom)."""
    flat = draws.reshape(-1, *draws.shape[2:])
    rank = stats.rankdata(flat, axis=0)
    return stats.norm.ppf((rank - 0.375) / (len(flat) + 0.25)).reshape(draws.shape)


def _plain_r_hat(draws: NDArray) -> NDArray:
    n = draws.shape[1]
    within = draws.var(axis=1, ddof=1).mean(axis=0)
    between = draws.mean(axis=1).var(axis=0, ddof=1)
    return np.sqrt((n - 1) / n + between / within)


def r_hat(draws: NDArray) -> NDArray:
    """The larger of bulk and tail (folded) R-hat of each unknown."""
    folded = np.abs(draws - np.median(draws, axis=(0, 1)))
    return np.maximum(*(_plain_r_hat(_split(_normal_scores(one))) for one in (draws, folded)))


def effective_size(draws: NDArray) -> NDArray:
    """Effective number of draws of each unknown for its mean."""
    chains, n = draws.shape[:2]
    centred = draws - draws.mean(axis=1, keepdims=True)
    length = 1 << (2 * n - 1).bit_length()
    power = np.abs(np.fft.rfft(centred, length, axis=1)) ** 2
    covariance = np.fft.irfft(power, length, axis=1)[:, :n] / n
    within = covariance[:, 0].mean(axis=0) * n / (n - 1)
    total = within * (n - 1) / n
    if chains > 1:
        total = total + draws.mean(axis=1).var(axis=0, ddof=1)
    rho = 1 - (within - covariance.mean(axis=0)) / total
    rho[0] = 1.0
    even = n - n % 2
    pairs = rho[:even:2] + rho[1:even:2]  # Geyer: sums of neighbours are positive and fall
    alive = np.cumprod(pairs > 0, axis=0).astype(bool)
    pairs = np.minimum.accumulate(np.where(alive, pairs, 0.0), axis=0)
    time = -1 + 2 * pairs.sum(axis=0)
    return chains * n / np.maximum(time, 1 / np.log10(chains * n))


def bulk_ess(draws: NDArray) -> NDArray:
    """Bulk effective sample size: that of the normal scores of split chains."""
    return effective_size(_split(_normal_scores(draws)))


def complaints(draws: NDArray, divergent: NDArray, names: list[str]) -> list[str]:
    """What does not meet the bar, with the parameter and the reason; nothing when all is well."""
    told = []
    hats, sizes = r_hat(draws), bulk_ess(draws)
    for place in np.flatnonzero(hats >= MAX_R_HAT):
        told.append(f"{names[place]}: R-hat {hats[place]:.3f}, chains disagree; take more draws")
    for place in np.flatnonzero(sizes <= MIN_ESS):
        told.append(
            f"{names[place]}: bulk ESS {sizes[place]:.0f} of {draws[..., 0].size}, chains move slowly; more draws"
        )
    share = float(np.mean(divergent))
    if share >= MAX_DIVERGENT:
        flat = draws.reshape(-1, draws.shape[-1])
        lost = divergent.reshape(-1)
        shift = np.abs(flat[lost].mean(axis=0) - flat.mean(axis=0)) / flat.std(axis=0)
        worst = int(np.argmax(shift))
        told.append(
            f"{100 * share:.1f} % of draws diverge, most where {names[worst]} is unusual: the density bends sharply"
        )
    return told
