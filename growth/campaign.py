"""What the engine is told: every number of the campaign and of behaviour as integers and tables, traced.

Lowering (from real units and probabilities to these) happens on the host, in `experiments/lower.py`. Here T is the
number of rounds of the run, L the number of lanes of a block (a lane is one draw, variant, replicate and app).
Probabilities are 31-bit thresholds (uint32), logits fixed-point in 1/256, money in cents, time in seconds since the
first midnight of the run.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
from jax import lax

__all__ = [
    "COUNT_STEPS",
    "LOGIT_UNIT",
    "MAX_AGE",
    "QUANTILES",
    "STATES",
    "Campaign",
    "Lanes",
    "Schedule",
    "Tables",
    "at_round",
]

QUANTILES = 1024
"""Steps of a quantile table that is entered with the top ten bits of a random word."""
LOGIT_UNIT = 256
"""Fixed-point units of one logit."""
COUNT_STEPS = 64
"""Steps of a count law: the largest number of tasks or packets of one session is 63."""
MAX_AGE = 730
"""Largest age of an app in days: rows of the hazard table."""
STATES = ("never", "engaged", "dormant", "uninstalled")


class Lanes(NamedTuple):
    """Which world each lane of the block is; int32[L] each."""

    replicate: jax.Array
    app: jax.Array
    rival: jax.Array  # distance in lanes to the app that competes for attention; 0 for none


class Schedule(NamedTuple):
    """Every number that may change during the run, per lane and round: [L, T, ...]."""

    reach: jax.Array  # uint32[.., 4 states, 5 causes] cumulative chance of being brought in today
    reach_most: jax.Array  # uint32[..] largest of them
    opening: jax.Array  # float32[..] multiplier of the opening probability: weekday, holiday
    money_lift: jax.Array  # float32[..] and while a pool is open
    churn: jax.Array  # float32[.., 11 origins] multiplier of the churn hazard
    uninstall: jax.Array  # uint32[..] whoever leaves removes the app
    attention: jax.Array  # float32[..] opening multiplier of those engaged with the rival
    works: jax.Array  # uint32[..] a session works
    campaign_on: jax.Array  # int32[..] 1 while the campaign pays
    sign_in_draws: jax.Array  # int32[..] draws earned by signing in
    ai_law: jax.Array  # uint32[.., COUNT_STEPS] count law of AI tasks in a session
    ai_draws: jax.Array  # int32[..] draws per AI task
    ai_limit: jax.Array  # int32[..] AI tasks a day that earn draws
    draw_take_up: jax.Array  # uint32[..] a session uses its draws
    free_draws: jax.Array  # int32[..]
    draw_limit: jax.Array  # int32[..] draws a day
    claim_draws: jax.Array  # int32[..] draws a sharer earns per claim, in 1/256
    claim_draw_limit: jax.Array  # int32[..] of these, in a day
    group_draws: jax.Array  # int32[.., 2] draws for creating, for joining an in-app group
    share_law: jax.Array  # uint32[.., 2, COUNT_STEPS] packets of a session, pool empty / pool open
    share_limit: jax.Array  # int32[..] packets a day
    group_share: jax.Array  # uint32[..] a packet goes to a group chat
    qq_share: jax.Array  # uint32[..] those on both platforms use QQ
    friends: jax.Array  # int32[..] least number of friends a single-chat packet goes to
    friends_more: jax.Array  # uint32[..] chance of one more
    slots: jax.Array  # int32[..] people who can claim one packet
    expiry: jax.Array  # int32[..] seconds a packet lives
    see: jax.Array  # uint32[.., 2] a friend, a member who has not muted, sees the packet
    muted: jax.Array  # uint32[..] a membership is muted
    opens: jax.Array  # float32[.., 4 channels] the link can be opened
    accept: jax.Array  # int32[.., 2, 4 channels, 4 states] logit, pool empty / pool open
    tie: jax.Array  # int32[..] logit per 256 of strength
    affinity: jax.Array  # int32[..] logit per 256 of affinity, from the middle
    accept_most: jax.Array  # int32[..] no logit before tie and affinity is ever larger
    receive_limit: jax.Array  # int32[..] packets a person may claim a day
    group_create: jax.Array  # uint32[..]
    group_join: jax.Array  # uint32[..]
    daily_pool: jax.Array  # int32[.., 2] cents a day for draws and packets


class Tables(NamedTuple):
    """Integer laws of each lane's parameter draw and app, built on the host."""

    status: jax.Array  # uint32[L, 256 affinities, 3] cumulative shares: engaged, dormant, uninstalled
    age: jax.Array  # int32[L, QUANTILES] age of the engaged base in days
    churn: jax.Array  # float32[L, ages, 128] nightly hazard by age at the start, in 2^31
    oldest: jax.Array  # int32[L] age in days at which whoever is still engaged leaves
    open: jax.Array  # float32[L, 128] opening probability, in 2^31
    gap: jax.Array  # int32[L, 128, 64] days since the last opening of the base
    novelty: jax.Array  # float32[L, AGES] opening multiplier by days since activation
    logistic: jax.Array  # uint32[8192] threshold of a logit from -16 to 16
    hour: jax.Array  # int32[L, QUANTILES] second of the day
    delay: jax.Array  # int32[L, QUANTILES] seconds from share to response
    amount: jax.Array  # int32[L, 2, QUANTILES] cents of a draw, of a packet's slot


class Campaign(NamedTuple):
    """All a step reads besides key, state and graph."""

    lanes: Lanes
    schedule: Schedule
    tables: Tables
    total_pool: jax.Array  # int32[L, 2] cents for draws and packets, all days


def at_round(schedule: Schedule, clock: jax.Array) -> Schedule:
    """The schedule of one round: the same names with leaves [L, ...]."""
    return jax.tree.map(lambda leaf: lax.dynamic_index_in_dim(leaf, clock, 1, keepdims=False), schedule)
