"""The ties inside one town as places in a matrix, ordered by group chat, so that the foci can be seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from graphs.social_graph import SocialGraph

__all__ = ["TownPicture", "town_of", "town_order"]

GROUPS = 9  # groups that get a box
FEWEST, MOST = 6, 40  # people that a box holds


@dataclass(frozen=True)
class TownPicture:
    """Every tie among some people of one town, in both directions: its two places in their order, and its kind (0 no
    group in common, 1 another group, 2 the boxed one). ``borders``: where each box begins, and the end."""

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    kind: NDArray[np.int64]
    borders: NDArray[np.int64]


def town_of(graph: SocialGraph) -> TownPicture | None:
    """The people of the largest groups of the largest town; None without towns or groups."""
    if graph.num_chats == 0 or graph.attributes.town.min() == graph.attributes.town.max():
        return None
    people, borders = town_order(graph, int(np.bincount(graph.attributes.town).argmax()))
    if len(people) == 0:
        return None
    return TownPicture(*_kinds(graph, people, borders), np.array(borders))


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


def _kinds(graph: SocialGraph, people: NDArray[np.int64], borders: list[int]) -> tuple[NDArray, NDArray, NDArray]:
    """Row, column and kind (see `TownPicture`) of every tie among the people, in both directions."""
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
