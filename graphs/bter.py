"""BTER: the null with the same degrees and clustering by degree, and nothing else of a society.

Seshadhri, Kolda and Pinar 2012 (doi:10.1103/PhysRevE.85.056109); Kolda, Pinar, Plantenga and Seshadhri 2014
(doi:10.1137/130914218). Users of like degree share a dense random block; what a user's block does not give is paired at
random. Two departures: the second step shuffles stubs instead of drawing ends in proportion to what is missing, so that
degrees come out exactly; and block densities are mended twice by what was measured. No geography, age or chats.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from graphs.clustering_law import clustering_law
from graphs.configuration import random_pairs
from graphs.social_graph import SocialGraph
from graphs.ties import pack_ties

__all__ = ["bter", "bter_of"]

Floats = NDArray[np.float64]
MENDED = 2  # passes after the first
_CHUNK = 1 << 21  # pairs of users of a block looked at together


def bter_of(graph: SocialGraph, seed: int = 0) -> SocialGraph:
    """BTER with the degrees and the clustering by degree of ``graph``; what a pass misses is mended in the next.

    Ties at random close triangles too, and the richer users of a block close fewer than its poorest.
    """
    degree = graph.degree()
    law = clustering_law(graph)
    if not law:
        return bter(degree, np.zeros(len(degree)), seed)
    wanted, at = np.array([one.mean for one in law]), np.log([one.degree for one in law])
    ask = wanted
    for left in range(MENDED, -1, -1):
        made = bter(degree, np.interp(np.log(np.maximum(degree, 1)), at, ask), seed)
        if left:
            got = {one.low: one.mean for one in clustering_law(made)}
            ask = np.clip(ask + wanted - [got.get(one.low, one.mean) for one in law], 0.0, 1.0)
    return made


def bter(degree: NDArray[np.integer], clustering: Floats, seed: int = 0) -> SocialGraph:
    """A simple graph with these degrees [n] and about this local clustering [n] (a law of degree, 0..1).

    Degrees are met exactly when their sum is even (else one stub stays single), unless the graph is small and dense.
    """
    n = len(degree)
    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, 903])))
    order = np.argsort(degree, kind="stable").astype(np.int32)
    order = order[degree[order] >= 2]  # one friend closes no triangle
    starts = _block_starts(degree[order])
    density = np.cbrt(np.clip(clustering[order[starts[:-1]]], 0.0, 1.0))
    ties = [pair[:, rng.random(pair.shape[1]) < chance] for pair, chance in _block_pairs(starts, density)]
    u, v = order[np.concatenate(ties, axis=1)] if ties else np.zeros((2, 0), dtype=np.int32)
    left = np.asarray(degree, dtype=np.int64) - np.bincount(u, minlength=n) - np.bincount(v, minlength=n)
    u, v = random_pairs(left, rng, taken=(u, v))
    return SocialGraph.from_keys(n, pack_ties(n, u, v, np.uint8(128)), seed=seed, name="bter")


def _block_starts(degree: NDArray[np.integer]) -> NDArray[np.int64]:
    """Cut users in order of degree into blocks: one more than the friends of the block's poorest user."""
    starts = [0]
    while starts[-1] < len(degree):
        starts.append(min(starts[-1] + int(degree[starts[-1]]) + 1, len(degree)))
    return np.array(starts, dtype=np.int64)


def _block_pairs(starts: NDArray[np.int64], density: Floats) -> Iterator[tuple[NDArray[np.int64], Floats]]:
    """All pairs inside blocks, places [2, pairs] with the chance of each, some millions at a time."""
    size = np.diff(starts)
    later = np.repeat(starts[1:], size) - np.arange(starts[-1]) - 1  # partners after each place in its block
    reach = np.concatenate([[0], np.cumsum(later)])
    bounds = np.unique(np.append(np.searchsorted(reach, np.arange(0, reach[-1], _CHUNK)), len(later)))
    chance = np.repeat(density, size)
    for low, high in pairwise(bounds.tolist()):
        count = later[low:high]
        first = np.repeat(np.arange(low, high), count)
        second = np.arange(reach[low], reach[high]) - np.repeat(reach[low:high], count) + first + 1
        yield np.stack([first, second]), chance[first]
