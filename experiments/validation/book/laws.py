"""Rows that must hold exactly: identities of forests, virality of known trees, sizes of branching processes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from experiments.validation.book.statements import Statement, exact
from experiments.validation.book.trees import tree_sums
from experiments.validation.rows import FAILURE_RATE
from growth.forest import Forest, build_forest, structural_virality

__all__ = ["borel", "branching", "depth_identity", "size_statements", "virality_identity"]

_MEAN_FRIENDS, _R = 10, 0.6
_TOLERANCE = 1e-12  # rounding of a mean of distances


def borel(most: int, r: float) -> NDArray[np.float64]:
    """P(a tree of n nodes), n = 0 to ``most``, with Poisson offspring of mean ``r`` (Borel 1942): exp(-r n) (r n)^(n-1)
    / n!."""
    n = np.arange(1, most + 1)
    law = np.exp(-r * n + (n - 1) * np.log(r * n) - special.gammaln(n + 1))
    return np.concatenate([[0.0], law])


def depth_identity(forests: Sequence[tuple[Forest, int]]) -> list[Statement]:
    """Depth-1 adopters + children of adopters = adopters, in every world of every forest, in whole numbers."""
    sums = np.concatenate([tree_sums(forest, worlds) for forest, worlds in forests])
    wrong = np.abs(sums[:, 1] + sums[:, 4] - sums[:, 0])
    told = int(sums[:, 0].sum())
    return [exact(f"largest miscount, {len(sums)} worlds, {told:,} adopters", wrong.max(initial=0), low=0.0, high=0.0)]


def virality_identity(sizes: Sequence[int] = (2, 3, 10, 1000)) -> list[Statement]:
    """Stars and paths of some sizes against 2 (n - 1) / n and (n + 1) / 3."""
    worst = 0.0
    for n in sizes:
        user = np.arange(n)
        for parent, law in ((np.zeros(n, int), 2 * (n - 1) / n), (user - 1, (n + 1) / 3)):
            above = np.where(user == 0, -1, parent)
            forest = build_forest(user, np.zeros(n, int), above, np.zeros(n, int))
            worst = max(worst, abs(float(structural_virality(forest)[0]) - law))
    return [
        exact(f"largest departure, stars and paths of {', '.join(map(str, sizes))}", worst, low=0.0, high=_TOLERANCE)
    ]


def branching(users: int = 100_000, lanes: int = 4000, seed: int = 20260101) -> list[Statement]:
    """Cascades of R = .6 on a sparse random graph, which is a tree near any user: one seed each, sizes against the
    mean 1 / (1 - R) and the Borel law."""
    from graphs.device import explicit_chain
    from graphs.textbook import erdos_renyi
    from growth.cascade_engine import Cascades
    from growth.cascade_rules import independent_cascade

    graph = erdos_renyi(users, _MEAN_FRIENDS / (users - 1), seed=seed)
    starts = (np.arange(lanes, dtype=np.int64) * users // lanes)[:, None]
    rule = independent_cascade(_R / _MEAN_FRIENDS)
    size = Cascades(explicit_chain(graph)).run(rule, starts, replicates=lanes, rng_seed=seed).size[0]
    return size_statements(size, _R)


def size_statements(size: NDArray[np.integer], r: float) -> list[Statement]:
    """Mean and distribution of tree sizes beside the branching process with Poisson offspring of mean ``r``."""
    mean, deviation = 1 / (1 - r), np.sqrt(r / (1 - r) ** 3)  # variance of the Borel law
    half = float(stats.norm.isf(FAILURE_RATE / 4)) * deviation / np.sqrt(len(size))
    most = 8
    law = borel(most, r)
    seen = np.bincount(np.minimum(size, most + 1), minlength=most + 2)[1:]
    expected = len(size) * np.append(law[1:], 1 - law.sum())
    chi2 = float(((seen - expected) ** 2 / expected).sum())
    bound = float(stats.chi2.isf(FAILURE_RATE / 2, most))
    # The seed's own friends are Poisson of mean (n - 1) p; those of whoever is reached as well, as the graph is random.
    return [
        exact(f"mean tree size, R = {r:g}, {len(size)} cascades", size.mean(), low=mean - half, high=mean + half),
        exact("chi-square of sizes 1 to 8 and above, Borel law", chi2, low=0.0, high=bound),
    ]
