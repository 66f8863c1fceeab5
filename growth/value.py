"""What a user is worth, set against what a user costs: LTV, payback, ROAS, net ROI. Money is in yuan.

The horizon H is always stated. Names are not mixed: ROAS is revenue over spend, net ROI is margin less spend over
spend, each also as an increment over the same world without the campaign. Arrays carry the day since acquisition on
their last axis, entry t for day t, unless a docstring says otherwise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from growth.intervals import Ratio

__all__ = ["cumulative_value", "lifetime_value", "net_roi", "payback_day", "roas"]

Array = NDArray[np.float64]


def cumulative_value(survival: ArrayLike, margin: ArrayLike, discount: float = 0.0) -> Array:
    """Discounted margin per acquired user by day t, [..., H + 1]: sum to t of S(t) margin(t) / (1 + d)^(t / 365).

    `survival` is the share still active on day t (1 on day 0), `margin` yuan per active user and day (a number or
    [H + 1]), `discount` the yearly rate d.
    """
    active = np.asarray(survival, dtype=float)
    day = np.arange(active.shape[-1])
    worth = active * np.asarray(margin, dtype=float) / (1 + discount) ** (day / 365)
    return np.asarray(worth.cumsum(axis=-1))


def lifetime_value(survival: ArrayLike, margin: ArrayLike, horizon: int, discount: float = 0.0) -> Array:
    """LTV_H in yuan per acquired user: `cumulative_value` on day H = `horizon`; NaN where S(H) was not observed."""
    active = np.asarray(survival, dtype=float)
    if horizon >= active.shape[-1]:
        return np.full(active.shape[:-1], np.nan)
    return cumulative_value(active, margin, discount)[..., horizon]


def payback_day(value: ArrayLike, cost: ArrayLike) -> Array:
    """First day t on which the cumulative margin per acquired user reaches the cost per acquired user (CAC).

    `value` [..., H + 1] from `cumulative_value`; NaN stands for *not within H*.
    """
    reached = np.asarray(value, dtype=float) >= np.asarray(cost, dtype=float)[..., None]
    return np.where(reached.any(axis=-1), reached.argmax(axis=-1), np.nan)


def roas(revenue: ArrayLike, spend: ArrayLike, revenue_0: ArrayLike = 0.0, spend_0: ArrayLike = 0.0) -> Ratio:
    """ROAS = revenue / spend; iROAS with the revenue and spend of the world without the campaign taken off both."""
    above = np.asarray(revenue, dtype=float) - np.asarray(revenue_0, dtype=float)
    return Ratio(above, np.asarray(spend, dtype=float) - np.asarray(spend_0, dtype=float))


def net_roi(margin: ArrayLike, spend: ArrayLike, margin_0: ArrayLike = 0.0, spend_0: ArrayLike = 0.0) -> Ratio:
    """(incremental margin - spend) / spend, spend over that of the world without the campaign."""
    cost = np.asarray(spend, dtype=float) - np.asarray(spend_0, dtype=float)
    gained = np.asarray(margin, dtype=float) - np.asarray(margin_0, dtype=float)
    return Ratio(gained - cost, cost)
