"""The forest of activations: closed forms, brute force, depth identities, worlds apart, censoring of K."""

from __future__ import annotations

import igraph
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growth.forest import (
    Forest,
    build_forest,
    cascade_sizes,
    complementary_cdf,
    depth_counts,
    k_by_generation,
    largest_fan_out,
    structural_virality,
)
from tests.conftest import z_bound


def tree_of(parents: list[int]) -> Forest:
    """A log in which user i was invited by user parents[i] (-1: nobody); one activation each."""
    inviter = np.array(parents)
    return build_forest(np.arange(len(parents)), np.ones(len(parents)), inviter, np.where(inviter < 0, -1, 1))


random_parents = st.integers(1, 60).flatmap(lambda n: st.tuples(*(st.integers(-1, i - 1) for i in range(n))).map(list))


@pytest.mark.parametrize("n", [2, 3, 10, 57])
def test_star_and_path_have_their_closed_forms(n: int) -> None:
    star, path = tree_of([-1] + [0] * (n - 1)), tree_of(list(range(-1, n - 1)))
    assert structural_virality(star) == pytest.approx([2 * (n - 1) / n])
    assert structural_virality(path) == pytest.approx([(n + 1) / 3])
    assert largest_fan_out(star) == n - 1
    assert largest_fan_out(path) == 1
    assert path.depth.tolist() == list(range(n))


@given(random_parents)
def test_structural_virality_is_the_mean_distance_over_pairs(parents: list[int]) -> None:
    edges = [(child, parent) for child, parent in enumerate(parents) if parent >= 0]
    graph = igraph.Graph(n=len(parents), edges=edges)
    trees = [part for part in graph.connected_components() if len(part) > 1]
    brute = [graph.induced_subgraph(part).average_path_length() for part in sorted(trees, key=min)]
    forest = tree_of(parents)
    assert structural_virality(forest) == pytest.approx(brute)
    assert sorted(cascade_sizes(forest)[0]) == sorted(len(part) - 1 for part in trees)


@given(random_parents)
def test_depth_one_share_is_one_minus_mean_children_of_the_invited(parents: list[int]) -> None:
    forest = tree_of(parents)
    invited = forest.parent >= 0
    if not invited.any():
        return
    counts = depth_counts(forest, worlds=1, deepest=4)[0]
    children = np.bincount(forest.parent[invited], minlength=forest.nodes)[invited]
    assert counts.sum() == invited.sum()
    assert counts[0] / counts.sum() == pytest.approx(1 - children.mean())


def test_a_person_who_lapses_and_returns_makes_no_cycle() -> None:
    """0 invites 1; 0 lapses and is won back by 1: three activations in a line."""
    forest = build_forest([0, 1, 0], [1, 1, 2], [-1, 0, 1], [-1, 1, 1])
    assert forest.depth.tolist() == [0, 1, 2]
    assert structural_virality(forest) == pytest.approx([4 / 3])


def test_activations_that_invite_themselves_are_refused() -> None:
    with pytest.raises(ValueError, match="cycle"):
        build_forest([0, 1], [1, 1], [1, 0], [1, 1])


def test_sharers_of_the_base_world_are_roots_behind_the_log() -> None:
    """Users 7 (twice) and 8 invite from the base world (activation 0); user 3 came alone."""
    forest = build_forest([0, 1, 2, 3], [1, 1, 1, 1], [7, 7, 8, -1], [0, 0, 0, -1])
    assert forest.logged == 4
    assert forest.nodes == 6
    assert forest.depth.tolist() == [1, 1, 1, 0, 0, 0]
    assert sorted(cascade_sizes(forest)[0]) == [1, 2]


def test_worlds_do_not_see_each_other() -> None:
    world = [0, 0, 1, 1]
    doubled = build_forest([0, 1] * 2, [1, 1] * 2, [-1, 0] * 2, [-1, 1] * 2, world)
    assert doubled.parent.tolist() == [-1, 0, -1, 2]
    assert depth_counts(doubled, worlds=3, deepest=2).tolist() == [[1, 0], [1, 0], [0, 0]]


def test_empty_log_has_no_cascade() -> None:
    forest = build_forest([], [], [], [])
    assert forest.nodes == 0
    assert len(structural_virality(forest)) == 0
    assert largest_fan_out(forest) == 0


def test_complementary_cdf_by_hand() -> None:
    table = complementary_cdf([1, 1, 3, 8], [0, 0, 0, 0], worlds=2, at=[1, 2, 3, 8, 9])
    assert table[0].tolist() == [1.0, 0.5, 0.5, 0.25, 0.0]
    assert np.isnan(table[1]).all()


def test_k_leaves_out_who_had_no_full_window() -> None:
    """0 (day 0) invites 1 and 2; 1 invites 3; 4 (day 9) has had one day of ten; 5 came too late to count."""
    forest = tree_of([-1, 0, 0, 1, -1, 0])
    day = np.array([0, 1, 2, 3, 9, 8])
    new = np.array([True, True, False, True, True, True])
    every = k_by_generation(forest, day, np.ones(6, bool), 1, window=5, last_day=10, generations=3)
    fresh = k_by_generation(forest, day, new, 1, window=5, last_day=10, generations=3)
    assert every.numerator.tolist() == [[2, 1, 0]]
    assert every.denominator.tolist() == [[1, 2, 1]]
    assert fresh.numerator.tolist() == [[1, 1, 0]]


def test_subcritical_trees_have_the_mean_size_of_a_branching_process() -> None:
    """Poisson offspring of mean R: mean tree size 1 / (1 - R), variance R / (1 - R)^3 (Borel law)."""
    mean, roots = 0.35, 20_000
    rng = np.random.default_rng(6)
    parents, frontier = [np.full(roots, -1)], np.arange(roots)
    while len(frontier):
        children = np.repeat(frontier, rng.poisson(mean, len(frontier)))
        frontier = sum(map(len, parents)) + np.arange(len(children))
        parents.append(children)
    forest = tree_of(np.concatenate(parents).tolist())
    sizes = forest.below[:roots]
    error = np.sqrt(mean / (1 - mean) ** 3 / roots)
    assert abs(sizes.mean() - 1 / (1 - mean)) < z_bound() * error
