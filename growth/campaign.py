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
    "AMOUNT_UNIT",
    "CHART_MOST",
    "CHART_UNIT",
    "CIRCLES",
    "COUNT_STEPS",
    "DEGREES",
    "EVEN",
    "FRESH_DAYS",
    "GROUP_STEPS",
    "LOGIT_UNIT",
    "MAX_AGE",
    "MEMORY_COMPONENTS",
    "MEMORY_STEPS",
    "MORNINGLY",
    "NIGHTLY",
    "NOISE_UNIT",
    "PURSES",
    "QUANTILES",
    "RANKS",
    "STATES",
    "TIERS",
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
DEGREES = 1024
"""Numbers of friends told apart; who has more counts as the last."""
EVEN = 1 << 13
"""Fixed-point units of one in `Tables.feed_attention`: as many posts are seen as in the mean."""
MAX_AGE = 730
"""Largest age of an app in days: rows of the hazard table."""
AMOUNT_UNIT = 1 << 16
"""Fixed-point units of a factor of one on the cents of a draw or a slot."""
MORNINGLY = ("reach", "reach_most", "seeds", "opening", "money_lift", "attention")
"""Fields of `Schedule` that a day reads in its first round alone. Its fields for a pool, `daily_pool` and `top_up`, are
read then as well, and in a later round where that pool is topped up."""
NIGHTLY = ("churn", "churn_money", "churn_inviter", "churn_group", "uninstall", "chart_window")
"""Fields of `Schedule` that a day reads in its last round alone. All others hold in the round they are told for."""
STATES = ("never", "engaged", "dormant", "uninstalled")
FRESH_DAYS = 64
"""Days of taking part that are told apart; the last stands for more."""
PURSES = ("draw", "packet", "invitation", "coupon")
"""What draws on a pool; each has one, and several may share it."""
GROUP_STEPS = 16
"""Active members of an in-app group are told apart up to one less; the last step stands for more."""
RANKS = 200
"""Places of a store's chart; below it an app is not seen."""
CHART_UNIT = 256
"""Fixed-point units of one install a day on the chart, and of a lift of one."""
CHART_MOST = (1 << 31) - 1
"""The largest int32: a level or a growth that 32 bits do not hold stands as this on a chart."""
MEMORY_STEPS = 8
"""Exposures that are told apart; the last stands for more."""
MEMORY_COMPONENTS = 4
"""Components that are told apart; the last stands for more."""
CIRCLES = 1 + MEMORY_COMPONENTS
"""Numbers of components that somebody was told by, from none on."""
NOISE_UNIT = 1024
"""Fixed-point units of the movement of competitors on a chart."""
TIERS = 4
"""Steps of the inviter's reward by the number of invitations already paid."""


class Lanes(NamedTuple):
    """Which world each lane of the block is; int32[L] unless said otherwise."""

    replicate: jax.Array
    app: jax.Array
    purse: jax.Array  # int32[L, PURSES] the pool that each of PURSES draws on


class Schedule(NamedTuple):
    """Every number that may change during the run, per lane and round: [L, T, ...]."""

    reach: jax.Array  # uint32[.., 4 states, 6 causes] cumulative chance of being brought in today
    reach_most: jax.Array  # uint32[..] largest of them
    answered: jax.Array  # uint32[.., 4 states, 6 causes] of those whom media ask so many come; 0 who come unasked
    seeds: jax.Array  # int32[.., SEED_RULES] people seeded this morning, by the rule that chooses them
    opening: jax.Array  # float32[..] multiplier of the opening probability: weekday, holiday
    money_lift: jax.Array  # float32[..] and while a pool is open
    churn: jax.Array  # float32[.., 13 origins] multiplier of the churn hazard
    churn_money: jax.Array  # float32[..] and while a pool is open
    churn_inviter: jax.Array  # float32[..] and while one's inviter is engaged
    churn_group: jax.Array  # float32[.., GROUP_STEPS] and by the members of one's in-app group who open today
    uninstall: jax.Array  # uint32[..] whoever leaves removes the app
    attention: jax.Array  # float32[.., APPS] opening multiplier by the number of other apps one is engaged with
    answers: jax.Array  # float32[.., APPS] acceptance multiplier by the number of other campaigns one takes part in
    rival_days: jax.Array  # int32[..] days after an activation for which one takes part in that app's campaign
    works: jax.Array  # uint32[..] a session works
    capacity: jax.Array  # int32[..] AI tasks that the machines answer in a round
    campaign_on: jax.Array  # int32[..] 1 while the campaign pays
    sign_in_draws: jax.Array  # int32[..] draws earned by signing in
    ai_law: jax.Array  # uint32[.., 2, COUNT_STEPS] count law of AI tasks in a session, alone / in an active group
    ai_draws: jax.Array  # int32[..] draws per AI task
    ai_limit: jax.Array  # int32[..] AI tasks a day that earn draws
    draw_take_up: jax.Array  # uint32[..] a session uses its draws
    free_draws: jax.Array  # int32[..]
    draw_limit: jax.Array  # int32[..] draws a day
    booster: jax.Array  # uint32[..] a session has a card that multiplies its draws
    booster_times: jax.Array  # int32[..] by so much
    claim_draws: jax.Array  # int32[..] draws a sharer earns per claim, in 1/256
    claim_draw_limit: jax.Array  # int32[..] draws earned by claims and invitations that a session may use
    inviter_step: jax.Array  # int32[.., TIERS] paid invitations from which each tier holds
    inviter_cents: jax.Array  # int32[.., TIERS] cents for the inviter
    invitee_cents: jax.Array  # int32[..] cents for the invited
    invite_counts: jax.Array  # int32[.., 2 kinds] 1 where an activation of the kind is a successful invitation
    invite_limit: jax.Array  # int32[..] invitations of one person that are paid, over the run
    invite_draws: jax.Array  # int32[..] draws an inviter earns per paid invitation, in 1/256
    invite_coupons: jax.Array  # int32[.., 2] coupons per paid invitation: inviter, invited
    share_cents: jax.Array  # int32[..] cents for every packet shared, whoever takes it
    coupons: jax.Array  # int32[..] coupons that everyone in the campaign gets, once
    coupon_cents: jax.Array  # int32[..] what a coupon is worth when redeemed
    coupon_valid: jax.Array  # int32[..] 1 while coupons can be redeemed
    order_law: jax.Array  # uint32[.., COUNT_STEPS] count law of the orders of a session of someone with coupons
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
    work: jax.Array  # uint32[..] a tie or chat of class or workplace is reached on such a day
    opens: jax.Array  # float32[.., 4 channels] the link can be opened
    accept: jax.Array  # int32[.., 2, 4 channels, 4 states] logit, pool empty / pool open
    tie: jax.Array  # int32[..] logit per 256 of strength
    affinity: jax.Array  # int32[..] logit per 256 of affinity, from the middle
    accept_most: jax.Array  # int32[..] no logit before tie and affinity is ever larger
    memory_logit: jax.Array  # int32[.., MEMORY_STEPS, MEMORY_COMPONENTS] logit by exposures and components
    memory_times: jax.Array  # float32[.., MEMORY_STEPS, MEMORY_COMPONENTS] and a factor on the chance
    memory_adds: jax.Array  # int32[..] 1 where that is a weight, and all so far add up
    remembers: jax.Array  # int32[..] 1 where exposures meet one threshold; 0: each is tried by itself
    memory_most: jax.Array  # int32[..] no logit of the not engaged, before affinity, is ever larger
    memory_most_times: jax.Array  # float32[..] nor a factor
    receive_limit: jax.Array  # int32[..] packets a person may claim a day
    group_create: jax.Array  # uint32[..]
    group_join: jax.Array  # uint32[..]
    cash_open: jax.Array  # int32[..] 1 while wallets can be cashed out
    cash_least: jax.Array  # int32[..] cents below which a wallet cannot be
    cash_take_up: jax.Array  # uint32[..] a session with enough in its wallet cashes out
    cash_expires: jax.Array  # int32[..] 1 in the round before which what was not cashed out is lost
    chart_window: jax.Array  # int32[..] days of downloads that the free chart looks at, at most WEEK
    farm_accounts: jax.Array  # int32[..] farmed accounts that take part in a day
    farm_draws: jax.Array  # int32[..] draws of each
    farm_claims: jax.Array  # int32[..] packet slots of each
    farm_fresh: jax.Array  # uint32[..] it is presented today as somebody new who was invited
    posted: jax.Array  # uint32[..] a packet is posted openly
    strangers: jax.Array  # int32[..] strangers who come for a packet that is
    stranger_seconds: jax.Array  # int32[..] within so long
    resold: jax.Array  # uint32[..] somebody new who came alone is sold as invited
    checking: jax.Array  # int32[..] 1 while every request for money is checked
    detection: jax.Array  # uint32[..] an outsider is refused before it is paid
    claw_back: jax.Array  # uint32[..] one that was paid is found later
    false_positive: jax.Array  # uint32[..] an honest person is refused rewards
    feed: jax.Array  # uint32[.., CIRCLES] a packet is posted in a feed, by how many circles its sharer was told by
    feed_see: jax.Array  # uint32[..] a friend sees a post
    feed_effort: jax.Array  # int32[..] logit by which a post is answered less than a packet sent to somebody, 0 or more
    notice: jax.Array  # uint32[..] the app tells friends of a session
    notice_friends: jax.Array  # int32[..] so many of them
    notice_see: jax.Array  # uint32[..] a friend sees a notice
    notice_effort: jax.Array  # int32[..] logit by which it is answered less, 0 or more
    habit: jax.Array  # uint32[..] a session shares as its person always does
    habit_alike: jax.Array  # uint32[..] and the person as friends do
    habit_hubs: jax.Array  # uint32[..] or, up to here, as the number of friends says
    fresh: jax.Array  # uint32[.., FRESH_DAYS] a session shares as on the first day, by days of taking part
    fresh_from: jax.Array  # int32[..] day on which taking part begins for those who had the app before
    send_back: jax.Array  # float32[..] chance of a packet more for every cent received, in 2^31
    daily_pool: jax.Array  # int32[.., PURSES] cents a day of each pool
    top_up: jax.Array  # int32[.., PURSES] cents added to each pool as the round begins
    reward_times: jax.Array  # int32[.., 2] factor on the cents of a draw, of a packet's slot, in AMOUNT_UNIT


class Tables(NamedTuple):
    """Integer laws of each lane's parameter draw and app, built on the host."""

    status: jax.Array  # uint32[L, 256 affinities, 3] cumulative shares: engaged, dormant, uninstalled
    age: jax.Array  # int32[L, QUANTILES] age of the engaged base in days
    churn: jax.Array  # float32[L, ages, 128] nightly hazard by age at the start, in 2^31
    oldest: jax.Array  # int32[L] age in days at which whoever is still engaged leaves
    open: jax.Array  # float32[L, 128] opening probability, in 2^31
    interest: jax.Array  # uint8[L, 33 levels, 128] quantile of opening by what one resisted, by that of the unasked
    befriended: jax.Array  # uint32[L, 2, DEGREES] share of people with fewer friends, and with as many, in 2^-32
    feed_attention: jax.Array  # uint32[L, DEGREES] posts seen by people with so many friends over the mean, in 2^-13
    gap: jax.Array  # int32[L, 128, 64] days since the last opening of the base
    novelty: jax.Array  # float32[L, AGES] opening multiplier by days since activation
    logistic: jax.Array  # uint32[8192] threshold of a logit from -16 to 16
    hour: jax.Array  # int32[L, QUANTILES] second of the day
    delay: jax.Array  # int32[L, QUANTILES] seconds from share to response
    amount: jax.Array  # int32[L, 2, QUANTILES] cents of a draw, of a packet's slot
    slot_mean: jax.Array  # int32[L, 2] mean of a slot of a lucky packet, whole cents and parts; 0 where none is lucky
    chart_level: jax.Array  # int32[L, RANKS] installs a day at each rank, in CHART_UNIT
    chart_noise: jax.Array  # int32[L, QUANTILES] movement of the competitors, in NOISE_UNIT
    chart_lift: jax.Array  # int32[L, RANKS + 1] organic reach of the day after, in CHART_UNIT
    chart_start: jax.Array  # int32[L] installs a day before the run
    surge_level: jax.Array  # int32[L, RANKS] today over the mean of the week before at each rank, in CHART_UNIT


class Campaign(NamedTuple):
    """All a step reads besides key, state and graph."""

    lanes: Lanes
    schedule: Schedule
    tables: Tables
    total_pool: jax.Array  # int32[L, PURSES] cents of each pool, all days


def at_round(schedule: Schedule, clock: jax.Array) -> Schedule:
    """The schedule of one round: the same names with leaves [L, ...]."""
    return jax.tree.map(lambda leaf: lax.dynamic_index_in_dim(leaf, clock, 1, keepdims=False), schedule)
