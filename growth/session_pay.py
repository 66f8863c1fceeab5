"""Step 6 for what is earned in a session: draws and redeemed coupons, from their pools in order of second."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp

from graphs.device import pick
from growth.behaviour import person
from growth.campaign import PURSES, Campaign
from growth.flows import RECIPIENTS, SOURCES, column
from growth.pools import closing_time, is_before, open_cents, spend
from growth.queues import chunk, each_chunk
from growth.record import recipient_of, tally
from growth.state import Part, Sizes, State
from growth.tasks import Session
from growth.wallet import win

__all__ = ["pay_sessions"]


def pay_sessions(state: State, campaign: Campaign, sizes: Sizes) -> State:
    """Pay the draws of this round's sessions, then coupons and shares; each pool until one request does not fit."""
    state = _pay(state, campaign, sizes, _DRAWS)
    if sizes.has(Part.ORDER):
        state = _pay(state, campaign, sizes, _ORDERS)
    return _pay(state, campaign, sizes, _SHARES) if sizes.has(Part.INVITE) else state


class _Bill(NamedTuple):
    """One kind of request: its purse, what it is paid as, columns of `Session`, flows of what was paid and refused."""

    purse: str
    source: str
    number: str
    cents: str
    paid: str | None
    refused: str


_DRAWS = _Bill("draw", "draw", "draws", "cents", "draws", "refused_draws")
_ORDERS = _Bill("coupon", "coupon", "orders", "order_cents", "orders", "refused_orders")
_SHARES = _Bill("invitation", "inviter", "packets", "share_cents", None, "refused_invitations")


def _pay(state: State, campaign: Campaign, sizes: Sizes, bill: _Bill) -> State:
    """Pay one kind of request of this round's sessions."""
    sessions = state.lists.sessions
    pool = campaign.lanes.purse[:, PURSES.index(bill.purse)]
    left = open_cents(state.totals, pool)
    at = Session._fields.index
    who_at, second, tie, number, asked = at("who"), at("second"), at("tie"), at(bill.number), at(bill.cents)
    closes = closing_time(sessions, who_at, second, asked, tie, left, sizes)
    paid_for = column("paid_cents") + SOURCES.index(bill.source) * len(RECIPIENTS)

    def body(start, carry):
        users, flows, spent, refused = carry
        rows, exists = chunk(sessions, start, sizes.chunk)
        who = person(rows[:, who_at], sizes.users)
        asks = exists & (rows[:, number] > 0) & ((rows[:, asked] > 0) | (bill.paid is not None))
        paid = asks & is_before(rows[:, second], rows[:, tie], closes, who.lane)
        cents = jnp.where(paid, rows[:, asked], 0)
        origin = pick(users.origin, who.ids).astype(jnp.int32)
        flows = tally(flows, who.lane, paid_for + recipient_of(origin), cents)
        if bill.paid is not None:
            flows = tally(flows, who.lane, column(bill.paid), jnp.where(paid, rows[:, number], 0))
        flows = tally(flows, who.lane, column(bill.refused), jnp.where(asks & ~paid, rows[:, number], 0))
        if bill.source != "coupon":  # a coupon is worth nothing but its order
            users = win(users, state, sizes, who.ids, who.lane, cents)
        else:
            used = jnp.where(paid, rows[:, number], 0).astype(jnp.uint8)
            there = jnp.where(paid, who.ids, jnp.int32(users.origin.shape[0]))
            users = users._replace(coupons=users.coupons.at[there].add(-used, mode="drop"))
        return users, flows, spent.at[who.lane].add(cents), refused.at[who.lane].max(asks & ~paid)

    carry = (state.users, state.totals.flows, jnp.zeros_like(left), jnp.zeros(left.shape, bool))
    users, flows, spent, refused = each_chunk(sessions.length, sizes.chunk, body, carry)
    held = state.held if state.held is None or bill.source == "coupon" else state.held + spent
    totals = spend(state.totals._replace(flows=flows), pool, spent, refused)
    return state._replace(users=users, totals=totals, held=held)
