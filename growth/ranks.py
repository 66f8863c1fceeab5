"""Rows in order within groups: who is first by key among the rows of one packet, one viewer, one inviter.

A sort is the dearest thing a round does, so rows are put in order once, and all that is to be counted along that order
is counted along it.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from graphs.device import pick
from growth.streams import ONE

__all__ = [
    "TOP",
    "Order",
    "capped",
    "capped_sum_up_to",
    "first_in_pair",
    "number_of",
    "order_of",
    "rank_among",
    "sum_up_to",
]

TOP = 2**31 - 1
"""The group of rows that belong to none."""


class Order(NamedTuple):
    """``n`` rows put in order by group and, within it, by (key, tie, other)."""

    origin: jax.Array  # int32[n]: which row stands at each place
    place: jax.Array  # int32[n]: at which place each row stands
    starts: jax.Array  # bool[n]: whether a group begins at each place
    again: jax.Array  # bool[n]: whether each row repeats an earlier one in all four


def order_of(group: jax.Array, key: jax.Array, tie: jax.Array, other: jax.Array) -> Order:
    """The order of rows by four int32 columns; of equal rows the earlier stands first. One sort."""
    place = jnp.arange(group.shape[0], dtype=jnp.int32)
    *by, origin = lax.sort((group, key, tie, other, place), num_keys=4)
    alike = [jnp.concatenate([jnp.zeros(1, bool), part[1:] == part[:-1]]) for part in by]
    placed = jnp.zeros_like(place).at[origin].set(place, unique_indices=True)
    again = alike[0] & alike[1] & alike[2] & alike[3]
    return Order(origin, placed, ~alike[0], pick(again, placed))


def sum_up_to(order: Order, amount: jax.Array) -> jax.Array:
    """Sum of ``amount`` [int32, not negative] over the rows of each row's group up to and with it."""
    amounts = pick(amount, order.origin)
    total = jnp.cumsum(amounts, dtype=jnp.int32)
    before = lax.cummax(jnp.where(order.starts, total - amounts, 0))
    return pick(total - before, order.place)


def capped(one: jax.Array, other: jax.Array) -> jax.Array:
    """Sum of two chances in 2^-31 (uint32, at most ONE each): at most certain."""
    most = jnp.uint32(ONE)
    return jnp.where(one > most - other, most, one + other)


def capped_sum_up_to(order: Order, chance: jax.Array) -> jax.Array:
    """As `sum_up_to` of chances in 2^-31 (uint32, at most ONE each), each sum at most certain. Capping makes sums no
    less associative, so that a scan may add them in any tree."""

    def join(left, right):
        begins = left[0] | right[0]
        return begins, jnp.where(right[0], right[1], capped(left[1], right[1]))

    _, total = lax.associative_scan(join, (order.starts, pick(chance, order.origin)))
    return pick(total, order.place)


def rank_among(order: Order, member: jax.Array) -> jax.Array:
    """How many of the rows of ``member`` [bool] come before each row in its group."""
    return sum_up_to(order, member.astype(jnp.int32)) - member.astype(jnp.int32)


def number_of(order: Order, member: jax.Array) -> jax.Array:
    """Number from 0 of each row among those of ``member`` in its group, a repeated row having that of the first; 0
    for a row that has none before it."""
    return jnp.maximum(sum_up_to(order, (member & ~order.again).astype(jnp.int32)) - 1, 0)


def first_in_pair(group: jax.Array, second: jax.Array, key: jax.Array) -> jax.Array:
    """Which rows come first by ``key`` among those of the same (group, second)."""
    place = jnp.arange(group.shape[0], dtype=jnp.int32)
    groups, seconds, _, origin = lax.sort((group, second, key, place), num_keys=3)
    differs = (groups[1:] != groups[:-1]) | (seconds[1:] != seconds[:-1])
    starts = jnp.concatenate([jnp.ones(1, bool), differs])
    return jnp.zeros_like(starts).at[origin].set(starts, unique_indices=True)
