"""Who stays because of somebody: the inviter who is still there, the members of an in-app group, money on offer."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphs import textbook
from graphs.social_graph import SocialGraph
from growth.campaign import GROUP_STEPS
from growth.flows import CAUSES, KINDS
from growth.state import ENGAGED, Part
from growth.streams import ONE, Stream
from tests import oracles
from tests.growth.tiny import CERTAIN, SEED, Days, cascade, count_of, run

PARTS = {"parts": Part.INVITER | Part.GROUP}
LEAVES = 60
STAR = textbook.star(LEAVES + 1)
HUB = int(STAR.degree().argmax())
AFFINITY = np.where(np.arange(LEAVES + 1) == HUB, 255, 0).astype(np.uint8)
HUBBED = SocialGraph(
    **{**STAR.__dict__, "attributes": STAR.attributes.__class__(**{**STAR.attributes.__dict__, "affinity": AFFINITY})}
)
HAZARD = 0.5
ORIGINS = 1 + len(KINDS) * len(CAUSES)


def _night_word(user: int, day: int) -> int:
    """The 31-bit uniform that decides whether a user leaves on the night of a day."""
    return oracles.threefry(oracles.stream_key(SEED, 0, 0, 0, Stream.DAY), (user, day))[1] >> 1


def _star(days: int, hub_leaves: bool, **changes: Any) -> Days:
    """The hub invites every leaf on day 0. From day 1 on everybody leaves with the hazard times a multiplier."""
    status = np.zeros((1, 256, 3), np.uint32)
    status[:, 255] = ONE
    share = np.zeros((1, days * 8, 2, 64), np.uint32)
    share[:] = count_of(0)
    share[:, 0] = count_of(1)
    churn = np.ones((1, days * 8, ORIGINS), np.float32)
    churn[..., 0] = 2.0 if hub_leaves else 0.0  # the hub is of the base world
    law = {"status": status, "churn": np.full((1, 731, 128), HAZARD * ONE, np.float32)}
    told = {**cascade(HUBBED), "share_law": share, "churn": churn, **changes}
    return run(HUBBED, days=days, rounds=8, law=law, sizes=PARTS, **told)


def _engaged(days: Days) -> set[int]:
    return {int(user) for user in np.flatnonzero(np.asarray(days.state.users.status) == ENGAGED)}


def test_an_inviter_who_stays_keeps_the_invited() -> None:
    """On the first night on which they may leave, the invited leave below half the hazard."""
    days = _star(2, hub_leaves=False, churn_inviter=0.5)
    assert len(days.log) == LEAVES
    stays = {user for user in range(LEAVES + 1) if _night_word(user, 1) >= HAZARD * 0.5 * ONE}
    assert _engaged(days) - {HUB} == stays - {HUB}
    assert 10 < len(stays) < LEAVES


def test_the_effect_ends_when_the_inviter_leaves() -> None:
    """The hub leaves on the first night; on the second the full hazard holds for those who are left."""
    days = _star(2, hub_leaves=True, churn_inviter=0.5)
    assert HUB not in _engaged(days)
    assert _engaged(days) == {
        user for user in range(LEAVES + 1) if user != HUB and _night_word(user, 1) >= HAZARD * ONE
    }


def test_money_on_offer_keeps_people_while_a_pool_is_open() -> None:
    paid = _star(2, hub_leaves=False, churn_money=0.2, daily_pool=10, pool=(10, 0))
    none = _star(2, hub_leaves=False, churn_money=0.2, daily_pool=0, pool=(10, 0))
    held = {user for user in range(LEAVES + 1) if _night_word(user, 1) >= np.float32(HAZARD) * np.float32(0.2) * ONE}
    assert _engaged(paid) - {HUB} == held - {HUB}
    assert _engaged(none) < _engaged(paid)


def test_active_members_of_a_group_keep_one_another() -> None:
    """A chat of six who all open is one group, founded by all of them on the first day; a chat of two another. From
    the second day on its active members divide the hazard: six leave below a sixth of it, two below a half."""
    people = 8
    ring = textbook.ring(people)
    ties = np.array([(u, v) for u in range(people) for v in ring.friends_of(u) if u < v])
    graph = SocialGraph.from_edges(people, ties[:, 0], ties[:, 1], chats=[np.arange(6), np.arange(6, 8)])
    steps = (1 / np.arange(GROUP_STEPS).clip(1)).astype(np.float32)
    told = {
        "works": CERTAIN, "campaign_on": 1, "group_create": CERTAIN, "group_join": CERTAIN, "churn_group": steps,
        "churn": np.repeat(np.array([0.0, 1.0], np.float32), 2)[None, :, None] * np.ones((1, 4, ORIGINS), np.float32),
    }  # fmt: skip
    law = {"churn": np.full((1, 731, 128), HAZARD * ONE, np.float32), "age": np.full((1, 1024), 5, np.int32)}
    days = run(graph, days=2, rounds=2, engaged=1.0, law=law, sizes=PARTS, **told)
    assert np.asarray(days.state.group_active).tolist() == [6, 2]
    stays = {
        user for user in range(people) if _night_word(user, 1) >= np.float32(HAZARD) * steps[6 if user < 6 else 2] * ONE
    }
    assert _engaged(days) == stays
    assert len(stays) < people


def test_a_group_with_active_members_uses_the_ai_more() -> None:
    people = 6
    ring = textbook.ring(people)
    ties = np.array([(u, v) for u in range(people) for v in ring.friends_of(u) if u < v])
    graph = SocialGraph.from_edges(people, ties[:, 0], ties[:, 1], chats=[np.arange(4)])
    law = np.stack([count_of(1), count_of(3)])
    told = {"works": CERTAIN, "campaign_on": 1, "group_create": CERTAIN, "group_join": CERTAIN, "ai_law": law}
    days = run(graph, days=2, rounds=2, engaged=1.0, sizes=PARTS, **told)
    assert days.flows["ai_tasks"].ravel().tolist() == [people, 4 * 3 + 2]
