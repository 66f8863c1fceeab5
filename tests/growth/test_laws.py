"""Laws on the same luck: what must hold for every draw, not on average. Without pools, slots, rivals or churn."""

from __future__ import annotations

import numpy as np
import pytest

from graphs import textbook
from graphs.social_graph import SocialGraph
from growth.flows import CAUSES
from growth.streams import ONE
from tests.growth.tiny import CERTAIN, Days, cascade, count_of, run

CHATS = [np.arange(start, start + 12) for start in range(0, 240, 12)]
HUBS = textbook.barabasi_albert(240, 3, isolated=1)
EDGES = np.array([(u, v) for u in range(240) for v in HUBS.friends_of(u) if u < v])
GRAPH = SocialGraph.from_edges(241, EDGES[:, 0], EDGES[:, 1], chats=CHATS)
HALF = np.uint32(ONE // 2)
DAYS, ROUNDS = 3, 8
LAW = {
    "delay": np.linspace(0, 100_000, 1024).astype(np.int32)[None, :],
    "hour": np.linspace(0, 86_399, 1024).astype(np.int32)[None, :],
    "open": np.full((1, 128), ONE / 2, np.float32),
}


def _world(**changes) -> Days:
    told = cascade(GRAPH, share_law=np.stack([count_of(2)] * 2), friends=3, group_share=HALF, see=HALF)
    told |= {"accept": -200, "accept_most": 400, **changes}
    law = {**{name: np.asarray(value) for name, value in LAW.items()}, **told.pop("law", {})}
    return run(GRAPH, days=DAYS, rounds=ROUNDS, engaged=0.05, law=law, **told)


def _joined(days: Days) -> set[int]:
    return {int(user) for user in days.log[:, 0]}


BASE = _world()


def test_the_world_of_these_tests_is_neither_empty_nor_full() -> None:
    assert 15 < len(_joined(BASE)) < 200


@pytest.mark.parametrize("logit", [-150, 0, 400])
def test_raising_acceptance_loses_nobody(logit) -> None:
    more = _joined(_world(accept=logit))
    assert _joined(BASE) <= more
    assert logit < 0 or len(more) > len(_joined(BASE))


def test_raising_attention_or_sharing_loses_nobody() -> None:
    assert _joined(BASE) < _joined(_world(see=np.uint32(ONE // 4 * 3)))
    assert _joined(BASE) < _joined(_world(friends_more=CERTAIN))


def test_removing_a_link_block_loses_nobody() -> None:
    blocked = _world(opens=np.array([0.0, 0.0, 1.0, 1.0], np.float32).reshape(1, 1, 4).repeat(DAYS * ROUNDS, 1))
    assert _joined(blocked) < _joined(BASE)


def test_reach_adds_people_and_takes_nobody_away() -> None:
    reach = np.zeros((1, DAYS * ROUNDS, 4, len(CAUSES)), np.uint32)
    reach[..., 0, 1:] = ONE // 20
    more = _world(reach=reach, reach_most=ONE // 20)
    assert _joined(BASE) < _joined(more)
    paid = {int(row[0]) for row in more.log if row[2] == 2}
    assert paid, "nobody was reached by paid media"


def test_a_mechanism_that_is_off_changes_no_byte() -> None:
    """In-app groups that nobody can create; draws that nobody takes; a muted share of zero."""
    grouped = _world(group_join=CERTAIN, group_draws=3)
    drawn = _world(free_draws=5, draw_limit=9, campaign_on=0)
    for other in (grouped, drawn):
        assert np.array_equal(BASE.log, other.log)
        for name, flow in BASE.flows.items():
            assert np.array_equal(flow, other.flows[name]), name


def test_what_the_campaign_pays_does_not_touch_who_is_active() -> None:
    """Draws are paid out, and nobody's history but the money's changes."""
    law = {"amount": np.stack([np.full((1, 1024), 7), np.zeros((1, 1024))], axis=1).astype(np.int32)}
    paid = _world(
        free_draws=5,
        draw_limit=9,
        campaign_on=1,
        draw_take_up=CERTAIN,
        daily_pool=1 << 20,
        pool=(1 << 20, 0),
        law=law,
    )
    assert np.array_equal(BASE.log, paid.log)
    assert np.array_equal(BASE.activity, paid.activity)
    draws, cents = paid.flows["draws"], paid.flows["paid_cents"]
    assert draws.sum() > 0
    assert np.array_equal(cents[:, :, 0].sum(-1), 7 * draws)


def test_one_more_stranger_changes_nobody_elses_history() -> None:
    """A user without ties or chats at the end of the chain: every flow of the others stays, to the byte."""
    bigger = SocialGraph.from_edges(242, EDGES[:, 0], EDGES[:, 1], chats=CHATS)
    told = cascade(GRAPH, share_law=np.stack([count_of(2)] * 2), friends=3, group_share=HALF, see=HALF)
    told |= {"accept": -200, "accept_most": 400}
    more = run(bigger, days=DAYS, rounds=ROUNDS, engaged=0.05, law=LAW, **told)
    assert np.array_equal(BASE.log, more.log)
    before = np.asarray(BASE.state.users.last_active)
    assert np.array_equal(before, np.asarray(more.state.users.last_active)[: len(before)])


def test_people_activated_early_in_the_day_act_on_it_and_late_ones_on_the_next() -> None:
    """Everyone opens in the last round: friends join in it, and share in the first round of the next day."""
    ring = textbook.ring(40)
    late = {"hour": np.full((1, 1024), 86_399, np.int32)}
    days = run(ring, days=2, rounds=4, engaged=0.05, law=late, **cascade(ring))
    rounds = np.unique(days.log[:, 1])
    assert rounds[0] == 3
    assert rounds[1] == 4
    assert np.array_equal(rounds, np.arange(3, 3 + len(rounds)))


def test_nobody_is_activated_twice_while_engaged() -> None:
    assert len(_joined(BASE)) == len(BASE.log)
    status = np.asarray(BASE.state.users.status)
    roster = np.asarray(BASE.state.lists.roster.table)[: int(BASE.state.lists.roster.length[0]), 0]
    assert sorted(roster) == sorted(np.flatnonzero(status == 1))
