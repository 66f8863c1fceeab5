"""The general cascade: what people remember of the packets they have seen, and how that moves them.

Whoever is not engaged has one threshold for an activation, and takes a packet at the first exposure whose F is above
it. The chance of a single exposure is moved by how many exposures there have been (k) and over how many components
they came (c), and multiplied by a factor of the same, as a table on the host says. F is that chance, logistic with
structural diversity (Ugander et al. 2012, doi 10.1073/pnas.1116502109); or each such chance is a weight, and F is the
sum of the weights of all exposures so far: linear threshold (Granovetter 1978; Kempe, Kleinberg, Tardos 2003). A
component is the setting that inviter and viewer share: the group chat, or a chat they are both in, or else the inviter
alone. At most four are told apart, by labels of eight bits.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from graphs.device import Chain, pick
from growth.behaviour import Person, accept_logit, acceptance, person, scaled, threshold_word
from growth.campaign import MEMORY_COMPONENTS, MEMORY_STEPS, Campaign, Schedule
from growth.posts import effort, is_notice
from growth.ranks import TOP, Order, capped, capped_sum_up_to, first_in_pair, number_of, sum_up_to
from growth.rivals import answers_left
from growth.share import GROUP, Packet
from growth.state import ENGAGED, Part, Sizes, State, Users, locate
from growth.streams import below

__all__ = ["Exposure", "circles_of", "expose", "forget", "remember"]

CROSSED = 128
"""Bit of `Users.exposures`: some F has been above the threshold, and so it stays."""
KEPT = 4
"""Components that are told apart, a byte each."""
_CHATS = 8  # chats of each side that are compared
_LONE = 1 << 30  # added to an inviter who is a component of their own, to keep them apart from chats


class Exposure(NamedTuple):
    """What each claim is as an exposure; one entry per row of the claims list."""

    accepts: jax.Array  # bool: F is, or has been, above the viewer's threshold
    counts: jax.Array  # bool: an exposure of somebody who is not engaged
    number: jax.Array  # int32: k, with CROSSED where F has been above
    label: jax.Array  # int32: 1 to 255 where the component is new and among those kept; else 0
    place: jax.Array  # int32: which of those kept
    total: Any = None  # int32: bits of the sum of weights up to and with it (part WEIGHTS)


def expose(
    keys,
    state: State,
    graph: Chain,
    campaign: Campaign,
    p: Schedule,
    sizes: Sizes,
    rows: jax.Array,
    exists: jax.Array,
    order: Order,
    packet: Packet,
    paying: jax.Array,
) -> Exposure:
    """Number this round's exposures by key, find their components, and decide. ``rows`` of the claims list, ``order``
    of theirs by viewer, ``packet`` theirs, ``paying`` bool[L]."""
    viewer, _, index, _, strength, status = (rows[:, field] for field in range(6))
    who = person(viewer, sizes.users)
    counts = exists & (index >= 0) & (status != ENGAGED) & (pick(p.remembers, who.lane) > 0)
    rank = number_of(order, counts)
    before = pick(state.users.exposures, viewer).astype(jnp.int32)
    number = jnp.minimum((before & (CROSSED - 1)) + rank + 1, CROSSED - 1)
    label = _label(graph, who, packet, sizes)
    known, had = _known(pick(state.users.components, viewer), label)
    fresh = counts & ~order.again & ~known & first_in_pair(jnp.where(counts, viewer, TOP), label, rank)
    components = had + sum_up_to(order, fresh.astype(jnp.int32))
    at = who.lane * MEMORY_STEPS + jnp.minimum(number, MEMORY_STEPS) - 1
    cell = at * MEMORY_COMPONENTS + jnp.clip(components, 1, MEMORY_COMPONENTS) - 1
    own = accept_logit(p, graph, who, strength) + pick(p.memory_logit.reshape(-1), cell)
    own = own - effort(p, sizes, who.lane, packet.how)
    pays = (pick(paying, who.lane) & ~is_notice(sizes, packet.how)).astype(jnp.int32)
    left = answers_left(state, campaign, p, sizes, who.lane, who.user, status)
    chance = acceptance(campaign, p, who, own, packet.how & 3, status, pays, left)
    chance = scaled(chance.astype(jnp.float32), pick(p.memory_times.reshape(-1), cell))
    total = None
    if sizes.has(Part.WEIGHTS):
        # A packet that a computed chain shows twice is one exposure.
        weights = capped_sum_up_to(order, jnp.where(counts & ~order.again, chance, 0))
        total = capped(pick(state.users.weights, viewer), weights)
        chance = jnp.where(pick(p.memory_adds, who.lane) > 0, total, chance)
        total = lax.bitcast_convert_type(total, jnp.int32)
    above = below(threshold_word(keys, state.users, who), chance)
    crossed = (before >= CROSSED) | (sum_up_to(order, (counts & above).astype(jnp.int32)) > 0)
    kept = fresh & (components <= KEPT)
    return Exposure(
        accepts=exists & (crossed | ~counts),
        counts=counts,
        number=number + jnp.where(crossed, CROSSED, 0),
        label=jnp.where(kept, label, 0),
        place=jnp.clip(components - 1, 0, KEPT - 1),
        total=total,
    )


def remember(users: Users, seen: Exposure, ids: jax.Array, exists: jax.Array) -> Users:
    """Write a chunk of exposures into what their viewers remember. Each row writes what no other row does, or the
    largest wins: the order of the rows does not matter."""
    there = jnp.where(exists & seen.counts, ids, jnp.int32(users.exposures.shape[0]))
    byte = seen.label.astype(jnp.uint32) << (8 * seen.place).astype(jnp.uint32)
    if seen.total is not None:
        total = lax.bitcast_convert_type(seen.total, jnp.uint32)
        users = users._replace(weights=users.weights.at[there].max(total, mode="drop"))
    return users._replace(
        exposures=users.exposures.at[there].max(seen.number.astype(jnp.uint8), mode="drop"),
        components=users.components.at[there].add(byte, mode="drop"),
    )


def forget(users: Users, ids: jax.Array) -> Users:
    """Those who are activated begin anew; ids beyond the users are nobody."""
    if users.weights is not None:
        users = users._replace(weights=users.weights.at[ids].set(jnp.uint32(0), mode="drop"))
    return users._replace(
        exposures=users.exposures.at[ids].set(jnp.uint8(0), mode="drop"),
        components=users.components.at[ids].set(jnp.uint32(0), mode="drop"),
    )


def circles_of(components: jax.Array) -> jax.Array:
    """How many components a person remembers (uint32, a byte each), int32."""
    return sum(((part > 0).astype(jnp.int32) for part in _parts(components)), jnp.zeros(components.shape, jnp.int32))


def _known(components: jax.Array, label: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Whether each label is among a person's components, and how many there are."""
    known = jnp.zeros(label.shape, bool)
    for part in _parts(components):
        known = known | (part.astype(jnp.int32) == label)
    return known, circles_of(components)


def _parts(components: jax.Array) -> list[jax.Array]:
    return [(components >> jnp.uint32(8 * place)) & jnp.uint32(255) for place in range(KEPT)]


def _label(graph: Chain, who: Person, packet: Packet, sizes: Sizes) -> jax.Array:
    """Label of the component over which each exposure came, 1 to 255."""
    _, sharer = locate(packet.sharer, sizes.users)
    mine, theirs = (_chats(graph, user) for user in (who.user, sharer))
    same = mine[:, :, None] == theirs[:, None, :]
    shared = jnp.min(jnp.where(same, mine[:, :, None], TOP), axis=(1, 2))  # TOP, met by TOP, is none too
    setting = jnp.where((packet.how & GROUP) > 0, packet.target, jnp.where(shared < TOP, shared, sharer + _LONE))
    mixed = setting.astype(jnp.uint32) * jnp.uint32(0x9E3779B1)
    return 1 + ((mixed >> jnp.uint32(8)) % jnp.uint32(255)).astype(jnp.int32)


def _chats(graph: Chain, user: jax.Array) -> jax.Array:
    """The first chats of each user, int32[rows, 8]; TOP where there are fewer."""
    user, slot = jnp.broadcast_arrays(user[:, None], jnp.arange(_CHATS, dtype=jnp.int32))
    return jnp.where(slot < graph.chat_count(user), graph.chat(user, slot), TOP)
