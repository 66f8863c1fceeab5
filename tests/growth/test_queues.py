"""Lists of work against plain Python."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from growth.queues import Rows, each_chunk, owners

SIZE, CAPACITY = 8, 40


@jax.jit
def _written_out(rows: Rows, first: jax.Array, total: jax.Array) -> tuple[jax.Array, jax.Array]:
    def body(start, carry):
        last, owner, number = carry
        who, what = owners(rows, 1, last, total, start, SIZE)
        place = (start,)
        return (
            who[-1],
            jax.lax.dynamic_update_slice(owner, who, place),
            jax.lax.dynamic_update_slice(number, what, place),
        )

    empty = jnp.full(CAPACITY * SIZE, -1, jnp.int32)
    return each_chunk(total, SIZE, body, (first, empty, empty))[1:]


@given(st.lists(st.integers(0, 5) | st.sampled_from([0, 0, 0, 20]), min_size=1, max_size=12), st.integers(0, 12))
def test_a_ragged_list_is_written_out(counts: list[int], first: int) -> None:
    """Rows before ``first`` are another round's; some rows own nothing, some more than a chunk."""
    table = np.full((CAPACITY + SIZE, 2), 7, np.int32)
    table[first : first + len(counts), 1] = np.cumsum([0, *counts[:-1]])
    rows = Rows(jnp.asarray(table), jnp.int32(first + len(counts)))
    owner, number = (np.asarray(part) for part in _written_out(rows, jnp.int32(first), jnp.int32(sum(counts))))
    expected = [(first + at, ordinal) for at, count in enumerate(counts) for ordinal in range(count)]
    assert list(zip(owner.tolist(), number.tolist(), strict=True))[: len(expected)] == expected
