"""Tie slots of an implicit chain looked at in bulk: friend lists, live slots; in pieces that stay in the cache."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from graphs.implicit import ImplicitChain

__all__ = ["BATCH", "FriendLists", "each_slot", "friend_lists", "live_slots", "ties_behind"]

BATCH = 1 << 16
"""Slots looked at together: the words of a look-up stay in the cache, and a call costs little beside its work."""
_TOGETHER = 1 << 22  # slots whose friends are sorted together
_STRONGEST = np.uint64(255)


@dataclass(frozen=True)
class FriendLists:
    """Friends of some users: ``friends[offsets[i]:offsets[i + 1]]`` of the i-th, by id, none twice, with the
    strength of the strongest tie; ``slots``: tie slots looked at, ``doubled``: live ones that repeat a friend."""

    offsets: NDArray[np.int64]
    friends: NDArray[np.int32]
    strength: NDArray[np.uint8]
    slots: int
    doubled: int

    @property
    def degree(self) -> NDArray[np.int64]:
        """Friends of each user."""
        return np.diff(self.offsets)

    @property
    def owner(self) -> NDArray[np.int64]:
        """Place in the users asked for, per friend."""
        return np.repeat(np.arange(len(self.offsets) - 1), self.degree)


def each_slot(count: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Place of the owner, and number from 0, of every slot of owners with so many."""
    owner = np.repeat(np.arange(len(count)), count)
    return owner, (np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)).astype(np.int32)


_on_device = jax.jit(lambda chain, user, slot: chain.tie(user, slot))


def ties_behind(
    chain: ImplicitChain, users: NDArray[np.int32], slots: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """`ImplicitChain.tie` for long arrays, piece by piece: compiled for a chain on a device, NumPy on the host."""
    friends, strengths = np.empty(len(users), np.int32), np.empty(len(users), np.int32)
    held = isinstance(chain.rows, np.ndarray)
    for start in range(0, len(users), BATCH):
        here = slice(start, min(start + BATCH, len(users)))
        user, slot = users[here], slots[here]
        if held:
            friends[here], strengths[here] = chain.tie(user, slot)
            continue
        filled = BATCH - len(user)  # one shape, compiled once
        padded: list[Any] = [jnp.asarray(np.pad(part, (0, filled))) for part in (user, slot)]
        friend, strength = _on_device(chain, *padded)
        friends[here], strengths[here] = (np.asarray(part)[: len(user)] for part in (friend, strength))
    return friends, strengths


def friend_lists(chain: ImplicitChain, users: NDArray[np.int32]) -> FriendLists:
    """Friends of the given users, from every one of their tie slots."""
    counts, parts = np.zeros(len(users), np.int64), []
    slots = doubled = 0
    for here, user, slot in _pieces(chain, users):
        friend, strength = ties_behind(chain, users[user], slot)
        live = friend != users[user]
        # One sort: owner, friend, then the strongest tie first. Owners are few enough for 25 bits.
        key = (user[live] - here.start).astype(np.uint64) << np.uint64(31)
        key = (key | friend[live].astype(np.uint64)) << np.uint64(8)
        key |= _STRONGEST - strength[live].astype(np.uint64)
        key.sort()
        first = np.ones(len(key), dtype=bool)
        np.not_equal(key[1:] >> np.uint64(8), key[:-1] >> np.uint64(8), out=first[1:])
        slots, doubled = slots + len(slot), doubled + len(key) - int(first.sum())
        key = key[first]
        counts[here] = np.bincount((key >> np.uint64(39)).astype(np.int64), minlength=here.stop - here.start)
        parts.append(key)
    keys = np.concatenate(parts) if parts else np.zeros(0, np.uint64)
    friends = ((keys >> np.uint64(8)) & np.uint64(0x7FFFFFFF)).astype(np.int32)
    strengths = (_STRONGEST - (keys & _STRONGEST)).astype(np.uint8)
    return FriendLists(np.concatenate([[0], np.cumsum(counts)]), friends, strengths, slots, doubled)


def live_slots(chain: ImplicitChain, users: NDArray[np.int32]) -> NDArray[np.int64]:
    """Tie slots of each user behind which somebody stands."""
    out = np.zeros(len(users), np.int64)
    for here, user, slot in _pieces(chain, users):
        live = ties_behind(chain, users[user], slot)[0] != users[user]
        out[here] = np.bincount(user[live] - here.start, minlength=here.stop - here.start)
    return out


def _pieces(
    chain: ImplicitChain, users: NDArray[np.int32]
) -> Iterator[tuple[slice, NDArray[np.int64], NDArray[np.int32]]]:
    """Runs of users with some million slots: which run, and place of the user and number of every slot."""
    host = chain.host()
    for first in range(0, len(users), _TOGETHER):
        group = users[first : first + _TOGETHER]
        count = host.degree(group)
        ends = np.cumsum(count.astype(np.int64))
        start = 0
        while start < len(group):
            stop = int(np.searchsorted(ends, (ends[start - 1] if start else 0) + _TOGETHER, side="right"))
            stop = max(stop, start + 1)
            owner, slot = each_slot(count[start:stop])
            yield slice(first + start, first + stop), owner + first + start, slot
            start = stop
