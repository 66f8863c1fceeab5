"""Step 6 for what is earned in a session: draws and redeemed coupons, from their pools in order of second."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp

from graphs.device import pick
from growth.behaviour import Person, person
from growth.campaign import PURSES, Campaign
from growth.farm import FOUND
from growth.flows import RECIPIENTS, SOURCES, column
from growth.outsiders import FARMED
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
        users, flows, spent, refused, lost = carry
        rows, exists = chunk(sessions, start, sizes.chunk)
        who = person(rows[:, who_at], sizes.users)
        farmed = rows[:, at("farmed")] if sizes.has(Part.ABUSE) else jnp.zeros_like(rows[:, 0])
        people = farmed == 0
        asks = exists & (rows[:, number] > 0) & ((rows[:, asked] > 0) | (bill.paid is not None))
        paid = asks & is_before(rows[:, second], rows[:, tie], closes, who.lane)
        cents = jnp.where(paid, rows[:, asked], 0)
        origin = pick(users.origin, who.ids).astype(jnp.int32)
        recipient = jnp.where(people, recipient_of(origin), FARMED)
        flows = tally(flows, who.lane, paid_for + recipient, cents)
        if bill.paid is not None:
            flows = tally(flows, who.lane, column(bill.paid), jnp.where(paid & people, rows[:, number], 0))
        flows = tally(flows, who.lane, column(bill.refused), jnp.where(asks & people & ~paid, rows[:, number], 0))
        flows = _farmed(flows, who, bill, paid & ~people, cents, farmed, sizes)
        if bill.source != "coupon":  # a coupon is worth nothing but its order
            users = win(users, state, sizes, who.ids, who.lane, jnp.where(people, cents, 0))
        else:
            used = jnp.where(paid, rows[:, number], 0)
            there = jnp.where(paid, who.ids, jnp.int32(users.origin.shape[0]))
            users = users._replace(coupons=users.coupons.at[there].add(-used, mode="drop"))
        if sizes.has(Part.ABUSE):
            lost = lost.at[who.lane].add(jnp.where(people, 0, cents))
        return users, flows, spent.at[who.lane].add(cents), refused.at[who.lane].max(asks & ~paid), lost

    nothing = jnp.zeros_like(left)
    carry = (state.users, state.totals.flows, nothing, jnp.zeros(left.shape, bool), nothing)
    users, flows, spent, refused, lost = each_chunk(sessions.length, sizes.chunk, body, carry)
    held = state.held if state.held is None or bill.source == "coupon" else state.held + spent - lost
    totals = spend(state.totals._replace(flows=flows), pool, spent, refused)
    return state._replace(users=users, totals=totals, held=held)


def _farmed(flows, who: Person, bill: _Bill, paid, cents, farmed, sizes: Sizes):
    """Count what farmed accounts were paid, and what of it is taken back."""
    if not sizes.has(Part.ABUSE):
        return flows
    flows = tally(flows, who.lane, column("farmed_requests"), paid)
    clawed = column("clawed_cents") + SOURCES.index(bill.source)
    return tally(flows, who.lane, clawed, jnp.where(paid & (farmed == FOUND), cents, 0))
