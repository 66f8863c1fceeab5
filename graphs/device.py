"""The one protocol through which the engine sees a chain, and the explicit chain that answers it from memory.

The engine asks five questions of a relationship chain, each a pure function of arrays of ids that can be
traced by jax: how many ties, who is behind tie slot ``j``, how many chats, which chat is behind slot ``j``, who
sits on seat ``j`` of a chat. A chain that stores nothing and computes the answers fits the same protocol.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np

if TYPE_CHECKING:
    from graphs.social_graph import SocialGraph

__all__ = ["Chain", "ExplicitChain", "explicit_chain", "pick"]


def pick(array: jax.Array, index: jax.Array) -> jax.Array:
    """Gather ``array[index]`` where the caller has made sure that every index is in range."""
    return array.at[index].get(mode="promise_in_bounds")


class Chain(Protocol):
    """What the engine may ask. All arguments and answers are int32 arrays of one shape unless said otherwise."""

    def degree(self, user: jax.Array) -> jax.Array:
        """Number of tie slots of each user."""
        ...

    def tie(self, user: jax.Array, slot: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Friend behind a tie slot and the tie's strength (0 to 255). A slot out of range gives any friend."""
        ...

    def chat_count(self, user: jax.Array) -> jax.Array:
        """Number of group chats of each user."""
        ...

    def chat(self, user: jax.Array, slot: jax.Array) -> jax.Array:
        """Chat id behind a user's chat slot. A slot out of range gives any chat."""
        ...

    def chat_size(self, chat: jax.Array) -> jax.Array:
        """Number of seats of each chat."""
        ...

    def member(self, chat: jax.Array, seat: jax.Array) -> jax.Array:
        """User on a seat of a chat. A seat out of range gives any user."""
        ...

    def tie_at_work(self, user: jax.Array, slot: jax.Array) -> jax.Array:
        """Whether a tie slot is one of class or workplace, bool; never, where the chain does not know."""
        ...

    def chat_at_work(self, chat: jax.Array) -> jax.Array:
        """Whether a chat is one of class or workplace, bool; never, where the chain does not know."""
        ...

    def platforms(self, user: jax.Array) -> jax.Array:
        """Platforms of each user: bit 0 WeChat, bit 1 QQ."""
        ...

    def affinity(self, user: jax.Array) -> jax.Array:
        """Affinity quantile of each user, 0 to 255."""
        ...


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class ExplicitChain:
    """A stored chain: CSR ties and CSR chats, both ways. ``n`` users, ``E`` directed ties, ``M`` seats, ``G`` chats."""

    offsets: jax.Array  # int32[n + 1]
    friends: jax.Array  # int32[E]
    strength: jax.Array  # uint8[E]
    chat_offsets: jax.Array  # int32[n + 1]
    chats: jax.Array  # int32[M]
    member_offsets: jax.Array  # int32[G + 1]
    members: jax.Array  # int32[M]
    platform_bits: jax.Array  # uint8[n]
    affinity_quantile: jax.Array  # uint8[n]
    work_ties: Any = None  # bool[E]: of class or workplace; None where nobody asks, or the chain does not say
    work_chats: Any = None  # int32[2]: such chats are numbered from the first on, up to the second

    @property
    def num_users(self) -> int:
        """Users of the chain (a static number)."""
        return self.offsets.shape[0] - 1

    @property
    def num_chats(self) -> int:
        """Group chats of the chain (a static number, at least 1)."""
        return self.member_offsets.shape[0] - 1

    def degree(self, user: jax.Array) -> jax.Array:
        """See `Chain.degree`."""
        return pick(self.offsets, user + 1) - pick(self.offsets, user)

    def tie(self, user: jax.Array, slot: jax.Array) -> tuple[jax.Array, jax.Array]:
        """See `Chain.tie`."""
        at = jnp.clip(pick(self.offsets, user) + slot, 0, self.friends.shape[0] - 1)
        return pick(self.friends, at), pick(self.strength, at).astype(jnp.int32)

    def tie_at_work(self, user: jax.Array, slot: jax.Array) -> jax.Array:
        """See `Chain.tie_at_work`."""
        if self.work_ties is None:
            return jnp.zeros(slot.shape, bool)
        return pick(self.work_ties, jnp.clip(pick(self.offsets, user) + slot, 0, self.work_ties.shape[0] - 1))

    def chat_at_work(self, chat: jax.Array) -> jax.Array:
        """See `Chain.chat_at_work`."""
        if self.work_chats is None:
            return jnp.zeros(chat.shape, bool)
        return (chat >= self.work_chats[0]) & (chat < self.work_chats[1])

    def chat_count(self, user: jax.Array) -> jax.Array:
        """See `Chain.chat_count`."""
        return pick(self.chat_offsets, user + 1) - pick(self.chat_offsets, user)

    def chat(self, user: jax.Array, slot: jax.Array) -> jax.Array:
        """See `Chain.chat`."""
        at = jnp.clip(pick(self.chat_offsets, user) + slot, 0, self.chats.shape[0] - 1)
        return pick(self.chats, at)

    def chat_size(self, chat: jax.Array) -> jax.Array:
        """See `Chain.chat_size`."""
        return pick(self.member_offsets, chat + 1) - pick(self.member_offsets, chat)

    def member(self, chat: jax.Array, seat: jax.Array) -> jax.Array:
        """See `Chain.member`."""
        at = jnp.clip(pick(self.member_offsets, chat) + seat, 0, self.members.shape[0] - 1)
        return pick(self.members, at)

    def platforms(self, user: jax.Array) -> jax.Array:
        """See `Chain.platforms`."""
        return pick(self.platform_bits, user).astype(jnp.int32)

    def affinity(self, user: jax.Array) -> jax.Array:
        """See `Chain.affinity`."""
        return pick(self.affinity_quantile, user).astype(jnp.int32)


def _common_length(length: int) -> int:
    """The least length of at least ``length`` entries with five significant bits; above 128 M the length itself."""
    step = 1 << max(max(length, 1).bit_length() - 5, 0)
    return length if length > 1 << 27 else max(1, -(-length // step) * step)


def explicit_chain(graph: SocialGraph, *, work: bool = False) -> ExplicitChain:
    """Put a `SocialGraph` on the default device; with ``work`` also which ties and chats are of class or workplace.

    Tables of ties and chats get unused entries at their end: at least one, so that a gather from them is always in
    range, and up to a length that other chains of about this size have too, so that what was compiled for one serves
    them all. A table for which that would cost more memory than a compilation is worth keeps its own length.
    """

    def filled(array: Any, dtype: Any, last: int = 0) -> jax.Array:
        array = np.asarray(array, dtype=dtype)
        spare = _common_length(len(array)) - len(array)
        return jnp.asarray(np.pad(array, (0, spare), constant_values=last) if spare else array)

    member_offsets = graph.member_offsets if graph.num_chats else np.zeros(2, np.int32)
    return ExplicitChain(
        offsets=jnp.asarray(graph.offsets, dtype=jnp.int32),
        friends=filled(graph.friends, jnp.int32),
        strength=filled(graph.strength, jnp.uint8),
        chat_offsets=jnp.asarray(graph.chat_offsets, dtype=jnp.int32),
        chats=filled(graph.chats, jnp.int32),
        member_offsets=filled(member_offsets, jnp.int32, int(member_offsets[-1])),
        members=filled(graph.members, jnp.int32),
        platform_bits=jnp.asarray(graph.attributes.platforms, dtype=jnp.uint8),
        affinity_quantile=jnp.asarray(graph.attributes.affinity, dtype=jnp.uint8),
        **(_work(graph, filled) if work else {}),
    )


def _work(graph: SocialGraph, filled: Callable[[Any, Any], jax.Array]) -> dict[str, jax.Array]:
    """The fields of `ExplicitChain` that say what is of class or workplace."""
    from graphs.work import ties_at_work

    return {
        "work_ties": filled(ties_at_work(graph), jnp.bool_),
        "work_chats": jnp.asarray(graph.work_chats, dtype=jnp.int32),
    }
