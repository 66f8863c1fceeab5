"""Group chats: one per household of three or more and per circle, and extra ones of a city."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphs.chain_parameters import FociParameters
from graphs.foci import Blocks, Places, cut_blocks, deal

__all__ = ["ChatSeats", "chat_memberships", "extra_chats"]

SMALLEST_CHAT = 3
ChatSeats = tuple[NDArray[np.int32], NDArray[np.int32]]  # chat id and user id of every seat


def extra_chats(
    stubs: NDArray[np.int32], places: Places, parameters: FociParameters, rng: np.random.Generator
) -> Blocks:
    """Chats that are no circle (shopping, parents, games): sizes ~ s^-exponent, 3 to the cap, in one city."""
    members, window_starts = deal(stubs, places, parameters.towns_per_city, rng)
    size = np.arange(SMALLEST_CHAT, parameters.chat_cap + 1)
    law = np.cumsum(size**-parameters.chat_size_exponent)
    mean = float((size ** (1.0 - parameters.chat_size_exponent)).sum() / law[-1])
    draws = int(1.5 * len(members) / mean) + 200
    sizes = size[np.searchsorted(law, rng.random(draws) * law[-1])]
    return cut_blocks(members, window_starts, sizes)


def chat_memberships(foci: list[Blocks], cap: int) -> ChatSeats:
    """Chat id and user id per seat; blocks under three seats have no chat, blocks over the cap are halved."""
    chat, user, first = [], [], 0
    for blocks in foci:
        size = blocks.sizes()
        keep = np.repeat(size >= SMALLEST_CHAT, size)
        pieces = np.maximum(1, -(-size // cap))
        block = np.repeat(np.arange(len(size)), size)
        place = np.arange(len(block)) - blocks.starts[block]
        piece = (np.cumsum(pieces) - pieces)[block] + place * pieces[block] // size[block]
        names, ids = np.unique(piece[keep], return_inverse=True)
        chat.append((ids + first).astype(np.int32))
        user.append(blocks.members[keep])
        first += len(names)
    return np.concatenate(chat), np.concatenate(user)
