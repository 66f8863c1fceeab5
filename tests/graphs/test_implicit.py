"""ImplicitChain: symmetric, the same on host and device, equal to the chain written out, and shaped like a society."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.attributes import FEMALE_SHARE, IOS_SHARE
from graphs.device import Chain
from graphs.errors import InputError
from graphs.implicit import ImplicitChain
from graphs.implicit_build import make_implicit, nearest_size
from graphs.implicit_slots import friend_lists
from graphs.layers import Pattern, fold_bits, lognormal_sizes, power_sizes, whole
from graphs.materialise import attributes_of, materialise, slot_for_slot
from graphs.social_graph import CHAT_CAP, FRIEND_CAP, SocialGraph
from graphs.summary import summarise
from tests.conftest import binomial_bounds, z_bound

EVERYBODY = 1_400_000_000
QUESTIONS = ("degree", "chat_count", "platforms", "affinity", "town", "city_tier", "province", "gender", "phone")


@functools.cache
def chain() -> ImplicitChain:
    return make_implicit(14_000, mean_degree=60.0, seed=1)


@functools.cache
def written_out() -> SocialGraph:
    return materialise(chain())


@functools.cache
def population() -> ImplicitChain:
    return make_implicit(EVERYBODY, mean_degree=150.0, seed=3)


def users_of(who: ImplicitChain) -> np.ndarray:
    return np.arange(who.num_users, dtype=np.int32)


def slots(count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Index of the owner and number of every slot, for owners with so many."""
    owner = np.repeat(np.arange(len(count)), count)
    return owner, (np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)).astype(np.int32)


def on_device(name: str) -> Callable:
    return jax.jit(getattr(ImplicitChain, name))


def test_every_directed_tie_is_the_one_written_out() -> None:
    lists, graph = friend_lists(chain().host(), users_of(chain())), written_out()
    graph.validate()
    assert np.array_equal(lists.offsets, graph.offsets)
    assert np.array_equal(lists.friends, graph.friends)
    assert np.array_equal(lists.strength, graph.strength)


def test_every_chat_seat_is_the_one_written_out_from_both_sides() -> None:
    host, graph = chain().host(), written_out()
    assert graph.num_chats == host.num_chats
    owner, slot = slots(host.chat_count(users_of(host)))
    mine = np.unique((host.chat(owner.astype(np.int32), slot).astype(np.int64) << 32) | owner)
    chat, seat = slots(host.chat_size(np.arange(host.num_chats, dtype=np.int32)))
    theirs = np.unique((chat.astype(np.int64) << 32) | host.member(chat.astype(np.int32), seat))
    written = np.repeat(np.arange(graph.num_chats), graph.chat_sizes())
    assert len(owner) == len(chat)
    assert np.array_equal(mine, theirs)
    assert np.array_equal(mine, (written << 32) | graph.members)


def test_device_answers_as_the_host_does() -> None:
    host, users = chain().host(), users_of(chain())
    for name in (*QUESTIONS, "age_band"):
        assert np.array_equal(on_device(name)(chain(), jnp.asarray(users)), getattr(host, name)(users)), name
    owner, slot = slots(host.degree(users))
    ours, theirs = host.tie(users[owner], slot), on_device("tie")(chain(), jnp.asarray(users[owner]), jnp.asarray(slot))
    assert np.array_equal(ours[0], theirs[0])
    assert np.array_equal(ours[1], theirs[1])
    chats = np.arange(host.num_chats, dtype=np.int32)
    assert np.array_equal(on_device("chat_size")(chain(), chats), host.chat_size(chats))
    chat, seat = slots(host.chat_size(chats))
    chat = chat.astype(np.int32)
    assert np.array_equal(on_device("member")(chain(), chat, seat), host.member(chat, seat))
    owner, slot = slots(host.chat_count(users))
    assert np.array_equal(on_device("chat")(chain(), users[owner], slot), host.chat(users[owner], slot))


def test_a_stored_chain_can_answer_slot_for_slot() -> None:
    """What the engine sees of it, dead slots and order included, is what it sees of the implicit one."""
    who, stored = chain(), cast(Any, slot_for_slot(chain()))
    users = users_of(who)
    assert (stored.num_users, stored.num_chats) == (who.num_users, who.num_chats)
    for name in ("degree", "chat_count", "platforms", "affinity"):
        assert np.array_equal(getattr(stored, name)(users), getattr(who.host(), name)(users)), name
    owner, slot = slots(who.host().degree(users))
    ours, theirs = who.host().tie(users[owner], slot), stored.tie(users[owner], slot)
    assert np.array_equal(ours[0], theirs[0])
    assert np.array_equal(ours[1], theirs[1])
    owner, slot = slots(who.host().chat_count(users))
    assert np.array_equal(stored.chat(users[owner], slot), who.host().chat(users[owner], slot))
    chats = np.arange(who.num_chats, dtype=np.int32)
    chat, seat = slots(who.host().chat_size(chats))
    assert np.array_equal(stored.member(chats[chat], seat), who.host().member(chats[chat], seat))


def test_answers_are_int32_and_the_protocol_is_kept() -> None:
    who: Chain = chain()
    one = jnp.zeros(1, jnp.int32)
    answers = [who.degree(one), *who.tie(one, one), who.chat_count(one), who.chat(one, one), who.chat_size(one)]
    answers += [who.member(one, one), who.platforms(one), who.affinity(one)]
    assert {str(answer.dtype) for answer in answers} == {"int32"}


@settings(max_examples=12)
@given(st.integers(2_048, 9_000), st.floats(2.0, 60.0), st.integers(0, 2**31))
def test_every_size_is_symmetric_and_seated(num_users: int, mean_degree: float, seed: int) -> None:
    host = make_implicit(num_users, mean_degree=mean_degree, seed=seed).host()
    assert host.num_users == nearest_size(num_users)
    lists, graph = friend_lists(host, users_of(host)), materialise(host)
    graph.validate()
    assert np.array_equal(lists.friends, graph.friends)
    assert np.array_equal(lists.strength, graph.strength)
    assert graph.num_chats == host.num_chats
    assert host.chat_size(np.arange(host.num_chats, dtype=np.int32)).min() >= 1


def test_a_slot_out_of_range_names_somebody() -> None:
    host = chain().host()
    users = users_of(host)
    for beyond in (0, 5, 10_000, 2**31 - 1):
        slot = np.minimum(host.degree(users).astype(np.int64) + beyond, 2**31 - 1).astype(np.int32)
        friend, strength = host.tie(users, slot)
        assert 0 <= friend.min() <= friend.max() < host.num_users
        assert 0 <= strength.min() <= strength.max() < 256
        assert 0 <= host.chat(users, slot).min() <= host.chat(users, slot).max() < host.num_chats
    chats = np.arange(host.num_chats, dtype=np.int32)
    beyond_seats = host.member(chats, np.full(len(chats), 2**31 - 1, np.int32))
    assert 0 <= beyond_seats.min() <= beyond_seats.max() < host.num_users


def test_a_dead_slot_names_the_user_and_is_no_tie() -> None:
    host, users = chain().host(), users_of(chain())
    owner, slot = slots(host.degree(users))
    friend, strength = host.tie(users[owner], slot)
    dead = friend == users[owner]
    assert np.all(strength[dead] == 0)
    assert 0.05 < dead.mean() < 0.3


def test_same_seed_same_chain_other_seed_other_chain() -> None:
    first, again, other = (make_implicit(4_000, mean_degree=30.0, seed=seed) for seed in (4, 4, 5))
    assert all(np.array_equal(a, b) for a, b in zip(jax.tree.leaves(first), jax.tree.leaves(again), strict=True))
    graph = materialise(first)
    assert not np.array_equal(graph.friends, materialise(other).friends)
    assert np.array_equal(graph.friends, materialise(again).friends)


@pytest.mark.parametrize("mean_degree", [20.0, 60.0, 150.0])
def test_mean_degree_is_the_asked_one(mean_degree: float) -> None:
    graph = materialise(make_implicit(14_000, mean_degree=mean_degree, seed=2))
    assert graph.mean_degree == pytest.approx(mean_degree, rel=0.01)
    assert graph.degree().max() <= FRIEND_CAP
    assert CHAT_CAP // 2 < graph.chat_sizes().max() <= CHAT_CAP


# Bands of published or derived values (Facebook 2011, college networks, a Chinese survey of group chats).
BANDS = {
    "lcc_fraction_of_nodes_with_degree_ge_1": (0.995, 1.0),
    "degree_upper_spread": (1.05, 1.35),
    "gini_degree": (0.50, 0.63),
    "size_biased_degree_over_mean": (1.6, 4.0),
    "clustering_local_at_degree_100": (0.10, 0.22),
    "degree_assortativity": (0.02, 0.25),
    "friendship_paradox_median": (0.72, 0.86),
    "age_assortativity": (0.25, 0.5),
    "gender_assortativity": (0.0, 0.12),
    "affinity_correlation": (0.03, 0.5),
    "groups_per_user_lt_10": (0.18, 0.32),
    "groups_per_user_10_30": (0.52, 0.66),
    "groups_per_user_30_50": (0.07, 0.21),
    "groups_per_user_gt_50": (0.0, 0.09),
}


@functools.cache
def summary() -> dict[str, Any]:
    return summarise(materialise(make_implicit(50_000, mean_degree=150.0, seed=1)))


@pytest.mark.parametrize("metric", sorted(BANDS))
def test_society_has_the_shape_of_the_published_ones(metric: str) -> None:
    low, high = BANDS[metric]
    assert low <= summary()[metric] <= high


def test_attributes_have_their_shares() -> None:
    who = written_out().attributes
    users = chain().num_users
    low, high = binomial_bounds(users, IOS_SHARE)
    assert low <= np.count_nonzero(who.phone == 0) <= high
    rows = 1 << chain().town_bits  # gender is a property of the template's rows
    low, high = binomial_bounds(rows, FEMALE_SHARE)
    assert low <= np.count_nonzero(who.gender[:rows]) <= high
    assert len(np.unique(who.age_band)) == 12
    platforms = np.bincount(who.platforms, minlength=4) / users
    assert platforms[3] > 0.4
    assert platforms[1] > platforms[2] > 0.005


def test_liking_is_uniform_over_the_population() -> None:
    users = np.random.default_rng(1).integers(0, population().num_users, 100_000).astype(np.int32)
    quantile = population().host().affinity(users)
    spread = np.sqrt((256**2 - 1) / 12 / len(users))
    assert abs(quantile.mean() - 127.5) / spread < z_bound() + 0.5 / spread  # half a step for the integer tables
    counts = np.bincount(quantile, minlength=256)
    assert counts.min() > 0.7 * len(users) / 256
    assert counts.max() < 1.3 * len(users) / 256


def test_the_whole_population_fits_and_is_symmetric() -> None:
    who = population()
    assert who.table_bytes <= 64 * 2**20
    assert abs(who.num_users - EVERYBODY) < 65_536
    assert who.num_chats < 2**31
    host = who.host()
    users = np.random.default_rng(2).integers(0, who.num_users, 1_500).astype(np.int32)
    users = users[host.degree(users) > 0]
    lists = friend_lists(host, users)
    owner = np.repeat(users, np.diff(lists.offsets))
    some = np.arange(0, len(owner), len(owner) // 1_000)
    back = friend_lists(host, lists.friends[some])
    index = np.repeat(np.arange(len(some)), np.diff(back.offsets))
    mutual = (back.friends == owner[some][index]) & (back.strength == lists.strength[some][index])
    assert np.array_equal(np.bincount(index[mutual], minlength=len(some)), np.ones(len(some)))


def test_the_whole_population_has_its_mean_degree_and_reaches_across_towns() -> None:
    host = population().host()
    users = (np.arange(3_000) * (host.num_users / 3_000)).astype(np.int32)
    lists = friend_lists(host, users)
    assert np.diff(lists.offsets).mean() == pytest.approx(150.0, rel=0.06)
    owner = np.repeat(users, np.diff(lists.offsets))
    away = host.town(owner) != host.town(lists.friends)
    assert 0.2 < away.mean() < 0.9
    assert np.diff(lists.offsets).max() <= FRIEND_CAP


def test_attributes_of_some_users_are_those_of_all() -> None:
    some = np.array([5, 700, 13_000], dtype=np.int32)
    few = attributes_of(chain().host(), some)
    for name, values in vars(written_out().attributes).items():
        assert np.array_equal(getattr(few, name), values[some]), name


def test_whole_rounds_to_a_multiple_and_spares_the_few() -> None:
    rng = np.random.default_rng(1)
    for total in range(1, 200):
        stubs = np.bincount(rng.integers(0, 20, total), minlength=30)
        out = whole(stubs, 16, 1, rng)
        assert out.sum() % 16 == 0
        assert out.sum() > 0
        assert np.array_equal(out > 0, stubs > 0)
    assert whole(np.zeros(4, np.int64), 16, 0, rng).sum() == 0


def test_patterns_are_full_and_keep_the_cap() -> None:
    rng = np.random.default_rng(1)
    circles, chats = lognormal_sizes(40.0, 0.35, 500, 1 << 20, rng), power_sizes(1.9, 3, 500, 1 << 20, rng)
    for pattern in (circles, chats):
        assert pattern.sizes.sum() == 1 << pattern.bits
        assert 3 <= pattern.sizes.max() <= 500
    assert circles.sizes.mean() == pytest.approx(40.0, rel=0.05)
    assert np.median(chats.sizes) < 8 < chats.sizes.mean()
    assert Pattern(np.array([3, 5]), 3).blocks_in(8 * 4 + 4) == 4 * 2 + 2
    assert 3 <= fold_bits(40, 1) <= fold_bits(1_000_000, 20_000) <= 16


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"num_users": 20}, "users"),
        ({"num_users": 2_100_000_000}, "users"),
        ({"num_users": 5_000, "mean_degree": 0.5}, "mean_degree"),
    ],
)
def test_impossible_societies_are_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        make_implicit(**arguments)


def test_a_chain_too_large_to_write_out_is_refused() -> None:
    with pytest.raises(InputError, match="written out"):
        materialise(replace(chain(), num_users=1 << 29))
