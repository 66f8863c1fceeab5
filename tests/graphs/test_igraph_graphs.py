"""Chains to igraph and back: every tie, strength, name and attribute; what cannot be taken is refused."""

from __future__ import annotations

import igraph
import numpy as np
import pytest

from graphs.chain import make_chain
from graphs.errors import InputError
from graphs.igraph_graphs import from_igraph, to_igraph
from graphs.social_graph import SocialGraph


def test_a_chain_comes_back() -> None:
    chain = make_chain(600, mean_degree=10, seed=2)
    graph = to_igraph(chain)
    assert (graph.vcount(), graph.ecount()) == (chain.num_users, chain.num_ties)
    assert np.array_equal(graph.degree(), chain.degree())
    assert np.array_equal(graph.vs["age_band"], chain.attributes.age_band)
    again = from_igraph(graph)
    assert np.array_equal(again.friends, chain.friends)
    assert np.array_equal(again.strength, chain.strength)
    assert again.labels == [str(user) for user in range(chain.num_users)]


def test_a_famous_graph_with_more_than_a_chain_can_hold() -> None:
    """Directed, with a loop and a repeat: one undirected tie each, and the rest counted."""
    graph = igraph.Graph(5, [(0, 1), (1, 0), (2, 2), (3, 1)], directed=True)
    chain = from_igraph(graph)
    assert chain.degree().tolist() == [1, 2, 0, 1, 0]
    assert chain.labels is None
    assert chain.notes == ("self ties dropped: 1", "repeated ties merged: 1")
    club = from_igraph(igraph.Graph.Famous("Zachary"))
    assert (club.num_users, club.num_ties) == (34, 78)


def test_empty_and_impossible_graphs() -> None:
    assert from_igraph(igraph.Graph(3)).degree().tolist() == [0, 0, 0]
    assert isinstance(from_igraph(to_igraph(from_igraph(igraph.Graph(3)))), SocialGraph)
    graph = igraph.Graph(2, [(0, 1)], edge_attrs={"strength": [300]})
    with pytest.raises(InputError, match="strength: a strength out of range; got 300; allowed: 0 to 255"):
        from_igraph(graph)
