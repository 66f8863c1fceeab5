"""From lists of pairs to compressed rows: ties and memberships packed, sorted, doubled and deduplicated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["TieRows", "count_ties", "offset_dtype", "pack_ties", "rows_from_keys", "rows_from_pairs"]

_ID_BITS, _WEAK_BITS = np.uint64(28), np.uint64(8)  # two ids and a strength byte share one 64-bit sort key
_ID_MASK = np.uint64((1 << 28) - 1)
MAX_USERS = 1 << 28
_BLOCK = 1 << 16


@dataclass(frozen=True)
class TieRows:
    """CSR of an undirected graph: each tie stands in both rows, with the same strength."""

    offsets: NDArray[np.integer]
    friends: NDArray[np.int32]
    strength: NDArray[np.uint8]
    repeated: int  # ties given more than once, in either direction


def offset_dtype(entries: int) -> type[np.signedinteger]:
    """int32 while offsets fit, int64 from 2^31 entries on."""
    return np.int32 if entries < 2**31 else np.int64


def pack_ties(num_users: int, u: NDArray, v: NDArray, strength: NDArray[np.uint8] | np.uint8) -> NDArray[np.uint64]:
    """One uint64 per tie: smaller id, larger id, 255 - strength: the strongest copy of a tie sorts first."""
    if num_users > MAX_USERS:
        raise ValueError(f"an explicit chain holds at most {MAX_USERS} users, asked for {num_users}")
    weak = np.broadcast_to(~np.asarray(strength, dtype=np.uint8), u.shape)
    keys = np.empty(len(u), dtype=np.uint64)
    for start in range(0, len(u), _BLOCK):  # blocks that stay in cache
        block = slice(start, start + _BLOCK)
        key = np.minimum(u[block], v[block]).astype(np.uint64)
        key <<= _ID_BITS
        key |= np.maximum(u[block], v[block]).astype(np.uint64)
        key <<= _WEAK_BITS
        np.bitwise_or(key, weak[block], out=keys[block])
    return keys


def count_ties(keys: NDArray[np.uint64]) -> int:
    """Different ties among packed ones, however often each is given; sorts ``keys`` in place."""
    keys.sort()
    return int(np.count_nonzero(_first_of_run(keys >> _WEAK_BITS)))


def rows_from_keys(num_users: int, keys: NDArray[np.uint64]) -> TieRows:
    """CSR from packed ties (``pack_ties``; sorted in place). Of a repeated tie the strongest copy stays."""
    keys.sort()
    first = _first_of_run(keys >> _WEAK_BITS)
    ties = int(np.count_nonzero(first))
    repeated = len(keys) - ties
    both = np.empty(2 * ties, dtype=np.uint64)
    both[:ties] = keys[first] if repeated else keys
    for start in range(0, ties, _BLOCK):  # blocks that stay in cache
        stop = min(start + _BLOCK, ties)
        _mirror(both[start:stop], out=both[ties + start : ties + stop])
    both.sort()
    row_starts = np.arange(num_users + 1, dtype=np.uint64) << (_ID_BITS + _WEAK_BITS)
    offsets = np.searchsorted(both, row_starts).astype(offset_dtype(len(both)))
    strength = ~both.astype(np.uint8)
    both >>= _WEAK_BITS
    both &= _ID_MASK
    return TieRows(offsets, both.astype(np.int32), strength, repeated)


def rows_from_pairs(
    num_rows: int, num_columns: int, row: NDArray, column: NDArray
) -> tuple[NDArray[np.integer], NDArray[np.int32]]:
    """CSR (offsets, columns) of a set of pairs; repeats are merged and every row is sorted."""
    keys = row.astype(np.uint64) * np.uint64(num_columns) + column.astype(np.uint64)
    keys.sort()
    keys = keys[_first_of_run(keys)]
    owner = keys // np.uint64(max(num_columns, 1))
    keys -= owner * np.uint64(num_columns)
    offsets = np.zeros(num_rows + 1, dtype=offset_dtype(len(keys)))
    np.cumsum(np.bincount(owner.astype(np.int64), minlength=num_rows), out=offsets[1:])
    return offsets, keys.astype(np.int32)


def _first_of_run(sorted_keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
    first = np.ones(len(sorted_keys), dtype=bool)
    np.not_equal(sorted_keys[1:], sorted_keys[:-1], out=first[1:])
    return first


def _mirror(keys: NDArray[np.uint64], out: NDArray[np.uint64]) -> None:
    """The same ties seen from the other end: the two ids of each key change places."""
    np.bitwise_and(keys, _ID_MASK << _WEAK_BITS, out=out)
    out <<= _ID_BITS
    out |= keys & np.uint64(255)
    out |= (keys >> _ID_BITS) & (_ID_MASK << _WEAK_BITS)
