"""Stubs, seats and blocks of an implicit chain, computed: for NumPy arrays in bulk, for traced ones on the device."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from graphs.layers import COLUMNS, WIDTH
from graphs.permutation import key_of, local_of_row, scrambled, seat_of_stub, stub_of_seat

__all__ = [
    "Block",
    "Window",
    "block_at",
    "layer_word",
    "np_of",
    "nth_block",
    "nth_window",
    "pair_word",
    "seat_at",
    "take",
    "user_on",
    "window_of",
]


def take(table: Any, index: Any) -> Any:
    """Gather ``table[index]`` where every index is in range."""
    if isinstance(table, np.ndarray):
        return table[index]
    return table.at[index].get(mode="promise_in_bounds")


class Window(NamedTuple):
    """The part of a layer that one user's stub is dealt in; uint32 arrays of one shape."""

    layer: Any
    number: Any
    first_town: Any
    size: Any  # of the high part of a stub
    bits: Any  # of the low part
    key: Any


class Block(NamedTuple):
    """A run of seats: number in its window, first seat, seats."""

    number: Any
    first: Any
    seats: Any


def layer_word(chain: Any, layer: Any, column: str) -> Any:
    """One word of the layer table."""
    return take(chain.layers, layer * WIDTH + COLUMNS.index(column))


def window_of(chain: Any, layer: Any, town: Any) -> Window:
    """The window of towns in which a layer's stubs of ``town`` are dealt; the last may be larger or smaller."""
    last = layer_word(chain, layer, "windows") - 1
    return nth_window(chain, layer, np_of(town).minimum(town >> layer_word(chain, layer, "window_shift"), last))


def nth_window(chain: Any, layer: Any, number: Any) -> Window:
    """A layer's window by number."""
    wide = layer_word(chain, layer, "towns_per_window")
    first = number * wide
    rest = layer_word(chain, layer, "towns") - first
    is_last = number + 1 == layer_word(chain, layer, "windows")
    towns = np_of(number).where(is_last, rest, wide)
    size = towns * layer_word(chain, layer, "high_per_town")
    key = key_of(layer_word(chain, layer, "key"), number)
    return Window(layer, number, first, size, layer_word(chain, layer, "low_bits"), key)


def np_of(array: Any) -> Any:
    """The array's own namespace: numpy or jax.numpy."""
    return array.__array_namespace__()


def seat_at(chain: Any, window: Window, town: Any, stub: Any) -> tuple[Any, Any]:
    """Seat of a town's stub, as high and low part."""
    high = (town - window.first_town) * layer_word(chain, window.layer, "high_per_town") + (stub >> window.bits)
    low = stub & ((1 << window.bits) - 1)
    return seat_of_stub(high, low, window.size, window.bits, window.key)


def user_on(chain: Any, window: Window, high: Any, low: Any) -> tuple[Any, Any]:
    """The user on a seat and the user's row of the template."""
    high, low = stub_of_seat(high, low, window.size, window.bits, window.key)
    per_town = layer_word(chain, window.layer, "high_per_town")
    towns = high // per_town
    stub = ((high - towns * per_town) << window.bits) | low
    at = layer_word(chain, window.layer, "owners") + stub
    row = take(chain.owners, np_of(at).minimum(at, chain.owners.shape[0] - 1)).astype(np.uint32)
    town = window.first_town + towns
    local = local_of_row(row, key_of(chain.keys[0], town), chain.town_bits)
    return (town << chain.town_bits) | local, row


def block_at(chain: Any, window: Window, seat: Any) -> Block:
    """The block that holds a seat (flat: high << bits | low)."""
    bits = layer_word(chain, window.layer, "pattern_bits")
    at = layer_word(chain, window.layer, "pattern") + (seat & ((1 << bits) - 1))
    packed = take(chain.seat_block, at)
    first = seat - (packed & 511)
    seats = np_of(first).minimum((packed >> 9) & 511, (window.size << window.bits) - first)
    return Block((seat >> bits) * layer_word(chain, window.layer, "blocks") + (packed >> 18), first, seats)


def nth_block(chain: Any, window: Window, number: Any) -> Block:
    """A window's block by number."""
    blocks = layer_word(chain, window.layer, "blocks")
    turn = number // blocks
    at = layer_word(chain, window.layer, "block") + number - turn * blocks
    offset = turn << layer_word(chain, window.layer, "pattern_bits")
    first, end = offset + take(chain.block_start, at), offset + take(chain.block_start, at + 1)
    end = np_of(end).minimum(end, window.size << window.bits)
    return Block(number, first, end - first)


def pair_word(key: Any, seat: Any, apart: Any) -> Any:
    """32 hashed bits of two seats of a block, the first of them and their distance."""
    return scrambled(((seat * np.uint32(0x9E3779B1)) ^ key) + apart * np.uint32(0x85EBCA77))
