"""Retention charts: retention_on(N) of the campaign's cohorts by cause and kind, and the funnel."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from experiments.figure_theme import CATEGORIES, add_band, add_line, figure, styles
from experiments.kpi_list import cohorts
from experiments.number_format import amount, interval, plain
from experiments.world_names import DESIGN
from experiments.world_view import World, Worlds
from growth import kpis
from growth.intervals import Interval, around, draw_interval, mean_interval, ratio_of_means, ratio_over_draws

__all__ = ["FUNNEL", "funnel", "funnel_steps", "retention"]

OLDEST = 30


def _curve(worlds: Worlds, **labels: Any) -> tuple[Interval, Interval]:
    """Monte Carlo and headline intervals of retention_on(N), N = 0 .. 30, cohorts of the campaign's days."""
    sides = []
    for side in (worlds.central, worlds.drawn):
        if side:
            world = side[DESIGN]
            table = cohorts(world, **labels)[..., : OLDEST + 1]
            sides.append(kpis.retention_curve(table, world.campaign_days))
    central = ratio_of_means(sides[0])
    return central, around(ratio_over_draws(sides[1]), central.value) if len(sides) > 1 else central


def retention(worlds: Worlds) -> go.Figure:
    """Share of those activated in the campaign who are active N days later, by cause and by kind."""
    panels = make_subplots(rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.05)
    chart = figure(x="days since activation", made=panels, height=430)
    for column, dim in enumerate(("cause", "kind"), start=1):
        _panel(chart, worlds, dim, column)
    chart.update_yaxes(range=[0, 101])
    chart.update_yaxes(title={"text": "active that day, % of activated"}, col=1)
    inside = {"orientation": "v", "xanchor": "right", "y": 1, "yanchor": "top", "bgcolor": "rgba(0,0,0,0)"}
    chart.update_layout(legend={**inside, "x": 0.475}, legend2={**inside, "x": 1})  # curves that fall leave room there
    return chart


def _panel(chart: go.Figure, worlds: Worlds, dim: str, column: int) -> None:
    labels = [str(value) for value in worlds.central[DESIGN].data[dim].to_numpy()]
    look = styles(labels)
    for label in labels:
        central, headline = _curve(worlds, **{dim: label})
        if not np.isfinite(central.value[1:]).any():
            continue  # nobody came this way: an empty cell, not a curve
        ages = np.arange(len(central.value))
        scaled = Interval(*(100 * part for part in headline))
        add_band(chart, ages, scaled, look[label].color, group=label, row=1, col=column)
        hover = "day %{x}: %{y:.1f} %"
        add_line(chart, ages, 100 * central.value, look[label], label, hover=hover, row=1, col=column)
    if column > 1:
        chart.update_traces(legend=f"legend{column}", row=1, col=column)


FUNNEL = (
    ("packet seen", "times a person saw a packet"),
    ("claimed", "slots taken"),
    ("claimers", "distinct people with a claim"),
    ("activated by invitation", "new or reactivated, credited to an inviter"),
    ("active on day 7", "of those invited, active 7 days later"),
    ("active on day 30", "of those invited, active 30 days later"),
)


def _steps(world: World) -> np.ndarray:
    """[sample, step] counts of the funnel over the campaign's days."""
    invited, days = cohorts(world, cause="invited"), world.campaign_days
    counts = [
        world.during("exposures"),
        world.during("claims"),
        world.during("first_claimers"),
        world.during("activations", cause="invited"),
        kpis.retained_on(invited, 7, days),
        kpis.retained_on(invited, 30, days),
    ]
    return np.stack(counts, axis=-1)


def funnel_steps(worlds: Worlds) -> tuple[Interval, Interval]:
    """Monte Carlo and headline intervals of each funnel step ([steps]), in `FUNNEL`'s order."""
    central, drawn = worlds.sides(DESIGN, _steps)
    mean = mean_interval(central)
    return mean, mean if drawn is None else around(draw_interval(drawn), mean.value)


def funnel(worlds: Worlds) -> go.Figure:
    """From packets seen to people who stayed: dots on a log scale, the steps span orders of magnitude."""
    central, headline = funnel_steps(worlds)
    chart = figure(x="people or events over the campaign's days (log scale)", height=110 + 48 * len(FUNNEL))
    names = [name for name, _ in FUNNEL]
    for place, name in enumerate(names):
        low, high = headline.low[place], headline.high[place]
        chart.add_trace(
            go.Scatter(
                x=[low, high],
                y=[name, name],
                mode="lines",
                line={"color": CATEGORIES[0], "width": 7},
                opacity=0.28,
                hoverinfo="skip",
                showlegend=False,
            )
        )
    before = np.concatenate([[np.nan], central.value[:-1]])
    labels = [
        f"<b>{plain(value)}</b>" + (f"  ({amount(value / last, 'share')} of the step above)" if last > 0 else "")
        for value, last in zip(central.value, before, strict=True)
    ]
    meaning = [
        f"{text}<br>headline interval {interval(low, high, 'people')}"
        for (_, text), low, high in zip(FUNNEL, headline.low, headline.high, strict=True)
    ]
    chart.add_trace(
        go.Scatter(
            x=central.value,
            y=names,
            mode="markers+text",
            text=labels,
            textposition="top center",
            textfont={"size": 12},
            marker={"size": 11, "color": CATEGORIES[0]},
            showlegend=False,
            cliponaxis=False,
            hovertext=meaning,
            hovertemplate="<b>%{y}</b>: %{hovertext}<extra></extra>",
        )
    )
    chart.update_xaxes(type="log", dtick=1, exponentformat="none", tickformat="~s")
    seen = np.concatenate([headline.low, headline.high, central.value])
    seen = seen[np.isfinite(seen) & (seen > 0)]
    if len(seen):
        low, high = np.floor(np.log10(seen.min())), np.ceil(np.log10(seen.max()))
        ticks = 10.0 ** np.arange(low, high + 1)
        chart.update_xaxes(range=[low - 0.25, high + 0.25], tickvals=ticks, ticktext=[plain(tick) for tick in ticks])
    chart.update_yaxes(autorange="reversed", ticks="")
    return chart
