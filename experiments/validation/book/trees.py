"""What a forest of invitations says, one row of sums per world, so that rows of the book are ratios of means.

Adopters are all nodes of a tree but its root. A tree of a published sample is seen only when it is large enough, so
shares are taken over the trees whose number of nodes lies between two bounds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from growth.forest import Forest

__all__ = ["DEPTHS", "adopters", "growth_phase", "largest", "reproduction", "tree_sums"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
DEPTHS = 3


def _children(forest: Forest) -> NDArray[np.int64]:
    return np.bincount(forest.parent[forest.parent >= 0], minlength=forest.nodes)


def adopters(forest: Forest, smallest: int = 2, most: int | None = None) -> Bools:
    """Nodes with an inviter, in trees of ``smallest`` to ``most`` nodes; bool[nodes]."""
    size = forest.below[forest.root]
    inside = (size >= smallest) & (size <= (forest.nodes if most is None else most))
    return inside & (forest.parent >= 0)


def tree_sums(forest: Forest, worlds: int, smallest: int = 2, most: int | None = None) -> Floats:
    """Sums of each world, [worlds, 7]: adopters; of them at depth 1, 2, 3; their children; those of them with any
    child; trees."""
    who = adopters(forest, smallest, most)
    children = _children(forest)
    depth = [who & (forest.depth == at) for at in range(1, DEPTHS + 1)]
    size = forest.below
    roots = (forest.parent < 0) & (size >= max(smallest, 2)) & (size <= (forest.nodes if most is None else most))
    columns = [who, *depth, who * children, who & (children > 0), roots]
    return np.stack([np.bincount(forest.world, weights=column, minlength=worlds) for column in columns], axis=1)


def reproduction(forest: Forest, worlds: int) -> Floats:
    """[worlds, 2]: activations with an inviter, and all logged ones: their ratio is the effective R of a finished
    cascade, 1 - roots over all."""
    logged = np.arange(forest.nodes) < forest.logged
    columns = [logged & (forest.parent >= 0), logged]
    return np.stack([np.bincount(forest.world, weights=column, minlength=worlds) for column in columns], axis=1)


def largest(forest: Forest, share: float, least: int) -> NDArray[np.int64]:
    """Roots of the largest trees: the top ``share`` of trees with at least one invited node (at least one tree), and
    of these the trees of ``least`` nodes or more."""
    roots = forest.trees
    if not len(roots):
        return roots
    size = forest.below[roots]
    order = roots[np.argsort(-size, kind="stable")]
    top = order[: max(1, int(np.ceil(share * len(roots))))]
    return top[forest.below[top] >= least]


def growth_phase(forest: Forest, roots: NDArray[np.int64], worlds: int) -> Floats:
    """[worlds, 2]: children and parents of the growth phase of the trees of ``roots``.

    Of each tree the parents are the invited nodes of all generations before its largest one, the children those of
    the generations after the first up to the largest: what one who was invited brought while the cascade grew. Where
    the first generation is the largest, the phase is the step from the first to the second.
    """
    chosen = np.isin(forest.root, roots) & (forest.parent >= 0)
    node = np.flatnonzero(chosen)
    deepest = int(forest.depth[node].max(initial=1)) + 1
    place = np.searchsorted(np.sort(roots), forest.root[node])
    counts = np.bincount(place * deepest + forest.depth[node] - 1, minlength=len(roots) * deepest)
    table = counts.reshape(len(roots), deepest)
    peak = np.maximum(table.argmax(axis=1), 1)
    generation = np.arange(deepest)[None, :]
    parents = np.where(generation < peak[:, None], table, 0).sum(axis=1)
    children = np.where((generation > 0) & (generation <= peak[:, None]), table, 0).sum(axis=1)
    world = forest.world[np.sort(roots)]
    return np.stack([np.bincount(world, weights=column, minlength=worlds) for column in (children, parents)], axis=1)
