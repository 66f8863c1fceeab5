"""Who tries whom: the ties of those who act, in blocks, and the contacts that come of a block.

A block of at most 32 ties owns a key. For probabilities up to 1/2 its successes are the points of a Poisson process
on ties x time: their number N in the time -ln(1 - p) is the inverse of one cumulative law at the key's own uniform,
and the k-th falls on a tie drawn by the k-th word. A tie with at least one point is live: independently, with chance
1 - exp(ln(1 - p)) = p. N grows with p and the first N points stay what they are, so live sets are nested in p, and
the work is the number of successes (Lewis and Shedler 1979, doi 10.1002/nav.3800260304, thinning included: a tie
less likely than the likeliest keeps a point with the ratio of the two times). Above 1/2 every tie has in addition a
coin of 2 p - 1 of its own; the union has chance p again, and is nested again.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from graphs.device import Chain, pick
from growth.cascade_state import BLOCK, COUNT_STEPS, CascadeCampaign, CascadeSizes, CascadeState, Structure
from growth.cascade_unroll import Ragged, ragged, unroll
from growth.state import locate
from growth.streams import Stream, below, threefry2x32, words

__all__ = ["Blocks", "Contacts", "blocks_of", "contacts_of", "scaled"]

_COINS, _STAYS = COUNT_STEPS, COUNT_STEPS + BLOCK
"""A block's words: points from 0, coins of the ties from 64, and whether its user goes on."""


class Blocks(NamedTuple):
    """A chunk of blocks of ties, [C], and the contacts to unroll from them."""

    id: jax.Array
    lane: jax.Array
    user: jax.Array
    first: jax.Array  # tie slot the block begins with
    ties: jax.Array  # ties in it
    points: jax.Array  # successes among them, repeats included
    age: jax.Array  # rounds since the user joined
    place: jax.Array  # of the user in the queue
    k0: jax.Array
    k1: jax.Array
    new: jax.Array  # bool: the first block of somebody in the round after he joined
    contacts: Ragged


class Contacts(NamedTuple):
    """A chunk of contacts, [C]."""

    block: jax.Array
    id: jax.Array  # of the viewer
    viewer: jax.Array
    live: jax.Array  # bool: the contact succeeds (for ``again``: the user tries another round)
    again: jax.Array  # bool: no contact, but the user himself coming back to the queue


def scaled(word: jax.Array, size: jax.Array) -> jax.Array:
    """floor(word size / 2^32) for uint32 words and int32 sizes below 2^16."""
    high, low = word >> jnp.uint32(16), word & jnp.uint32(0xFFFF)
    size = size.astype(jnp.uint32)
    return ((high * size + ((low * size) >> jnp.uint32(16))) >> jnp.uint32(16)).astype(jnp.int32)


def blocks_of(
    keys, state: CascadeState, graph: Chain, campaign: CascadeCampaign, sizes: CascadeSizes, law: Structure
) -> tuple[Blocks, jax.Array, jax.Array]:
    """The next chunk of blocks of those who wait, and where the queue stands after it: head and blocks done."""
    order = jnp.arange(sizes.chunk, dtype=jnp.int32)
    place = state.head + order
    waits = place < state.tail
    at = place & jnp.int32(sizes.queue - 1)
    ids = jnp.where(waits, pick(state.queue, at), 0)
    lane, user = locate(ids, sizes.users)
    degree = graph.degree(user)
    many = jnp.where(waits, jnp.maximum((degree + BLOCK - 1) // BLOCK, 1), 0)
    begun = jnp.where(order == 0, state.done, 0)
    rows = ragged(jnp.minimum(many - begun, sizes.chunk + 1))
    owner, number = unroll(rows, jnp.int32(0), sizes.chunk)
    exists = order < rows.total
    number = number + pick(begun, owner)
    taken = jnp.minimum(rows.total, sizes.chunk)
    whole = rows.begins + rows.counts <= taken
    past = jnp.sum(waits & whole, dtype=jnp.int32)
    last = jnp.minimum(past, sizes.chunk - 1)
    done = jnp.where(past < jnp.sum(waits, dtype=jnp.int32), taken - rows.begins[last] + begun[last], 0)

    lane, user, ids, degree = (pick(column, owner) for column in (lane, user, ids, degree))
    age = pick(pick(state.ages, at), owner) if law.lasting else jnp.zeros_like(owner)
    k0, k1 = words(keys, lane, Stream.TIES, user, age * 65536 + number)
    ties = jnp.where(exists, jnp.clip(degree - number * BLOCK, 0, BLOCK), 0)
    variant = pick(campaign.variant, lane)
    points = jnp.zeros_like(ties) if law.threshold != "none" else _points(campaign, variant, ties, k0)
    contacts = points + ties * pick(campaign.numbers.coins, variant)
    if law.lasting:
        contacts = contacts + (exists & ((number + 1) * BLOCK >= degree)).astype(jnp.int32)  # the last block
    new = exists & (number == 0) & (age == 0)
    first, acted = number * BLOCK, pick(place, owner)
    made = Blocks(ids, lane, user, first, ties, points, age, acted, k0, k1, new, ragged(contacts))
    return made, state.head + past, done


def _points(campaign: CascadeCampaign, variant: jax.Array, ties: jax.Array, word: jax.Array) -> jax.Array:
    """Number of points among so many ties: steps of the cumulative law at or below the word, by bisection."""
    law = campaign.numbers.count.reshape(-1)
    row = (variant * (BLOCK + 1) + ties) * COUNT_STEPS
    found, half = jnp.zeros_like(ties), word >> jnp.uint32(1)
    step = COUNT_STEPS // 2
    while step:
        more = half >= pick(law, row + (found + (step - 1)))
        found = found + jnp.where(more, step, 0)
        step //= 2
    return found


def contacts_of(
    blocks: Blocks, start: jax.Array, graph: Chain, campaign: CascadeCampaign, sizes: CascadeSizes, law: Structure
) -> Contacts:
    """Contacts from number ``start`` on."""
    numbers = campaign.numbers
    block, j = unroll(blocks.contacts, start, sizes.contacts)
    exists = start + jnp.arange(sizes.contacts, dtype=jnp.int32) < blocks.contacts.total
    points, ties, lane, user = (
        pick(column, block) for column in (blocks.points, blocks.ties, blocks.lane, blocks.user)
    )
    variant = pick(campaign.variant, lane)
    point = j < points
    again = jnp.zeros_like(point)
    if law.lasting:
        again = exists & (j >= points + ties * pick(numbers.coins, variant))
    code = jnp.where(point, j, jnp.where(again, _STAYS, _COINS + j - points))
    drawn, luck = threefry2x32(pick(blocks.k0, block), pick(blocks.k1, block), code, jnp.zeros_like(code))
    slot = jnp.where(point, scaled(drawn, ties), jnp.where(again, 0, j - points))
    friend, strength = graph.tie(user, pick(blocks.first, block) + slot)
    likely = _likelihood(numbers, law, variant, point, friend, strength, graph)
    live = below(luck, likely)
    if law.lasting:
        goes_on = below(luck, pick(numbers.stay, variant)) & (pick(blocks.age, block) + 1 < pick(numbers.most, variant))
        live = jnp.where(again, goes_on, live)
    viewer = jnp.where(again, user, friend)
    return Contacts(block, lane * sizes.users + viewer, viewer, exists & live, again)


def _likelihood(numbers, law: Structure, variant, point, friend, strength, graph: Chain) -> jax.Array:
    """Threshold of a contact: what a point on such a tie keeps, or the tie's coin."""
    classes = numbers.keep.shape[1]
    row = variant * classes
    if law.classes == "strength":
        row = row + strength
    elif law.classes == "weighted":
        row = row + jnp.minimum(graph.degree(friend), classes - 1)
    keep, coin = pick(numbers.keep.reshape(-1), row), pick(numbers.coin.reshape(-1), row)
    return jnp.where(point, keep, coin)
