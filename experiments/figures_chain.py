"""Pictures of a relationship chain: degree law, clustering, distances, ties against kilometres, a town and its foci."""

from __future__ import annotations

from html import escape

import numpy as np
import plotly.graph_objects as go

from experiments.chain_picture import ChainPicture
from experiments.figure_theme import CATEGORIES, INK, MUTED, Style, add_line, error_bars, figure, filling
from experiments.figures_town import town_chart
from experiments.page import Chart, chart_html, page
from experiments.validation.targets import Target, graph_targets
from graphs.geography import FAR_KM, NEAR_KM, DistanceLaw
from graphs.social_graph import FRIEND_CAP as CAP

__all__ = ["chain_charts", "chain_page"]

CHAIN = Style(CATEGORIES[0], "solid", "circle", "")
OTHER = Style(CATEGORIES[1], "9px,5px", "square", "/")
TARGET = CATEGORIES[2]
TIMES = 2.0  # standard errors of a whisker


def chain_charts(picture: ChainPicture) -> list[Chart]:
    """Every picture this chain has: without places (a file of ties alone) there are no kilometres and no town."""
    targets = {target.metric: target for target in graph_targets()}
    few = f" From {picture.sampled:,} users drawn at random." if picture.sampled else ""
    beside = _REWIRED if "rewired" in picture.hops else ""
    drawn = [
        _chart("degrees", "How many friends people have", _DEGREES + few, _degree_chart(picture, targets)),
        _chart("clustering", "How many friends know each other", _CLUSTERING, _clustering_chart(picture, targets)),
        _chart("distances", "How far apart two people are", f"{_DISTANCES}{beside}.", _distance_chart(picture)),
    ]
    law, town = picture.kilometres, picture.town
    if law is not None:
        drawn.append(_chart("kilometres", "Ties against kilometres", _KILOMETRES, _kilometre_chart(law, targets)))
    if town is not None:
        drawn.append(_chart("town", "One town and its foci", _TOWN, town_chart(town)))
    return drawn


_DEGREES = "Share of users with at least so many friends. Green bars: published or derived bands."
_CLUSTERING = "Mean local clustering of users by friends, with two standard errors. Green bar: the band at 100 friends."
_DISTANCES = "Pairs of users by the number of ties on the shortest way between them"
_REWIRED = ", beside a chain rewired at random in which everybody keeps the number of friends"
_KILOMETRES = (
    "Chance that two people so far apart are friends, in units of the mean over all pairs. Homes are laid out by "
    "assumption: no published map exists. The fit is of exponent and distance-free share at once."
)
_TOWN = (
    "Every dot is a friendship between two people of one town, in order of the group chat they are boxed in: those "
    "with most ties inside. Groups come from the same households, circles and neighbourhoods as the ties."
)


def chain_page(picture: ChainPicture) -> str:
    """One self-contained HTML page with every picture."""
    notes = "".join(f"<li>{escape(note)}</li>" for note in picture.notes)
    parts = [f"<p>{escape(picture.facts)}</p>", f"<ul>{notes}</ul>" if notes else ""]
    return page(f"Relationship chain: {picture.name}", parts + [chart_html(chart) for chart in chain_charts(picture)])


def _chart(name: str, heading: str, note: str, drawn: go.Figure) -> Chart:
    return Chart(f"chain_{name}", "chain", heading, note, drawn)


def _degree_chart(picture: ChainPicture, targets: dict[str, Target]) -> go.Figure:
    """Complementary CDF of degree, log-log, with the bands at 100 and 1,000 friends and of the median."""
    chart = figure(x="friends", y="share of users with at least so many", height=440)
    add_line(
        chart, picture.friends, picture.share, CHAIN, "chain", hover="%{x} friends or more: %{y:.3%}", legend=False
    )
    for metric, friends in (("degree_p_gt_100", 100), ("degree_p_gt_1000", 1000)):
        low, high = _bounds(targets[metric])
        _bar(chart, [friends, friends], [low, high], f"{low:g} to {high:g}", legend=metric == "degree_p_gt_100")
    low, high = _bounds(targets["degree_median"])
    _bar(chart, [low, high], [0.5, 0.5], f"median: {low:g} to {high:g}")
    chart.add_vline(x=CAP, line={"color": MUTED, "width": 1, "dash": "dot"})
    chart.add_annotation(
        x=np.log10(CAP), y=0.97, yref="y domain", text="cap", showarrow=False, xanchor="right", xshift=-4,
        font={"size": 12, "color": MUTED},
    )  # fmt: skip
    _friends_axis(chart, 1, max(CAP, picture.friends[-1]))
    chart.update_yaxes(type="log", dtick=1, tickformat=".4~%")
    return chart


def _clustering_chart(picture: ChainPicture, targets: dict[str, Target]) -> go.Figure:
    """Mean local clustering by degree bin, with sampling error, and the band at 100 friends."""
    law = picture.clustering
    chart = figure(x="friends", y="mean local clustering", height=420)
    mean = np.array([one.mean for one in law])
    error = TIMES * np.nan_to_num([one.error for one in law])
    chart.add_trace(
        go.Scatter(
            x=[one.degree for one in law], y=mean, mode="lines+markers", showlegend=False,
            line={"color": CHAIN.color, "width": 2.2}, marker={"size": 8, "symbol": CHAIN.symbol},
            error_y=error_bars(mean, mean - error, mean + error),
            hovertext=[f"{one.label} friends ({one.users:,} users)" for one in law],
            hovertemplate="%{hovertext}: %{y:.3f}<extra></extra>",
        )
    )  # fmt: skip
    low, high = _bounds(targets["clustering_local_at_degree_100"])
    _bar(chart, [100, 100], [low, high], f"{low:g} to {high:g}", legend=True)
    _friends_axis(chart, 2, 1000)
    chart.update_yaxes(rangemode="tozero")
    return chart


def _distance_chart(picture: ChainPicture) -> go.Figure:
    """Distribution of distances in the chain, and in a degree-preserving rewiring where there is one."""
    chart = figure(x="ties on the shortest way", y="share of pairs, %", height=400)
    longest = max(len(shares) for shares in picture.hops.values())
    for (name, shares), style in zip(picture.hops.items(), (CHAIN, OTHER), strict=False):
        mean = f", mean {np.dot(shares, range(len(shares))):.2f}" if sum(shares) else ""
        chart.add_trace(
            go.Bar(
                x=np.arange(1, longest), y=[100.0 * share for share in shares[1:]], name=f"{name}{mean}",
                marker=filling(style.color, style.pattern),
                hovertemplate="%{x} ties: %{y:.2f} % of pairs<extra></extra>",
            )
        )  # fmt: skip
    chart.update_layout(showlegend=True)
    if longest <= 30:
        chart.update_xaxes(dtick=1)
    return chart


def _kilometre_chart(law: DistanceLaw, targets: dict[str, Target]) -> go.Figure:
    """Chance of a tie by kilometres, log-log, with the fit."""
    chart = figure(x="kilometres between homes", y="chance of a tie over its mean", height=420)
    seen = np.isfinite(law.chance) & (law.chance > 0)
    chart.add_trace(
        go.Scatter(
            x=law.kilometres[seen], y=law.chance[seen], mode="markers", name="chain",
            marker={"color": CHAIN.color, "size": 8}, hovertemplate="%{x:.0f} km: %{y:.2f} times<extra></extra>",
        )
    )  # fmt: skip
    grid = np.geomspace(NEAR_KM, FAR_KM, 60)
    low, high = _bounds(targets["distance_exponent"])
    name = f"fit: exponent {law.exponent:.2f} (target {low:g} to {high:g}), {law.free_share:.0%} distance-free"
    add_line(chart, grid, law.fitted(grid), OTHER, name, hover="%{x:.0f} km: %{y:.2f} times")
    chart.update_xaxes(type="log", tickvals=[20, 50, 100, 200, 500, 1000, 2000])
    chart.update_yaxes(type="log", tickvals=[0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000])
    return chart


def _bounds(target: Target) -> tuple[float, float]:
    """A band that is closed on both sides."""
    assert target.low is not None
    assert target.high is not None
    return target.low, target.high


def _bar(chart: go.Figure, x: list[float], y: list[float], text: str, *, legend: bool = False) -> None:
    """A target band as a thick bar with serifs."""
    serif = "line-ns" if y[0] == y[1] else "line-ew"
    chart.add_trace(
        go.Scatter(
            x=x, y=y, mode="lines+markers", name="target band", showlegend=legend, legendgroup="target",
            line={"color": TARGET, "width": 5}, opacity=0.75,
            marker={"symbol": serif, "size": 13, "line": {"color": INK, "width": 1.5}},
            hovertemplate=f"target {text}<extra></extra>",
        )
    )  # fmt: skip


def _friends_axis(chart: go.Figure, low: int, high: int) -> None:
    """Log axis with ticks at 1, 2 and 5 of every decade."""
    ticks = [digit * 10**power for power in range(6) for digit in (1, 2, 5) if low <= digit * 10**power <= high]
    chart.update_xaxes(type="log", tickvals=ticks)
