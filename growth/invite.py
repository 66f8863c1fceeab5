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
from growth.farm import presented
from growth.flows import RECIPIENTS, SOURCES, column
from growth.outsiders import FARMED, Outsiders, refused_rewards, resold
from growth.outsiders import found as found_of
from growth.pools import closing_time, is_before, open_cents
from growth.queues import Rows
from growth.ranks import TOP, order_of, rank_among
from growth.record import recipient_of, tally
from growth.share import Packet
from growth.state import ENGAGED, NEVER, Part, Sizes, State, Users

__all__ = ["Asked", "Invitation", "credit_invitations", "invitations"]


class Asked(NamedTuple):
    """What invitations look at in each claim."""

    exists: jax.Array  # bool
    first: jax.Array  # bool: it activates its viewer
    sharer: jax.Array  # int32: flat id of the inviter
    nobody: Outsiders


class Invitation(NamedTuple):
    """What became of each claim as an invitation; one entry per row of the claims list."""

    paid: jax.Array  # bool: succeeded, within the limit, and the pool was open
    refused: jax.Array  # bool: succeeded within the limit, and the pool was not
    inviter_cents: jax.Array  # int32, where paid
    invitee_cents: jax.Array
    inviter_origin: jax.Array  # int32: at the round's start
    operator: jax.Array  # bool: the inviter is an operator's account
    fake: jax.Array  # bool: and so is the newcomer
    later: jax.Array  # bool: risk control takes back what the operator got
    blocked: jax.Array  # bool: risk control refused an operator
    withheld: jax.Array  # int32: cents that it refused honest people


def invitations(
    keys,
    state: State,
    campaign: Campaign,
    p: Schedule,
    sizes: Sizes,
    claims: Rows,
    it: Asked,
    cents: jax.Array,
    refused: jax.Array,
) -> Invitation:
    """Which of this round's activations pay as invitations, and which requests of operators.

    ``cents`` and ``refused`` are what the packet pool has just paid and refused: the invitation pool may be the same.
    """
    viewer, due, packet, word, _, status = (claims.table[:, field] for field in range(6))
    who, sharer = person(viewer, sizes.users), it.sharer
    lane = who.lane
    on = pick(p.campaign_on, lane) > 0
    kind = (status != NEVER).astype(jnp.int32)
    counting = p.invite_counts.reshape(-1)
    counts = on & (pick(counting, lane * 2) > 0)
    succeeds = it.first & on & (packet >= 0) & (status != ENGAGED) & (pick(counting, lane * 2 + kind) > 0)
    rank = rank_among(order_of(jnp.where(succeeds, sharer, TOP), due, word, viewer), succeeds)
    number = pick(state.users.invited, sharer).astype(jnp.int32) + rank
    within = succeeds & (number < pick(p.invite_limit, lane))
    sold, known, later = resold(keys, p, sizes, claims.table, who)
    sold = sold & it.first & counts
    fake, found = _farmed(keys, state, p, sizes, it, lane)
    fake = fake & counts
    operator = (sold & ~known) | fake
    wrongly = refused_rewards(keys, p, sizes, who) | refused_rewards(keys, p, sizes, person(sharer, sizes.users))
    withheld, within = within & wrongly, (within & ~wrongly) | operator
    worth = _tier(p, lane, number) + pick(p.invitee_cents, lane)
    number = jnp.where(operator, 0, number)
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
        operator=operator,
        fake=fake,
        later=jnp.where(fake, found, later),
        blocked=sold & known,
        withheld=jnp.where(withheld, worth, 0),
    )


def _farmed(keys, state: State, p: Schedule, sizes: Sizes, it: Asked, lane: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Farmed accounts that are presented as somebody new today, and which of them are found later."""
    if not sizes.has(Part.ABUSE):
        return it.nobody.farmed, it.nobody.farmed
    number, day = it.nobody.number, state.clock // sizes.days_rounds
    fresh = it.exists & it.nobody.farmed & presented(keys, p, lane, number, day)
    return fresh, found_of(keys, p, lane, number)


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
    ours, real = given.paid & ~given.operator, given.paid & ~given.fake
    flows = tally(flows, lane, column("invitations_paid"), ours)
    flows = tally(flows, lane, column("refused_invitations"), given.refused & ~given.operator)
    flows = _count_outsiders(flows, p, sizes, lane, given)
    first = column("paid_cents")
    from_, to = (first + SOURCES.index(name) * len(RECIPIENTS) for name in ("inviter", "invitee"))
    whose = jnp.where(given.operator, FARMED, recipient_of(given.inviter_origin))
    kind = jnp.where(given.fake, FARMED, kind)
    flows = tally(flows, lane, from_ + whose, jnp.where(given.paid, given.inviter_cents, 0))
    flows = tally(flows, lane, to + kind, jnp.where(given.paid, given.invitee_cents, 0))
    outside = jnp.int32(users.status.shape[0])
    gives = jnp.where(ours, packet.sharer, outside)
    users = users._replace(
        invited=users.invited.at[gives].add(jnp.int16(1), mode="drop"),
        earned=users.earned.at[gives].add(pick(p.invite_draws, lane), mode="drop"),
    )
    if sizes.has(Part.ORDER):
        gets = jnp.where(real, viewer, outside)
        each = p.invite_coupons.reshape(-1)
        coupons = users.coupons.at[gives].add(pick(each, lane * 2), mode="drop")
        coupons = coupons.at[gets].add(pick(each, lane * 2 + 1), mode="drop")
        flows = tally(flows, lane, column("coupons_given"), jnp.where(ours, pick(each, lane * 2), 0))
        flows = tally(flows, lane, column("coupons_given"), jnp.where(real, pick(each, lane * 2 + 1), 0))
        users = users._replace(coupons=coupons)
    return users, flows


def _count_outsiders(flows, p: Schedule, sizes: Sizes, lane: jax.Array, given: Invitation) -> jax.Array:
    """Count operators' invitations, what is taken back of them, and what risk control did."""
    if not sizes.has(Part.ABUSE):
        return flows
    asks = given.paid | given.refused | given.blocked | (given.withheld > 0)
    flows = tally(flows, lane, column("checks"), asks & ~given.fake & (pick(p.checking, lane) > 0))
    flows = tally(flows, lane, column("blocked"), given.blocked)
    flows = tally(flows, lane, column("false_alarms"), given.withheld > 0)
    flows = tally(flows, lane, column("withheld_cents"), given.withheld)
    flows = tally(flows, lane, column("farmed_requests"), given.paid & given.operator)
    back, clawed = given.paid & given.operator & given.later, column("clawed_cents")
    flows = tally(flows, lane, clawed + SOURCES.index("inviter"), jnp.where(back, given.inviter_cents, 0))
    return tally(flows, lane, clawed + SOURCES.index("invitee"), jnp.where(back & given.fake, given.invitee_cents, 0))
