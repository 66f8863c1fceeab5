"""Interest in the day: who came how, in which level, and what it does to opening; off against a day without."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphs import textbook
from growth.base_world import ATOMS
from growth.flows import CAUSES
from growth.interest import LEVELS, bounds, level_of
from growth.plain import always_count
from growth.state import Part
from growth.streams import ONE, Stream
from tests import oracles
from tests.growth.tiny import CERTAIN, SEED, Days, cascade, run

GRAPH = textbook.barabasi_albert(200, 3, isolated=3)
PEOPLE = GRAPH.num_users
HALF = np.uint32(ONE // 2)
PAID, ORGANIC = CAUSES.index("paid"), CAUSES.index("organic")
NOTHING = np.stack([always_count(0)] * 2)
NEVER_OPENS = np.zeros((1, LEVELS, ATOMS), np.uint8)
"""Quantile 0 whatever one came for; `_law` makes that the one that never opens."""


def _law(table: np.ndarray) -> dict[str, Any]:
    """Quantile 0 never opens, every other always does."""
    chance = np.full((1, ATOMS), ONE, np.float32)
    chance[:, 0] = 0
    return {"open": chance, "interest": table}


def _days(parts: int, table: np.ndarray | None = None, days: int = 2, **told: Any) -> Days:
    law = {} if table is None else _law(table)
    block = {"parts": parts, "pending": 4096, "claims": 2048}
    return run(GRAPH, days=days, rounds=8, engaged=told.pop("engaged", 0.0), law=law, sizes=block, **told)


def _reached(cause: int, answered: int) -> dict[str, Any]:
    """Everybody who never had the app is brought in on the first day by one cause; nobody shares."""
    steps = np.zeros((4, len(CAUSES)), np.uint32)
    steps[0, cause:] = ONE
    asked = np.zeros((4, len(CAUSES)), np.uint32)
    asked[0, cause] = answered
    return {"reach": steps, "reach_most": CERTAIN, "answered": asked, "share_law": NOTHING}


def _own_words() -> np.ndarray:
    """The threshold word of everybody's first state."""
    key = oracles.stream_key(SEED, 0, 0, 0, Stream.PERSON)
    return np.array([oracles.threefry(key, (user, 0))[0] for user in range(PEOPLE)], np.uint64)


def _by_hand(resistance: np.ndarray) -> list[int]:
    return [sum(int(one) >= bound for bound in bounds()) for one in resistance]


def test_levels_are_half_octaves() -> None:
    assert len(bounds()) == LEVELS - 1
    assert bounds()[0] == 1 << 15
    assert bounds()[-2] == ONE // 2
    edges = np.array([0, (1 << 15) - 1, 1 << 15, ONE // 2 - 1, ONE // 2, bounds()[-1] - 1, bounds()[-1], ONE - 1])
    assert level_of(edges.astype(np.uint32)).tolist() == [0, 0, 1, LEVELS - 3, LEVELS - 2, LEVELS - 2, 32, 32]


def test_a_table_that_moves_nobody_and_no_part_are_the_same_bytes() -> None:
    told: dict[str, Any] = {**cascade(GRAPH, accept=-100, accept_most=-100), "see": HALF, "engaged": 0.2, "days": 3}
    told["law"] = {"open": np.full((1, ATOMS), ONE / 3, np.float32)}
    off = run(GRAPH, rounds=8, sizes={"parts": 0, "pending": 4096, "claims": 2048}, **told)
    on = run(GRAPH, rounds=8, sizes={"parts": Part.INTEREST, "pending": 4096, "claims": 2048}, **told)
    assert np.array_equal(off.log, on.log)
    assert np.array_equal(off.activity, on.activity)
    for name, flow in off.flows.items():
        assert np.array_equal(flow, on.flows[name]), name
    assert len(off.log) > 20


def test_whom_media_bring_resisted_a_part_of_their_acceptance() -> None:
    """And whoever comes unasked nothing: by the words that people own."""
    acceptance = ONE // 50
    for cause, answered in ((PAID, acceptance), (ORGANIC, 0)):
        found = _days(Part.INTEREST, **_reached(cause, answered), days=1)
        levels = np.asarray(found.state.users.resistance)[:PEOPLE]
        own = (_own_words() >> np.uint64(16)) * np.uint64(answered >> 15) >> np.uint64(1)
        assert levels.tolist() == _by_hand(own)
        assert (levels.max() > 0) == (cause == PAID)


@pytest.mark.parametrize("parts", [Part.INTEREST, Part.INTEREST | Part.MEMORY])
def test_whoever_takes_a_packet_resisted_less_than_its_acceptance(parts: Part) -> None:
    """With memory it is their threshold, to the level; without, the word of the packet, which lies below it."""
    logit = -256
    told: dict[str, Any] = {**cascade(GRAPH, accept=logit, accept_most=logit), "see": CERTAIN, "engaged": 0.2}
    found = _days(int(parts), **told, days=1)
    invited = found.log[found.log[:, 3] >= 0, 0]
    levels = np.asarray(found.state.users.resistance)[:PEOPLE]
    assert len(invited) > 20
    acceptance = np.array([ONE / (1 + np.exp(1.0))])
    assert 0 < levels[invited].min() <= levels[invited].max() <= _by_hand(acceptance)[0]
    if parts & Part.MEMORY:
        assert levels[invited].tolist() == _by_hand(_own_words()[invited] >> np.uint64(1))
    others = np.setdiff1d(np.arange(PEOPLE), invited)
    assert not levels[others].any()


def test_the_level_decides_who_opens() -> None:
    """Those of the levels below the middle of the acceptance open on the day after, and the others do not."""
    table = NEVER_OPENS.copy()
    cut = LEVELS - 14
    table[:, :cut] = 1
    found = _days(Part.INTEREST, table, **_reached(PAID, ONE // 50))
    levels = np.asarray(found.state.users.resistance)[:PEOPLE]
    assert found.flows["opens"].sum(axis=1).tolist() == [0, int((levels < cut).sum())]
    assert 0 < (levels < cut).sum() < PEOPLE
