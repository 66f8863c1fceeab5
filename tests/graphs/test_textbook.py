"""Textbook graphs: known counts, known distances, and strangers who stay strangers."""

from __future__ import annotations

from typing import Any

import igraph
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs import textbook
from graphs.errors import InputError
from graphs.social_graph import SocialGraph

SMALL: dict[str, dict[str, Any]] = {
    "barabasi_albert": {"n": 40, "m": 2},
    "binary_tree": {"n": 15},
    "complete": {"n": 7},
    "configuration_model": {"degrees": [3, 3, 2, 2, 2, 2, 1, 1]},
    "erdos_renyi": {"n": 30, "p": 0.2},
    "karate_club": {},
    "path": {"n": 9},
    "ring": {"n": 9},
    "star": {"n": 9},
}
TIES = {
    "binary_tree": 14,
    "complete": 21,
    "configuration_model": 8,
    "karate_club": 78,
    "path": 8,
    "ring": 9,
    "star": 8,
}


def oracle(graph: SocialGraph) -> igraph.Graph:
    """The same ties in igraph."""
    owner = np.repeat(np.arange(graph.num_users), graph.degree())
    once = owner < graph.friends
    pairs = np.column_stack([owner[once], graph.friends[once]])
    return igraph.Graph(n=graph.num_users, edges=pairs.tolist())


def test_every_textbook_graph_is_tried() -> None:
    assert set(SMALL) == set(textbook.TEXTBOOK)


@pytest.mark.parametrize("name", sorted(SMALL))
def test_graph_keeps_its_promises_and_its_strangers(name: str) -> None:
    graph = textbook.make_textbook(name, **SMALL[name], isolated=2)
    graph.validate()
    assert graph.name == name
    assert graph.degree()[-2:].tolist() == [0, 0]
    assert graph.chats_per_user()[-2:].tolist() == [0, 0]
    assert np.all(graph.chats_per_user()[:-2] == 1)
    assert graph.chat_sizes().min() >= 2
    assert np.all(graph.attributes.platforms == 3)
    if name in TIES:
        assert graph.num_ties == TIES[name]


@pytest.mark.parametrize("name", sorted(SMALL))
def test_one_more_stranger_changes_nobody(name: str) -> None:
    fewer = textbook.make_textbook(name, **SMALL[name], isolated=1, seed=5)
    more = textbook.make_textbook(name, **SMALL[name], isolated=2, seed=5)
    assert np.array_equal(fewer.friends, more.friends)
    assert np.array_equal(fewer.members, more.members)
    for field in ("affinity", "phone", "city_tier", "age_band"):
        assert np.array_equal(getattr(fewer.attributes, field), getattr(more.attributes, field)[:-1]), field


@pytest.mark.parametrize(
    ("name", "diameter"), [("path", 8), ("ring", 4), ("star", 2), ("complete", 1), ("binary_tree", 6)]
)
def test_distances_are_the_known_ones(name: str, diameter: int) -> None:
    assert oracle(textbook.make_textbook(name, **SMALL[name])).diameter() == diameter


@pytest.mark.parametrize("name", ["barabasi_albert", "erdos_renyi", "configuration_model"])
def test_seed_decides_and_only_the_seed(name: str) -> None:
    first, again, other = (textbook.make_textbook(name, **SMALL[name], seed=seed) for seed in (1, 1, 2))
    assert first.friends.tobytes() == again.friends.tobytes()
    assert first.friends.tobytes() != other.friends.tobytes()


@given(st.integers(3, 40), st.integers(0, 3))
def test_sizes_come_out_as_asked(n: int, isolated: int) -> None:
    for graph, ties in (
        (textbook.path(n, isolated=isolated), n - 1),
        (textbook.ring(n, isolated=isolated), n),
        (textbook.star(n, isolated=isolated), n - 1),
        (textbook.complete(n, isolated=isolated), n * (n - 1) // 2),
        (textbook.binary_tree(n, isolated=isolated), n - 1),
    ):
        assert (graph.num_users, graph.num_ties) == (n + isolated, ties)


def test_configuration_model_keeps_the_degrees() -> None:
    wanted = [5, 4, 3, 3, 2, 2, 1, 1, 1]
    assert textbook.configuration_model(wanted, seed=4).degree().tolist() == wanted


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: textbook.make_textbook("moebius"), "karate_club"),
        (lambda: textbook.ring(2), "3 or more"),
        (lambda: textbook.path(0), "1 or more"),
        (lambda: textbook.configuration_model([1, 1, 1]), "even sum"),
    ],
)
def test_impossible_graphs_are_refused(call, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()
