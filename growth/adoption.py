"""Closed forms of growth curves: Bass, logistic and their daily flows, to set beside a simulation.

Time t is in days from the start of the curve (0 is the beginning of the first day); counts are people. They are what
the field draws when it has no chain: one homogeneous population, no money, no interventions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["bass", "bass_peak_day", "logistic", "per_day"]

Array = NDArray[np.float64]


def bass(t: ArrayLike, market: float, p: float, q: float) -> Array:
    """Cumulative adopters, m (1 - exp(-(p + q) t)) / (1 + (q / p) exp(-(p + q) t)).

    Bass 1969, doi 10.1287/mnsc.15.5.215: p innovation (typically .01 to .03 a year for durables), q imitation (.3 to
    .5), here per day. `market` m is everyone who will ever adopt.
    """
    decay = np.exp(-(p + q) * np.asarray(t, dtype=float))
    return market * (1 - decay) / (1 + q / p * decay)


def bass_peak_day(p: float, q: float) -> float:
    """Day of most adoptions, ln(q / p) / (p + q); 0 where imitation is weaker than innovation."""
    return float(max(0.0, np.log(q / p) / (p + q)))


def logistic(t: ArrayLike, market: float, rate: float, middle: float) -> Array:
    """Cumulative adopters above those at t = 0: m / (1 + exp(-r (t - t_m))), less its value at 0 (Verhulst 1838)."""
    day = np.asarray(t, dtype=float)
    # exp overflows to infinity far before the middle, where the curve is 0: that is the right limit.
    with np.errstate(over="ignore"):
        return market / (1 + np.exp(-rate * (day - middle))) - market / (1 + np.exp(rate * middle))


def per_day(curve: ArrayLike) -> Array:
    """Adopters of each day from a cumulative curve at the ends of days 0, 1, ..., whose value before day 0 is 0."""
    return np.diff(np.asarray(curve, dtype=float), prepend=0.0, axis=-1)
