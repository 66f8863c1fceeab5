"""The Bass equation and the engine in one chart: share who joined, and joiners a day."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from experiments.figure_theme import add_band, add_line, figure, styles
from experiments.validation.bass import Curves
from growth.intervals import Interval

__all__ = ["bass_chart"]


def bass_chart(curves: Curves) -> go.Figure:
    """Share of users who joined by the end of each day: range over replicates and mean, the daily law, the equation."""
    chart = figure(x="day", y="share of users who joined, %", height=420)
    day = np.arange(1, curves.engine.shape[1] + 1)
    every = 100 * curves.engine
    names = [f"engine, mean and range of {len(every)} replicates", "its law, infinitely many users", "Bass equation"]
    look = styles(["no campaign", *names])
    band = Interval(every.mean(axis=0), every.min(axis=0), every.max(axis=0))
    add_band(chart, day, band, look[names[0]].color, group=names[0], opacity=0.18)
    for name, curve in zip(names, (every.mean(axis=0), 100 * curves.daily, 100 * curves.bass), strict=True):
        add_line(chart, day, curve, look[name], name, hover="day %{x}: %{y:.1f} %")
    return chart
