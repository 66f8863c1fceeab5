"""The same independent cascade in other programs: CyNetDiff, NDlib, EoN, graph-tool, and a compiled loop with skips.

Each peer takes a graph and returns a function (replicates, rng seed) -> sizes; what it makes of the graph first is not
counted. A peer that is not installed, or has no such law, gives None.
"""

from __future__ import annotations

import array
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

__all__ = ["PEERS", "Run", "cynetdiff", "eon", "graph_tool", "ndlib", "numba_skips", "spread_seeds"]

Run = Callable[[int, int], np.ndarray]


def spread_seeds(many: int, rng_seed: int) -> np.ndarray:
    """Seeds far apart, uint32[many]: neighbouring ones overlap in some generators."""
    from graphs.hashing import hash_bits

    return (hash_bits(rng_seed, 77, np.arange(many)) >> np.uint64(32)).astype(np.uint32)


def cynetdiff(graph: Any, seeds: np.ndarray, p: float | None) -> Run | None:
    """CyNetDiff (Robson et al. 2024): Cython, every tie of everybody who joins; p None: weighted cascade."""
    if find_spec("cynetdiff") is None:
        return None
    from cynetdiff.models import IndependentCascadeModel

    starts = array.array("I", graph.offsets[:-1].astype(np.uint32).tobytes())
    ends = array.array("I", graph.friends.astype(np.uint32).tobytes())
    if p is None:
        chances = (1 / graph.degree()[graph.friends]).astype(np.float32)
        model = IndependentCascadeModel(starts, ends, activation_probs=array.array("f", chances.tobytes()))
    else:
        model = IndependentCascadeModel(starts, ends, activation_prob=p)
    model.set_seeds([int(seed) for seed in seeds])

    def run(replicates: int, rng_seed: int) -> np.ndarray:
        sizes = np.empty(replicates, np.int64)
        for replicate, seed in enumerate(spread_seeds(replicates, rng_seed)):
            model.set_rng(int(seed))
            model.reset_model()
            model.advance_until_completion()
            sizes[replicate] = model.get_num_activated_nodes()
        return sizes

    return run


def _loop(offsets, friends, chances, p, seeds, luck, sizes):  # type: ignore[no-untyped-def]  # pragma: no cover
    """A queue and geometric skips over failures; with chances of ties' own, a coin each. SplitMix64."""
    joined = np.zeros(len(offsets) - 1, np.uint8)
    queue = np.empty(len(offsets) - 1, np.int32)
    weighted = len(chances) > 0
    scale = 0.0 if weighted else 1.0 / np.log1p(-p)
    for replicate in range(len(sizes)):
        state = np.uint64(luck[replicate])
        tail = 0
        for seed in seeds:
            joined[seed] = 1
            queue[tail] = seed
            tail += 1
        head = 0
        while head < tail:
            at, end = offsets[queue[head]], offsets[queue[head] + 1]
            head += 1
            while at < end:
                state += np.uint64(0x9E3779B97F4A7C15)
                word = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
                word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
                unit = ((word ^ (word >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53
                if weighted:
                    live = unit < chances[at]
                else:
                    at += int(np.log1p(-unit) * scale)
                    live = at < end
                if live and joined[friends[at]] == 0:
                    joined[friends[at]] = 1
                    queue[tail] = friends[at]
                    tail += 1
                at += 1
        sizes[replicate] = tail
        for place in range(tail):
            joined[queue[place]] = 0


def numba_skips(graph: Any, seeds: np.ndarray, p: float | None) -> Run | None:
    """A straightforward loop, compiled by numba: geometric skips over failures, cleared by walking what was touched."""
    if find_spec("numba") is None:
        return None
    import numba

    compiled = numba.njit(_loop)
    chances = 1 / graph.degree()[graph.friends] if p is None else np.empty(0)
    offsets, friends = graph.offsets.astype(np.int64), graph.friends.astype(np.int32)

    def run(replicates: int, rng_seed: int) -> np.ndarray:
        sizes = np.empty(replicates, np.int64)
        luck = spread_seeds(replicates, rng_seed).astype(np.uint64) << np.uint64(20)
        compiled(offsets, friends, chances, p or 0.5, seeds.astype(np.int64), luck, sizes)
        return sizes

    return run


def _networkx(graph: Any) -> Any:
    import networkx

    made = networkx.Graph()
    made.add_nodes_from(range(graph.num_users))
    sharer = np.repeat(np.arange(graph.num_users), graph.degree())
    once = sharer < graph.friends
    made.add_edges_from(zip(sharer[once].tolist(), graph.friends[once].tolist(), strict=True))
    return made


def eon(graph: Any, seeds: np.ndarray, p: float | None) -> Run | None:
    """EoN (Miller and Ting 2019): discrete SIR, infectious for one round. Draws as the operating system seeds it."""
    if find_spec("EoN") is None or p is None:
        return None
    import EoN

    made, start = _networkx(graph), [int(seed) for seed in seeds]

    def run(replicates: int, rng_seed: int) -> np.ndarray:
        del rng_seed
        ends = (EoN.basic_discrete_SIR(made, p, initial_infecteds=start)[3][-1] for _ in range(replicates))
        return np.fromiter(ends, np.int64, replicates)

    return run


def ndlib(graph: Any, seeds: np.ndarray, p: float | None) -> Run | None:
    """NDlib (Rossetti et al. 2018): Python, all users looked at every round. Draws as the operating system seeds it."""
    if find_spec("ndlib") is None or find_spec("six") is None or p is None:
        return None
    from ndlib.models import ModelConfig
    from ndlib.models.epidemics import IndependentCascadesModel

    made = _networkx(graph)
    settings = ModelConfig.Configuration()
    settings.add_model_initial_configuration("Infected", [int(seed) for seed in seeds])
    for edge in made.edges():
        settings.add_edge_configuration("threshold", edge, p)

    def run(replicates: int, rng_seed: int) -> np.ndarray:
        del rng_seed
        sizes = np.empty(replicates, np.int64)
        for replicate in range(replicates):
            model = IndependentCascadesModel(made)
            model.set_initial_status(settings)
            while True:
                counts = model.iteration(node_status=False)["node_count"]
                if not counts[1]:
                    break
            sizes[replicate] = counts[2]
        return sizes

    return run


def graph_tool(graph: Any, seeds: np.ndarray, p: float | None) -> Run | None:
    """graph-tool (Peixoto 2014): C++ SI state with recovery after one round; only where Debian has put it."""
    if find_spec("graph_tool") is None or p is None:
        return None
    import graph_tool as tool
    from graph_tool.dynamics import SIRState

    sharer = np.repeat(np.arange(graph.num_users), graph.degree())
    once = sharer < graph.friends
    made = tool.Graph(directed=False)
    made.add_vertex(graph.num_users)
    made.add_edge_list(np.stack([sharer[once], graph.friends[once]], axis=1))

    def run(replicates: int, rng_seed: int) -> np.ndarray:
        tool.seed_rng(int(spread_seeds(1, rng_seed)[0]))
        sizes = np.empty(replicates, np.int64)
        for replicate in range(replicates):
            start = made.new_vertex_property("int32_t", 0)
            start.a[seeds] = 1
            state = SIRState(made, beta=p, gamma=1.0, s=start)
            while (state.get_state().a == 1).any():
                state.iterate_sync()
            sizes[replicate] = int((state.get_state().a == 2).sum())
        return sizes

    return run


PEERS = {"CyNetDiff": cynetdiff, "numba": numba_skips, "EoN": eon, "NDlib": ndlib, "graph-tool": graph_tool}
