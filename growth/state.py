"""What tomorrow needs: users, lists of work, totals. Nothing here is a record for a reader.

A user of a lane is one flat int32 id, ``lane * n + user``, inside a block of L lanes and n users.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from growth.flows import AGES, CAUSES, KINDS, NUM_COLUMNS, SOURCES
from growth.queues import Rows, empty

__all__ = [
    "DORMANT",
    "ENGAGED",
    "NEVER",
    "NEVER_ACTIVE",
    "NO_GROUP",
    "RECENT",
    "UNINSTALLED",
    "Lists",
    "Sizes",
    "State",
    "Totals",
    "Users",
    "empty_lists",
    "empty_totals",
    "locate",
    "origin_of",
]

NEVER, ENGAGED, DORMANT, UNINSTALLED = 0, 1, 2, 3
NO_GROUP = 255
LEAST_CHUNK = 64
"""Smallest chunk: users are looked at for reach in blocks of this many."""
NEVER_ACTIVE = -1000
RECENT = 32
"""Days of the ring that counts people by the day they were last active (MAU looks back 30)."""


class Sizes(NamedTuple):
    """Static sizes of a block on one device. Results do not depend on them; a list too small is found and grown."""

    lanes: int
    users: int
    chats: int
    days_rounds: int  # H
    chunk: int = 2048
    pending: int = 1 << 16
    actors: int = 1 << 15
    packets: int = 1 << 15
    claims: int = 1 << 15
    log: int = 1 << 15

    @property
    def packet_stride(self) -> int:
        """Rows of one day's half of the packet table."""
        return self.packets + self.chunk

    @property
    def seconds(self) -> int:
        """Seconds of one round."""
        return 86400 // self.days_rounds


class Users(NamedTuple):
    """One entry per (lane, user): [L * n]."""

    status: jax.Array  # uint8: NEVER, ENGAGED, DORMANT, UNINSTALLED
    origin: jax.Array  # uint8: 0 the base world, else 1 + 5 kind + cause of the current activation
    activation: jax.Array  # uint8: number of this activation, 0 in the base world
    activation_day: jax.Array  # int16: negative in the base world
    last_active: jax.Array  # int16: day, NEVER_ACTIVE if never
    earned: jax.Array  # int16: draws earned by claims and not yet used
    received: jax.Array  # uint8: packets claimed today
    group_slot: jax.Array  # uint8: chat slot of my in-app group, NO_GROUP if none
    claimed: jax.Array  # bool: has claimed a packet of the campaign


class Lists(NamedTuple):
    """Work lists; every field is `Rows`."""

    roster: Rows  # engaged: id
    openers: Rows  # today: id, second
    actors: Rows  # who has a session this round: id, second
    sessions: Rows  # what they do in it: id, second, draws, cents, packets, first packet, tie-break
    packets: Rows  # today and yesterday: the fields of `growth.share.Packet`
    pending: Rows  # not yet answered: viewer, due second, packet (-1 reached), word, strength or cause
    claims: Rows  # accepted this round: the same fields, status at the round's start
    spare_roster: Rows  # what a sieve of the roster keeps, on its way back
    spare_pending: Rows
    log: Rows  # today's activations: id, round, origin, parent id, parent activation, activation


class Totals(NamedTuple):
    """Sums of the day and of the run, per lane."""

    flows: jax.Array  # int32[L, columns]
    cohort: jax.Array  # int32[L, 10 origins, AGES] active today by origin and age
    recent: jax.Array  # int32[L, RECENT] people by day last active
    pool: jax.Array  # int32[L, 2] cents left in all
    today: jax.Array  # int32[L, 2] cents left today, 0 once today's pool has closed
    closed: jax.Array  # int32[L, 2] 1 once the whole pool has closed


class State(NamedTuple):
    """All of it."""

    clock: jax.Array  # int32 scalar: rounds since the first midnight
    midnight: jax.Array  # int32 scalar: 1 after the last round, while the day is not yet closed
    users: Users
    taken: jax.Array  # int32[2 * stride] slots taken of each packet
    group_since: jax.Array  # int32[L * chats] round in which the chat's in-app group began, -1 none
    lists: Lists
    totals: Totals
    overflow: jax.Array  # int32 scalar: bits of the lists that were too small


def locate(ids: jax.Array, users: int) -> tuple[jax.Array, jax.Array]:
    """Lane and user of flat ids."""
    lane = ids // jnp.int32(users)
    return lane, ids - lane * jnp.int32(users)


def origin_of(kind: jax.Array, cause: jax.Array) -> jax.Array:
    """Origin number of an activation kind (0 new, 1 reactivated) and cause."""
    return 1 + kind * len(CAUSES) + cause


def empty_lists(sizes: Sizes) -> Lists:
    """Lists with nothing in them."""

    def rows(capacity: int, fields: int) -> Rows:
        return empty(capacity, fields, sizes.chunk)

    everyone = sizes.lanes * sizes.users
    packets = empty(2 * sizes.packet_stride, 9, 0)
    return Lists(
        roster=rows(everyone, 1),
        openers=rows(everyone, 2),
        actors=rows(sizes.actors, 2),
        sessions=rows(sizes.actors, 7),
        packets=packets,
        pending=rows(sizes.pending, 5),
        claims=rows(sizes.claims, 6),
        spare_roster=rows(everyone, 1),
        spare_pending=rows(sizes.pending, 5),
        log=rows(sizes.log, 6),
    )


def empty_totals(lanes: int, pool: jax.Array) -> Totals:
    """Totals at the start of a run."""
    return Totals(
        flows=jnp.zeros((lanes, NUM_COLUMNS), jnp.int32),
        cohort=jnp.zeros((lanes, len(KINDS) * len(CAUSES), AGES), jnp.int32),
        recent=jnp.zeros((lanes, RECENT), jnp.int32),
        pool=pool,
        today=jnp.zeros((lanes, len(SOURCES)), jnp.int32),
        closed=jnp.zeros((lanes, len(SOURCES)), jnp.int32),
    )
