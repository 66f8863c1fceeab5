"""The general cascade against plain Python: one person at a time, one exposure at a time."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.social_graph import SocialGraph
from growth.campaign import LOGIT_UNIT, MEMORY_COMPONENTS, MEMORY_STEPS
from growth.plain import quiet_tables
from growth.ranks import TOP, first_in_pair, order_of, rank_among, sum_up_to
from growth.state import Part
from growth.streams import ONE, Stream
from tests import oracles
from tests.growth.tiny import SEED, Days, cascade, count_of, run

SHARERS, VIEWERS = 8, 40
"""Every sharer knows every viewer; sharers 0 to 3 sit in one chat with the viewers, the others know them alone."""
PEOPLE = SHARERS + VIEWERS
TIES = np.array([(u, v) for u in range(SHARERS) for v in range(SHARERS, PEOPLE)])
CHAT = np.concatenate([np.arange(4), np.arange(SHARERS, PEOPLE)])
GRAPH = SocialGraph.from_edges(PEOPLE, TIES[:, 0], TIES[:, 1], chats=[CHAT], strength=np.full(len(TIES), 128, np.uint8))
AFFINITY = np.where(np.arange(PEOPLE) < SHARERS, 255, 128).astype(np.uint8)
WORLD = SocialGraph(
    **{
        **GRAPH.__dict__,
        "attributes": GRAPH.attributes.__class__(**{**GRAPH.attributes.__dict__, "affinity": AFFINITY}),
    }
)
DELAY = np.linspace(0, 60_000, 1024).astype(np.int32)
LOGISTIC = quiet_tables(1, 0.0)["logistic"]
BASE, REPEAT, COMPONENT = -4 * LOGIT_UNIT, 100, 320
K, C = np.arange(1, MEMORY_STEPS + 1)[:, None], np.arange(1, MEMORY_COMPONENTS + 1)[None, :]
GENERAL = (REPEAT * (K - C).clip(0) + COMPONENT * (C - 1)).astype(np.int32)


def _run(logit: np.ndarray, times: np.ndarray, parts: int = Part.MEMORY, **changes: Any) -> Days:
    """The sharers are engaged and send one packet each to everybody they know; viewers who join share nothing."""
    status = np.zeros((1, 256, 3), np.uint32)
    status[:, 255] = ONE
    share = np.zeros((1, 8, 2, 64), np.uint32)
    share[:] = count_of(0)
    share[:, 0] = count_of(1)
    told = cascade(WORLD, friends=VIEWERS, share_law=share, accept=BASE, accept_most=BASE) | {
        "memory_logit": logit, "memory_times": times.astype(np.float32), "memory_most": BASE + int(logit.max()),
        "memory_most_times": np.float32(times.max()), "receive_limit": 250, **changes,
    }  # fmt: skip
    law = {"status": status, "delay": DELAY[None]}
    return run(WORLD, rounds=8, law=law, sizes={"parts": parts}, **told)


def _arrivals(viewer: int) -> list[tuple[int, int, int]]:
    """(second, tie-break, sharer) of the packets that reach a viewer today, in order."""
    found = []
    for sharer in range(SHARERS):
        word, wait = oracles.threefry(oracles.packet_key(SEED, 0, sharer, 0, 0), (viewer, 0))
        found.append((int(DELAY[wait >> 22]), word >> 1, sharer))
    return sorted(found)


def _threshold(viewer: int) -> int:
    """The viewer's own 31-bit threshold."""
    return oracles.threefry(oracles.stream_key(SEED, 0, 0, 0, Stream.PERSON), (viewer, 0))[0] >> 1


def _joins(viewer: int, logit: np.ndarray, times: np.ndarray) -> tuple[int, int] | None:
    """Number of the exposure at which a viewer joins, and the sharer; None if they never do."""
    own = _threshold(viewer)
    settings: set[object] = set()
    for number, (_, _, sharer) in enumerate(_arrivals(viewer), start=1):
        settings.add("chat" if sharer < 4 else sharer)
        k, c = min(number, MEMORY_STEPS) - 1, min(len(settings), MEMORY_COMPONENTS) - 1
        at = np.clip(BASE + int(logit[k, c]) + 16 * LOGIT_UNIT, 0, len(LOGISTIC) - 1)
        if own < min(float(np.float32(LOGISTIC[at]) * np.float32(times[k, c])), ONE):
            return number, sharer
    return None


@pytest.mark.parametrize(
    ("logit", "times"),
    [
        (GENERAL, np.ones_like(GENERAL)),
        (np.zeros_like(GENERAL), np.broadcast_to(K, GENERAL.shape)),  # linear threshold with equal weights
        (-GENERAL, np.ones_like(GENERAL)),  # what was above the threshold once stays so
    ],
    ids=["general", "threshold", "falling"],
)
def test_each_viewer_joins_at_the_exposure_of_plain_python(logit: np.ndarray, times: np.ndarray) -> None:
    days = _run(logit, times)
    expected = {viewer: _joins(viewer, logit, times) for viewer in range(SHARERS, PEOPLE)}
    joined = {int(row[0]): int(row[3]) for row in days.log}
    assert joined == {viewer: found[1] for viewer, found in expected.items() if found is not None}
    numbers = {found[0] for found in expected.values() if found is not None}
    assert joined
    assert len(joined) < VIEWERS
    assert len(numbers) > 1 or ((logit <= 0).all() and (times == 1).all())


def test_whoever_may_still_join_remembers_all_they_saw() -> None:
    """Of those who could never cross, whatever they saw, some exposures are not kept: they cannot matter. Whoever
    joined begins anew."""
    days = _run(-GENERAL, np.ones_like(GENERAL), memory_most=BASE + int(GENERAL.max()))
    seen, parts = (np.asarray(part) for part in (days.state.users.exposures, days.state.users.components))
    most = LOGISTIC[BASE + int(GENERAL.max()) + 16 * LOGIT_UNIT]
    joined = {int(row[0]) for row in days.log}
    waiting = [v for v in range(SHARERS, PEOPLE) if v not in joined and _threshold(v) < most]
    assert waiting
    assert all(seen[viewer] == SHARERS for viewer in waiting)
    assert all((int(parts[viewer]) >> (8 * place)) & 255 for viewer in waiting for place in range(4))
    assert joined
    assert all(seen[viewer] == 0 == parts[viewer] for viewer in joined)


@pytest.mark.parametrize("parts", [0, Part.MEMORY, Part.MEMORY | Part.WEIGHTS])
def test_the_independent_cascade_is_the_day_without_memory(parts: int) -> None:
    """Without the part nobody has a threshold: each packet is tried by a word of its own. So it is in a lane that
    remembers nothing beside lanes that do."""
    days = _run(np.zeros_like(GENERAL), np.ones_like(GENERAL), parts=parts, remembers=0)
    chance = LOGISTIC[BASE + 16 * LOGIT_UNIT]
    takers = {viewer for viewer in range(SHARERS, PEOPLE) for _, word, _ in _arrivals(viewer) if word < chance}
    assert {int(row[0]) for row in days.log} == takers


@jax.jit
def _along(group: jax.Array, second: jax.Array, key: jax.Array, amount: jax.Array, odd: jax.Array) -> Any:
    order = order_of(group, key, jnp.zeros_like(key), jnp.zeros_like(key))
    return sum_up_to(order, amount), rank_among(order, odd), first_in_pair(group, second, key)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 5)), min_size=1, max_size=30))
def test_running_sums_and_firsts_by_hand(rows: list[tuple[int, int, int]]) -> None:
    rows = list({(group, key): (group, second, key) for group, second, key in rows}.values())
    table = np.full((3, 30), TOP, np.int32)
    table[:, : len(rows)] = np.array(rows).T
    amount = np.arange(1, 31, dtype=np.int32)
    sums, ranks, firsts = (np.asarray(part).tolist() for part in _along(*table, amount, amount % 2 == 1))
    for at, (g, s, k) in enumerate(rows):
        assert sums[at] == sum(i + 1 for i, row in enumerate(rows) if row[0] == g and row[2] <= k)
        assert ranks[at] == sum(i % 2 == 0 for i, row in enumerate(rows) if row[0] == g and row[2] < k)
        assert firsts[at] == (k == min(row[2] for row in rows if row[:2] == (g, s)))
