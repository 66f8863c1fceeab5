"""How far users are from each other in ties: the distribution of distances, from sources at even ranks of degree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphs.configuration import rewired_rows
from graphs.social_graph import SocialGraph

__all__ = ["Distances", "distance_over_rewired", "distances", "distances_of_rows", "hop_counts"]

SOURCES = 256  # at least; more while they are cheap, all users of a small chain
_WORK = 1 << 32  # tie slots times sources looked at without a second thought: a second or so
_TOGETHER = 64  # sources that share one word of bits
_BLOCK_SLOTS = 1 << 20  # tie slots looked at together: stays near the cache
_FEW = 8  # a frontier that holds fewer than one in so many tie slots is walked from its own users


@dataclass(frozen=True)
class Distances:
    """Ordered pairs (source, other user) that can reach each other, by number of ties between them."""

    pairs: NDArray[np.int64]  # [longest + 1]; pairs[0] is 0
    sources: int
    exact: bool  # every user with a friend was a source

    @property
    def mean(self) -> float | None:
        """Mean distance; None where nobody reaches anybody."""
        total = int(self.pairs.sum())
        return float((self.pairs * np.arange(len(self.pairs))).sum() / total) if total else None

    @property
    def spid(self) -> float | None:
        """Index of dispersion, variance over mean: below 1 in social networks, above in webs (Boldi and Vigna)."""
        mean = self.mean
        if mean is None:
            return None
        square = float((self.pairs * np.arange(len(self.pairs)) ** 2).sum() / self.pairs.sum())
        return (square - mean**2) / mean


def distances(graph: SocialGraph, sources: int | None = None) -> Distances:
    """Distances from ``sources`` users to everybody: by default 256, more on small chains, all users of the smallest.

    Sources stand at even ranks of degree among users with friends, so that the rich and the poor are seen in
    proportion; ties of rank go by id. Nothing is drawn: the same chain gives the same answer.
    """
    return distances_of_rows(graph.offsets, graph.friends, sources)


def distance_over_rewired(graph: SocialGraph, sources: int | None = None, seed: int = 0) -> float | None:
    """Mean distance over that in a random simple graph of the same degrees, from the same sources.

    None where nobody has a friend.
    """
    mine = distances(graph, sources).mean
    rows = rewired_rows(graph, seed)
    other = distances_of_rows(rows.offsets, rows.friends, sources).mean
    return None if mine is None or other is None else mine / other


def hop_counts(
    offsets: NDArray[np.integer], friends: NDArray[np.int32], sources: NDArray[np.integer]
) -> NDArray[np.int64]:
    """Pairs (source, user) at each distance, [longest + 1], the source itself at 0; any number of sources."""
    found: list[int] = []
    for start in range(0, len(sources), _TOGETHER):
        for hop, pairs in enumerate(_waves(offsets, friends, sources[start : start + _TOGETHER])):
            if hop == len(found):
                found.append(0)
            found[hop] += pairs
    return np.array(found, dtype=np.int64)


def distances_of_rows(
    offsets: NDArray[np.integer], friends: NDArray[np.int32], sources: int | None = None
) -> Distances:
    """The same from bare rows of ties."""
    degree = np.diff(offsets)
    tied = np.flatnonzero(degree > 0)
    if len(tied) == 0:
        return Distances(np.zeros(1, dtype=np.int64), 0, True)
    affordable = max(SOURCES, _WORK // max(len(friends), 1)) if sources is None else sources
    count = min(affordable, len(tied))
    ranked = tied[np.argsort(degree[tied], kind="stable")]
    chosen = ranked[((np.arange(count) + 0.5) * len(tied) / count).astype(np.int64)]
    pairs = hop_counts(offsets, friends, chosen)
    pairs[0] = 0
    return Distances(pairs, count, count == len(tied))


def _waves(offsets: NDArray[np.integer], friends: NDArray[np.int32], sources: NDArray[np.integer]) -> list[int]:
    """Pairs first reached at 0, 1, 2, ... ties. Bit b of a user's word says that source b has reached it."""
    degree = np.diff(offsets).astype(np.int64)
    wave = np.zeros(len(degree), dtype=np.uint64)
    wave[sources] = np.uint64(1) << np.arange(len(sources), dtype=np.uint64)
    seen = wave.copy()
    found = []
    while pairs := int(np.bitwise_count(wave).sum()):
        found.append(pairs)
        front = np.flatnonzero(wave)
        if degree[front].sum() * _FEW < len(friends):
            wave = _pushed(offsets, friends, degree, wave, front)
        else:
            wave = _pulled(offsets, friends, wave)
        wave &= ~seen
        seen |= wave
    return found


def _pushed(
    offsets: NDArray[np.integer], friends: NDArray[np.int32], degree: NDArray[np.int64], wave: NDArray[np.uint64],
    front: NDArray[np.int64],
) -> NDArray[np.uint64]:  # fmt: skip
    """The next wave, written by the users of this one: cheap while they are few."""
    count = degree[front]
    skip = offsets[front].astype(np.int64) - (np.cumsum(count) - count)
    slot = np.arange(int(count.sum())) + np.repeat(skip, count)
    reached = np.zeros_like(wave)
    np.bitwise_or.at(reached, friends[slot], np.repeat(wave[front], count))
    return reached


def _pulled(offsets: NDArray[np.integer], friends: NDArray[np.int32], wave: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The next wave, read by everybody from all friends."""
    reached = np.zeros_like(wave)
    tied = np.flatnonzero(np.diff(offsets) > 0)
    first = offsets[tied].astype(np.int64)
    start = 0
    while start < len(tied):
        stop = max(start + 1, int(np.searchsorted(first, first[start] + _BLOCK_SLOTS)))
        end = int(offsets[tied[min(stop, len(tied)) - 1] + 1])
        theirs = wave[friends[first[start] : end]]
        reached[tied[start:stop]] = np.bitwise_or.reduceat(theirs, first[start:stop] - first[start])
        start = stop
    return reached
