"""Exact cascade laws against brute force, and the engine against them on every small graph."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from experiments.validation.engine import small_graphs
from graphs.textbook import small_connected
from growth.cascade_law import extinction, final_set_law, giant_share, total_progeny_law
from tests import oracles


def _enumerated(ties: list[tuple[int, int]], users: int, p: float) -> dict[frozenset[int], float]:
    """Every pattern of live directed ties, one by one."""
    directed = [*ties, *((v, u) for u, v in ties)]
    law: dict[frozenset[int], float] = {}
    for pattern in itertools.product((False, True), repeat=len(directed)):
        live = {tie for tie, alive in zip(directed, pattern, strict=True) if alive}
        found = oracles.reached([0], lambda _: range(users), lambda *tie: tie in live)  # noqa: B023
        chance = p ** len(live) * (1 - p) ** (len(directed) - len(live))
        law[frozenset(found)] = law.get(frozenset(found), 0.0) + chance
    return law


@pytest.mark.parametrize("p", [0.2, 0.7])
def test_final_sets_equal_full_enumeration(p) -> None:
    for users, ties in small_connected(4):
        exact, law = _enumerated(ties, users, p), final_set_law(ties, users, 0, p)
        assert law.keys() == {part for part, chance in exact.items() if chance > 1e-12}
        assert all(law[part] == pytest.approx(exact[part]) for part in law)
        assert sum(law.values()) == pytest.approx(1)


def test_the_atlas_holds_every_connected_graph_once() -> None:
    """1, 2, 6 and 21 connected graphs of 2, 3, 4 and 5 users (OEIS A001349)."""
    assert np.bincount([users for users, _ in small_connected(5)]).tolist() == [0, 0, 1, 2, 6, 21]


def test_tree_sizes_have_their_known_mean_and_survival() -> None:
    """Subcritical: the law sums to one and its mean is 1 / (1 - R). Supercritical: it sums to the extinction."""
    law = total_progeny_law(4, 0.15, 400)
    assert law.sum() == pytest.approx(1, abs=1e-6)
    assert (law * np.arange(401)).sum() == pytest.approx(1 / (1 - 0.6), rel=1e-4)
    assert total_progeny_law(4, 0.4, 400).sum() == pytest.approx(extinction(4, 0.4), abs=1e-6)
    assert extinction(4, 0.25) == 1.0
    borel = np.exp(-0.5) * np.array([1.0, 0.5 * np.exp(-0.5)])  # P(1), P(2) of the Borel law at R = 0.5
    assert total_progeny_law(100_000, 0.5e-5, 2)[1:] == pytest.approx(borel, rel=1e-4)


def test_giant_share_has_its_limits() -> None:
    """Nothing spreads at p = 0; at p = 1 all but the untouched are reached; ties in pairs are solved by hand."""
    degrees = np.full(1000, 3)
    assert giant_share(degrees, 0.0, 0.02) == pytest.approx(0.02)
    assert giant_share(degrees, 1.0, 0.5) == pytest.approx(1.0, abs=1e-3)
    pairs = np.full(1000, 1)  # everybody has one friend: reached if seed, or if the friend is one and the tie is live
    assert giant_share(pairs, 0.3, 0.1) == pytest.approx(0.1 + 0.9 * 0.1 * 0.3)


def test_the_engine_gives_the_final_sets_of_all_small_graphs() -> None:
    found = small_graphs(lanes=1000)
    assert found["ok"] is True, found
