"""What a running cascade holds: its static sizes and structure, its queue, and what it has touched."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

__all__ = [
    "BLOCK",
    "COUNT_STEPS",
    "FREE",
    "CascadeCampaign",
    "CascadeFlows",
    "CascadeLog",
    "CascadeNumbers",
    "CascadeSizes",
    "CascadeState",
    "Structure",
    "empty_log",
]

BLOCK = 32
"""Ties of a user that are looked at together: one key, one count of successes."""
COUNT_STEPS = 64
"""Steps of the count law: more than 63 points among 32 ties, each hit at most with ln 2, have chance below 2^-40."""
FREE = 65535
"""Mark of somebody who has not joined; a mark is else the place of the contact that won him."""


class Structure(NamedTuple):
    """Static: which parts a law has. One compilation per structure."""

    classes: str = "one"  # what a tie's probability hangs on: "one", "strength", "weighted" (the viewer's degree)
    threshold: str = "none"  # contacts it takes: "none" (one does), "fixed", "uniform" (linear threshold)
    lasting: bool = False  # who has joined tries again in later rounds


class CascadeSizes(NamedTuple):
    """Static sizes on one device. Results do not depend on them; what is too small is found."""

    lanes: int
    together: int  # lanes that run at once; divides lanes
    users: int
    queue: int  # people waiting to act; a power of two
    table: int = 0  # slots of the hash set of touched (lane, user), a power of two; 0: one mark for every one
    chunk: int = 2048  # blocks of ties looked at in one step
    contacts: int = 2048  # contacts of them handled at once
    few: int = 512  # of both, while no more wait
    log: int = 0  # rows of the activation log; 0: none is kept


class CascadeNumbers(NamedTuple):
    """A law's numbers for V variants and K classes of ties, traced. Probabilities are 31-bit thresholds."""

    count: Any  # uint32[V, (BLOCK + 1) * COUNT_STEPS] cumulative law of the points among s ties, s = 0 to BLOCK
    keep: Any  # uint32[V, K] a point on a tie of the class counts
    coin: Any  # uint32[V, K] and so does the tie's own coin
    coins: Any  # int32[V] 1 if any coin can count
    need: Any  # int32[V] contacts it takes, at least
    share: Any  # uint32[V] and as a share of the viewer's ties: contacts floor(share degree / 2^32) + 1
    stay: Any  # uint32[V] who has joined tries one round more
    most: Any  # int32[V] rounds in which he tries, at most


class CascadeCampaign(NamedTuple):
    """All a step reads besides key, state and graph; L lanes, each a replicate of a variant."""

    lane: Any  # int32[L] number of the lane, as the log names it
    replicate: Any  # int32[L]
    variant: Any  # int32[L]
    seeds: Any  # int32[L, S] users who start, in order; -1 nobody
    numbers: CascadeNumbers


class CascadeLog(NamedTuple):
    """Who joined, in order: rows of lane, user, parent (a user, -1 for a seed) and round."""

    table: jax.Array  # int32[log, 4]
    length: jax.Array  # int32 scalar; past the capacity only this grows


class CascadeState(NamedTuple):
    """A group of lanes under way. A user of a lane is one flat int32 id, ``lane * users + user``."""

    queue: jax.Array  # int32[queue] ids waiting to act, a ring
    ages: jax.Array  # int32[queue] rounds since they joined (one entry where nobody lasts)
    table: jax.Array  # int32[table] hash set of ids, -1 empty (one entry where marks are dense)
    marks: jax.Array  # per id or slot of the table: uint16 place, FREE before; with a threshold int32 contacts
    head: jax.Array  # int32 scalars: place of the next to act,
    done: jax.Array  # blocks of his ties already done,
    tail: jax.Array  # place behind the last,
    level: jax.Array  # round in which he joined,
    border: jax.Array  # place of the first who joined a round later,
    following: jax.Array  # place behind the last whom somebody before the border won
    touched: jax.Array  # slots used of the table
    overflow: jax.Array  # bits: 1 queue, 2 table
    log: CascadeLog


class CascadeFlows(NamedTuple):
    """What one step did, per lane of the group, int32[together]."""

    joined: jax.Array  # people who acted for the first time
    latest: jax.Array  # the latest round in which one of them joined, 0 if none


def empty_log(sizes: CascadeSizes) -> CascadeLog:
    """A log with nothing in it."""
    return CascadeLog(jnp.zeros((max(sizes.log, 1), 4), jnp.int32), jnp.int32(0))
