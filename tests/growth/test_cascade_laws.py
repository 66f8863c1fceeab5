"""The kernel in law: exact laws of every kind of cascade, and the campaign day doing the same work."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from experiments.validation.cascade import kernel_laws, kernel_world, linear_threshold_law
from experiments.validation.engine import day_world, small_graphs
from experiments.validation.rows import FAILURE_RATE
from graphs import textbook
from graphs.device import explicit_chain
from graphs.social_graph import SocialGraph
from growth.cascade_engine import Cascades
from growth.cascade_law import extinction
from growth.cascade_rules import Rule, independent_cascade, linear_threshold, weighted_cascade
from tests import oracles
from tests.conftest import chi2_bound, z_bound

LANES = 4000


def test_final_sets_of_all_small_graphs() -> None:
    found = small_graphs(lanes=LANES, world=kernel_world)
    assert found["ok"] is True, found


def test_threshold_and_sir_laws() -> None:
    rows = kernel_laws()
    assert {found["id"]: found["ok"] for found in rows} == dict.fromkeys((found["id"] for found in rows), True)


def _threshold_law(ties: list[tuple[int, int]], users: int, seed: int) -> dict[frozenset[int], float]:
    """Linear threshold with every vector of thresholds, one by one: it takes 1 to d contacts, each as likely."""
    friends = [[b if a == user else a for a, b in ties if user in (a, b)] for user in range(users)]
    law: dict[frozenset[int], float] = {}
    for need in itertools.product(*(range(1, len(mine) + 1) for mine in friends)):
        joined, before = {seed}, 0
        while len(joined) > before:
            before = len(joined)
            joined |= {u for u in range(users) if sum(friend in joined for friend in friends[u]) >= need[u]}
        chance = 1 / math.prod(len(mine) for mine in friends)
        law[frozenset(joined)] = law.get(frozenset(joined), 0.0) + chance
    return law


def test_linear_threshold_is_reachability_over_one_kept_tie_each() -> None:
    """Theorem 2.6 of Kempe, Kleinberg and Tardos, on every graph of up to five users."""
    for users, ties in textbook.small_connected(5):
        live, threshold = linear_threshold_law(ties, users, 0), _threshold_law(ties, users, 0)
        assert live.keys() == threshold.keys()
        assert all(live[part] == pytest.approx(threshold[part]) for part in live)


def _enumerated(ties: dict[tuple[int, int], float], users: int) -> dict[frozenset[int], float]:
    """Every pattern of live directed ties, each with a chance of its own, from user 0."""
    law: dict[frozenset[int], float] = {}
    for pattern in itertools.product((False, True), repeat=len(ties)):
        live = {tie for tie, alive in zip(ties, pattern, strict=True) if alive}
        found = oracles.reached([0], lambda _: range(users), lambda *tie: tie in live)  # noqa: B023
        chance = math.prod(p if tie in live else 1 - p for tie, p in ties.items())
        law[frozenset(found)] = law.get(frozenset(found), 0.0) + chance
    return law


TIES = [(0, 1), (0, 2), (1, 2), (1, 3), (2, 4), (3, 4)]
STRENGTH = np.array([10, 200, 90, 255, 10, 128], np.uint8)
DEGREE = np.bincount(np.array(TIES).reshape(-1))
BOTH_WAYS = [(*tie, int(strength)) for tie, strength in zip(TIES, STRENGTH, strict=True)]
BOTH_WAYS += [(v, u, strength) for u, v, strength in BOTH_WAYS]


@pytest.mark.parametrize("law", ["strength", "weighted"])
def test_every_tie_has_its_own_chance(law) -> None:
    graph = SocialGraph.from_edges(5, *np.array(TIES).T, strength=STRENGTH)
    rule: Rule
    if law == "strength":  # from never to always, with the middle above and below 1/2
        rule = independent_cascade(np.minimum(np.arange(256) / 200, 1.0), by_strength=True)
        chances = {(u, v): min(strength / 200, 1.0) for u, v, strength in BOTH_WAYS}
    else:
        rule = weighted_cascade(graph.degree())
        chances = {(u, v): 1 / int(DEGREE[v]) for u, v, _ in BOTH_WAYS}
    record = Cascades(explicit_chain(graph)).run(rule, [0], replicates=LANES, rng_seed=3, log=True).record
    assert record is not None
    code = np.bincount(record.lane, weights=2.0**record.user, minlength=LANES).astype(int)
    exact = {part: p for part, p in _enumerated(chances, 5).items() if p > 1e-9}
    seen = {part: int((code == sum(1 << user for user in part)).sum()) for part in exact}
    assert sum(seen.values()) == LANES
    statistic = sum((seen[part] - LANES * p) ** 2 / (LANES * p) for part, p in exact.items())
    assert statistic < chi2_bound(len(exact) - 1, 2)


def test_extinction_of_a_branching_process() -> None:
    """A tree of seven children at p = 0.25: a cascade that reaches generation 6 hardly ever dies, one that stays
    finite does so with the smallest root of the generating function."""
    children, depth, p = 7, 6, 0.25
    users = sum(children**level for level in range(depth + 1))
    child = np.arange(1, users)
    graph = SocialGraph.from_edges(users, (child - 1) // children, child)
    rounds = Cascades(explicit_chain(graph)).run(independent_cascade(p), [0], replicates=LANES, rng_seed=5).rounds
    reaches = 1.0
    for _ in range(depth):
        reaches = 1 - (1 - p * reaches) ** children
    assert 1 - reaches == pytest.approx(extinction(children, p), abs=0.02)
    z = ((rounds == depth).mean() - reaches) / np.sqrt(reaches * (1 - reaches) / LANES)
    assert abs(z) < z_bound()


def test_the_campaign_day_does_the_same_work() -> None:
    """Two roads to one law: sizes of the plain cascade of the day loop, and of the kernel, on one graph."""
    graph, seeds, p, lanes = textbook.barabasi_albert(200, 3, isolated=1), np.array([0, 50, 120]), 0.15, 2000
    day = day_world(graph, lanes, p, seeds, 0.0)
    kernel = kernel_world(graph, lanes, p, seeds, 0.0)
    assert stats.ks_2samp(day.sum(axis=1), kernel.sum(axis=1)).pvalue > FAILURE_RATE
    share = (day.mean(axis=0) + kernel.mean(axis=0)) / 2
    off = np.abs(day.mean(axis=0) - kernel.mean(axis=0))
    error = np.sqrt(share * (1 - share) * 2 / lanes)
    assert (off <= z_bound(graph.num_users) * error).all()
    assert 20 < kernel.sum(axis=1).mean() < 150


def test_certain_and_impossible_thresholds() -> None:
    """Linear threshold on a path from one end: the next always joins with chance 1/2, so lengths are geometric."""
    graph = textbook.path(40)
    size = Cascades(explicit_chain(graph)).run(linear_threshold(), [0], replicates=LANES, rng_seed=9).size[0]
    seen = np.bincount(np.minimum(size, 9), minlength=10)[1:]
    law = np.array([0.5**k for k in range(1, 9)] + [0.5**8])
    assert ((seen - LANES * law) ** 2 / (LANES * law)).sum() < chi2_bound(len(law) - 1)
