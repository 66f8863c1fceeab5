"""Posts, notices, habits, giving back and interest: each against the same day by another road, and off against none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from graphs import textbook
from growth.base_world import ATOMS
from growth.campaign import CIRCLES, DEGREES, EVEN, FRESH_DAYS
from growth.flows import CAUSES
from growth.interest import LEVELS, bounds, level_of
from growth.plain import always_count
from growth.state import Part
from growth.streams import ONE, Stream
from tests import oracles
from tests.growth.tiny import CERTAIN, SEED, Days, cascade, large_copies, run, world

GRAPH = textbook.barabasi_albert(200, 3, isolated=3)
PEOPLE, MOST = GRAPH.num_users, int(GRAPH.degree().max())
PARTS = Part.FEED | Part.NOTICE | Part.HABIT | Part.RECIPROCITY | Part.INTEREST | Part.FATIGUE
SOME, CENTS = -100, 9
HALF = np.uint32(ONE // 2)
NOTHING, ONE_EACH = (np.stack([always_count(number)] * 2) for number in (0, 1))
SHARING_OFF: dict[str, Any] = {"friends": 1, "share_law": NOTHING}


def _days(
    parts: int = PARTS,
    days: int = 1,
    engaged: float = 0.1,
    sizes: dict[str, int] | None = None,
    law: dict[str, Any] | None = None,
    **told: Any,
) -> Days:
    """Whoever acts sends one packet to every friend unless told otherwise, seen by half and taken by some."""
    usual = {**cascade(GRAPH, accept=SOME, accept_most=SOME), "see": HALF, "feed_see": HALF, "notice_see": HALF}
    block = {"parts": parts, "pending": 4096, "claims": 2048, **(sizes or {})}
    laws = {"amount": np.full((1, 2, 1024), CENTS, np.int32), **(law or {})}
    return run(GRAPH, days=days, rounds=8, engaged=engaged, law=laws, sizes=block, **usual | told)


PLAIN = _days()


def _same(one: Days, two: Days, *but: str) -> None:
    assert np.array_equal(one.log, two.log)
    for name, flow in one.flows.items():
        assert name in but or np.array_equal(flow, two.flows[name]), name


def _words(stream: Stream, when: int = 0) -> list[tuple[int, int]]:
    key = oracles.stream_key(SEED, 0, 0, 0, stream)
    return [oracles.threefry(key, (user, when)) for user in range(PEOPLE)]


def test_switched_off_the_parts_change_no_byte() -> None:
    told: dict[str, Any] = {
        "group_share": HALF,
        "campaign_on": 1,
        "slots": 3,
        "daily_pool": 400,
        "receive_limit": 2,
        "days": 2,
    }
    off = _days(parts=0, pool=(900, 900), **told)
    _same(off, _days(pool=(900, 900), **told))
    assert off.flows["claims"].sum() > 20
    assert off.flows["emptied"].sum() > 0


def test_a_post_reaches_whom_a_packet_to_every_friend_reaches() -> None:
    """And no chat; word by word, since the packet is the same and only its address differs."""
    assert len(PLAIN.log) > 20
    posted = _days(friends=1, group_share=CERTAIN, feed=CERTAIN)
    _same(PLAIN, posted, "posts", "post_exposures")
    assert posted.flows["posts"].sum() == PLAIN.flows["packets"].sum()
    assert posted.flows["post_exposures"].sum() == PLAIN.flows["exposures"].sum()


def test_who_sees_a_post_is_nested_in_the_chance() -> None:
    fewer = _days(friends=1, feed=CERTAIN, feed_see=np.uint32(ONE // 4))
    assert 0 < fewer.flows["post_exposures"].sum() < PLAIN.flows["exposures"].sum()
    assert {row[0] for row in fewer.log} < {row[0] for row in PLAIN.log}


def test_of_posts_those_see_less_who_have_more_friends() -> None:
    """A table of twice the mean doubles a chance, one of seven times makes it certain; who sees none is never won."""

    def posted(times: np.ndarray | float, see: int) -> Days:
        law = {"feed_attention": np.broadcast_to(np.uint32(EVEN * np.asarray(times)), (1, DEGREES)).copy()}
        return _days(friends=1, feed=CERTAIN, feed_see=np.uint32(see), law=law)

    _same(posted(2.0, ONE // 4), PLAIN, "posts", "post_exposures")
    _same(posted(7.0, ONE // 2), _days(friends=1, feed=CERTAIN, feed_see=CERTAIN))
    few = posted(np.arange(DEGREES) <= 4, ONE // 2)
    won = [int(row[0]) for row in few.log if row[3] >= 0]
    assert won
    assert GRAPH.degree()[won].max() <= 4 < GRAPH.degree()[[int(row[0]) for row in PLAIN.log]].max()


@pytest.mark.parametrize("friends", [1, 6, 12])
def test_who_was_told_by_more_circles_posts_less(friends: int) -> None:
    """A hub whom all its friends tell at once posts where those of as many circles do, and else sends: a circle is a
    chat that they share with it, or a friend who shares none."""
    star = textbook.star(friends + 1)
    leaves = np.where(star.degree() == 1, 255, 0).astype(np.uint8)
    leaves[0 if friends == 1 else int(star.degree().argmax())] = 0
    graph = replace(star, attributes=replace(star.attributes, affinity=leaves))
    chats = [set(graph.chats[slice(*graph.chat_offsets[user : user + 2])].tolist()) for user in range(friends + 1)]
    hub = int(np.flatnonzero(leaves == 0)[0])
    settings = {min(chats[user] & chats[hub], default=-1 - user) for user in range(friends + 1) if user != hub}
    status = np.zeros((1, 256, 3), np.uint32)
    status[:, 255] = ONE
    for circles in range(1, CIRCLES):
        feed = np.where(np.arange(CIRCLES) == circles, ONE, 0).astype(np.uint32)
        told: dict[str, Any] = {**cascade(graph), "feed": feed, "feed_see": CERTAIN}
        days = run(graph, rounds=8, law={"status": status}, sizes={"parts": PARTS | Part.MEMORY}, **told)
        assert len(days.log) == 1
        assert days.flows["packets"].sum() == friends + 1
        assert days.flows["posts"].sum() == (circles == min(len(settings), 4))


def test_who_has_taken_part_for_long_shares_in_fewer_sessions() -> None:
    """By the day since they came or the campaign began; half of those who share do so on the second day, by a word."""
    told: dict[str, Any] = {"friends": 1, "accept": -5000, "engaged": 1.0, "days": 3, "fresh_from": 1}
    fresh = np.full(FRESH_DAYS, 0, np.uint32)
    fresh[:2] = ONE, ONE // 2
    found = _days(**told, fresh=fresh).flows["packets"].sum(axis=(1, 2))
    usual = _days(**told).flows["packets"].sum(axis=(1, 2))
    assert found[:2].tolist() == usual[:2].tolist()  # before the campaign, and on its first day
    shares = sum(word >> 1 < ONE // 2 for word, _ in _words(Stream.FATIGUE, 2))
    assert found[2] == pytest.approx(shares * usual[2] / PEOPLE, abs=0.5)


@pytest.mark.parametrize("kind", ["feed", "notice"])
def test_an_effort_is_a_logit_less(kind: str) -> None:
    packet = {"feed": {"friends": 1}, "notice": {**SHARING_OFF, "notice_friends": MOST}}[kind]
    told: dict[str, Any] = {**packet, kind: CERTAIN, f"{kind}_effort": 300}
    _same(_days(accept=SOME - 300), _days(**told), "posts", "post_exposures", "notices", "notice_exposures", "packets",
          "exposures", "claims", "sharers", "first_claimers")  # fmt: skip


def test_a_notice_wins_people_and_is_no_packet() -> None:
    """To all friends it wins those whom a packet to all of them wins; it holds no money, and nobody has claimed it."""
    told = _days(**SHARING_OFF, notice=CERTAIN, notice_friends=MOST, campaign_on=1, claim_draws=256, pool=(0, 9000))
    assert np.array_equal(told.log, PLAIN.log)
    assert told.flows["notices"].sum() == PLAIN.flows["packets"].sum()
    assert told.flows["notice_exposures"].sum() == PLAIN.flows["exposures"].sum()
    for name in ("packets", "exposures", "claims", "first_claimers", "paid_cents", "emptied", "sharers"):
        assert told.flows[name].sum() == 0, name
    assert not np.asarray(told.state.users.received).any()
    assert not np.asarray(told.state.users.earned).any()


def test_notices_go_behind_what_is_shared_and_to_so_many() -> None:
    few = _days(**SHARING_OFF, notice=CERTAIN, notice_friends=2, notice_see=CERTAIN, accept=-5000)
    people = few.flows["opens"].sum()
    degree = GRAPH.degree()
    told = np.minimum(degree, 2).sum() * people / PEOPLE
    assert few.flows["notices"].sum() == people
    assert abs(few.flows["notice_exposures"].sum() - told) <= 3  # a few know nobody
    both = _days(notice=HALF, notice_friends=2)
    assert np.array_equal(both.flows["packets"].sum(axis=(0, 1)) > 0, PLAIN.flows["packets"].sum(axis=(0, 1)) > 0)
    told_of = sum(word >> 1 < HALF for word, _ in _words(Stream.NOTICE))
    everybody = _days(engaged=1.0, **SHARING_OFF, notice=HALF, notice_friends=2)
    assert everybody.flows["notices"].sum() == told_of


@pytest.mark.parametrize("like", ["nobody", "friends", "hubs"])
def test_a_habit_is_the_same_every_day_and_of_the_law_of_a_session(like: str) -> None:
    """Half of all share one packet; with the habit always the same half: by a word of their own, by affinity, or those
    with the most friends."""
    law = np.stack([np.where(np.arange(64) >= 1, ONE, ONE // 2).astype(np.uint32)] * 2)
    told: dict[str, Any] = {"share_law": law, "friends": 1, "accept": -5000, "engaged": 1.0, "days": 2}
    alike, hubs = (np.uint32(ONE * (like == name)) for name in ("friends", "hubs"))
    degree = GRAPH.degree()
    steps = np.arange(DEGREES)[:, None]
    shares = np.stack([(degree < steps).mean(axis=1), (degree == steps).mean(axis=1)])
    told["law"] = {"befriended": np.floor(shares * (2.0**32 - 1)).astype(np.uint32)[None]}
    days = _days(**told, habit=CERTAIN, habit_alike=alike, habit_hubs=np.maximum(alike, hubs))
    affinity = GRAPH.attributes.affinity.astype(int)

    def word(user: int, own: int) -> int:
        if like == "friends":
            return int(affinity[user]) << 24 | own >> 8
        if like == "nobody":
            return own
        fewer, as_many = (degree < degree[user]).mean(), (degree == degree[user]).mean()
        return int((fewer + as_many * (own / 2**32)) * 2**32)

    usual = [user for user, (own, _) in enumerate(_words(Stream.HABIT)) if word(user, own) >> 1 >= ONE // 2]
    assert _sharers(days) == [usual, usual]
    by_luck = _sharers(_days(**told))
    assert by_luck[0] != by_luck[1]
    assert sum(map(len, by_luck)) < 2 * PEOPLE


def _sharers(days: Days) -> list[list[int]]:
    """Who made a packet on each of the last two days, from the packet table's halves."""
    table = np.asarray(days.state.lists.packets.table)
    halves = table.reshape(2, -1, table.shape[-1])
    counts = days.flows["packets"].sum(axis=(1, 2))
    return [sorted(half[:count, 0].tolist()) for half, count in zip(halves, counts, strict=True)]


def test_money_received_is_answered_in_the_next_session() -> None:
    """On the first day everybody sends one packet, on the second nobody does unless they got something; the chance is
    so much for every cent, by a word of one's own."""
    share = np.zeros((1, 16, 2, 64), np.uint32)
    share[:, :8], share[:, 8:] = ONE_EACH, NOTHING
    told: dict[str, Any] = {
        "share_law": share, "campaign_on": 1, "pool": (0, 1 << 20), "daily_pool": 1 << 20, "days": 2, "friends": 2,
    }  # fmt: skip
    days = _days(engaged=1.0, send_back=np.float32(ONE / CENTS / 4), **told)
    before = _days(engaged=1.0, **told | {"days": 1, "share_law": share[:, :8]})
    got = np.asarray(before.state.users.got)
    assert got.sum() == before.flows["paid_cents"].sum() > 0
    word = _words(Stream.RECIPROCITY, 1)
    expected = [user for user in range(PEOPLE) if word[user][0] >> 1 < min(got[user] / CENTS / 4, 1) * ONE]
    assert 0 < len(expected) < (got > 0).sum()
    assert days.flows["sent_back"][:, 0].tolist() == [0, len(expected)]
    assert _sharers(days)[1] == expected


def _reached(cause: str, answered: int) -> dict[str, Any]:
    """Everybody who never had the app is brought in by one cause; nobody shares."""
    number = CAUSES.index(cause)
    steps, asked = np.zeros((2, 4, len(CAUSES)), np.uint32)
    steps[0, number:], asked[0, number] = ONE, answered
    return {"reach": steps, "reach_most": CERTAIN, "answered": asked, "share_law": NOTHING, "engaged": 0.0}


def _levels(days: Days) -> np.ndarray:
    return np.asarray(days.state.users.resistance)[:PEOPLE]


def _by_hand(resistance: Any) -> list[int]:
    return [sum(int(one) >= bound for bound in bounds()) for one in resistance]


def test_levels_of_resistance_are_half_octaves() -> None:
    assert len(bounds()) == LEVELS - 1
    assert bounds()[0] == 1 << 15
    assert bounds()[-2] == ONE // 2
    edges = np.array([0, (1 << 15) - 1, 1 << 15, ONE // 2 - 1, ONE // 2, bounds()[-1] - 1, bounds()[-1], ONE - 1])
    assert level_of(jnp.asarray(edges, jnp.uint32)).tolist() == [0, 0, 1, LEVELS - 3, LEVELS - 2, LEVELS - 2, 32, 32]


@pytest.mark.parametrize(("cause", "answered"), [("paid", ONE // 50), ("organic", 0)])
def test_whom_media_bring_resisted_a_part_of_their_acceptance(cause: str, answered: int) -> None:
    """By the threshold word that each of them owns; whoever comes unasked resisted nothing."""
    levels = _levels(_days(**_reached(cause, answered)))
    own = [((word >> 16) * (answered >> 15)) >> 1 for word, _ in _words(Stream.PERSON)]
    assert levels.tolist() == _by_hand(own)
    assert (levels.max() > 0) == (answered > 0)


@pytest.mark.parametrize("more", [0, pytest.param(Part.MEMORY, marks=pytest.mark.long)])
def test_whoever_takes_a_packet_resisted_less_than_its_acceptance(more: int) -> None:
    """With memory it is their threshold; without, the word of a packet, which lies below the acceptance."""
    found = _days(PARTS | more, see=CERTAIN)
    invited = found.log[found.log[:, 3] >= 0, 0]
    levels = _levels(found)
    assert len(invited) > 20
    assert 0 < levels[invited].max() <= _by_hand([ONE / (1 + np.exp(-SOME / 256))])[0]
    if more:
        words = _words(Stream.PERSON)
        assert levels[invited].tolist() == _by_hand(words[user][0] >> 1 for user in invited)
    assert not levels[np.setdiff1d(np.arange(PEOPLE), invited)].any()


def test_the_level_decides_who_opens() -> None:
    """Quantile 0 never opens and 1 always does; the levels from a cut on have the one, those below it the other."""
    cut = LEVELS - 14
    table = np.zeros((1, LEVELS, ATOMS), np.uint8)
    table[:, :cut] = 1
    chance = np.full((1, ATOMS), ONE, np.float32)
    chance[:, 0] = 0
    told: dict[str, Any] = {**_reached("paid", ONE // 50), "law": {"open": chance, "interest": table}, "days": 2}
    found = _days(**told)
    opens = (_levels(found) < cut).sum()
    assert found.flows["opens"].sum(axis=1).tolist() == [0, opens]
    assert 0 < opens < PEOPLE


@pytest.mark.long
@pytest.mark.parametrize("part", ["sessions", "responses"])
def test_with_all_of_them_the_compiled_day_copies_no_buffer_as_large_as_the_state(part: str) -> None:
    ring = textbook.ring(2000)
    lists = {"pending": 2000, "actors": 2000, "packets": 2000, "claims": 512, "log": 2000}
    engine, key, campaign = world(ring, rounds=8, **cascade(ring), sizes={**lists, "parts": PARTS | Part.GROUP})
    assert large_copies(engine, part, key, campaign) == []


@pytest.mark.long
def test_neither_chunks_nor_devices_change_a_byte() -> None:
    told: dict[str, Any] = {
        "days": 2, "feed": HALF, "notice": HALF, "notice_friends": 3, "habit": HALF, "habit_alike": HALF,
        "send_back": np.float32(ONE / CENTS / 4), "campaign_on": 1, "pool": (0, 9000), "daily_pool": 9000,
    }  # fmt: skip
    usual = _days(**told)
    assert all(usual.flows[name].sum() > 0 for name in ("posts", "notices", "sent_back"))
    for more in ({"sizes": {"chunk": 96}}, {"devices": 2, "devices_per_world": 2}):
        _same(usual, _days(**told, **more))
