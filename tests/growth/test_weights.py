"""Exposures that add their weights against one threshold: linear threshold, one person and one exposure at a time."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.lower_memory import memory_tables
from graphs.social_graph import SocialGraph
from growth.campaign import LOGIT_UNIT
from growth.plain import quiet_tables
from growth.ranks import TOP, capped_sum_up_to, order_of
from growth.state import Part
from growth.streams import ONE, Stream
from tests import oracles
from tests.growth.tiny import SEED, Days, cascade, count_of, run

SHARERS, VIEWERS = 20, 44
"""Every sharer knows every viewer, over ties that are as weak or as strong as can be."""
PEOPLE = SHARERS + VIEWERS
TIES = np.array([(u, v) for u in range(SHARERS) for v in range(SHARERS, PEOPLE)])
STRENGTH = np.random.default_rng(5).choice([0, 255], len(TIES)).astype(np.uint8)
AFFINITY = np.where(np.arange(PEOPLE) < SHARERS, 255, 128).astype(np.uint8)
PLAIN = SocialGraph.from_edges(PEOPLE, TIES[:, 0], TIES[:, 1], strength=STRENGTH)
WORLD = SocialGraph(
    **{
        **PLAIN.__dict__,
        "attributes": PLAIN.attributes.__class__(**{**PLAIN.attributes.__dict__, "affinity": AFFINITY}),
    }
)
STRONG = {(u, v): int(strength) for (u, v), strength in zip(TIES.tolist(), STRENGTH, strict=True)}
DELAY = np.linspace(0, 60_000, 1024).astype(np.int32)
LOGISTIC = quiet_tables(1, 0.0)["logistic"]
TIE, LANES = 4 * LOGIT_UNIT, 2


class Law(NamedTuple):
    """How a single exposure weighs: its base logit, and what each after the first counts over it."""

    base: int
    further: float


LAWS = {
    "threshold": Law(-6 * LOGIT_UNIT, 1.0),
    "step up": Law(-7 * LOGIT_UNIT, 1.5),
    "step down": Law(-5 * LOGIT_UNIT, 0.25),
    "certain": Law(0, 1.0),  # a few exposures are more than certainty
}


def _told(law: Law) -> dict[str, Any]:
    tables = memory_tables("step", {}, law.further)
    return {
        "accept": law.base, "accept_most": law.base, "memory_most": law.base, "memory_most_times": np.float32(ONE),
        "tie": TIE, "receive_limit": 250, **tables,
    }  # fmt: skip


def _run(told: dict[str, Any], parts: int = Part.MEMORY | Part.WEIGHTS, chunk: int = 64, **more: int) -> Days:
    """The sharers are engaged and send one packet each to everybody they know; viewers who join share nothing."""
    status = np.zeros((LANES, 256, 3), np.uint32)
    status[:, 255] = ONE
    share = np.zeros((LANES, 8, 2, 64), np.uint32)
    share[:] = count_of(0)
    share[:, 0] = count_of(1)
    tables = {"status": status, "delay": np.stack([DELAY] * LANES)}
    sizes = {"parts": parts, "chunk": chunk, "claims": 2048}
    schedule = cascade(WORLD, friends=VIEWERS, share_law=share) | told
    return run(WORLD, rounds=8, lanes=LANES, law=tables, sizes=sizes, **more, **schedule)


class Found(NamedTuple):
    """What a person of plain Python does."""

    at: int | None  # number of the exposure at which they join
    sharer: int
    total: int  # weights of all exposures of the day, in 2^-31


def _own(lane: int, viewer: int) -> int:
    """The viewer's own 31-bit threshold."""
    return oracles.threefry(oracles.stream_key(SEED, 0, lane, 0, Stream.PERSON), (viewer, 0))[0] >> 1


@cache
def _person(lane: int, viewer: int, law: Law) -> Found:
    arrivals = []
    for sharer in range(SHARERS):
        word, wait = oracles.threefry(oracles.packet_key(SEED, lane, sharer, 0, 0), (viewer, 0))
        arrivals.append((int(DELAY[wait >> 22]), word >> 1, sharer))
    own = _own(lane, viewer)
    total, joins = 0, None
    for number, (_, _, sharer) in enumerate(sorted(arrivals), start=1):
        logit = law.base + (TIE * STRONG[sharer, viewer] >> 8)
        once = np.float32(LOGISTIC[logit + 16 * LOGIT_UNIT]) * np.float32(1 if number == 1 else law.further)
        total = min(total + int(once), ONE)
        if joins is None and own < total:
            joins = (number, sharer)
    at, sharer = joins if joins is not None else (None, -1)
    return Found(at, sharer, total)


def _people(law: Law) -> dict[tuple[int, int], Found]:
    return {(lane, viewer): _person(lane, viewer, law) for lane in range(LANES) for viewer in range(SHARERS, PEOPLE)}


def _joined(days: Days) -> dict[tuple[int, int], int]:
    return {divmod(int(row[0]), PEOPLE): int(row[3]) % PEOPLE for row in days.log}


@pytest.mark.parametrize("name", list(LAWS))
def test_each_viewer_joins_when_the_sum_of_weights_passes_their_threshold(name: str) -> None:
    people = _people(LAWS[name])
    days = _run(_told(LAWS[name]))
    assert _joined(days) == {who: found.sharer for who, found in people.items() if found.at is not None}
    weights = np.asarray(days.state.users.weights).reshape(LANES, PEOPLE)
    assert all(weights[who] == (found.total if found.at is None else 0) for who, found in people.items())
    numbers = [found.at for found in people.values() if found.at is not None]
    if name == "certain":
        assert all(found.total == ONE for found in people.values())
    else:
        assert max(numbers) > 8, "more exposures than the tables tell apart"
        assert None in {found.at for found in people.values()}


def test_it_is_not_the_last_weight_as_often_as_there_were_exposures() -> None:
    """With unequal ties the two are different people, so that the test above can tell them apart."""
    law = LAWS["threshold"]
    again = memory_tables("threshold", {}) | {"memory_adds": np.int32(0), "memory_times": np.arange(1.0, 9)[:, None]}
    assert set(_joined(_run(_told(law) | again))) != {who for who, one in _people(law).items() if one.at is not None}


@pytest.mark.long
@pytest.mark.parametrize("how", [{"chunk": 257}, {"devices": 2, "chunk": 65}, {"devices": 4, "devices_per_world": 2}])
def test_sums_do_not_depend_on_chunks_or_devices(how: dict[str, int]) -> None:
    told = _told(LAWS["threshold"])
    whole, part = _run(told), _run(told, **how)
    assert np.array_equal(whole.activity, part.activity)
    for mine, theirs in zip(*(jax.tree.leaves(days.state.users) for days in (whole, part)), strict=True):
        assert np.array_equal(np.asarray(mine), np.asarray(theirs))


def test_a_lane_whose_law_does_not_add_stands_beside_one_whose_law_does() -> None:
    """In the first lane the largest single chance decides, in the second the sum."""
    law = Law(-4 * LOGIT_UNIT, 1.0)
    adds = {"memory_adds": np.array([[0], [1]]), "memory_most_times": np.array([[1], [ONE]])}
    joined = set(_joined(_run({**_told(law), **adds})))
    most = {who: max(STRONG[sharer, who[1]] for sharer in range(SHARERS)) for who in _people(law)}
    single = {who: LOGISTIC[law.base + (TIE * tie >> 8) + 16 * LOGIT_UNIT] for who, tie in most.items()}
    assert {who for who in joined if who[0] == 0} == {who for who in single if who[0] == 0 and _own(*who) < single[who]}
    assert {who for who in joined if who[0] == 1} == {
        who for who, found in _people(law).items() if who[0] == 1 and found.at is not None
    }
    assert len({who for who in joined if who[0] == 0}) < len({who for who in joined if who[0] == 1})


@jax.jit
def _along(group: jax.Array, key: jax.Array, chance: jax.Array) -> Any:
    order = order_of(group, key, jnp.zeros_like(key), jnp.zeros_like(key))
    return capped_sum_up_to(order, chance)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9), st.integers(0, ONE)), min_size=1, max_size=30))
def test_capped_sums_by_hand(rows: list[tuple[int, int, int]]) -> None:
    rows = list({(group, key): (group, key, chance) for group, key, chance in rows}.values())
    table = np.zeros((3, 30), np.int64)
    table[:2] = TOP
    table[:, : len(rows)] = np.array(rows).T
    sums = np.asarray(_along(table[0].astype(np.int32), table[1].astype(np.int32), table[2].astype(np.uint32)))
    for at, (group, key, _) in enumerate(rows):
        assert sums[at] == min(ONE, sum(chance for other, when, chance in rows if other == group and when <= key))
