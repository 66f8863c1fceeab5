"""What each slot of a lucky packet pays, by the double-average rule that WeChat published.

A packet holds a sum in whole cents and a number of slots. Whoever takes the next slot gets an even amount between one
cent and twice the mean of what is left, and the last gets the rest: so all slots together pay the sum, each has the
same mean, and the later ones differ more. Amounts are words of the packet by the number of the slot: whoever comes
third to a packet gets the same.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from graphs.device import pick
from growth.outsiders import packet_words
from growth.share import Packet

__all__ = ["PARTS", "SLOT", "slot_cents"]

SLOT = 3
"""Purpose of a packet's words, beside `growth.share.ANSWER`, `SEE` and `AMOUNT`."""
PARTS = 1024
"""Parts of a cent in which the mean of a slot is told."""


def slot_cents(means: jax.Array, lane: jax.Array, packet: Packet, number: jax.Array, asked: jax.Array) -> jax.Array:
    """Cents of slot ``number`` (from 0) of each packet, int32; 0 where it is not ``asked`` for or the packet has no
    such slot. ``means`` int32[L, 2]: whole cents and `PARTS` of one that a slot pays in the mean."""
    slots, asked = packet.slots, asked & (number < packet.slots)
    whole, parts = (pick(means.reshape(-1), 2 * lane + half) for half in (0, 1))
    rounding, _ = packet_words(packet, jnp.full_like(number, -1), SLOT)
    odd = slots * parts + (rounding >> jnp.uint32(22)).astype(jnp.int32)
    total = jnp.maximum(slots * whole + odd // PARTS, 0)

    def take(slot, carry):
        left, cents = carry
        word, _ = packet_words(packet, jnp.full_like(number, slot), SLOT)
        amount = jnp.minimum(_amount(word, left, jnp.maximum(slots - slot, 1)), left)
        return left - amount, jnp.where(slot == number, amount, cents)

    most = jnp.max(jnp.where(asked, number, -1))
    _, cents = lax.fori_loop(0, most + 1, take, (total, jnp.zeros_like(total)))
    return jnp.where(asked, cents, 0)


def _amount(word: jax.Array, left: jax.Array, slots: jax.Array) -> jax.Array:
    """The next amount of packets with so many cents ``left`` for so many ``slots``. Where there is less than a cent
    for each, some get one and others none."""
    rest, share = left.astype(jnp.uint32), slots.astype(jnp.uint32)
    room = 2 * rest - jnp.minimum(share, 2 * rest)
    even = 1 + _upper(word, room) // share
    poor = (_upper(word, share) < rest).astype(jnp.uint32)
    amount = jnp.where(share == 1, rest, jnp.where(rest < share, poor, even))
    return amount.astype(jnp.int32)


def _upper(one: jax.Array, other: jax.Array) -> jax.Array:
    """Upper word of the product of two words, uint32."""
    low, half = jnp.uint32(0xFFFF), jnp.uint32(16)
    first = (one & low) * (other & low)
    second = (one >> half) * (other & low) + (first >> half)
    third = (one & low) * (other >> half) + (second & low)
    return (one >> half) * (other >> half) + (second >> half) + (third >> half)
