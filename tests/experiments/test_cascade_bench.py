"""The benchmark's statistics against samples whose answer is known, and the peers against the kernel's law."""

from __future__ import annotations

import importlib
from importlib.util import find_spec

import numpy as np
import pytest

from experiments.benchmarks.cascade_peers import PEERS, spread_seeds
from graphs import textbook
from graphs.hashing import hash_normal
from growth.cascade_law import total_progeny_law
from tests.conftest import z_bound

bench = importlib.import_module("experiments.benchmarks.cascade")  # the package exports its function by this name


def _sample(stream: int, many: int, mean: float = 0.0, deviation: float = 1.0) -> np.ndarray:
    return mean + deviation * hash_normal(3, stream, np.arange(many))


def test_z_is_small_for_one_law_and_large_for_two() -> None:
    one, same = _sample(1, 4000), _sample(2, 4000)
    assert abs(bench.z_of_mean(one, same)) < z_bound(2)
    assert abs(bench.z_of_variance(one, same)) < z_bound(2)
    assert bench.z_of_mean(one, _sample(3, 4000, mean=0.3)) > 8
    assert bench.z_of_variance(one, _sample(4, 4000, deviation=1.3)) > 8
    assert bench.z_of_mean(one, same[:5]) is None
    assert bench.z_of_variance(one, same[:20]) is None


def test_seeds_of_peers_are_spread() -> None:
    seeds = spread_seeds(1000, 1)
    assert len(np.unique(seeds)) == 1000
    assert np.abs(np.diff(seeds.astype(np.int64))).min() > 1000
    assert not np.intersect1d(seeds, spread_seeds(1000, 2)).size


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # a peer's own, on import
@pytest.mark.parametrize("name", PEERS)
def test_a_peer_does_the_law_we_say_it_does(name) -> None:
    """P(nobody joins) from the middle of a star: (1 - p)^leaves; and the mean is leaves x p."""
    leaves, p, many = 6, 0.2, 300
    run = PEERS[name](textbook.star(leaves + 1), np.array([0]), p)
    if run is None:
        assert find_spec({"CyNetDiff": "cynetdiff", "graph-tool": "graph_tool"}.get(name, name)) is None
        pytest.skip(f"{name} is not installed (extra `bench`)")
    sizes = run(many, 5)
    alone = total_progeny_law(leaves, p, 1)[1]
    assert abs((sizes == 1).mean() - alone) < z_bound(8) * np.sqrt(alone * (1 - alone) / many)
    error = np.sqrt(leaves * p * (1 - p) / many)
    assert abs(sizes.mean() - 1 - leaves * p) < z_bound(8) * error
