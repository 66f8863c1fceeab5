"""Local clustering by degree with its sampling error: the law a null model copies, and whether it falls."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from graphs.clustering import AT_DEGREE_100, DEGREE_BINS, triangles_of
from graphs.hashing import hash_bits
from graphs.social_graph import SocialGraph

__all__ = ["ClusteringBin", "at_degree_100", "clustering_law", "falls"]

USERS = 1_000  # of a bin that are looked at
_WORK = 40_000_000  # two-step walks per bin: a few tenths of a second
_FEWEST = 10  # users of a bin that can say something about the law
_TIMES = 2.0  # standard errors of a difference that count as chance


@dataclass(frozen=True)
class ClusteringBin:
    """Mean local clustering of the users of ``low`` to ``high`` friends; ``error`` is its standard error."""

    low: int
    high: int | None
    mean: float
    error: float  # 0 where every user of the bin was looked at
    users: int  # in the bin
    degree: float  # geometric mean of their degrees

    @property
    def label(self) -> str:
        return f"{self.low}+" if self.high is None else f"{self.low}-{self.high}"


def clustering_law(graph: SocialGraph) -> list[ClusteringBin]:
    """One entry per degree bin with users in it, by rising degree; from a fixed sample of each bin."""
    found = (_bin(graph, low, high) for low, high in DEGREE_BINS)
    return [one for one in found if one is not None]


def at_degree_100(graph: SocialGraph) -> ClusteringBin | None:
    """The same for users of 90 to 110 friends; None where there are none."""
    return _bin(graph, *AT_DEGREE_100)


def falls(law: list[ClusteringBin], first: int = 5) -> bool | None:
    """Whether clustering falls from bin to bin (from ``first`` friends on) within sampling error.

    Bins of fewer than ten users say nothing. None where fewer than two are left: a graph of equal degrees has no
    such law.
    """
    bins = [one for one in law if one.low >= first and one.users >= _FEWEST]
    if len(bins) < 2:
        return None
    return all(
        after.mean - before.mean <= _TIMES * np.hypot(after.error, before.error) for before, after in pairwise(bins)
    )


def _bin(graph: SocialGraph, low: int, high: int | None) -> ClusteringBin | None:
    degree = graph.degree().astype(np.int64)
    inside = np.flatnonzero((degree >= low) & (degree <= (high or degree.max(initial=0))))
    if len(inside) == 0:
        return None
    users = _sample(graph, degree, inside)
    pairs = degree[users] * (degree[users] - 1) / 2
    local = triangles_of(graph, users) / pairs
    part = 1.0 - len(users) / len(inside)  # nothing is uncertain where all were seen
    error = float(local.std(ddof=1) * np.sqrt(part / len(users))) if len(users) > 1 else float("nan")
    typical = float(np.exp(np.log(degree[inside]).mean()))
    return ClusteringBin(low, high, float(local.mean()), error, len(inside), typical)


def _sample(graph: SocialGraph, degree: NDArray[np.int64], inside: NDArray[np.int64]) -> NDArray[np.int64]:
    """Users of one bin in hashed order, until the work of the bin is spent (two at least)."""
    users = inside[np.argsort(hash_bits(0, 72, inside))][:USERS]
    walks = np.array([degree[graph.friends_of(user)].sum() for user in users])
    return users[: max(2, int(np.searchsorted(np.cumsum(walks), _WORK)))]
