"""More exact laws for `growth check engine`: message passing on a tree, and the Bass equation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats

from experiments.validation.bass import bass_run
from experiments.validation.rows import FAILURE_RATE, row

__all__ = ["bass", "message_passing", "reached_on_tree"]


def reached_on_tree(parent: np.ndarray, seeds: float, p: float) -> np.ndarray:
    """Exact chance that each node of a tree is reached, when every node is a seed with chance ``seeds`` and each tie
    is tried once each way at ``p``: messages up, then down. ``parent`` int[n], parents before children, root first.

    A message is the chance that a neighbour is reached without one's own help; on a tree they are independent.
    """
    up = np.zeros(len(parent))
    spared = np.full(len(parent), 1.0 - seeds)  # neither a seed nor reached from the children
    for node in range(len(parent) - 1, 0, -1):
        up[node] = 1 - spared[node]
        spared[parent[node]] *= 1 - p * up[node]
    missed = spared.copy()
    for node in range(1, len(parent)):
        down = 1 - missed[parent[node]] / (1 - p * up[node])
        missed[node] *= 1 - p * down
    return 1 - missed


def message_passing(world: Callable[..., np.ndarray], lanes: int = 4000, users: int = 60) -> dict[str, Any]:
    """Every node of a random tree: how often it is reached, against message passing.

    ``world`` runs a plain cascade: (graph, lanes, p, seeds, engaged) -> who is engaged at the end.
    """
    from graphs.social_graph import SocialGraph

    # Each node hangs under one of the nodes before it, by a fixed rule that gives long and bushy parts.
    parent = np.array([-1, *((node * node // 7) % node for node in range(1, users))])
    graph = SocialGraph.from_edges(users, parent[1:], np.arange(1, users))
    seeds, p = 0.05, 0.45
    seen = world(graph, lanes, p, None, seeds).mean(axis=0)
    law = reached_on_tree(parent, seeds, p)
    worst = float(np.abs((seen - law) / np.sqrt(law * (1 - law) / lanes)).max())
    bound = float(stats.norm.isf(FAILURE_RATE / 12 / users / 2))
    metric = f"largest z of who is reached, tree of {users} users, seeds {seeds}, p = {p}"
    return row(
        "message_passing", metric, worst, low=0.0, high=bound, role="law", grade="D",
        source="message passing, exact on trees (Karrer and Newman 2010, doi 10.1103/PhysRevE.82.016101)",
    )  # fmt: skip


def bass() -> list[dict[str, Any]]:
    """The daily law at ten days by t, and how far the Bass equation itself is."""
    curves = bass_run()
    lanes, days = curves.engine.shape
    at = np.linspace(days // 10, days, 10).astype(int) - 1
    mean = curves.engine.mean(axis=0)
    error = curves.engine.std(axis=0, ddof=1) / np.sqrt(lanes)
    t = np.abs((mean - curves.daily)[at] / error[at]).max()
    bound = float(stats.t.isf(FAILURE_RATE / 12 / len(at) / 2, lanes - 1))
    source = "Bass 1969; Rand and Rust 2011, doi 10.1016/j.ijresmar.2011.03.002"
    far = float(np.abs(mean - curves.bass).max())
    # The step of a day and the first session carry the daily law away from the equation by this much; chance adds.
    step = float(np.abs(curves.daily - curves.bass).max())
    room = step + bound * float(error.max())
    return [
        row("bass_daily", f"largest t of the share who joined, {len(at)} days, {lanes} replicates", float(t),
            low=0.0, high=bound, role="law", grade="D", source=source),
        row("bass_equation", "largest distance from the Bass curve, share of all users", far,
            low=0.0, high=room, role="law", grade="D", source=source),
    ]  # fmt: skip
