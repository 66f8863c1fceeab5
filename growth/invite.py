"""Invitations that succeed: whoever is activated by a shared packet may earn money, coupons or draws for both sides.

An invitation is paid whole or not at all: both sides' cents are one request to the invitation pool, by the key of the
claim that activated. An inviter's limit is used in order of the same key; beyond it, neither side is paid.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from graphs.device import pick
from growth.behaviour import person
from growth.campaign import PURSES, TIERS, Campaign, Schedule
from growth.flows import RECIPIENTS, SOURCES, column
from growth.pools import closing_time, is_before, open_cents
from growth.queues import Rows
from growth.ranks import TOP, order_of, rank_among
from growth.record import recipient_of, tally
from growth.share import Packet
from growth.state import ENGAGED, NEVER, Part, Sizes, State, Users

__all__ = ["Invitation", "credit_invitations", "invitations"]


class Invitation(NamedTuple):
    """What became of each claim as an invitation; one entry per row of the claims list."""

    paid: jax.Array  # bool: succeeded, within the limit, and the pool was open
    refused: jax.Array  # bool: succeeded within the limit, and the pool was not
    inviter_cents: jax.Array  # int32, where paid
    invitee_cents: jax.Array
    inviter_origin: jax.Array  # int32: at the round's start


def invitations(
    state: State,
    campaign: Campaign,
    p: Schedule,
    sizes: Sizes,
    claims: Rows,
    sharer: jax.Array,
    first: jax.Array,
    cents: jax.Array,
    refused: jax.Array,
) -> Invitation:
    """Which of this round's activations pay as invitations.

    ``sharer`` flat id of each claim's inviter, ``first`` whether the claim activates its viewer, ``cents`` and
    ``refused`` what the packet pool has just paid and refused: the invitation pool may be the same.
    """
    viewer, due, packet, word, _, status = (claims.table[:, field] for field in range(6))
    lane = person(viewer, sizes.users).lane
    on = (pick(p.campaign_on, lane) > 0) & (packet >= 0)
    kind = (status != NEVER).astype(jnp.int32)
    succeeds = first & on & (status != ENGAGED) & (pick(p.invite_counts.reshape(-1), lane * 2 + kind) > 0)
    rank = rank_among(order_of(jnp.where(succeeds, sharer, TOP), due, word, viewer), succeeds)
    number = pick(state.users.invited, sharer).astype(jnp.int32) + rank
    within = succeeds & (number < pick(p.invite_limit, lane))
    inviter = jnp.where(within, _tier(p, lane, number), 0)
    invitee = jnp.where(within, pick(p.invitee_cents, lane), 0)
    asked = inviter + invitee
    requests = Rows(jnp.stack([viewer, due, asked, word], axis=1), claims.length)
    left = _left(state, campaign, sizes, lane, cents, refused)
    closes = closing_time(requests, 0, 1, 2, 3, left, sizes)
    paid = within & ((asked == 0) | is_before(due, word, closes, lane))
    return Invitation(
        paid=paid,
        refused=within & ~paid,
        inviter_cents=jnp.where(paid, inviter, 0),
        invitee_cents=jnp.where(paid, invitee, 0),
        inviter_origin=pick(state.users.origin, sharer).astype(jnp.int32),
    )


def _tier(p: Schedule, lane: jax.Array, number: jax.Array) -> jax.Array:
    """Cents for the inviter of each invitation: those of the last tier that has begun."""
    cents = pick(p.inviter_cents.reshape(-1), lane * TIERS)
    for tier in range(1, TIERS):
        begun = number >= pick(p.inviter_step.reshape(-1), lane * TIERS + tier)
        cents = jnp.where(begun, pick(p.inviter_cents.reshape(-1), lane * TIERS + tier), cents)
    return cents


def _left(state: State, campaign: Campaign, sizes: Sizes, lane, cents, refused) -> jax.Array:
    """Cents in the invitation pool after this round's packets, int32[L]."""
    packets, mine = (campaign.lanes.purse[:, PURSES.index(name)] for name in ("packet", "invitation"))
    left = open_cents(state.totals, mine)
    spent = jnp.zeros(sizes.lanes, jnp.int32).at[lane].add(cents)
    shut = jnp.zeros(sizes.lanes, bool).at[lane].max(refused)
    return jnp.where(packets == mine, jnp.where(shut, 0, left - spent), left)


def credit_invitations(
    users: Users, flows: jax.Array, p: Schedule, sizes: Sizes, lane, viewer, packet: Packet, given: Invitation, kind
) -> tuple[Users, jax.Array]:
    """Count and pay a chunk of invitations; ``given`` rows of `Invitation`, ``kind`` the viewer's recipient number."""
    flows = tally(flows, lane, column("invitations_paid"), given.paid)
    flows = tally(flows, lane, column("refused_invitations"), given.refused)
    first = column("paid_cents")
    from_, to = (first + SOURCES.index(name) * len(RECIPIENTS) for name in ("inviter", "invitee"))
    whose = recipient_of(given.inviter_origin)
    flows = tally(flows, lane, from_ + whose, jnp.where(given.paid, given.inviter_cents, 0))
    flows = tally(flows, lane, to + kind, jnp.where(given.paid, given.invitee_cents, 0))
    outside = jnp.int32(users.status.shape[0])
    gives = jnp.where(given.paid, packet.sharer, outside)
    users = users._replace(
        invited=users.invited.at[gives].add(jnp.int16(1), mode="drop"),
        earned=users.earned.at[gives].add(pick(p.invite_draws, lane), mode="drop"),
    )
    if sizes.has(Part.ORDER):
        gets = jnp.where(given.paid, viewer, outside)
        each = p.invite_coupons.reshape(-1)
        coupons = users.coupons.at[gives].add(pick(each, lane * 2).astype(jnp.uint8), mode="drop")
        coupons = coupons.at[gets].add(pick(each, lane * 2 + 1).astype(jnp.uint8), mode="drop")
        flows = tally(flows, lane, column("coupons_given"), jnp.where(given.paid, pick(each, lane * 2), 0))
        flows = tally(flows, lane, column("coupons_given"), jnp.where(given.paid, pick(each, lane * 2 + 1), 0))
        users = users._replace(coupons=coupons)
    return users, flows
