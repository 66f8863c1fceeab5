"""Ragged lists unrolled chunk by chunk: from "this one has three, that one none" to one row for each."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from graphs.device import pick

__all__ = ["Ragged", "ragged", "running_sum", "unroll"]

_COLUMNS = 8


class Ragged(NamedTuple):
    """How many rows each of C owners has: ``counts``, and the rows before the owner, ``begins``; int32[C]."""

    counts: jax.Array
    begins: jax.Array
    total: jax.Array  # int32 scalar


def running_sum(values: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Sum of the values up to and with each, int32[C], and of all."""
    sums = _sums(values.astype(jnp.int32))
    return sums, sums[-1]


def _sums(values: jax.Array) -> jax.Array:
    """Column after column of eight, then what all rows before have: a third of the passes of a scan by halves."""
    size = values.shape[0]
    if size <= _COLUMNS or size % _COLUMNS:
        return lax.associative_scan(jnp.add, values)
    rows = values.reshape(-1, _COLUMNS)
    sums = [rows[:, 0]]
    for column in range(1, _COLUMNS):
        sums.append(sums[-1] + rows[:, column])
    before = _sums(sums[-1]) - sums[-1]
    return jnp.stack([part + before for part in sums], axis=1).reshape(-1)


def ragged(counts: jax.Array) -> Ragged:
    """A ragged list of these counts, int32[C], none negative."""
    ends, total = running_sum(counts)
    return Ragged(counts, ends - counts, total)


def unroll(rows: Ragged, start: jax.Array, size: int) -> tuple[jax.Array, jax.Array]:
    """Owner of each row from ``start`` to ``start + size`` of the list, and the row's number with its owner,
    int32[size] each; rows at or after the total must be masked.

    Owners mark the place where their rows begin, and a row's owner is the number of marks before it: of several at
    one place all but the last have no rows.
    """
    marks = jnp.zeros(size, jnp.int32).at[jnp.maximum(rows.begins - start, 0)].add(1, mode="drop")
    owner = running_sum(marks)[0] - 1
    return owner, start + jnp.arange(size, dtype=jnp.int32) - pick(rows.begins, owner)
