"""Whom a cascade has touched: where a (lane, user) is kept, and which contact wins somebody first.

Dense: one mark for every user of the lanes that run together, cleared for each group. Or hashed: an open-addressing
set of what was touched, so that a hundred small cascades on ten million users need no more than on one million.
Winners do not depend on either, nor on the size of a chunk: the earliest contact in the order of the queue wins.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from graphs.device import pick
from growth.cascade_state import FREE, CascadeSizes, CascadeState, Structure

__all__ = ["address_of", "blank", "first_of", "starters", "worn_down"]

_START = 1 << 30
"""Contacts that a seed is said to have had: whatever it takes, it was there before."""


def blank(sizes: CascadeSizes, law: Structure) -> tuple[jax.Array, jax.Array]:
    """Table and marks with nobody in them."""
    slots = sizes.table or sizes.together * sizes.users
    table = jnp.full(sizes.table or 1, -1, jnp.int32)
    if law.threshold == "none":
        return table, jnp.full(slots, FREE, jnp.uint16)
    return table, jnp.zeros(slots, jnp.int32)


def address_of(
    state: CascadeState, ids: jax.Array, valid: jax.Array, sizes: CascadeSizes
) -> tuple[CascadeState, jax.Array]:
    """Where the marks of these ids are; with a hash set, they are put into it. Returns state and int32[C].

    Linear probing; of several ids that want one empty slot the largest takes it, and the others walk on. The caller
    sees to it that the set is never more than half full.
    """
    if not sizes.table:
        return state, ids
    top = jnp.uint32(32 - (sizes.table - 1).bit_length())
    slot = ((ids.astype(jnp.uint32) * jnp.uint32(0x9E3779B1)) >> top).astype(jnp.int32)

    def probe(carry):
        table, slot, looking, fresh = carry
        empty = looking & (pick(table, slot) < 0)
        table = table.at[jnp.where(empty, slot, sizes.table)].max(ids, mode="drop")
        found = looking & (pick(table, slot) == ids)
        fresh = fresh + jnp.sum(found & empty, dtype=jnp.int32)
        looking = looking & ~found
        return table, jnp.where(looking, (slot + 1) & (sizes.table - 1), slot), looking, fresh

    table, slot, _, fresh = lax.while_loop(
        lambda carry: jnp.any(carry[2]), probe, (state.table, slot, valid, jnp.int32(0))
    )
    return state._replace(table=table, touched=state.touched + fresh), slot


def first_of(marks: jax.Array, address: jax.Array, valid: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The first valid contact of each address that was free; marks uint16."""
    place = jnp.arange(address.shape[0], dtype=jnp.uint16)
    free = valid & (pick(marks, address) == FREE)
    marks = marks.at[jnp.where(free, address, marks.shape[0])].min(place, mode="drop")
    return marks, free & (pick(marks, address) == place)


def worn_down(marks: jax.Array, address: jax.Array, valid: jax.Array, need: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The contact with which each address has had as many as it needs; marks int32 count them."""
    group = jnp.where(valid, address, marks.shape[0])
    # Write, then read, then take off those that come later: a read before the write would make XLA copy all marks.
    marks = marks.at[group].add(1, mode="drop")
    had = pick(marks, address) - _later(group)
    return marks, valid & (had == need)


def starters(marks: jax.Array, address: jax.Array, valid: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Seeds, each once, whatever it takes."""
    if marks.dtype == jnp.uint16:
        return first_of(marks, address, valid)
    marks, first = worn_down(marks, address, valid, jnp.ones_like(address))
    return marks.at[jnp.where(first, address, marks.shape[0])].add(_START, mode="drop"), first


def _later(group: Any) -> jax.Array:
    """How many rows of the same group come after each; one sort."""
    place = jnp.arange(group.shape[0], dtype=jnp.int32)
    groups, backward = lax.sort((group, -place), num_keys=2)
    starts = jnp.concatenate([jnp.ones(1, bool), groups[1:] != groups[:-1]])
    begin = lax.cummax(jnp.where(starts, place, 0))
    return jnp.zeros_like(place).at[-backward].set(place - begin, unique_indices=True)
