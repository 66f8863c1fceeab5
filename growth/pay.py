"""Step 6 of a day: claims that were served are paid, and people are activated and credited to the earliest key."""

from __future__ import annotations

import jax.numpy as jnp

from graphs.device import pick
from growth.behaviour import Person, person
from growth.campaign import Schedule
from growth.flows import CAUSES, column
from growth.pools import spend
from growth.queues import append, each_chunk
from growth.record import mark_active, tally
from growth.respond import Outcome
from growth.share import Packet, read_packets
from growth.state import ENGAGED, NEVER, UNINSTALLED, Sizes, State, Users, origin_of

__all__ = ["pay_claims"]

_INVITED = CAUSES.index("invited")


def pay_claims(state: State, p: Schedule, sizes: Sizes, outcome: Outcome) -> State:
    """Apply the outcomes of this round's claims: money, draws earned, slots taken, activations and their log."""
    claims = state.lists.claims
    day = state.clock // sizes.days_rounds

    def body(start, carry):
        state, spent, shut = carry
        place = start + jnp.arange(sizes.chunk, dtype=jnp.int32)
        exists = place < claims.length
        inside = jnp.minimum(place, claims.table.shape[0] - 1)
        rows = claims.table[inside]
        served, slotted, first, first_claim, empties, cents = (leaf[inside] for leaf in outcome)
        served, first = served & exists, first & exists
        who = person(rows[:, 0], sizes.users)
        packet = read_packets(state.lists.packets.table, jnp.maximum(rows[:, 2], 0))
        claimed = served & (rows[:, 2] >= 0)
        state, origin = _activate(state, rows, who, packet, first & (rows[:, 5] != ENGAGED), day)
        users, totals = mark_active(state.users, state.totals, who.ids, who.lane, first, day)
        refused = exists & slotted & ~served & (cents > 0)
        flows = _count(totals.flows, who, packet.how & 3, claimed, exists & empties, refused, cents, origin)
        on = pick(p.campaign_on, who.lane) > 0
        newly = exists & first_claim & on & ~pick(users.claimed, who.ids)
        flows = tally(flows, who.lane, column("first_claimers"), newly)
        users = _credit(users, who.ids, packet.sharer, claimed, claimed & on, newly)
        spent = spent.at[who.lane].add(jnp.where(claimed, cents, 0))
        shut = shut.at[who.lane].max(refused)
        taken = state.taken.at[jnp.where(exists & slotted & (rows[:, 2] >= 0), rows[:, 2], state.taken.shape[0])]
        totals = totals._replace(flows=flows)
        return state._replace(users=users, taken=taken.add(1, mode="drop"), totals=totals), spent, shut

    actors = state.lists.actors._replace(length=jnp.int32(0))
    state = state._replace(lists=state.lists._replace(actors=actors))
    nothing = jnp.zeros(sizes.lanes, jnp.int32)
    carry = (state, nothing, jnp.zeros(sizes.lanes, bool))
    state, spent, shut = each_chunk(claims.length, sizes.chunk, body, carry)
    return state._replace(totals=spend(state.totals, 1, spent, shut))


def _activate(state: State, rows, who: Person, packet: Packet, joins, day):
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


def _count(flows, who, channel, claimed, empties, refused, cents, origin):
    """The day's counts of a chunk of claims; money by who got it."""
    flows = tally(flows, who.lane, column("claims") + channel, claimed)
    flows = tally(flows, who.lane, column("emptied"), empties)
    flows = tally(flows, who.lane, column("refused_claims"), refused)
    recipient = jnp.where(origin == 0, 0, jnp.where(origin <= 5, 1, 2))
    return tally(flows, who.lane, column("paid_cents") + 3 + recipient, jnp.where(claimed, cents, 0))


def _credit(users: Users, viewer, sharer, claimed, earns, newly) -> Users:
    """The viewer has received a packet, and while the campaign is on the sharer has earned draws for it."""
    outside = jnp.int32(users.claimed.shape[0])
    got = jnp.where(claimed, viewer, outside)
    gave = jnp.where(earns, sharer, outside)
    return users._replace(
        received=users.received.at[got].add(jnp.uint8(1), mode="drop"),
        earned=users.earned.at[gave].add(jnp.int16(1), mode="drop"),
        claimed=users.claimed.at[jnp.where(newly, viewer, outside)].set(True, mode="drop"),
    )
