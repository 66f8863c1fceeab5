"""Step 5 of a day: those who see a packet this round decide, and slots and quotas decide among those who accept.

Every decision reads the state at the round's start. A packet's slots go to the smallest arrival keys; a viewer's
daily quota is used in order of key; whoever accepts without a slot gets no money and is not activated. A person takes
a packet once: a chain that computes its ties may show it to them twice (a friend behind two slots, two seats in a
chat), and since key and word are owned by packet and viewer, both claims are equal but for the strength of the tie.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from graphs.device import Chain, pick
from growth.amounts import PACKET_SLOT, scaled_cents
from growth.behaviour import accept_logit, acceptance, person
from growth.campaign import PURSES, QUANTILES, Campaign, Schedule
from growth.double_average import slot_cents
from growth.exposures import expose
from growth.farm import farm_cents
from growth.invite import Asked, invitations
from growth.outcome import Outcome, packed
from growth.outsiders import Outsiders, found_later, outsiders, packet_words, refused_rewards, sees_money
from growth.pools import any_open, closing_time, is_before, open_cents
from growth.posts import effort, is_notice
from growth.queues import Rows, append, chunk, each_chunk, refill
from growth.ranks import TOP, number_of, order_of, rank_among
from growth.rivals import answers_left
from growth.share import AMOUNT, read_packets
from growth.state import ENGAGED, Part, Sizes, State

__all__ = ["answer", "outcomes", "settle"]

STEPS = (1024, 4096, 8192, 16384, 24576, 32768, 65536, 131072, 262144, 524288)
"""Numbers of claims that are sorted at once: a round takes the smallest that holds its claims."""


def answer(state: State, graph: Chain, campaign: Campaign, p: Schedule, sizes: Sizes, until: jax.Array) -> State:
    """Take everyone due before ``until`` out of the list of the pending, and keep those who accept as claims."""
    pending = state.lists.pending
    rich = any_open(state.totals, campaign.lanes.purse, "packet", "invitation")
    money = any_open(state.totals, campaign.lanes.purse, "packet")

    def body(start, carry):
        kept, claims = carry
        rows, exists = chunk(pending, start, sizes.chunk)
        due = exists & (rows[:, 1] < until)
        who = person(rows[:, 0], sizes.users)
        reached = rows[:, 2] < 0
        packet = read_packets(state.lists.packets.table, jnp.maximum(rows[:, 2], 0))
        status = pick(state.users.status, who.ids)
        told = is_notice(sizes, packet.how)
        own = accept_logit(p, graph, who, rows[:, 4]) - effort(p, sizes, who.lane, packet.how)
        paying = (pick(rich, who.lane) & ~told).astype(jnp.int32)
        left = answers_left(state, campaign, p, sizes, who.lane, who.user, status)
        chance = acceptance(campaign, p, who, own, packet.how & 3, status, paying, left)
        takes = (rows[:, 3].astype(jnp.uint32) < chance) & (~told | (status != ENGAGED))
        if sizes.has(Part.MEMORY):  # the others are decided together, exposure by exposure
            takes = takes | ((status != ENGAGED) & (pick(p.remembers, who.lane) > 0))
        takes, status = sees_money(rows, takes, status, pick(money, who.lane), sizes)
        accepts = due & jnp.where(reached, status != ENGAGED, takes)
        claim = jnp.concatenate([rows, status.astype(jnp.int32)[:, None]], axis=1)
        return append(kept, rows, exists & ~due), append(claims, claim, accepts)

    kept = state.lists.spare_pending._replace(length=jnp.int32(0))
    claims = state.lists.claims._replace(length=jnp.int32(0))
    kept, claims = each_chunk(pending.length, sizes.chunk, body, (kept, claims))
    lists = state.lists._replace(pending=refill(pending, kept, sizes.chunk), spare_pending=kept, claims=claims)
    return state._replace(lists=lists)


def settle(keys, state: State, graph: Chain, campaign: Campaign, p: Schedule, sizes: Sizes) -> State:
    """Slots, quotas and pools for this round's claims, in arrays of the smallest of `STEPS` that holds them, so that a
    quiet round is cheap. Each size is a loop that is gone through once or not at all: a loop writes into the list it
    carries, where a branch would copy it."""
    claims = state.lists.claims
    table = state.lists.outcomes.table
    steps = [size for size in STEPS if 3 * size <= 2 * table.shape[0]] + [table.shape[0]]
    least = 0
    for size in steps:

        def write(carry, size=size):
            part = outcomes(keys, state, graph, campaign, p, sizes, Rows(claims.table[:size], claims.length))
            return jnp.bool_(False), lax.dynamic_update_slice(carry[1], packed(part), (0, 0))

        fits = claims.length > least
        if size != steps[-1]:
            fits = fits & (claims.length <= size)
        _, table = lax.while_loop(lambda carry: carry[0], write, (fits, table))
        least = size
    return state._replace(lists=state.lists._replace(outcomes=state.lists.outcomes._replace(table=table)))


def outcomes(keys, state: State, graph: Chain, campaign: Campaign, p: Schedule, sizes: Sizes, claims: Rows) -> Outcome:
    """The outcome of every claim of a list (a table without slack)."""
    size = claims.table.shape[0]
    place = jnp.arange(size, dtype=jnp.int32)
    exists = place < claims.length
    viewer, due, packet, word = (claims.table[:, field] for field in range(4))
    who = person(viewer, sizes.users)
    reached = packet < 0
    nobody = outsiders(claims.table, sizes)  # they have no quota, remember nothing, and are not activated
    # Of one viewer's claims, and of one packet's, the earlier goes first. Those reached by media stand alone: each is
    # a packet of its own with room for one.
    mine = order_of(jnp.where(exists & ~nobody.any, viewer, TOP), due, word, packet)
    seen = None
    shared = read_packets(state.lists.packets.table, jnp.maximum(packet, 0))
    if sizes.has(Part.MEMORY):
        rich = any_open(state.totals, campaign.lanes.purse, "packet", "invitation")
        seen = expose(keys, state, graph, campaign, p, sizes, claims.table, exists, mine, shared, rich)
        exists = seen.accepts
    told = ~reached & is_notice(sizes, shared.how)
    unpaid = reached | told
    alone = jnp.where(reached, state.taken.shape[0] + place, packet)
    its = order_of(jnp.where(exists, alone, TOP), due, word, viewer)
    number = pick(state.taken, jnp.maximum(packet, 0)) + number_of(its, exists)
    exists = exists & ~its.again
    slotted = exists & (reached | (number < shared.slots))
    used = pick(state.users.received, viewer).astype(jnp.int32) + rank_among(mine, slotted & ~unpaid)
    allowed = slotted & (unpaid | nobody.any | (used < pick(p.receive_limit, who.lane)))
    pays = allowed & (~unpaid | nobody.farmed)
    cents = jnp.where(pays, _cents(keys, state, campaign, p, sizes, claims, nobody, number, pays), 0)
    wrongly = refused_rewards(keys, p, sizes, who) & ~nobody.any
    withheld, cents = jnp.where(wrongly, cents, 0), jnp.where(wrongly, 0, cents)
    served = allowed & _served(state, campaign, cents, claims, who.lane, sizes)
    people = served & ~nobody.any
    first = people & (rank_among(mine, people) == 0)
    claims_it = people & ~unpaid
    first_claim = claims_it & (rank_among(mine, claims_it) == 0)
    empties = slotted & ~unpaid & (number == shared.slots - 1)
    invitation = None
    if sizes.has(Part.INVITE):
        spent, refused = jnp.where(served, cents, 0), allowed & ~served
        asks = Asked(exists, first & ~told, shared.sharer, nobody)
        invitation = invitations(keys, state, campaign, p, sizes, claims, asks, spent, refused)
    later = found_later(keys, p, sizes, nobody, who.lane, shared)
    return Outcome(served, slotted, first, first_claim, empties, cents, withheld, later, seen, invitation)


def _purse(campaign: Campaign) -> jax.Array:
    """The pool that pays packets, int32[L]."""
    return campaign.lanes.purse[:, PURSES.index("packet")]


def _served(state: State, campaign: Campaign, cents, claims: Rows, lane, sizes: Sizes) -> jax.Array:
    """Whether the packet pool is still open at each claim."""
    viewer, due, _, word = (claims.table[:, field] for field in range(4))
    requests = Rows(jnp.stack([viewer, due, cents, word], axis=1), claims.length)
    left = open_cents(state.totals, _purse(campaign))
    closes = closing_time(requests, 0, 1, 2, 3, left, sizes)
    return (cents == 0) | is_before(due, word, closes, lane)


def _cents(
    keys, state: State, campaign, p: Schedule, sizes: Sizes, claims: Rows, nobody: Outsiders, number, pays
) -> jax.Array:
    """What each claim is paid: by the rule of double averages for slot ``number`` where packets are lucky, else by a
    word owned by packet and viewer (a stranger counts on from the society's number), or by words of a farmed account.
    ``pays`` bool: of whom it is asked."""
    viewer, index = claims.table[:, 0], jnp.maximum(claims.table[:, 2], 0)
    who = person(viewer, sizes.users)
    packet = read_packets(state.lists.packets.table, index)
    word, _ = packet_words(packet, jnp.where(nobody.stranger, sizes.users + nobody.number, who.user), AMOUNT)
    at = (who.lane * 2 + PACKET_SLOT) * QUANTILES + (word >> jnp.uint32(22)).astype(jnp.int32)
    times = pick(p.reward_times.reshape(-1), who.lane * 2 + PACKET_SLOT)
    means = campaign.tables.slot_mean
    lucky = jnp.any(pick(means, who.lane) > 0, axis=1)
    # An empty pool pays nothing, and whoever takes a packet then takes it for nothing.
    funded = (pick(p.campaign_on, who.lane) > 0) & (pick(open_cents(state.totals, _purse(campaign)), who.lane) > 0)
    slot = slot_cents(means, who.lane, packet, number, pays & funded & lucky & ~nobody.farmed)
    paid = scaled_cents(jnp.where(lucky, slot, pick(campaign.tables.amount.reshape(-1), at)), times, word)
    if sizes.has(Part.ABUSE):
        farmed = farm_cents(keys, campaign, p, who.lane, nobody.number, nobody.farmed, state.clock // sizes.days_rounds)
        paid = jnp.where(nobody.farmed, farmed, paid)
    return jnp.where(funded, paid, 0)
