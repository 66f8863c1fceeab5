"""The chain of a scenario: generated, textbook or a user's file, and what the lowering needs to know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experiments.base_inflow import ChainFacts
from experiments.scenario import Scenario
from graphs.errors import InputError

if TYPE_CHECKING:
    from graphs.social_graph import SocialGraph

__all__ = ["build_chain", "facts_of"]

_MOST_TIES = 1 << 30  # CSR offsets are 32-bit: directed ties stay below 2^31


def build_chain(scenario: Scenario, number: int = 0) -> SocialGraph:
    """The ``number``-th chain of a scenario (another seed for each). Raises InputError for a bad file."""
    chain = scenario.chain
    if chain.kind == "file":
        from graphs.read import read_edges

        graph = read_edges(chain.path, source=chain.source_column, target=chain.target_column)
    elif chain.kind == "textbook":
        from graphs.textbook import make_textbook

        graph = make_textbook(chain.graph, n=chain.users, seed=chain.seed + number)
    else:
        from graphs.chain import make_chain

        ties = chain.users * chain.mean_degree / 2
        if ties >= _MOST_TIES:
            largest = int(2 * _MOST_TIES / chain.mean_degree)
            raise InputError(
                "the chain has more ties than an explicit chain can hold",
                field="chain.users",
                value=chain.users,
                allowed=f"at most {largest} users at this mean degree",
                cure="fewer users: the population stays, each user stands for more people",
            )
        graph = make_chain(chain.users, mean_degree=chain.mean_degree, seed=chain.seed + number)
    return graph


def facts_of(scenario: Scenario, graph: SocialGraph) -> ChainFacts:
    """Facts of a chain. Raises InputError when the population is smaller than the sample."""
    population = scenario.chain.population or graph.num_users
    if population < graph.num_users:
        raise InputError(
            "the population is smaller than the chain",
            field="chain.population",
            value=population,
            allowed=f"at least {graph.num_users} people",
            cure="leave it out where the file is the whole population",
        )
    sizes = np.diff(np.asarray(graph.member_offsets)).astype(float)
    seats = sizes.sum()
    member = np.diff(np.asarray(graph.chat_offsets)) > 0
    return ChainFacts(
        users=graph.num_users,
        population=float(population),
        chat_size=float((sizes**2).sum() / seats) if seats else 1.0,
        with_chats=float(member.mean()),
    )
