"""What is won: the sum of as many amounts as somebody may draw, each by a word of its own.

A reward that changes by date is a factor on the amounts of the file (`Schedule.reward_times`): an amount that is no
whole number of cents is rounded up with the chance of its fraction, by bits of the same word that chose it, so that the
mean is the asked one. A factor of one changes nothing."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from graphs.device import pick
from growth.behaviour import Person
from growth.campaign import AMOUNT_UNIT, QUANTILES, Campaign, Schedule
from growth.streams import Stream, words

__all__ = ["PACKET_SLOT", "PLAY_DRAWS", "scaled_cents", "won"]

PLAY_DRAWS, PACKET_SLOT = 0, 1
"""Rows of `Tables.amount`: a lottery draw, one slot of a packet."""
_BITS = AMOUNT_UNIT.bit_length() - 1


def scaled_cents(cents: jax.Array, times: jax.Array, word: jax.Array) -> jax.Array:
    """``cents`` [int32, 0 or more] times ``times`` / AMOUNT_UNIT, int32: rounded up where the fraction of a cent is
    above the low 16 bits of ``word`` [uint32], which the quantile of an amount does not look at. In halves, so that no
    product leaves 32 bits where the result does not."""
    low = jnp.uint32(AMOUNT_UNIT - 1)
    part = times.astype(jnp.uint32) & low
    fraction = (cents.astype(jnp.uint32) & low) * part + (word & low)
    whole = cents * (times >> _BITS) + (cents >> _BITS) * part.astype(jnp.int32)
    return whole + (fraction >> jnp.uint32(_BITS)).astype(jnp.int32)


def won(
    keys, campaign: Campaign, p: Schedule, who: Person, stream: Stream, row: int, first: jax.Array, number: jax.Array
) -> jax.Array:
    """Cents of ``number`` [int32] amounts of a row of `Tables.amount` as they are paid now, two of them to each counter
    from ``first`` on of a stream that ``who`` owns; int32."""
    table = campaign.tables.amount.reshape(-1)
    base = (who.lane * 2 + row) * QUANTILES
    times = pick(p.reward_times.reshape(-1), who.lane * 2 + row)

    def add(pair, total):
        x0, x1 = words(keys, who.lane, stream, who.user, first + pair)
        for odd, word in enumerate((x0, x1)):
            amount = pick(table, base + (word >> jnp.uint32(22)).astype(jnp.int32))
            paid = scaled_cents(amount, times, word)
            total = total + jnp.where(2 * pair + odd < number, paid, 0)
        return total

    return lax.fori_loop(0, (jnp.max(number) + 1) // 2, add, jnp.zeros_like(number))
