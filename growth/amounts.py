"""What is won: the sum of as many amounts as somebody may draw, each by a word of its own."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from graphs.device import pick
from growth.behaviour import Person
from growth.campaign import QUANTILES, Campaign
from growth.streams import Stream, words

__all__ = ["PACKET_SLOT", "PLAY_DRAWS", "won"]

PLAY_DRAWS, PACKET_SLOT = 0, 1
"""Rows of `Tables.amount`: a lottery draw, one slot of a packet."""


def won(
    keys, campaign: Campaign, who: Person, stream: Stream, row: int, first: jax.Array, number: jax.Array
) -> jax.Array:
    """Cents of ``number`` [int32] amounts of a row of `Tables.amount`, two of them to each counter from ``first`` on
    of a stream that ``who`` owns; int32."""
    table = campaign.tables.amount.reshape(-1)
    base = (who.lane * 2 + row) * QUANTILES

    def add(pair, total):
        x0, x1 = words(keys, who.lane, stream, who.user, first + pair)
        for odd, word in enumerate((x0, x1)):
            amount = pick(table, base + (word >> jnp.uint32(22)).astype(jnp.int32))
            total = total + jnp.where(2 * pair + odd < number, amount, 0)
        return total

    return lax.fori_loop(0, (jnp.max(number) + 1) // 2, add, jnp.zeros_like(number))
