"""When a pool closes: requests are served by key in whole amounts, and the first that does not fit closes it.

It opens again on the next morning where it was the day's sum that ran out, and when it is topped up."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from graphs.device import pick
from growth.campaign import PURSES, Schedule
from growth.flows import RECIPIENTS, SOURCES, column
from growth.queues import Rows, each_chunk
from growth.state import Sizes, Totals

__all__ = ["Closing", "any_open", "closing_time", "is_before", "open_cents", "spend", "topped_up"]

_NEVER = 2**31 - 1
_SPENT_ON = {"draw": ("draw",), "packet": ("packet",), "invitation": ("inviter", "invitee"), "coupon": ("coupon",)}
"""What each purse pays for, in words of `SOURCES`."""


class Closing(NamedTuple):
    """Key and tie-break of the first request of each lane that is not served; int32[L] each."""

    key: jax.Array
    tie: jax.Array


def open_cents(totals: Totals, pool: jax.Array) -> jax.Array:
    """Cents that the pool ``pool`` [L] of each lane can pay now, int32[L]: 0 when it is closed, for today or for
    good. A purse's pool is ``campaign.lanes.purse[:, PURSES.index(name)]``."""
    lane = jnp.arange(pool.shape[0])
    return jnp.minimum(totals.pool[lane, pool], totals.today[lane, pool])


def any_open(totals: Totals, purses: jax.Array, *names: str) -> jax.Array:
    """Whether one of these purses (names in `PURSES`) has money now, bool[L]; ``purses`` int32[L, PURSES]."""
    have = [open_cents(totals, purses[:, PURSES.index(name)]) > 0 for name in names]
    return jnp.any(jnp.stack(have), axis=0)


def spend(totals: Totals, pool: jax.Array, cents: jax.Array, refused: jax.Array) -> Totals:
    """Take ``cents`` [L] out of a pool; where a request was ``refused`` [L] the pool closes: today's for the day,
    and for good when it was the whole pool that ran out. What is left in it stays unspent."""
    lane = jnp.arange(pool.shape[0])
    left, today = totals.pool[lane, pool], totals.today[lane, pool]
    whole = refused & (left <= today)
    return totals._replace(
        pool=totals.pool.at[lane, pool].set(left - cents),
        today=totals.today.at[lane, pool].set(jnp.where(refused, 0, today - cents)),
        closed=totals.closed.at[lane, pool].max(whole.astype(jnp.int32)),
    )


def topped_up(totals: Totals, p: Schedule, purses: jax.Array, now: jax.Array) -> Totals:
    """Add what the schedule adds to each pool, if the round begins ``now`` [bool]; ``purses`` int32[L, PURSES].

    The pool is open again if it was the whole pool that had run out; a pool that has paid the most of its day stays
    closed for the day. What may still be paid today is the day's sum less what it has paid since midnight.
    """
    more = jnp.where(now, p.top_up, 0)
    pool = totals.pool + more
    day_is_over = (totals.today == 0) & (totals.closed == 0) & (totals.pool > 0)
    rest = jnp.maximum(p.daily_pool - _spent_today(totals, purses), 0)
    today = jnp.where(day_is_over, 0, jnp.minimum(rest, pool))
    return totals._replace(
        pool=pool,
        today=jnp.where(more > 0, today, totals.today),
        closed=jnp.where(more > 0, 0, totals.closed),
    )


def _spent_today(totals: Totals, purses: jax.Array) -> jax.Array:
    """Cents that each pool has paid since midnight, int32[L, PURSES]: what was paid to anybody out of it."""
    first, lane = column("paid_cents"), jnp.arange(purses.shape[0])
    spent = jnp.zeros_like(totals.today)
    for purse, sources in _SPENT_ON.items():
        for source in sources:
            start = first + SOURCES.index(source) * len(RECIPIENTS)
            cents = totals.flows[:, start : start + len(RECIPIENTS)].sum(axis=1, dtype=jnp.int32)
            spent = spent.at[lane, purses[:, PURSES.index(purse)]].add(cents)
    return spent


def is_before(key: jax.Array, tie: jax.Array, closing: Closing, lane: jax.Array) -> jax.Array:
    """Whether requests (key, tie) of their lanes come before the pool closes."""
    last = pick(closing.key, lane)
    return (key < last) | ((key == last) & (tie < pick(closing.tie, lane)))


def closing_time(requests: Rows, who: int, key: int, cents: int, tie: int, left: jax.Array, sizes: Sizes) -> Closing:
    """Where each lane's pool closes this round.

    ``who, key, cents, tie`` are columns of ``requests``: flat id, second, amount in cents (0 asks for nothing), and
    the tie-break. ``left``: int32[L] cents. A pool that has closed before refuses the first that asks, which is found
    without sorting; requests are sorted only in a round in which some open pool falls short.
    """
    columns = (who, key, tie, cents)
    asked, more, first = _asked(requests, columns, sizes)
    falls = more > left
    short = falls & (left > 0)
    sure = Closing(*(jnp.where(falls, part, _NEVER) for part in first))
    sorts = jnp.any(short)

    def find(_):
        found = _by_sorting(requests, columns, asked, left, sizes)
        return Closing(*(jnp.where(short, new, old) for new, old in zip(found, sure, strict=True)))

    return lax.cond(sorts, find, lambda _: sure, 0)


def _asked(requests: Rows, columns: tuple[int, ...], sizes: Sizes) -> tuple[jax.Array, jax.Array, Closing]:
    """Cents asked for in each lane, modulo 2^32 and as far as they can be counted, and the first request that asks for
    any: millions of requests may ask for more than 32 bits hold. A pool holds less than can be counted."""
    size = min(sizes.chunk, requests.table.shape[0])

    def rows(start):
        first = jnp.minimum(start, requests.table.shape[0] - size)
        block = lax.dynamic_slice(requests.table, (first, jnp.int32(0)), (size, requests.fields))
        return first + jnp.arange(size, dtype=jnp.int32), *(block[:, column] for column in columns)

    def add(start, carry):
        asked, counted, keys, ties = carry
        place, ids, second, order, amount = rows(start)
        asks = (place >= start) & (place < requests.length) & (amount > 0)
        lane = jnp.where(asks, ids // sizes.users, sizes.lanes)
        part, countable = _sums(amount, lane, sizes.lanes)
        counted = jnp.where(countable & (counted <= _NEVER - part), counted + part, _NEVER)
        earliest = keys.at[lane].min(second, mode="drop")
        ties = jnp.where(earliest < keys, _NEVER, ties)
        level = jnp.where(second == pick(earliest, jnp.minimum(lane, sizes.lanes - 1)), lane, sizes.lanes)
        return asked + part, counted, earliest, ties.at[level].min(order, mode="drop")

    never = jnp.full(sizes.lanes, _NEVER, jnp.int32)
    nothing = jnp.zeros(sizes.lanes, jnp.int32)
    asked, counted, keys, ties = each_chunk(requests.length, size, add, (nothing, nothing, never, never))
    return asked, counted, Closing(keys, ties)


def _sums(amount: jax.Array, lane: jax.Array, lanes: int) -> tuple[jax.Array, jax.Array]:
    """Sums of amounts (int32, 0 or more) by lane, int32 modulo 2^32, and whether 31 bits hold them: the upper halves
    of the amounts are summed by themselves, which at most 2^16 requests cannot overflow."""
    nothing = jnp.zeros(lanes, jnp.uint32)
    lower = nothing.at[lane].add(amount.astype(jnp.uint32) & jnp.uint32(0xFFFF), mode="drop")
    upper = nothing.at[lane].add(amount.astype(jnp.uint32) >> jnp.uint32(16), mode="drop") + (lower >> jnp.uint32(16))
    total = (upper << jnp.uint32(16)) | (lower & jnp.uint32(0xFFFF))
    return lax.bitcast_convert_type(total, jnp.int32), upper < jnp.uint32(1 << 15)


def _by_sorting(requests: Rows, columns: tuple[int, ...], asked: jax.Array, left: jax.Array, sizes: Sizes) -> Closing:
    """The first request of each lane that does not fit into what is ``left``, all requests in order of key."""
    ids, second, order, cents = (requests.table[:, column] for column in columns)
    exists = jnp.arange(ids.shape[0], dtype=jnp.int32) < requests.length
    lane = jnp.where(exists, ids // sizes.users, sizes.lanes)
    lanes, keys, ties, amounts = lax.sort((lane, second, order, jnp.where(exists, cents, 0)), num_keys=3)
    served = jnp.cumsum(amounts, dtype=jnp.int32)
    before = jnp.concatenate([jnp.zeros(1, jnp.int32), jnp.cumsum(asked, dtype=jnp.int32)])
    served = served - pick(before, jnp.minimum(lanes, sizes.lanes))
    inside = jnp.minimum(lanes, sizes.lanes - 1)
    # The first sum beyond what is left is below 2^32; what comes after it may wrap, and is not looked at.
    beyond = served.astype(jnp.uint32) > pick(left, inside).astype(jnp.uint32)
    refused = (lanes < sizes.lanes) & beyond
    place = jnp.arange(lanes.shape[0], dtype=jnp.int32)
    first = jnp.full(sizes.lanes, _NEVER, jnp.int32).at[jnp.where(refused, inside, sizes.lanes)].min(place, mode="drop")
    at = jnp.where(first < _NEVER, first, 0)
    return Closing(pick(keys, at), pick(ties, at))
