"""The laws by which people decide, on integers: opening, churn, accepting."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from graphs.device import Chain, pick
from growth.base_world import ATOMS
from growth.campaign import GROUP_STEPS, LOGIT_UNIT, MAX_AGE, STATES, Campaign, Schedule
from growth.flows import AGES, CHANNELS
from growth.interest import opening_quantile
from growth.rivals import attention_left
from growth.state import ENGAGED, NO_GROUP, Part, Sizes, State, Users, locate
from growth.streams import ONE, Stream, words

__all__ = [
    "Person",
    "accept_logit",
    "acceptance",
    "accompanied",
    "churn_threshold",
    "company",
    "group_cell",
    "logistic",
    "open_threshold",
    "person",
    "scaled",
    "threshold_word",
]


class Person(NamedTuple):
    """Who is behind a flat id, as arrays of one shape."""

    ids: jax.Array
    lane: jax.Array
    user: jax.Array


def person(ids: jax.Array, users: int) -> Person:
    """Lane and user of flat ids."""
    lane, user = locate(ids, users)
    return Person(ids, lane, user)


def scaled(threshold: jax.Array, *factors: jax.Array) -> jax.Array:
    """A float threshold (units of 2^-31) times factors, capped at certainty, as uint32.

    Only products: each is correctly rounded, so that the result is the same bit for bit in every batch shape.
    """
    for factor in factors:
        threshold = threshold * factor
    return jnp.minimum(threshold, jnp.float32(ONE)).astype(jnp.uint32)


def _trait(keys: jax.Array, who: Person, users: Users) -> tuple[jax.Array, jax.Array]:
    """Quantile numbers (0 to ATOMS - 1) of churn and of opening, owned by the activation."""
    number = pick(users.activation, who.ids)
    churn, opening = words(keys, who.lane, Stream.TRAIT, who.user, number)
    return (churn >> jnp.uint32(25)).astype(jnp.int32), (opening >> jnp.uint32(25)).astype(jnp.int32)


def open_threshold(
    keys: jax.Array, who: Person, users: Users, campaign: Campaign, p: Schedule, day: jax.Array, sizes: Sizes, paying
) -> jax.Array:
    """Chance that each engaged person opens the app today.

    Beta-Bernoulli per activation, times a novelty that fades with the days since activation, the calendar, money on
    offer (``paying`` bool[L]: a pool is open), and the attention left by other apps the person is engaged with.
    """
    _, habit = _trait(keys, who, users)
    habit = opening_quantile(campaign, users, sizes, who.lane, who.ids, habit)
    age = jnp.clip(day - pick(users.activation_day, who.ids).astype(jnp.int32), 0, AGES - 1)
    return scaled(
        pick(campaign.tables.open.reshape(-1), who.lane * ATOMS + habit),
        pick(campaign.tables.novelty.reshape(-1), who.lane * AGES + age),
        pick(p.opening, who.lane),
        pick(jnp.where(paying, p.money_lift, jnp.float32(1)), who.lane),
        attention_left(users, who.lane, who.user, p, sizes),
    )


def accompanied(users: Users, who: Person) -> jax.Array:
    """Whether the inviter of each person's activation is still in the activation in which the invitation was sent."""
    inviter = pick(users.inviter, who.ids)
    at = jnp.maximum(inviter, 0)
    same = pick(users.activation, at) == pick(users.inviter_activation, who.ids)
    return (inviter >= 0) & same & (pick(users.status, at) == ENGAGED)


def group_cell(graph: Chain, users: Users, who: Person, sizes: Sizes) -> tuple[jax.Array, jax.Array]:
    """Where each person's in-app group is counted (lane and chat), and whether there is one."""
    slot = pick(users.group_slot, who.ids).astype(jnp.int32)
    member = slot != NO_GROUP
    chat = graph.chat(who.user, jnp.where(member, slot, 0))
    return who.lane * sizes.chats + jnp.where(member, chat, 0), member


def company(users: Users, active: jax.Array, graph: Chain, who: Person, sizes: Sizes) -> jax.Array:
    """Members of each person's in-app group who open the app today, oneself included, 0 to GROUP_STEPS - 1.

    ``active`` is `State.group_active`.
    """
    if not sizes.has(Part.GROUP):
        return jnp.zeros_like(who.ids)
    cell, member = group_cell(graph, users, who, sizes)
    return jnp.minimum(jnp.where(member, pick(active, cell), 0), GROUP_STEPS - 1)


def churn_threshold(
    keys: jax.Array, who: Person, state: State, graph: Chain, campaign: Campaign, p: Schedule, sizes: Sizes, day, paying
) -> jax.Array:
    """Chance that each engaged person leaves tonight: shifted-beta-geometric, times multipliers of kind and cause, of
    money on offer (``paying`` bool[L]), of an inviter who is still engaged, and of the active members of one's group.

    Nobody leaves on the day of activation; whoever has reached the app's greatest age leaves for certain.
    """
    users = state.users
    wear, _ = _trait(keys, who, users)
    since = pick(users.activation_day, who.ids).astype(jnp.int32)
    oldest = pick(campaign.tables.oldest, who.lane)
    row = who.lane * (MAX_AGE + 1) + jnp.clip(-since, 0, MAX_AGE)
    hazard = pick(campaign.tables.churn.reshape(-1), row * ATOMS + wear)
    origin = pick(users.origin, who.ids).astype(jnp.int32)
    factors = [
        pick(p.churn.reshape(-1), who.lane * p.churn.shape[1] + origin),
        pick(jnp.where(paying, p.churn_money, jnp.float32(1)), who.lane),
        pick(p.churn_group.reshape(-1), who.lane * GROUP_STEPS + company(users, state.group_active, graph, who, sizes)),
    ]
    if sizes.has(Part.INVITER):
        factors.append(jnp.where(pick(users.accompanied, who.ids), pick(p.churn_inviter, who.lane), jnp.float32(1)))
    threshold = scaled(hazard, *factors)
    threshold = jnp.where(day - since >= oldest, jnp.uint32(ONE), threshold)
    return jnp.where(day == since, jnp.uint32(0), threshold)


def accept_logit(p: Schedule, graph: Chain, who: Person, strength: jax.Array) -> jax.Array:
    """The part of the acceptance logit that belongs to the tie and the viewer, fixed-point."""
    tie = (pick(p.tie, who.lane) * strength) >> 8
    closeness = (pick(p.affinity, who.lane) * (graph.affinity(who.user) - 128)) >> 8
    return tie + closeness


def acceptance(
    campaign: Campaign, p: Schedule, who: Person, own: jax.Array, channel: jax.Array, status, paying, left=None
) -> jax.Array:
    """Chance that each viewer takes the packet: logistic(base + reward - effort + tie + affinity) times the chance
    that the link opens in its channel.

    ``own`` from `accept_logit`; ``status`` of the viewer; ``paying`` whether the pool is open (int32); ``left`` from
    `growth.rivals.answers_left`. uint32.
    """
    cell = ((who.lane * 2 + paying) * len(CHANNELS) + channel) * len(STATES) + status.astype(jnp.int32)
    logit = pick(p.accept.reshape(-1), cell) + own
    opens = pick(p.opens.reshape(-1), who.lane * len(CHANNELS) + channel)
    return scaled(logistic(campaign, logit).astype(jnp.float32), opens, *([] if left is None else [left]))


def logistic(campaign: Campaign, logit: jax.Array) -> jax.Array:
    """Threshold of a fixed-point logit, by table; beyond 16 logits it is certain or impossible."""
    table = campaign.tables.logistic
    at = jnp.clip(logit + 16 * LOGIT_UNIT, 0, table.shape[0] - 1)
    return pick(table, at)


def threshold_word(keys, users: Users, who: Person) -> jax.Array:
    """The word whose upper 31 bits are the threshold of each person's present activation."""
    return words(keys, who.lane, Stream.PERSON, who.user, pick(users.activation, who.ids))[0]
