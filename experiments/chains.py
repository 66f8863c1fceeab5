"""The chain of a scenario: generated, computed, textbook or a user's file, and what the lowering must know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.base_inflow import ChainFacts
from experiments.lower_money import at_home
from experiments.scenario import Scenario
from graphs.errors import InputError

if TYPE_CHECKING:
    from experiments.scenario_world import TextbookChain
    from graphs.device import Chain
    from graphs.implicit import ImplicitChain
    from graphs.social_graph import SocialGraph

__all__ = ["build_chain", "facts_of", "notes_of", "on_device", "summary_of"]

_MOST_TIES = 1 << 30  # CSR offsets are 32-bit: directed ties stay below 2^31
SAMPLED = 16_384  # users of a computed chain whose slots and chats are counted


def build_chain(scenario: Scenario, number: int = 0) -> SocialGraph | ImplicitChain:
    """The ``number``-th chain of a scenario (another seed for each). Raises InputError for a bad file."""
    chain = scenario.chain
    if chain.kind == "file":
        from graphs.read import read_edges

        return read_edges(chain.path, source=chain.source_column, target=chain.target_column)
    if chain.kind == "textbook":
        return _textbook(chain, chain.seed + number)
    if chain.kind == "implicit":
        from graphs.implicit_build import make_implicit

        return make_implicit(chain.users, mean_degree=chain.mean_degree, seed=chain.seed + number)
    from graphs.chain import make_chain
    from graphs.memory import check_fits

    check_fits(chain.users, chain.mean_degree)
    ties = chain.users * chain.mean_degree / 2
    if ties >= _MOST_TIES:
        largest = int(2 * _MOST_TIES / chain.mean_degree)
        raise InputError(
            "the chain has more ties than an explicit chain can hold",
            field="chain.users",
            value=chain.users,
            allowed=f"at most {largest} users at this mean degree",
            cure='kind = "implicit", or fewer users: the population stays, each user stands for more people',
        )
    return make_chain(chain.users, mean_degree=chain.mean_degree, seed=chain.seed + number)


def _textbook(chain: TextbookChain, seed: int) -> SocialGraph:
    """A textbook graph; what it takes besides its users follows from the mean degree."""
    from graphs.textbook import make_textbook

    told: dict[str, Any] = {"n": chain.users}
    if chain.graph == "erdos_renyi":
        told["p"] = min((chain.mean_degree or 0.0) / max(chain.users - 1, 1), 1.0)
    elif chain.graph == "barabasi_albert" and chain.mean_degree is not None:
        told["m"] = max(round(chain.mean_degree / 2), 1)
    elif chain.graph == "karate_club":
        told = {}
    return make_textbook(chain.graph, **told, seed=seed)


def on_device(graph: SocialGraph | ImplicitChain, parts: int = 0) -> Chain:
    """What the engine asks in these `growth.state.Part`; a computed chain is that already."""
    from graphs.device import explicit_chain
    from graphs.social_graph import SocialGraph
    from growth.state import Part

    return explicit_chain(graph, work=bool(parts & Part.WORK)) if isinstance(graph, SocialGraph) else graph


def notes_of(scenario: Scenario, graph: SocialGraph | ImplicitChain) -> list[str]:
    """What a reader of the run must know of its chain: what was mended in a file, to what size it was rounded."""
    notes = list(getattr(graph, "notes", ()))
    asked = scenario.chain.users if scenario.chain.kind == "implicit" else graph.num_users
    if asked != graph.num_users:
        notes.append(f"users rounded to whole towns: {asked:,} asked, {graph.num_users:,} simulated")
    if at_home(scenario) and getattr(graph, "work_chats", None) == (0, 0):
        notes.append("this chain does not say which ties are of class and workplace: calendar days move none of them")
    return notes


def summary_of(graph: SocialGraph | ImplicitChain) -> dict[str, Any]:
    """The chain in numbers, for the manifest; of a computed one from a sample of its users."""
    from graphs.social_graph import SocialGraph

    if isinstance(graph, SocialGraph):
        from graphs.summary import summarise

        return {"users": graph.num_users, "chats": graph.num_chats, **summarise(graph)}
    from graphs.implicit_sample import summarise_sample

    return {"users": graph.num_users, "chats": graph.num_chats, **summarise_sample(graph)}


def facts_of(scenario: Scenario, graph: SocialGraph | ImplicitChain) -> ChainFacts:
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
    from graphs.social_graph import SocialGraph

    if not isinstance(graph, SocialGraph):
        return _computed_facts(graph, float(population))
    sizes = np.diff(np.asarray(graph.member_offsets)).astype(float)
    seats = sizes.sum()
    member = np.diff(np.asarray(graph.chat_offsets)) > 0
    return ChainFacts(
        users=graph.num_users,
        population=float(population),
        chat_size=float((sizes**2).sum() / seats) if seats else 1.0,
        with_chats=float(member.mean()),
        at_most=_at_most(graph.degree()),
    )


def _computed_facts(graph: ImplicitChain, population: float) -> ChainFacts:
    """Facts of a chain of which nothing is stored, from users spread evenly over it (all of a small one)."""
    from graphs.implicit_slots import each_slot, live_slots

    host = graph.host()
    count = min(SAMPLED, graph.num_users)
    users = (np.arange(count) * (graph.num_users / count)).astype(np.int32)
    owner, slot = each_slot(host.chat_count(users))
    size = host.chat_size(host.chat(users[owner], slot)).astype(float)  # a chat is met once per seat
    live, slots = live_slots(host, users), host.degree(users)
    return ChainFacts(
        users=graph.num_users,
        population=population,
        chat_size=float(size.mean()) if len(size) else 1.0,
        with_chats=float((host.chat_count(users) > 0).mean()),
        live_slots=float((live[slots > 0] / slots[slots > 0]).mean()),
        at_most=_at_most(slots),
    )


def _at_most(degree: np.ndarray) -> np.ndarray:
    """Share of these people with at most 0, 1, 2 ... ties."""
    return np.cumsum(np.bincount(degree)) / len(degree)
