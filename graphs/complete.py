"""The complete graph as a chain that stores no tie: everybody knows everybody, each friend computed from the slot."""

from __future__ import annotations

from dataclasses import dataclass, field

import jax
import jax.numpy as jnp

__all__ = ["CompleteChain"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class CompleteChain:
    """All ``num_users (num_users - 1)`` directed ties of equal strength, no chats, all on WeChat; see `Chain`."""

    num_users: int = field(metadata={"static": True})
    num_chats: int = field(default=1, metadata={"static": True})

    def degree(self, user: jax.Array) -> jax.Array:
        """See `Chain.degree`."""
        return jnp.full_like(user, self.num_users - 1)

    def tie(self, user: jax.Array, slot: jax.Array) -> tuple[jax.Array, jax.Array]:
        """See `Chain.tie`: slots in order of id, oneself left out."""
        slot = jnp.clip(slot, 0, self.num_users - 2)
        return slot + (slot >= user).astype(jnp.int32), jnp.full_like(slot, 128)

    def tie_at_work(self, user: jax.Array, slot: jax.Array) -> jax.Array:
        """See `Chain.tie_at_work`: nobody says where they met."""
        del user
        return jnp.zeros(slot.shape, bool)

    def chat_at_work(self, chat: jax.Array) -> jax.Array:
        """See `Chain.chat_at_work`."""
        return jnp.zeros(chat.shape, bool)

    def chat_count(self, user: jax.Array) -> jax.Array:
        """See `Chain.chat_count`."""
        return jnp.zeros_like(user)

    def chat(self, user: jax.Array, slot: jax.Array) -> jax.Array:
        """See `Chain.chat`."""
        del slot
        return jnp.zeros_like(user)

    def chat_size(self, chat: jax.Array) -> jax.Array:
        """See `Chain.chat_size`."""
        return jnp.zeros_like(chat)

    def member(self, chat: jax.Array, seat: jax.Array) -> jax.Array:
        """See `Chain.member`."""
        del seat
        return jnp.zeros_like(chat)

    def platforms(self, user: jax.Array) -> jax.Array:
        """See `Chain.platforms`."""
        return jnp.ones_like(user)

    def affinity(self, user: jax.Array) -> jax.Array:
        """See `Chain.affinity`."""
        return jnp.full_like(user, 128)
