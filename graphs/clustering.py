"""Triangles and local clustering: exact on small graphs, a fixed sample by degree on large ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphs.hashing import hash_bits
from graphs.social_graph import SocialGraph

__all__ = ["DEGREE_BINS", "Clustering", "clustering", "triangles_of"]

DEGREE_BINS = ((2, 4), (5, 9), (10, 19), (20, 49), (50, 99), (100, 199), (200, 499), (500, None))
AT_DEGREE_100 = (90, 110)

_EXACT_WORK = 60_000_000  # two-step walks: about a second
_BIN_WORK = 5_000_000  # per degree bin of a sampled graph
_BIN_USERS = 1_000
_CHUNK_WORK = 500_000
_MARKS = 1 << 24  # entries of the table that marks friends


@dataclass(frozen=True)
class Clustering:
    """Local clustering, users of degree 0 and 1 counted as 0. ``triangles`` is None when sampled."""

    mean_local: float
    at_degree_100: float | None
    by_degree: dict[str, float]
    triangles: int | None
    transitivity: float | None
    sampled_users: int | None


def triangles_of(graph: SocialGraph, users: NDArray[np.integer]) -> NDArray[np.int64]:
    """Triangles through each of the given users: ties among their friends."""
    size = graph.num_users
    work = np.cumsum(_walks(graph)[users])
    most = max(1, _MARKS // max(size, 1))
    mark = np.zeros(min(most, len(users)) * size, dtype=bool)
    out = np.zeros(len(users), dtype=np.int64)
    start = 0
    while start < len(users):
        done = work[start - 1] if start else 0
        stop = int(np.clip(np.searchsorted(work, done + _CHUNK_WORK), start + 1, start + most))
        stop = min(stop, len(users))
        owner, friend = _rows(graph, users[start:stop])
        mark[owner * size + friend] = True
        step, beyond = _rows(graph, friend)
        origin = owner[step]
        closed = mark[origin * size + beyond]
        out[start:stop] = np.bincount(origin[closed], minlength=stop - start) // 2
        mark[owner * size + friend] = False
        start = stop
    return out


def _rows(graph: SocialGraph, users: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Friend lists of several users end to end: place of the user in ``users``, and friend."""
    first, count = graph.offsets[users].astype(np.int64), graph.degree()[users].astype(np.int64)
    place = np.repeat(np.arange(len(users), dtype=np.int64), count)
    skip = first - (np.cumsum(count) - count)
    return place, graph.friends[np.arange(len(place)) + skip[place]].astype(np.int64)


def clustering(graph: SocialGraph) -> Clustering:
    """Mean local clustering, by degree bin and near degree 100; the sample depends on the graph alone."""
    degree = graph.degree().astype(np.int64)
    able = np.flatnonzero(degree >= 2)
    walks = _walks(graph)
    exact = bool(walks[able].sum() <= _EXACT_WORK)
    bins = [*DEGREE_BINS, AT_DEGREE_100]
    chosen = able if exact else np.unique(np.concatenate([_sample(walks, degree, b) for b in bins]))
    closed = triangles_of(graph, chosen)
    local = np.zeros(graph.num_users)
    seen = np.zeros(graph.num_users, dtype=bool)
    pairs = degree[chosen] * (degree[chosen] - 1) // 2
    local[chosen], seen[chosen] = closed / pairs, True

    by_degree, total = {}, 0.0
    for low, high in DEGREE_BINS:
        inside = _inside(degree, low, high)
        if np.any(inside):
            mean = float(local[inside & seen].mean())
            by_degree[f"{low}-{high}" if high else f"{low}+"] = mean
            total += mean * int(inside.sum())
    near = _inside(degree, *AT_DEGREE_100) & seen
    return Clustering(
        mean_local=total / max(graph.num_users, 1),
        at_degree_100=float(local[near].mean()) if np.any(near) else None,
        by_degree=by_degree,
        triangles=int(closed.sum()) // 3 if exact else None,
        transitivity=float(closed.sum() / max(pairs.sum(), 1)) if exact else None,
        sampled_users=None if exact else len(chosen),
    )


def _walks(graph: SocialGraph) -> NDArray[np.int64]:
    """Two-step walks from each user: what counting its triangles costs."""
    degree = graph.degree().astype(np.int64)
    tied = np.flatnonzero(degree)
    walks = np.zeros(graph.num_users, dtype=np.int64)
    if len(tied):
        walks[tied] = np.add.reduceat(degree[graph.friends], graph.offsets[tied])
    return walks


def _inside(degree: NDArray[np.int64], low: int, high: int | None) -> NDArray[np.bool_]:
    return (degree >= low) & (degree <= high) if high else degree >= low


def _sample(walks: NDArray[np.int64], degree: NDArray[np.int64], bounds: tuple[int, int | None]) -> NDArray[np.int64]:
    """Users of one degree bin in hashed order, until its work is spent."""
    users = np.flatnonzero(_inside(degree, *bounds))
    users = users[np.argsort(hash_bits(0, 71, users))][:_BIN_USERS]
    spent = np.cumsum(walks[users])
    return users[: max(1, int(np.searchsorted(spent, _BIN_WORK)))]
