"""Exact laws of the independent cascade, against which the engine is held: closed forms and enumeration."""

from __future__ import annotations

import itertools

import numpy as np
from scipy import optimize, stats

__all__ = ["extinction", "final_set_law", "giant_share", "total_progeny_law"]


def final_set_law(edges: list[tuple[int, int]], users: int, seed: int, p: float) -> dict[frozenset[int], float]:
    """Probability of every final set of an independent cascade from one seed, every tie tried once each way at ``p``.

    P(S) = R(S) q^cut(S): nothing leaves S, and inside S everybody is reached, where R(S) is one less what stops at a
    proper subset that holds the seed. ``edges`` are undirected ties of users 0 to ``users - 1``; exact, O(3^users).
    """
    near = np.zeros((users, users), int)
    for u, v in edges:
        near[u, v] = near[v, u] = 1
    others = [user for user in range(users) if user != seed]
    inside: dict[frozenset[int], float] = {}
    for size in range(len(others) + 1):
        for chosen in itertools.combinations(others, size):
            whole = frozenset((seed, *chosen))
            stops = sum(inside[part] * (1 - p) ** _cut(near, part, whole - part) for part in inside if part < whole)
            inside[whole] = 1 - stops
    everyone = frozenset(range(users))
    law = {part: value * (1 - p) ** _cut(near, part, everyone - part) for part, value in inside.items()}
    return {part: value for part, value in law.items() if value > 1e-12}


def _cut(near: np.ndarray, left: frozenset[int], right: frozenset[int]) -> int:
    return int(near[np.ix_(sorted(left), sorted(right))].sum()) if right else 0


def total_progeny_law(children: int, p: float, most: int) -> np.ndarray:
    """P(a tree of n nodes), n = 0 to ``most``, when everybody tries ``children`` others at ``p`` (Otter 1949, Dwass
    1969): P(n) = P(Binomial(n children, p) = n - 1) / n. Poisson offspring is the limit (the Borel law)."""
    n = np.arange(1, most + 1)
    return np.concatenate([[0.0], stats.binom.pmf(n - 1, n * children, p) / n])


def extinction(children: int, p: float) -> float:
    """Probability that such a tree stays finite: the smallest root of q = (1 - p + p q)^children."""
    if children * p <= 1:
        return 1.0
    return float(optimize.brentq(lambda q: (1 - p + p * q) ** children - q, 0.0, 1.0 - 1e-9))


def giant_share(degrees: np.ndarray, p: float, seeds: float) -> float:
    """Share of users a cascade reaches on a configuration model when every user is a seed with probability ``seeds``.

    Newman (2002, doi 10.1103/PhysRevE.66.016128) with seeds: u = 1 - p + p (1 - seeds) g1(u) is the chance that a tie
    does not reach, g1 the excess degree's generating function; the share is 1 - (1 - seeds) g0(u).
    """
    counts = np.bincount(degrees).astype(float)
    law = counts / counts.sum()
    k = np.arange(len(law))
    mean = (k * law).sum()

    def excess(u: float) -> float:
        return float((k[1:] * law[1:] * u ** (k[1:] - 1)).sum() / mean)

    u = optimize.brentq(lambda u: 1 - p + p * (1 - seeds) * excess(u) - u, 0.0, 1.0)
    return float(1 - (1 - seeds) * (law * u**k).sum())
