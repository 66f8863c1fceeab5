"""Growth charts: active users of every variant with reported points, who joined, variants over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from experiments.figure_theme import (
    CATEGORIES,
    INK,
    MILLION,
    PATTERNS,
    add_band,
    add_line,
    error_bars,
    figure,
    filling,
    headline_band,
    mark_campaign,
    styles,
    wrapped,
)
from experiments.number_format import plain
from experiments.world_names import DESIGN, NO_CAMPAIGN
from experiments.world_view import World, Worlds
from growth.intervals import Interval, mean_interval

__all__ = ["active_users", "add_reported", "differences_over_time", "who_joined"]

FORMS = (
    ("=", "diamond", "reported"),
    (">", "triangle-up", "reported: at least"),
    ("<", "triangle-down", "reported: at most"),
)
"""Relation, symbol and label of a reported number of people."""


def _days(worlds: Worlds) -> np.ndarray:
    return next(iter(worlds.central.values())).data.day.to_numpy()


def add_reported(
    chart: go.Figure, rows: Sequence[Any], forms: Sequence[tuple[str, str, str]] = FORMS, per: float = MILLION
) -> None:
    """Reported points: a diamond where the source states a value, an arrow head where it gives a bound.

    ``forms``: symbol and label by relation; values stand on the axis in units of ``per``.
    """
    for relation, symbol, label in forms:
        chosen = [row for row in rows if row.relation == relation]
        if not chosen:
            continue
        for row in chosen:
            _window(chart, row, per)
        text = [
            f"<b>{relation.strip('=')} {plain(row.value)}</b> on {row.date}<br>"
            f"{row.quantity} as measured by {row.measurer}<br>grade {row.grade}: {row.source}"
            for row in chosen
        ]
        chart.add_trace(
            go.Scatter(
                x=[str(row.date) for row in chosen],
                y=[row.value / per for row in chosen],
                mode="markers",
                name=label,
                marker={"symbol": symbol, "size": 11, "color": "white", "line": {"color": INK, "width": 2}},
                hovertext=text,
                hovertemplate="%{hovertext}<extra></extra>",
            )
        )


def _window(chart: go.Figure, row: Any, per: float) -> None:
    """A figure about a stretch of days (a peak) is drawn across them: its own day is not known."""
    if row.window_start is None or row.window_start == row.window_end:
        return
    chart.add_trace(
        go.Scatter(
            x=[str(row.window_start), str(row.date)],
            y=[row.value / per] * 2,
            mode="lines",
            line={"color": INK, "width": 1.2, "dash": "dot"},
            hoverinfo="skip",
            showlegend=False,
        )
    )


def active_users(run: Any, worlds: Worlds, name: str, rows: Sequence[Any], label: str) -> go.Figure:
    """`dau`, `wau` or `mau` of every variant with bands, and what was reported of the same quantity."""
    chart, days = figure(y=f"{label}, million people", height=460), _days(worlds)
    look = styles(list(worlds.central))
    mark_campaign(chart, run.scenario)
    means = {}
    for variant, style in look.items():
        central, drawn = worlds.sides(variant, lambda world: world.curve(name) / MILLION)
        means[variant], band = headline_band(central, drawn)
        if variant in (NO_CAMPAIGN, DESIGN):
            add_band(chart, days, band, style.color, group=variant)
        add_band(chart, days, mean_interval(central), style.color, group=variant, opacity=0.24)
    for variant in worlds.central:
        hover = "%{x|%a %-d %b}: %{y:.2f} m"
        add_line(chart, days, means[variant], look[variant], variant, hover=hover)
    add_reported(chart, rows)
    chart.update_yaxes(rangemode="tozero")
    return chart


def differences_over_time(run: Any, worlds: Worlds) -> go.Figure:
    """Daily users of each variant minus the design, on the same luck and parameters: one panel a variant."""
    names = [name for name in worlds.central if name != DESIGN]
    columns = min(2, len(names))
    lines = -(-len(names) // columns)
    panels = make_subplots(
        rows=lines,
        cols=columns,
        subplot_titles=[wrapped(f"{name} minus design", 34) for name in names],
        horizontal_spacing=0.1,
        vertical_spacing=0.34 / lines,
    )
    chart, days = figure(made=panels, height=90 + 230 * lines), _days(worlds)
    look = styles(list(worlds.central))
    for panel, name in enumerate(names):
        place = {"row": panel // columns + 1, "col": panel % columns + 1}
        central = worlds.central[name].curve("dau") - worlds.central[DESIGN].curve("dau")
        drawn = worlds.drawn[name].curve("dau") - worlds.drawn[DESIGN].curve("dau") if worlds.draws else None
        mean, band = headline_band(central / MILLION, None if drawn is None else drawn / MILLION)
        add_band(chart, days, band, look[name].color, group=name, **place)
        add_band(chart, days, mean_interval(central / MILLION), look[name].color, group=name, opacity=0.24, **place)
        hover = "%{x|%a %-d %b}: %{y:+.2f} m a day"
        add_line(chart, days, mean, look[name], name, hover=hover, legend=False, **place)
        chart.add_hline(y=0, line={"color": INK, "width": 1}, **place)
    chart.update_xaxes(tickformat="%-d %b")
    chart.update_yaxes(title={"text": "daily users, million", "standoff": 6}, col=1)
    chart.update_annotations(font={"size": 13, "color": INK}, xanchor="left", x=0)
    for panel, note in enumerate(chart.layout.annotations):
        note.x = chart.layout[f"xaxis{panel + 1 if panel else ''}"].domain[0]
    return chart


def who_joined(worlds: Worlds) -> go.Figure:
    """Activations over the campaign's days by cause and kind, with headline intervals; no campaign beside."""
    world = worlds.central[DESIGN]
    every = [str(cause) for cause in world.data.cause.to_numpy()]
    causes = [cause for cause in every if cause != "seeded" or world.during("activations", cause=cause).any()]
    chart = figure(x="activations over the campaign's days, million people", height=110 + 58 * len(causes))
    for place, kind in enumerate(str(kind) for kind in world.data.kind.to_numpy()):
        low, mean, high = [], [], []
        for cause in causes:
            central, band = _total(worlds, kind, cause)
            mean.append(central)
            low.append(float(band.low))
            high.append(float(band.high))
        chart.add_trace(
            go.Bar(
                y=causes,
                x=mean,
                name=kind,
                orientation="h",
                error_x=error_bars(mean, low, high),
                marker=filling(CATEGORIES[place], PATTERNS[place]),
                hovertemplate="<b>%{y}, " + kind + "</b><br>%{x:.2f} m<extra></extra>",
            )
        )
    chart.update_layout(barmode="group", legend_traceorder="normal")
    chart.update_yaxes(autorange="reversed", ticks="")
    return chart


def _total(worlds: Worlds, kind: str, cause: str) -> tuple[float, Interval]:
    def people(world: World) -> np.ndarray:
        return world.during("activations", kind=kind, cause=cause) / MILLION

    mean, band = headline_band(*worlds.sides(DESIGN, people))
    return float(mean), band
