"""When a pool closes: requests are served by key in whole amounts, and the first that does not fit closes it."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from graphs.device import pick
from growth.campaign import PURSES
from growth.queues import Rows
from growth.state import Sizes, Totals

__all__ = ["Closing", "any_open", "closing_time", "is_before", "open_cents", "spend"]

_NEVER = 2**31 - 1


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


def is_before(key: jax.Array, tie: jax.Array, closing: Closing, lane: jax.Array) -> jax.Array:
    """Whether requests (key, tie) of their lanes come before the pool closes."""
    last = pick(closing.key, lane)
    return (key < last) | ((key == last) & (tie < pick(closing.tie, lane)))


def closing_time(requests: Rows, who: int, key: int, cents: int, tie: int, left: jax.Array, sizes: Sizes) -> Closing:
    """Where each lane's pool closes this round.

    ``who, key, cents, tie`` are columns of ``requests``: flat id, second, amount in cents (0 asks for nothing), and
    the tie-break. ``left``: int32[L] cents. Sorting happens only when some pool is short.
    """
    exists = jnp.arange(requests.table.shape[0], dtype=jnp.int32) < requests.length
    lane = jnp.where(exists, requests.table[:, who] // sizes.users, sizes.lanes)
    amount = jnp.where(exists, requests.table[:, cents], 0)
    asked = jnp.zeros(sizes.lanes + 1, jnp.int32).at[lane].add(amount)[: sizes.lanes]
    forever = Closing(jnp.full(sizes.lanes, _NEVER, jnp.int32), jnp.full(sizes.lanes, _NEVER, jnp.int32))

    def find(_):
        second = requests.table[:, key]
        order = requests.table[:, tie]
        lanes, keys, ties, amounts = lax.sort((lane, second, order, amount), num_keys=3)
        served = jnp.cumsum(amounts, dtype=jnp.int32)
        before = jnp.concatenate([jnp.zeros(1, jnp.int32), jnp.cumsum(asked, dtype=jnp.int32)])
        served = served - pick(before, jnp.minimum(lanes, sizes.lanes))
        inside = jnp.minimum(lanes, sizes.lanes - 1)
        refused = (lanes < sizes.lanes) & (served > pick(left, inside))
        place = jnp.arange(lanes.shape[0], dtype=jnp.int32)
        first = jnp.full(sizes.lanes + 1, _NEVER, jnp.int32).at[jnp.where(refused, inside, sizes.lanes)].min(place)
        first = first[: sizes.lanes]
        shut = first < _NEVER
        at = jnp.where(shut, first, 0)
        return Closing(
            jnp.where(shut, pick(keys, at), _NEVER),
            jnp.where(shut, pick(ties, at), _NEVER),
        )

    return lax.cond(jnp.any(asked > left), find, lambda _: forever, 0)
