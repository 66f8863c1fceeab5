"""Several apps on the same people, against plain Python: shared attention, and answers lost to other campaigns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphs import textbook
from graphs.social_graph import SocialGraph
from growth.flows import APPS, CAUSES
from growth.plain import quiet_tables
from growth.state import ENGAGED, Part
from growth.streams import ONE, Stream
from tests import oracles
from tests.growth.tiny import SEED, Days, cascade, count_of, live, world

LEAVES = 90
STAR = textbook.star(LEAVES + 1, isolated=1)
HUB = int(STAR.degree().argmax())
PEOPLE = STAR.num_users
STRANGER = int(STAR.degree().argmin())
"""Somebody without ties; knows by their affinity, as the hub does, which apps they have."""
AFFINITY = np.where(np.arange(PEOPLE) == HUB, 255, np.where(np.arange(PEOPLE) == STRANGER, 7, 0)).astype(np.uint8)
OTHERS = np.arange(APPS)
LEFT = np.float32(0.5) ** OTHERS.astype(np.float32)
DAYS, ROUNDS = 2, 4
LOGIT = 256
"""Of a leaf's answer to the hub where nobody else campaigns: a chance of .73."""


HUBBED = SocialGraph(
    **{**STAR.__dict__, "attributes": STAR.attributes.__class__(**{**STAR.attributes.__dict__, "affinity": AFFINITY})}
)


def _share_on(day: int) -> np.ndarray:
    """Whoever opens shares one packet on this day and none on others, in the first app; nobody shares in the others."""
    law = np.zeros((3, DAYS * ROUNDS, 2, 64), np.uint32)
    law[:] = count_of(0)
    law[0, day * ROUNDS] = count_of(1)
    return law


def _world(
    *,
    order: tuple[int, ...] = (0, 1, 2),
    engaged: tuple[float, float] = (0.4, 0.4),
    parts: int = Part.RIVAL,
    pool: int = 1000,
    **changes: Any,
) -> tuple[Days, np.ndarray]:
    """One world of three apps, in lanes in this ``order`` of their app numbers: the hub alone has the first, and shares
    it on day ``shares``; leaves are engaged with the others by luck. Also the statuses at the start, [lane, person]."""
    status = np.zeros((3, 256, 3), np.uint32)
    status[0, 255] = ONE
    status[1:, :] = np.floor(np.array(engaged) * ONE).astype(np.uint32)[:, None, None]
    shares = changes.pop("shares", 0)
    status[:, 7] = ONE if changes.pop("stranger", False) else 0
    law = {"status": status, **changes.pop("law", {})}
    told: dict[str, Any] = cascade(HUBBED, accept=LOGIT, accept_most=LOGIT, memory_most=LOGIT)
    told |= {"share_law": _share_on(shares), "answers": LEFT, "rival_days": 3, "daily_pool": pool}
    told |= {"campaign_on": np.array([0, 1, 1])[:, None], **changes}
    sizes = {"apps": 3, "parts": parts}
    engine, key, campaign = world(HUBBED, lanes=3, days=DAYS, rounds=ROUNDS, law=law, sizes=sizes, **told)
    total = np.full((3, 4), 0, np.int32)
    total[:, 0] = pool
    plain = campaign._replace(
        lanes=campaign.lanes._replace(replicate=np.zeros(3, np.int32), app=np.arange(3, dtype=np.int32)),  # type: ignore[arg-type]
        total_pool=total,  # type: ignore[arg-type]
    )
    turned: Any = _turned(plain, list(order))
    placed = engine.place(turned)
    start = np.asarray(engine.begin(key, placed).users.status)[: 3 * PEOPLE].reshape(3, -1)
    return live(engine, key, placed, DAYS), start


def _turned(campaign: Any, order: list[int]) -> Any:
    """The same campaign with its lanes in another order."""
    tables = {name: np.asarray(table)[order] for name, table in campaign.tables._asdict().items() if name != "logistic"}
    return campaign._replace(
        lanes=type(campaign.lanes)(*(np.asarray(column)[order] for column in campaign.lanes)),
        schedule=type(campaign.schedule)(*(np.asarray(field)[order] for field in campaign.schedule)),
        tables=campaign.tables._replace(**tables),
        total_pool=np.asarray(campaign.total_pool)[order],
    )


def _joined(days: Days) -> set[int]:
    """Who was activated in the first lane by an invitation."""
    return {int(row[0]) for row in days.log if row[0] < PEOPLE and row[3] >= 0}


def _accepts(leaf: int, joined: int, day: int = 0) -> bool:
    """Whether a leaf takes the hub's packet when it takes part in so many other campaigns."""
    chance = quiet_tables(1, 0.0)["logistic"][LOGIT + 16 * 256]
    word = oracles.acceptance_word(SEED, 0, HUB, leaf, day)
    return word < int(np.float32(chance) * LEFT[joined])


def _leaves() -> list[int]:
    return [user for user in range(PEOPLE) if user != HUB and STAR.degree()[user] > 0]


def test_each_other_campaign_one_takes_part_in_costs_the_same_share_of_answers() -> None:
    """Leaf by leaf: engaged with none, one or both of the other apps while they pay."""
    days, start = _world()
    count = (start[1:] == ENGAGED).sum(axis=0)
    assert {0, 1, 2} <= set(count[_leaves()].tolist())
    assert _joined(days) == {leaf for leaf in _leaves() if _accepts(leaf, int(count[leaf]))}
    assert _joined(days) != {leaf for leaf in _leaves() if _accepts(leaf, 0)}


def test_a_threshold_of_ones_own_meets_the_same_loss() -> None:
    days, start = _world(parts=Part.RIVAL | Part.MEMORY)
    chance = np.float32(quiet_tables(1, 0.0)["logistic"][LOGIT + 16 * 256])
    key = oracles.stream_key(SEED, 0, 0, 0, Stream.PERSON)
    count = (start[1:] == ENGAGED).sum(axis=0)
    own = {leaf: oracles.threefry(key, (leaf, 0))[0] >> 1 for leaf in _leaves()}
    assert _joined(days) == {leaf for leaf, word in own.items() if word < int(chance * LEFT[count[leaf]])}


@pytest.mark.parametrize(
    "changes",
    [{"pool": 0}, {"campaign_on": 0}, {"answers": np.ones(APPS)}, {"parts": 0}],
    ids=["nothing is paid", "no campaign is on", "nothing is lost", "the part is off"],
)
def test_otherwise_everybody_answers_as_if_alone(changes: dict[str, Any]) -> None:
    days, _ = _world(**changes)
    assert _joined(days) == {leaf for leaf in _leaves() if _accepts(leaf, 0)}


@pytest.mark.parametrize(
    ("counted_for", "begins", "expected"),
    [(2, 0, 1), (1, 0, 0), (2, ROUNDS, 0), (2, 1, 1), (2, ROUNDS - 1, 1)],
    ids=["from midnight", "too long ago", "not on that day", "later that day", "in its last round"],
)
def test_whoever_came_during_a_campaign_takes_part_for_some_days(counted_for: int, begins: int, expected: int) -> None:
    """On day 0 advertising brings half of the people to the second app; on day 1 the hub invites to the first. The
    second app pays nothing, so that only having come lately counts, and only where its campaign was on that day, from
    round ``begins`` on."""
    reach = np.zeros((3, DAYS * ROUNDS, 4, len(CAUSES)), np.uint32)
    reach[1, :ROUNDS, 0, 1:] = ONE // 2
    most = reach.max(axis=(2, 3))
    on_first = np.zeros((3, DAYS * ROUNDS), np.int32)
    on_first[1, begins:ROUNDS] = 1
    days, _ = _world(
        shares=1, engaged=(0.0, 0.0), pool=0, reach=reach, reach_most=most, rival_days=counted_for,
        campaign_on=on_first,
    )  # fmt: skip
    came = {int(row[0]) - PEOPLE for row in days.log if row[0] // PEOPLE == 1}
    assert 20 < len(came & set(_leaves())) < 70
    assert _joined(days) == {leaf for leaf in _leaves() if _accepts(leaf, expected if leaf in came else 0, day=1)}


def test_attention_is_shared_by_the_number_of_other_apps() -> None:
    """All three apps have people by luck; who opens follows from the day's word and the number of other apps."""
    attention = (np.float32(1) - np.float32(0.25) * OTHERS.astype(np.float32)).clip(0)
    tables = quiet_tables(3, 0.5, opens=0.8)
    law = {"status": tables["status"], "open": tables["open"]}
    days, start = _world(law=law, attention=attention, share_law=np.stack([count_of(0)] * 2))
    engaged = start == ENGAGED
    for lane in range(3):
        key = oracles.stream_key(SEED, 0, 0, lane, Stream.DAY)
        others = engaged.sum(axis=0) - engaged[lane]
        chance = [int(tables["open"][0, 0] * attention[number]) for number in range(3)]
        opens = [
            u
            for u in np.flatnonzero(engaged[lane]).tolist()
            if oracles.threefry(key, (u, 0))[0] >> 1 < chance[others[u]]
        ]
        assert days.flows["opens"][0, lane] == len(opens)
        assert {0, 1, 2} <= set(others[engaged[lane]].tolist())


@pytest.mark.parametrize("order", [(2, 0, 1), (1, 0, 2)])
def test_the_order_of_the_apps_in_a_world_changes_nothing(order: tuple[int, ...]) -> None:
    """Lanes in another order, each with its own luck: every flow is the same, app by app."""
    told: dict[str, Any] = {"attention": (0.7**OTHERS).astype(np.float32), "parts": Part.RIVAL | Part.MEMORY}
    (first, _), (second, _) = _world(**told), _world(**told, order=order)
    assert len(first.log) > 10
    for name, flow in first.flows.items():
        assert np.array_equal(flow[:, list(order)], second.flows[name]), name


def test_a_stranger_changes_nobody_in_any_app() -> None:
    """Somebody without ties who has none of the apps, and then all of them: everybody else stays as they were."""
    told: dict[str, Any] = {"attention": (0.7**OTHERS).astype(np.float32)}
    (none, start), (every, other) = _world(**told), _world(**told, stranger=True)
    assert (start[:, STRANGER] != ENGAGED).all()
    assert (other[:, STRANGER] == ENGAGED).all()
    assert np.array_equal(none.log, every.log)
    assert len(none.log) > 10
    for name in ("last_active", "status", "activation"):
        parts = [np.asarray(getattr(days.state.users, name)).reshape(3, -1) for days in (none, every)]
        ours, theirs = (np.delete(part, STRANGER, axis=1) for part in parts)
        assert np.array_equal(ours, theirs), name


def test_a_larger_loss_brings_fewer_of_the_same_people() -> None:
    """Nested on the same luck: in this world nothing is scarce, and the other apps do not answer."""
    joined = [_joined(_world(answers=(keep**OTHERS).astype(np.float32))[0]) for keep in (1.0, 0.7, 0.3, 0.0)]
    assert joined[0] > joined[1] > joined[2] > joined[3]
