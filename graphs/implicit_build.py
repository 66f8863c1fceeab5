"""make_implicit: the tables of a chain of any size, from a thousand users to 1.4 billion, in seconds."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from graphs.chain_parameters import FociParameters, province_count, town_bits
from graphs.errors import InputError
from graphs.implicit import ImplicitChain
from graphs.implicit_people import people_tables
from graphs.implicit_slots import friend_lists
from graphs.implicit_tables import key_words, row_tables
from graphs.template import Template, make_template

__all__ = ["LARGEST", "SMALLEST", "chain_on_host", "make_implicit", "nearest_size"]

SMALLEST, LARGEST = 32, 2_000_000_000
PASSES = 4  # after the first, what was found mends what is asked
BOOST = (0.25, 4.0)  # of friends asked
CLASSES = (0.1, 0.3, 0.5, 0.7, 0.85, 0.95, 0.985, 0.995)  # of users by friends asked
TESTED_USERS = 4_096  # of whom the friends are counted, to meet the mean degree


def make_implicit(
    num_users: int, *, mean_degree: float = 150.0, seed: int = 1, parameters: FociParameters | None = None
) -> ImplicitChain:
    """A relationship chain of which nothing is stored but tables (a few MB at any size), on the default device.

    ``num_users`` is rounded to whole towns (`nearest_size`; the chain's ``num_users`` says to what). The mean degree
    is met within about 1 %, in each class of sociability: the friends of some thousand users are counted, and pairs at
    random make good what overlap has cost. Raises InputError for sizes that the method does not reach.
    """
    chain = chain_on_host(num_users, mean_degree=mean_degree, seed=seed, parameters=parameters)
    return jax.tree.map(jax.numpy.asarray, chain)


def chain_on_host(
    num_users: int, *, mean_degree: float = 150.0, seed: int = 1, parameters: FociParameters | None = None
) -> ImplicitChain:
    """`make_implicit` on NumPy arrays: for bulk sweeps, and for writing the chain out."""
    if not SMALLEST <= num_users <= LARGEST:
        allowed = f"{SMALLEST} to {LARGEST}"
        raise InputError("no implicit chain of this size", field="users", value=num_users, allowed=allowed)
    if not 2.0 <= mean_degree <= 1000.0:
        raise InputError("no such society", field="mean_degree", value=mean_degree, allowed="2 to 1000")
    rows = _town_size(num_users)
    users = nearest_size(num_users)
    p = parameters or FociParameters()
    held = min(mean_degree, 0.25 * (users - 1))
    boost = np.ones(rows)
    for left in reversed(range(PASSES)):
        rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, 0])))
        template = make_template(users, rows, held, p, rng, boost)
        chain = _laid_out(template, users, p, seed)
        if left:
            boost = np.clip(boost * _shortfall(chain, template, users), *BOOST)
    return chain


def nearest_size(num_users: int) -> int:
    """The nearest size in whole towns."""
    rows = _town_size(num_users)
    return round(num_users / rows) * rows


def _town_size(num_users: int) -> int:
    return 1 << town_bits(num_users)


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
        provinces=province_count(users),
    )  # fmt: skip


def _shortfall(chain: ImplicitChain, template: Template, users: int) -> NDArray[np.float64]:
    """Asked friends over those found, [rows], by the friends asked: from a sample of users in classes."""
    sample: Any = (np.arange(min(TESTED_USERS, users)) * (users / min(TESTED_USERS, users))).astype(np.int32)
    found = friend_lists(chain, sample).degree
    asked = template.weight[chain.place(sample)[2]]
    edges = np.quantile(asked, CLASSES)
    at = np.searchsorted(edges, asked)
    count = np.maximum(np.bincount(at), 1)
    seen = np.flatnonzero(np.bincount(at, found) > 0)
    ratio = (np.bincount(at, asked)[seen] + 1e-9) / np.bincount(at, found)[seen]
    middle = np.bincount(at, np.log(asked))[seen] / count[seen]
    return np.exp(np.interp(np.log(template.weight), middle, np.log(ratio)))
