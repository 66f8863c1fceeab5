"""The page of `growth curves`: bands, inflows, generations, and closed forms beside the simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from experiments.figure_theme import CATEGORIES, MILLION, Style, add_band, add_line, figure, mark_campaign, styles
from experiments.growth_fits import Fit
from experiments.number_format import plain
from experiments.page import Chart, chart_html, page
from experiments.world_names import DESIGN
from growth.intervals import Interval

__all__ = ["curves_page"]


def curves_page(run: Any, tables: dict[str, pd.DataFrame], fits: list[Fit]) -> str:
    """One HTML file that loads nothing: the figures drawn from ``tables``, each with the name of its data."""
    drawn = [
        ("bands", "Daily users against doing nothing", _bands(run, tables["bands"])),
        ("inflows", "Who is activated, by inflow", _stack(run, tables["inflows"], "cause")),
        ("generations", "Who is activated, by generation", _stack(run, tables["generations"], "generation")),
        ("fits", "Bass and logistic beside the simulation", _fits(run, tables["fits"])),
    ]
    told = {"fits": " ".join(map(_told, fits)) + " "}
    charts = [
        Chart(name, "", heading, f"{told.get(name, '')}Data: {name}.csv, {name}.parquet.", figure)
        for name, heading, figure in drawn
    ]
    return page(f"{run.scenario.title or run.scenario.name}: growth curves", map(chart_html, charts))


def _told(fit: Fit) -> str:
    """What a fitted curve says, and what it misses."""
    numbers = ", ".join(f"{name} {plain(value)}" for name, value in fit.parameters.items())
    return (
        f"{fit.name}: {numbers}; R² of the daily flow {fit.r_squared:.2f}; first-day share off by "
        f"{100 * fit.missed['first_day_share']:+.0f} points, last-week share by "
        f"{100 * fit.missed['last_week_share']:+.0f}, peak by {fit.missed['peak_day']:+.0f} days."
    )


def _bands(run: Any, table: pd.DataFrame) -> go.Figure:
    chart = figure(y="daily users over doing nothing, million", height=420)
    mark_campaign(chart, run.scenario)
    rows = table[(table.curve == "dau") & table.minus_no_campaign]
    look = styles(list(rows.design.unique()))
    for name, part in rows.groupby("design", sort=False):
        if name == DESIGN and "low" in part:
            band = Interval(*(part[key].to_numpy() / MILLION for key in ("mean", "low", "high")))
            add_band(chart, part.day, band, look[str(name)].color, group=str(name))
        hover = "%{x|%a %-d %b}: %{y:+.3f} m"
        add_line(chart, part.day, part["mean"].to_numpy() / MILLION, look[str(name)], str(name), hover=hover)
    return chart


def _stack(run: Any, table: pd.DataFrame, by: str) -> go.Figure:
    """The design's activations a day, stacked."""
    chart = figure(y="activations a day, million", height=420)
    mark_campaign(chart, run.scenario)
    rows = table[table.design == DESIGN].groupby(["day", by], as_index=False, observed=True)["people"].sum()
    for place, (name, part) in enumerate(rows.groupby(by, sort=False)):
        if not part.people.any():
            continue  # a cause that the design has not, such as seeding
        color = CATEGORIES[place % len(CATEGORIES)]
        chart.add_trace(
            go.Scatter(
                x=part.day, y=part.people.to_numpy() / MILLION, name=f"{by} {name}", stackgroup="one", mode="lines",
                line={"width": 0.5, "color": color}, fillcolor=color,
            )
        )  # fmt: skip
    return chart


def _fits(run: Any, table: pd.DataFrame) -> go.Figure:
    chart = figure(y="extra activations to date, million", height=420)
    mark_campaign(chart, run.scenario)
    names = [name for name in table.columns if name not in ("day", "design")]
    for place, name in enumerate(names):
        style = Style(CATEGORIES[place], "solid" if name == "simulated" else "dash", "circle", "")
        values = np.asarray(table[name], float) / MILLION
        add_line(chart, table.day, values, style, name, hover="%{x|%a %-d %b}: %{y:.3f} m")
    return chart
