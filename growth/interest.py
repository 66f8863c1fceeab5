"""Interest in an app: who answers a strong offer only is less interested than who comes unasked, and opens less often.

What an offer must overcome in a person is their **resistance**: a number, uniform over people, and an offer brings
those in whom it is below its acceptance. Part of it is a lack of interest, the rest is chance. So the weaker the
offer, the more interested are those whom it brings, and those who come by themselves are the most interested of all.
How often a person opens is a quantile of the law of an app's openers (`growth.behaviour`); interest moves it. A table
built on the host says where to, by **level** of the resistance and by the quantile of somebody unasked: for them it
changes nothing.

Whoever takes a packet has the resistance that decided it: the threshold of their present state, or the word of that
packet where each is tried by itself. Whoever media bring has that threshold as a part of the acceptance of those who
were asked. The base, those who come by themselves and the seeded, whom nobody asked, have none. Staying is another
matter: hazards do not ask for interest. Without the part nothing is traced.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from graphs.device import pick
from growth.base_world import ATOMS
from growth.campaign import STATES, Campaign, Schedule
from growth.flows import CAUSES
from growth.state import Part, Sizes, Users
from growth.streams import ONE, Stream, words

__all__ = ["LEVELS", "bounds", "level_of", "opening_quantile", "resisted"]

LEVELS = 33
"""Levels of resistance: two to an octave down to 2^-16, and 0 for less and for none at all."""


def bounds() -> list[int]:
    """Least resistance, in 2^-31, of each level from 1 on."""
    return [int(ONE * 2 ** (-step / 2)) for step in range(LEVELS - 1, 0, -1)]


def level_of(resistance: jax.Array) -> jax.Array:
    """Levels of resistances (uint32, in 2^-31), int32."""
    level = jnp.zeros(resistance.shape, jnp.int32)
    for bound in bounds():
        level = level + (resistance >= jnp.uint32(bound)).astype(jnp.int32)
    return level


def resisted(keys, users: Users, p: Schedule, sizes: Sizes, lane: jax.Array, user: jax.Array, rows, joins) -> Users:
    """Note the level of those who are being activated by ``rows`` of the claims list (``joins`` bool)."""
    if not sizes.has(Part.INTEREST):
        return users
    ids, reached = rows[:, 0], rows[:, 2] < 0
    own, _ = words(keys, lane, Stream.PERSON, user, pick(users.activation, ids))
    packet = rows[:, 3].astype(jnp.uint32)
    if sizes.has(Part.MEMORY):
        packet = jnp.where(pick(p.remembers, lane) > 0, own >> jnp.uint32(1), packet)
    cell = (lane * len(STATES) + rows[:, 5]) * len(CAUSES) + jnp.where(reached, rows[:, 4], 0)
    answered = pick(p.answered.reshape(-1), cell)
    media = ((own >> jnp.uint32(16)) * (answered >> jnp.uint32(15))) >> jnp.uint32(1)
    level = level_of(jnp.where(reached, media, packet)).astype(jnp.uint8)
    there = jnp.where(joins, ids, jnp.int32(users.status.shape[0]))
    return users._replace(resistance=users.resistance.at[there].set(level, mode="drop"))


def opening_quantile(
    campaign: Campaign, users: Users, sizes: Sizes, lane: jax.Array, ids: jax.Array, habit: jax.Array
) -> jax.Array:
    """Quantile number of opening of people who would have ``habit`` had they come unasked, int32."""
    if not sizes.has(Part.INTEREST):
        return habit
    row = lane * LEVELS + pick(users.resistance, ids).astype(jnp.int32)
    return pick(campaign.tables.interest.reshape(-1), row * ATOMS + habit).astype(jnp.int32)
