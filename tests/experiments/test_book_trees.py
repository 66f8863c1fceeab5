"""Figures of the validation book on forests that were counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.validation.book.laws import borel, depth_identity, size_statements, virality_identity
from experiments.validation.book.trees import adopters, growth_phase, largest, reproduction, tree_sums
from growth.forest import Forest, build_forest


def by_hand() -> Forest:
    """World 0: 0 invited 1, 2, 3; 1 invited 4; 4 invited 5 and 6. And 7 invited 8; 9 came alone.
    World 1: 0 invited 1, who invited 2, 3 and 4."""
    parent = [-1, 0, 0, 0, 1, 4, 4, -1, 7, -1, -1, 0, 1, 1, 1]
    user = [*range(10), *range(5)]
    world = [0] * 10 + [1] * 5
    nobody = np.zeros(15, int)
    return build_forest(user, nobody, parent, nobody, world)


def test_adopters_by_depth_and_their_children() -> None:
    # World 0: seven adopters, four at depth 1 (1, 2, 3, 8), one at 2, two at 3; 1 has one child and 4 has two.
    # World 1: four adopters, one at depth 1 with three children at depth 2.
    assert tree_sums(by_hand(), 2).tolist() == [[7, 4, 1, 2, 3, 2, 2], [4, 1, 3, 0, 3, 1, 1]]


def test_trees_outside_the_published_sizes_are_not_seen() -> None:
    forest = by_hand()
    assert tree_sums(forest, 2, smallest=5).tolist() == [[6, 3, 1, 2, 3, 2, 1], [4, 1, 3, 0, 3, 1, 1]]
    assert tree_sums(forest, 2, smallest=5, most=6).tolist() == [[0] * 7, [4, 1, 3, 0, 3, 1, 1]]
    assert adopters(forest, smallest=6).sum() == 6
    assert tree_sums(forest, 3)[2].tolist() == [0] * 7, "a world without an activation"


def test_effective_r_counts_whoever_came_by_invitation() -> None:
    assert reproduction(by_hand(), 2).tolist() == [[7, 10], [4, 5]]


def test_effective_r_leaves_out_inviters_of_the_base_world() -> None:
    """User 5 invited user 1 and is in no log: a node, and not an activation."""
    forest = build_forest([1, 2], [0, 0], [5, 1], [0, 0])
    assert forest.nodes == 3
    assert reproduction(forest, 1).tolist() == [[2, 2]]


def test_the_largest_trees() -> None:
    forest = by_hand()
    assert forest.below[largest(forest, 0.01, 2)].tolist() == [7], "at least one"
    assert sorted(forest.below[largest(forest, 0.6, 2)].tolist()) == [5, 7]
    assert sorted(forest.below[largest(forest, 1.0, 3)].tolist()) == [5, 7], "a tree of two is too small"
    alone = build_forest([0], [0], [-1], [0])
    assert len(largest(alone, 1.0, 2)) == 0


def test_the_growth_phase_ends_with_the_largest_generation() -> None:
    forest = by_hand()
    # Generations of the trees: 3, 1, 2; then 1; then 1, 3. The first two end after their step from depth 1 to 2.
    assert growth_phase(forest, largest(forest, 0.01, 2), 2).tolist() == [[1, 3], [0, 0]]
    assert growth_phase(forest, largest(forest, 1.0, 2), 2).tolist() == [[1, 4], [3, 1]]


def test_a_cascade_that_doubles_has_r_of_two() -> None:
    """A binary tree of five generations: 2 + 4 + 8 + 16 + 32; children 4 + 8 + 16 + 32 of parents 2 + 4 + 8 + 16."""
    user = np.arange(63)
    forest = build_forest(user, user * 0, (user + 1) // 2 - 1, user * 0)
    assert growth_phase(forest, forest.trees, 1).tolist() == [[60, 30]]


def test_the_identity_of_depth_holds_and_a_miscount_would_be_seen() -> None:
    forest = by_hand()
    (told,) = depth_identity([(forest, 2)])
    assert (told.value, told.holds) == (0, True)
    wrong = Forest(forest.parent, forest.root, forest.depth + (forest.depth == 1), forest.below, forest.world, 15)
    (told,) = depth_identity([(wrong, 2)])
    assert told.holds is False


def test_stars_and_paths_have_the_virality_of_the_definition() -> None:
    (told,) = virality_identity()
    assert told.holds is True


def test_the_borel_law_is_a_law_of_the_published_mean() -> None:
    law = borel(400, 0.6)
    assert law.sum() == pytest.approx(1, abs=1e-9)
    assert (np.arange(401) * law).sum() == pytest.approx(2.5, abs=1e-6)
    assert law[1] == pytest.approx(np.exp(-0.6)), "no child"
    assert law[2] == pytest.approx(np.exp(-1.2) * 0.6), "one child, who has none"


def test_tree_sizes_of_another_r_are_refused() -> None:
    counts = np.round(4000 * borel(60, 0.6)).astype(int)
    sizes = np.repeat(np.arange(61), counts)
    assert all(one.holds for one in size_statements(sizes, 0.6))
    assert not any(one.holds for one in size_statements(sizes, 0.7))
