"""The cascade kernel against exact answers: what `growth check engine` asks of it besides the plain cascade."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from scipy import stats

from experiments.validation.rows import FAILURE_RATE, row

__all__ = ["kernel_laws", "kernel_world", "linear_threshold_law", "starters"]

_SEED = 20260202
_STATEMENTS = 32


def kernel_world(graph: Any, lanes: int, p: float, seeds: np.ndarray | None, engaged: float) -> np.ndarray:
    """Who joins an independent cascade at ``p``, bool[lanes, users]: from given seeds, or from everyone with
    probability ``engaged``."""
    from growth.cascade_rules import independent_cascade

    return _joined(graph, independent_cascade(p), lanes, starters(graph.num_users, lanes, engaged, seeds))


def starters(users: int, lanes: int, engaged: float, seeds: np.ndarray | None = None) -> np.ndarray:
    """Seeds of each lane, int[lanes, S] with -1 for nobody: the given ones, or everyone with ``engaged``."""
    if seeds is not None:
        return np.broadcast_to(seeds, (lanes, len(seeds)))
    from graphs.hashing import hash_uniform

    lane, user = np.indices((lanes, users))
    starts = hash_uniform(_SEED, 0, lane, user) < engaged
    padded = np.full((lanes, int(starts.sum(axis=1).max())), -1)
    for one, mine in zip(padded, starts, strict=True):
        one[: mine.sum()] = np.flatnonzero(mine)
    return padded


def _joined(graph: Any, rule: Any, lanes: int, seeds: np.ndarray) -> np.ndarray:
    from graphs.device import explicit_chain
    from growth.cascade_engine import Cascades

    kernel = Cascades(explicit_chain(graph))
    record = kernel.run(rule, seeds, replicates=lanes, rng_seed=_SEED, log=True).record
    joined = np.zeros((lanes, graph.num_users), bool)
    if record is not None:
        joined[record.lane, record.user] = True
    return joined


def linear_threshold_law(ties: list[tuple[int, int]], users: int, seed: int) -> dict[frozenset[int], float]:
    """Probability of every final set of linear threshold from one seed: everybody keeps one tie, and who reaches
    the seed through kept ties joins (Kempe, Kleinberg, Tardos 2003, theorem 2.6). Exact, all choices one by one."""
    friends = [[b if a == user else a for a, b in ties if user in (a, b)] for user in range(users)]
    law: dict[frozenset[int], float] = {}
    for kept in itertools.product(*friends):
        joined, before = {seed}, 0
        while len(joined) > before:
            before = len(joined)
            joined |= {user for user in range(users) if kept[user] in joined}
        chance = 1 / math.prod(len(mine) for mine in friends)
        law[frozenset(joined)] = law.get(frozenset(joined), 0.0) + chance
    return law


def kernel_laws(lanes: int = 4000) -> list[dict[str, Any]]:
    """Linear threshold on all small graphs, a star under SIR, and SIR's final size on a configuration model."""
    return [_thresholds(lanes), _star(lanes), *_sir_sizes()]


def _thresholds(lanes: int) -> dict[str, Any]:
    from graphs.social_graph import SocialGraph
    from graphs.textbook import small_connected
    from growth.cascade_rules import linear_threshold

    graphs = small_connected(5)
    starts = np.cumsum([0, *(users for users, _ in graphs)])
    parts = zip(graphs, starts, strict=False)
    u, v = np.array([(u + start, v + start) for (_, ties), start in parts for u, v in ties]).T
    together = SocialGraph.from_edges(int(starts[-1]), u, v)
    joined = _joined(together, linear_threshold(), lanes, starters(int(starts[-1]), lanes, 0.0, starts[:-1]))
    statistic, freedom = 0.0, 0
    for (users, ties), start in zip(graphs, starts, strict=False):
        law = linear_threshold_law(ties, users, 0)
        code = joined[:, start : start + users] @ (1 << np.arange(users))
        seen = {part: int((code == sum(1 << user for user in part)).sum()) for part in law}
        statistic += sum((seen[part] - lanes * p) ** 2 / (lanes * p) for part, p in law.items())
        statistic += 1e9 * (sum(seen.values()) != lanes)  # a final set that the law does not have
        freedom += len(law) - 1
    bound = float(stats.chi2.isf(FAILURE_RATE / _STATEMENTS, freedom))
    metric = f"chi-square of final sets of linear threshold, {len(graphs)} graphs, {freedom} degrees of freedom"
    return row(
        "kernel_linear_threshold", metric, statistic, low=0.0, high=bound, role="law", grade="D",
        source="Kempe, Kleinberg, Tardos 2003, theorem 2.6: all live-edge choices enumerated",
    )  # fmt: skip


def _star(lanes: int, leaves: int = 6, p: float = 0.2, recovery: float = 0.4) -> dict[str, Any]:
    """Leaves infected by the middle of a star: a geometric mixture of binomials."""
    from graphs.textbook import star
    from growth.cascade_rules import sir

    graph = star(leaves + 1)
    found = _joined(graph, sir(p, recovery=recovery), lanes, starters(leaves + 1, lanes, 0.0, np.array([0])))
    rounds = np.arange(1, 200)
    weight = recovery * (1 - recovery) ** (rounds - 1)
    law = [(weight * stats.binom.pmf(k, leaves, 1 - (1 - p) ** rounds)).sum() for k in range(leaves + 1)]
    seen = np.bincount(found.sum(axis=1) - 1, minlength=leaves + 1)
    statistic = float(((seen - lanes * np.array(law)) ** 2 / (lanes * np.array(law))).sum())
    bound = float(stats.chi2.isf(FAILURE_RATE / _STATEMENTS, leaves))
    metric = f"chi-square of infections by one, {leaves} contacts at p = {p} a round, recovery {recovery}"
    return row(
        "kernel_sir_star", metric, statistic, low=0.0, high=bound, role="law", grade="D",
        source="binomial given the geometric infectious time",
    )  # fmt: skip


def _sir_sizes(users: int = 20_000, lanes: int = 16) -> list[dict[str, Any]]:
    """Final size of SIR with a fixed time of infection: that of the independent cascade at 1 - (1 - p)^rounds."""
    from graphs.textbook import configuration_model
    from growth.cascade_law import giant_share
    from growth.cascade_rules import sir

    chain = configuration_model(np.repeat(np.arange(2, 12), users // 10))
    degrees, rows = chain.degree(), []
    for p, rounds in ((0.05, 3), (0.1, 4)):
        share = _joined(chain, sir(p, rounds=rounds), lanes, starters(users, lanes, 0.01)).mean(axis=1)
        exact = giant_share(degrees, 1 - (1 - p) ** rounds, 0.01)
        t = float((share.mean() - exact) / (share.std(ddof=1) / np.sqrt(lanes)))
        bound = float(stats.t.isf(FAILURE_RATE / _STATEMENTS / 2, lanes - 1))
        metric = f"t of SIR's final size, p = {p} in {rounds} rounds: {share.mean():.4f} beside {exact:.4f}"
        rows.append(
            row(
                f"kernel_sir_size_{p}", metric, t, low=-bound, high=bound, role="law", grade="D",
                source="Newman 2002, doi 10.1103/PhysRevE.66.016128",
            )
        )  # fmt: skip
    return rows
