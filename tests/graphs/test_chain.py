"""make_chain: promises at every size, the same bytes for the same seed, and the shape of a society."""

from __future__ import annotations

import functools
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.attributes import IOS_SHARE
from graphs.chain import _capped, make_chain
from graphs.chain_parameters import FociParameters
from graphs.errors import InputError
from graphs.foci import Places, cut_blocks, deal, strength_table
from graphs.groups import chat_memberships
from graphs.people import _city_tier
from graphs.social_graph import CHAT_CAP, FRIEND_CAP, SocialGraph
from graphs.summary import summarise
from graphs.textbook import star
from tests.conftest import binomial_bounds, chi2_bound, z_bound

USERS = 30_000


@functools.cache
def chain(seed: int = 1) -> SocialGraph:
    return make_chain(USERS, mean_degree=150.0, seed=seed)


@functools.cache
def summary(seed: int = 1) -> dict[str, Any]:
    return summarise(chain(seed))


@settings(max_examples=25)
@given(st.integers(10, 3_000), st.floats(2.0, 60.0), st.integers(0, 2**31))
def test_every_size_keeps_the_promises(num_users: int, mean_degree: float, seed: int) -> None:
    graph = make_chain(num_users, mean_degree=mean_degree, seed=seed)
    graph.validate()
    assert graph.num_users == num_users
    assert graph.degree().max(initial=0) <= min(FRIEND_CAP, num_users - 1)
    assert graph.chat_sizes().max(initial=0) <= CHAT_CAP


def test_large_chain_keeps_the_promises() -> None:
    graph = chain()
    graph.validate()
    assert graph.num_users == USERS
    assert graph.degree().max() <= FRIEND_CAP
    assert CHAT_CAP // 2 < graph.chat_sizes().max() <= CHAT_CAP


def test_same_seed_same_bytes_other_seed_other_bytes() -> None:
    arrays = ("offsets", "friends", "strength", "chats", "members")
    first, again, other = (make_chain(2_000, mean_degree=40, seed=seed) for seed in (3, 3, 4))
    for name in arrays:
        assert getattr(first, name).tobytes() == getattr(again, name).tobytes(), name
        assert getattr(first, name).tobytes() != getattr(other, name).tobytes(), name
    for name, values in vars(first.attributes).items():
        assert np.array_equal(values, getattr(again.attributes, name)), name
    assert not np.array_equal(first.attributes.affinity, other.attributes.affinity)


@pytest.mark.parametrize(("num_users", "mean_degree"), [(USERS, 150.0), (20_000, 30.0), (5_000, 190.0)])
def test_mean_degree_is_the_asked_one(num_users: int, mean_degree: float) -> None:
    graph = chain() if num_users == USERS else make_chain(num_users, mean_degree=mean_degree, seed=2)
    assert graph.mean_degree == pytest.approx(mean_degree, rel=0.02)
    assert graph.notes == ()


def test_a_chain_too_small_for_the_mean_says_so() -> None:
    (note,) = make_chain(50, mean_degree=150).notes
    assert "150 asked" in note


# Bands of published or derived values (Facebook 2011, college networks, a Chinese survey of group chats), the
# ones that a chain of this size can show; means over seeds would be tighter but say no more.
BANDS = {
    "lcc_fraction_of_nodes_with_degree_ge_1": (0.995, 1.0),
    "degree_p_gt_100": (0.41, 0.57),
    "degree_upper_spread": (1.05, 1.35),
    "gini_degree": (0.50, 0.63),
    "size_biased_degree_over_mean": (1.6, 4.0),
    "clustering_local_at_degree_100": (0.10, 0.22),
    "degree_assortativity": (0.02, 0.25),
    "friendship_paradox_median": (0.72, 0.86),
    "gender_assortativity": (0.0, 0.12),
    "groups_per_user_lt_10": (0.18, 0.32),
    "groups_per_user_10_30": (0.52, 0.66),
    "groups_per_user_30_50": (0.07, 0.21),
    "groups_per_user_gt_50": (0.0, 0.09),
}


@pytest.mark.parametrize("metric", sorted(BANDS))
def test_society_has_the_shape_of_the_published_ones(metric: str) -> None:
    low, high = BANDS[metric]
    assert low <= summary()[metric] <= high


def test_clustering_falls_with_degree() -> None:
    by_degree = list(summary()["clustering_by_degree"].values())
    assert all(later < earlier for earlier, later in pairwise(by_degree[1:]))


def test_friends_are_alike() -> None:
    assert summary()["age_assortativity"] > 0.2
    assert summary()["affinity_correlation"] > 0.05


def test_attributes_have_their_shares() -> None:
    who = chain().attributes
    low, high = binomial_bounds(USERS, IOS_SHARE)
    assert low <= np.count_nonzero(who.phone == 0) <= high
    count = np.bincount(who.affinity, minlength=256)
    assert count.min() >= USERS // 256  # ranks: uniform to the last user
    assert count.max() <= USERS // 256 + 1
    platforms = np.bincount(who.platforms, minlength=4) / USERS
    assert platforms[3] > 0.4
    assert platforms[1] > platforms[2] > 0.005
    assert len(np.unique(who.age_band)) == 12


def test_households_are_the_strongest_and_nation_ties_the_weakest() -> None:
    p = FociParameters()
    layers = [p.household_strength, p.circle_strength, p.neighbourhood_strength]
    layers += [p.town_strength, p.city_strength, p.nation_strength]
    means = [float(strength_table(layer).mean()) for layer in layers]
    assert means == sorted(means, reverse=True)


def test_neighbours_by_id_are_family() -> None:
    graph = make_chain(3_000, mean_degree=40, seed=5)
    owner = np.repeat(np.arange(graph.num_users), graph.degree())
    family = np.abs(owner - graph.friends) == 1
    assert graph.strength[family].mean() > graph.strength[~family].mean() + 60


def test_friend_cap_drops_the_weakest_ties() -> None:
    hub = SocialGraph.from_edges(6, [0, 0, 0, 0, 4], [1, 2, 3, 4, 5], strength=[9, 50, 7, 80, 1])
    capped = _capped(hub, 2)
    capped.validate()
    assert capped.friends_of(0).tolist() == [2, 4]
    assert capped.friends_of(4).tolist() == [0, 5]
    assert _capped(star(4), 3).num_ties == 3


def places(num_users: int, towns: int) -> Places:
    user = np.arange(num_users)
    town = (user * towns // num_users).astype(np.int32)
    zero = np.zeros(num_users, dtype=np.int32)
    return Places(num_users, towns, town, zero, zero, zero.astype(np.float32), zero.astype(np.uint8))


def test_tiers_go_to_whole_cities_and_half_the_people_live_in_the_lower_ones() -> None:
    tier = _city_tier(places(400, 40), FociParameters(), seed=1)
    assert np.bincount(tier, minlength=6).tolist() == [0, 40, 160, 80, 80, 40]
    assert np.all(tier.reshape(10, 40) == tier.reshape(10, 40)[:, :1])


def test_deal_gives_every_stub_a_seat_inside_its_window() -> None:
    where = places(1_000, 10)
    members, starts = deal(np.array([3], np.int32), where, 7, np.random.default_rng(1))
    assert np.array_equal(np.bincount(members, minlength=1_000), np.full(1_000, 3))
    assert starts.tolist() == [0, 3_000]  # a second window of three towns would be less than half full
    members, starts = deal(np.array([3], np.int32), where, 4, np.random.default_rng(1))
    assert starts.tolist() == [0, 1_200, 2_400, 3_000]
    for window in range(3):
        assert np.unique(where.town[members[starts[window] : starts[window + 1]]] // 4).tolist() == [window]


def test_deal_is_even_and_leaning_seats_like_by_like() -> None:
    where = places(4_000, 1)
    one = np.array([1], np.int32)
    members, _ = deal(one, where, 1, np.random.default_rng(2))
    table = np.histogram2d(np.arange(4_000), members, bins=4)[0]
    assert ((table - 250.0) ** 2 / 250.0).sum() < chi2_bound(9)
    leaning = (np.arange(4_000) % 2).astype(np.float32)
    leaned, _ = deal(one, where, 1, np.random.default_rng(2), leaning)
    assert np.all(leaned[:2_000] % 2 == 0)


def test_blocks_do_not_cross_windows_and_cover_every_seat() -> None:
    blocks = cut_blocks(np.arange(10, dtype=np.int32), np.array([0, 4, 10]), np.array([3, 3, 3, 3]))
    assert blocks.starts.tolist() == [0, 3, 4, 6, 9, 10]
    assert blocks.sizes().sum() == 10


def test_chats_leave_out_pairs_and_halve_what_is_over_the_cap() -> None:
    blocks = cut_blocks(np.arange(14, dtype=np.int32), np.array([0, 14]), np.array([2, 3, 9]))
    chat, member = chat_memberships([blocks, blocks], cap=6)
    assert np.bincount(chat).tolist() == [3, 5, 4, 3, 5, 4]
    assert set(member.tolist()) == set(range(2, 14))


def test_chats_are_the_foci_of_friends() -> None:
    """Two members of a small chat are friends far more often than two users at random."""
    graph = make_chain(3_000, mean_degree=40, seed=6)
    small = np.flatnonzero(graph.chat_sizes() == 4)
    pairs = np.concatenate([graph.members[graph.member_offsets[c] :][:2][None] for c in small])
    tied = np.array([v in graph.friends_of(u) for u, v in pairs])
    chance = graph.mean_degree / graph.num_users
    expected, spread = len(tied) * chance, np.sqrt(len(tied) * chance * (1 - chance))
    assert (tied.sum() - expected) / spread > z_bound()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"num_users": 3}, "users"),
        ({"num_users": 2**29}, "users"),
        ({"num_users": 100, "mean_degree": 0.5}, "mean_degree"),
    ],
)
def test_impossible_societies_are_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        make_chain(**arguments)
