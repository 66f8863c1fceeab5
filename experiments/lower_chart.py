"""Lowering of the app store's charts: from downloads of one store in real units to the tables of `growth/chart.py`."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from growth.campaign import CHART_MOST, CHART_UNIT, NOISE_UNIT, QUANTILES, RANKS
from growth.state import WEEK

__all__ = ["chart_levels", "chart_lift", "chart_tables", "chart_window"]

_KNEE = 10
"""Rank at which the upper slope of the chart ends and the lower begins."""
_LIFTED = 20
"""Rank above which a place on the chart brings demand of its own."""


def chart_levels(values: dict[str, float]) -> np.ndarray:
    """Downloads a day of the App Store at ranks 1 to RANKS, float[RANKS]: b r^-a, one slope to rank 10, another below.

    ``values`` are behaviour values by name (``chart.first``, ...).
    """
    rank = np.arange(1, RANKS + 1, dtype=float)
    top = values["chart.first"] * np.minimum(rank, _KNEE) ** -values["chart.slope_top"]
    return top * (np.maximum(rank, _KNEE) / _KNEE) ** -values["chart.slope_below"]


def chart_lift(values: dict[str, float]) -> np.ndarray:
    """Organic demand by rank (the last entry: not on the chart) over that of somebody who is not on it,
    float[RANKS + 1]: falls with the logarithm of the rank from ``chart.lift`` at the first to 1 at rank 20."""
    rank = np.arange(1, RANKS + 2, dtype=float)
    return 1 + (values["chart.lift"] - 1) * np.clip(1 - np.log(rank) / np.log(_LIFTED), 0, 1)


def chart_window(values: dict[str, float]) -> int:
    """Days of downloads that the free chart looks at."""
    return int(np.clip(round(values["chart.window_days"]), 1, WEEK))


def chart_tables(values: dict[str, float], installs_a_day: float, people_per_user: float) -> dict[str, Any]:
    """Chart fields of `growth.campaign.Tables` for one lane.

    ``installs_a_day`` real people who install in the standing world, over all stores. The lift is relative to the rank
    of that world: its inflow has the chart in it already.
    """
    levels = chart_levels(values) / values["install.ios_store_share"] / people_per_user
    lift = chart_lift(values)
    start = installs_a_day / people_per_user
    base = int((levels > start).sum())
    middles = (np.arange(QUANTILES) + 0.5) / QUANTILES
    # A rank moves by ln(rank); downloads by the slope of the chart times as much.
    moves = np.exp(values["chart.rank_noise"] * values["chart.slope_below"] * stats.norm.ppf(middles))
    apps, places = max(values["chart.apps"], RANKS), np.arange(1, RANKS + 1)
    surge = np.exp(values["chart.surge_spread"] * stats.norm.ppf(1 - (places - 0.5) / apps))
    return {
        "chart_level": np.minimum(np.round(levels * CHART_UNIT), CHART_MOST).astype(np.int32),
        "chart_noise": np.clip(np.round(moves * NOISE_UNIT), 1, 8 * NOISE_UNIT - 1).astype(np.int32),
        "chart_lift": np.round(lift / lift[base] * CHART_UNIT).astype(np.int32),
        "chart_start": np.int32(round(start)),
        "surge_level": np.round(surge * CHART_UNIT).astype(np.int32),
    }
