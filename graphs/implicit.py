"""ImplicitChain: 1.4 billion people whose friends and chats are computed, none stored; symmetric by construction."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import numpy as np

from graphs.attributes import IOS_SHARE
from graphs.chain_parameters import FociParameters
from graphs.implicit_people import LIKING_RANGE
from graphs.implicit_tables import KINDS
from graphs.permutation import key_of, row_of_local, scrambled
from graphs.seats import (
    Block,
    Window,
    block_at,
    layer_word,
    np_of,
    nth_block,
    nth_window,
    pair_word,
    seat_at,
    take,
    user_on,
    window_of,
)

__all__ = ["ImplicitChain", "within_reach"]

TOWNS_PER_CITY = FociParameters().towns_per_city


@partial(
    jax.tree_util.register_dataclass,
    data_fields=(
        "layers", "owners", "seat_block", "block_start", "rows", "persons", "homes", "family", "family_first",
        "strengths", "tier", "liking_city", "liking_circle", "liking_own", "quantile", "age_bands",
        "platform_of", "keys",
    ),
    meta_fields=("num_users", "num_chats", "town_bits", "chat_layers", "cohorts", "provinces"),
)  # fmt: skip
@dataclass(frozen=True, eq=False)
class ImplicitChain:
    """A chain of ``num_users`` = towns x 2^town_bits people held as tables of some megabytes.

    It answers the questions of `graphs.device.Chain` (int32 arrays in, int32 out), on the device with jax arrays
    and in bulk on the host with NumPy arrays (`host`). Two things differ from a stored chain:

    * **A tie slot may be dead.** Slots are places where a tie may be: both directions of a ring around each of the
      user's circles, then pairs in town, city and nation, then the household. A dead slot names the user itself,
      with strength 0; nobody is contacted through it. About one slot in six is dead.
    * **A friend may stand behind two slots**, and a user may sit twice in one chat: layers overlap (2 % of
      live slots at 1.4 billion users, 8 % at 100,000).

    Exact: symmetry, strengths, determinism, seats per circle. Approximate: degrees (smoothed by chance and by
    overlap); towns are copies of one template with people, circles and pairs dealt anew.
    Method: circles and chats are runs of seats under a keyed bijection of stubs (`graphs.layers`). Two members of a
    circle of s seats, at ring distance d, are friends when d lies below what their activities allow; the mean number
    is the one of `graphs.template.CircleLaw`.
    """

    layers: Any  # uint32[layers * 16], `graphs.layers.COLUMNS`
    owners: Any  # uint16[stubs of a town]
    seat_block: Any  # uint32[pattern seats]
    block_start: Any  # uint32[pattern blocks]
    rows: Any  # uint32[rows * 16]
    persons: Any  # uint32[rows * 4]
    homes: Any  # uint8[rows]
    family: Any  # uint32[rows]
    family_first: Any  # uint32[family chats of a town]
    strengths: Any  # uint8[6 * 256]
    tier: Any  # uint8[cities]
    liking_city: Any  # int16[cities * cohorts]
    liking_circle: Any  # int16[4096]
    liking_own: Any  # int16[4096]
    quantile: Any  # uint8[8192]
    age_bands: Any  # uint8[4096]
    platform_of: Any  # uint8[5 * 4096]
    keys: Any  # uint32[8]
    num_users: int
    num_chats: int
    town_bits: int
    chat_layers: int
    cohorts: int
    provinces: int

    @property
    def table_bytes(self) -> int:
        """Bytes of all tables."""
        return sum(int(table.nbytes) for table in jax.tree.leaves(self))

    @property
    def towns(self) -> int:
        """Towns of 2^town_bits users each."""
        return self.num_users >> self.town_bits

    def host(self) -> ImplicitChain:
        """The same chain on NumPy arrays: for bulk sweeps and single look-ups without compiling."""
        return jax.tree.map(np.asarray, self)

    def degree(self, user: Any) -> Any:
        """Tie slots of each user, dead ones included."""
        _, local, row = self.place(user)
        away = take(self.rows, row * 16 + 3 * KINDS)
        mates = (take(self.homes, local).astype(np.uint32) >> 3) - 1
        return (away + mates * self.at_home(user, row).astype(np.uint32)).astype(np.int32)

    def tie(self, user: Any, slot: Any) -> tuple[Any, Any]:
        """Friend behind a tie slot and the tie's strength; the user itself and 0 where the slot is dead."""
        xp = np_of(user)
        town, local, row = self.place(user)
        slot = slot.astype(np.uint32)
        away = take(self.rows, row * 16 + 3 * KINDS)
        home = slot >= away
        kind = sum((slot >= take(self.rows, row * 16 + 3 * k)).astype(np.uint32) for k in range(1, KINDS))
        friend, live, word = self._tie_away(town, row, kind, slot)
        mate, together, home_word = self._tie_home(town, local, slot - away)
        friend, live = xp.where(home, mate, friend), xp.where(home, together, live)
        word, kind = xp.where(home, home_word, word), xp.where(home, KINDS, kind)
        me = user.astype(np.uint32)
        live = live & (friend != me)
        strength = take(self.strengths, (kind << 8) | (word & 255)).astype(np.int32)
        return xp.where(live, friend, me).astype(np.int32), xp.where(live, strength, 0)

    def tie_at_work(self, user: Any, slot: Any) -> Any:
        """Whether a tie slot is one of a circle (class, workplace), and not of another layer."""
        return slot.astype(np.uint32) < take(self.rows, self.place(user)[2] * 16 + 3)

    def _tie_away(self, town: Any, row: Any, kind: Any, slot: Any) -> tuple[Any, Any, Any]:
        """Partner on a ring or in a pair: user, whether they are friends, hashed bits of the two."""
        xp = np_of(row)
        start = take(self.rows, row * 16 + 3 * kind)
        first = take(self.rows, row * 16 + 3 * kind + 1)
        packed = take(self.rows, row * 16 + 3 * kind + 2)
        layer, slots, appeal = packed & 255, (packed >> 8) & 4095, packed >> 20
        number = (slot - start) // slots
        turn = slot - start - number * slots
        window = window_of(self, layer, town)
        high, low = seat_at(self, window, town, first + number)
        seat = (high << window.bits) | low
        paired = kind >= 2
        block = block_at(self, window, xp.where(paired, 0, seat))
        apart = (turn >> 1) + 1
        at = seat - block.first
        ahead, behind = at + apart, at + block.seats - apart
        ahead = xp.where(ahead >= block.seats, ahead - block.seats, ahead)
        behind = xp.where(behind >= block.seats, behind - block.seats, behind)
        onward = (turn & 1) == 0
        other = xp.where(onward, ahead, behind)
        opposite = 2 * apart == block.seats
        on_ring = (2 * apart < block.seats) | (opposite & onward)
        begin = xp.where(opposite, xp.minimum(at, other), xp.where(onward, at, other)) + block.first
        begin = xp.where(paired, seat & np.uint32(0xFFFFFFFE), begin)
        word = pair_word(window.key, begin, apart)
        theirs = block.first + other
        high = xp.where(paired, high, theirs >> window.bits)
        low = xp.where(paired, low ^ 1, theirs & ((1 << window.bits) - 1))
        friend, their_row = user_on(self, window, high, low)
        their_appeal = take(self.rows, their_row * 16 + 3 * kind + 2) >> 20
        near = within_reach(appeal, their_appeal, layer_word(self, layer, "reach"), apart, opposite, word)
        return friend, paired | (on_ring & near), word

    def _tie_home(self, town: Any, local: Any, mate: Any) -> tuple[Any, Any, Any]:
        """Another member of the household: user, whether a friend of those who take part, hashed bits of the two."""
        home = take(self.homes, local).astype(np.uint32)
        place, size = home & 7, home >> 3
        first = local - place
        exists = mate + 1 < size
        other = first + np_of(mate).where(exists, mate + (mate >= place).astype(np.uint32), place)
        key = key_of(self.keys[1], town)
        their_row = row_of_local(other, key_of(self.keys[0], town), self.town_bits)
        friend = (town << self.town_bits) | other
        live = exists & self.at_home(friend, their_row)
        word = pair_word(key, np_of(local).minimum(local, other), np_of(local).maximum(local, other))
        return friend, live, word

    def chat_count(self, user: Any) -> Any:
        """Group chats of each user: circles, neighbourhood circles, extra ones, the family's."""
        _, local, row = self.place(user)
        size = take(self.homes, local) >> 3
        return (self._chats_away(row)[2] + (size >= 3).astype(np.uint32)).astype(np.int32)

    def chat(self, user: Any, slot: Any) -> Any:
        """Chat behind a chat slot."""
        xp = np_of(user)
        town, local, row = self.place(user)
        slot = slot.astype(np.uint32)
        near, extra, end = self._chats_away(row)
        kind = (slot >= near).astype(np.uint32) + (slot >= extra).astype(np.uint32)
        circle = row * 16 + 3 * xp.minimum(kind, 1)
        layer = xp.where(kind == 2, self.chat_layers - 1, take(self.rows, circle + 2) & 255)
        first = xp.where(kind == 2, take(self.persons, row * 4), take(self.rows, circle + 1))
        begin = xp.where(kind == 2, extra, xp.where(kind == 1, near, 0))
        away = self._chat_of_stub(layer, town, first + xp.minimum(slot, end) - begin)
        at_home = (slot >= end) | (end == 0)
        family = town * self.family_first.shape[0] + take(self.family, local)
        return xp.where(at_home, family, away).astype(np.int32)

    def _chat_of_stub(self, layer: Any, town: Any, stub: Any) -> Any:
        window = window_of(self, layer, town)
        high, low = seat_at(self, window, town, stub)
        seat = (high << window.bits) | low
        seat = np_of(seat).minimum(seat, (window.size << window.bits) - 1)
        number = block_at(self, window, seat).number
        return layer_word(self, layer, "chat") + window.number * layer_word(self, layer, "chats_per_window") + number

    def chat_size(self, chat: Any) -> Any:
        """Seats of each chat."""
        chat = chat.astype(np.uint32)
        home = take(self.homes, self._family_member(chat)) >> 3
        _, block = self._block_of_chat(chat)
        return np_of(chat).where(self._is_family(chat), home.astype(np.uint32), block.seats).astype(np.int32)

    def member(self, chat: Any, seat: Any) -> Any:
        """User on a seat of a chat."""
        chat, seat = chat.astype(np.uint32), seat.astype(np.uint32)
        xp = np_of(chat)
        window, block = self._block_of_chat(chat)
        at = block.first + xp.minimum(seat, block.seats - 1)
        away, _ = user_on(self, window, at >> window.bits, at & ((1 << window.bits) - 1))
        first = self._family_member(chat)
        size = (take(self.homes, first) >> 3).astype(np.uint32)
        town = chat // self.family_first.shape[0]
        mate = (town << self.town_bits) | (first + xp.minimum(seat, size - 1))
        return xp.where(self._is_family(chat), mate, away).astype(np.int32)

    def chat_at_work(self, chat: Any) -> Any:
        """Whether a chat is that of a circle (class, workplace)."""
        first, end = self.work_chats()
        return (chat.astype(np.uint32) >= first) & (chat.astype(np.uint32) < end)

    def work_chats(self) -> tuple[Any, Any]:
        """The first chat of a circle, and the one after the last: their layers come first, families before them."""
        return layer_word(self, 0, "chat"), layer_word(self, self.chat_layers - 3, "chat")

    def town(self, user: Any) -> Any:
        """Town of each user, from 0."""
        return user >> self.town_bits

    def city_tier(self, user: Any) -> Any:
        """City tier of each user, 1 (largest cities) to 5."""
        return take(self.tier, self._city(user.astype(np.uint32) >> self.town_bits)).astype(np.int32)

    def province(self, user: Any) -> Any:
        """Province of each user, from 0: runs of towns."""
        return (user >> self.town_bits) * self.provinces // self.towns

    def gender(self, user: Any) -> Any:
        """Gender of each user: 0 male, 1 female."""
        return ((take(self.persons, self.place(user)[2] * 4 + 2) >> 8) & 1).astype(np.int32)

    def phone(self, user: Any) -> Any:
        """Phone of each user: 0 iOS, 1 Android."""
        return (self._word(2, user) >= np.uint32(IOS_SHARE * 2.0**32)).astype(np.int32)

    def age_band(self, user: Any) -> Any:
        """Five-year class of each user's age, 0 = 10-14."""
        return take(self.age_bands, self._age(user)).astype(np.int32)

    def platforms(self, user: Any) -> Any:
        """Platforms of each user: bit 0 WeChat, bit 1 QQ."""
        fifth = (self._age(user) * 5) >> 12
        return take(self.platform_of, (fifth << 12) | (self._word(3, user) >> 20)).astype(np.int32)

    def affinity(self, user: Any) -> Any:
        """Affinity quantile of each user, 0 to 255: city and age cohort, first circle, and the user's own."""
        xp = np_of(user)
        town, _, row = self.place(user)
        cohort = take(self.persons, row * 4 + 2) & 255
        liking = take(self.liking_city, self._city(town) * self.cohorts + cohort).astype(np.int32)
        circle = self._chat_of_stub(take(self.rows, row * 16 + 2) & 255, town, take(self.rows, row * 16 + 1))
        luck = scrambled((circle * np.uint32(0x9E3779B1)) ^ self.keys[6])
        liking = liking + take(self.liking_circle, luck >> 20).astype(np.int32)
        liking = liking + take(self.liking_own, self._word(4, user) >> 20).astype(np.int32)
        at = xp.clip(liking + LIKING_RANGE // 2, 0, LIKING_RANGE - 1)
        return take(self.quantile, at).astype(np.int32)

    def place(self, user: Any) -> tuple[Any, Any, Any]:
        """Town, number in the town, row of the template."""
        user = user.astype(np.uint32)
        town, local = user >> self.town_bits, user & np.uint32((1 << self.town_bits) - 1)
        return town, local, row_of_local(local, key_of(self.keys[0], town), self.town_bits)

    def _word(self, use: int, user: Any) -> Any:
        """32 hashed bits that a user owns, for one use."""
        return scrambled((user.astype(np.uint32) * np.uint32(0x9E3779B1)) ^ self.keys[use])

    def at_home(self, user: Any, row: Any) -> Any:
        """Whether a user is tied to the household: those of few friends may not be."""
        return self._word(5, user) <= take(self.persons, row * 4 + 3)

    def _age(self, user: Any) -> Any:
        """Quantile of age in 2^-12."""
        return take(self.persons, self.place(user)[2] * 4 + 2) >> 16

    def _city(self, town: Any) -> Any:
        last = self.tier.shape[0] - 1
        return np_of(town).minimum(town // TOWNS_PER_CITY, last)

    def _chats_away(self, row: Any) -> tuple[Any, Any, Any]:
        """Ends of a user's chat slots of circles, neighbourhood circles and extra chats."""
        counts = take(self.persons, row * 4 + 1)
        near = counts & 255
        extra = near + ((counts >> 8) & 255)
        return near, extra, extra + (counts >> 16)

    def _is_family(self, chat: Any) -> Any:
        return chat < np.uint32(self.towns * self.family_first.shape[0])

    def _family_member(self, chat: Any) -> Any:
        """First member, by number in the town, of a family chat (of any one when the chat is another)."""
        return take(self.family_first, chat % self.family_first.shape[0])

    def _block_of_chat(self, chat: Any) -> tuple[Window, Block]:
        """Window and block of a chat that is not a family's (any block when it is)."""
        xp = np_of(chat)
        layer = chat & 0
        for step in [1 << bit for bit in reversed(range(self.chat_layers.bit_length()))]:
            further = xp.minimum(layer + step, self.chat_layers - 1)  # the last layer that starts at or before
            layer = xp.where(chat >= layer_word(self, further, "chat"), further, layer)
        number = chat - layer_word(self, layer, "chat")
        number = xp.where(self._is_family(chat), 0, number)
        per_window = layer_word(self, layer, "chats_per_window")
        at = xp.minimum(number // per_window, layer_word(self, layer, "windows") - 1)
        window = nth_window(self, layer, at)
        return window, nth_block(self, window, number - at * per_window)


def within_reach(mine: Any, theirs: Any, reach: Any, apart: Any, opposite: Any, word: Any) -> Any:
    """Whether two seats ``apart`` on a ring are friends: 2 (apart - 1) + luck lies below the ties that the two
    activities allow (in 1/16). Opposite seats are met once, not from both sides: half the luck."""
    allowed = (((mine * theirs) >> 12) * reach) >> 12
    luck = word >> (27 + opposite.astype(np.uint32))
    return 32 * (apart - 1) + luck < allowed
