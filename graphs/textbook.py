"""Small and textbook graphs, as social graphs: what tests and teaching scenarios run on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graphs.errors import InputError
from graphs.social_graph import SocialGraph

__all__ = [
    "TEXTBOOK",
    "IgraphLuck",
    "barabasi_albert",
    "binary_tree",
    "complete",
    "configuration_model",
    "erdos_renyi",
    "karate_club",
    "make_textbook",
    "path",
    "ring",
    "small_connected",
    "star",
]

CHAT_SIZE = 5


def path(n: int, *, isolated: int = 0, seed: int = 0) -> SocialGraph:
    """0 - 1 - ... - (n - 1)."""
    user = np.arange(max(n - 1, 0))
    return _build("path", n, user, user + 1, isolated, seed)


def ring(n: int, *, isolated: int = 0, seed: int = 0) -> SocialGraph:
    """A path whose ends are friends; n >= 3."""
    user = np.arange(_at_least("ring", n, 3))
    return _build("ring", n, user, (user + 1) % n, isolated, seed)


def star(n: int, *, isolated: int = 0, seed: int = 0) -> SocialGraph:
    """User 0 in the middle of n - 1 leaves."""
    leaf = np.arange(1, n)
    return _build("star", n, np.zeros_like(leaf), leaf, isolated, seed)


def complete(n: int, *, isolated: int = 0, seed: int = 0) -> SocialGraph:
    """Everybody a friend of everybody."""
    u, v = np.triu_indices(n, k=1)
    return _build("complete", n, u, v, isolated, seed)


def binary_tree(n: int, *, isolated: int = 0, seed: int = 0) -> SocialGraph:
    """User i has the friends 2 i + 1 and 2 i + 2 below; depth floor(log2(n))."""
    child = np.arange(1, n)
    return _build("binary_tree", n, (child - 1) // 2, child, isolated, seed)


def karate_club(*, isolated: int = 0, seed: int = 0) -> SocialGraph:
    """Zachary's karate club: 34 users, 78 ties (Zachary 1977, doi:10.1086/jar.33.4.3629752)."""
    import igraph

    return _from_igraph("karate_club", igraph.Graph.Famous("Zachary"), isolated, seed)


def barabasi_albert(n: int, m: int = 3, *, isolated: int = 0, seed: int = 0) -> SocialGraph:
    """Preferential attachment, m per newcomer (Barabasi, Albert 1999, doi:10.1126/science.286.5439.509)."""
    import igraph

    with IgraphLuck(seed):
        graph = igraph.Graph.Barabasi(n, m)
    return _from_igraph("barabasi_albert", graph, isolated, seed)


def erdos_renyi(n: int, p: float, *, isolated: int = 0, seed: int = 0) -> SocialGraph:
    """G(n, p): every pair a tie with probability p (Gilbert 1959, doi:10.1214/aoms/1177706098)."""
    import igraph

    with IgraphLuck(seed):
        graph = igraph.Graph.Erdos_Renyi(n=n, p=p)
    return _from_igraph("erdos_renyi", graph, isolated, seed)


def configuration_model(degrees: ArrayLike, *, isolated: int = 0, seed: int = 0) -> SocialGraph:
    """Uniform simple graph with the given degrees (edge switching, igraph `edge_switching_simple`)."""
    import igraph

    wanted = np.asarray(degrees, dtype=np.int64).tolist()
    if not igraph.is_graphical(wanted):
        raise InputError(
            "no simple graph has these degrees", field="degrees", allowed="a graphical sequence (even sum)"
        )
    with IgraphLuck(seed):
        graph = igraph.Graph.Degree_Sequence(wanted, method="edge_switching_simple")
    return _from_igraph("configuration_model", graph, isolated, seed)


TEXTBOOK: dict[str, Callable[..., SocialGraph]] = {
    "barabasi_albert": barabasi_albert,
    "binary_tree": binary_tree,
    "complete": complete,
    "configuration_model": configuration_model,
    "erdos_renyi": erdos_renyi,
    "karate_club": karate_club,
    "path": path,
    "ring": ring,
    "star": star,
}


def make_textbook(graph: str, **arguments: Any) -> SocialGraph:
    """A textbook graph by name, as a scenario asks for it; InputError names the ones there are."""
    if graph not in TEXTBOOK:
        names = ", ".join(sorted(TEXTBOOK))
        raise InputError("unknown textbook graph", field="graph", value=graph, allowed=names)
    return TEXTBOOK[graph](**arguments)


def _at_least(name: str, n: int, smallest: int) -> int:
    if n < smallest:
        raise InputError(f"too few users for a {name}", field="n", value=n, allowed=f"{smallest} or more")
    return n


def _build(name: str, n: int, u: NDArray, v: NDArray, isolated: int, seed: int) -> SocialGraph:
    """Chats are blocks of five consecutive users; isolated users come last and are in no chat."""
    _at_least(name, n, 1)
    user = np.arange(n if n > 1 else 0)
    block = np.minimum(user // CHAT_SIZE, (n - 2) // CHAT_SIZE)  # a last user alone joins the block before
    return SocialGraph.from_edges(n + isolated, u, v, chats=(block, user), seed=seed, name=name)


def _from_igraph(name: str, graph: Any, isolated: int, seed: int) -> SocialGraph:
    ends = np.asarray(graph.get_edgelist(), dtype=np.int64).reshape(-1, 2)
    return _build(name, graph.vcount(), ends[:, 0], ends[:, 1], isolated, seed)


class IgraphLuck:
    """igraph draws from one process-wide generator: seed it for one call, then hand it back unseeded."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def __enter__(self) -> None:
        import random

        import igraph

        igraph.set_random_number_generator(random.Random(self.seed))

    def __exit__(self, *_: object) -> None:
        import random

        import igraph

        igraph.set_random_number_generator(random)


def small_connected(most: int) -> list[tuple[int, list[tuple[int, int]]]]:
    """Every connected graph of 2 to ``most`` users (at most 7) up to renaming: number of users and ties.

    From the atlas of Read and Wilson (1998) that igraph carries: 30 graphs up to five users.
    """
    import igraph

    last = {2: 4, 3: 8, 4: 19, 5: 53, 6: 209, 7: 1253}[most]
    atlas = (igraph.Graph.Atlas(number) for number in range(last))
    return [(graph.vcount(), graph.get_edgelist()) for graph in atlas if graph.vcount() > 1 and graph.is_connected()]
