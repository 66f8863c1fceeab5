"""The app store's charts: yesterday's installs against simulated competitors, and what a place on the chart brings.

Downloads a day at rank r of a free chart follow a power law, d(r) = b r^-a, with one slope for the top and another
below (Garg and Telang 2013, MISQ 37(4)). The chart looks at downloads over a moving window; our place is one more than
the number of levels above ours, which moves from day to day as competitors do. The surge chart ranks by today's
downloads over those of the week before. The rank published in the night lifts the organic reach of the next day.
Levels, noise and lift are integer tables made on the host (`experiments/lower_chart.py`).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from graphs.device import pick
from growth.campaign import CHART_MOST, CHART_UNIT, NOISE_UNIT, QUANTILES, Campaign, Schedule
from growth.flows import column
from growth.state import WEEK, Part, Sizes, State
from growth.streams import Stream, words

__all__ = ["lifted", "publish"]


def lifted(p: Schedule, state: State, campaign: Campaign, sizes: Sizes) -> Schedule:
    """The schedule of a morning with organic reach times the lift of last night's rank.

    Chances are cumulative over causes, organic first: what organic gains is added to all of them.
    """
    if not sizes.has(Part.CHART):
        return p
    lane = jnp.arange(sizes.lanes)
    lift = campaign.tables.chart_lift[lane, state.chart[:, 0]]
    organic = p.reach[:, :, 0]
    # In units of CHART_UNIT, upper and lower part apart, so that no product leaves 32 bits.
    times = lift[:, None].astype(jnp.uint32)
    gained = (organic >> 8) * times + (((organic & 255) * times) >> 8)
    reach = p.reach - organic[:, :, None] + gained[:, :, None]
    return p._replace(reach=reach, reach_most=jnp.max(reach.reshape(sizes.lanes, -1), axis=1))


def publish(keys, state: State, campaign: Campaign, p: Schedule, sizes: Sizes, day: jax.Array) -> State:
    """Tonight's ranks from the installs so far, int32[L, 2] (free chart, surge chart), counted from 0; RANKS where
    not on it."""
    if not sizes.has(Part.CHART):
        return state
    tables, lane = campaign.tables, jnp.arange(sizes.lanes, dtype=jnp.int32)
    today = state.totals.flows[:, column("installs")]
    installs = state.installs.at[:, jnp.mod(day, WEEK)].set(today)
    back = jnp.arange(WEEK, dtype=jnp.int32)
    by_age = installs[:, jnp.mod(day - back, WEEK)]
    window = _total(jnp.where(back[None, :] < p.chart_window[:, None], by_age, 0))
    level = _part(window, CHART_UNIT, p.chart_window)
    moved, spread = words(keys, lane, Stream.CHART, jnp.zeros_like(lane), jnp.broadcast_to(day, lane.shape))
    noise = [pick(tables.chart_noise.reshape(-1), lane * QUANTILES + _quantile(word)) for word in (moved, spread)]
    # A level that leaves 32 bits is moved in whole installs: a bad night may bring it back among the others.
    large = _part(window // p.chart_window, noise[0], NOISE_UNIT // CHART_UNIT)
    ours = jnp.where(level < CHART_MOST, _part(level, noise[0], NOISE_UNIT), large)
    free = jnp.sum(tables.chart_level > ours[:, None], axis=1, dtype=jnp.int32)
    before = _total(by_age[:, 1:])
    coarse = jnp.where(before >> 20 > 0, 10, 0)  # a ratio of large numbers needs only their upper bits
    mean = jnp.maximum(before >> coarse, 1)
    growth = jnp.where(before > 0, _part(today >> coarse, (WEEK - 1) * CHART_UNIT, mean), 0)
    growth = _part(growth, noise[1], NOISE_UNIT)
    surge = jnp.sum(tables.surge_level > growth[:, None], axis=1, dtype=jnp.int32)
    chart = jnp.stack([free, surge], axis=1)
    flows = state.totals.flows
    for place, name in enumerate(("chart_rank", "surge_rank")):
        flows = flows.at[:, column(name)].set(chart[:, place] + 1)
    return state._replace(installs=installs, chart=chart, totals=state.totals._replace(flows=flows))


def _total(counts: jax.Array) -> jax.Array:
    """Sums of int32[L, days] over days, none below 0; what 32 bits do not hold is `CHART_MOST`."""
    total = counts[:, 0]
    for place in range(1, counts.shape[1]):
        total = total + jnp.minimum(counts[:, place], CHART_MOST - total)
    return total


def _part(value: jax.Array, times: jax.Array | int, over: jax.Array | int) -> jax.Array:
    """floor(value x times / over), exact; what 32 bits do not hold is `CHART_MOST`. ``value`` 0 or more, ``times`` and
    ``over`` 1 or more and their product below 2^32.

    Whole multiples of ``over`` and what is left are multiplied apart: a large sample (w near 1) has millions of
    installs a day, and the plain product would wrap around and throw a first place off the chart.
    """
    whole, left = value // over, value % over
    rest = (left.astype(jnp.uint32) * jnp.asarray(times).astype(jnp.uint32)) // jnp.asarray(over).astype(jnp.uint32)
    rest = rest.astype(jnp.int32)  # below times
    return jnp.where(whole > (CHART_MOST - rest) // times, CHART_MOST, whole * times + rest)


def _quantile(word: jax.Array) -> jax.Array:
    """The top ten bits of a word."""
    return (word >> jnp.uint32(22)).astype(jnp.int32)
