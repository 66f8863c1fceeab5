"""SocialGraph.from_edges: symmetric rows, merged repeats, kept strangers, chats both ways, validation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from graphs.attributes import pick
from graphs.hashing import hash_bits, hash_normal, hash_uniform, pair_bits
from graphs.social_graph import SocialGraph
from graphs.textbook import path
from tests.conftest import chi2_bound, ks_bound, z_bound

Edges = list[tuple[int, int]]


@st.composite
def edge_lists(draw: st.DrawFn) -> tuple[int, Edges]:
    """A number of users and pairs among them: self ties, repeats and isolated users all happen."""
    num_users = draw(st.integers(1, 12))
    user = st.integers(0, num_users - 1)
    return num_users, draw(st.lists(st.tuples(user, user), max_size=40))


def columns(edges: Edges) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    pairs = np.array(edges, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def strengths_by_pair(graph: SocialGraph) -> dict[tuple[int, int], int]:
    owner = np.repeat(np.arange(graph.num_users), graph.degree())
    return dict(zip(zip(owner.tolist(), graph.friends.tolist(), strict=True), graph.strength.tolist(), strict=True))


@given(edge_lists())
def test_ties_are_the_set_of_unordered_pairs(case: tuple[int, Edges]) -> None:
    num_users, edges = case
    graph = SocialGraph.from_edges(num_users, *columns(edges))
    graph.validate()
    wanted = {(u, v) for u, v in edges if u != v} | {(v, u) for u, v in edges if u != v}
    assert set(strengths_by_pair(graph)) == wanted
    assert graph.num_ties * 2 == len(wanted)
    assert len(graph.degree()) == num_users  # isolated users keep their row


@given(edge_lists(), st.randoms(use_true_random=False))
def test_strongest_copy_of_a_repeated_tie_stays(case: tuple[int, Edges], luck) -> None:
    num_users, edges = case
    strength = [luck.randrange(256) for _ in edges]
    graph = SocialGraph.from_edges(num_users, *columns(edges), strength=strength)
    wanted: dict[tuple[int, int], int] = {}
    for (u, v), value in zip(edges, strength, strict=True):
        if u != v:
            for pair in ((u, v), (v, u)):
                wanted[pair] = max(wanted.get(pair, 0), value)
    assert strengths_by_pair(graph) == wanted


def test_what_is_mended_is_counted() -> None:
    graph = SocialGraph.from_edges(4, [0, 1, 1, 2, 3], [1, 0, 1, 0, 3])
    assert graph.notes == ("self ties dropped: 2", "repeated ties merged: 1")
    assert graph.num_ties == 2
    assert graph.degree().tolist() == [2, 1, 1, 0]


@given(edge_lists())
def test_order_of_the_pairs_changes_nothing(case: tuple[int, Edges]) -> None:
    num_users, edges = case
    one = SocialGraph.from_edges(num_users, *columns(edges))
    other = SocialGraph.from_edges(num_users, *columns([(v, u) for u, v in reversed(edges)]))
    assert one.friends.tobytes() == other.friends.tobytes()
    assert one.offsets.tobytes() == other.offsets.tobytes()


def test_both_forms_of_chats_give_the_same_rows() -> None:
    lists = [[0, 1, 2, 1], [2, 3]]
    chat, member = np.array([0, 0, 0, 0, 1, 1]), np.array([0, 1, 2, 1, 2, 3])
    for chats in (lists, (chat, member)):
        graph = SocialGraph.from_edges(5, [0], [1], chats=chats)
        graph.validate()
        assert graph.num_chats == 2
        assert graph.members.tolist() == [0, 1, 2, 2, 3]
        assert graph.chats_per_user().tolist() == [1, 1, 2, 1, 0]
        assert graph.chats.tolist() == [0, 0, 0, 1, 1]


@pytest.mark.parametrize(
    ("u", "v", "words"),
    [([0], [5], "0..4"), ([-1], [0], "-1"), ([0, 1], [1], "2 ids"), ([0.5], [1], "integer")],
)
def test_impossible_pairs_are_refused(u: list, v: list, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SocialGraph.from_edges(5, u, v)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"strength": [256]}, "0..255"),
        ({"strength": [-1]}, "0..255"),
        ({"strength": [1, 2]}, "2 strengths"),
        ({"chats": [[0, 9]]}, "0..4"),
        ({"chats": (np.array([-1]), np.array([0]))}, "chat id -1"),
        ({"chats": (np.array([0, 1]), np.array([0]))}, "2 chat ids"),
    ],
)
def test_impossible_strengths_and_chats_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SocialGraph.from_edges(5, [0], [1], **options)


def test_offsets_are_32_bit_and_one_longer_than_users() -> None:
    graph = path(6, isolated=2)
    assert graph.offsets.dtype == np.int32
    assert graph.offsets.shape == (9,)
    assert graph.friends.dtype == np.int32
    assert graph.strength.dtype == np.uint8
    assert graph.mean_degree == 10 / 8
    assert graph.friends_of(1).tolist() == [0, 2]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda g: replace(g, friends=g.friends[::-1].copy()), "sorted|one direction|itself"),
        (lambda g: replace(g, strength=np.arange(len(g.friends), dtype=np.uint8)), "two strengths"),
        (lambda g: replace(g, friends=np.array([1, 1, 2, 1], np.int32)), "itself"),
        (lambda g: replace(g, friends=np.array([1, 0, 2, 0], np.int32)), "one direction"),
        (lambda g: replace(g, friends=np.array([1, 0, 9, 1], np.int32)), "allowed 0..2"),
        (
            lambda g: replace(g, chats=np.zeros(0, np.int32), chat_offsets=np.zeros(4, np.int32)),
            "memberships",
        ),
        (lambda g: replace(g, labels=["a"]), "labels"),
        (lambda g: replace(g, work_chats=(0, g.num_chats + 1)), "chats of work"),
        (lambda g: replace(g, attributes=replace(g.attributes, phone=g.attributes.phone[:1])), "phone"),
        (
            lambda g: replace(g, attributes=replace(g.attributes, platforms=g.attributes.platforms * 0)),
            "platforms",
        ),
    ],
)
def test_validate_finds_the_damage(damage, words: str) -> None:
    graph = path(3)
    graph.validate()
    with pytest.raises(ValueError, match=words):
        damage(graph).validate()


def test_chats_over_the_cap_are_found() -> None:
    graph = SocialGraph.from_edges(501, [0], [1], chats=[range(501)])
    with pytest.raises(ValueError, match="501 members"):
        graph.validate()


def test_affinity_is_uniform_and_alike_among_friends() -> None:
    user = np.arange(0, 60_000, 3)
    triangles = [np.concatenate([user, user, user + 1]), np.concatenate([user + 1, user + 2, user + 2])]
    graph = SocialGraph.from_edges(60_000, *triangles, seed=3)
    affinity = graph.attributes.affinity.astype(float)
    one_each = affinity[user]  # independent: one user of every triangle
    count = np.bincount((one_each // 16).astype(int), minlength=16)
    expected = len(user) / 16
    assert ((count - expected) ** 2 / expected).sum() < chi2_bound(15)
    correlation = np.corrcoef(affinity[user], affinity[user + 1])[0, 1]
    assert correlation > z_bound() / np.sqrt(len(user))


def test_hashes_are_uniform_normal_and_told_apart() -> None:
    user = np.arange(20_000)
    uniform = np.sort(hash_uniform(1, 2, user))
    steps = np.arange(1, len(user) + 1) / len(user)
    assert np.max(np.abs(uniform - steps)) < ks_bound(len(user))
    normal = hash_normal(1, 2, user)
    assert abs(normal.mean()) * np.sqrt(len(user)) < z_bound()
    for other in (hash_bits(2, 2, user), hash_bits(1, 3, user), hash_bits(1, 2, user + 1)):
        assert np.mean(other == hash_bits(1, 2, user)) < 0.001


def test_a_pair_has_one_hash_from_either_end() -> None:
    u, v = np.arange(5_000, dtype=np.int32), np.arange(5_000, dtype=np.int32)[::-1].copy()
    assert np.array_equal(pair_bits(1, 2, u, v), pair_bits(1, 2, v, u))
    assert not np.array_equal(pair_bits(1, 2, u, v), pair_bits(1, 3, u, v))
    count = np.bincount(pair_bits(7, 0, u, u + 1) & np.uint32(255), minlength=256)
    expected = len(u) / 256
    assert ((count - expected) ** 2 / expected).sum() < chi2_bound(255)


def test_pick_is_the_inverse_of_the_cumulative_shares() -> None:
    assert pick(np.array([0.0, 0.19, 0.2, 0.69, 0.7, 0.999]), (0.2, 0.5, 0.3)).tolist() == [0, 0, 1, 1, 2, 2]
