"""Places within groups: who is first by key among the rows of one packet, one viewer, one inviter."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

__all__ = ["TOP", "first_in_pair", "rank_in_group", "rank_once", "running_sum"]

TOP = 2**31 - 1
"""The group of rows that belong to none."""


def rank_in_group(group: jax.Array, key: jax.Array, tie: jax.Array) -> jax.Array:
    """Place of each row within its group in order of (key, tie), int32 from 0; one sort."""
    place = jnp.arange(group.shape[0], dtype=jnp.int32)
    groups, _, _, origin = lax.sort((group, key, tie, place), num_keys=3)
    starts = jnp.concatenate([jnp.ones(1, bool), groups[1:] != groups[:-1]])
    begin = lax.cummax(jnp.where(starts, place, 0))
    return jnp.zeros_like(place).at[origin].set(place - begin, unique_indices=True)


def rank_once(group: jax.Array, key: jax.Array, tie: jax.Array, who: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The same with every person of a group counted once (one person's rows in a group have one key and tie), ties of
    both going by person; and which rows repeat an earlier one of the same person."""
    place = jnp.arange(group.shape[0], dtype=jnp.int32)
    *by, origin = lax.sort((group, key, tie, who, place), num_keys=4)
    alike = [jnp.concatenate([jnp.zeros(1, bool), part[1:] == part[:-1]]) for part in by]
    again = alike[0] & alike[1] & alike[2] & alike[3]
    number = jnp.cumsum(~again, dtype=jnp.int32) - 1
    begin = lax.cummax(jnp.where(alike[0], 0, number))
    rank = jnp.zeros_like(place).at[origin].set(number - begin, unique_indices=True)
    return rank, jnp.zeros_like(again).at[origin].set(again, unique_indices=True)


def first_in_pair(group: jax.Array, second: jax.Array, key: jax.Array) -> jax.Array:
    """Which rows come first by ``key`` among those of the same (group, second)."""
    place = jnp.arange(group.shape[0], dtype=jnp.int32)
    groups, seconds, _, origin = lax.sort((group, second, key, place), num_keys=3)
    differs = (groups[1:] != groups[:-1]) | (seconds[1:] != seconds[:-1])
    starts = jnp.concatenate([jnp.ones(1, bool), differs])
    return jnp.zeros_like(starts).at[origin].set(starts, unique_indices=True)


def running_sum(group: jax.Array, key: jax.Array, amount: jax.Array) -> jax.Array:
    """Sum of ``amount`` [int32, not negative] over the rows of each row's group up to it in order of key."""
    place = jnp.arange(group.shape[0], dtype=jnp.int32)
    groups, _, amounts, origin = lax.sort((group, key, amount, place), num_keys=2)
    total = jnp.cumsum(amounts, dtype=jnp.int32)
    starts = jnp.concatenate([jnp.ones(1, bool), groups[1:] != groups[:-1]])
    before = lax.cummax(jnp.where(starts, total - amounts, 0))
    return jnp.zeros_like(amount).at[origin].set(total - before, unique_indices=True)
