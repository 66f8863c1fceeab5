"""Seeds against sorting everybody in plain Python: exactly so many, the right ones, nested in the number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphs import textbook
from growth.flows import CAUSES, SEED_RULES
from growth.state import Part
from growth.streams import Stream
from tests import oracles
from tests.growth.tiny import SEED, Days, cascade, count_of, run, seeds_of

GRAPH = textbook.barabasi_albert(300, 3, isolated=5)
USERS, DAYS, ROUNDS = GRAPH.num_users, 2, 4
ORIGINS = (1 + CAUSES.index("seeded"), 1 + len(CAUSES) + CAUSES.index("seeded"))
PARTS = {"parts": Part.SEEDING}


def _world(rule: str, people: int, first: int = 0, lanes: int = 1, **changes: Any) -> Days:
    seeds = np.zeros((1, DAYS * ROUNDS, len(SEED_RULES)), np.int32)
    seeds[:, first * ROUNDS : (first + 1) * ROUNDS, SEED_RULES.index(rule)] = people
    told = {"days": DAYS, "rounds": ROUNDS, "engaged": 0.2, "lanes": lanes, "sizes": PARTS, "seeds": seeds, **changes}
    return run(GRAPH, **told)


def _order(rule: str, day: int = 0, replicate: int = 0) -> list[int]:
    """Everybody, those who are seeded first in front."""
    key = oracles.stream_key(SEED, 0, replicate, 0, Stream.SEED)
    when = day if rule == "random" else 0
    merit = {"degree": GRAPH.degree(), "affinity": GRAPH.attributes.affinity, "random": np.zeros(USERS, int)}[rule]
    return sorted(range(USERS), key=lambda user: (-int(merit[user]), oracles.threefry(key, (user, when))[0]))


def _seeded(days: Days) -> set[int]:
    return {int(row[0]) for row in days.log if row[2] in ORIGINS}


@pytest.mark.parametrize("rule", SEED_RULES)
@pytest.mark.parametrize("people", [1, 40, USERS - 1, USERS + 50])
def test_the_first_in_order_are_seeded_and_no_others(rule: str, people: int) -> None:
    days = _world(rule, people)
    chosen = set(_order(rule)[:people])
    assert days.flows["seeds"].sum() == min(people, USERS)
    assert days.flows["seeds"][0, 0, SEED_RULES.index(rule)] == min(people, USERS)
    assert _seeded(days) == chosen - set(seeds_of(GRAPH, 0.2, days=DAYS, rounds=ROUNDS, sizes=PARTS))


@pytest.mark.parametrize("rule", SEED_RULES)
def test_a_larger_number_contains_a_smaller(rule: str) -> None:
    few, many = (_seeded(_world(rule, people)) for people in (20, 90))
    assert few < many


def test_the_lot_falls_on_others_on_another_day_and_in_another_replicate() -> None:
    """By merit the same people come first whenever they are chosen."""
    engaged = set(seeds_of(GRAPH, 0.2, days=DAYS, rounds=ROUNDS, sizes=PARTS))
    assert _seeded(_world("random", 50, first=1)) == set(_order("random", day=1)[:50]) - engaged
    assert _order("random", day=1)[:50] != _order("random")[:50] != _order("random", replicate=1)[:50]
    assert _seeded(_world("degree", 50, first=1)) == set(_order("degree")[:50]) - engaged


@pytest.mark.long
def test_lanes_choose_by_themselves() -> None:
    days = _world("random", 30, lanes=3)
    users = [{int(row[0]) % USERS for row in days.log if row[0] // USERS == lane} for lane in range(3)]
    for lane, found in enumerate(users):
        assert found <= set(_order("random", replicate=lane)[:30])
    assert users[0] != users[1] != users[2]


def test_rules_of_one_day_seed_a_person_once_and_count_both_contracts() -> None:
    seeds = np.broadcast_to(np.array([40, 0, USERS], np.int32), (1, DAYS * ROUNDS, 3)).copy()
    seeds[:, ROUNDS:] = 0
    days = _world("degree", 0, seeds=seeds)
    assert days.flows["seeds"].sum(axis=(0, 1)).tolist() == [40, 0, USERS]
    assert len(days.log) == len(_seeded(days))


def test_the_seeded_share_like_others() -> None:
    told = cascade(GRAPH, friends=2, share_law=np.stack([count_of(1)] * 2))
    days = _world("degree", 5, engaged=0.0, **told)
    parents = {int(row[3]) for row in days.log if row[3] >= 0}
    assert len(_seeded(days)) == 5
    assert parents & _seeded(days)


def test_without_seeds_the_part_changes_nothing() -> None:
    told = cascade(GRAPH, friends=2, share_law=np.stack([count_of(1)] * 2), accept=0, accept_most=0)
    with_part, without = _world("degree", 0, **told), _world("degree", 0, **told, sizes={"parts": 0})
    assert np.array_equal(with_part.log, without.log)


@pytest.mark.long
def test_chunks_and_devices_change_nothing() -> None:
    told = cascade(GRAPH, friends=2, share_law=np.stack([count_of(1)] * 2), accept=0, accept_most=0)
    usual = _world("affinity", 33, lanes=2, **told)
    for more in ({"sizes": {**PARTS, "chunk": 96}}, {"devices": 2}, {"devices": 2, "devices_per_world": 2}):
        other = _world("affinity", 33, lanes=2, **told, **more)
        for name, flow in usual.flows.items():
            assert np.array_equal(flow, other.flows[name]), (name, more)
