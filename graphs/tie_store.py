"""TieStore: ties given piece by piece become compressed rows in little more memory than both directions need."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from graphs.ties import FRIEND_SHIFT, ID_MASK, OWNER_SHIFT, TieRows, first_of_run, mirrored, offset_dtype, pack_ties

__all__ = ["TieStore"]

_SLOTS = 1 << 21  # of a bucket, about: 16 MB, sorted near the cache
_PENDING = 1 << 18  # ties handed to the buckets together
_GROWTH = 1.25

Keys = NDArray[np.uint64]


class TieStore:
    """Collects ties (``add``), then gives their rows once (``rows``): repeats merged, the strongest copy kept.

    Both directions of a tie lie in buckets by the id of the owner; a bucket is sorted, merged and freed before the
    next one. Peak: 16 bytes a tie and what one bucket takes; the rows (10 bytes a tie) grow as the buckets go.
    """

    def __init__(self, num_users: int, expected_ties: int) -> None:
        """``expected_ties``: about how many will be given; more are taken too."""
        self._num_users = num_users
        wanted = max(1, round(2 * expected_ties / _SLOTS))
        self._users = max(1, -(-num_users // wanted))  # of a bucket
        count = -(-num_users // self._users)
        firsts = np.arange(count, dtype=np.uint64) * np.uint64(self._users)
        self._edges = np.append(firsts, np.uint64(num_users)) << OWNER_SHIFT
        room = int(2.1 * expected_ties / count) + 1_024
        self._buckets = [np.empty(room, dtype=np.uint64) for _ in range(count)]
        self._filled = [0] * count
        self._pending: list[Keys] = []
        self._waiting = 0

    def add(self, u: NDArray[np.int32], v: NDArray[np.int32], strength: NDArray[np.uint8]) -> None:
        """Ties between users u [k] and v [k], none to itself."""
        self._pending.append(pack_ties(self._num_users, u, v, strength))
        self._waiting += len(u)
        if self._waiting >= _PENDING:
            self._hand_out()

    def rows(self) -> TieRows:
        """Rows of all ties given so far; the store is empty afterwards."""
        self._hand_out()
        given = sum(self._filled)
        friends, strength = np.empty(given, dtype=np.int32), np.empty(given, dtype=np.uint8)
        degree = np.zeros(self._num_users, dtype=np.int64)
        kept = 0
        for number, filled in enumerate(self._filled):
            keys = self._buckets[number][:filled]
            self._buckets[number] = np.empty(0, dtype=np.uint64)
            keys.sort()
            keys = keys[first_of_run(keys >> FRIEND_SHIFT)]
            end = kept + len(keys)
            strength[kept:end] = ~keys.astype(np.uint8)
            friends[kept:end] = (keys >> FRIEND_SHIFT) & ID_MASK
            first = number * self._users
            owner = (keys >> OWNER_SHIFT).astype(np.int64) - first
            count = np.bincount(owner)
            degree[first : first + len(count)] = count
            kept = end
        friends.resize(kept, refcheck=False)
        strength.resize(kept, refcheck=False)
        self._filled = [0] * len(self._filled)
        offsets = np.zeros(self._num_users + 1, dtype=offset_dtype(kept))
        np.cumsum(degree, out=offsets[1:])
        return TieRows(offsets, friends, strength, (given - kept) // 2)

    def _hand_out(self) -> None:
        """Both directions of the ties that wait, to the buckets of their owners."""
        if not self._pending:
            return
        once = np.concatenate(self._pending)
        self._pending, self._waiting = [], 0
        both = np.concatenate([once, mirrored(once)])
        both.sort()
        ends = np.searchsorted(both, self._edges).tolist()
        for number, (low, high) in enumerate(pairwise(ends)):
            filled = self._filled[number]
            wanted = filled + high - low
            bucket = self._buckets[number]
            if wanted > len(bucket):
                grown = np.empty(int(_GROWTH * wanted), dtype=np.uint64)
                grown[:filled] = bucket[:filled]
                self._buckets[number] = bucket = grown
            bucket[filled:wanted] = both[low:high]
            self._filled[number] = wanted
