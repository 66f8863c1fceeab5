"""Strangers, farmed accounts and risk control: requests for money by nobody of the society.

A **farmed account** is an extra id of an operator, outside the population: a number of its own, no tie, no state. Each
takes part on every day of the campaign, at a second of its own, as up to three requests: for its draws, for the slots
of packets that the operator opens with its own accounts, and, on a day on which it is presented as somebody new whom
another account has invited, for both sides of an invitation. A **stranger** lies outside the chain too and sees an
openly posted packet (a passphrase in a list, a bargain hunters' group): one contact more of that packet, that takes a
slot while there is one and money in the pool.

Both are rows in the lists of the round beside those of people, and so compete for the same slots and pools in the
order of the same keys. **Risk control** refuses some of them before they ask, and takes back later what others got; it
refuses the rewards of some honest people too. Without the part `Part.ABUSE` nothing of this is traced.

In the list of claims a stranger has the id of the sharer and, where a contact has the strength of a tie, -1 less its
number among the packet's strangers; a farmed account has the first id of its lane and, where a claim has its packet,
-2 less its own number. Both are marked as engaged, so that nobody is activated by them.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from graphs.device import pick
from growth.behaviour import Person
from growth.campaign import Schedule
from growth.flows import CAUSES, RECIPIENTS
from growth.share import Packet
from growth.state import ENGAGED, NEVER, Part, Sizes
from growth.streams import Stream, below, threefry2x32, words

__all__ = [
    "FARMED",
    "POSTED",
    "RISK",
    "RUSH",
    "STRANGER",
    "Outsiders",
    "found",
    "found_later",
    "outsiders",
    "packet_words",
    "refused_rewards",
    "resold",
    "sees_money",
]

STRANGER, FARMED = RECIPIENTS.index("stranger"), RECIPIENTS.index("farmed")
POSTED, RUSH, RISK = 3, 4, 5
"""What a word of a packet's own key is for, beside those of `growth.share`: whether it is posted openly; a stranger's
delay and tie-break; what risk control knows of a stranger."""


class Outsiders(NamedTuple):
    """Which rows of the claims list are of nobody in the society."""

    stranger: jax.Array  # bool
    farmed: jax.Array  # bool
    number: jax.Array  # int32: of the stranger with its packet, of the account with its lane

    @property
    def any(self) -> jax.Array:
        """Of either."""
        return self.stranger | self.farmed


def outsiders(rows: jax.Array, sizes: Sizes) -> Outsiders:
    """Strangers and farmed accounts among ``rows`` of the claims list (or of the pending); nobody without the part."""
    packet, mark = rows[:, 2], rows[:, 4]
    if not sizes.has(Part.ABUSE):
        nobody = jnp.zeros(packet.shape, bool)
        return Outsiders(nobody, nobody, jnp.zeros_like(packet))
    stranger, farmed = (packet >= 0) & (mark < 0), packet < -1
    return Outsiders(stranger, farmed, jnp.where(farmed, -2 - packet, jnp.where(stranger, -1 - mark, 0)))


def refused_rewards(keys, p: Schedule, sizes: Sizes, who: Person) -> jax.Array:
    """Honest people whom risk control takes for others, for good: bool. More of them contain fewer."""
    if not sizes.has(Part.ABUSE):
        return jnp.zeros(who.ids.shape, bool)
    word, _ = words(keys, who.lane, Stream.RISK, who.user, jnp.zeros_like(who.user))
    return below(word, pick(p.false_positive, who.lane))


def sees_money(
    rows: jax.Array, takes: jax.Array, status: jax.Array, money: jax.Array, sizes: Sizes
) -> tuple[jax.Array, jax.Array]:
    """Of contacts whose turn it is: who takes the packet and the status each has, strangers put right: they come for
    ``money`` (bool of each row: the packet pool is open), and nobody is activated by them."""
    stranger = outsiders(rows, sizes).stranger
    return jnp.where(stranger, money, takes), jnp.where(stranger, jnp.uint8(ENGAGED), status)


def resold(keys, p: Schedule, sizes: Sizes, rows: jax.Array, who: Person) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Of people who come by themselves and are new: who is sold to the campaign as invited by an operator, whether risk
    control knows, and whether it finds out later."""
    if not sizes.has(Part.ABUSE):
        nobody = jnp.zeros(who.ids.shape, bool)
        return nobody, nobody, nobody
    alone = (rows[:, 2] == -1) & (rows[:, 4] == CAUSES.index("organic")) & (rows[:, 5] == NEVER)
    sold, known = words(keys, who.lane, Stream.RESALE, who.user, jnp.zeros_like(who.user))
    later, _ = words(keys, who.lane, Stream.RESALE, who.user, jnp.ones_like(who.user))
    sells = alone & below(sold, pick(p.resold, who.lane))
    return sells, below(known, pick(p.detection, who.lane)), below(later, pick(p.claw_back, who.lane))


def found(keys, p: Schedule, lane: jax.Array, number: jax.Array) -> jax.Array:
    """Which farmed accounts are found later: what they took is taken back."""
    _, word = words(keys, lane, Stream.FARM, number, jnp.zeros_like(lane))
    return below(word, pick(p.claw_back, lane))


def found_later(keys, p: Schedule, sizes: Sizes, it: Outsiders, lane: jax.Array, packet: Packet) -> jax.Array:
    """Of outsiders who were paid: from whom it is taken back. ``packet`` of each row."""
    if not sizes.has(Part.ABUSE):
        return it.any
    _, word = packet_words(packet, it.number, RISK)
    return jnp.where(it.farmed, found(keys, p, lane, it.number), it.stranger & below(word, pick(p.claw_back, lane)))


def packet_words(packet: Packet, number: jax.Array, purpose: int) -> tuple[jax.Array, jax.Array]:
    """Two words of a packet's own key, for somebody's ``number`` and a purpose."""
    k0, k1 = (lax.bitcast_convert_type(word, jnp.uint32) for word in (packet.k0, packet.k1))
    return threefry2x32(k0, k1, number.astype(jnp.uint32), jnp.full_like(k0, purpose))
