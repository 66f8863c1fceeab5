"""Chance owned by people: every random word is a pure function of who draws it, when, and for what.

The generator is Threefry-2x32 with 13 rounds (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as
1, 2, 3", SC 2011, doi 10.1145/2063384.2063405): counter based, so the word of (user, day) can be asked for
at any time and in any order, and its known answers are in the tests. With 20 rounds it is the generator of
`jax.random`; the paper's own margin makes 13 the least it calls safe, and it costs two thirds.

A word is compared with a 31-bit threshold (`below`): probability p is the integer floor(p 2^31), so that 0 never
happens, 1 always does, and no decision hangs on the last bit of a float.
"""

from __future__ import annotations

from enum import IntEnum

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

__all__ = ["ONE", "Stream", "below", "lane_keys", "root_key", "root_words", "threefry2x32", "words"]

ONE = 1 << 31
"""The threshold of a certain event."""

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA


class Stream(IntEnum):
    """What a draw is for. The number is part of the key: never renumber, only append."""

    BASE = 0  # (user, 0): standing world: status, age
    TRAIT = 1  # (user, activation number): churn and opening propensities of one activation
    DAY = 2  # (user, day): opens today, churns tonight
    HOUR = 3  # (user, day): second of the day of opening or of being reached
    REACH = 4  # (user pair, day): reached today
    TASK = 5  # (user, day): AI tasks, takes the free draws
    SHARE = 6  # (user, day): packets shared, session works
    GROUP = 7  # (user, day): creates or joins an in-app group, in which chat
    PACKET = 8  # (user, day and ordinal): the packet's own key
    ROUTE = 9  # (user, day and ordinal): chat or friends, platform, how many friends
    PERMUTE = 10  # (user, day): order in which today's packets go through the friends
    MUTE = 11  # (user, chat): the chat is muted, for good
    DRAW = 12  # (user, day and ordinal): the amount of a lottery draw
    CHATS = 13  # (user, day): order in which today's packets go through the chats
    ORDER = 14  # (user, day): orders of a session with a coupon; order among payments of one second
    TIES = 15  # (user, round since joining and block of ties): the key of a plain cascade's contacts
    THRESHOLD = 16  # (user, 0): how many contacts it takes in a plain cascade, for good
    CHART = 17  # (0, day): how the competitors on the charts move
    WALLET = 18  # (user, day): cashes out
    PERSON = 19  # (user, activation number): threshold of acceptance
    SEED = 20  # (user, 0 or day): order among people who could be seeded
    FARM = 21  # (farmed account, 0 or day + 1): known to risk control, found later; second and order of its requests
    FARM_DRAW = 22  # (farmed account, day and ordinal): what it wins; whether it is presented as new
    RESALE = 23  # (user, 0 or 1): sold as invited by an operator; whether risk control finds out
    RISK = 24  # (user, 0): taken for a farmed account
    BOOSTER = 25  # (user, day): has a card that multiplies the draws of the day
    FEED = 26  # (user, day and ordinal): the packet is posted in a feed
    NOTICE = 27  # (user, day): the app tells friends of the session
    HABIT = 28  # (user, 0 or day + 1): how much one shares for good, and whether as one's friends do; shares so today
    RECIPROCITY = 29  # (user, day): shares because of money received
    FATIGUE = 30  # (user, day): is too tired of sharing to do so today


def threefry2x32(k0, k1, c0, c1, rounds: int = 13) -> tuple[jax.Array, jax.Array]:
    """Threefry-2x32: two uint32 words of the counter ``(c0, c1)`` under the key ``(k0, k1)``; shapes broadcast."""
    k0, k1, c0, c1 = (jnp.asarray(word).astype(jnp.uint32) for word in (k0, k1, c0, c1))
    schedule = (k0, k1, k0 ^ k1 ^ jnp.uint32(_PARITY))
    x0, x1 = c0 + k0, c1 + k1
    for done in range(rounds):
        distance = _ROTATIONS[done // 4 % 2][done % 4]
        x0 = x0 + x1
        x1 = (x1 << jnp.uint32(distance)) | (x1 >> jnp.uint32(32 - distance))
        x1 = x1 ^ x0
        if done % 4 == 3:
            injection = done // 4 + 1
            x0 = x0 + schedule[injection % 3]
            x1 = x1 + schedule[(injection + 1) % 3] + jnp.uint32(injection)
    return x0, x1


def root_key(rng_seed: int, chain: int = 0) -> jax.Array:
    """The run's root key, uint32[2], the same in every call and never split along the way."""
    return jnp.asarray(root_words(rng_seed, chain))


def root_words(rng_seed: int, chain: int = 0) -> NDArray[np.uint32]:
    """`root_key` on the host: a call of a millisecond sends it along in less time than it takes to place."""
    if not 0 <= rng_seed < 1 << 32:
        raise ValueError(f"rng seed {rng_seed} is not in 0 ... 4294967295")
    return np.array([rng_seed, chain], dtype=np.uint32)


def lane_keys(key: jax.Array, replicate: jax.Array, app: jax.Array) -> jax.Array:
    """Keys of all streams of every lane, uint32[lanes, streams, 2].

    A lane is one (draw, variant, replicate, app). Neither draw nor variant enters: they meet the same luck.
    """
    who = (replicate.astype(jnp.uint32) << jnp.uint32(8)) | app.astype(jnp.uint32)
    streams = jnp.arange(len(Stream), dtype=jnp.uint32)
    words_ = threefry2x32(key[0], key[1], who[:, None], streams[None, :], rounds=20)
    return jnp.stack(words_, axis=-1)


def words(
    keys: jax.Array, lane: jax.Array, stream: Stream, who: jax.Array, when: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """The two words owned by (lane's replicate and app, stream, who, when); all arrays of one shape."""
    mine = keys[:, stream, :]
    k0 = mine[:, 0].at[lane].get(mode="promise_in_bounds")
    k1 = mine[:, 1].at[lane].get(mode="promise_in_bounds")
    return threefry2x32(k0, k1, who, when)


def below(word: jax.Array, threshold: jax.Array) -> jax.Array:
    """True with probability ``threshold / 2^31``: decided on integers."""
    return (word >> jnp.uint32(1)) < threshold
