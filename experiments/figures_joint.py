"""Charts of a joint run: each app's users in the worlds that tell its campaign apart, the matrix, the money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from experiments.figure_theme import (
    CATEGORIES,
    INK,
    MILLION,
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
from experiments.figures_growth import add_reported
from experiments.joint_kpis import widest
from experiments.joint_results import JointRun
from experiments.number_format import interval, signed
from experiments.world_names import ALL_CAMPAIGNS, DESIGN, NO_CAMPAIGN
from growth.intervals import mean_interval

__all__ = ["app_curves", "costs", "effect_matrix", "ledgers"]

LINES = {
    "rewards": ("rewards: ",),
    "prizes": ("prizes",),
    "media": ("media: ",),
    "inference": ("inference",),
    "agency, risk control, fixed, content": ("agency", "risk control", "fixed", "content"),
}
"""Lines of the ledger that are drawn as one, by how they begin."""


def app_curves(run: JointRun, app: str, name: str, label: str, rows: Sequence[Any]) -> go.Figure:
    """`dau` or `mau` of one app with all campaigns, without its own, and without any; reported points beside."""
    chart = figure(y=f"{label} of {app}, million people", height=400)
    worlds = [ALL_CAMPAIGNS, f"without {app}", NO_CAMPAIGN]
    look = styles(worlds)
    mark_campaign(chart, run.joint.designs[run.joint.apps.index(app)])
    for world in worlds:
        pair = run.pair(app, world)
        central, drawn = pair.sides(DESIGN, lambda one: one.curve(name) / MILLION)
        days = pair.central[DESIGN].data.day.to_numpy()
        mean, band = headline_band(central, drawn)
        if world != NO_CAMPAIGN:
            add_band(chart, days, band, look[world].color, group=world)
        add_band(chart, days, mean_interval(central), look[world].color, group=world, opacity=0.24)
        add_line(chart, days, mean, look[world], world, hover="%{x|%a %-d %b}: %{y:.2f} m")
    add_reported(chart, rows)
    chart.update_yaxes(rangemode="tozero")
    return chart


def effect_matrix(rows: list[dict[str, Any]], ids: Sequence[str]) -> go.Figure:
    """What each campaign (line) does to the users of each app (column), a panel for each measure of ``ids``.

    ``rows`` of `experiments.joint_kpis.effect_rows`. Blue is a gain, orange a loss; the darker, the larger. A measure
    that the run is too short for has no panel.
    """
    ids = [name for name in ids if any(row["value"] is not None for row in rows if row["id"] == name)]
    apps = list(dict.fromkeys(row["campaign"] for row in rows))
    titles = [next(row["metric"] for row in rows if row["id"] == name) for name in ids]
    tall = 70 + 46 * len(apps)
    panels = make_subplots(rows=len(ids), cols=1, subplot_titles=titles, vertical_spacing=56 / (tall * len(ids)))
    chart = figure(made=panels, height=90 + tall * len(ids))
    for panel, name in enumerate(ids, start=1):
        found = {(row["campaign"], row["app"]): row for row in rows if row["id"] == name}
        value = [[found[line, app]["value"] or 0.0 for app in apps] for line in apps]
        most = max(abs(number) for line in value for number in line) or 1.0
        shade = [[abs(number / most) ** 0.5 * (1 if number > 0 else -1) for number in line] for line in value]
        chart.add_trace(
            go.Heatmap(
                z=shade, x=apps, y=[f"campaign of {app}" for app in apps], zmin=-1, zmax=1, showscale=False,
                colorscale=[[0, "#f0b27a"], [0.5, "#ffffff"], [1, "#8fbfe0"]], xgap=3, ygap=3,
                text=[[_cell(found[line, app]) for app in apps] for line in apps], texttemplate="%{text}",
                hovertemplate="<b>%{y}</b> on users of <b>%{x}</b><br>%{text}<extra></extra>",
            ),
            row=panel, col=1,
        )  # fmt: skip
    chart.update_xaxes(showline=False, showgrid=False, ticks="", tickprefix="users of ")
    chart.update_yaxes(autorange="reversed", showline=False, showgrid=False, ticks="")
    return chart


def _cell(row: dict[str, Any]) -> str:
    text = signed(row["value"], row["unit"])
    return f"{text}<br>{interval(*widest(row), row['unit'], difference=True)}"


def ledgers(run: JointRun) -> go.Figure:
    """Spend of every app with all campaigns, by line of the ledger: means at the central parameters."""
    chart = figure(x="spend over the run, million yuan", height=150 + 62 * len(run.joint.apps))
    told = {app: run.pair(app).central[DESIGN].ledger() for app in run.joint.apps}
    for place, (line, begins) in enumerate(LINES.items()):
        yuan = [
            sum(float(part.mean()) for name, part in ledger.items() if name.startswith(begins)) / MILLION
            for ledger in told.values()
        ]
        if not any(yuan):
            continue
        chart.add_trace(
            go.Bar(
                y=list(told), x=yuan, name=line, orientation="h",
                marker=filling(CATEGORIES[place], PATTERNS[place]),
                hovertemplate="<b>%{y}</b>, " + line + "<br>%{x:,.1f} m yuan<extra></extra>",
            )
        )  # fmt: skip
    chart.update_layout(barmode="stack", legend_traceorder="normal")
    chart.update_yaxes(autorange="reversed", ticks="")
    return chart


def costs(rows: list[dict[str, Any]], name: str = "cash_per_activation") -> go.Figure:
    """One cost of every app, beside the other campaigns and alone, with headline intervals; ``rows`` of
    `experiments.joint_kpis.cost_rows`. What is not identified is left out."""
    mine = [row for row in rows if row["id"] == name]
    label = mine[0]["metric"]
    chart = figure(x=f"{label}, yuan", height=130 + 62 * len({row["app"] for row in mine}))
    for place, how in enumerate(dict.fromkeys(row["how"] for row in mine)):
        found = [row for row in mine if row["how"] == how and row["value"] is not None]
        style = Style(CATEGORIES[place], "solid", ("circle", "square")[place % 2], "")
        bars = error_bars(*([_number(row[key]) for row in found] for key in ("value", "param_low", "param_high")))
        chart.add_trace(
            go.Scatter(
                y=[row["app"] for row in found], x=[row["value"] for row in found], name=how,
                mode="markers", orientation="h",
                marker={"color": style.color, "symbol": style.symbol, "size": 11, "line": {"color": INK, "width": 1}},
                error_x=bars, hovertemplate="<b>%{y}</b>, " + how + "<br>%{x:,.2f} yuan<extra></extra>",
            )
        )  # fmt: skip
    chart.update_layout(scattermode="group", scattergap=0.6)
    chart.update_yaxes(autorange="reversed", ticks="", type="category")
    chart.update_xaxes(rangemode="tozero")
    return chart


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
