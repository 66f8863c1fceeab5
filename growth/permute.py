"""A keyed permutation of [0, m) that is asked for one place at a time: the order in which a person thinks of friends.

A Feistel network on Z_a x Z_b with a b just above m (Black and Rogaway, "Ciphers with arbitrary finite domains",
CT-RSA 2002, doi 10.1007/3-540-45760-7_9), three double rounds, walking the cycle when it lands beyond m. The first k
places are a uniform draw without replacement, nested in k, and cost O(k) whatever m is.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

__all__ = ["permuted"]

_ROUNDS = 3


def _mix(word: jax.Array) -> jax.Array:
    """The 32-bit finaliser of MurmurHash3 (Appleby, public domain): a bijection that avalanches."""
    word = (word ^ (word >> jnp.uint32(16))) * jnp.uint32(0x85EBCA6B)
    word = (word ^ (word >> jnp.uint32(13))) * jnp.uint32(0xC2B2AE35)
    return word ^ (word >> jnp.uint32(16))


def _turn(moved: jax.Array, other: jax.Array, size: jax.Array, key: jax.Array, turn: int) -> jax.Array:
    """Add to one half, modulo its size, a keyed function of the other half."""
    word = _mix(_mix(other.astype(jnp.uint32) + key) + jnp.uint32(0x9E3779B9 * (turn + 1) & 0xFFFFFFFF))
    shift = ((word >> jnp.uint32(16)) * size.astype(jnp.uint32)) >> jnp.uint32(16)
    moved = moved + shift.astype(jnp.int32)
    return jnp.where(moved >= size, moved - size, moved)


def permuted(k0: jax.Array, k1: jax.Array, place: jax.Array, size: jax.Array) -> jax.Array:
    """Entry at ``place`` of the permutation of [0, size) keyed by the words ``k0, k1``.

    All arguments int32 or uint32 arrays of one shape; size at most 65,535. Where ``place`` is not in [0, size) the
    answer is 0 and means nothing: the caller masks it.
    """
    valid = (place >= 0) & (place < size)
    size = jnp.maximum(size, 1)
    rows = jnp.ceil(jnp.sqrt(size.astype(jnp.float32))).astype(jnp.int32)
    cols = (size + rows - 1) // rows

    def once(at):
        high = at // cols
        low = at - high * cols
        for turn in range(_ROUNDS):
            high = _turn(high, low, rows, k0, 2 * turn)
            low = _turn(low, high, cols, k1, 2 * turn + 1)
        return high * cols + low

    def walk(at):
        return jnp.where(at >= size, once(at), at)

    start = once(jnp.where(valid, place, 0))
    return jnp.where(valid, lax.while_loop(lambda at: jnp.any(at >= size), walk, start), 0)
