"""What a measurer sees of a campaign: chart ranks, printed counts, quoted shares, a team's own funnel.

Every likelihood here is the logarithm of a probability: over what could have been printed it sums to one, and its
`draw_*` gives data of the same law out of uniform numbers that the caller owns. Formulas and sources are in
docs/observations.md. All of it is traced by jax.

A chart. Scores fall with rank as a power law of two slopes (Garg and Telang, MISQ 37(4), 2013: downloads at rank r are
b r^-a), so the competitors above a score x number ``Lambda(x)`` on average; a rank is one more than a count of them:
negative binomial of mean ``Lambda(x) exp(u)`` and dispersion ``phi``, u being what the competitors do that week.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import log_ndtr
from numpy.typing import ArrayLike
from scipy import special, stats

__all__ = [
    "Chart",
    "best_of",
    "competitors_above",
    "draw_printed",
    "draw_rank",
    "draw_share",
    "log_funnel",
    "log_off_chart",
    "log_printed",
    "log_rank",
    "log_ranks",
    "log_share",
    "log_silent",
    "log_top",
    "printed_interval",
    "surge_competitors",
    "windowed",
]


class Chart(NamedTuple):
    """A chart of one store. Scalars or arrays of one shape."""

    first: jax.Array  # score of #1, in weighted installs
    steep: jax.Array  # exponent of scores down to `KNEE`
    tail: jax.Array  # exponent of scores below it
    phi: jax.Array  # dispersion of the count of competitors above; large is Poisson


KNEE = 10.0
"""Rank at which the exponent changes: .5 above and .7 below it in the charts that were published."""
_ALMOST = -1e-7  # log of what counts as certain in single precision, so that the rest has a logarithm
_WINDOW = 7  # days of installs that a chart is taken to look at; at tau = 1 day the eighth weighs .001


def windowed(installs: jax.Array, tau: jax.Array) -> jax.Array:
    """Score of each day: installs of the last seven days weighted by exp(-age / tau), [days].

    ``tau`` in days; the weights sum to one, so that a level campaign scores its daily installs.
    """
    ages = jnp.arange(_WINDOW, dtype=installs.dtype)
    weights = jnp.exp(-ages / tau)
    past = jnp.concatenate([jnp.full(_WINDOW - 1, installs[0]), installs])
    return jnp.convolve(past, weights / weights.sum(), mode="valid")


def competitors_above(score: jax.Array, chart: Chart, shock: jax.Array | float = 0.0) -> jax.Array:
    """Mean number of competitors above a score: the rank at which the power law has it, times exp(``shock``)."""
    down = jnp.log(chart.first) - jnp.log(score)
    rank = jnp.where(
        down < chart.steep * jnp.log(KNEE),
        down / chart.steep,
        jnp.log(KNEE) + (down - chart.steep * jnp.log(KNEE)) / chart.tail,
    )
    return jnp.exp(rank + shock)


def surge_competitors(growth: jax.Array, level: jax.Array, slope: jax.Array) -> jax.Array:
    """Mean number of competitors above on a chart of growth: exp(level - slope x log growth).

    ``growth`` log of the installs of the last days over those before.
    """
    return jnp.exp(level - slope * growth)


def log_ranks(length: int, mean: jax.Array, phi: jax.Array) -> jax.Array:
    """Log probabilities of ranks 1 to ``length``, [..., length], where ``mean`` competitors are above on average."""
    most = length - 1
    mean, phi = (part[..., None] for part in jnp.broadcast_arrays(mean, phi))
    j = jnp.broadcast_to(jnp.arange(most, dtype=mean.dtype), (*mean.shape[:-1], most))
    # log Gamma(k + phi) - log Gamma(phi) - log k!, as a running sum: all ranks at once, and a cheap gradient.
    factorial = np.broadcast_to(np.log1p(np.arange(most)), j.shape).astype(mean.dtype)
    ways = jnp.cumsum(jnp.log(phi + j) - factorial, axis=-1)
    ways = jnp.concatenate([jnp.zeros((*ways.shape[:-1], 1), ways.dtype), ways], axis=-1)
    k = jnp.broadcast_to(jnp.arange(most + 1, dtype=mean.dtype), ways.shape)
    return ways + phi * (jnp.log(phi) - jnp.log(phi + mean)) + k * (jnp.log(mean) - jnp.log(phi + mean))


def log_rank(rank: int, mean: jax.Array, phi: jax.Array) -> jax.Array:
    """Log probability of being at ``rank`` (from 1) where ``mean`` competitors are above on average."""
    return log_ranks(rank, mean, phi)[..., rank - 1]


def log_top(rank: int, mean: jax.Array, phi: jax.Array) -> jax.Array:
    """Log probability of being at ``rank`` or better."""
    return jnp.minimum(jax.nn.logsumexp(log_ranks(rank, mean, phi), axis=-1), _ALMOST)


def log_off_chart(length: int, mean: jax.Array, phi: jax.Array) -> jax.Array:
    """Log probability of not being on a chart of ``length`` places: worse than its last rank."""
    return _log_complement(log_top(length, mean, phi))


def best_of(log_tops: jax.Array) -> jax.Array:
    """Log probability that the best rank of several days is at least as good as the one that ``log_tops`` [days] are
    about; days are independent given the shocks."""
    return _log_complement(jnp.sum(_log_complement(log_tops), axis=-1))


def log_silent(reported: jax.Array, mean: jax.Array, phi: jax.Array) -> jax.Array:
    """Log probability that no rank was reported on a day.

    ``reported`` [ranks]: the chance that news would have printed each rank; beyond the last nothing is. Ranks are
    printed because they are good: leaving silent days out takes the reported ones for typical.
    """
    shown = log_ranks(reported.shape[0], mean, phi) + jnp.log(jnp.maximum(reported, 1e-30))
    return _log_complement(jnp.minimum(jax.nn.logsumexp(shown, axis=-1), _ALMOST))


def printed_interval(value: float, relation: str = "=", open_above: bool = True) -> tuple[float, float]:
    """What a printed figure can stand for: 155 million is 154.5 to 155.5, *over 100 million* is 100 and more, or up
    to the next figure with as many digits (200) where ``open_above`` is off; *under* likewise, from 0.

    Raises ValueError for a value that is not positive.
    """
    if value <= 0:
        raise ValueError(f"{value} is not a positive count")
    digits = f"{value:.15g}".replace(".", "").split("e")[0].strip("0")
    step = 10.0 ** (np.floor(np.log10(value)) - len(digits) + 1)
    if relation == "=":
        return value - step / 2, value + step / 2
    if relation == ">":
        return value, float("inf") if open_above else value + step
    return 0.0, value


def log_printed(low: float, high: float, mean: jax.Array, sigma: jax.Array) -> jax.Array:
    """Log probability that a lognormal figure around ``mean``, with ``sigma`` on the log, falls in [low, high).

    ``high`` may be infinite. A measurer's own scale and definition are part of ``mean``.
    """
    with np.errstate(divide="ignore"):
        ends = np.log(low), np.log(high)
    return _log_between(*ends, jnp.log(mean), sigma)


def log_share(low: float, high: float, share: jax.Array, sigma: jax.Array) -> jax.Array:
    """Log probability that a quoted share falls in [low, high): logit-normal around ``share``."""
    return _log_between(special.logit(low), special.logit(high), jnp.log(share) - jnp.log1p(-share), sigma)


def _log_between(low: float, high: float, centre: jax.Array, sigma: jax.Array) -> jax.Array:
    """Log probability that a normal number falls in [low, high); either end may be infinite."""
    # An infinite end stays a constant: a gradient through it would be infinity times zero.
    a, b = ((end - centre) / sigma if np.isfinite(end) else jnp.full_like(centre, end) for end in (low, high))
    # Where both are in the upper tail the difference is taken in the lower one: there it would cancel.
    flip = a > 0
    more, less = log_ndtr(jnp.where(flip, -a, b)), log_ndtr(jnp.where(flip, -b, a))
    return more + jnp.log(-jnp.expm1(less - more))


def log_funnel(successes: int, trials: int, chance: jax.Array) -> jax.Array:
    """Log probability of ``successes`` among ``trials`` of a team's own funnel: invitations accepted, a cohort there on
    day N. Binomial."""
    ways = special.gammaln(trials + 1) - special.gammaln(successes + 1) - special.gammaln(trials - successes + 1)
    return ways + successes * jnp.log(chance) + (trials - successes) * jnp.log1p(-chance)


def _log_complement(log_p: jax.Array) -> jax.Array:
    """log(1 - exp(log_p))."""
    return jnp.log(-jnp.expm1(log_p))


def draw_rank(uniform: np.ndarray, mean: ArrayLike, phi: ArrayLike) -> np.ndarray:
    """Ranks of the law of `log_rank`, by the quantiles ``uniform`` in (0, 1)."""
    return 1 + stats.nbinom.ppf(uniform, phi, np.asarray(phi) / (np.asarray(phi) + np.asarray(mean))).astype(int)


def draw_printed(uniform: np.ndarray, mean: ArrayLike, sigma: float, digits: int) -> np.ndarray:
    """Printed figures of the law of `log_printed`, rounded to ``digits`` significant digits, by their quantiles."""
    figure = np.asarray(mean) * np.exp(sigma * stats.norm.ppf(uniform))
    step = 10.0 ** (np.floor(np.log10(figure)) - digits + 1)
    return np.round(figure / step) * step


def draw_share(uniform: np.ndarray, share: ArrayLike, sigma: float) -> np.ndarray:
    """Shares of the law of `log_share`, not yet rounded, by their quantiles."""
    return special.expit(special.logit(np.asarray(share)) + sigma * stats.norm.ppf(uniform))
