"""Machines that are too few: a round that asks for more AI tasks than can be answered loses sessions."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from graphs.device import Chain, pick
from growth.behaviour import Person, company, person, scaled
from growth.campaign import COUNT_STEPS, Schedule
from growth.queues import chunk, each_chunk
from growth.record import inverse_cdf
from growth.state import Part, Sizes, State, Users
from growth.streams import Stream, below, words

__all__ = ["asked_tasks", "working"]


def asked_tasks(
    keys, users: Users, active: jax.Array, graph: Chain, p: Schedule, sizes: Sizes, who: Person, day: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """AI tasks that each session asks for, int32, and another word of the same counter, uint32.

    ``active`` is `State.group_active`: in the company of an in-app group people ask for more.
    """
    when = jnp.broadcast_to(day, who.user.shape)
    task_word, other = words(keys, who.lane, Stream.TASK, who.user, when)
    grouped = (company(users, active, graph, who, sizes) >= 2).astype(jnp.int32)
    law = p.ai_law.reshape(-1, COUNT_STEPS)
    return inverse_cdf(law, who.lane * 2 + grouped, COUNT_STEPS, task_word), other


def working(keys, state: State, graph: Chain, p: Schedule, sizes: Sizes, day: jax.Array) -> jax.Array:
    """Chance that a session works, uint32[L]: with enough machines ``p.works``, else that times the share of the
    round's tasks that can be answered. All is read at the round's start, so the order of sessions decides nothing, and
    whoever is served with few machines is served with more."""
    if not sizes.has(Part.CAPACITY):
        return p.works
    actors = state.lists.actors

    def body(start, asked):
        rows, exists = chunk(actors, start, sizes.chunk)
        who = person(rows[:, 0], sizes.users)
        tasks, _ = asked_tasks(keys, state.users, state.group_active, graph, p, sizes, who, day)
        _, works_word = words(keys, who.lane, Stream.SHARE, who.user, jnp.broadcast_to(day, who.user.shape))
        wanted = exists & below(works_word, pick(p.works, who.lane))
        return asked.at[who.lane].add(jnp.where(wanted, tasks, 0))

    asked = each_chunk(actors.length, sizes.chunk, body, jnp.zeros_like(p.capacity))
    share = p.capacity.astype(jnp.float32) / jnp.maximum(asked, 1).astype(jnp.float32)
    return jnp.where(asked > p.capacity, scaled(p.works.astype(jnp.float32), share), p.works)
