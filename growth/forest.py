"""The forest of activations: who invited whom, depth, cascade sizes, structural virality, K by generation.

Nodes are activations, not people, so a person who lapses and comes back makes no cycle. Sharers of the base
world never appear in the log as activations; each becomes a *base* node, a root at depth 0. All loops run
over generations, never over users.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from growth.intervals import Ratio

__all__ = [
    "Forest",
    "build_forest",
    "cascade_sizes",
    "complementary_cdf",
    "depth_counts",
    "k_by_generation",
    "largest_fan_out",
    "structural_virality",
]

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Forest:
    """Trees over `nodes` activations: the log's rows first, in the log's order, then the base nodes.

    parent  int64[m]  node of the inviter's activation, -1 for a root
    root    int64[m]  root of the node's tree
    depth   int64[m]  generations below the root (0 for a root)
    below   int64[m]  size of the node's subtree, itself included
    world   int64[m]  the world (replicate, variant ...) the node lives in
    logged  int       number of nodes that are rows of the log
    """

    parent: Ints
    root: Ints
    depth: Ints
    below: Ints
    world: Ints
    logged: int

    @property
    def nodes(self) -> int:
        """Number of nodes, base nodes included."""
        return len(self.parent)

    @property
    def trees(self) -> Ints:
        """Roots with at least one invited activation below them, ascending."""
        return np.flatnonzero((self.parent < 0) & (self.below > 1))


def _identity(world: Ints, user: Ints, activation: Ints) -> Ints:
    """One integer per (world, user, activation); refuses sizes where it would wrap."""
    users, ordinals = int(user.max(initial=0)) + 1, int(activation.max(initial=0)) + 1
    if (int(world.max(initial=0)) + 1) * users * ordinals >= 2**63:
        raise OverflowError(f"{users} users x {ordinals} activations x worlds exceed 63 bits")
    return (world * users + user) * ordinals + activation


def _parents(
    user: Ints, activation: Ints, parent_user: Ints, parent_activation: Ints, world: Ints
) -> tuple[Ints, Ints]:
    """Parent node of each log row, and the worlds of the base nodes that had to be added behind the log."""
    invited = np.flatnonzero(parent_user >= 0)
    everyone = _identity(
        np.concatenate([world, world[invited]]),
        np.concatenate([user, parent_user[invited]]),
        np.concatenate([activation, parent_activation[invited]]),
    )
    own, wanted = everyone[: len(user)], everyone[len(user) :]
    order = np.argsort(own, kind="stable")
    place = np.searchsorted(own[order], wanted)
    found = np.zeros(len(wanted), dtype=bool)
    inside = place < len(own)
    found[inside] = own[order[place[inside]]] == wanted[inside]
    parent = np.full(len(user), -1, dtype=np.int64)
    parent[invited[found]] = order[place[found]]
    _, first, which = np.unique(wanted[~found], return_index=True, return_inverse=True)
    parent[invited[~found]] = len(user) + which
    return parent, world[invited[~found]][first]


def _generations(parent: Ints) -> list[Ints]:
    """Nodes of each depth, roots first; raises ValueError when the parents contain a cycle."""
    order = np.argsort(parent, kind="stable")
    bounds = np.searchsorted(parent[order], np.arange(-1, len(parent) + 1))
    first, last = bounds[1:-1], bounds[2:]
    levels = [order[bounds[0] : bounds[1]]]
    while len(levels[-1]):
        starts, counts = first[levels[-1]], (last - first)[levels[-1]]
        offset = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        levels.append(order[np.repeat(starts, counts) + offset])
    if sum(map(len, levels)) != len(parent):
        raise ValueError("parents contain a cycle: an activation is its own ancestor")
    return levels[:-1]


def build_forest(
    user: ArrayLike,
    activation: ArrayLike,
    parent_user: ArrayLike,
    parent_activation: ArrayLike,
    world: ArrayLike | None = None,
) -> Forest:
    """Trees from an activation log of n rows (arrays [n]; parent_user is -1 where nobody invited).

    `world` numbers independent worlds (one per variant and replicate) so that one call serves them all.
    Raises ValueError when the parents contain a cycle. O(n log n).
    """
    log = (user, activation, parent_user, parent_activation)
    columns = [np.asarray(column, dtype=np.int64) for column in log]
    worlds = np.zeros(len(columns[0]), np.int64) if world is None else np.asarray(world, dtype=np.int64)
    parent, base_worlds = _parents(columns[0], columns[1], columns[2], columns[3], worlds)
    logged = len(parent)
    parent = np.concatenate([parent, np.full(len(base_worlds), -1, np.int64)])
    depth, root = np.zeros(len(parent), np.int64), np.arange(len(parent))
    levels = _generations(parent)
    for generation, nodes in enumerate(levels):
        depth[nodes] = generation
        if generation:
            root[nodes] = root[parent[nodes]]
    below = np.ones(len(parent), np.int64)
    for nodes in reversed(levels[1:]):
        np.add.at(below, parent[nodes], below[nodes])
    return Forest(parent, root, depth, below, np.concatenate([worlds, base_worlds]), logged)


def cascade_sizes(forest: Forest) -> tuple[Ints, Ints]:
    """Invited activations under each root that has at least one, and the root's world (arrays [cascades])."""
    roots = forest.trees
    return forest.below[roots] - 1, forest.world[roots]


def largest_fan_out(forest: Forest) -> int:
    """Most invited activations of one single inviter; 0 in a forest without invitations."""
    return int(np.bincount(forest.parent[forest.parent >= 0], minlength=1).max())


def structural_virality(forest: Forest) -> NDArray[np.float64]:
    """Mean distance over node pairs of each tree with at least two nodes (array [trees], by root number).

    2 sum_e s_e (n - s_e) / (n (n - 1)), s_e the subtree below edge e (Goel et al. 2016,
    doi 10.1287/mnsc.2015.2158): 2 (n - 1) / n for a star, (n + 1) / 3 for a path. O(n).
    """
    child = np.flatnonzero(forest.parent >= 0)
    size = forest.below[forest.root[child]].astype(float)
    split = forest.below[child] * (size - forest.below[child])
    total = np.bincount(forest.root[child], weights=split, minlength=forest.nodes)
    trees = forest.trees
    nodes = forest.below[trees].astype(float)
    return 2 * total[trees] / (nodes * (nodes - 1))


def depth_counts(forest: Forest, worlds: int, deepest: int = 6) -> NDArray[np.float64]:
    """Invited activations at depth 1 .. deepest of each world; the last column holds all deeper ones as well.

    Returns [worlds, deepest]; divide by its sum over depth for the share of adopters at each depth.
    """
    child = np.flatnonzero(forest.parent >= 0)
    column = np.minimum(forest.depth[child], deepest) - 1
    flat = np.bincount(forest.world[child] * deepest + column, minlength=worlds * deepest)
    return flat.reshape(worlds, deepest).astype(float)


def complementary_cdf(sizes: ArrayLike, world: ArrayLike, worlds: int, at: ArrayLike) -> NDArray[np.float64]:
    """Share of each world's cascades with at least `at` invited activations: [worlds, len(at)].

    A world without a cascade is NaN.
    """
    size, place, grid = np.asarray(sizes), np.asarray(world), np.asarray(at)
    step = np.searchsorted(grid, size, side="right")
    flat = np.bincount(place * (len(grid) + 1) + step, minlength=worlds * (len(grid) + 1))
    table = flat.reshape(worlds, len(grid) + 1)
    reached = table[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    total = table.sum(axis=1, keepdims=True)
    return np.where(total > 0, reached / np.maximum(total, 1), np.nan)


def k_by_generation(
    forest: Forest,
    day: ArrayLike,
    counted: ArrayLike,
    worlds: int,
    *,
    window: int,
    last_day: int,
    generations: int = 5,
) -> Ratio:
    """K_g of each world: children over activations of generation g.

    Returns (children, parents), each [worlds, generations]. Only activations with the full exposure window
    enter: day + window <= last_day, and a child counts when it came within `window` days. `counted` bool[n]
    says which log rows count as children (all for K_activated, the new ones for K_new). Base nodes are left
    out: how many people of the base world were marketed to, and so belong in K_0, is not in the log.
    """
    days, counts = np.asarray(day, dtype=np.int64), np.asarray(counted, dtype=bool)
    rows = forest.logged
    ripe = (days + window <= last_day) & (forest.depth[:rows] < generations)
    cell = forest.world[:rows] * generations + np.minimum(forest.depth[:rows], generations - 1)
    parents = np.bincount(cell[ripe], minlength=worlds * generations)
    child = np.flatnonzero((forest.parent[:rows] >= 0) & (forest.parent[:rows] < rows) & counts)
    inviter = forest.parent[child]
    kept = ripe[inviter] & (days[child] - days[inviter] <= window)
    children = np.bincount(cell[inviter[kept]], minlength=worlds * generations)
    shape = (worlds, generations)
    return Ratio(children.reshape(shape).astype(float), parents.reshape(shape).astype(float))
