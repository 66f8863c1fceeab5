"""Keyed bijections: who sits where, and back, computed instead of stored. One source for NumPy and for JAX.

All arguments are uint32 arrays of one shape (NumPy arrays of at least one axis, or traced by jax); keys and
sizes may differ from element to element. Nothing here needs more than 32 bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["key_of", "local_of_row", "row_of_local", "scrambled", "seat_of_stub", "stub_of_seat"]

GOLDEN = np.uint32(0x9E3779B9)
_FIRST, _SECOND = np.uint32(0x7FEB352D), np.uint32(0x846CA68B)
DOUBLE_ROUNDS = 3  # needed and enough: chi-square of town pairs is 1.5 per degree of freedom after two, 1.0 after three
# Five turns of `row_of_local`: for neighbours in towns of 1,024, chi-square per degree of freedom of the strata of
# their rows is 3.2 after three, 1.3 after four, 0.9 after five (in towns of 65,536 three would do).
_ODD = tuple(np.uint32(odd) for odd in (0x2C1B3C6D, 0x297A2D39, 0x85EBCA6B, 0xC2B2AE35, 0x9E3779B1))
_ODD_INVERSE = tuple(np.uint32(pow(int(odd), -1, 2**32)) for odd in _ODD)


def scrambled(x: Any) -> Any:
    """The lowbias32 finaliser (C. Wellons, nullprogram.com/blog/2018/07/31): a bijection of 32-bit words."""
    x = (x ^ (x >> 16)) * _FIRST
    x = (x ^ (x >> 15)) * _SECOND
    return x ^ (x >> 16)


def key_of(key: Any, part: Any) -> Any:
    """The key of one part (a window, a town) of what ``key`` stands for."""
    return scrambled(key + part * GOLDEN)


def seat_of_stub(high: Any, low: Any, size: Any, bits: Any, key: Any) -> tuple[Any, Any]:
    """Where stub (``high``, ``low``) of Z_size x {0, 1}^bits sits, as such a pair: a bijection for every key.

    An unbalanced Feistel network (Luby and Rackoff 1988, doi:10.1137/0217022): the low part shifts the high
    one around Z_size, the high part masks the low one. ``size`` below 2^31, ``bits`` 1 to 31.
    """
    for turn in range(0, 2 * DOUBLE_ROUNDS, 2):
        high = high + _share(size, _word(low, key, turn))
        high = high - size * (high >= size).astype(np.uint32)
        low = low ^ (_word(high, key, turn + 1) >> (32 - bits))
    return high, low


def stub_of_seat(high: Any, low: Any, size: Any, bits: Any, key: Any) -> tuple[Any, Any]:
    """The stub that sits at (``high``, ``low``): the inverse of `seat_of_stub`."""
    for turn in reversed(range(0, 2 * DOUBLE_ROUNDS, 2)):
        low = low ^ (_word(high, key, turn + 1) >> (32 - bits))
        shift = _share(size, _word(low, key, turn))
        high = high + size * (high < shift).astype(np.uint32) - shift
    return high, low


def row_of_local(local: Any, key: Any, bits: int) -> Any:
    """Template row of a town's user 0 .. 2^bits - 1: add, multiply by an odd number, fold; five times over."""
    mask, fold = np.uint32((1 << bits) - 1), (bits + 1) // 2
    x = local
    for turn, odd in enumerate(_ODD):
        x = ((x + (key >> (4 * turn))) * odd) & mask
        x = x ^ (x >> fold)
    return x


def local_of_row(row: Any, key: Any, bits: int) -> Any:
    """The town's user on a template row: the inverse of `row_of_local`."""
    mask, fold = np.uint32((1 << bits) - 1), (bits + 1) // 2
    x = row
    for turn in reversed(range(len(_ODD))):
        x = x ^ (x >> fold)
        x = (x * _ODD_INVERSE[turn] - (key >> (4 * turn))) & mask
    return x


def _word(x: Any, key: Any, turn: int) -> Any:
    """32 hashed bits, the upper ones the better."""
    x = (x ^ (key + np.uint32(turn * int(GOLDEN) & 0xFFFFFFFF))) * _FIRST
    return (x ^ (x >> 15)) * _SECOND


def _share(size: Any, word: Any) -> Any:
    """floor(size word / 2^32), or one less: in 0 .. size - 1, from 16-bit halves."""
    upper, lower = word >> 16, word & 0xFFFF
    return (size >> 16) * upper + (((size & 0xFFFF) * upper) >> 16) + (((size >> 16) * lower) >> 16)
