"""A random simple graph with given degrees: stubs shuffled and paired, what does not fit shuffled again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphs.social_graph import SocialGraph
from graphs.ties import TieRows, pack_ties, rows_from_keys

__all__ = ["random_pairs", "rewired_rows"]

_ROUNDS = 60


Pairs = tuple[NDArray[np.int32], NDArray[np.int32]]


def random_pairs(degree: NDArray[np.integer], rng: np.random.Generator, taken: Pairs | None = None) -> Pairs:
    """Ties (u < v, all different, no self tie) that give every user its degree, beside the ``taken`` ones.

    ``taken`` are ties that exist already: they are among the ties returned, and count not against ``degree``.

    Pairs that repeat or tie a user to itself are broken up together with as many good ones and paired anew, until
    none is left; a sum of degrees that is odd, or degrees that no simple graph has, leave a few stubs unpaired.
    The law is uniform up to the few repairs (0.5 % of ties at 100,000 users and 150 friends each).
    """
    n = np.int64(len(degree))
    stubs = rng.permutation(np.repeat(np.arange(n), degree))
    fixed = _keys(n, *taken) if taken else np.zeros(0, dtype=np.int64)
    fixed.sort()
    good = np.zeros(0, dtype=np.int64)
    for _ in range(_ROUNDS):
        half = len(stubs) // 2
        u, v = stubs[:half], stubs[half : 2 * half]
        keys = _keys(n, u, v)
        fits = (u != v) & ~_inside(good, keys) & ~_inside(fixed, keys)
        order = np.argsort(keys, kind="stable")
        fits[order[1:]] &= np.diff(keys[order]) != 0
        if fits.all():
            good = np.concatenate([good, keys])
            break
        bad, kept = keys[~fits], keys[fits]
        good = np.sort(np.concatenate([good, kept]), kind="stable")
        broken = np.zeros(len(good), dtype=bool)
        broken[rng.integers(0, max(len(good), 1), 4 * len(bad) + 8 if len(good) else 0)] = True
        again = np.concatenate([bad, good[broken]])
        good = good[~broken]
        stubs = rng.permutation(np.concatenate([again // n, again % n, stubs[2 * half :]]))
    good = np.concatenate([fixed, good])
    return (good // n).astype(np.int32), (good % n).astype(np.int32)


def rewired_rows(graph: SocialGraph, seed: int = 0) -> TieRows:
    """Rows of a random graph in which every user has as many friends as in ``graph``, and nothing else is kept."""
    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, 901])))
    u, v = random_pairs(graph.degree(), rng)
    return rows_from_keys(graph.num_users, pack_ties(graph.num_users, u, v, np.uint8(128)))


def _keys(n: np.int64, u: NDArray[np.integer], v: NDArray[np.integer]) -> NDArray[np.int64]:
    return np.minimum(u, v) * n + np.maximum(u, v)


def _inside(known: NDArray[np.int64], keys: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which keys stand in ``known``, which is sorted."""
    if len(known) == 0:
        return np.zeros(len(keys), dtype=bool)
    place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return known[place] == keys
