"""Tornado and interaction plots of `growth sensitivity`, as one page that loads nothing."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from experiments.figure_theme import CATEGORIES, INK, error_bars, figure
from experiments.page import Chart, chart_html, page
from experiments.sensitivity import Sensitivity

__all__ = ["sensitivity_page"]


def sensitivity_page(title: str, unit: str, found: Sensitivity, rows: list[dict[str, Any]]) -> str:
    """One HTML file: the tornado of the kept parameters, and main effects beside interactions."""
    charts = [
        Chart("tornado", "", "What each parameter moves, alone", "", _tornado(unit, found, rows)),
        Chart("shares", "", "Share of the variance: alone, and with others", "", _shares(rows)),
    ]
    return page(title, map(chart_html, charts))


def _tornado(unit: str, found: Sensitivity, rows: list[dict[str, Any]]) -> go.Figure:
    """Bars from the central value to both ends of each range, the widest on top."""
    ordered = sorted(rows, key=lambda row: abs(row["at_high"] - row["at_low"]))
    chart = figure(x=unit, height=140 + 34 * len(rows))
    names = [row["parameter"] for row in ordered]
    for end, color in (("at_low", CATEGORIES[1]), ("at_high", CATEGORIES[0])):
        width = [row[end] - found.central for row in ordered]
        label = "at the low end" if end == "at_low" else "at the high end"
        chart.add_trace(
            go.Bar(y=names, x=width, base=found.central, orientation="h", name=label, marker={"color": color})
        )
    chart.add_vline(x=found.central, line={"color": INK, "width": 1})
    chart.update_layout(barmode="overlay")
    return chart


def _shares(rows: list[dict[str, Any]]) -> go.Figure:
    """First-order and total index of each parameter; what lies between is interaction."""
    chart = figure(x="Sobol index", height=140 + 46 * len(rows))
    names = [row["parameter"] for row in rows]
    for name, color in (("first", CATEGORIES[0]), ("total", CATEGORIES[4])):
        value, low, high = ([row[key] for row in rows] for key in (name, f"{name}_low", f"{name}_high"))
        bars = error_bars(value, low, high)
        chart.add_trace(go.Bar(y=names, x=value, name=name, orientation="h", error_x=bars, marker={"color": color}))
    chart.update_layout(legend_traceorder="normal")
    chart.update_yaxes(autorange="reversed", ticks="")
    return chart
