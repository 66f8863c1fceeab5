"""Graphs that igraph carries, with the numbers that books give for them."""

from __future__ import annotations

import igraph
import numpy as np
import pytest

from graphs.distances import distances
from graphs.social_graph import SocialGraph
from graphs.summary import summarise

# Users, ties, triangles, ordered pairs at 1, 2, 3, ... ties. Platonic solids and cages: from their symmetry (Coxeter
# 1973, Regular Polytopes; Holton and Sheehan 1993, The Petersen Graph). The kite: Krackhardt 1990,
# doi:10.2307/2393394; the karate club: Zachary 1977, doi:10.1086/jar.33.4.3629752 (34 members, 78 ties, 45 triangles;
# mean distance 2.4082).
KNOWN = {
    "Tetrahedral": (4, 6, 4, [12]),
    "Octahedral": (6, 12, 8, [24, 6]),
    "Cubical": (8, 12, 0, [24, 24, 8]),
    "Icosahedral": (12, 30, 20, [60, 60, 12]),
    "Dodecahedral": (20, 30, 0, [60, 120, 120, 60, 20]),
    "Petersen": (10, 15, 0, [30, 60]),
    "Heawood": (14, 21, 0, [42, 84, 56]),
    "Krackhardt_Kite": (10, 18, 11, [36, 30, 14, 10]),
    "Zachary": (34, 78, 45, [156, 530, 274, 146, 16]),
}


def famous(name: str) -> SocialGraph:
    made = igraph.Graph.Famous(name)
    return SocialGraph.from_edges(made.vcount(), *np.array(made.get_edgelist(), dtype=np.int64).T, name=name)


@pytest.mark.parametrize("name", KNOWN)
def test_known_graphs_have_their_known_numbers(name: str) -> None:
    users, ties, triangles, pairs = KNOWN[name]
    graph = famous(name)
    graph.validate()
    found = summarise(graph)
    assert (found["users"], found["ties"], found["triangles"]) == (users, ties, triangles)
    assert distances(graph).pairs[1:].tolist() == pairs
    assert sum(pairs) == users * (users - 1)


def test_regular_graphs_have_the_clustering_of_their_symmetry() -> None:
    """Around a corner of the icosahedron lies a pentagon: 5 of 10 pairs; of the octahedron a square: 4 of 6."""
    for name, local in (("Icosahedral", 5 / 10), ("Octahedral", 4 / 6), ("Tetrahedral", 1.0), ("Petersen", 0.0)):
        found = summarise(famous(name))
        assert found["clustering_mean_local"] == pytest.approx(local), name
        assert found["clustering_transitivity"] == pytest.approx(local), name
        assert found["gini_degree"] == pytest.approx(0.0), name
        assert found["degree_assortativity"] is None, name


def test_isolated_users_keep_their_rows() -> None:
    made = igraph.Graph.Famous("Zachary")
    graph = SocialGraph.from_edges(40, *np.array(made.get_edgelist(), dtype=np.int64).T)
    graph.validate()
    assert graph.degree()[34:].tolist() == [0] * 6
    assert summarise(graph)["isolated_users"] == 6
