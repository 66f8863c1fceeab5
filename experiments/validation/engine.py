"""The engine against exact answers: enumeration, branching processes, generating functions. All rows count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats

from experiments.validation.cascade import kernel_laws, kernel_world
from experiments.validation.engine_laws import bass, message_passing
from experiments.validation.rows import FAILURE_RATE, row

__all__ = ["World", "day_world", "engine", "small_graphs"]

World = Callable[[Any, int, float, "np.ndarray | None", float], np.ndarray]
"""(graph, lanes, p, seeds, engaged) -> who is engaged at the end of a plain cascade, bool[lanes, users]."""

_ROUNDS = 96
_STATEMENTS = 32
"""Rows of the check, at most: they share the failure rate."""


def engine() -> list[dict[str, Any]]:
    """Final sets of all small graphs, tree sizes, extinction and final sizes against exact laws."""
    from experiments.progress import Progress, Report

    steps = {
        "all small graphs": lambda: [small_graphs(), small_graphs(world=kernel_world)],
        "trees": lambda: [*_trees(), *_trees(world=kernel_world), message_passing(day_world)],
        "configuration model": lambda: [*_configuration(), *_configuration(lanes=64, world=kernel_world)],
        "laws of the kernel": kernel_laws,
        "the Bass equation": bass,
    }
    rows: list[dict[str, Any]] = []
    with Progress() as progress:
        for done, (phase, step) in enumerate(steps.items()):
            progress.tell(Report(phase, done, len(steps), "laws"))
            rows += step()
    return rows


def day_world(
    graph: Any, lanes: int, p: float, seeds: np.ndarray | None, engaged: float, chunk: int = 2048
) -> np.ndarray:
    """Who is engaged at the end of a plain cascade at ``p``, bool[lanes, users]: from given seeds, or from everyone
    with probability ``engaged``."""
    import dataclasses

    import jax

    from graphs.device import explicit_chain
    from growth.engine import Engine
    from growth.plain import plain_campaign, quiet_tables, share_with_friends
    from growth.state import Sizes
    from growth.streams import ONE, root_key

    tables = quiet_tables(lanes, engaged)
    if seeds is not None:  # the seeds alone have the greatest affinity, and that alone starts engaged
        affinity = np.zeros(graph.num_users, np.uint8)
        affinity[seeds] = 255
        graph = dataclasses.replace(graph, attributes=dataclasses.replace(graph.attributes, affinity=affinity))
        tables["status"][:] = 0
        tables["status"][:, 255] = ONE
    # The chance of a tie is set by how often a link opens: a threshold of its own, not a rounded logit.
    told = share_with_friends(int(graph.degree().max(initial=1))) | {"opens": np.float32(p)}
    everyone = lanes * graph.num_users
    lists = {"pending": 8 * everyone, "actors": everyone, "packets": everyone, "claims": everyone, "log": everyone}
    sizes = Sizes(lanes, graph.num_users, max(graph.num_chats, 1), _ROUNDS, chunk, **lists)
    machine = Engine(explicit_chain(graph), sizes, jax.devices()[:1])
    campaign, key = machine.place(plain_campaign(lanes, _ROUNDS, told, tables)), root_key(20260201)
    state = machine.morning(key, machine.begin(key, campaign), campaign)
    for _ in range(_ROUNDS):
        state = machine.round(key, state, campaign)
        if int(np.asarray(state.lists.actors.length)[0]) == 0 and int(np.asarray(state.lists.pending.length)[0]) == 0:
            break
    if np.asarray(state.overflow).any():
        raise RuntimeError("a list was too small for this check")
    return np.asarray(state.users.status).reshape(lanes, graph.num_users) == 1


def _name(name: str, world: World | None) -> str:
    """The campaign day's rows have plain names, the kernel's (another world) say so."""
    return name if world is None else f"kernel_{name}"


def _bounded(name: str, metric: str, value: float, bound: float, source: str) -> dict[str, Any]:
    return row(name, metric, value, low=-bound, high=bound, role="law", grade="D", source=source)


def small_graphs(lanes: int = 4000, p: float = 0.3, world: World | None = None) -> dict[str, Any]:
    """All connected graphs of two to five users at once: each is a component, its first user the seed."""
    from graphs.social_graph import SocialGraph
    from graphs.textbook import small_connected
    from growth.cascade_law import final_set_law

    graphs = small_connected(5)
    starts = np.cumsum([0, *(users for users, _ in graphs)])
    parts = zip(graphs, starts, strict=False)
    u, v = np.array([(u + start, v + start) for (_, ties), start in parts for u, v in ties]).T
    joined = (world or day_world)(SocialGraph.from_edges(int(starts[-1]), u, v), lanes, p, starts[:-1], 0.0)
    statistic, freedom = 0.0, 0
    for (users, ties), start in zip(graphs, starts, strict=False):
        law = final_set_law(ties, users, 0, p)
        code = joined[:, start : start + users] @ (1 << np.arange(users))
        for part, chance in law.items():
            seen = int((code == sum(1 << user for user in part)).sum())
            statistic += (seen - lanes * chance) ** 2 / (lanes * chance)
        freedom += len(law) - 1
    bound = float(stats.chi2.isf(FAILURE_RATE / _STATEMENTS, freedom))
    metric = f"chi-square of final sets, {len(graphs)} graphs of 2 to 5 users, {freedom} degrees of freedom"
    return row(
        _name("small_graphs", world), metric, statistic, low=0.0, high=bound, role="law", grade="D",
        source="full enumeration of live ties",
    )  # fmt: skip


def _regular_tree(children: int, depth: int) -> Any:
    from graphs.social_graph import SocialGraph

    users = sum(children**level for level in range(depth + 1))
    child = np.arange(1, users)
    return SocialGraph.from_edges(users, (child - 1) // children, child)


def _trees(lanes: int = 4000, children: int = 4, depth: int = 6, world: World | None = None) -> list[dict[str, Any]]:
    """Cascades from the root of a regular tree: sizes against Otter and Dwass, survival against the fixed point."""
    from growth.cascade_law import total_progeny_law

    graph, rows = _regular_tree(children, depth), []
    for p, lanes_used in ((0.15, lanes), (0.2, lanes)):
        size = (world or day_world)(graph, lanes_used, p, np.array([0]), 0.0).sum(axis=1)
        law = total_progeny_law(children, p, depth)  # up to this size the tree's depth cannot bind
        z = [((size == n).mean() - law[n]) / np.sqrt(law[n] * (1 - law[n]) / lanes_used) for n in range(1, depth + 1)]
        bound = float(stats.norm.isf(FAILURE_RATE / _STATEMENTS / len(z) / 2))
        worst = float(max(z, key=abs))
        metric = f"largest z of P(tree of n), n = 1 to {depth}, {children} contacts at p = {p}"
        rows.append(_bounded(_name(f"tree_sizes_{p}", world), metric, worst, bound, "Otter 1949; Dwass 1969"))
        reaches = 1.0
        for _ in range(depth):
            reaches = 1 - (1 - p * reaches) ** children
        deep = (
            (world or day_world)(graph, lanes_used, p, np.array([0]), 0.0)[:, -(children**depth) :].any(axis=1).mean()
        )
        z_deep = float((deep - reaches) / np.sqrt(reaches * (1 - reaches) / lanes_used))
        metric = f"z of the share that reaches generation {depth}, {children} contacts at p = {p}"
        bound = float(stats.norm.isf(FAILURE_RATE / _STATEMENTS / 2))
        rows.append(
            _bounded(
                _name(f"tree_depth_{p}", world),
                metric,
                z_deep,
                bound,
                "Galton-Watson recursion of the generating function",
            )
        )
    return rows


def _configuration(users: int = 20_000, lanes: int = 8, world: World | None = None) -> list[dict[str, Any]]:
    """Final size on a configuration model against the generating function."""
    from graphs.textbook import configuration_model
    from growth.cascade_law import giant_share

    chain = configuration_model(np.repeat(np.arange(2, 12), users // 10))
    degrees, rows = chain.degree(), []
    for p in (0.1, 0.2, 0.4):
        share = (world or day_world)(chain, lanes, p, None, 0.01).mean(axis=1)
        exact = giant_share(degrees, p, 0.01)
        t = float((share.mean() - exact) / (share.std(ddof=1) / np.sqrt(lanes)))
        bound = float(stats.t.isf(FAILURE_RATE / _STATEMENTS / 2, lanes - 1))
        metric = f"t of the final size, {users} users, p = {p}: {share.mean():.4f} beside {exact:.4f}"
        rows.append(
            _bounded(_name(f"final_size_{p}", world), metric, t, bound, "Newman 2002, doi 10.1103/PhysRevE.66.016128")
        )
    return rows
