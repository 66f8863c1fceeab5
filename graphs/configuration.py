"""A random simple graph with given degrees: stubs shuffled and paired, what does not fit shuffled again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphs.social_graph import SocialGraph
from graphs.textbook import IgraphLuck
from graphs.ties import TieRows, pack_ties, rows_from_keys

__all__ = ["random_pairs", "rewired_rows"]

_ROUNDS = 400  # of switches
_TRIES, _SMALL = 100, 4_000  # fresh pairings, as many as this many stubs allow

Pairs = tuple[NDArray[np.int32], NDArray[np.int32]]
Keys = NDArray[np.int64]  # u n + v of a tie, u <= v


def random_pairs(degree: NDArray[np.integer], rng: np.random.Generator, taken: Pairs | None = None) -> Pairs:
    """Ties (u < v, all different, no self tie) that give every user its degree, beside the ``taken`` ones.

    ``taken`` are ties that exist already: they are among the ties returned, and count not against ``degree``.
    Stubs are shuffled and paired, small graphs until all pairs fit. Else pairs that repeat, or tie a user to itself,
    change an end with a random good pair, as some good pairs do, until none is left: 0.5 % of ties at 100,000 users
    and 150 friends each. What is left after 400 rounds is dropped (a dense small graph, or degrees that no simple
    graph has). An odd last stub stays single.
    """
    n = np.int64(len(degree))
    stubs = np.repeat(np.arange(n, dtype=np.int32), degree)
    fixed = np.sort(_keys(n, *taken)) if taken else np.zeros(0, dtype=np.int64)
    for _ in range(max(1, min(_TRIES, _SMALL // max(len(stubs), 1)))):
        good, bad = _paired(n, rng.permutation(stubs), fixed)
        if len(bad) == 0:
            break
    for _ in range(_ROUNDS):
        if len(bad) == 0 or len(good) == 0:
            break
        good, bad = _switched(n, good, bad, fixed, rng)
    good = np.concatenate([fixed, good])
    return (good // n).astype(np.int32), (good % n).astype(np.int32)


def _paired(n: np.int64, stubs: NDArray[np.int32], fixed: Keys) -> tuple[Keys, Keys]:
    """Pairs of neighbouring stubs: those that fit, sorted, and those that do not."""
    half = len(stubs) // 2
    keys = np.sort(_keys(n, stubs[:half], stubs[half : 2 * half]))
    fits = (keys // n != keys % n) & ~_inside(fixed, keys)
    fits[1:] &= keys[1:] != keys[:-1]
    return keys[fits], keys[~fits]


def _switched(n: np.int64, good: Keys, bad: Keys, fixed: Keys, rng: np.random.Generator) -> tuple[Keys, Keys]:
    """One round: every bad pair and as many good ones change an end with another good one where that fits.

    ``good`` is sorted and stays so. Good pairs move too, so that no bad pair is stuck among neighbours that never do.
    """
    chosen = np.unique(rng.integers(0, len(good), 3 * len(bad) + 1))
    movers = rng.permutation(good[chosen])
    partner = movers[: (len(movers) + len(bad)) // 2][: len(movers)]
    first = np.concatenate([bad, movers[len(partner) :]])[: len(partner)]
    was_bad = np.arange(len(first)) < len(bad)
    partner = partner[: len(first)]
    a, b, c, d = first // n, first % n, partner // n, partner % n
    flip = rng.random(len(first)) < 0.5
    c, d = np.where(flip, d, c), np.where(flip, c, d)
    one, two = _keys(n, a, c), _keys(n, b, d)
    both = np.concatenate([one, two])
    fresh = ~_inside(good, both) & ~_inside(fixed, both) & (both // n != both % n)
    _, place, count = np.unique(both, return_inverse=True, return_counts=True)
    fresh &= count[place] == 1
    done = fresh[: len(first)] & fresh[len(first) :]
    gone = np.concatenate([partner[done], first[done & ~was_bad]])
    kept = np.ones(len(good), dtype=bool)
    kept[np.searchsorted(good, gone)] = False
    added = np.concatenate([one[done], two[done]])
    good = np.sort(np.concatenate([good[kept], np.sort(added)]), kind="stable")
    return good, np.concatenate([first[~done & was_bad], bad[len(first) :]])


def rewired_rows(graph: SocialGraph, seed: int = 0) -> TieRows:
    """Rows of a random graph in which every user has as many friends as in ``graph``, and nothing else is kept."""
    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, 901])))
    u, v = random_pairs(graph.degree(), rng)
    if len(u) < graph.num_ties:
        u, v = _switched_from(graph, seed)
    return rows_from_keys(graph.num_users, pack_ties(graph.num_users, u, v, np.uint8(128)))


def _switched_from(graph: SocialGraph, seed: int) -> Pairs:
    """For graphs too dense to be paired: ends exchanged ten times a tie, from the graph itself on (igraph)."""
    import igraph

    owner = np.repeat(np.arange(graph.num_users), graph.degree())
    once = owner < graph.friends
    made = igraph.Graph(n=graph.num_users, edges=np.column_stack([owner[once], graph.friends[once]]).tolist())
    with IgraphLuck(seed):
        made.rewire(n=10 * graph.num_ties)
    u, v = np.asarray(made.get_edgelist(), dtype=np.int32).T
    return u, v


def _keys(n: np.int64, u: NDArray[np.integer], v: NDArray[np.integer]) -> Keys:
    keys = np.minimum(u, v).astype(np.int64)
    keys *= n
    keys += np.maximum(u, v)
    return keys


def _inside(known: Keys, keys: Keys) -> NDArray[np.bool_]:
    """Which keys stand in ``known``, which is sorted."""
    if len(known) == 0:
        return np.zeros(len(keys), dtype=bool)
    place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return known[place] == keys
