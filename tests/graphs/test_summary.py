"""summarise against igraph and hand counts; the sampled road against the exact one."""

from __future__ import annotations

import json
import math

import igraph
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs import clustering
from graphs.chain import make_chain
from graphs.clustering import triangles_of
from graphs.social_graph import SocialGraph
from graphs.summary import summarise
from graphs.textbook import barabasi_albert, complete, erdos_renyi, karate_club, path, ring, star
from tests.conftest import z_bound
from tests.graphs.test_textbook import oracle


@st.composite
def graphs(draw: st.DrawFn) -> SocialGraph:
    n = draw(st.integers(5, 40))
    p = draw(st.floats(0.05, 0.9))
    return erdos_renyi(n, p, isolated=draw(st.integers(0, 2)), seed=draw(st.integers(0, 99)))


def assert_agrees(graph: SocialGraph) -> None:
    """Every statistic igraph also has."""
    found, known = summarise(graph), oracle(graph)
    degree = known.degree()
    assert found["degree_mean"] == pytest.approx(np.mean(degree))
    assert found["degree_max"] == max(degree)
    assert found["clustering_mean_local"] == pytest.approx(known.transitivity_avglocal_undirected(mode="zero"))
    assert found["triangles"] == len(known.list_triangles())
    transitivity = known.transitivity_undirected(mode="zero")
    assert found["clustering_transitivity"] == pytest.approx(transitivity)
    assert found["components"] == len(known.connected_components())
    assert found["lcc_fraction"] == pytest.approx(max(known.connected_components().sizes()) / known.vcount())
    assortativity = known.assortativity_degree(directed=False) if known.ecount() else math.nan
    if found["degree_assortativity"] is None:
        assert math.isnan(assortativity) or len(set(degree)) == 1
    else:
        assert found["degree_assortativity"] == pytest.approx(assortativity, abs=1e-9)
    if known.ecount():
        kind = graph.attributes.gender.tolist()
        if len(set(np.repeat(kind, degree).tolist())) == 2:
            assert found["gender_assortativity"] == pytest.approx(known.assortativity_nominal(kind, directed=False))


@given(graphs())
def test_random_graphs_agree_with_igraph(graph: SocialGraph) -> None:
    assert_agrees(graph)


@pytest.mark.parametrize("graph", [karate_club(isolated=1), barabasi_albert(200, 3, seed=1), star(9), ring(8), path(1)])
def test_known_graphs_agree_with_igraph(graph: SocialGraph) -> None:
    assert_agrees(graph)


def test_karate_club_has_its_published_numbers() -> None:
    found = summarise(karate_club())
    assert (found["users"], found["ties"], found["triangles"]) == (34, 78, 45)
    assert found["degree_assortativity"] == pytest.approx(-0.47561, abs=1e-5)
    assert found["clustering_mean_local"] == pytest.approx(0.57064, abs=1e-5)


def test_small_answers_by_hand() -> None:
    found = summarise(star(5))
    assert found["gini_degree"] == pytest.approx(0.3)  # degrees 1 1 1 1 4
    assert found["degree_median"] == 1.0
    assert found["friendship_paradox_mean"] == pytest.approx(0.8)
    assert found["friendship_paradox_median"] == pytest.approx(0.8)
    assert found["size_biased_degree_over_mean"] == pytest.approx(4.0 / 1.6**2)
    assert found["group_size_max"] == 5
    assert found["chats_per_user_mean"] == 1.0
    assert summarise(complete(6))["clustering_by_degree"] == {"5-9": 1.0}


def test_friends_median_is_the_median() -> None:
    graph = barabasi_albert(150, 4, seed=2)
    known = oracle(graph)
    degree = known.degree()
    below = [degree[v] < np.median([degree[w] for w in known.neighbors(v)]) for v in range(150)]
    assert summarise(graph)["friendship_paradox_median"] == pytest.approx(np.mean(below))


def test_a_graph_without_ties_has_no_statistics_of_ties() -> None:
    found = summarise(path(1, isolated=3))
    assert found["degree_mean"] == 0.0
    assert found["isolated_users"] == 4
    assert json.loads(json.dumps(found)) == found
    for name in (
        "degree_assortativity",
        "gini_degree",
        "age_assortativity",
        "lcc_fraction_of_nodes_with_degree_ge_1",
    ):
        assert found[name] is None, name


def test_triangles_do_not_depend_on_the_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = barabasi_albert(120, 5, seed=3)
    users = np.arange(120)
    whole = triangles_of(graph, users)
    monkeypatch.setattr(clustering, "_CHUNK_WORK", 50)
    monkeypatch.setattr(clustering, "_MARKS", 360)
    assert np.array_equal(triangles_of(graph, users), whole)
    assert whole.sum() == 3 * len(oracle(graph).list_triangles())


def test_sampled_clustering_is_near_the_exact_one(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = make_chain(3_000, mean_degree=30, seed=2)
    exact = summarise(graph)
    monkeypatch.setattr(clustering, "_EXACT_WORK", 0)
    monkeypatch.setattr(clustering, "_BIN_USERS", 150)
    sampled = summarise(graph)
    assert exact["clustering_sampled_users"] is None
    assert sampled["clustering_sampled_users"] < 1_000
    assert sampled["triangles"] is None
    known = np.array(igraph.Graph.transitivity_local_undirected(oracle(graph), mode="zero"))
    degree = graph.degree()
    for label, mean in sampled["clustering_by_degree"].items():
        low, _, high = label.rstrip("+").partition("-")
        inside = known[(degree >= int(low)) & (degree <= int(high or 10**9))]
        margin = z_bound() * inside.std() / np.sqrt(min(len(inside), 150))
        assert abs(mean - exact["clustering_by_degree"][label]) <= margin, label
