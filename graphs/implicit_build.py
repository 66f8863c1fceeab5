"""make_implicit: the tables of a chain of any size, from a thousand users to 1.4 billion, in seconds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from graphs.chain_parameters import FociParameters
from graphs.errors import InputError
from graphs.implicit import ImplicitChain
from graphs.implicit_people import people_tables
from graphs.implicit_tables import key_words, row_tables
from graphs.template import Template, make_template, topping_up

__all__ = ["FriendLists", "friend_lists", "make_implicit", "nearest_size"]

SMALLEST, LARGEST = 2_048, 2_000_000_000
TOLERANCE = 0.003  # of the mean degree
TESTED_USERS = 4_096  # of whom the friends are counted, to meet the mean degree


@dataclass(frozen=True)
class FriendLists:
    """Friends of some users: ``friends[offsets[i]:offsets[i + 1]]`` of the i-th, by id, none twice, with the
    strength of the strongest tie; ``slots``: tie slots looked at, ``doubled``: live ones that repeat a friend."""

    offsets: NDArray[np.int64]
    friends: NDArray[np.int32]
    strength: NDArray[np.uint8]
    slots: int
    doubled: int


def make_implicit(
    num_users: int, *, mean_degree: float = 150.0, seed: int = 1, parameters: FociParameters | None = None
) -> ImplicitChain:
    """A relationship chain of which nothing is stored but tables (a few MB at any size), on the default device.

    ``num_users`` is rounded to whole towns (`nearest_size`; the chain's ``num_users`` says to what). The mean degree
    is met within about 1 %: the friends of some thousand users are counted, and pairs at random make good what
    overlap has cost. Raises InputError for sizes that the method does not reach.
    """
    if not SMALLEST <= num_users <= LARGEST:
        allowed = f"{SMALLEST} to {LARGEST}"
        raise InputError("no implicit chain of this size", field="users", value=num_users, allowed=allowed)
    if not 2.0 <= mean_degree <= 1000.0:
        raise InputError("no such society", field="mean_degree", value=mean_degree, allowed="2 to 1000")
    rows = _town_size(num_users)
    users = nearest_size(num_users)
    p = parameters or FociParameters()
    held = asked = min(mean_degree, 0.25 * (users - 1))
    for _ in range(4):
        rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, 0])))
        template = make_template(users, rows, asked, p, rng)
        chain = _laid_out(template, users, p, seed)
        found = _mean_degree(chain, template, users)
        if found < (1.0 + TOLERANCE) * held:
            break
        asked *= 0.99 * held / found
    for _ in range(2):
        if found > (1.0 - TOLERANCE) * held:
            break
        more = topping_up(template, held - found, p, rng)
        pairs = tuple(a + b for a, b in zip(template.matching_stubs, more, strict=True))
        template = replace(template, matching_stubs=(pairs[0], pairs[1], pairs[2]))
        chain = _laid_out(template, users, p, seed)
        found = _mean_degree(chain, template, users)
    return jax.tree.map(jax.numpy.asarray, chain)


def nearest_size(num_users: int) -> int:
    """The nearest size in whole towns."""
    rows = _town_size(num_users)
    return round(num_users / rows) * rows


def _town_size(num_users: int) -> int:
    """Users of a town: a power of two, 65,536 for the whole population and at least 16 towns in a sample."""
    bits = (num_users // 16).bit_length() - 1
    return 1 << int(np.clip(bits, 8, 12 if num_users < 500_000 else 14 if num_users < 50_000_000 else 16))


def _laid_out(template: Template, users: int, p: FociParameters, seed: int) -> ImplicitChain:
    """The chain on NumPy arrays."""
    towns = users // template.rows
    tables = row_tables(template, towns, p, seed)
    if tables.layers.num_chats >= 2**31:
        raise InputError("more group chats than 32 bits can number", field="users", value=users)
    cities = max(1, int(towns / p.towns_per_city + 0.5))
    cohorts = int(template.cohort.max()) + 1
    people = people_tables(cities, cohorts, p, seed)
    return ImplicitChain(
        layers=tables.layers.words.ravel(), owners=tables.layers.owners,
        seat_block=tables.layers.seat_block, block_start=tables.layers.block_start,
        rows=tables.rows.ravel(), persons=tables.persons.ravel(),
        homes=tables.homes, family=tables.family, family_first=tables.family_first, strengths=tables.strengths,
        tier=people.tier, liking_city=people.liking_city, liking_circle=people.liking_circle,
        liking_own=people.liking_own, quantile=people.quantile, age_bands=people.age_band,
        platform_of=people.platform, keys=key_words(seed, 102, 8),
        num_users=users, num_chats=tables.layers.num_chats, town_bits=template.rows.bit_length() - 1,
        chat_layers=tables.chat_layers, cohorts=cohorts,
        provinces=int(np.clip(towns / p.towns_per_province + 0.5, 1, p.provinces)),
    )  # fmt: skip


def friend_lists(chain: ImplicitChain, users: NDArray[np.int32]) -> FriendLists:
    """Friends of the given users, from every one of their tie slots; on the host, ``chain`` as of `host`."""
    degree = chain.degree(users)
    owner = np.repeat(np.arange(len(users)), degree)
    slot = np.arange(len(owner)) - np.repeat(np.cumsum(degree) - degree, degree)
    friend, strength = chain.tie(users[owner], slot.astype(np.int32))
    live = friend != users[owner]
    owner, friend, strength = owner[live], friend[live], strength[live]
    order = np.lexsort((-strength, friend, owner))
    owner, friend, strength = owner[order], friend[order], strength[order]
    first = np.ones(len(owner), dtype=bool)
    first[1:] = (owner[1:] != owner[:-1]) | (friend[1:] != friend[:-1])
    offsets = np.concatenate([[0], np.cumsum(np.bincount(owner[first], minlength=len(users)))])
    doubled = len(owner) - int(first.sum())
    return FriendLists(offsets, friend[first], strength[first].astype(np.uint8), len(slot), doubled)


def _mean_degree(chain: ImplicitChain, template: Template, users: int) -> float:
    """Mean degree from a sample of users, by its ratio to the friends they were meant to have."""
    sample: Any = (np.arange(min(TESTED_USERS, users)) * (users / min(TESTED_USERS, users))).astype(np.int32)
    found = np.diff(friend_lists(chain, sample).offsets)
    meant = template.weight[chain.place(sample)[2]]
    return float(found.sum() / meant.sum() * template.weight.mean())
