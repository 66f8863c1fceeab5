"""SocialGraph: users, their ties with strengths, their group chats and attributes, in compressed rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graphs.attributes import UserAttributes, default_attributes
from graphs.ties import TieRows, offset_dtype, pack_ties, rows_from_keys, rows_from_pairs

__all__ = ["CHAT_CAP", "FRIEND_CAP", "SocialGraph", "UserAttributes"]

FRIEND_CAP = 5_000  # friends of one user, WeChat's limit (grade S2)
CHAT_CAP = 500  # members of one group chat, WeChat's limit
AVERAGE_STRENGTH = 128  # of a tie about which nothing is known


@dataclass(frozen=True, eq=False)
class SocialGraph:
    """A relationship chain held explicitly. Every user has a row, friends or not.

    Shapes: E directed slots (two per tie), M memberships, G group chats.
    offsets int32[num_users + 1] (int64 from 2^31 slots on); friends int32[E], each row sorted by id;
    strength uint8[E], the same in both directions; chat_offsets int32[num_users + 1] and chats int32[M]
    (user -> chat ids, sorted); member_offsets int32[G + 1] and members int32[M] (chat -> user ids, sorted);
    labels: the users' own ids, in order, when read from a file; notes: what was mended on the way; work_chats: from
    which id and before which one chats are circles of class or workplace, none where nobody says so.
    """

    num_users: int
    offsets: NDArray[np.integer]
    friends: NDArray[np.int32]
    strength: NDArray[np.uint8]
    chat_offsets: NDArray[np.integer]
    chats: NDArray[np.int32]
    member_offsets: NDArray[np.integer]
    members: NDArray[np.int32]
    attributes: UserAttributes
    labels: list | None = None
    name: str = "chain"
    notes: tuple[str, ...] = field(default=())
    work_chats: tuple[int, int] = (0, 0)

    @property
    def num_ties(self) -> int:
        """Undirected ties."""
        return len(self.friends) // 2

    @property
    def num_chats(self) -> int:
        return len(self.member_offsets) - 1

    @property
    def mean_degree(self) -> float:
        """Friends per user, isolated users included."""
        return len(self.friends) / self.num_users if self.num_users else 0.0

    def degree(self) -> NDArray[np.integer]:
        """Friends of each user, [num_users]."""
        return np.diff(self.offsets)

    def chats_per_user(self) -> NDArray[np.integer]:
        """Group chats of each user, [num_users]."""
        return np.diff(self.chat_offsets)

    def chat_sizes(self) -> NDArray[np.integer]:
        """Members of each group chat, [num_chats]."""
        return np.diff(self.member_offsets)

    def friends_of(self, user: int) -> NDArray[np.int32]:
        """Friend ids of one user, sorted (a view)."""
        return self.friends[self.offsets[user] : self.offsets[user + 1]]

    @classmethod
    def from_edges(
        cls,
        num_users: int,
        u: ArrayLike,
        v: ArrayLike,
        *,
        strength: ArrayLike | None = None,
        chats: Sequence[ArrayLike] | tuple[NDArray, NDArray] | None = None,
        attributes: UserAttributes | None = None,
        labels: list | None = None,
        seed: int = 0,
        name: str = "chain",
        notes: Sequence[str] = (),
    ) -> SocialGraph:
        """Undirected chain from pairs of ids in 0..num_users - 1.

        ``strength``: 0..255 per pair (128 when absent); of a repeated pair, in either direction, the
        strongest stays. Self ties and repeats are dropped and counted in ``notes``. ``chats``: a list of
        member arrays, or the pair of int arrays (chat id, user id). ``seed`` keys only default attributes.
        Raises ValueError for ids out of range or lengths that differ.
        """
        first, second = _ids(u, num_users, "u"), _ids(v, num_users, "v")
        if len(first) != len(second):
            raise ValueError(f"u has {len(first)} ids and v has {len(second)}")
        weight = _strengths(AVERAGE_STRENGTH if strength is None else strength, len(first))
        keys = pack_ties(num_users, first, second, weight)
        keep = first != second
        loops = len(keys) - int(np.count_nonzero(keep))
        if loops:
            keys = keys[keep]
        return cls.from_keys(
            num_users, keys, chats=chats, attributes=attributes, labels=labels, seed=seed, name=name,
            notes=(*notes, *([f"self ties dropped: {loops}"] if loops else [])),
        )  # fmt: skip

    @classmethod
    def from_keys(
        cls,
        num_users: int,
        keys: NDArray[np.uint64],
        *,
        chats: Sequence[ArrayLike] | tuple[NDArray, NDArray] | None = None,
        attributes: UserAttributes | None = None,
        labels: list | None = None,
        seed: int = 0,
        name: str = "chain",
        notes: Sequence[str] = (),
    ) -> SocialGraph:
        """The same from packed ties (``graphs.ties.pack_ties``, no self tie)."""
        return cls.from_rows(
            num_users, rows_from_keys(num_users, keys), chats=chats, attributes=attributes, labels=labels, seed=seed,
            name=name, notes=notes,
        )  # fmt: skip

    @classmethod
    def from_rows(
        cls,
        num_users: int,
        rows: TieRows,
        *,
        chats: Sequence[ArrayLike] | tuple[NDArray, NDArray] | None = None,
        attributes: UserAttributes | None = None,
        labels: list | None = None,
        seed: int = 0,
        name: str = "chain",
        notes: Sequence[str] = (),
    ) -> SocialGraph:
        """The same from finished rows of ties: the road for large chains (`graphs.tie_store`)."""
        if rows.repeated:
            notes = (*notes, f"repeated ties merged: {rows.repeated}")
        chat, member = _memberships(chats, num_users)
        num_chats = int(chat.max()) + 1 if len(chat) else 0
        chat_offsets, chats_of = rows_from_pairs(num_users, max(num_chats, 1), member, chat)
        member_offsets, members = rows_from_pairs(num_chats, max(num_users, 1), chat, member)
        if attributes is None:
            attributes = default_attributes(rows.offsets, rows.friends, seed)
        return cls(
            num_users, rows.offsets, rows.friends, rows.strength,
            chat_offsets, chats_of, member_offsets, members, attributes, labels, name, tuple(notes),
        )  # fmt: skip

    def validate(self) -> None:
        """Raise ValueError unless the promises of the class hold; O(E log E)."""
        _check_rows("offsets", self.offsets, self.friends, self.num_users, self.num_users)
        _check_rows("chat_offsets", self.chat_offsets, self.chats, self.num_users, self.num_chats)
        _check_rows("member_offsets", self.member_offsets, self.members, self.num_chats, self.num_users)
        if self.strength.shape != self.friends.shape or self.strength.dtype != np.uint8:
            raise ValueError("strength must be uint8 with one entry per friend slot")
        owner = np.repeat(np.arange(self.num_users, dtype=np.int64), self.degree())
        if np.any(owner == self.friends):
            raise ValueError(f"user {owner[owner == self.friends][0]} is a friend of itself")
        mirror = np.lexsort((owner, self.friends))
        if np.any(self.friends[mirror] != owner) or np.any(owner[mirror] != self.friends):
            raise ValueError("a tie stands in one direction only")
        if np.any(self.strength[mirror] != self.strength):
            raise ValueError("a tie has two strengths")
        if len(self.members) != len(self.chats):
            raise ValueError("chats and members list different memberships")
        in_chat = np.repeat(np.arange(self.num_chats, dtype=np.int64), self.chat_sizes())
        by_user = np.lexsort((in_chat, self.members))
        if np.any(in_chat[by_user] != self.chats):
            raise ValueError("chats and members list different memberships")
        if self.num_chats and self.chat_sizes().max() > CHAT_CAP:
            raise ValueError(f"a group chat has {self.chat_sizes().max()} members, allowed {CHAT_CAP}")
        if not 0 <= self.work_chats[0] <= self.work_chats[1] <= self.num_chats:
            raise ValueError(f"chats of work {self.work_chats}, allowed within 0 and {self.num_chats}")
        if self.labels is not None and len(self.labels) != self.num_users:
            raise ValueError(f"{len(self.labels)} labels for {self.num_users} users")
        self.attributes.validate(self.num_users)


def _ids(ids: ArrayLike, num_users: int, name: str) -> NDArray[np.integer]:
    array = np.asarray(ids)
    if array.size == 0:
        return np.zeros(0, dtype=np.int32)
    if array.ndim != 1 or not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name} must be a one-dimensional integer array, got {array.dtype}{array.shape}")
    if array.min() < 0 or array.max() >= num_users:
        raise ValueError(f"{name} holds ids {array.min()}..{array.max()}, allowed 0..{num_users - 1}")
    return array


def _strengths(strength: ArrayLike, ties: int) -> NDArray[np.uint8]:
    given = np.asarray(strength)
    if given.ndim and len(given) != ties:
        raise ValueError(f"{len(given)} strengths for {ties} ties")
    if given.size and not (given.min() >= 0 and given.max() <= 255):
        raise ValueError(f"strength holds {given.min()}..{given.max()}, allowed 0..255")
    return given.astype(np.uint8)


def _memberships(
    chats: Sequence[ArrayLike] | tuple[NDArray, NDArray] | None, num_users: int
) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Chat id and user id of every membership, from a tuple of two arrays or a list of member arrays."""
    if chats is None or len(chats) == 0:
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32)
    if isinstance(chats, tuple):
        chat, member = np.asarray(chats[0]), _ids(chats[1], num_users, "chats")
        if len(chat) != len(member):
            raise ValueError(f"{len(chat)} chat ids for {len(member)} members")
        if len(chat) and chat.min() < 0:
            raise ValueError(f"chat id {chat.min()}, allowed 0 or more")
        return chat, member
    arrays = [np.asarray(members, dtype=np.int64) for members in chats]
    chat = np.repeat(np.arange(len(arrays), dtype=np.int64), [len(members) for members in arrays])
    return chat, _ids(np.concatenate(arrays), num_users, "chats")


def _check_rows(name: str, offsets: NDArray, columns: NDArray, num_rows: int, num_columns: int) -> None:
    if offsets.shape != (num_rows + 1,) or offsets.dtype != offset_dtype(len(columns)):
        raise ValueError(f"{name} is {offsets.dtype}{offsets.shape}, want {num_rows + 1} offsets")
    if offsets[0] != 0 or offsets[-1] != len(columns) or np.any(np.diff(offsets) < 0):
        raise ValueError(f"{name} must rise from 0 to {len(columns)}")
    if len(columns) and (columns.min() < 0 or columns.max() >= num_columns):
        raise ValueError(f"{name}: ids {columns.min()}..{columns.max()}, allowed 0..{num_columns - 1}")
    row = np.repeat(np.arange(num_rows), np.diff(offsets))
    if np.any((np.diff(columns) <= 0) & (row[1:] == row[:-1])):
        raise ValueError(f"{name}: a row is not sorted or holds an id twice")
