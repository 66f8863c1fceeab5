"""The ties inside one town as a matrix of dots, boxed by group chat."""

from __future__ import annotations

from itertools import pairwise

import plotly.graph_objects as go

from experiments.figure_theme import CATEGORIES, INK, MUTED, figure
from experiments.town_picture import TownPicture

__all__ = ["town_chart"]

# name, colour and symbol of a tie by what its two ends share
_KINDS = (
    ("no group in common", "#9aa1a8", "circle-open"),
    ("another group in common", CATEGORIES[0], "circle"),
    ("the boxed group in common", CATEGORIES[1], "square"),
)


def town_chart(town: TownPicture) -> go.Figure:
    """A dot per tie and direction, people in the order of their boxes."""
    people = int(town.borders[-1])
    chart = figure(x="people, by group", y="people, by group", height=720)
    for number, (name, color, symbol) in enumerate(_KINDS):
        chosen = town.kind == number
        chart.add_trace(
            go.Scatter(
                x=town.column[chosen], y=town.row[chosen], mode="markers",
                name=f"{name}: {int(chosen.sum()) // 2:,} ties",
                marker={"color": color, "symbol": symbol, "size": 3.6}, hoverinfo="skip",
            )
        )  # fmt: skip
    for low, high in pairwise(town.borders.tolist()):
        corner = {"x0": low - 0.5, "y0": low - 0.5, "x1": high - 0.5, "y1": high - 0.5}
        chart.add_shape(type="rect", **corner, line={"color": INK, "width": 1.2})
        chart.add_annotation(
            x=high - 0.5, y=low - 0.5, text=f"{high - low} people", showarrow=False, xshift=4, bgcolor="white",
            opacity=0.85, xanchor="left", yanchor="top", font={"size": 11, "color": MUTED},
        )  # fmt: skip
    square = {"range": [-1, 1.09 * people], "showgrid": False, "constrain": "domain"}
    chart.update_xaxes(**square)
    chart.update_yaxes(**{**square, "range": [people, -1]}, scaleanchor="x")
    chart.update_layout(legend={"itemsizing": "constant"})
    return chart
