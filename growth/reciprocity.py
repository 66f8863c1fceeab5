"""Money that was received moves people to send: one packet more in the next session, the likelier the more they got.

What a person got from packets since the last session is kept in cents, and forgotten in the session. Sessions are a day
apart for those who open the app daily, so that it is over within a day for them, and lasts until they come for others.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from graphs.device import pick
from growth.behaviour import Person, scaled
from growth.campaign import Schedule
from growth.state import Part, Sizes, Users
from growth.streams import Stream, below, words

__all__ = ["receive", "send_back"]


def receive(users: Users, sizes: Sizes, ids: jax.Array, cents: jax.Array) -> Users:
    """Note cents that people got from packets; ids may repeat."""
    if not sizes.has(Part.RECIPROCITY):
        return users
    there = jnp.where(cents > 0, ids, jnp.int32(users.status.shape[0]))
    return users._replace(got=users.got.at[there].add(cents, mode="drop"))


def send_back(
    keys, users: Users, p: Schedule, sizes: Sizes, who: Person, acts: jax.Array, day: jax.Array
) -> tuple[Users, jax.Array]:
    """Packets, 0 or 1, that each session shares more because of what its person got since the last one; those whose
    session ``acts`` have then answered. int32."""
    nothing = jnp.zeros_like(who.ids)
    if not sizes.has(Part.RECIPROCITY):
        return users, nothing
    word, _ = words(keys, who.lane, Stream.RECIPROCITY, who.user, jnp.broadcast_to(day, who.user.shape))
    got = pick(users.got, who.ids)
    more = below(word, scaled(got.astype(jnp.float32), pick(p.send_back, who.lane))).astype(jnp.int32)
    there = jnp.where(acts & (got > 0), who.ids, jnp.int32(users.status.shape[0]))
    return users._replace(got=users.got.at[there].set(0, mode="drop")), more
