"""Step 4 of a day: packets are made and go out to friends and group chats.

Two ragged lists are unrolled chunk by chunk: people who share into packets, packets into contacts. A contact that
is not seen, or that nobody in that place could accept, is dropped before anyone waits for it.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from graphs.device import Chain, pick
from growth.behaviour import Person, accept_logit, logistic, person, scaled, threshold_word
from growth.campaign import LOGIT_UNIT, QUANTILES, Campaign, Schedule
from growth.flows import column
from growth.permute import permuted
from growth.posts import ADDRESSED, ENDLESS, FEED, NOTICE, audience, is_notice, kind_of, sees
from growth.queues import append, each_chunk, owners
from growth.record import tally
from growth.state import NO_GROUP, Part, Sizes, State
from growth.streams import Stream, below, threefry2x32, words

__all__ = ["AMOUNT", "ANSWER", "GROUP", "SEE", "Packet", "make_packets", "read_packets", "send"]

ANSWER, SEE, AMOUNT = 0, 1, 2
"""What a word of a packet's own key is for: (accept, delay), (seen, met at work), (cents, -)."""

SINGLE, GROUP, QQ = 0, 1, 2  # channel = SINGLE or GROUP, plus QQ


class Packet(NamedTuple):
    """Columns of the packet table, as arrays of one shape."""

    sharer: jax.Array
    second: jax.Array
    how: (
        jax.Array
    )  # channel, + 4 if dropped in the sharer's in-app group, + its kind, + 256 x the sharer's activation number
    target: jax.Array  # chat id, or first place in the order of friends
    contacts: jax.Array
    first: jax.Array  # number of this packet's first contact in the round
    k0: jax.Array
    k1: jax.Array
    slots: jax.Array  # people who can claim it


def read_packets(table: jax.Array, index: jax.Array) -> Packet:
    """Rows of the packet table."""
    flat, base = table.reshape(-1), index * len(Packet._fields)
    return Packet(*(pick(flat, base + jnp.int32(field)) for field in range(len(Packet._fields))))


def make_packets(
    keys, state: State, graph: Chain, p: Schedule, sizes: Sizes, clock: jax.Array
) -> tuple[State, jax.Array]:
    """Turn the sessions' shares into packets: channel, target, contacts. Also returns the number of contacts."""
    day = clock // sizes.days_rounds
    sessions = state.lists.sessions
    last = jnp.maximum(sessions.length - 1, 0)
    total = sessions.table[last, 4] + sessions.table[last, 5]
    total = jnp.where(sessions.length > 0, total, 0)

    def body(start, carry):
        packets, contacts, last, flows = carry
        place = start + jnp.arange(sizes.chunk, dtype=jnp.int32)
        exists = place < total
        row, ordinal = owners(sessions, 5, last, total, start, sizes.chunk)
        ids, second = sessions.table[row, 0], sessions.table[row, 1]
        who = person(ids, sizes.users)
        last_one = ordinal == sessions.table[row, 4] - 1
        block, channel, grouped, kind = _packet(keys, state, graph, p, who, ordinal, last_one, second, day, sizes)
        block = block.at[:, 4].set(jnp.where(exists, block[:, 4], 0))
        running = jnp.cumsum(block[:, 4], dtype=jnp.int32)
        block = block.at[:, 5].set(contacts + running - block[:, 4])
        flows = tally(flows, who.lane, column("packets") + channel, exists & (kind != NOTICE))
        flows = tally(flows, who.lane, column("group_packets"), exists & grouped)
        flows = _tally_kinds(flows, sizes, who.lane, ("posts", "notices"), kind, exists)
        return append(packets, block, exists), contacts + running[-1], row[-1], flows

    carry = (state.lists.packets, jnp.int32(0), jnp.int32(0), state.totals.flows)
    packets, contacts, _, flows = each_chunk(total, sizes.chunk, body, carry)
    lists = state.lists._replace(packets=packets)
    return state._replace(lists=lists, totals=state.totals._replace(flows=flows)), contacts


def _packet(keys, state, graph: Chain, p: Schedule, who: Person, ordinal, last, second, day, sizes: Sizes):
    """Rows of the packet table for the packets (sharer, day, ordinal); ``last``: the last of its session."""
    when = day * 256 + ordinal
    route, many = words(keys, who.lane, Stream.ROUTE, who.user, when)
    k0, k1 = words(keys, who.lane, Stream.PACKET, who.user, when)
    chats = graph.chat_count(who.user)
    kind = kind_of(keys, state.users, p, sizes, who, when, day, last)
    group = below(route, pick(p.group_share, who.lane)) & (ordinal < chats) & (kind == ADDRESSED)
    platforms = graph.platforms(who.user)
    # One word decides two things: its upper half the platform, its lower half (shifted up) the number of friends.
    on_qq = jnp.where(platforms == 3, below(many, pick(p.qq_share, who.lane)), platforms == 2)
    channel = jnp.where(group, GROUP, SINGLE) + jnp.where(on_qq, QQ, 0)
    least = pick(p.friends, who.lane)
    more = below(many << jnp.uint32(16), pick(p.friends_more, who.lane))
    friends = least + more.astype(jnp.int32)
    # Packets of a day take disjoint stretches of the order of friends; the same ones whatever the chance of one more.
    stretch = least + 1
    c0, c1 = words(keys, who.lane, Stream.CHATS, who.user, jnp.broadcast_to(day, ordinal.shape))
    slot = permuted(c0, c1, ordinal, chats)
    chat = graph.chat(who.user, slot)
    mine = pick(state.users.group_slot, who.ids).astype(jnp.int32)
    grouped = group & (slot == mine) & (mine != NO_GROUP)
    number = pick(state.users.activation, who.ids).astype(jnp.int32)
    # No more of a stretch than there are friends: a sharer with few does not cost as much as the most connected.
    degree, place = graph.degree(who.user), ordinal * stretch
    place, told = audience(p, sizes, who.lane, kind, degree, place, jnp.clip(degree - place, 0, friends))
    fields = Packet(
        sharer=who.ids,
        second=second,
        how=channel + jnp.where(grouped, 4, 0) + kind + number * 256,
        target=jnp.where(group, chat, place),
        contacts=jnp.where(group, graph.chat_size(chat), told),
        first=jnp.zeros_like(ordinal),
        k0=lax.bitcast_convert_type(k0, jnp.int32),
        k1=lax.bitcast_convert_type(k1, jnp.int32),
        slots=jnp.where(kind == NOTICE, ENDLESS, pick(p.slots, who.lane)),
    )
    return jnp.stack(list(fields), axis=1), channel, grouped, kind


def send(
    keys, state: State, graph: Chain, campaign: Campaign, p: Schedule, sizes: Sizes, clock, first, contacts
) -> State:
    """Unroll this round's packets (rows from ``first`` on) into contacts; those seen and possible wait for their
    second in the list of the pending."""
    day = clock // sizes.days_rounds
    since = clock * sizes.seconds
    packets = state.lists.packets

    def body(start, carry):
        pending, last, flows = carry
        place = start + jnp.arange(sizes.chunk, dtype=jnp.int32)
        exists = place < contacts
        index, number = owners(packets, 5, last, contacts, start, sizes.chunk)
        packet = read_packets(packets.table, index)
        who = person(packet.sharer, sizes.users)
        seen, viewer, strength, due, word = _contact(keys, graph, campaign, p, sizes, who, packet, number, day, since)
        seen, told = seen & exists, is_notice(sizes, packet.how)
        flows = tally(flows, who.lane, column("exposures") + (packet.how & 3), seen & ~told)
        kind = packet.how & (FEED | NOTICE)
        flows = _tally_kinds(flows, sizes, who.lane, ("post_exposures", "notice_exposures"), kind, seen)
        ids = who.lane * sizes.users + viewer
        best = pick(p.accept_most, who.lane) + accept_logit(p, graph, person(ids, sizes.users), strength)
        possible = (word >> jnp.uint32(1)) < logistic(campaign, best + LOGIT_UNIT // 16)
        if sizes.has(Part.MEMORY):
            possible = possible | _may_cross(keys, state, graph, campaign, p, person(ids, sizes.users))
        held = (word >> jnp.uint32(1)).astype(jnp.int32)
        rows = jnp.stack([ids, due, index, held, strength], axis=1)
        return append(pending, rows, seen & possible), index[-1], flows

    carry = (state.lists.pending, first, state.totals.flows)
    pending, _, flows = each_chunk(contacts, sizes.chunk, body, carry)
    lists = state.lists._replace(pending=pending)
    return state._replace(lists=lists, totals=state.totals._replace(flows=flows))


def _tally_kinds(flows, sizes: Sizes, lane: jax.Array, names: tuple[str, str], kind: jax.Array, counts: jax.Array):
    """Count posts and notices, where there are any, under two ``names``."""
    for part, name, which in zip((Part.FEED, Part.NOTICE), names, (FEED, NOTICE), strict=True):
        if sizes.has(part):
            flows = tally(flows, lane, column(name), counts & (kind == which))
    return flows


def _may_cross(keys, state: State, graph: Chain, campaign: Campaign, p: Schedule, viewer: Person) -> jax.Array:
    """Whether some exposure could ever be above each viewer's threshold: over the strongest tie, after any number of
    exposures. Else none of them matters while this state lasts. Where weights add up, enough exposures of any chance
    but 0 could, so that all of those are kept."""
    strongest = jnp.full_like(viewer.ids, 255)
    most = pick(p.memory_most, viewer.lane) + accept_logit(p, graph, viewer, strongest) + LOGIT_UNIT // 16
    chance = scaled(logistic(campaign, most).astype(jnp.float32), pick(p.memory_most_times, viewer.lane))
    return below(threshold_word(keys, state.users, viewer), chance)


def _contact(
    keys, graph: Chain, campaign: Campaign, p: Schedule, sizes: Sizes, who: Person, packet: Packet, j, day, since
):
    """One contact of a packet: whether it is seen in time, by whom, over which tie, when, and its acceptance word."""
    k0, k1 = (lax.bitcast_convert_type(word, jnp.uint32) for word in (packet.k0, packet.k1))
    channel = packet.how & 3
    group = (channel & GROUP) > 0
    p0, p1 = words(keys, who.lane, Stream.PERMUTE, who.user, jnp.broadcast_to(day, j.shape))
    degree = graph.degree(who.user)
    place = packet.target + j
    slot = permuted(p0, p1, jnp.where(group, 0, place), degree)
    friend, strength = graph.tie(who.user, slot)
    chat = jnp.where(group, packet.target, 0)
    member = graph.member(chat, jnp.where(group, j, 0))
    viewer = jnp.where(group, member, friend)
    mute, _ = words(keys, who.lane, Stream.MUTE, viewer, chat)
    hears = ~group | ~below(mute, pick(p.muted, who.lane))
    # A chain that computes its ties may give the user back for a slot that holds no tie.
    there = (viewer != who.user) & (group | (place < degree))
    platform = jnp.where((channel & QQ) > 0, 2, 1)
    reachable = (graph.platforms(viewer) & platform) > 0
    see, met = threefry2x32(k0, k1, viewer.astype(jnp.uint32), jnp.full_like(k0, SEE))
    addressed = pick(p.see.reshape(-1), who.lane * 2 + group.astype(jnp.int32))
    seen = below(see, sees(graph, campaign, p, sizes, who.lane, packet.how, viewer, addressed))
    if sizes.has(Part.WORK):
        at_work = jnp.where(group, graph.chat_at_work(chat), graph.tie_at_work(who.user, slot))
        at_work = at_work & ((packet.how & (FEED | NOTICE)) == 0)  # what is read at home as anywhere
        seen = seen & (~at_work | below(met, pick(p.work, who.lane)))
    answer, wait = threefry2x32(k0, k1, viewer.astype(jnp.uint32), jnp.full_like(k0, ANSWER))
    row = who.lane * QUANTILES + (wait >> jnp.uint32(22)).astype(jnp.int32)
    delay = pick(campaign.tables.delay.reshape(-1), row)
    in_time = delay < pick(p.expiry, who.lane)
    # Whoever was activated in an earlier round shares no earlier than this round begins.
    due = jnp.maximum(packet.second, since) + delay
    strength = jnp.where(group, 128, strength)
    return there & hears & reachable & seen & in_time, viewer, strength, due, answer
