"""make_chain: a society whose friendships and group chats come from the same foci (layered affiliation)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from graphs.attributes import FEMALE_SHARE
from graphs.chain_parameters import FociParameters
from graphs.errors import InputError
from graphs.foci import (
    Blocks,
    Places,
    Ties,
    circle_blocks,
    circle_ties,
    household_ties,
    matching_ties,
    strength_table,
)
from graphs.groups import ChatSeats, chat_memberships, extra_chats
from graphs.hashing import hash_uniform
from graphs.people import chain_attributes
from graphs.social_graph import SocialGraph
from graphs.template import Template, make_template, topping_up
from graphs.ties import MAX_USERS, count_ties, pack_ties, rows_from_keys

__all__ = ["make_chain"]

SMALLEST_CHAIN = 10


def make_chain(
    num_users: int, *, mean_degree: float = 150.0, seed: int = 1, parameters: FociParameters | None = None
) -> SocialGraph:
    """A relationship chain of exactly ``num_users`` users with about ``mean_degree`` friends each.

    Households, circles of like people, neighbourhood circles, then ties at random within town, city and
    nation; every household of three and every circle is also a group chat. The same arguments give the same
    bytes. Layers that name the same pair merge; what that costs is made good by ties at random, so the mean
    comes out as asked (within 2 % from 5,000 users at means of 30 to 190); a chain too small for it says so
    in ``notes``. The last town may be partial.
    Raises InputError for sizes that no chain can have.
    """
    _check(num_users, mean_degree)
    p = parameters or FociParameters()
    rows = _town_size(num_users)
    luck = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, 0])))
    held = min(mean_degree, 0.25 * (num_users - 1))
    template = make_template(num_users, rows, held, p, luck)
    places = _places(num_users, rows, template, seed)
    ties, circles, chats = _layers(places, template, p, seed)
    ties += _matchings(places, template.matching_stubs, p, seed, 50)
    attributes = chain_attributes(places, template.cohort[places.row], circles, p, seed)
    keys = np.concatenate(ties)
    del ties
    for stream in (70, 80, 90):
        missing = held - 2.0 * count_ties(keys) / num_users
        if missing < 0.005 * held:
            break
        extra = topping_up(template, missing, p, luck)
        keys = np.concatenate([keys, *_matchings(places, extra, p, seed, stream)])
    graph = SocialGraph.from_keys(num_users, keys, chats=chats, attributes=attributes, name="foci")
    return _noted(_capped(graph, p.friend_cap), mean_degree)


def _noted(graph: SocialGraph, mean_degree: float) -> SocialGraph:
    """Say so when the chain could not hold the asked mean degree. Merged repeats are the method, not news."""
    notes: tuple[str, ...] = ()
    if abs(graph.mean_degree / mean_degree - 1.0) > 0.05:
        notes = (f"mean degree {mean_degree:g} asked, {graph.mean_degree:.1f} built: few users for it",)
    return replace(graph, notes=notes)


def _capped(graph: SocialGraph, cap: int) -> SocialGraph:
    """Drop the weakest ties of users over the friend cap (rare: the degree law stops short of it)."""
    degree = graph.degree()
    if degree.max() <= cap:
        return graph
    owner = np.repeat(np.arange(graph.num_users, dtype=np.int64), degree)
    order = np.lexsort((graph.friends, ~graph.strength, owner))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - np.repeat(graph.offsets[:-1].astype(np.int64), degree)
    over = rank >= cap
    dropped = np.unique(pack_ties(graph.num_users, owner[over], graph.friends[over], graph.strength[over]))
    once = owner < graph.friends
    keys = pack_ties(graph.num_users, owner[once], graph.friends[once], graph.strength[once])
    rows = rows_from_keys(graph.num_users, keys[~np.isin(keys, dropped)])
    return replace(graph, offsets=rows.offsets, friends=rows.friends, strength=rows.strength)


def _town_size(num_users: int) -> int:
    """Users of a town: the power of two nearest below a 16th of the chain, from 256 to 4,096."""
    return int(np.clip(1 << max(0, (num_users // 16).bit_length() - 1), 256, 4096))


def _check(num_users: int, mean_degree: float) -> None:
    if not SMALLEST_CHAIN <= num_users <= MAX_USERS:
        raise InputError(
            "a generated chain of this size cannot be held",
            field="users", value=num_users, allowed=f"{SMALLEST_CHAIN} to {MAX_USERS}",
        )  # fmt: skip
    if not 2.0 <= mean_degree <= 1000.0:
        raise InputError("no such society", field="mean_degree", value=mean_degree, allowed="2 to 1000")


def _places(num_users: int, rows: int, template: Template, seed: int) -> Places:
    """Each town seats the template's rows in an order of its own; households are runs of neighbours."""
    towns = -(-num_users // rows)
    luck = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, 1])))
    order = luck.permuted(np.tile(np.arange(rows, dtype=np.int32), (towns, 1)), axis=1).ravel()[:num_users]
    town = np.repeat(np.arange(towns, dtype=np.int32), rows)[:num_users]
    homes = int(template.household[-1]) + 1
    household = (np.tile(template.household, towns)[:num_users] + town * homes).astype(np.int32)
    user = np.arange(num_users)
    age = hash_uniform(seed, 31, user).astype(np.float32)
    gender = (hash_uniform(seed, 33, user) < FEMALE_SHARE).astype(np.uint8)
    return Places(num_users, towns, town, order, household, age, gender)


def _layers(places: Places, template: Template, p: FociParameters, seed: int) -> tuple[Ties, list[Blocks], ChatSeats]:
    """Ties of all layers, the circles, and the chat seats. Every layer draws from a stream of its own."""
    ties, families = household_ties(places, template.weight, p, seed)
    circles: list[Blocks] = []
    kinds = (
        (template.circles, p.circle_strength, 100, places.age, p.circle_age_leaning),
        (template.neighbourhoods, p.neighbourhood_strength, 40, places.gender, p.hobby_gender_leaning),
    )
    for law, strength, stream, trait, pull in kinds:
        leaning = trait * np.float32(pull)
        table = strength_table(strength)
        for group in range(len(law.size)):
            luck = np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, stream + group])))
            blocks = circle_blocks(law, group, places, p.chat_cap, luck, leaning)
            ties += circle_ties(law, group, blocks, places, table, seed, stream + group)
            circles.append(blocks)
    luck = np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, 60])))
    extra = extra_chats(template.chat_stubs, places, p, luck)
    return ties, circles, chat_memberships([families, *circles, extra], p.chat_cap)


def _matchings(
    places: Places, stubs: tuple[NDArray[np.int32], ...], p: FociParameters, seed: int, first_stream: int
) -> Ties:
    """Ties at random inside town, city and nation, from the stubs [rows] of each."""
    ties: Ties = []
    scopes = (1, p.towns_per_city, places.towns)
    strengths = (p.town_strength, p.city_strength, p.nation_strength)
    for stream, (stub, scope, layer) in enumerate(zip(stubs, scopes, strengths, strict=True), first_stream):
        luck = np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, stream])))
        ties += matching_ties(stub, places, scope, strength_table(layer), seed, stream, luck)
    return ties
