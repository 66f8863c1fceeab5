"""Apps of one joint calendar on one chart: each that is ahead of another stands a place above it, beside the unnamed.

A rank is one more than a count of the unnamed competitors (`experiments.ranks`) and of the named ones that are ahead. A
named rival of score y is ahead of a score x with chance Phi(log(y / x) / (sqrt(2) s)), s the error of either score on
the log; given the scores, rivals are independent of one another and of the unnamed.
"""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy.special import ndtr

from experiments import ranks

__all__ = ["ahead", "log_places_beside", "log_ranks_beside", "log_silent_beside"]

_LEAST = 1e-290  # a probability that still has a logarithm


def ahead(scores: list[Any], app: int, noise: float) -> Any:
    """Chances that each other app is ahead of ``app``, [rivals, days], from ``scores`` [days] of all apps, whose errors
    have a standard deviation of ``noise`` on the log."""
    ours = jnp.log(scores[app])
    others = [jnp.log(score) - ours for place, score in enumerate(scores) if place != app]
    return jnp.stack([ndtr(gap / (math.sqrt(2.0) * noise)) for gap in others])


def log_ranks_beside(length: int, mean: Any, phi: Any, beside: Any) -> Any:
    """Log probabilities of places 1 to ``length``, [days, length]: the law of `ranks.log_ranks` at ``mean`` [days],
    moved down by the rivals that are ahead, with chances ``beside`` [rivals, days]."""
    chance = jnp.exp(ranks.log_ranks(length, mean, phi))
    for one in beside:
        behind = jnp.concatenate([jnp.zeros_like(chance[:, :1]), chance[:, :-1]], axis=1)
        chance = (1 - one[:, None]) * chance + one[:, None] * behind
    return jnp.log(jnp.maximum(chance, _LEAST))


def log_places_beside(length: int, mean: Any, phi: Any, low: Any, high: Any, beside: Any) -> Any:
    """Log probabilities, [days], of a place from ``low`` to ``high`` [days]; length + 1 is everything worse."""
    each = log_ranks_beside(length, mean, phi, beside)
    off = jnp.log(jnp.maximum(-jnp.expm1(jnp.minimum(jax.nn.logsumexp(each, axis=1), -1e-12)), _LEAST))
    whole = jnp.concatenate([each, off[:, None]], axis=1)
    place = jnp.arange(1, length + 2)
    inside = (place[None, :] >= low[:, None]) & (place[None, :] <= high[:, None])
    return jax.nn.logsumexp(jnp.where(inside, whole, -jnp.inf), axis=1)


def log_silent_beside(reported: Any, mean: Any, phi: Any, beside: Any) -> Any:
    """Log probability, [days], that no rank was in the news, which print place r with chance ``reported``[r]."""
    chance = jnp.exp(log_ranks_beside(reported.shape[0], mean, phi, beside))
    return jnp.log1p(-jnp.minimum(chance @ reported, 1 - 1e-9))
