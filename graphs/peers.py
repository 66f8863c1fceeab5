"""The textbook generators at the size of a chain, so that a table can show what each of them misses."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from graphs.bter import bter_of
from graphs.clustering_law import at_degree_100
from graphs.configuration import rewired_rows
from graphs.social_graph import SocialGraph
from graphs.ties import pack_ties

__all__ = [
    "PEERS",
    "block_model_of",
    "configuration_of",
    "igraph_barabasi",
    "preferential_attachment_of",
    "small_world_of",
]

_ROUNDS = 20


def preferential_attachment_of(graph: SocialGraph, seed: int = 0) -> SocialGraph:
    """Barabasi and Albert 1999 (doi:10.1126/science.286.5439.509), as many ties a newcomer as half the mean degree.

    An end of an earlier tie, drawn evenly, is a user in proportion to degree (Batagelj and Brandes 2005,
    doi:10.1103/PhysRevE.71.036113); all chains of references are followed at once. The first users all know each
    other. Repeated ties merge.
    """
    n, each = graph.num_users, max(1, round(graph.mean_degree / 2))
    core = np.triu_indices(min(each + 1, n), k=1)
    newcomer = np.repeat(np.arange(min(each + 1, n), n), each)
    known, ties = len(core[0]), len(core[0]) + len(newcomer)
    # End 2 i + 1 of a newcomer's tie refers to one of the ends 0 .. 2 i before it; every other end is a user.
    user = np.zeros(2 * ties, dtype=np.int64)
    user[: 2 * known : 2], user[1 : 2 * known : 2] = core
    user[2 * known :: 2] = newcomer
    refers = np.arange(2 * ties)
    at = np.arange(known, ties)
    refers[2 * known + 1 :: 2] = (_luck(seed, 911).random(len(at)) * (2 * at + 1)).astype(np.int64)
    while np.any((beyond := refers[refers]) != refers):
        refers = beyond
    user = user[refers]
    return _graph("preferential attachment", n, user[::2], user[1::2], seed)


def small_world_of(graph: SocialGraph, seed: int = 0) -> SocialGraph:
    """Watts and Strogatz 1998 (doi:10.1038/30918): a ring of the same mean degree, far ends moved at random.

    The share moved is the one at which clustering, 3 (k - 2) / 4 (k - 1) times its complement cubed, is that of
    ``graph`` at 100 friends. Repeated ties merge.
    """
    n, side = graph.num_users, max(1, round(graph.mean_degree / 2))
    wanted = at_degree_100(graph)
    on_ring = 3.0 * (2 * side - 2) / (4.0 * (2 * side - 1))
    kept = 1.0 if wanted is None or on_ring == 0.0 else min(1.0, float(np.cbrt(wanted.mean / on_ring)))
    rng = _luck(seed, 912)
    user = np.repeat(np.arange(n, dtype=np.int64), side)
    friend = (user + np.tile(np.arange(1, side + 1), n)) % n
    moved = rng.random(len(friend)) >= kept
    friend[moved] = rng.integers(0, n, int(moved.sum()))
    return _graph("small world", n, user, friend, seed)


def configuration_of(graph: SocialGraph, seed: int = 0) -> SocialGraph:
    """A random simple graph with the degrees of ``graph`` (Molloy and Reed 1995, doi:10.1002/rsa.3240060204)."""
    rows = rewired_rows(graph, seed)
    owner = np.repeat(np.arange(graph.num_users, dtype=np.int32), np.diff(rows.offsets))
    once = owner < rows.friends
    return _graph("configuration", graph.num_users, owner[once], rows.friends[once], seed)


def block_model_of(graph: SocialGraph, seed: int = 0) -> SocialGraph:
    """Stochastic block model (Holland, Laskey and Leinhardt 1983, doi:10.1016/0378-8733(83)90021-7).

    One block per town of ``graph``, as many ties inside blocks and between them as it has; otherwise at random.
    """
    town = graph.attributes.town.astype(np.int64)
    n, people = graph.num_users, np.bincount(town)
    members = np.argsort(town, kind="stable")
    first = np.cumsum(people) - people
    inside = int((np.repeat(town, graph.degree()) == town[graph.friends]).sum()) // 2
    weight = np.cumsum(people.astype(np.float64) ** 2)
    rng = _luck(seed, 913)

    def near(count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        block = np.searchsorted(weight, rng.random(count) * weight[-1], side="right")
        u, v = (members[first[block] + (rng.random(count) * people[block]).astype(np.int64)] for _ in range(2))
        return u, v

    def far(count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        u, v = rng.integers(0, n, (2, count))
        apart = town[u] != town[v]
        return u[apart], v[apart]

    between = graph.num_ties - inside if np.count_nonzero(people) > 1 else 0
    keys = np.concatenate([_distinct(n, near, inside, rng), _distinct(n, far, between, rng)])
    return _graph("block model", n, keys // n, keys % n, seed)


Peer = Callable[[SocialGraph, int], SocialGraph]
PEERS: dict[str, Peer] = {
    "barabasi": preferential_attachment_of,
    "watts": small_world_of,
    "config": configuration_of,
    "bter": bter_of,
    "blocks": block_model_of,
}
"""Short name -> a graph of the same size as the given one, by seed."""


def _luck(seed: int, stream: int) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, stream])))


def _distinct(
    n: int,
    draw: Callable[[int], tuple[NDArray[np.int64], NDArray[np.int64]]],
    wanted: int,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """``wanted`` different ties as u n + v, u < v (fewer when there are hardly as many pairs)."""
    keys = np.zeros(0, dtype=np.int64)
    for _ in range(_ROUNDS):
        missing = wanted - len(keys)
        if missing <= 0:
            break
        u, v = draw(int(1.05 * missing) + 16)
        apart = u != v
        fresh = np.minimum(u, v)[apart] * n + np.maximum(u, v)[apart]
        keys = np.unique(np.concatenate([keys, fresh]))
    return rng.permutation(keys)[:wanted] if len(keys) > wanted else keys


def _graph(name: str, n: int, u: NDArray[np.integer], v: NDArray[np.integer], seed: int) -> SocialGraph:
    apart = u != v
    keys = pack_ties(n, u[apart], v[apart], np.uint8(128))
    return SocialGraph.from_keys(n, keys, seed=seed, name=name)


def igraph_barabasi(users: int, each: int) -> int:
    """Ties of igraph's own preferential attachment, with its own fast luck and no seed: for timing beside a chain."""
    import igraph

    igraph.set_random_number_generator(None)
    return int(igraph.Graph.Barabasi(users, each).ecount())
