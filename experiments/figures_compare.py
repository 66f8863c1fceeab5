"""The comparison chart: paired differences of every variant to the design, one panel a KPI."""

from __future__ import annotations

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from experiments.figure_theme import INK, error_bars, figure, styles, wrapped
from experiments.kpi_table import Estimate
from experiments.number_format import interval, signed
from experiments.world_names import DESIGN

__all__ = ["differences"]


def _scale(unit: str) -> tuple[float, str]:
    return {
        "people": (1e6, "million people"),
        "yuan_total": (1e6, "million yuan"),
        "share": (0.01, "points"),
    }.get(unit, (1.0, unit))


def _hover(found: Estimate) -> str:
    if not found.identified:
        return "not identified"
    parts = interval(found.low, found.high, found.unit, difference=True)
    luck = interval(found.mc_low, found.mc_high, found.unit, difference=True)
    return f"{signed(found.value, found.unit)}<br>headline interval {parts}<br>Monte Carlo interval {luck}"


def differences(table: dict[str, dict[str, Estimate]]) -> go.Figure:
    """Dots with headline whiskers, a thick Monte Carlo bar inside; zero means *as the design*."""
    names = list(table)
    kpis = list(next(iter(table.values())).values())
    titles = [wrapped(kpi.label, 21) for kpi in kpis]
    more = 17 * max(title.count("<br>") for title in titles)
    panels = make_subplots(
        rows=1,
        cols=len(kpis),
        shared_yaxes=True,
        subplot_titles=titles,
        horizontal_spacing=0.05,
    )
    chart, look = figure(made=panels, height=165 + 46 * len(names) + more), styles([DESIGN, *names])
    chart.update_layout(margin={"t": chart.layout.margin.t + more})
    for column, kpi in enumerate(kpis, start=1):
        large = kpi.unit == "yuan" and any((abs(table[name][kpi.id].value or 0)) > 1e5 for name in names)
        scale, unit = _scale("yuan_total" if large else kpi.unit)
        for name in names:
            _whisker(chart, table[name][kpi.id], name, look[name].color, look[name].symbol, scale, column)
        chart.add_vline(x=0, line={"color": INK, "width": 1}, row=1, col=column)
        chart.update_xaxes(title={"text": f"difference,<br>{unit}"}, row=1, col=column, nticks=5)
    chart.update_yaxes(categoryorder="array", categoryarray=names[::-1], range=[-0.6, len(names) - 0.4], ticks="")
    chart.update_annotations(font={"size": 13, "color": INK})
    return chart


def _whisker(chart: go.Figure, found: Estimate, name: str, color: str, symbol: str, scale: float, column: int) -> None:
    if found.value is None:
        chart.add_trace(
            go.Scatter(x=[0], y=[name], mode="text", text=["not identified"], showlegend=False, hoverinfo="skip"),
            row=1,
            col=column,
        )
        return
    value = found.value / scale
    ends = [bound / scale if bound is not None else value for bound in (found.low, found.high)]
    inner = [bound / scale if bound is not None else value for bound in (found.mc_low, found.mc_high)]
    chart.add_trace(
        go.Scatter(
            x=inner,
            y=[name, name],
            mode="lines",
            line={"color": color, "width": 7},
            opacity=0.45,
            hoverinfo="skip",
            showlegend=False,
        ),
        row=1,
        col=column,
    )
    chart.add_trace(
        go.Scatter(
            x=[value],
            y=[name],
            mode="markers",
            showlegend=False,
            name=name,
            marker={"color": color, "symbol": symbol, "size": 10},
            error_x=error_bars([value], [ends[0]], [ends[1]]),
            hovertext=[_hover(found)],
            hovertemplate="<b>%{y}</b><br>%{hovertext}<extra></extra>",
        ),
        row=1,
        col=column,
    )
