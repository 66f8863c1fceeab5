"""Which ties of a stored chain are those of class and workplace: two people who sit in one of its circles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphs.social_graph import SocialGraph

__all__ = ["ties_at_work"]

_CHUNK = 1 << 20  # slots looked at together


def ties_at_work(graph: SocialGraph) -> NDArray[np.bool_]:
    """Whether the two of each directed slot [E] sit in one circle; nowhere True where the chain does not say which
    chats are circles (`SocialGraph.work_chats`).

    The ties of a circle are among its members, so none is missed; a tie of another layer between two who also share a
    circle counts as one of them. A few circles a user: comparing all with all takes some seconds at ten million ties.
    """
    found = np.zeros(len(graph.friends), dtype=bool)
    first, end = graph.work_chats
    seats = np.flatnonzero((graph.chats >= first) & (graph.chats < end))
    if not len(seats):
        return found
    owner = np.searchsorted(graph.chat_offsets, seats, side="right") - 1
    count = np.bincount(owner, minlength=graph.num_users)
    circles = np.full((graph.num_users, int(count.max())), -1, dtype=np.int32)
    circles[owner, np.arange(len(seats)) - (np.cumsum(count) - count)[owner]] = graph.chats[seats]
    for start in range(0, len(found), _CHUNK):
        v = graph.friends[start : start + _CHUNK]
        u = np.searchsorted(graph.offsets, np.arange(start, start + len(v)), side="right") - 1
        for mine in range(circles.shape[1]):
            some = np.flatnonzero(count[u] > mine)
            for theirs in range(circles.shape[1]):
                some_of = some[count[v[some]] > theirs]
                same = circles[u[some_of], mine] == circles[v[some_of], theirs]
                found[start + some_of[same]] = True
    return found
