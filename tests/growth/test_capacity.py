"""Machines that are too few, person by person against plain Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphs import textbook
from growth.plain import always_count
from growth.state import Part
from growth.streams import ONE, Stream
from tests import oracles
from tests.growth.tiny import SEED, Days, run

PEOPLE, TASKS = 60, 2
RING = textbook.ring(PEOPLE)
NOON = np.where(np.arange(1024) < 700, 0, 43_200).astype(np.int32)[None, :]
"""Seven in ten of the openers come in the first second of the day, the others at noon."""


def _day(capacity: Any, part: int = Part.CAPACITY, **told: Any) -> Days:
    """Everybody opens and asks for two AI tasks; sharing and pay are off."""
    tasks = {"ai_law": np.stack([always_count(TASKS)] * 2), "campaign_on": 1, "capacity": capacity, **told}
    return run(RING, rounds=2, engaged=1.0, law={"hour": NOON}, sizes={"parts": part}, **tasks)


def _served(capacity: int, works: int = ONE) -> list[int]:
    """Sessions that work, by round: of those that would, the share that is left, each by its own word."""
    key = oracles.stream_key(SEED, 0, 0, 0, Stream.SHARE)
    hours = oracles.stream_key(SEED, 0, 0, 0, Stream.HOUR)
    found = []
    for second in (0, 43_200):
        here = [u for u in range(PEOPLE) if NOON[0, oracles.threefry(hours, (u, 0))[0] >> 22] == second]
        own = [oracles.threefry(key, (u, 0))[1] >> 1 for u in here]
        asked = TASKS * sum(word < works for word in own)
        share = np.float32(capacity) / np.float32(asked) if asked > capacity else np.float32(1)
        found.append(sum(word < int(np.float32(works) * share) for word in own))
    return found


@pytest.mark.parametrize(("capacity", "works"), [(20, ONE), (50, ONE), (0, ONE), (1000, ONE), (20, ONE // 2)])
def test_sessions_fail_by_the_share_that_cannot_be_answered(capacity: int, works: int) -> None:
    days, expected = _day(capacity, works=np.uint32(works)), sum(_served(capacity, works))
    assert days.flows["ai_tasks"].sum() == TASKS * expected
    assert days.flows["sign_ins"].sum() == expected
    assert days.flows["failed_sessions"].sum() == PEOPLE - expected
    assert days.flows["failed_tasks"].sum() == TASKS * (PEOPLE - expected)
    assert days.flows["opens"].sum() == PEOPLE


def test_a_quiet_round_is_answered_whole() -> None:
    """Thirty-five tasks a round are too few at midnight and enough at noon."""
    midnight, noon = _served(35)
    assert midnight < 35 // TASKS + 12
    assert noon + sum(_served(1000)[:1]) == PEOPLE
    assert _day(35).flows["sign_ins"].sum() == midnight + noon


def test_enough_machines_change_no_byte() -> None:
    with_part, without = _day(PEOPLE * TASKS), _day(0, part=0)
    for name, flow in without.flows.items():
        assert np.array_equal(flow, with_part.flows[name]), name


def test_every_lane_has_machines_of_its_own() -> None:
    capacity: Any = np.array([20, 1000], np.int32)[:, None]
    days = _day(capacity, lanes=2, replicates=[0, 0])
    assert days.flows["sign_ins"].sum(axis=0).tolist() == [sum(_served(20)), PEOPLE]
