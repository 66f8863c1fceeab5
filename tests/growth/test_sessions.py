"""What a session earns and who is paid first, against plain Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphs import textbook
from graphs.social_graph import SocialGraph
from growth.state import Part
from growth.streams import Stream
from tests import oracles
from tests.growth.tiny import CERTAIN, SEED, Days, run

PEOPLE = 12
RING = textbook.ring(PEOPLE)
TIES = np.array([(u, v) for u in range(PEOPLE) for v in RING.friends_of(u) if u < v])
ONE_CHAT = SocialGraph.from_edges(PEOPLE, TIES[:, 0], TIES[:, 1], chats=[np.arange(PEOPLE)])
NOON = np.where(np.arange(1024) < 512, 0, 43_200).astype(np.int32)[None, :]
"""Half of the openers come in the first second of the day, half at noon."""


def _sessions(**changes: Any) -> Days:
    """Everybody is engaged, opens, and uses the draws of the session."""
    law = {"hour": NOON, **changes.pop("law", {})}
    told = {"works": CERTAIN, "campaign_on": 1, "draw_take_up": CERTAIN, "draw_limit": 99, **changes}
    return run(ONE_CHAT, rounds=2, engaged=1.0, law=law, **told)


def _words(stream: Stream, who: int, when: int) -> tuple[int, int]:
    return oracles.threefry(oracles.stream_key(SEED, 0, 0, 0, stream), (who, when))


def _second(user: int) -> int:
    return int(NOON[0, _words(Stream.HOUR, user, 0)[0] >> 22])


@pytest.mark.parametrize(("create", "join"), [(3, 1), (0, 2), (2, 0)])
def test_creators_and_joiners_earn_their_own_draws(create: int, join: int) -> None:
    """All who come at midnight find no group and create one; all who come at noon join it."""
    founders = sum(_second(user) == 0 for user in range(PEOPLE))
    assert 0 < founders < PEOPLE
    days = _sessions(group_create=CERTAIN, group_join=CERTAIN, group_draws=np.array([create, join]))
    assert days.flows["groups_created"].sum() == founders
    assert days.flows["group_joins"].sum() == PEOPLE - founders
    assert days.flows["draws"].sum() == create * founders + join * (PEOPLE - founders)


def test_draws_of_one_second_are_paid_in_order_of_a_hash_and_not_of_position() -> None:
    """Twelve people draw thirty cents each in the same second; the pool holds a hundred: three are paid."""
    law = {"amount": np.full((1, 2, 1024), 30, np.int32), "hour": np.zeros((1, 1024), np.int32)}
    days = _sessions(free_draws=1, law=law, daily_pool=1000, pool=(100, 0))
    assert days.flows["paid_cents"].sum() == 90
    assert days.flows["refused_draws"].sum() == PEOPLE - 3
    # The fourth by hash closes the pool: with as much as four ask for, it is paid too.
    order = sorted(range(PEOPLE), key=lambda user: _words(Stream.TASK, user, 0)[1] >> 1)
    assert order[:4] != list(range(4))
    prices = np.arange(PEOPLE)
    # Who was paid is seen by giving each person an amount of his own.
    table = np.zeros(1024, np.int32)
    for user in range(PEOPLE):
        table[_words(Stream.DRAW, user, 0)[0] >> 22] = 1 << prices[user]
    spent = 0
    for user in order:
        if spent + (1 << user) > 1500:
            break
        spent += 1 << user
    law["amount"] = np.broadcast_to(table, (1, 2, 1024)).copy()
    days = _sessions(free_draws=1, law=law, daily_pool=9999, pool=(1500, 0))
    assert 0 < spent < 2**PEOPLE - 1
    assert days.flows["paid_cents"].sum() == spent


def test_a_card_multiplies_the_draws_of_its_owner_up_to_the_limit() -> None:
    """By a word of the person and the day; four draws become twelve, or the ten that the limit leaves."""
    half = 1 << 30
    owners = sum(_words(Stream.BOOSTER, user, 0)[0] >> 1 < half for user in range(PEOPLE))
    assert 0 < owners < PEOPLE
    told = {"free_draws": 4, "booster": half, "booster_times": 3, "sizes": {"parts": Part.GROUP | Part.BOOSTER}}
    for limit in (99, 10):
        days = _sessions(**told, draw_limit=limit)
        assert days.flows["draws"].sum() == 4 * (PEOPLE - owners) + min(12, limit) * owners
    without, off = _sessions(free_draws=4), _sessions(**{**told, "booster": 0})
    for name, flow in without.flows.items():
        assert np.array_equal(flow, off.flows[name]), name
