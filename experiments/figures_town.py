"""The ties inside one town as a matrix of dots, ordered by group chat, so that the foci can be seen."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from experiments.figure_theme import CATEGORIES, INK, MUTED, figure
from graphs.social_graph import SocialGraph

__all__ = ["town_chart", "town_order"]

GROUPS = 9  # groups that get a box
FEWEST, MOST = 6, 40  # people that a box holds

# name, colour and symbol of a tie by what its two ends share
_KINDS = (
    ("no group in common", "#9aa1a8", "circle-open"),
    ("another group in common", CATEGORIES[0], "circle"),
    ("the boxed group in common", CATEGORIES[1], "square"),
)


def town_order(graph: SocialGraph, town: int) -> tuple[NDArray[np.int64], list[int]]:
    """People of a town in order of group, and where each group's box begins (the last entry is the end).

    Groups of the town (of no more people than fit a box) are taken from the one with most ties down, each with the
    people no earlier one took, so that everybody stands once.
    """
    here = graph.attributes.town == town
    ties = _ties_inside(graph, np.flatnonzero(here))
    free, order, borders = here.copy(), [], [0]
    for group in np.argsort(-ties, kind="stable"):
        members = graph.members[graph.member_offsets[group] : graph.member_offsets[group + 1]]
        mine = members[free[members]]
        if ties[group] < 0:
            break
        if len(mine) < FEWEST:
            continue
        free[mine] = False
        order.append(mine)
        borders.append(borders[-1] + len(mine))
        if len(borders) > GROUPS:
            break
    return (np.concatenate(order) if order else np.zeros(0, dtype=np.int64)), borders


def _ties_inside(graph: SocialGraph, people: NDArray[np.int64]) -> NDArray[np.int64]:
    """Ties among the people inside each group [num_chats]; -1 for groups of too few or too many of them."""
    seats = _seats(graph)[people]
    row, column = _ties_among(graph, people)
    ties = csr_matrix((np.ones(len(row), dtype=np.int32), (row, column)), shape=(len(people), len(people)))
    count = np.asarray(seats.sum(axis=0)).ravel()
    inside = np.asarray(seats.multiply(ties @ seats).sum(axis=0)).ravel() // 2
    return np.where((count >= FEWEST) & (count <= MOST), inside, -1)


def town_chart(graph: SocialGraph) -> go.Figure | None:
    """The largest town's ties among the people of its largest groups; None without towns or groups."""
    if graph.num_chats == 0 or graph.attributes.town.min() == graph.attributes.town.max():
        return None
    town = int(np.bincount(graph.attributes.town).argmax())
    people, borders = town_order(graph, town)
    if len(people) == 0:
        return None
    row, column, kind = _kinds(graph, people, borders)
    chart = figure(x="people, by group", y="people, by group", height=720)
    for number, (name, color, symbol) in enumerate(_KINDS):
        chosen = kind == number
        chart.add_trace(
            go.Scatter(
                x=column[chosen], y=row[chosen], mode="markers", name=f"{name}: {int(chosen.sum()) // 2:,} ties",
                marker={"color": color, "symbol": symbol, "size": 3.6}, hoverinfo="skip",
            )
        )  # fmt: skip
    for low, high in pairwise(borders):
        corner = {"x0": low - 0.5, "y0": low - 0.5, "x1": high - 0.5, "y1": high - 0.5}
        chart.add_shape(type="rect", **corner, line={"color": INK, "width": 1.2})
        chart.add_annotation(
            x=high - 0.5, y=low - 0.5, text=f"{high - low} people", showarrow=False, xshift=4, bgcolor="white",
            opacity=0.85, xanchor="left", yanchor="top", font={"size": 11, "color": MUTED},
        )  # fmt: skip
    square = {"range": [-1, 1.09 * len(people)], "showgrid": False, "constrain": "domain"}
    chart.update_xaxes(**square)
    chart.update_yaxes(**{**square, "range": [len(people), -1]}, scaleanchor="x")
    chart.update_layout(legend={"itemsizing": "constant"})
    return chart


def _kinds(graph: SocialGraph, people: NDArray[np.int64], borders: list[int]) -> tuple[NDArray, NDArray, NDArray]:
    """Row, column and kind (place in `_KINDS`) of every tie among the people, in both directions."""
    row, column = _ties_among(graph, people)
    box = np.searchsorted(borders, np.arange(len(people)), side="right")
    seats = _seats(graph)[people]
    common = np.asarray((seats @ seats.T).todense())[row, column]
    return row, column, np.where(box[row] == box[column], 2, np.where(common > 0, 1, 0))


def _ties_among(graph: SocialGraph, people: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places of the two ends of every tie among the people, in both directions."""
    place = np.full(graph.num_users, -1)
    place[people] = np.arange(len(people))
    row = np.repeat(np.arange(len(people)), graph.degree()[people])
    column = place[np.concatenate([graph.friends_of(int(user)) for user in people])]
    return row[column >= 0], column[column >= 0]


def _seats(graph: SocialGraph) -> csr_matrix:
    """Users by groups, 1 where a user is a member."""
    ones = np.ones(len(graph.chats), dtype=np.int32)
    return csr_matrix((ones, graph.chats, graph.chat_offsets), shape=(graph.num_users, graph.num_chats))
