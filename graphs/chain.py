"""make_chain: a society whose friendships and group chats come from the same foci, written out tie by tie."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from graphs.chain_parameters import FociParameters, extrapolations
from graphs.errors import InputError
from graphs.implicit_build import SMALLEST, chain_on_host
from graphs.materialise import materialise
from graphs.social_graph import SocialGraph
from graphs.ties import MAX_USERS, pack_ties, rows_from_keys

__all__ = ["make_chain"]


def make_chain(
    num_users: int, *, mean_degree: float = 150.0, seed: int = 1, parameters: FociParameters | None = None
) -> SocialGraph:
    """A relationship chain of about ``num_users`` users with about ``mean_degree`` friends each.

    One law for all sizes: this is the chain of `graphs.implicit_build.make_implicit` for the same arguments, with
    every tie, chat seat and attribute stored. Households, circles of like people, neighbourhood circles, then ties at
    random within town, city and nation; every household of three and every circle is also a group chat. The same
    arguments give the same bytes. The size is rounded to whole towns (`nearest_size`); ``notes`` says so, and whether
    the parameters are extrapolated or the mean could not be met. Raises InputError for sizes that no chain can have.
    """
    if not SMALLEST <= num_users <= MAX_USERS:
        raise InputError(
            "a generated chain of this size cannot be held",
            field="users", value=num_users, allowed=f"{SMALLEST} to {MAX_USERS}",
        )  # fmt: skip
    chain = chain_on_host(num_users, mean_degree=mean_degree, seed=seed, parameters=parameters)
    graph = _capped(materialise(chain), (parameters or FociParameters()).friend_cap)
    return replace(graph, notes=_notes(num_users, mean_degree, graph))


def _notes(num_users: int, mean_degree: float, graph: SocialGraph) -> tuple[str, ...]:
    """What a reader must know of the chain. Merged repeats are the method, not news."""
    notes = []
    if graph.num_users != num_users:
        notes.append(f"users rounded to whole towns: {num_users:,} asked, {graph.num_users:,} built")
    if abs(graph.mean_degree / mean_degree - 1.0) > 0.05:
        notes.append(f"mean degree {mean_degree:g} asked, {graph.mean_degree:.1f} built: few users for it")
    return (*notes, *extrapolations(graph.num_users, mean_degree))


def _capped(graph: SocialGraph, cap: int) -> SocialGraph:
    """Drop the weakest ties of users over the friend cap (the degree law stops short of it: never seen)."""
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
