"""The store's charts in the report: the place of each night, the first on top, a strip for what is off the chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from experiments.figure_theme import MUTED, add_band, add_line, figure, mark_campaign, styles
from experiments.figures_growth import add_reported
from experiments.kpi_table import headline_level
from experiments.page import Chart
from experiments.world_names import DESIGN, NO_CAMPAIGN
from experiments.world_view import Worlds, campaign_app
from growth.campaign import RANKS
from growth.intervals import Interval, around, draw_interval

__all__ = ["night_ranks", "rank_chart", "store_charts"]

OFF = "off the chart"
_OFF_AT, _FROM, _TO = 330.0, 240.0, 450.0  # where that stands on the axis, and its strip
_TICKS = (1, 2, 5, 10, 20, 50, 100, RANKS)
_REPORTED = (
    ("=", "diamond", "reported"),
    (">", "triangle-down", "reported: worse than"),
    ("<", "triangle-up", "reported: better than"),
)
"""Relation, symbol and label of a reported place: on this axis a larger one lies further down."""
_SHOWN = (
    ("chart_rank", "Place on the store's free chart", ("app_store_cn_free_rank",)),
    ("surge_rank", "Place on the store's surge chart", ("app_store_surge_rank", "huawei_surge_rank")),
)


def store_charts(run: Any, worlds: Worlds, reported: Sequence[Any]) -> list[Chart]:
    """The free and the surge chart; none where the scenario has no chart (its lift is 1) or the run counted none."""
    found = worlds.central[DESIGN].data
    if any(name not in found or not found[name].notnull().any() for name, _, _ in _SHOWN):
        return []
    spread = f"{headline_level(worlds.draws)} over parameter draws" if worlds.draws > 1 else "90 % of replicates"
    note = (
        f"The place published each night; line: median of replicates, band: {spread}, the luck of the night included. "
        f"Places below {RANKS} are {OFF}. Bands are drawn for the design and for no campaign only."
    )
    mine = [row for row in reported if row.app == campaign_app(run)]
    return [
        Chart(name, "growth", heading, note, rank_chart(run, worlds, name, [r for r in mine if r.quantity in names]))
        for name, heading, names in _SHOWN
    ]


def night_ranks(worlds: Worlds, variant: str, name: str) -> Interval:
    """Median place of each night over replicates, and quantiles over parameter draws (over replicates without any).

    ``name`` "chart_rank" or "surge_rank". [day] each; off the chart is RANKS + 1, which quantiles take for what it
    is, the worst place, and a mean would not.
    """
    central, drawn = worlds.sides(variant, lambda world: world.curve(name))
    middle = np.median(central, axis=0)
    spread = draw_interval(central if drawn is None or len(drawn) < 2 else drawn)
    low, high = around(spread, middle)[1:]
    return Interval(middle, low, high)


def rank_chart(run: Any, worlds: Worlds, name: str, rows: Sequence[Any]) -> go.Figure:
    """Places of every variant by day, first place on top; ``rows`` are reported places."""
    chart, look = figure(y="place, first on top", height=420), styles(list(worlds.central))
    days = worlds.central[DESIGN].data.day.to_numpy()
    chart.add_hrect(y0=_FROM, y1=_TO, fillcolor="#f3f4f6", line_width=0, layer="below")
    mark_campaign(chart, run.scenario)
    for label in chart.layout.annotations:  # names of interventions, from the lines of the campaign's best days down
        label.y = label.y - 0.36 if label.y < 1 else label.y
    found = {variant: night_ranks(worlds, variant, name) for variant in worlds.central}
    for variant in (NO_CAMPAIGN, DESIGN):
        add_band(chart, days, Interval(*map(_height, found[variant])), look[variant].color, group=variant)
    for variant, places in found.items():
        hover = "%{x|%a %-d %b}: %{customdata}"
        add_line(chart, days, _height(places.value), look[variant], variant, hover=hover)
        chart.data[-1].customdata = [_words(place) for place in places.value]
    add_reported(chart, rows, _REPORTED, per=1.0)
    ticks = [*_TICKS, _OFF_AT]
    chart.update_yaxes(
        type="log", range=[np.log10(_TO), np.log10(0.85)], tickvals=ticks, ticktext=[*map(str, _TICKS), OFF]
    )
    chart.add_hline(y=_FROM, line={"color": MUTED, "width": 1, "dash": "dot"})
    return chart


def _height(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where places stand on the axis."""
    return np.where(places > RANKS, _OFF_AT, places)


def _words(place: float) -> str:
    return OFF if place > RANKS else f"place {place:.0f}"
