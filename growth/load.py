"""What a campaign asks of the machines at its busiest: requests, tokens and nodes, waiting, and what is not served.

Counts are of days; the within-day profile says what share of a day falls into its busiest minute. Waiting is Erlang's
(A. K. Erlang 1917; formula C: calls that find every server busy wait). Arrays broadcast.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["busiest_minute", "erlang_c", "mean_wait", "nodes_for", "served_share"]

Array = NDArray[np.float64]


def busiest_minute(weights: ArrayLike) -> float:
    """Share of a day's events in its busiest minute, for a profile of hourly ``weights`` [24], even within an hour.

    Raises ValueError for a profile that is negative or all zero.
    """
    profile = np.asarray(weights, dtype=float)
    if profile.min() < 0 or not profile.sum() > 0:
        raise ValueError("a profile has weights of 0 or more, and one above 0")
    return float(profile.max() / profile.sum() * len(profile) / (24 * 60))


def nodes_for(read: ArrayLike, written: ArrayLike, read_rate: float, written_rate: float, use: float = 1.0) -> Array:
    """Nodes that read and write so many tokens a second, where one can do ``read_rate`` and ``written_rate`` at once
    and is used to the share ``use``: the scarcer of the two decides."""
    ask = np.maximum(np.asarray(read, dtype=float) / read_rate, np.asarray(written, dtype=float) / written_rate)
    return np.asarray(ask / use)


def erlang_c(offered: float, servers: int) -> float:
    """Chance that a request waits where ``offered`` Erlangs (arrivals a second x seconds of service) meet ``servers``;
    1 where they are too few ever to catch up."""
    if offered >= servers:
        return 1.0
    blocked = 1.0  # formula B by its recursion in the number of servers, which does not overflow
    for server in range(1, servers + 1):
        blocked = offered * blocked / (server + offered * blocked)
    return float(blocked / (1 - offered / servers * (1 - blocked)))


def mean_wait(offered: float, servers: int, service: float) -> float:
    """Mean wait in the units of ``service``, over all requests; infinite where the servers are too few."""
    return erlang_c(offered, servers) * service / (servers - offered) if offered < servers else float("inf")


def served_share(demand: ArrayLike, capacity: float) -> Array:
    """Share of requests that are answered at the peak: all, or what the capacity is to the demand (same unit)."""
    ask = np.asarray(demand, dtype=float)
    return np.asarray(np.where(ask > capacity, capacity / np.where(ask > 0, ask, 1.0), 1.0))
