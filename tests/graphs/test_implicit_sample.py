"""Sampling the implicit chain: bulk look-ups, places and hops are those of the chain written out, estimates hold it."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from experiments.validation.implicit import asymmetric
from graphs.clustering import triangles_of
from graphs.geography import home_kilometres, work_kilometres
from graphs.implicit import ImplicitChain
from graphs.implicit_build import make_implicit
from graphs.implicit_hops import UNREACHED, hops
from graphs.implicit_places import homes, works
from graphs.implicit_sample import ChainSample, bootstrap, summarise_sample
from graphs.implicit_slots import BATCH, each_slot, friend_lists, live_slots, ties_behind
from graphs.materialise import materialise
from graphs.social_graph import SocialGraph
from graphs.summary import summarise
from tests.conftest import z_bound


@functools.cache
def chain() -> ImplicitChain:
    return make_implicit(14_000, mean_degree=60.0, seed=1)


@functools.cache
def written_out() -> SocialGraph:
    return materialise(chain())


@functools.cache
def sample() -> ChainSample:
    return ChainSample(chain(), 3_000)


def everybody() -> np.ndarray:
    return np.arange(chain().num_users, dtype=np.int32)


def test_bulk_look_ups_on_the_device_are_those_of_the_host() -> None:
    host = chain().host()
    owner, slot = each_slot(host.degree(everybody()))
    some = np.arange(0, len(owner), 5)[: BATCH + 17]  # one full piece and a short one
    users = owner[some].astype(np.int32)
    ours, theirs = ties_behind(chain(), users, slot[some]), host.tie(users, slot[some])
    assert np.array_equal(ours[0], theirs[0])
    assert np.array_equal(ours[1], theirs[1])
    live = np.bincount(owner, ties_behind(host, owner.astype(np.int32), slot)[0] != owner, chain().num_users)
    assert np.array_equal(live_slots(host, everybody()), live)


def test_friends_of_users_in_any_order_and_twice() -> None:
    users = np.array([900, 3, 3, 13_000], dtype=np.int32)
    lists = friend_lists(chain().host(), users)
    for at, user in enumerate(users):
        row = slice(lists.offsets[at], lists.offsets[at + 1])
        assert np.array_equal(lists.friends[row], written_out().friends_of(int(user)))
    assert np.array_equal(lists.owner, np.repeat(np.arange(4), lists.degree))
    assert len(friend_lists(chain().host(), users[:0]).friends) == 0


def test_places_are_those_of_the_stored_chain() -> None:
    who = written_out().attributes
    np.testing.assert_allclose(homes(chain().host(), everybody()), home_kilometres(who), atol=0.05)
    town, place = works(chain().host(), everybody())
    np.testing.assert_allclose(place, work_kilometres(who), atol=0.05)
    assert np.all(town // 4 == who.town // 4)
    assert 0.1 < (town != who.town).mean() < 0.2


def test_hops_are_shortest_ways() -> None:
    """Against Dijkstra on a thin chain, where some are far and some have no way at all."""
    thin = make_implicit(14_000, mean_degree=8.0, seed=1)
    graph = materialise(thin)
    ties = csr_matrix((np.ones(len(graph.friends)), graph.friends, graph.offsets), shape=(graph.num_users,) * 2)
    alone = int(np.flatnonzero(graph.degree() == 0)[0])
    rng = np.random.default_rng(1)
    longest = 0
    for source in (*rng.integers(0, graph.num_users, 4), alone):
        targets = np.append(rng.integers(0, graph.num_users, 60), [source, alone]).astype(np.int32)
        apart = dijkstra(ties, indices=source, unweighted=True)[targets]
        found = hops(thin.host(), int(source), targets)
        assert np.array_equal(found, np.where(np.isinf(apart), UNREACHED, apart))
        longest = max(longest, int(found.max()))
    assert longest >= 6


def test_local_clustering_of_sampled_users_is_exact() -> None:
    found, degree = sample(), written_out().degree()
    some = np.flatnonzero(found.degree > 1)[:300]
    users = found.users[some]
    exact = 2.0 * triangles_of(written_out(), users) / (degree[users] * (degree[users] - 1.0))
    np.testing.assert_allclose(found._local(some), exact)


def test_estimates_lie_within_their_errors_of_the_whole() -> None:
    whole = summarise(written_out())
    found = {**sample().degrees(), **sample().mixing(3_000), **sample().groups(), **sample().paradox(150)}
    near_100 = sample().at_degree_100(150)
    assert near_100 is not None
    shared = [name for name in found if whole.get(name) is not None and found[name].error > 0]
    assert len(shared) >= 14
    for name in shared:
        # Quantiles move in whole friends; bootstrapped errors are themselves estimates: half as wide again.
        bound = 1.5 * z_bound(len(shared)) * found[name].error + 0.02 * abs(whole[name])
        assert abs(found[name].value - whole[name]) < bound, name
    assert abs(near_100.mean - whole["clustering_local_at_degree_100"]) < z_bound() * (near_100.error + 0.003)


def test_errors_shrink_with_the_sample() -> None:
    small, large = (ChainSample(chain(), count).degrees()["degree_mean"].error for count in (500, 8_000))
    assert 2.5 < small / large < 6.5
    normal = np.random.default_rng(1).normal(size=2_000)
    assert bootstrap(lambda x: x.mean(), normal).error == pytest.approx(1 / np.sqrt(2_000), rel=0.25)


def test_sampled_ties_are_answered_from_the_other_side() -> None:
    assert asymmetric(chain(), 30_000) == (30_000, 0)


def test_a_slot_answered_by_nobody_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check can fail: on two halves of different chains it does."""
    from graphs import implicit_slots

    other = make_implicit(14_000, mean_degree=60.0, seed=2)
    monkeypatch.setattr(implicit_slots, "friend_lists", lambda _, users: friend_lists(other, users))
    looked, wrong = asymmetric(chain(), 2_000)
    assert wrong > 0.9 * looked


def test_a_summary_of_some_users_names_what_a_summary_names() -> None:
    found = summarise_sample(chain(), 500)
    assert found["sampled_users"] == 500
    assert set(found) - {"sampled_users"} <= set(summarise(written_out()))
