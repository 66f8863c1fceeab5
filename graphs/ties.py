"""From lists of pairs to compressed rows: ties and memberships packed, sorted, doubled and deduplicated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "FRIEND_SHIFT",
    "ID_MASK",
    "MAX_USERS",
    "OWNER_SHIFT",
    "TieRows",
    "first_of_run",
    "mirrored",
    "offset_dtype",
    "pack_ties",
    "rows_from_keys",
    "rows_from_pairs",
]

MAX_USERS = 1 << 28
# Two ids and a strength byte share one 64-bit sort key: owner, friend, 255 - strength.
FRIEND_SHIFT, OWNER_SHIFT = np.uint64(8), np.uint64(36)
ID_MASK = np.uint64(MAX_USERS - 1)
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
        key <<= OWNER_SHIFT - FRIEND_SHIFT
        key |= np.maximum(u[block], v[block]).astype(np.uint64)
        key <<= FRIEND_SHIFT
        np.bitwise_or(key, weak[block], out=keys[block])
    return keys


def rows_from_keys(num_users: int, keys: NDArray[np.uint64]) -> TieRows:
    """CSR from packed ties (``pack_ties``; sorted in place). Of a repeated tie the strongest copy stays."""
    keys.sort()
    first = first_of_run(keys >> FRIEND_SHIFT)
    ties = int(np.count_nonzero(first))
    repeated = len(keys) - ties
    both = np.empty(2 * ties, dtype=np.uint64)
    both[:ties] = keys[first] if repeated else keys
    for start in range(0, ties, _BLOCK):  # blocks that stay in cache
        stop = min(start + _BLOCK, ties)
        both[ties + start : ties + stop] = mirrored(both[start:stop])
    both.sort()
    row_starts = np.arange(num_users + 1, dtype=np.uint64) << OWNER_SHIFT
    offsets = np.searchsorted(both, row_starts).astype(offset_dtype(len(both)))
    strength = ~both.astype(np.uint8)
    both >>= FRIEND_SHIFT
    both &= ID_MASK
    return TieRows(offsets, both.astype(np.int32), strength, repeated)


def rows_from_pairs(
    num_rows: int, num_columns: int, row: NDArray, column: NDArray
) -> tuple[NDArray[np.integer], NDArray[np.int32]]:
    """CSR (offsets, columns) of a set of pairs; repeats are merged and every row is sorted."""
    keys = row.astype(np.uint64) * np.uint64(num_columns) + column.astype(np.uint64)
    keys.sort()
    keys = keys[first_of_run(keys)]
    owner = keys // np.uint64(max(num_columns, 1))
    keys -= owner * np.uint64(num_columns)
    offsets = np.zeros(num_rows + 1, dtype=offset_dtype(len(keys)))
    np.cumsum(np.bincount(owner.astype(np.int64), minlength=num_rows), out=offsets[1:])
    return offsets, keys.astype(np.int32)


def first_of_run(sorted_keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which keys differ from the one before."""
    first = np.ones(len(sorted_keys), dtype=bool)
    np.not_equal(sorted_keys[1:], sorted_keys[:-1], out=first[1:])
    return first


def mirrored(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The same ties seen from the other end: the two ids of each key change places."""
    turned = keys & (ID_MASK << FRIEND_SHIFT)
    turned <<= OWNER_SHIFT - FRIEND_SHIFT
    turned |= keys & np.uint64(255)
    turned |= (keys >> (OWNER_SHIFT - FRIEND_SHIFT)) & (ID_MASK << FRIEND_SHIFT)
    return turned
