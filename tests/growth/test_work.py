"""Days at home: ties and group chats of class and workplace carry less, on computed and on stored chains."""

from __future__ import annotations

import functools
from typing import Any

import jax
import numpy as np
import pytest

from graphs.attributes import QQ, WECHAT
from graphs.device import Chain, explicit_chain
from graphs.implicit import ImplicitChain
from graphs.implicit_build import make_implicit
from graphs.implicit_slots import each_slot
from graphs.materialise import materialise, slot_for_slot
from graphs.social_graph import SocialGraph
from graphs.work import ties_at_work
from growth.engine import Engine
from growth.plain import always_count, plain_campaign, quiet_tables, share_with_friends
from growth.state import Part, Sizes
from growth.streams import ONE, root_key
from tests.growth.tiny import Days, live

USERS, ROUNDS = 4_096, 8
HALF = ONE // 2
LONG = pytest.mark.long
KINDS = ("computed", pytest.param("slot for slot", marks=LONG), "stored")


@functools.cache
def computed() -> ImplicitChain:
    return make_implicit(USERS, mean_degree=20.0, seed=3)


@functools.cache
def stored() -> SocialGraph:
    return materialise(computed())


@functools.cache
def on_device(kind: str) -> Chain:
    if kind == "computed":
        return computed()
    return slot_for_slot(computed()) if kind == "slot for slot" else explicit_chain(stored(), work=True)


@functools.cache
def _engine(kind: str, parts: int) -> Engine:
    lists = dict.fromkeys(("pending", "actors", "packets", "claims", "log"), 1 << 17)
    return Engine(on_device(kind), Sizes(lanes=1, users=USERS, chats=1, days_rounds=ROUNDS, chunk=2048, parts=parts,
                                         **lists), jax.devices()[:1])  # fmt: skip


@functools.cache
def _day(kind: str = "computed", work: float = 1.0, parts: int = Part.WORK, packets: int = 1, **told: Any) -> Days:
    """A few people have it, each sends one packet to some friends or to a chat, and whoever sees it takes it."""
    law = np.stack([always_count(packets)] * 2)
    usual = {**share_with_friends(6), "group_share": HALF, "see": HALF, "share_law": law}
    schedule = {**usual, "work": int(work * ONE), **told}
    engine = _engine(kind, parts)
    return live(engine, root_key(7), engine.place(plain_campaign(1, ROUNDS, schedule, quiet_tables(1, 0.01))), 1)


def _invited(days: Days) -> np.ndarray:
    """Who joined by whose packet, [rows, 2]."""
    return days.log[days.log[:, 3] >= 0][:, [3, 0]]


@functools.cache
def _elsewhere() -> set[tuple[int, int]]:
    """Pairs of people who are friends by another layer than a circle, or sit in one chat that is not a circle's."""
    host = computed().host()
    everybody = np.arange(USERS, dtype=np.int32)
    owner, slot = each_slot(host.degree(everybody))
    friend, _ = host.tie(owner.astype(np.int32), slot)
    first_of_kind_1 = host.rows[host.place(owner.astype(np.int32))[2] * 16 + 3]
    other = (slot >= first_of_kind_1) & (friend != owner)
    pairs = set(zip(owner[other].tolist(), friend[other].tolist(), strict=True))
    first, end = stored().work_chats
    for chat in [*range(first), *range(end, stored().num_chats)]:
        members = stored().members[stored().member_offsets[chat] : stored().member_offsets[chat + 1]].tolist()
        pairs |= {(one, two) for one in members for two in members if one != two}
    return pairs


def test_chats_of_work_are_the_circles_and_every_tie_of_a_circle_lies_within_one() -> None:
    """Counted from the seats: circles are a group's first chats after the families', and ties never leave theirs."""
    host, graph = computed().host(), stored()
    chats = np.arange(host.num_chats, dtype=np.int32)
    at_work = host.chat_at_work(chats)
    assert graph.work_chats == (int(chats[at_work][0]), int(chats[at_work][-1]) + 1)
    owner, slot = each_slot(host.degree(np.arange(USERS, dtype=np.int32)))
    friend, _ = host.tie(owner.astype(np.int32), slot)
    of_circle = host.tie_at_work(owner.astype(np.int32), slot) & (friend != owner)
    sits = [set(graph.chats[graph.chat_offsets[user] : graph.chat_offsets[user + 1]][:99].tolist()) for user in
            range(USERS)]  # fmt: skip
    circles = set(chats[at_work].tolist())
    for one, two in zip(owner[of_circle].tolist(), friend[of_circle].tolist(), strict=True):
        assert sits[one] & sits[two] & circles
    found = ties_at_work(graph)
    owner = np.repeat(np.arange(USERS), graph.degree())
    expected = [bool(sits[u] & sits[v] & circles) for u, v in zip(owner.tolist(), graph.friends.tolist(), strict=True)]
    assert found.tolist() == expected
    assert 0.2 < found.mean() < 0.8


@pytest.mark.parametrize(
    "kind", [*(pytest.param(kind, marks=LONG) for kind in ("computed", "slot for slot")), "stored"]
)
def test_on_a_working_day_nothing_changes_by_a_byte(kind: str) -> None:
    on, off = _day(kind), _day(kind, parts=0)
    assert np.array_equal(on.log, off.log)
    for name, flow in on.flows.items():
        assert np.array_equal(flow, off.flows[name]), name
    assert len(_invited(on)) > 200


@pytest.mark.parametrize("kind", KINDS)
def test_at_home_nobody_is_reached_over_class_or_workplace(kind: str) -> None:
    """Every invitation that is left came between two who know one another from elsewhere, or sit in another chat."""
    pairs = {tuple(pair) for pair in _invited(_day(kind, work=0.0)).tolist()}
    assert len(pairs) > 100
    assert pairs <= _elsewhere()
    assert not {tuple(pair) for pair in _invited(_day(kind)).tolist()} <= _elsewhere()


@LONG
def test_a_stored_chain_slot_for_slot_gives_the_same_bytes() -> None:
    one, two = (_day(kind, work=0.4) for kind in ("computed", "slot for slot"))
    assert np.array_equal(one.log, two.log)
    for name, flow in one.flows.items():
        assert np.array_equal(flow, two.flows[name]), name


@pytest.mark.parametrize("kind", KINDS)
def test_who_joins_is_nested_in_how_much_is_met(kind: str) -> None:
    joined = [set(_day(kind, work=work).log[:, 0].tolist()) for work in (0.0, 0.4, 1.0)]
    assert joined[0] < joined[1] < joined[2]


@LONG
def test_a_chain_that_says_nothing_of_work_is_left_as_it_is() -> None:
    """A user's own file, for one: every tie carries whatever the day."""
    told = explicit_chain(stored())
    engine = Engine(told, _engine("computed", Part.WORK).sizes, jax.devices()[:1])
    assert told.work_ties is None
    schedule = {**share_with_friends(6), "group_share": HALF, "see": HALF}
    for work in (0, ONE):
        campaign = engine.place(plain_campaign(1, ROUNDS, {**schedule, "work": work}, quiet_tables(1, 0.01)))
        assert np.array_equal(live(engine, root_key(7), campaign, 1).log, _day("stored").log)
    assert not ties_at_work(SocialGraph.from_edges(3, [0, 1], [1, 2], chats=[[0, 1, 2]])).any()


@LONG
def test_posts_and_notices_are_read_at_home_as_anywhere() -> None:
    parts = Part.WORK | Part.FEED | Part.NOTICE
    told: dict[str, Any] = {"feed": ONE, "feed_see": HALF, "parts": parts}
    away, home = (_day(work=work, **told) for work in (1.0, 0.0))
    assert np.array_equal(away.log, home.log)
    assert home.flows["post_exposures"].sum() > 200
    told = {"packets": 0, "notice": ONE, "notice_friends": 6, "notice_see": HALF, "parts": parts}
    away, home = (_day(work=work, **told) for work in (1.0, 0.0))
    assert np.array_equal(away.log, home.log)
    assert home.flows["notice_exposures"].sum() > 200


@LONG
def test_packets_leave_a_province_as_often_as_the_ties_that_are_left() -> None:
    """A few people send one packet to every friend, and all who see it take it: they are the friends of all layers on
    a working day, of all but circles at home, one by one. On this chain, whose circles are drawn from all over its
    three provinces, packets then stay nearer; among 1.4 billion they travel further (docs/model.md)."""
    chain = make_implicit(100_000, mean_degree=40.0, seed=1)
    host, users = chain.host(), chain.num_users
    everybody = np.arange(users, dtype=np.int32)
    owner, slot = each_slot(host.degree(everybody))
    owner = owner.astype(np.int32)
    friend, _ = host.tie(owner, slot)
    has = host.platforms(everybody)
    asked = (friend != owner) & ((has[friend] & np.where(has[owner] == QQ, QQ, WECHAT)) > 0)
    lists = {"pending": 1 << 21, **dict.fromkeys(("actors", "packets", "claims", "log"), 1 << 17)}
    sizes = Sizes(lanes=1, users=users, chats=1, days_rounds=1, chunk=2048, parts=Part.WORK, **lists)
    engine = Engine(chain, sizes, jax.devices()[:1])
    schedule = share_with_friends(int(host.degree(everybody).max()))
    crossing = []
    for work, reached in ((1, asked), (0, asked & ~host.tie_at_work(owner, slot))):
        campaign = engine.place(plain_campaign(1, 1, {**schedule, "work": work * ONE}, quiet_tables(1, 0.002)))
        seeds = np.asarray(engine.begin(root_key(7), campaign).users.status) == 1
        pairs = _invited(live(engine, root_key(7), campaign, 1))
        assert set(pairs[:, 1].tolist()) == set(friend[reached & seeds[owner] & ~seeds[friend]].tolist())
        crossing.append((host.province(pairs[:, 0]) != host.province(pairs[:, 1])).mean())
    assert 0.1 < crossing[1] < crossing[0] - 0.05
