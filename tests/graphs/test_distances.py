"""Distances: known graphs, igraph as oracle, and what sampling and rewiring keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs import distances as module
from graphs.chain import make_chain
from graphs.configuration import rewired_rows
from graphs.distances import Distances, distance_over_rewired, distances, hop_counts
from graphs.social_graph import SocialGraph
from graphs.textbook import binary_tree, complete, erdos_renyi, karate_club, path, ring, star
from tests.graphs.test_textbook import oracle

KARATE_MEAN = 2.408199643493761  # of igraph's average path length, and of the literature


def test_known_graphs_have_their_known_distances() -> None:
    assert distances(karate_club()).mean == pytest.approx(KARATE_MEAN)
    assert distances(complete(9)).pairs.tolist() == [0, 72]
    assert distances(complete(9)).spid == 0.0
    assert distances(star(20)).mean == pytest.approx(2 - 2 / 20)  # 2 (n - 1) pairs at 1, the others at 2
    even = distances(ring(50))  # two users at 1 .. 24, one at 25
    mean = (2 * sum(range(1, 25)) + 25) / 49
    assert even.mean == pytest.approx(mean)
    assert even.spid == pytest.approx(((2 * sum(h * h for h in range(1, 25)) + 625) / 49 - mean**2) / mean)
    assert distances(path(4)).pairs.tolist() == [0, 6, 4, 2]


def test_strangers_have_no_distance() -> None:
    assert distances(path(3, isolated=5)).pairs.tolist() == [0, 4, 2]
    alone = distances(path(1, isolated=3))
    assert (alone.mean, alone.spid, alone.exact) == (None, None, True)
    assert distance_over_rewired(path(1, isolated=3)) is None
    assert Distances(np.array([0, 0]), 0, True).mean is None


def known_pairs(graph: SocialGraph, sources: list[int]) -> list[int]:
    hops = np.array(oracle(graph).distances(source=sources))
    return np.bincount(hops[np.isfinite(hops)].astype(int)).tolist()


@given(st.integers(2, 150), st.floats(0.0, 0.3), st.integers(0, 99), st.integers(0, 3))
def test_random_graphs_agree_with_igraph(n: int, p: float, seed: int, isolated: int) -> None:
    graph = erdos_renyi(n, p, seed=seed, isolated=isolated)
    every = np.arange(graph.num_users)  # more than one word of sources
    assert hop_counts(graph.offsets, graph.friends, every).tolist() == known_pairs(graph, every.tolist())


@pytest.mark.parametrize("graph", [binary_tree(63), ring(200), erdos_renyi(120, 0.05, seed=3, isolated=2)])
@pytest.mark.parametrize("few", [0, 10**9])
def test_both_ways_of_walking_agree(graph: SocialGraph, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """0: every wave is written by its own users; 10^9: every wave is read by everybody, in small blocks."""
    monkeypatch.setattr(module, "_FEW", few)
    monkeypatch.setattr(module, "_BLOCK_SLOTS", 7)
    sources = list(range(0, graph.num_users, 3))
    assert hop_counts(graph.offsets, graph.friends, np.array(sources)).tolist() == known_pairs(graph, sources)


def test_a_sample_of_sources_is_near_all_of_them() -> None:
    graph = make_chain(4_000, mean_degree=30, seed=1)
    exact, sampled = distances(graph, 4_000), distances(graph, 256)
    assert (exact.exact, sampled.exact, sampled.sources) == (True, False, 256)
    assert sampled.mean == pytest.approx(exact.mean, rel=0.01)
    assert sampled.spid == pytest.approx(exact.spid, rel=0.1)
    assert distances(graph, 256).pairs.tolist() == sampled.pairs.tolist()


def test_society_is_wider_than_its_rewiring_and_a_random_graph_is_not() -> None:
    society = make_chain(4_000, mean_degree=30, seed=1)
    ratio = distance_over_rewired(society)
    assert ratio is not None
    assert ratio > 1.03
    rows = rewired_rows(society, seed=5)
    owner = np.repeat(np.arange(society.num_users), np.diff(rows.offsets))
    random = SocialGraph.from_edges(society.num_users, owner, rows.friends)
    assert distance_over_rewired(random) == pytest.approx(1.0, abs=0.005)
