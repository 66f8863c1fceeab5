"""What a campaign asks of the machines at its busiest: requests, tokens and nodes, waiting, and what is not served.

Counts are of days; within-day profiles say what share of a day falls into its busiest minute. Waiting is Erlang's
(A. K. Erlang 1917; formula C: calls that find every server busy wait). Arrays broadcast.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

__all__ = ["busiest_minute", "delayed", "erlang_c", "mean_wait", "nodes_for", "profile", "served_share"]

_HOURS = 24
Array = NDArray[np.float64]


def profile(weights: ArrayLike) -> Array:
    """Share of a day's events in each hour [24], from hourly ``weights`` [24].

    Raises ValueError for weights that are negative or all zero.
    """
    given = np.asarray(weights, dtype=float)
    if given.shape != (_HOURS,) or given.min() < 0 or not given.sum() > 0:
        raise ValueError("a profile has 24 weights of 0 or more, and one above 0")
    return given / given.sum()


def delayed(shares: ArrayLike, delays: ArrayLike) -> Array:
    """Where events fall that follow those of a profile ``shares`` [24] after ``delays`` [any] in seconds, each as often
    as the others: [2, 24] shares of all of them, by hour of the same day and of the next.

    Within an hour events are even, so a delay of q hours and a part f puts 1 - f of an hour's events q hours later
    and f of them another hour later: exact, nothing is rounded. Raises ValueError where there is no delay, or one
    below 0 or longer than a day.
    """
    hours = np.asarray(delays, dtype=float).reshape(-1) / 3600
    if not len(hours) or hours.min() < 0 or hours.max() > _HOURS:
        raise ValueError("delays are one or more numbers of 0 to 86400 seconds")
    whole = np.floor(hours).astype(int)
    later, part = np.concatenate([whole, whole + 1]), hours - whole
    kernel = np.bincount(later, np.concatenate([1 - part, part]), minlength=_HOURS + 2) / len(hours)
    both = np.convolve(np.asarray(shares, dtype=float), kernel)[: 2 * _HOURS]
    return np.asarray(both.reshape(2, _HOURS))


def busiest_minute(weights: ArrayLike) -> float:
    """Share of a day's events in its busiest minute, for a profile of hourly ``weights`` [24], even within an hour.

    Raises ValueError for a profile that is negative or all zero.
    """
    return float(profile(weights).max() / 60)


def nodes_for(read: ArrayLike, written: ArrayLike, read_rate: float, written_rate: float, use: float = 1.0) -> Array:
    """Nodes that read and write so many tokens a second, where one can do ``read_rate`` and ``written_rate`` at once
    and is used to the share ``use``: the scarcer of the two decides."""
    ask = np.maximum(np.asarray(read, dtype=float) / read_rate, np.asarray(written, dtype=float) / written_rate)
    return np.asarray(ask / use)


def erlang_c(offered: ArrayLike, servers: ArrayLike) -> Array:
    """Chance that a request waits where ``offered`` Erlangs (arrivals a second x seconds of service) meet ``servers``
    (whole numbers); 1 where they are too few ever to catch up. Arrivals are Poisson and times of service exponential.

    Formula B, from which C follows, is the Poisson probability of all servers busy over that of no more than all: in
    logarithms it does not overflow, and costs the same for a million servers as for one.
    """
    load, places = np.broadcast_arrays(np.asarray(offered, dtype=float), np.asarray(servers, dtype=float))
    enough = load < places
    busy, many = np.where(enough, load, 0.0), np.where(enough, places, 1.0)
    all_busy = np.exp(special.xlogy(many, busy) - busy - special.gammaln(many + 1))
    blocked = all_busy / special.pdtr(many, busy)
    return np.asarray(np.where(enough, blocked / (1 - busy / many * (1 - blocked)), 1.0))


def mean_wait(offered: ArrayLike, servers: ArrayLike, service: float) -> Array:
    """Mean wait in the units of ``service``, over all requests; infinite where the servers are too few."""
    spare = np.asarray(servers, dtype=float) - np.asarray(offered, dtype=float)
    wait = erlang_c(offered, servers) * service / np.where(spare > 0, spare, 1.0)
    return np.asarray(np.where(spare > 0, wait, np.inf))


def served_share(demand: ArrayLike, capacity: ArrayLike) -> Array:
    """Share of requests that are answered at the peak: all, or what the capacity is to the demand (same unit)."""
    ask, most = np.asarray(demand, dtype=float), np.asarray(capacity, dtype=float)
    return np.asarray(np.where(ask > most, most / np.where(ask > 0, ask, 1.0), 1.0))
