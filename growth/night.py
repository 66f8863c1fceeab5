"""Steps 7 and 8 of a day: engaged people fall dormant or uninstall, and the day is counted."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from graphs.device import Chain, pick
from growth.behaviour import churn_threshold, person
from growth.campaign import PURSES, Campaign, Schedule
from growth.flows import column
from growth.pools import any_open
from growth.queues import append, chunk, each_chunk, refill
from growth.record import tally
from growth.state import DORMANT, ENGAGED, RECENT, UNINSTALLED, Sizes, State
from growth.streams import Stream, below, words

__all__ = ["Flows", "churn", "count"]


class Flows(NamedTuple):
    """The record of one day."""

    table: jax.Array  # int32[L, columns] of `growth.flows.COLUMNS`
    cohort: jax.Array  # int32[L, origins, AGES]
    activity: jax.Array  # int32[L, 3]: DAU, WAU, MAU
    pool: jax.Array  # int32[L, 2] cents left


def churn(keys, state: State, graph: Chain, campaign: Campaign, p: Schedule, sizes: Sizes, day: jax.Array) -> State:
    """Step 7: each engaged person leaves with the night's hazard; the roster keeps those who stay."""
    roster, before = state.lists.roster, state
    paying = any_open(state.totals, campaign.lanes.purse, *PURSES)

    def body(start, carry):
        status, kept, flows = carry
        rows, exists = chunk(roster, start, sizes.chunk)
        who = person(rows[:, 0], sizes.users)
        when = jnp.broadcast_to(day, who.user.shape)
        _, word = words(keys, who.lane, Stream.DAY, who.user, when)
        here = exists & (pick(status, who.ids) == ENGAGED)
        leaves = here & below(word, churn_threshold(keys, who, before, graph, campaign, p, sizes, day, paying))
        # Which of the two is decided by the low bits of the same word, which the hazard does not look at closely.
        removes = leaves & below(word << jnp.uint32(16), pick(p.uninstall, who.lane))
        falls = jnp.where(removes, UNINSTALLED, DORMANT).astype(jnp.uint8)
        there = jnp.where(leaves, who.ids, jnp.int32(status.shape[0]))
        status = status.at[there].set(falls, mode="drop")
        flows = tally(flows, who.lane, column("engaged"), here & ~leaves)
        flows = tally(flows, who.lane, column("churned"), leaves)
        flows = tally(flows, who.lane, column("uninstalled"), removes)
        return status, append(kept, rows, here & ~leaves), flows

    spare = state.lists.spare_roster._replace(length=jnp.int32(0))
    carry = (state.users.status, spare, state.totals.flows)
    status, kept, flows = each_chunk(roster.length, sizes.chunk, body, carry)
    return state._replace(
        users=state.users._replace(status=status),
        lists=state.lists._replace(roster=refill(roster, kept, sizes.chunk), spare_roster=kept),
        totals=state.totals._replace(flows=flows),
    )


def count(state: State, day: jax.Array) -> Flows:
    """Step 8: the record of the day, integers only."""
    days = jnp.mod(day - jnp.arange(30, dtype=jnp.int32), RECENT)
    recent = state.totals.recent[:, days]
    activity = [jnp.sum(recent[:, :back], axis=1, dtype=jnp.int32) for back in (1, 7, 30)]
    return Flows(
        table=state.totals.flows,
        cohort=state.totals.cohort,
        activity=jnp.stack(activity, axis=1),
        pool=state.totals.pool,
    )
