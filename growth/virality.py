"""Closed forms of virality: i, c and K, amplification, cycle time, Euler-Lotka growth rate, R on a graph.

People who were there already count zero everywhere. K by generation, depth and structural virality come from the
forest of activations (`growth.forest`); these are the field's summary numbers beside it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from growth.intervals import Ratio

__all__ = ["acceptance", "amplification", "cycle_times", "growth_rate", "invitations_per_user", "newman_r"]


def invitations_per_user(seen: ArrayLike, users: ArrayLike) -> Ratio:
    """i: invitations that reached somebody (person x packet), per user who could send them."""
    return Ratio(np.asarray(seen, dtype=float), np.asarray(users, dtype=float))


def acceptance(joined: ArrayLike, seen: ArrayLike) -> Ratio:
    """c: invited activations over invitations; K = i c. Engaged people who only take the money count zero."""
    return Ratio(np.asarray(joined, dtype=float), np.asarray(seen, dtype=float))


def amplification(k: ArrayLike) -> NDArray[np.float64]:
    """Total over seeds, 1 / (1 - K), of a sub-critical cascade (K < 1); NaN where K >= 1: no finite total."""
    factor = np.asarray(k, dtype=float)
    with np.errstate(divide="ignore"):
        return np.where(factor < 1, 1 / (1 - factor), np.nan)


def cycle_times(parent: ArrayLike, day: ArrayLike) -> NDArray[np.int64]:
    """Days from the inviter's activation to the invitee's, one per invited row whose inviter is in the log.

    `parent` [nodes] from `growth.forest.Forest`, `day` [logged]; take the median, or the whole distribution.
    """
    days = np.asarray(day, dtype=np.int64)
    above = np.asarray(parent, dtype=np.int64)[: len(days)]
    child = np.flatnonzero((above >= 0) & (above < len(days)))
    return days[child] - days[above[child]]


def growth_rate(k: float, interval: ArrayLike, weight: ArrayLike | None = None) -> float:
    """r per day in 1 = K E[exp(-r G)] (Euler-Lotka; Wallinga and Lipsitch 2007, doi 10.1098/rspb.2006.3754).

    `interval` holds generation intervals G in days, `weight` how often each occurs. NaN where K is 0 or no interval
    is known; infinite where all intervals are 0 and K > 1.
    """
    gap = np.asarray(interval, dtype=float)
    share = np.ones_like(gap) if weight is None else np.asarray(weight, dtype=float)
    if k <= 0 or share.sum() <= 0:
        return float("nan")
    share = share / share.sum()
    at_once = k * share[gap <= 0].sum()
    if at_once >= 1:
        return float("inf")
    gap, share = gap[share > 0], share[share > 0]

    def short(rate: float) -> float:
        return k * float((share * np.exp(-rate * gap)).sum()) - 1

    low, high = -1.0, 1.0
    while short(high) > 0:
        high *= 2
    while short(low) < 0:
        if low < -500:  # K E[exp(-r G)] stays below one: only same-day invitations, and too few
            return float("-inf")
        low *= 2
    return float(optimize.brentq(short, low, high, xtol=1e-12))


def newman_r(degree: ArrayLike, transmission: float) -> float:
    """R = T (E[k^2] - E[k]) / E[k] of a graph with these degrees (Newman 2002, doi 10.1103/PhysRevE.66.016128)."""
    friends = np.asarray(degree, dtype=float)
    mean = friends.mean()
    return float(transmission * ((friends**2).mean() - mean) / mean) if mean > 0 else 0.0
