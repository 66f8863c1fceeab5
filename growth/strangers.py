"""Strangers who see an openly posted packet: contacts more of it, from outside the chain."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from graphs.device import pick
from growth.behaviour import person
from growth.campaign import Schedule
from growth.flows import column
from growth.outsiders import POSTED, RISK, RUSH, packet_words
from growth.posts import is_notice
from growth.queues import append, each_chunk
from growth.record import tally
from growth.share import read_packets
from growth.state import Part, Sizes, State
from growth.streams import below

__all__ = ["post_openly"]


def post_openly(state: State, p: Schedule, sizes: Sizes, clock: jax.Array, first: jax.Array) -> State:
    """Strangers of this round's packets (rows from ``first`` on) that are posted openly, as contacts who wait for their
    second. Those whom risk control knows are turned away, and counted."""
    if not sizes.has(Part.ABUSE):
        return state
    packets, since = state.lists.packets, clock * sizes.seconds
    most = jnp.maximum(jnp.max(p.strangers), 1)

    def body(start, carry):
        pending, flows = carry
        place = start + jnp.arange(sizes.chunk, dtype=jnp.int32)
        index = jnp.minimum(first + place // most, jnp.maximum(packets.length - 1, 0))
        ordinal = jnp.mod(place, most)
        packet = read_packets(packets.table, index)
        lane = person(packet.sharer, sizes.users).lane
        posted, _ = packet_words(packet, jnp.zeros_like(ordinal), POSTED)
        word, wait = packet_words(packet, ordinal, RUSH)
        known, _ = packet_words(packet, ordinal, RISK)
        delay = (wait >> jnp.uint32(16)) * pick(p.stranger_seconds, lane).astype(jnp.uint32) >> jnp.uint32(16)
        delay = delay.astype(jnp.int32)
        comes = below(posted, pick(p.posted, lane)) & (pick(p.campaign_on, lane) > 0) & ~is_notice(sizes, packet.how)
        comes = comes & (ordinal < pick(p.strangers, lane)) & (delay < pick(p.expiry, lane))
        comes = comes & (start + jnp.arange(sizes.chunk, dtype=jnp.int32) < (packets.length - first) * most)
        blocked = comes & below(known, pick(p.detection, lane))
        flows = tally(flows, lane, column("checks"), comes & (pick(p.checking, lane) > 0))
        flows = tally(flows, lane, column("blocked"), blocked)
        due = jnp.maximum(packet.second, since) + delay
        held = (word >> jnp.uint32(1)).astype(jnp.int32)
        rows = jnp.stack([packet.sharer, due, index, held, -1 - ordinal], axis=1)
        return append(pending, rows, comes & ~blocked), flows

    total = (packets.length - first) * jnp.where(jnp.max(p.strangers) > 0, most, 0)
    pending, flows = each_chunk(total, sizes.chunk, body, (state.lists.pending, state.totals.flows))
    return state._replace(lists=state.lists._replace(pending=pending), totals=state.totals._replace(flows=flows))
