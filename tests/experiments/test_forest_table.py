"""The forest in `activations.parquet` against brute force: parents looked up one by one, trees by igraph."""

from __future__ import annotations

import igraph
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from experiments.results import Run

WORLD = ["draw", "chain", "variant", "replicate", "app"]


@pytest.fixture(scope="module")
def table(small_run: Run) -> pd.DataFrame:
    return pq.read_table(small_run.folder / "activations.parquet").to_pandas()


def test_parents_are_the_activation_that_invited(table: pd.DataFrame) -> None:
    """The row of the same world with the inviter's number of activation; from the base world a number behind the rows,
    the same for all it invited and for nobody else's."""
    rows = {tuple(key): at for at, key in enumerate(table[[*WORLD, "user", "activation"]].itertuples(index=False))}
    base: dict[tuple[int, ...], set[int]] = {}
    for at, row in enumerate(table.itertuples(index=False)):
        world = tuple(getattr(row, name) for name in WORLD)
        inviter = (*world, row.parent_user, row.parent_activation)
        if row.parent_user < 0:
            assert (row.parent, row.depth, row.tree) == (-1, 0, at)
        elif inviter in rows:
            assert row.parent == rows[inviter]
        else:
            assert row.parent_activation == 0, "only the base world has no row"
            base.setdefault(inviter, set()).add(row.parent)
    assert len(base) > 3
    numbers = [number for found in base.values() for number in found]
    assert sorted(numbers) == list(range(len(table), len(table) + len(base)))
    assert (table.depth > 1).sum() > 5, "the test needs cascades that go on"


def test_trees_and_depths_are_those_of_igraph(table: pd.DataFrame) -> None:
    child = np.flatnonzero(table.parent >= 0)
    parent = table.parent.to_numpy()
    nodes = max(len(table), int(parent.max()) + 1)
    graph = igraph.Graph(n=nodes, edges=list(zip(child.tolist(), parent[child].tolist(), strict=True)))
    member = np.array(graph.connected_components().membership)[: len(table)]
    assert len(set(zip(member.tolist(), table.tree.tolist(), strict=True))) == len(set(member.tolist()))
    assert table.tree.nunique() == len(set(member.tolist()))
    for at in np.flatnonzero(table.depth >= 2)[:50]:
        assert graph.distances(int(at), int(table.tree[at]))[0][0] == table.depth[at]
