"""Money charts: who got it and from which source, and how fast the pools burn."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from experiments.figure_theme import (
    CATEGORIES,
    INK,
    MILLION,
    MUTED,
    PATTERNS,
    Style,
    add_band,
    add_line,
    error_bars,
    figure,
    filling,
    headline_band,
    mark_campaign,
    styles,
)
from experiments.moments import totals_in_the_end
from experiments.number_format import amount
from experiments.parameters import values_at
from experiments.world_names import DESIGN, NO_CAMPAIGN
from experiments.world_view import World, Worlds
from growth.intervals import Interval, mean_interval

__all__ = ["budget_burn", "money_by_recipient", "pools"]

PEOPLE = ("engaged", "new", "reactivated")  # shown also where they got nothing
RECIPIENTS = {
    "engaged": "engaged anyway",
    "new": "new",
    "reactivated": "reactivated",
    "stranger": "strangers",
    "farmed": "farmed accounts",
}


def pools(run: Any) -> dict[str, float]:
    """Total of each reward pool in yuan, by slug, at the scenario's central values, with what is added to it."""
    totals = totals_in_the_end(run.scenario, values_at(run.scenario, None))
    return {path.split(".")[1]: yuan for path, yuan in totals.items()}


def money_by_recipient(worlds: Worlds) -> go.Figure:
    """Cash paid under the design, by who got it and by source, with headline intervals."""
    design = worlds.central[DESIGN]
    data = design.data
    sources = [str(source) for source in data.source.to_numpy()]
    paying = [name for name in sources if design.curve("paid_yuan", source=name).any()] or sources
    every = [str(recipient) for recipient in data.recipient.to_numpy()]
    recipients = [name for name in every if name in PEOPLE or design.curve("paid_yuan", recipient=name).any()]
    chart = figure(x="cash paid over the run, million yuan", height=130 + 70 * len(recipients))
    for source in paying:
        place, bands = sources.index(source), [_paid(worlds, source, recipient) for recipient in recipients]
        mean, low, high = ([float(band[part]) for band in bands] for part in range(3))
        chart.add_trace(
            go.Bar(
                y=[RECIPIENTS.get(recipient, recipient) for recipient in recipients],
                x=mean,
                name=f"from {source}s",
                orientation="h",
                error_x=error_bars(mean, low, high),
                marker=filling(CATEGORIES[place], PATTERNS[place]),
                hovertemplate="<b>%{y}</b>, " + f"from {source}s" + "<br>%{x:,.1f} m yuan<extra></extra>",
            )
        )
    chart.update_layout(barmode="group", legend_traceorder="normal")
    chart.update_yaxes(autorange="reversed", ticks="")
    return chart


def _paid(worlds: Worlds, source: str, recipient: str) -> Interval:
    """Cash over the run, million yuan: the mean at central parameters and the headline interval."""

    def cash(world: World) -> Any:
        return world.curve("paid_yuan", source=source, recipient=recipient).sum(-1) / MILLION

    mean, band = headline_band(*worlds.sides(DESIGN, cash))
    return Interval(mean, band.low, band.high)


def _burn_of(chart: go.Figure, worlds: Worlds, variant: str, days: Any, style: Style) -> None:
    central, drawn = worlds.sides(variant, lambda world: world.curve("paid_yuan").cumsum(axis=-1) / MILLION)
    mean, band = headline_band(central, drawn)
    if variant == DESIGN:
        add_band(chart, days, band, style.color, group=variant)
    add_band(chart, days, mean_interval(central), style.color, group=variant, opacity=0.24)
    add_line(chart, days, mean, style, variant, hover="by %{x|%a %-d %b} 0:00: %{y:,.0f} m yuan")


def budget_burn(run: Any, worlds: Worlds) -> go.Figure:
    """Cash paid to date under every variant against the sum of the pools."""
    # what was paid by the end of a day stands at the next midnight, where the campaign's marks are exact
    days = next(iter(worlds.central.values())).data.day.to_numpy() + np.timedelta64(1, "D")
    chart = figure(y="cash paid to date, million yuan", height=400)
    mark_campaign(chart, run.scenario)
    look = styles(list(worlds.central))
    for variant in worlds.central:
        if variant != NO_CAMPAIGN:
            _burn_of(chart, worlds, variant, days, look[variant])
    total = sum(pools(run).values()) / MILLION
    if total > 0:
        chart.add_hline(y=total, line={"color": INK, "width": 1.5, "dash": "dash"})
        chart.add_annotation(
            x=0.995,
            xref="x domain",
            y=total,
            text=f"all pools together: {amount(total * MILLION, 'yuan')}",
            showarrow=False,
            yshift=10,
            xanchor="right",
            font={"size": 12, "color": MUTED},
        )
    before = np.datetime64(run.scenario.campaign.start) - np.timedelta64(3, "D")
    chart.update_xaxes(range=[str(before), str(days[-1])[:10]])
    chart.update_yaxes(rangemode="tozero")
    return chart
