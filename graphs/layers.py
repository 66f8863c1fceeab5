"""The layers of an implicit chain: how stubs are folded into windows, and how seats are cut into circles and chats.

A layer is a set of stubs (a user's memberships of one kind) in windows of towns. Every town has the same stubs, in
the order of the template's rows; a keyed bijection per window (`graphs.permutation`) gives each its seat, and runs
of seats are the circles, chats or pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

__all__ = [
    "COLUMNS",
    "WIDTH",
    "Layer",
    "LayerTable",
    "Pattern",
    "fold_bits",
    "layer_table",
    "lognormal_sizes",
    "power_sizes",
    "whole",
]

# Words of one row of the layer table.
COLUMNS = (
    "high_per_town", "low_bits", "window_shift", "windows", "key", "owners", "towns_per_window", "towns",
    "pattern", "pattern_bits", "block", "blocks", "chat", "chats_per_window", "reach", "stubs",
)  # fmt: skip
WIDTH = len(COLUMNS)  # 16 words, a cache line


@dataclass(frozen=True)
class Pattern:
    """Sizes of a run of blocks that add up to 2^bits seats; a window's seats repeat it and end where they end."""

    sizes: NDArray[np.int64]
    bits: int

    def starts(self) -> NDArray[np.int64]:
        """First seat of every block, and the end."""
        return np.concatenate([[0], np.cumsum(self.sizes)])

    def seat_block(self) -> NDArray[np.uint32]:
        """Per seat: place in its block | size << 9 | number of the block << 18."""
        number = np.repeat(np.arange(len(self.sizes)), self.sizes)
        place = np.arange(1 << self.bits) - self.starts()[number]
        return (place | self.sizes[number] << 9 | number << 18).astype(np.uint32)

    def blocks_in(self, seats: int) -> int:
        """Blocks of a window of so many seats, the last one perhaps cut short."""
        rest = seats & ((1 << self.bits) - 1)
        cut = int(np.searchsorted(self.starts(), rest, side="left"))
        return (seats >> self.bits) * len(self.sizes) + cut


@dataclass(frozen=True)
class Layer:
    """One layer before it is laid out. ``stubs`` [rows] of each row, in all a multiple of 2^bits; ``window`` in towns;
    no pattern: pairs."""

    stubs: NDArray[np.int64]
    bits: int
    window: int
    pattern: Pattern | None = None
    reach: int = 0  # ties of a seat of full activity, in 1/16


def fold_bits(stubs: int, towns: int) -> int:
    """Bits of the low part of a stub's number: about half of all, but few enough that rounding a town's stubs to a
    multiple of 2^bits changes little."""
    half = round(np.log2(max(stubs * towns, 2)) / 2)
    return int(np.clip(half, 2, max(3, int(np.log2(max(stubs, 1))) - 5)))


def whole(stubs: NDArray[np.int64], multiple: int, least: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """``stubs`` [rows] with a sum that is a multiple: one more or less for rows at random among those that have any
    (none falls below ``least``). No seat of a layer is ever empty because of this."""
    out = stubs.astype(np.int64).copy()
    total = int(out.sum())
    if total == 0:
        return out
    over = total % multiple
    spare = np.flatnonzero(out > least)
    if over <= multiple // 2 and total > multiple and len(spare) >= over:
        out[rng.permutation(spare)[:over]] -= 1
        return out
    holders = np.flatnonzero(out > 0)
    more = (-total) % multiple
    np.add.at(out, rng.permutation(np.resize(holders, max(len(holders), more)))[:more], 1)
    return out


def lognormal_sizes(mean: float, sigma: float, cap: int, most_seats: int, rng: np.random.Generator) -> Pattern:
    """Circle sizes: stratified lognormal quantiles in random order, 3 to the cap; 24 circles or more."""
    bits = int(np.clip(np.ceil(np.log2(24 * mean)), 6, max(6, int(np.log2(max(most_seats, 1))))))
    count = max(1, round((1 << bits) / mean))
    z = ndtri((np.arange(count) + 0.5) / count)
    sizes = np.clip(np.rint(mean * np.exp(sigma * z - sigma**2 / 2)), 3, cap)
    return _fitted(rng.permutation(sizes.astype(np.int64)), bits, cap)


def power_sizes(exponent: float, smallest: int, cap: int, most_seats: int, rng: np.random.Generator) -> Pattern:
    """Chat sizes with probability ~ size^-exponent from ``smallest`` to ``cap``."""
    size = np.arange(smallest, cap + 1)
    law = np.cumsum(size**-exponent)
    mean = float((size ** (1.0 - exponent)).sum() / law[-1])
    bits = int(np.clip(int(np.log2(max(most_seats, 1))), 6, 16))
    count = max(1, round((1 << bits) / mean))
    sizes = size[np.searchsorted(law, (np.arange(count) + 0.5) / count * law[-1])]
    return _fitted(rng.permutation(sizes), bits, cap)


def _fitted(sizes: NDArray[np.int64], bits: int, cap: int) -> Pattern:
    """Blocks dropped or added at the end until the sizes fill 2^bits seats to the last, none over the cap."""
    seats = 1 << bits
    keep = sizes[: int(np.searchsorted(np.cumsum(sizes), seats, side="right"))]
    rest = seats - int(keep.sum())
    while rest > 0:
        add = min(rest, cap, max(3, int(np.median(sizes))))
        keep = np.append(keep, add)
        rest -= add
    return Pattern(keep, bits)


@dataclass(frozen=True)
class LayerTable:
    """All layers laid out. ``words`` uint32[layers, WIDTH] by COLUMNS; ``owners`` uint16: template row of every stub
    of a town, layer after layer; ``seat_block`` uint32: of a pattern's seat the place in its block | the block's size
    << 9 | its number << 18; ``block_start`` uint32 of a pattern's blocks."""

    words: NDArray[np.uint32]
    owners: NDArray[np.uint16]
    seat_block: NDArray[np.uint32]
    block_start: NDArray[np.uint32]
    num_chats: int


def layer_table(layers: list[Layer], towns: int, keys: NDArray[np.uint32], first_chat: int) -> LayerTable:
    """Lay the layers out one after another; chats are numbered from ``first_chat`` in the same order."""
    words = np.zeros((len(layers), WIDTH), dtype=np.uint32)
    owners: list[NDArray] = []
    seat_block: list[NDArray] = [np.zeros(1, dtype=np.uint32)]  # the pattern of layers without one
    block_start: list[NDArray] = [np.zeros(1, dtype=np.uint32)]
    chat, owned, seat, block = first_chat, 0, 1, 1
    for number, layer in enumerate(layers):
        stubs = int(layer.stubs.sum())
        windows = max(1, int(towns / layer.window + 0.5))
        shift = int(np.log2(layer.window)) if windows > 1 else 31
        row = {
            "high_per_town": max(stubs >> layer.bits, 1), "low_bits": layer.bits,
            "window_shift": shift, "windows": windows,
            "key": keys[number], "owners": owned, "towns_per_window": layer.window, "towns": towns,
            "chat": chat, "chats_per_window": 1, "reach": layer.reach, "stubs": stubs,
        }  # fmt: skip
        if layer.pattern is not None and stubs:
            pattern, last = layer.pattern, towns - (windows - 1) * layer.window
            per_window = pattern.blocks_in(stubs * layer.window) if windows > 1 else 1
            row |= {
                "pattern": seat, "pattern_bits": pattern.bits, "block": block, "blocks": len(pattern.sizes),
                "chats_per_window": per_window,
            }  # fmt: skip
            seat_block.append(pattern.seat_block())
            block_start.append(pattern.starts().astype(np.uint32))
            seat += 1 << pattern.bits
            block += len(pattern.sizes) + 1
            chat += (windows - 1) * per_window + pattern.blocks_in(stubs * last)
        words[number] = [row.get(column, 0) for column in COLUMNS]
        owners.append(np.repeat(np.arange(len(layer.stubs)), layer.stubs).astype(np.uint16))
        owned += stubs
    return LayerTable(words, np.concatenate(owners), np.concatenate(seat_block), np.concatenate(block_start), chat)
