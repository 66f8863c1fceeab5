"""materialise: an implicit chain written out, by one sweep over the seats of every layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from graphs.attributes import UserAttributes
from graphs.device import ExplicitChain
from graphs.errors import InputError
from graphs.implicit import ImplicitChain, within_reach
from graphs.implicit_tables import KINDS, SMALLEST_CHAT
from graphs.layers import COLUMNS, WIDTH
from graphs.permutation import key_of
from graphs.seats import Block, Window, block_at, layer_word, nth_window, pair_word, take, user_on
from graphs.social_graph import SocialGraph
from graphs.tie_store import TieStore
from graphs.ties import MAX_USERS

__all__ = ["attributes_of", "materialise", "slot_for_slot"]

_CHUNK = 1 << 16  # seats looked at together: a word of each stays in the cache
_LIVE = 0.85  # ties a slot stands for, twice: about one in five slots is dead


def materialise(chain: ImplicitChain) -> SocialGraph:
    """The explicit chain with the same ties, strengths, chat seats and attributes.

    A pair that stands behind two slots is one tie with the strength of its stronger one; two seats of a user in one
    chat are one membership. Reads the layers from their seats (each stub is placed once), not from the users'
    slots: about half the work, and a second road to the same answer. Raises InputError above 2^28 users.
    """
    if chain.num_users > MAX_USERS:
        raise InputError(
            "this chain cannot be written out",
            field="users", value=chain.num_users, allowed=f"up to {MAX_USERS}", cure="keep it implicit",
        )  # fmt: skip
    host = chain.host()
    slots = int(host.rows[3 * KINDS :: 16].sum()) * host.towns
    ties = TieStore(host.num_users, int(0.5 * _LIVE * slots))
    seats = [_households(host, ties)]
    for layer in range(len(host.layers) // WIDTH):
        if layer >= host.chat_layers:
            _pairs(host, layer, ties)
        else:
            seats += [_circles(host, layer, windows, ties) for windows in _window_runs(host, layer)]
    rows = ties.rows()
    chats = tuple(np.concatenate(parts) for parts in zip(*seats, strict=True))
    del seats
    graph = SocialGraph.from_rows(
        host.num_users, rows, chats=(chats[0], chats[1]),
        attributes=attributes_of(host, np.arange(host.num_users, dtype=np.int32)), name="foci",
    )  # fmt: skip
    first, end = (min(int(bound), graph.num_chats) for bound in host.work_chats())
    return replace(graph, work_chats=(first, end))


def slot_for_slot(chain: ImplicitChain) -> ExplicitChain:
    """A stored chain that answers every question as the implicit one does: dead slots, repeats and order included.

    For a campaign that must run the same to the byte on both. Some 1 KB a user: for samples.
    """
    host = chain.host()
    users, chats = (np.arange(count, dtype=np.int32) for count in (host.num_users, host.num_chats))

    def slots(count: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
        ends = np.concatenate([[0], np.cumsum(count)]).astype(np.int32)
        owner = np.repeat(np.arange(len(count), dtype=np.int32), count)
        return ends, owner, np.arange(len(owner), dtype=np.int32) - ends[owner]

    offsets, owner, slot = slots(host.degree(users))
    friends, strength = host.tie(owner, slot)
    at_work = host.tie_at_work(owner, slot)
    chat_offsets, owner, slot = slots(host.chat_count(users))
    of_user = host.chat(owner, slot)
    member_offsets, chat, seat = slots(host.chat_size(chats))
    return ExplicitChain(
        jnp.asarray(offsets), jnp.asarray(friends), jnp.asarray(strength.astype(np.uint8)),
        jnp.asarray(chat_offsets), jnp.asarray(of_user),
        jnp.asarray(member_offsets), jnp.asarray(host.member(chat, seat)),
        jnp.asarray(host.platforms(users).astype(np.uint8)), jnp.asarray(host.affinity(users).astype(np.uint8)),
        jnp.asarray(at_work), jnp.asarray(np.array(host.work_chats(), np.int32)),
    )  # fmt: skip


def attributes_of(chain: ImplicitChain, users: NDArray[np.int32]) -> UserAttributes:
    """Attributes of the given users; ``chain`` on the host."""
    byte = np.uint8
    return UserAttributes(
        city_tier=chain.city_tier(users).astype(byte), province=chain.province(users).astype(byte),
        town=chain.town(users), age_band=chain.age_band(users).astype(byte),
        gender=chain.gender(users).astype(byte), phone=chain.phone(users).astype(byte),
        platforms=chain.platforms(users).astype(byte), affinity=chain.affinity(users).astype(byte),
    )  # fmt: skip


def _households(chain: ImplicitChain, ties: TieStore) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Ties between those who take part; returns the seats of the family chats: chat and user of each."""
    user = np.arange(chain.num_users, dtype=np.int32)
    town, local, row = chain.place(user)
    place, size = chain.homes[local] & 7, chain.homes[local] >> 3
    part = chain.at_home(user, row)
    key = key_of(chain.keys[1], town)
    strengths = chain.strengths[5 * 256 :]
    for apart in range(1, 8):
        first = np.flatnonzero(place + apart < size)
        first = first[part[first] & part[first + apart]]
        word = pair_word(key[first], local[first], local[first + apart])
        ties.add(user[first], user[first + apart], strengths[word & 255])
    family = size >= SMALLEST_CHAT
    chat = town[family] * np.uint32(len(chain.family_first)) + chain.family[local[family]]
    return chat.astype(np.int32), user[family]


def _window_runs(chain: ImplicitChain, layer: int) -> Iterator[Window]:
    """Windows of one layer, as many together as hold some ten thousand seats; none if nobody is in it."""
    words = chain.layers[layer * WIDTH :]
    count = int(words[COLUMNS.index("windows")]) if words[COLUMNS.index("stubs")] else 0
    windows = nth_window(chain, np.full(count, layer, np.uint32), np.arange(count, dtype=np.uint32))
    run = np.cumsum(windows.size.astype(np.int64) << windows.bits) // _CHUNK
    cuts = np.flatnonzero(np.diff(run, prepend=-1, append=-1)) if count else np.zeros(1, dtype=np.int64)
    for low, high in pairwise(cuts.tolist()):
        yield Window(*(part[low:high] for part in windows))


def _circles(
    chain: ImplicitChain, layer: int, windows: Window, ties: TieStore
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Ties of some windows of circles (none of other chats); returns their seats: chat and user of each."""
    seats = windows.size.astype(np.int64) << windows.bits
    window = Window(*(np.repeat(part, seats) for part in windows))
    seat = (np.arange(len(window.key)) - np.repeat(np.cumsum(seats) - seats, seats)).astype(np.uint32)
    users, rows = user_on(chain, window, seat >> window.bits, seat & ((1 << window.bits) - 1))
    users = users.astype(np.int32)
    block = block_at(chain, window, seat)
    per_window = layer_word(chain, window.layer, "chats_per_window")
    number = layer_word(chain, window.layer, "chat") + window.number * per_window + block.number
    if layer < chain.chat_layers - 1:
        kind = 0 if layer < chain.chat_layers - 3 else 1
        _rings(chain, kind, users, rows, window, seat, block, ties)
    return number.astype(np.int32), users


def _rings(
    chain: ImplicitChain, kind: int, users: NDArray[np.int32], rows: NDArray[np.uint32], window: Window,
    seat: NDArray[np.uint32], block: Block, ties: TieStore,
) -> None:  # fmt: skip
    """Ties of circles: each seat with those after it on the ring, as far as any two activities reach."""
    appeal = take(chain.rows, rows * 16 + 3 * kind + 2) >> 20
    reach = layer_word(chain, window.layer, "reach")
    furthest = (((appeal * appeal.max(initial=0)) >> 12) * reach) >> 12
    strengths = chain.strengths[kind * 256 :]
    place = seat - block.first
    index = np.arange(len(users))
    apart = 0
    while len(index):
        apart += 1
        index = index[(2 * apart <= block.seats[index]) & (32 * (apart - 1) < furthest[index])]
        opposite = 2 * apart == block.seats[index]
        at = index[~opposite | (place[index] < apart)]  # opposite seats are met once
        opposite = 2 * apart == block.seats[at]
        other = at - place[at] + (place[at] + apart) % block.seats[at]
        distance = np.full(len(at), apart, np.uint32)
        word = pair_word(window.key[at], seat[at], distance)
        live = within_reach(appeal[at], appeal[other], reach[at], distance, opposite, word)
        live &= users[at] != users[other]
        ties.add(users[at[live]], users[other[live]], strengths[word[live] & 255])


def _pairs(chain: ImplicitChain, layer: int, ties: TieStore) -> None:
    """Ties of neighbouring seats in a layer of pairs."""
    kind = 2 + layer - chain.chat_layers
    strengths = chain.strengths[kind * 256 :]
    for windows in _window_runs(chain, layer):
        seats = windows.size.astype(np.int64) << windows.bits
        ends = np.cumsum(seats)
        for first in range(0, int(ends[-1]), _CHUNK):
            at = np.arange(first, min(first + _CHUNK, int(ends[-1])))
            one = np.searchsorted(ends, at, side="right")
            window = Window(*(part[one] for part in windows))
            seat = (at - (ends - seats)[one]).astype(np.uint32)
            users = user_on(chain, window, seat >> window.bits, seat & ((1 << window.bits) - 1))[0].astype(np.int32)
            u, v = users.reshape(-1, 2).T
            word = pair_word(window.key[::2], seat[::2], np.ones(len(u), np.uint32))
            apart = u != v
            ties.add(u[apart], v[apart], strengths[word[apart] & 255])
