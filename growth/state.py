"""What tomorrow needs: users, lists of work, totals. Nothing here is a record for a reader.

A user of a lane is one flat int32 id, ``lane * n + user``, inside a block of L lanes and n users.
"""

from __future__ import annotations

from enum import IntFlag
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from growth.campaign import PURSES
from growth.flows import AGES, CAUSES, KINDS, NUM_COLUMNS
from growth.queues import Rows, empty

__all__ = [
    "DORMANT",
    "ENGAGED",
    "NEVER",
    "NEVER_ACTIVE",
    "NO_GROUP",
    "RECENT",
    "UNINSTALLED",
    "WEEK",
    "Lists",
    "Part",
    "Sizes",
    "State",
    "Totals",
    "Users",
    "empty_columns",
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
WEEK = 8
"""Days of installs that are kept for the charts: today and the seven before."""
RECENT = 32
"""Days of the ring that counts people by the day they were last active (MAU looks back 30)."""


class Part(IntFlag):
    """Parts of a day that a campaign may do without: static structure. What is off is neither stored nor traced."""

    GROUP = 1
    INVITE = 2
    ORDER = 4
    INVITER = 8  # whether one's inviter is still engaged
    CHART = 16
    WALLET = 32  # money is won first and cashed out later
    MEMORY = 64  # acceptance by a threshold of one's own, and what was seen before
    SEEDING = 128  # people of the campaign's choice are brought in
    ABUSE = 256  # farmed accounts, strangers, and risk control
    BOOSTER = 512  # cards that multiply the draws of a day
    RIVAL = 1024  # an invitation to one app can be the loss of another
    CAPACITY = 2048  # machines may be too few for the AI tasks of a round
    FEED = 4096  # packets posted where all friends see them
    NOTICE = 8192  # the app tells friends of whoever uses it
    HABIT = 16384  # how much people share is a trait
    RECIPROCITY = 32768  # money that was received moves people to send
    INTEREST = 65536  # who answers a strong offer only, opens less
    WEIGHTS = 131072  # exposures add their weights against that threshold (with MEMORY)
    WORK = 262144  # on some days people are at home, and class and workplace carry less
    FATIGUE = 524288  # the longer somebody takes part, the less they share


_TOLD = {Part.MEMORY: 3, Part.WEIGHTS: 1, Part.INVITE: 4}
"""Numbers that a part adds to an outcome."""


class Sizes(NamedTuple):
    """Static sizes of a block on one device. Results do not depend on them; a list too small is found and grown."""

    lanes: int
    users: int
    chats: int  # 1 where nobody can create an in-app group: then nothing is kept per chat
    days_rounds: int  # H
    chunk: int = 2048
    pending: int = 1 << 16
    actors: int = 1 << 15
    packets: int = 1 << 15
    claims: int = 1 << 15
    log: int = 1 << 15
    parts: int = Part.GROUP  # a sum of `Part`
    apps: int = 1  # lanes of one world, side by side; a device holds whole worlds

    def has(self, part: Part) -> bool:
        """Whether a part of the day exists."""
        return bool(self.parts & part)

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
    origin: jax.Array  # uint8: 0 the base world, else 1 + kind x causes + cause of the current activation
    activation: jax.Array  # uint8: number of this activation, 0 in the base world
    activation_day: jax.Array  # int16: negative in the base world
    last_active: jax.Array  # int16: day, NEVER_ACTIVE if never
    earned: jax.Array  # int32: draws earned by claims and invitations and not yet used, in 1/256
    received: jax.Array  # uint8: packets claimed today
    group_slot: jax.Array  # uint8: chat slot of my in-app group, NO_GROUP if none
    claimed: jax.Array  # bool: has claimed a packet of the campaign
    invited: Any = None  # int16: invitations paid (part INVITE)
    coupons: Any = None  # int32: coupons not yet redeemed (part ORDER)
    greeted: Any = None  # bool: has had the coupons that everyone gets (part ORDER)
    exposures: Any = None  # uint8: packets seen since the last lapse, and a bit (part MEMORY)
    components: Any = None  # uint32: labels of the first four settings they came from, a byte each
    circles: Any = None  # uint8: how many those were when this activation began (parts MEMORY and FEED)
    weights: Any = None  # uint32: sum of their weights in 2^-31, at most certain (part WEIGHTS)
    wallet: Any = None  # int32: cents won and not yet cashed out (part WALLET)
    wallet_age: Any = None  # uint8: expiries there had been when it was last filled; an older wallet is empty
    inviter: Any = None  # int32: flat id of whoever invited this activation, -1 nobody (part INVITER)
    inviter_activation: Any = None  # uint8: the number of the inviter's activation then
    accompanied: Any = None  # bool: that activation still lasted this morning
    got: Any = None  # int32: cents from packets since the last session (part RECIPROCITY)
    resistance: Any = None  # uint8: `growth.interest` level of the offer that this activation took (part INTEREST)


class Lists(NamedTuple):
    """Work lists; every field is `Rows`."""

    roster: Rows  # engaged: id
    openers: Rows  # today: id, second
    actors: Rows  # who has a session this round: id, second
    sessions: Rows  # what they do in it: the fields of `growth.tasks.Session`
    packets: Rows  # today and yesterday: the fields of `growth.share.Packet`
    pending: Rows  # not yet answered: viewer, due second, packet (-1 reached), word, strength or cause
    claims: Rows  # accepted this round: the same fields, status at the round's start
    outcomes: Rows  # what became of them: `growth.outcome.Outcome`, packed; its count is never needed
    spare_roster: Rows  # what a sieve of the roster keeps, on its way back
    spare_pending: Rows
    log: Rows  # today's activations: id, round, origin, parent id, parent activation, activation


class Totals(NamedTuple):
    """Sums of the day and of the run, per lane."""

    flows: jax.Array  # int32[L, columns]
    cohort: jax.Array  # int32[L, origins, AGES] active today by origin and age
    recent: jax.Array  # int32[L, RECENT] people by day last active
    pool: jax.Array  # int32[L, PURSES] cents left in all
    today: jax.Array  # int32[L, PURSES] cents left today, 0 once today's pool has closed
    closed: jax.Array  # int32[L, PURSES] 1 once the whole pool has closed


class State(NamedTuple):
    """All of it."""

    clock: jax.Array  # int32 scalar: rounds since the first midnight
    midnight: jax.Array  # int32 scalar: 1 after the last round, while the day is not yet closed
    users: Users
    taken: jax.Array  # int32[2 * stride] slots taken of each packet
    group_since: jax.Array  # int32[L * chats] round in which the chat's in-app group began, -1 none; [L] without groups
    group_active: jax.Array  # int32[L * chats] members of that group who open the app today
    lists: Lists
    totals: Totals
    overflow: jax.Array  # int32 scalar: bits of the lists that were too small
    held: Any = None  # int32[L] cents in all wallets (part WALLET)
    expiries: Any = None  # int32[L] times that what was not cashed out has expired
    installs: Any = None  # int32[L, WEEK] installs by day, a ring (part CHART)
    chart: Any = None  # int32[L, 2] last night's ranks from 0, free and surge chart; RANKS where not on it


def locate(ids: jax.Array, users: int) -> tuple[jax.Array, jax.Array]:
    """Lane and user of flat ids."""
    lane = ids // jnp.int32(users)
    return lane, ids - lane * jnp.int32(users)


def origin_of(kind: jax.Array, cause: jax.Array) -> jax.Array:
    """Origin number of an activation kind (0 new, 1 reactivated) and cause."""
    return 1 + kind * len(CAUSES) + cause


_COLUMNS: dict[str, tuple[tuple[Part, ...], Any, int]] = {
    "invited": ((Part.INVITE,), jnp.int16, 0),
    "coupons": ((Part.ORDER,), jnp.int32, 0),
    "greeted": ((Part.ORDER,), jnp.bool_, 0),
    "exposures": ((Part.MEMORY,), jnp.uint8, 0),
    "components": ((Part.MEMORY,), jnp.uint32, 0),
    "circles": ((Part.MEMORY, Part.FEED), jnp.uint8, 0),
    "weights": ((Part.WEIGHTS,), jnp.uint32, 0),
    "wallet": ((Part.WALLET,), jnp.int32, 0),
    "wallet_age": ((Part.WALLET,), jnp.uint8, 0),
    "inviter": ((Part.INVITER,), jnp.int32, -1),
    "inviter_activation": ((Part.INVITER,), jnp.uint8, 0),
    "accompanied": ((Part.INVITER,), jnp.bool_, 0),
    "got": ((Part.RECIPROCITY,), jnp.int32, 0),
    "resistance": ((Part.INTEREST,), jnp.uint8, 0),
}
"""Columns of `Users` that parts need: the parts, all of them, its type, and the value it begins with."""


def empty_columns(sizes: Sizes) -> dict[str, jax.Array]:
    """The columns of `Users` that the parts of these sizes need, as they begin."""
    everyone = sizes.lanes * sizes.users
    needed = {name: law for name, law in _COLUMNS.items() if all(map(sizes.has, law[0]))}
    return {name: jnp.full(everyone, value, dtype) for name, (_, dtype, value) in needed.items()}


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
        sessions=rows(sizes.actors, 11 if sizes.has(Part.ABUSE) else 10),
        packets=packets,
        pending=rows(sizes.pending, 5),
        claims=rows(sizes.claims, 6),
        outcomes=rows(sizes.claims, 3 + sum(fields * sizes.has(part) for part, fields in _TOLD.items())),
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
        today=jnp.zeros((lanes, len(PURSES)), jnp.int32),
        closed=jnp.zeros((lanes, len(PURSES)), jnp.int32),
    )
