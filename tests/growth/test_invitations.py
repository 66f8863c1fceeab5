"""Invitations, coupons and shares that are paid, against plain Python on a small world."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphs import textbook
from graphs.social_graph import SocialGraph
from growth.flows import RECIPIENTS, SOURCES
from growth.state import Part
from tests import oracles
from tests.growth.tiny import CERTAIN, SEED, Days, cascade, count_of, run

PARTS = {"parts": Part.INVITE | Part.ORDER}
LEAVES = 12
STAR = textbook.star(LEAVES + 1)
HUB = int(STAR.degree().argmax())
DELAY = np.linspace(0, 80_000, 1024).astype(np.int32)[None, :]


AFFINITY = np.where(np.arange(LEAVES + 1) == HUB, 255, 0).astype(np.uint8)
HUBBED = SocialGraph(
    **{**STAR.__dict__, "attributes": STAR.attributes.__class__(**{**STAR.attributes.__dict__, "affinity": AFFINITY})}
)


def _star(days: int = 1, pool: tuple[int, ...] = (0, 0, 10_000, 10_000), **changes: Any) -> Days:
    """Only the hub is engaged (it alone has the top affinity); it shares once, and every leaf accepts."""
    status = np.zeros((1, 256, 3), np.uint32)
    status[:, 255] = 1 << 31
    usual = {"campaign_on": 1, "daily_pool": 100_000, "invite_counts": np.array([1, 0]), "invite_limit": 99}
    told = {**cascade(HUBBED), **usual, **changes}
    return run(HUBBED, days=days, rounds=8, law={"status": status, "delay": DELAY}, sizes=PARTS, pool=pool, **told)


def _order() -> list[int]:
    """Leaves by the second in which they answer the hub's packet, those that answer today."""
    key = oracles.packet_key(SEED, 0, HUB, 0, 0)
    found = {leaf: oracles.threefry(key, (leaf, 0)) for leaf in range(LEAVES + 1) if leaf != HUB}
    keys = sorted((int(DELAY[0, wait >> 22]), word >> 1, leaf) for leaf, (word, wait) in found.items())
    return [leaf for second, _, leaf in keys if second < 86_400]


def _paid(days: Days, source: str, recipient: str) -> int:
    return int(days.flows["paid_cents"][..., SOURCES.index(source), RECIPIENTS.index(recipient)].sum())


def _only_the_hub_shares() -> np.ndarray:
    law = np.zeros((1, 8, 2, 64), np.uint32)
    law[:] = count_of(0)
    law[:, 0] = count_of(1)
    return law


def test_both_sides_are_paid_for_each_success() -> None:
    days = _star(share_law=_only_the_hub_shares(), inviter_cents=30, invitee_cents=20)
    joined = len(_order())
    assert joined > 5
    assert _paid(days, "inviter", "engaged") == 30 * joined
    assert _paid(days, "invitee", "new") == 20 * joined
    assert days.flows["invitations_paid"].sum() == joined
    assert np.asarray(days.state.users.invited)[HUB] == joined


@pytest.mark.parametrize("limit", [0, 1, 4])
def test_beyond_the_limit_neither_side_is_paid_and_all_join(limit: int) -> None:
    days = _star(share_law=_only_the_hub_shares(), inviter_cents=30, invitee_cents=20, invite_limit=limit)
    assert {int(row[0]) for row in days.log} == set(_order())
    assert _paid(days, "inviter", "engaged") + _paid(days, "invitee", "new") == 50 * limit


def test_tiers_pay_by_the_number_of_invitations_already_paid() -> None:
    steps, cents = np.array([0, 2, 5, 1 << 14]), np.array([10, 40, 7, 1])
    days = _star(share_law=_only_the_hub_shares(), inviter_cents=cents, inviter_step=steps)
    joined = len(_order())
    assert _paid(days, "inviter", "engaged") == sum([10, 10, 40, 40, 40][:joined]) + 7 * max(joined - 5, 0)


def test_the_pool_serves_whole_invitations_by_key_and_closes() -> None:
    """Fifty cents each from a hundred and twenty: two are paid, the third closes the pool; everybody joins."""
    days = _star(share_law=_only_the_hub_shares(), inviter_cents=30, invitee_cents=20, pool=(0, 0, 120, 0))
    assert days.flows["paid_cents"].sum() == 100
    assert int(days.state.totals.pool[0, 2]) == 20
    # Those who answer once the pool is known to be empty are not certain any more: only this round's are refused.
    assert days.flows["refused_invitations"].sum() >= 1
    assert {int(row[0]) for row in days.log} >= set(_order()[:3])


def test_an_invitation_earns_draws_and_a_fraction_adds_up() -> None:
    """A third of a draw each: whoever invited seven has two draws and a third left."""
    days = _star(share_law=_only_the_hub_shares(), invite_draws=86, claim_draws=0)
    assert np.asarray(days.state.users.earned)[HUB] == 86 * len(_order())


def test_coupons_are_given_to_both_sides_and_cost_when_redeemed() -> None:
    """Nobody orders on the first day; on the second everybody in a session orders once."""
    orders = np.zeros((1, 16, 64), np.uint32)
    orders[:, :8], orders[:, 8:] = count_of(0), count_of(1)
    share = np.zeros((1, 16, 2, 64), np.uint32)
    share[:] = count_of(0)
    share[:, 0] = count_of(1)
    days = _star(
        2, share_law=share, works=CERTAIN, invite_coupons=np.array([150, 200]), coupon_cents=25, coupon_valid=1,
        order_law=orders, coupons=1,
    )  # fmt: skip
    joined = len(_order())
    people = int(days.flows["opens"][1].sum())
    # All who came today and had a first session, and the hub, got one each; invitations gave one and two.
    assert days.flows["coupons_given"].sum() == 350 * joined + joined + 1
    assert days.flows["orders"][0].sum() == 0
    assert days.flows["orders"][1].sum() == people > 1
    assert days.flows["paid_cents"].sum() == 25 * people
    held = np.asarray(days.state.users.coupons).astype(int)
    assert held.sum() == days.flows["coupons_given"].sum() - people


def test_a_share_can_be_paid_as_such() -> None:
    days = _star(share_law=_only_the_hub_shares(), share_cents=15)
    assert days.flows["paid_cents"].sum() == 15
    assert _paid(days, "inviter", "engaged") == 15


def test_parts_that_give_nothing_change_nothing() -> None:
    """The same world with the parts traced and every amount zero, and without them."""
    law = np.stack([count_of(1)] * 2)
    plain = cascade(STAR, accept=0, accept_most=0, share_law=law, campaign_on=1)
    with_parts, without = (
        run(STAR, days=2, rounds=8, engaged=0.4, law={"delay": DELAY}, sizes=sizes, **plain)
        for sizes in (PARTS, {"parts": 0})
    )
    assert len(without.log) > 0
    assert np.array_equal(with_parts.log, without.log)
    for name, flow in without.flows.items():
        if name != "invitations_paid":
            assert np.array_equal(flow, with_parts.flows[name]), name
