"""Step 6 of a day: claims that were served are paid, and people are activated and credited to the earliest key."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from graphs.device import pick
from growth.behaviour import Person, person
from growth.campaign import PURSES, Campaign, Schedule
from growth.exposures import circles_of, forget, remember
from growth.flows import CAUSES, RECIPIENTS, SOURCES, column
from growth.interest import resisted
from growth.invite import Invitation, credit_invitations
from growth.outcome import Outcome, unpacked
from growth.outsiders import FARMED, STRANGER, Outsiders, outsiders
from growth.pools import spend
from growth.posts import is_notice
from growth.queues import Rows, append, each_chunk
from growth.reciprocity import receive
from growth.record import mark_active, recipient_of, tally
from growth.share import Packet, read_packets
from growth.state import ENGAGED, NEVER, UNINSTALLED, Part, Sizes, State, Users, origin_of
from growth.wallet import win

__all__ = ["pay_claims"]

_INVITED = CAUSES.index("invited")


def pay_claims(keys, state: State, campaign: Campaign, p: Schedule, sizes: Sizes) -> State:
    """Apply the outcomes of this round's claims: money, draws earned, slots taken, activations and their log."""
    claims, settled = state.lists.claims, state.lists.outcomes.table
    day = state.clock // sizes.days_rounds

    def body(start, carry):
        state, bills = carry
        place = start + jnp.arange(sizes.chunk, dtype=jnp.int32)
        exists = place < claims.length
        inside = jnp.minimum(place, claims.table.shape[0] - 1)
        rows = claims.table[inside]
        it = unpacked(settled[inside], sizes)
        nobody = outsiders(rows, sizes)
        served, first = it.served & exists & ~nobody.any, it.first & exists
        lost = it.served & exists & nobody.any
        who = person(rows[:, 0], sizes.users)
        packet = read_packets(state.lists.packets.table, jnp.maximum(rows[:, 2], 0))
        claimed = served & (rows[:, 2] >= 0) & ~is_notice(sizes, packet.how)
        joins = first & (rows[:, 5] != ENGAGED)
        state = state._replace(users=resisted(keys, state.users, p, sizes, who.lane, who.user, rows, joins))
        state, origin = _activate(state, sizes, rows, who, packet, joins, day)
        users, totals = mark_active(state.users, state.totals, who.ids, who.lane, first, day)
        refused = exists & it.slotted & ~it.served & (it.cents > 0)
        recipient = recipient_of(origin)
        turned = refused & ~nobody.any
        flows = _count(totals.flows, who, packet.how & 3, claimed, exists & it.empties, turned, it.cents, recipient)
        flows = _count_outsiders(flows, p, sizes, who, nobody, lost, it, exists)
        on = pick(p.campaign_on, who.lane) > 0
        newly = exists & it.first_claim & on & ~pick(users.claimed, who.ids)
        flows = tally(flows, who.lane, column("first_claimers"), newly)
        earns = (claimed | (lost & nobody.stranger)) & on
        users = _credit(users, p, who, packet.sharer, claimed, earns, newly)
        users = win(users, state, sizes, who.ids, who.lane, jnp.where(claimed, it.cents, 0))
        users = receive(users, sizes, who.ids, jnp.where(claimed, it.cents, 0))
        taken_out = jnp.where(claimed | lost, it.cents, 0)
        bills = [_add(bills[0], who.lane, taken_out, refused, jnp.where(lost, it.cents, 0), sizes), *bills[1:]]
        if it.invitation is not None:
            given = _existing(it.invitation, exists)
            users, flows = credit_invitations(users, flows, p, sizes, who.lane, who.ids, packet, given, recipient)
            newcomer = jnp.where(given.paid & ~given.fake, given.invitee_cents, 0)
            inviter = jnp.where(given.paid & ~given.operator, given.inviter_cents, 0)
            users = win(users, state, sizes, who.ids, who.lane, newcomer)
            users = win(users, state, sizes, packet.sharer, who.lane, inviter)
            asked = jnp.where(given.paid, given.inviter_cents + given.invitee_cents, 0)
            bills = [bills[0], _add(bills[1], who.lane, asked, given.refused, asked - newcomer - inviter, sizes)]
        taken = state.taken.at[jnp.where(exists & it.slotted & (rows[:, 2] >= 0), rows[:, 2], state.taken.shape[0])]
        totals = totals._replace(flows=flows)
        return state._replace(users=users, taken=taken.add(1, mode="drop"), totals=totals), bills

    if sizes.has(Part.MEMORY):
        state = state._replace(users=_remember(state.users, claims, settled, sizes))
    actors = state.lists.actors._replace(length=jnp.int32(0))
    state = state._replace(lists=state.lists._replace(actors=actors))
    purses = ["packet", "invitation"] if sizes.has(Part.INVITE) else ["packet"]
    nobody_yet = jnp.zeros(sizes.lanes, jnp.int32)
    nothing = (nobody_yet, jnp.zeros(sizes.lanes, bool), nobody_yet)
    state, bills = each_chunk(claims.length, sizes.chunk, body, (state, [nothing] * len(purses)))
    totals = state.totals
    held = state.held
    for purse, (cents, refused, lost) in zip(purses, bills, strict=True):
        held = None if held is None else held + cents - lost
        totals = spend(totals, campaign.lanes.purse[:, PURSES.index(purse)], cents, refused)
    return state._replace(totals=totals, held=held)


def _remember(users: Users, claims: Rows, settled: jax.Array, sizes: Sizes) -> Users:
    """Note all exposures of the round, before anybody is activated and begins anew."""

    def body(start, users):
        place = start + jnp.arange(sizes.chunk, dtype=jnp.int32)
        inside = jnp.minimum(place, claims.table.shape[0] - 1)
        seen: Any = unpacked(settled[inside], sizes).seen
        return remember(users, seen, claims.table[inside, 0], place < claims.length)

    return each_chunk(claims.length, sizes.chunk, body, users)


def _add(bill, lane, cents, refused, lost, sizes: Sizes):
    """A pool's bill of the round with a chunk added: by lane cents, whether it refused, and what outsiders got."""
    theirs = bill[2].at[lane].add(lost) if sizes.has(Part.ABUSE) else bill[2]
    return bill[0].at[lane].add(cents), bill[1].at[lane].max(refused), theirs


def _existing(given: Invitation, exists: jax.Array) -> Invitation:
    """Invitations of the rows that exist."""
    return given._replace(
        paid=given.paid & exists,
        refused=given.refused & exists,
        blocked=given.blocked & exists,
        withheld=jnp.where(exists, given.withheld, 0),
    )


def _activate(state: State, sizes: Sizes, rows, who: Person, packet: Packet, joins, day):
    """Activate people: state, roster, log, and a first session in the next round. Also the origin each row's viewer
    has after the round: by the status at its start, so that it does not matter which claim is looked at first."""
    users: Users = state.users
    reached = rows[:, 2] < 0
    before = rows[:, 5]
    kind = (before != NEVER).astype(jnp.int32)
    cause = jnp.where(reached, rows[:, 4], _INVITED)
    old = pick(users.origin, who.ids).astype(jnp.int32)
    origin = jnp.where(before == ENGAGED, old, origin_of(kind, cause))
    number = (pick(users.activation, who.ids) + jnp.uint8(1)).astype(jnp.uint8)
    there = jnp.where(joins, who.ids, jnp.int32(users.status.shape[0]))
    users = users._replace(
        status=users.status.at[there].set(jnp.uint8(ENGAGED), mode="drop"),
        origin=users.origin.at[there].set(origin.astype(jnp.uint8), mode="drop"),
        activation=users.activation.at[there].set(number, mode="drop"),
        activation_day=users.activation_day.at[there].set(day.astype(jnp.int16), mode="drop"),
    )
    if users.circles is not None:
        circles = circles_of(pick(users.components, who.ids)).astype(jnp.uint8)
        users = users._replace(circles=users.circles.at[there].set(circles, mode="drop"))
    if sizes.has(Part.MEMORY):
        users = forget(users, there)
    if sizes.has(Part.INVITER):
        users = users._replace(
            inviter=users.inviter.at[there].set(jnp.where(reached, -1, packet.sharer), mode="drop"),
            inviter_activation=users.inviter_activation.at[there].set((packet.how >> 8).astype(jnp.uint8), mode="drop"),
        )
    flows = tally(state.totals.flows, who.lane, column("activations") + origin - 1, joins)
    installs = joins & ((before == NEVER) | (before == UNINSTALLED))
    flows = tally(flows, who.lane, column("installs"), installs)
    parent = jnp.where(reached, -1, packet.sharer)
    clock = jnp.broadcast_to(state.clock, parent.shape)
    entry = [who.ids, clock, origin, parent, packet.how >> 8, number.astype(jnp.int32)]
    lists = state.lists._replace(
        roster=append(state.lists.roster, who.ids[:, None], joins),
        actors=append(state.lists.actors, rows[:, :2], joins),
        log=append(state.lists.log, jnp.stack(entry, axis=1), joins),
    )
    state = state._replace(users=users, lists=lists, totals=state.totals._replace(flows=flows))
    return state, origin


def _count(flows, who, channel, claimed, empties, refused, cents, recipient):
    """The day's counts of a chunk of claims; money by who got it."""
    flows = tally(flows, who.lane, column("claims") + channel, claimed)
    flows = tally(flows, who.lane, column("emptied"), empties)
    flows = tally(flows, who.lane, column("refused_claims"), refused)
    first = column("paid_cents") + SOURCES.index("packet") * len(RECIPIENTS)
    return tally(flows, who.lane, first + recipient, jnp.where(claimed, cents, 0))


def _count_outsiders(flows, p: Schedule, sizes: Sizes, who: Person, nobody: Outsiders, lost, it: Outcome, exists):
    """What outsiders were paid by packets, what is taken back of it, and what risk control did to honest claims."""
    if not sizes.has(Part.ABUSE):
        return flows
    checked = exists & ~nobody.any & it.slotted & ((it.cents > 0) | (it.withheld > 0))
    flows = tally(flows, who.lane, column("checks"), checked & (pick(p.checking, who.lane) > 0))
    flows = tally(flows, who.lane, column("false_alarms"), exists & (it.withheld > 0))
    flows = tally(flows, who.lane, column("withheld_cents"), jnp.where(exists, it.withheld, 0))
    flows = tally(flows, who.lane, column("stranger_claims"), lost & nobody.stranger)
    flows = tally(flows, who.lane, column("farmed_requests"), lost & nobody.farmed & (it.cents > 0))
    packet, whose = SOURCES.index("packet"), jnp.where(nobody.stranger, STRANGER, FARMED)
    paid = column("paid_cents") + packet * len(RECIPIENTS)
    flows = tally(flows, who.lane, paid + whose, jnp.where(lost, it.cents, 0))
    return tally(flows, who.lane, column("clawed_cents") + packet, jnp.where(lost & it.later, it.cents, 0))


def _credit(users: Users, p: Schedule, who: Person, sharer, claimed, earns, newly) -> Users:
    """The viewer has received a packet, and while the campaign is on the sharer has earned draws for it."""
    outside = jnp.int32(users.claimed.shape[0])
    got = jnp.where(claimed, who.ids, outside)
    gave = jnp.where(earns, sharer, outside)
    return users._replace(
        received=users.received.at[got].add(jnp.uint8(1), mode="drop"),
        earned=users.earned.at[gave].add(pick(p.claim_draws, who.lane), mode="drop"),
        claimed=users.claimed.at[jnp.where(newly, who.ids, outside)].set(True, mode="drop"),
    )
