"""Sharing as a trait, and fatigue: a person who shares much today does so tomorrow, and may have friends who do.

How many packets a session shares is the inverse distribution of one uniform word (`growth.tasks`). With this part the
word is, in a share of sessions, one that the person owns for good; so the law of a session stays what it was, whatever
that share, and only its spread over people changes: the sessions of one person are alike. For a share of people the
word for good begins with the quantile of their affinity, which is alike among friends, so that those who share most
have friends who share most. For a share of the others it is the quantile of their number of friends: those whom most
know share most (Hinz, Skiera, Barrot and Becker 2011, doi 10.1509/jm.10.0088). All of it by comparing integers: nothing
is fitted, and the mean of packets does not move.

Fatigue does move it: the longer somebody takes part in a campaign, the fewer of their sessions share at all. Without
the part nothing of it is traced.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from graphs.device import Chain, pick
from growth.behaviour import Person
from growth.campaign import DEGREES, FRESH_DAYS, Campaign, Schedule
from growth.state import Part, Sizes, Users
from growth.streams import Stream, below, words

__all__ = ["sharing_word", "still_fresh"]


def sharing_word(
    keys, graph: Chain, campaign: Campaign, p: Schedule, sizes: Sizes, who: Person, day: jax.Array, word: jax.Array
) -> jax.Array:
    """The word that decides how much each person's session of the day shares, uint32; ``word`` is that of the day."""
    if not sizes.has(Part.HABIT):
        return word
    own, mix = words(keys, who.lane, Stream.HABIT, who.user, jnp.zeros_like(who.user))
    usual, _ = words(keys, who.lane, Stream.HABIT, who.user, jnp.broadcast_to(day + 1, who.user.shape))
    with_friends = (graph.affinity(who.user).astype(jnp.uint32) << jnp.uint32(24)) | (own >> jnp.uint32(8))
    by_friends = _by_friends(graph, campaign, who, own)
    hub = below(mix, pick(p.habit_hubs, who.lane))
    own = jnp.where(below(mix, pick(p.habit_alike, who.lane)), with_friends, jnp.where(hub, by_friends, own))
    return jnp.where(below(usual, pick(p.habit, who.lane)), own, word)


def still_fresh(keys, users: Users, p: Schedule, sizes: Sizes, who: Person, day: jax.Array) -> jax.Array:
    """Whether each person's session of the day shares as on their first, bool: by how many days they have taken part,
    since they came, or since the campaign began where they had come before."""
    if not sizes.has(Part.FATIGUE):
        return jnp.ones(who.user.shape, bool)
    since = jnp.maximum(pick(users.activation_day, who.ids).astype(jnp.int32), pick(p.fresh_from, who.lane))
    days = jnp.clip(day - since, 0, FRESH_DAYS - 1)
    word, _ = words(keys, who.lane, Stream.FATIGUE, who.user, jnp.broadcast_to(day, who.user.shape))
    return below(word, pick(p.fresh.reshape(-1), who.lane * FRESH_DAYS + days))


def _by_friends(graph: Chain, campaign: Campaign, who: Person, own: jax.Array) -> jax.Array:
    """A uniform word that rises with the number of friends; among those who have as many, in the order of ``own``."""
    row = who.lane * (2 * DEGREES) + jnp.minimum(graph.degree(who.user), DEGREES - 1)
    ranks = campaign.tables.befriended.reshape(-1)
    return pick(ranks, row) + (own >> jnp.uint32(16)) * (pick(ranks, row + DEGREES) >> jnp.uint32(16))
