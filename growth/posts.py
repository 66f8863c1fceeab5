"""Packets that a sharer does not address: posts in a feed, which all friends may see at once, and notices that the app
sends by itself to friends of whoever uses it.

Both are rows of the packet table, marked in `growth.share.Packet.how`, and so travel, wait and are remembered as other
packets are. A **post** is a packet that goes to every friend; each of them sees it or not. It is an act of the sharer,
pays as any other packet, and counts with the single chats of its platform. A **notice** goes to a number of friends, at
the end of the order in which the day's packets go through them; nobody sent it, it holds no money, earns nothing, uses
no quota, counts with no channel, and an engaged viewer has nothing to take. Without the parts nothing of it is traced.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from graphs.device import Chain, pick
from growth.behaviour import Person
from growth.campaign import CIRCLES, DEGREES, EVEN, Campaign, Schedule
from growth.state import Part, Sizes, Users
from growth.streams import ONE, Stream, below, words

__all__ = [
    "ADDRESSED",
    "ENDLESS",
    "FEED",
    "NOTICE",
    "audience",
    "effort",
    "is_notice",
    "is_post",
    "kind_of",
    "noticed",
    "sees",
]

ADDRESSED, FEED, NOTICE = 0, 8, 16
"""Kinds of packet, as bits of `growth.share.Packet.how`: to whom the sharer chose, or one of these."""
ENDLESS = 1 << 20
"""Slots of a notice."""
_UNADDRESSED = Part.FEED | Part.NOTICE


def kind_of(
    keys, users: Users, p: Schedule, sizes: Sizes, who: Person, when: jax.Array, day: jax.Array, last: jax.Array
) -> jax.Array:
    """Kind of the packets (sharer, ``when``: day and ordinal); ``last`` bool: the last of its session, which is the
    notice where the app sends one. A post is a public act, and depends on how many circles its sharer was told by.
    int32."""
    kind = jnp.full_like(who.ids, ADDRESSED)
    if sizes.has(Part.FEED):
        word, _ = words(keys, who.lane, Stream.FEED, who.user, when)
        circles = pick(users.circles, who.ids).astype(jnp.int32) if users.circles is not None else 0
        kind = jnp.where(below(word, pick(p.feed.reshape(-1), who.lane * CIRCLES + circles)), FEED, kind)
    if sizes.has(Part.NOTICE):
        kind = jnp.where(last & noticed(keys, p, sizes, who, day), NOTICE, kind)
    return kind


def noticed(keys, p: Schedule, sizes: Sizes, who: Person, day: jax.Array) -> jax.Array:
    """Whether the app tells friends of each person's session of the day, bool."""
    if not sizes.has(Part.NOTICE):
        return jnp.zeros(who.ids.shape, bool)
    word, _ = words(keys, who.lane, Stream.NOTICE, who.user, jnp.broadcast_to(day, who.user.shape))
    return below(word, pick(p.notice, who.lane))


def audience(
    p: Schedule,
    sizes: Sizes,
    lane: jax.Array,
    kind: jax.Array,
    degree: jax.Array,
    first: jax.Array,
    contacts: jax.Array,
) -> tuple[jax.Array, jax.Array]:
    """First place in the order of friends and number of contacts, of packets that are addressed otherwise ``first``
    and ``contacts``."""
    if sizes.has(Part.FEED):
        first = jnp.where(kind == FEED, 0, first)
        contacts = jnp.where(kind == FEED, degree, contacts)
    if sizes.has(Part.NOTICE):
        told = jnp.minimum(degree, pick(p.notice_friends, lane))
        first = jnp.where(kind == NOTICE, degree - told, first)
        contacts = jnp.where(kind == NOTICE, told, contacts)
    return first, contacts


def is_post(sizes: Sizes, how: jax.Array) -> jax.Array:
    """Which packets are posts in a feed, bool."""
    return (how & FEED) > 0 if sizes.has(Part.FEED) else jnp.zeros(how.shape, bool)


def is_notice(sizes: Sizes, how: jax.Array) -> jax.Array:
    """Which packets are notices, bool."""
    return (how & NOTICE) > 0 if sizes.has(Part.NOTICE) else jnp.zeros(how.shape, bool)


def sees(
    graph: Chain,
    campaign: Campaign,
    p: Schedule,
    sizes: Sizes,
    lane: jax.Array,
    how: jax.Array,
    viewer: jax.Array,
    chance: jax.Array,
) -> jax.Array:
    """Chance that ``viewer`` sees each packet in time, uint32; ``chance`` where it is addressed. Of posts those see
    less, each, who have more friends to see posts of."""
    if sizes.has(Part.FEED):
        row = lane * DEGREES + jnp.minimum(graph.degree(viewer), DEGREES - 1)
        divided = _times(pick(p.feed_see, lane), pick(campaign.tables.feed_attention.reshape(-1), row))
        chance = jnp.where(is_post(sizes, how), divided, chance)
    if sizes.has(Part.NOTICE):
        chance = jnp.where(is_notice(sizes, how), pick(p.notice_see, lane), chance)
    return chance


def _times(chance: jax.Array, factor: jax.Array) -> jax.Array:
    """A threshold times a factor in units of 1 / EVEN (both uint32), at most certain; as it is where that is 1."""
    product = (chance >> jnp.uint32(16)) * factor
    certain = product >= jnp.uint32(ONE >> 3)
    return jnp.where(factor == EVEN, chance, jnp.where(certain, jnp.uint32(ONE), product << jnp.uint32(3)))


def effort(p: Schedule, sizes: Sizes, lane: jax.Array, how: jax.Array) -> jax.Array:
    """Logit, fixed-point, by which acceptance of each packet is less than of one that somebody addressed; never below
    zero, so that no bound on acceptance is passed."""
    less = jnp.zeros_like(how)
    if sizes.has(Part.FEED):
        less = jnp.where(is_post(sizes, how), pick(p.feed_effort, lane), less)
    if sizes.has(Part.NOTICE):
        less = jnp.where(is_notice(sizes, how), pick(p.notice_effort, lane), less)
    return less
