"""Work in fixed chunks: the only loops of the engine, and what is written to the end of a growing list.

Shapes never depend on values, so a list is a buffer with a count, and work on it goes chunk by chunk until the
count is reached. Every buffer has one chunk of slack behind its capacity: a full chunk can always be written, and
what did not fit is seen afterwards because the count went past the capacity.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from graphs.device import pick

__all__ = ["Rows", "append", "chunk", "clear", "each_chunk", "empty", "owners", "refill", "write"]


class Rows(NamedTuple):
    """A list of int32 rows: ``table`` [capacity + chunk, fields] and ``length``, an int32 scalar."""

    table: jax.Array
    length: jax.Array

    @property
    def fields(self) -> int:
        """Fields of one row."""
        return self.table.shape[1]


def empty(capacity: int, fields: int, size: int) -> Rows:
    """An empty list of ``capacity`` rows with ``size`` rows of slack."""
    return Rows(jnp.zeros((capacity + size, fields), jnp.int32), jnp.int32(0))


def each_chunk(count: jax.Array, size: int, body: Callable[[jax.Array, Any], Any], carry: Any) -> Any:
    """``carry = body(start, carry)`` for start = 0, size, 2 size ... below ``count``."""

    def go(state):
        start, carry = state
        return start + jnp.int32(size), body(start, carry)

    return lax.while_loop(lambda state: state[0] < count, go, (jnp.int32(0), carry))[1]


def chunk(rows: Rows, start: jax.Array, size: int) -> tuple[jax.Array, jax.Array]:
    """``size`` rows from ``start``, [size, fields], and which of them exist, bool[size]."""
    block = lax.dynamic_slice(rows.table, (start, jnp.int32(0)), (size, rows.fields))
    return block, start + jnp.arange(size, dtype=jnp.int32) < rows.length


def write(rows: Rows, start: jax.Array, block: jax.Array) -> Rows:
    """Overwrite the rows from ``start`` with a whole chunk; the count stays."""
    return rows._replace(table=lax.dynamic_update_slice(rows.table, block, (start, jnp.int32(0))))


def refill(rows: Rows, kept: Rows, size: int) -> Rows:
    """``rows`` holding what is in ``kept``, moved chunk by chunk.

    A pass that reads a list and writes the same list makes XLA copy the whole buffer in every iteration. So a sieve
    writes what it keeps to a spare list, and this moves it back: work in proportion to what is there.
    """

    def body(start, table):
        block = lax.dynamic_slice(kept.table, (start, jnp.int32(0)), (size, kept.fields))
        return lax.dynamic_update_slice(table, block, (start, jnp.int32(0)))

    return Rows(each_chunk(kept.length, size, body, rows.table), kept.length)


def clear(array: jax.Array, size: int) -> jax.Array:
    """A one-dimensional array set to zero in place, ``size`` entries at a time."""
    zeros = jnp.zeros(min(size, array.shape[0]), array.dtype)

    def body(start, array):
        return lax.dynamic_update_slice(array, zeros, (start,))

    return each_chunk(jnp.int32(array.shape[0]), zeros.shape[0], body, array)


def append(rows: Rows, block: jax.Array, keep: jax.Array) -> Rows:
    """Add the rows of ``block`` [size, fields] where ``keep`` holds, in order.

    Past the capacity only the count grows, which is how a list that is too small is found.
    """
    size = block.shape[0]
    place = jnp.where(keep, jnp.cumsum(keep, dtype=jnp.int32) - 1, size)
    packed = jnp.zeros_like(block).at[place].set(block, mode="drop")
    room = rows.table.shape[0] - size
    table = lax.dynamic_update_slice(rows.table, packed, (jnp.minimum(rows.length, room), jnp.int32(0)))
    return Rows(table, rows.length + jnp.sum(keep, dtype=jnp.int32))


def owners(
    rows: Rows, field: int, last: jax.Array, total: jax.Array, start: jax.Array, size: int
) -> tuple[jax.Array, jax.Array]:
    """Row that owns each of ``size`` places from ``start`` on, and the place's number with its owner; int32[size] each.

    Column ``field`` is the place at which each row's own begin, ascending: a ragged list of ``total`` places written
    out. ``last`` is the row that owns the place before ``start``, or the first row when nothing is before it. Places
    at or after the total get the owner and number of the last one.

    From ``last`` on every row leaves a mark where its places begin, and a place's owner is the number of marks up to
    it: of several at one place all but the last own nothing.
    """
    end = jnp.minimum(start + size, total)

    def more(state):
        at, _ = state
        begins = lax.dynamic_slice(rows.table, (at, jnp.int32(field)), (1, 1))[0, 0]
        return (at < rows.length) & (begins < end)

    def mark(state):
        at, marks = state
        begins = lax.dynamic_slice(rows.table, (at, jnp.int32(0)), (size, rows.fields))[:, field]
        row = at + jnp.arange(size, dtype=jnp.int32)
        place = jnp.where((row < rows.length) & (begins < end), begins - start, size)
        return at + size, marks.at[place].add(1, mode="drop")

    _, marks = lax.while_loop(more, mark, (last + 1, jnp.zeros(size, jnp.int32)))
    owner = jnp.minimum(last + jnp.cumsum(marks, dtype=jnp.int32), rows.table.shape[0] - 1)
    place = jnp.minimum(start + jnp.arange(size, dtype=jnp.int32), total - 1)
    return owner, place - pick(rows.table.reshape(-1), owner * rows.fields + field)
