"""The kernel on its own luck: who joins, by whom and when is what one contact after another gives, to the byte."""

from __future__ import annotations

import inspect
import itertools

import jax
import numpy as np
import pytest

from graphs import textbook
from graphs.device import explicit_chain
from graphs.social_graph import SocialGraph
from growth.cascade import step
from growth.cascade_engine import CascadeRecord, Cascades
from growth.cascade_rules import complex_contagion, independent_cascade, linear_threshold, sir
from growth.cascade_state import BLOCK, COUNT_STEPS
from tests import oracles
from tests.growth import cascade_luck as luck

SEED = 7
GRAPH = textbook.barabasi_albert(300, 6, isolated=2)
STAR = textbook.star(120, isolated=1)
KERNELS = {
    name: Cascades(explicit_chain(graph), jax.devices()[:1], chunk=128)
    for name, graph in {"hubs": GRAPH, "star": STAR}.items()
}
START = [3, 250, 3, 299, 301]  # a repeat counts once; the last one has no tie


def rows_of(record: CascadeRecord | None, lane: int = 0) -> list[tuple]:
    """(user, parent, round) of one lane, in order."""
    assert record is not None
    mine = record.lane == lane
    columns = (record.user[mine], record.parent[mine], record.round[mine])
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _friends(graph: SocialGraph):
    lists = [graph.friends_of(user).tolist() for user in range(graph.num_users)]
    return lambda user: lists[user]


@pytest.mark.parametrize("p", [0.0, 0.05, 0.2, 0.5, 0.8, 1.0])
def test_the_record_is_what_one_contact_after_another_gives(p) -> None:
    friends = _friends(GRAPH)
    found = KERNELS["hubs"].run(independent_cascade(p), START, replicates=np.array([0, 5]), rng_seed=SEED, log=True)
    for lane, replicate in enumerate((0, 5)):

        def tried(user, replicate=replicate):
            return luck.tries(SEED, replicate, user, len(friends(user)), p)

        expected = luck.unfold(START, friends, tried)
        assert rows_of(found.record, lane) == expected
        assert found.size[0, lane] == len(expected)
        assert found.rounds[0, lane] == expected[-1][2]


def test_a_hub_of_many_blocks_is_one_user() -> None:
    """119 ties are four blocks, and more contacts than a chunk holds."""
    friends = _friends(STAR)
    found = KERNELS["star"].run(independent_cascade(0.9), [0], replicates=3, rng_seed=SEED, log=True)
    for replicate in range(3):
        expected = luck.unfold([0], friends, lambda user: luck.tries(SEED, replicate, user, len(friends(user)), 0.9))  # noqa: B023
        assert rows_of(found.record, replicate) == expected


def test_with_certainty_the_round_is_the_hop_distance() -> None:
    friends = _friends(GRAPH)
    found = KERNELS["hubs"].run(independent_cascade(1.0), START, replicates=1, rng_seed=SEED, log=True)
    hops = oracles.reached(START, friends, lambda *_: True)
    assert {user: round_ for user, _, round_ in rows_of(found.record)} == hops


def test_joined_sets_grow_with_p_on_the_same_luck() -> None:
    chances = [0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.5, 0.6, 0.9, 1.0]
    rule, replicates = independent_cascade(chances), 20
    found = KERNELS["hubs"].run(rule, [3], replicates=replicates, rng_seed=SEED, log=True)
    for replicate in range(replicates):
        joined = [
            {user for user, _, _ in rows_of(found.record, variant * replicates + replicate)}
            for variant in range(len(chances))
        ]
        assert all(less <= more for less, more in itertools.pairwise(joined))
        assert len(joined[-1]) == 300
    assert (np.diff(found.size.mean(axis=1)) > 0).sum() >= 7


def test_sir_is_one_contact_after_another_with_those_who_stay() -> None:
    p, recovery = 0.1, 0.4
    friends = _friends(GRAPH)
    found = KERNELS["hubs"].run(sir(p, recovery=recovery), [3, 9], replicates=2, rng_seed=SEED, log=True)
    for replicate in range(2):
        rows, joined = [(3, -1, 0), (9, -1, 0)], {3, 9}
        queue = [(user, round_, 0) for user, _, round_ in rows]
        for sharer, round_, age in queue:
            for slot in luck.tries(SEED, replicate, sharer, len(friends(sharer)), p, age):
                viewer = friends(sharer)[slot]
                if viewer not in joined:
                    joined.add(viewer)
                    rows.append((viewer, sharer, round_ + 1))
                    queue.append((viewer, round_ + 1, 0))
            if luck.stays(SEED, replicate, sharer, len(friends(sharer)), age, 1 - recovery):
                queue.append((sharer, round_ + 1, age + 1))
        assert rows_of(found.record, replicate) == rows
        assert len(queue) > 1.3 * len(rows)


@pytest.mark.parametrize(("contacts", "share"), [(2, 0.0), (3, 0.0), (1, 0.25), (2, 0.2)])
def test_complex_contagion_is_the_least_fixed_point(contacts, share) -> None:
    """Bootstrap percolation (Chalupa, Leath, Reich 1979): whoever has had enough contacts joins in the round after."""
    friends = _friends(GRAPH)
    start = list(range(0, 300, 12))
    found = KERNELS["hubs"].run(complex_contagion(contacts, share=share), start, replicates=1, rng_seed=SEED, log=True)
    joined, round_ = dict.fromkeys(start, 0), 0
    while True:
        round_ += 1
        had = {user: sum(friend in joined for friend in friends(user)) for user in range(300) if user not in joined}
        new = [user for user, many in had.items() if many >= max(contacts, np.ceil(share * len(friends(user))), 1)]
        if not new:
            break
        joined |= dict.fromkeys(new, round_)
    assert {user: when for user, _, when in rows_of(found.record)} == joined
    assert len(start) < len(joined)


def test_a_parent_is_a_friend_of_the_round_before_and_nobody_joins_twice() -> None:
    for rule in (linear_threshold(), complex_contagion(2, p=0.6), sir(0.05, rounds=4)):
        found = KERNELS["hubs"].run(rule, [0, 1, 2, 3], replicates=4, rng_seed=SEED, log=True)
        for lane in range(4):
            rows = rows_of(found.record, lane)
            when = {user: round_ for user, _, round_ in rows}
            assert len(when) == len(rows) == found.size[0, lane]
            assert [round_ for *_, round_ in rows] == sorted(when.values())
            for user, parent, round_ in rows[4:]:
                assert user in GRAPH.friends_of(parent)
                gap = round_ - when[parent]
                assert gap == 1 or (rule.law.lasting and 1 <= gap <= 4)


def test_the_grammar_of_a_step() -> None:
    assert list(inspect.signature(step).parameters) == ["key", "state", "graph", "campaign", "sizes", "law"]


def test_numbers_that_are_no_probabilities_or_users_are_refused() -> None:
    with pytest.raises(ValueError, match=r"1\.5 are not in 0"):
        independent_cascade([0.1, 1.5])
    with pytest.raises(ValueError, match="at least 1"):
        complex_contagion(0)
    with pytest.raises(ValueError, match="nobody ever recovers"):
        sir(0.1)
    with pytest.raises(ValueError, match="rounds 0"):
        sir(0.1, rounds=0)
    with pytest.raises(ValueError, match="302"):
        KERNELS["hubs"].run(independent_cascade(0.1), [302], replicates=1, rng_seed=SEED)


def test_a_count_never_runs_out_of_steps() -> None:
    """The chance of more points than the table holds, for the largest block and time, is below a threshold's step."""
    from scipy import stats

    assert stats.poisson.sf(COUNT_STEPS - 2, BLOCK * np.log(2)) < 2.0**-31
