"""Other apps of the same world: the attention they share, and the answers that invitations to one cost another.

The apps of a world stand in lanes side by side, so a person is found in another app at a known distance: everything
here is read from the state at the round's start and written nowhere, and costs one look per other app.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from graphs.device import pick
from growth.campaign import PURSES, Campaign, Schedule
from growth.flows import APPS
from growth.pools import any_open
from growth.state import ENGAGED, Part, Sizes, State, Users

__all__ = ["answers_left", "attention_left", "beside", "campaigns_joined"]


def beside(lane: jax.Array, step: int, apps: int) -> jax.Array:
    """Lane of the app that stands ``step`` places further on in the same world, round and round."""
    own = lane % jnp.int32(apps)
    return lane - own + (own + jnp.int32(step)) % jnp.int32(apps)


def attention_left(users: Users, lane: jax.Array, user: jax.Array, p: Schedule, sizes: Sizes) -> jax.Array:
    """Factor on each person's chance to open, float32: by the number of other apps they are engaged with."""
    others = jnp.zeros_like(lane)
    for step in range(1, sizes.apps):
        there = beside(lane, step, sizes.apps) * jnp.int32(sizes.users) + user
        others = others + (pick(users.status, there) == ENGAGED).astype(jnp.int32)
    return pick(p.attention.reshape(-1), lane * APPS + others)


def campaigns_joined(
    state: State, campaign: Campaign, p: Schedule, sizes: Sizes, lane: jax.Array, user: jax.Array
) -> jax.Array:
    """How many other apps' campaigns each person takes part in, int32.

    One takes part in a campaign that pays now (it is on and some pool is open) while engaged with its app; and for
    ``rival_days`` days after an activation in that app, by whatever cause, on a day on which its campaign was on at any
    hour: the hour of an activation is not kept, and a campaign may begin at nine.
    """
    pays = any_open(state.totals, campaign.lanes.purse, *PURSES) & (p.campaign_on > 0)
    ran = jnp.max(campaign.schedule.campaign_on.reshape(sizes.lanes, -1, sizes.days_rounds), axis=2)
    days = ran.shape[1]
    day = state.clock // sizes.days_rounds
    found = jnp.zeros_like(lane)
    for step in range(1, sizes.apps):
        other = beside(lane, step, sizes.apps)
        there = other * jnp.int32(sizes.users) + user
        since = pick(state.users.activation_day, there).astype(jnp.int32)
        came = (pick(state.users.origin, there) > 0) & (day - since < pick(p.rival_days, lane))
        then = other * days + jnp.clip(since, 0, days - 1)
        took_up = came & (pick(ran.reshape(-1), then) > 0)
        stays = (pick(state.users.status, there) == ENGAGED) & pick(pays, other)
        found = found + (took_up | stays).astype(jnp.int32)
    return found


def answers_left(
    state: State, campaign: Campaign, p: Schedule, sizes: Sizes, lane: jax.Array, user: jax.Array, status: jax.Array
) -> jax.Array | None:
    """Factor on each viewer's chance to take a packet, float32: what other campaigns leave of the answers of those who
    would be brought in; None where the part is off. Whoever is engaged with this app already is not being invited."""
    if not sizes.has(Part.RIVAL):
        return None
    joined = campaigns_joined(state, campaign, p, sizes, lane, user)
    left = pick(p.answers.reshape(-1), lane * APPS + joined)
    return jnp.where(status == ENGAGED, jnp.float32(1), left)
