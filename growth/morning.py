"""Steps 1 and 2 of a day: who is reached by media and habit, and who opens the app, at which second."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from graphs.device import Chain, pick
from growth.behaviour import accompanied, group_cell, open_threshold, person
from growth.campaign import PURSES, QUANTILES, STATES, Campaign, Schedule
from growth.flows import CAUSES, column
from growth.pools import any_open
from growth.queues import Rows, append, chunk, clear, each_chunk, empty
from growth.record import mark_active, tally
from growth.state import ENGAGED, LEAST_CHUNK, RECENT, Part, Sizes, State
from growth.streams import Stream, below, threefry2x32, words

__all__ = ["new_day", "open_app", "reach"]

_BLOCK = LEAST_CHUNK  # users whose reach is looked at together


def new_day(state: State, p: Schedule, sizes: Sizes, day: jax.Array) -> State:
    """Clear what belongs to one day: flows, today's pools and quotas, half of the packet table."""
    totals, lists = state.totals, state.lists
    totals = totals._replace(
        flows=jnp.zeros_like(totals.flows),
        cohort=jnp.zeros_like(totals.cohort),
        recent=totals.recent.at[:, jnp.mod(day, RECENT)].set(0),
        today=jnp.where(totals.closed > 0, 0, jnp.minimum(p.daily_pool, totals.pool)),
    )
    half = jnp.mod(day, 2) * sizes.packet_stride
    cleared = jnp.zeros(sizes.packet_stride, jnp.int32)
    lists = lists._replace(
        packets=lists.packets._replace(length=half),
        openers=lists.openers._replace(length=jnp.int32(0)),
        log=lists.log._replace(length=jnp.int32(0)),
    )
    return state._replace(
        totals=totals,
        lists=lists,
        taken=lax.dynamic_update_slice(state.taken, cleared, (half,)),
        users=state.users._replace(received=clear(state.users.received, 1 << 16)),
    )


def _second(campaign: Campaign, keys, lane, user, day) -> jax.Array:
    """Second (since the first midnight) at which a person turns up today, by the within-day profile."""
    word, _ = words(keys, lane, Stream.HOUR, user, jnp.broadcast_to(day, user.shape))
    at = lane * QUANTILES + (word >> jnp.uint32(22)).astype(jnp.int32)
    return day * 86400 + pick(campaign.tables.hour.reshape(-1), at)


def _reach_words(keys, lane, pair, day):
    """One word per user, two users to a counter: users 2 pair and 2 pair + 1 on a day."""
    mine = keys[:, Stream.REACH, :]
    return threefry2x32(pick(mine[:, 0], lane), pick(mine[:, 1], lane), pair, day)


def _blocks_reached(keys, p: Schedule, sizes: Sizes, day: jax.Array) -> Rows:
    """Blocks of users in which somebody may be reached today, as rows (lane, block).

    The only sweep over everyone: one word per user against the largest chance of the lane.
    """
    blocks = -(-sizes.users // _BLOCK)
    pairs = jnp.arange(blocks * _BLOCK // 2, dtype=jnp.int32)
    mine = keys[:, Stream.REACH, :]
    x0, x1 = threefry2x32(mine[:, 0:1], mine[:, 1:2], pairs[None, :], day)
    least = jnp.minimum(x0, x1)
    # The barrier keeps the generator out of the reduction, where it would not be vectorised.
    hit = lax.optimization_barrier(below(least, p.reach_most[:, None]).astype(jnp.uint8))
    any_hit = jnp.max(hit.reshape(sizes.lanes * blocks, _BLOCK // 2), axis=1)
    rows = empty(sizes.lanes * blocks, 2, sizes.chunk)

    def body(start, rows):
        at = start + jnp.arange(sizes.chunk, dtype=jnp.int32)
        inside = jnp.minimum(at, sizes.lanes * blocks - 1)
        keep = (at < sizes.lanes * blocks) & (pick(any_hit, inside) > 0)
        lane = inside // blocks
        return append(rows, jnp.stack([lane, inside - lane * blocks], axis=1), keep)

    return each_chunk(jnp.int32(sizes.lanes * blocks), sizes.chunk, body, rows)


def reach(keys, state: State, campaign: Campaign, p: Schedule, sizes: Sizes, day: jax.Array) -> State:
    """Step 1: paid, organic, broadcast and push exposure. One word per person and day is compared with the
    cumulative chances of the causes, given the person's status; those brought in arrive at a second of their own
    and join the people who answer in that round."""
    blocks = _blocks_reached(keys, p, sizes, day)
    some = max(1, sizes.chunk // _BLOCK)

    def body(start, pending):
        rows, exists = chunk(blocks, start, some)
        lane = jnp.repeat(rows[:, 0], _BLOCK)
        user = (rows[:, 1:2] * _BLOCK + jnp.arange(_BLOCK, dtype=jnp.int32)[None, :]).reshape(-1)
        even, odd = _reach_words(keys, lane, user >> 1, jnp.broadcast_to(day, user.shape))
        word = jnp.where(user & 1 == 0, even, odd)
        user_in = jnp.minimum(user, sizes.users - 1)
        ids = lane * sizes.users + user_in
        status = pick(state.users.status, ids).astype(jnp.int32)
        row = (lane * len(STATES) + status) * len(CAUSES)
        steps = [pick(p.reach.reshape(-1), row + jnp.int32(cause)) for cause in range(len(CAUSES))]
        cause = sum((~below(word, step)).astype(jnp.int32) for step in steps)
        keep = jnp.repeat(exists, _BLOCK) & (user < sizes.users) & (cause < len(CAUSES))
        second = _second(campaign, keys, lane, user_in, day)
        fields = [ids, second, jnp.full_like(ids, -1), (word >> jnp.uint32(1)).astype(jnp.int32), cause]
        return append(pending, jnp.stack(fields, axis=1), keep)

    pending = each_chunk(blocks.length, some, body, state.lists.pending)
    return state._replace(lists=state.lists._replace(pending=pending))


def open_app(keys, state: State, graph: Chain, campaign: Campaign, p: Schedule, sizes: Sizes, day: jax.Array) -> State:
    """Step 2: engaged people open the app or not, at an hour of the within-day profile. Noted on the way, for the
    night: who of an in-app group opens, and whose inviter is still engaged."""
    roster = state.lists.roster
    paying = any_open(state.totals, campaign.lanes.purse, *PURSES)

    def body(start, carry):
        users, totals, openers, active = carry
        rows, exists = chunk(roster, start, sizes.chunk)
        who = person(rows[:, 0], sizes.users)
        when = jnp.broadcast_to(day, who.user.shape)
        word, _ = words(keys, who.lane, Stream.DAY, who.user, when)
        chance = open_threshold(keys, who, users, campaign, p, day, sizes, paying)
        engaged = pick(users.status, who.ids) == ENGAGED
        opens = exists & engaged & below(word, chance)
        users, totals = mark_active(users, totals, who.ids, who.lane, opens, day)
        totals = totals._replace(flows=tally(totals.flows, who.lane, column("opens"), opens))
        second = _second(campaign, keys, who.lane, who.user, day)
        openers = append(openers, jnp.stack([who.ids, second], axis=1), opens)
        if sizes.has(Part.INVITER):
            still = accompanied(users, who)
            there = jnp.where(exists, who.ids, jnp.int32(users.status.shape[0]))
            users = users._replace(accompanied=users.accompanied.at[there].set(still, mode="drop"))
        if sizes.has(Part.GROUP):
            cell, member = group_cell(graph, users, who, sizes)
            active = active.at[jnp.where(opens & member, cell, active.shape[0])].add(1, mode="drop")
        return users, totals, openers, active

    active = clear(state.group_active, 1 << 16) if sizes.has(Part.GROUP) else state.group_active
    carry = (state.users, state.totals, state.lists.openers, active)
    users, totals, openers, active = each_chunk(roster.length, sizes.chunk, body, carry)
    lists = state.lists._replace(openers=openers)
    return state._replace(users=users, totals=totals, lists=lists, group_active=active)
