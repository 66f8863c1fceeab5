"""The layers of a society: ties inside households and circles, and ties paired at random by distance."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from graphs.chain_parameters import FociParameters, TieLayer
from graphs.hashing import hash_uniform, pair_bits
from graphs.template import CircleLaw
from graphs.ties import pack_ties

__all__ = [
    "Blocks",
    "Places",
    "Ties",
    "circle_blocks",
    "circle_ties",
    "cut_blocks",
    "deal",
    "household_ties",
    "matching_ties",
    "strength_table",
]

_CHUNK = 1 << 18  # candidate pairs looked at together: stays in cache
Ties = list[NDArray[np.uint64]]  # packed ties, `graphs.ties.pack_ties`


@dataclass(frozen=True)
class Places:
    """Where each user stands: user v is row ``row[v]`` of the template in town ``town[v]``."""

    num_users: int
    towns: int
    town: NDArray[np.int32]
    row: NDArray[np.int32]
    household: NDArray[np.int32]  # global id, rising with the user id
    age: NDArray[np.float32]  # quantile of age inside the user's cohort, 0..1
    gender: NDArray[np.uint8]


@dataclass(frozen=True)
class Blocks:
    """Seats in foci: ``members[starts[b]:starts[b + 1]]`` are the users of block b (a user may sit twice)."""

    members: NDArray[np.int32]
    starts: NDArray[np.int64]

    def sizes(self) -> NDArray[np.int64]:
        return np.diff(self.starts)


def strength_table(layer: TieLayer) -> NDArray[np.uint8]:
    """Strength of a tie by its hashed byte: quantile 0..255 of exp(mean + spread z) under exp(N(0, 1))."""
    z = ndtri((np.arange(256) + 0.5) / 256)
    return np.minimum(256.0 * ndtr(layer.mean + layer.spread * z), 255.0).astype(np.uint8)


def household_ties(
    places: Places, weight: NDArray[np.float64], parameters: FociParameters, seed: int
) -> tuple[Ties, Blocks]:
    """Everybody who takes part is tied to everybody else who does; also the family chats' seats."""
    chance = np.minimum(1.0, weight[places.row] / parameters.household_full_at)
    part = hash_uniform(seed, 21, np.arange(places.num_users)) < chance
    user = np.flatnonzero(part).astype(np.int32)
    home = places.household[user]
    ties: Ties = []
    table = strength_table(parameters.household_strength)
    for apart in range(1, len(parameters.household_share)):
        same = home[apart:] == home[:-apart]
        u, v = user[:-apart][same], user[apart:][same]
        ties.append(pack_ties(places.num_users, u, v, table[pair_bits(seed, 22, u, v) & np.uint32(255)]))
    starts = np.flatnonzero(np.diff(home, prepend=-1, append=-1)).astype(np.int64)
    return ties, Blocks(user, starts)


def deal(
    stubs: NDArray[np.int32],
    places: Places,
    window: int,
    rng: np.random.Generator,
    leaning: NDArray[np.float32] | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Shuffle the users' stubs inside windows of towns: users by seat, and the seat where each window starts.

    ``stubs`` is [rows]. Seats of a window rise with luck (0..1) plus ``leaning`` [num_users, >= 0]: users of
    like leaning sit close. A last window that is less than half full joins the one before.
    """
    user = np.repeat(np.arange(places.num_users, dtype=np.int32), stubs[places.row])
    windows = max(1, int(places.towns / window + 0.5))
    area = np.minimum(places.town[user] // window, windows - 1)
    seat, top = rng.random(len(user)), 1.0
    if leaning is not None:
        seat += leaning[user]
        top += float(leaning.max())
    starts = np.concatenate([[0], np.cumsum(np.bincount(area, minlength=windows))])
    return user[_order(area, seat / top)], starts


def _order(area: NDArray[np.int32], seat: NDArray[np.float64]) -> NDArray[np.int64]:
    """Argsort by area, then seat in [0, 1), then place: no two keys are equal, so every machine agrees."""
    place_bits = max(len(area), 1).bit_length()
    seat_bits = min(32, 64 - place_bits - int(area.max(initial=0)).bit_length())
    key = area.astype(np.uint64) << np.uint64(seat_bits)
    key |= np.minimum(seat * 2.0**seat_bits, 2.0**seat_bits - 1.0).astype(np.uint64)
    key <<= np.uint64(place_bits)
    key |= np.arange(len(area), dtype=np.uint64)
    key.sort()
    return (key & np.uint64((1 << place_bits) - 1)).astype(np.int64)


def cut_blocks(members: NDArray[np.int32], window_starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> Blocks:
    """Cut dealt seats into blocks of the given sizes; no block reaches over the border of a window."""
    cuts = np.concatenate([window_starts, np.cumsum(sizes)])
    return Blocks(members, np.unique(cuts[cuts <= len(members)]))


def circle_blocks(
    law: CircleLaw,
    group: int,
    places: Places,
    cap: int,
    rng: np.random.Generator,
    leaning: NDArray[np.float32] | None = None,
) -> Blocks:
    """The circles of one group: its stubs dealt over its window and cut at lognormal sizes."""
    stubs = np.where(law.group == group, law.stubs, 0).astype(np.int32)
    members, window_starts = deal(stubs, places, int(law.window[group]), rng, leaning)
    draws = int(2 * len(members) / law.size[group]) + 20
    mu = np.log(law.size[group]) - law.sigma**2 / 2
    sizes = np.clip(np.rint(np.exp(mu + law.sigma * rng.standard_normal(draws))), 2, cap).astype(np.int64)
    return cut_blocks(members, window_starts, sizes)


def circle_ties(
    law: CircleLaw, group: int, blocks: Blocks, places: Places, table: NDArray[np.uint8],
    seed: int, stream: int,
) -> Ties:  # fmt: skip
    """Two members are friends when the hash of their pair says so: the same answer from either end."""
    size = blocks.sizes()
    block_scale = np.sqrt(law.size[group] / np.maximum(size, 1)) * law.scale[group]
    root = np.sqrt(np.repeat(block_scale, size) * 2.0**24).astype(np.float32)
    appeal = law.activity[places.row[blocks.members]] * root  # the product of two appeals is p, in 2^-24
    later = np.repeat(blocks.starts[1:], size) - np.arange(len(blocks.members)) - 1
    reach = np.concatenate([[0], np.cumsum(later)])
    ties: Ties = []
    for low in _chunk_bounds(reach):
        count = later[low]
        first = np.repeat(np.arange(low.start, low.stop, dtype=np.int32), count)
        second = np.arange(reach[low.start], reach[low.stop], dtype=np.int64)
        second -= np.repeat(reach[low.start : low.stop] - np.arange(low.start + 1, low.stop + 1), count)
        u, v = blocks.members[first], blocks.members[second]
        bits = pair_bits(seed, stream, u, v)
        live = (bits >> np.uint32(8)) < appeal[first] * appeal[second]
        live &= u != v
        u, v, bits = u[live], v[live], bits[live]
        ties.append(pack_ties(places.num_users, u, v, table[bits & np.uint32(255)]))
    return ties


def matching_ties(
    stubs: NDArray[np.int32], places: Places, window: int, table: NDArray[np.uint8], seed: int, stream: int,
    rng: np.random.Generator,
) -> Ties:  # fmt: skip
    """Stubs paired at random inside windows of towns; a window's odd last stub stays single."""
    members, starts = deal(stubs, places, window, rng)
    count = np.diff(starts)
    odd = starts[1:][count % 2 == 1] - 1
    u, v = np.delete(members, odd).reshape(-1, 2).T
    apart = u != v
    u, v = u[apart], v[apart]
    return [pack_ties(places.num_users, u, v, table[pair_bits(seed, stream, u, v) & np.uint32(255)])]


def _chunk_bounds(reach: NDArray[np.int64]) -> list[slice]:
    """Runs of seats with about _CHUNK candidate pairs each."""
    marks = np.searchsorted(reach, np.arange(0, reach[-1], _CHUNK))
    bounds = np.unique(np.append(marks, len(reach) - 1))
    return [slice(int(a), int(b)) for a, b in pairwise(bounds)]
