"""Null models and peers: degrees and clustering that are kept, and what each generator is known for."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.bter import bter, bter_of
from graphs.chain import make_chain
from graphs.clustering import triangles_of
from graphs.clustering_law import ClusteringBin, at_degree_100, clustering_law, falls
from graphs.configuration import random_pairs, rewired_rows
from graphs.peers import PEERS
from graphs.social_graph import SocialGraph
from graphs.summary import summarise
from graphs.textbook import complete, erdos_renyi, path, ring
from tests.conftest import chi2_bound


@functools.cache
def chain() -> SocialGraph:
    return make_chain(12_000, mean_degree=40, seed=1)


@functools.cache
def peer(name: str) -> SocialGraph:
    return PEERS[name](chain(), 3)


@given(st.integers(1, 60), st.floats(0.0, 0.9), st.integers(0, 999))
def test_rewiring_keeps_every_degree(n: int, p: float, seed: int) -> None:
    graph = erdos_renyi(n, p, seed=seed)
    rows = rewired_rows(graph, seed)
    assert rows.repeated == 0
    assert np.diff(rows.offsets).tolist() == graph.degree().tolist()
    assert not np.any(np.repeat(np.arange(n), np.diff(rows.offsets)) == rows.friends)


def test_rewiring_is_even_over_the_graphs_there_are() -> None:
    """Five users in a ring can be seated in 12 ways: all come up alike."""
    seen: dict[bytes, int] = {}
    for seed in range(1_200):
        friends = rewired_rows(ring(5), seed).friends.tobytes()
        seen[friends] = seen.get(friends, 0) + 1
    assert len(seen) == 12
    assert sum((count - 100) ** 2 / 100 for count in seen.values()) < chi2_bound(11)


def test_degrees_that_no_graph_has_leave_stubs_single_and_end() -> None:
    u, v = random_pairs(np.array([5, 1, 1]), np.random.default_rng(1))
    found = list(zip(u.tolist(), v.tolist(), strict=True))
    assert found
    assert set(found) <= {(0, 1), (0, 2)}
    assert len(set(found)) == len(found)


def test_pairs_go_around_ties_that_are_taken() -> None:
    taken = (np.array([0, 2], np.int32), np.array([1, 3], np.int32))
    for seed in range(20):
        u, v = random_pairs(np.ones(4, np.int64), np.random.default_rng(seed), taken)
        assert len(set(zip(u.tolist(), v.tolist(), strict=True))) == 4


def test_bter_keeps_every_degree_and_the_clustering_by_degree() -> None:
    """Stated tolerance: degrees exactly; clustering of each bin of 100 users or more within 15 %."""
    null = peer("bter")
    null.validate()
    assert null.degree().tolist() == chain().degree().tolist()
    law, copied = (
        {one.label: one.mean for one in clustering_law(graph) if one.users >= 100} for graph in (chain(), null)
    )
    assert len(law) >= 6
    for label, mean in law.items():
        assert copied[label] == pytest.approx(mean, rel=0.15), label


def test_bter_of_full_clustering_is_a_set_of_cliques() -> None:
    null = bter(np.full(40, 4), np.ones(40), seed=1)
    assert null.degree().tolist() == [4] * 40
    assert triangles_of(null, np.arange(40)).tolist() == [6] * 40


def test_bter_of_no_clustering_is_a_random_graph() -> None:
    null = bter(chain().degree(), np.zeros(chain().num_users), seed=2)
    near = at_degree_100(null)
    assert near is not None
    assert near.mean < 0.2 * summarise(chain())["clustering_local_at_degree_100"]


def test_bter_of_a_chain_without_triangles_has_its_degrees() -> None:
    assert bter_of(path(5, isolated=2)).degree().sum() == path(5).degree().sum()


@pytest.mark.parametrize("name", sorted(PEERS))
def test_peers_are_of_the_same_size_and_come_out_alike(name: str) -> None:
    made = peer(name)
    made.validate()
    assert made.num_users == chain().num_users
    assert made.mean_degree == pytest.approx(chain().mean_degree, rel=0.02)
    assert made.friends.tobytes() == PEERS[name](chain(), 3).friends.tobytes()
    assert made.friends.tobytes() != PEERS[name](chain(), 4).friends.tobytes()


def test_each_peer_has_what_it_is_known_for() -> None:
    found = {name: summarise(peer(name)) for name in PEERS}
    assert found["barabasi"]["degree_max"] > 10 * found["barabasi"]["degree_median"]  # a tail of degrees
    assert peer("barabasi").degree().min() >= 15  # everybody came with 20 ties, a few of them merged
    assert found["watts"]["degree_max"] < 2 * found["watts"]["degree_median"]
    assert found["watts"]["clustering_mean_local"] == pytest.approx(at_degree_100_mean(chain()), rel=0.05)
    assert peer("config").degree().tolist() == chain().degree().tolist()
    assert found["config"]["clustering_mean_local"] < 0.1 * found["bter"]["clustering_mean_local"]


def at_degree_100_mean(graph: SocialGraph) -> float:
    near = at_degree_100(graph)
    assert near is not None
    return near.mean


def test_block_model_has_the_ties_inside_towns() -> None:
    town = chain().attributes.town

    def inside(graph: SocialGraph) -> int:
        return int((np.repeat(town, graph.degree()) == town[graph.friends]).sum()) // 2

    assert inside(peer("blocks")) == inside(chain())
    assert peer("blocks").num_ties == chain().num_ties


def test_clustering_law_is_exact_where_everybody_is_looked_at() -> None:
    (only,) = clustering_law(complete(7))
    assert (only.label, only.mean, only.error, only.users) == ("5-9", 1.0, 0.0, 7)
    assert clustering_law(path(1)) == []
    summary = summarise(make_chain(900, mean_degree=20, seed=1))
    law = clustering_law(make_chain(900, mean_degree=20, seed=1))
    assert {one.label: one.mean for one in law} == pytest.approx(summary["clustering_by_degree"])


def test_clustering_falls_within_its_error() -> None:
    def law(*means: float, error: float = 0.01, users: int = 50) -> list[ClusteringBin]:
        return [ClusteringBin(5 + at, 5 + at, mean, error, users, 5.0 + at) for at, mean in enumerate(means)]

    assert falls(law(0.3, 0.2, 0.1)) is True
    assert falls(law(0.3, 0.32, 0.1)) is True  # two hundredths are 1.4 standard errors of a difference
    assert falls(law(0.3, 0.33, 0.1)) is False
    assert falls(law(0.3)) is None
    assert falls(law(0.3, 0.4, users=9)) is None
