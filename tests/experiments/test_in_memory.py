"""Worlds in memory are the worlds of a run: same numbers, whatever the block and the replicates asked for."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from experiments.in_memory import InMemory
from experiments.results import Run
from experiments.world_view import worlds_of
from tests.golden.write import golden_scenario
from tests.small_run import changed


@pytest.fixture(scope="module")
def memory() -> InMemory:
    return InMemory(golden_scenario(), devices=1)


def test_central_worlds_are_those_of_the_run(memory: InMemory, small_run: Run) -> None:
    xr.testing.assert_identical(memory.dataset([0, 1]).load(), small_run.central)


def test_draws_are_those_of_the_run_and_so_is_what_is_priced_from_them(memory: InMemory, small_run: Run) -> None:
    assert small_run.draws is not None
    found = memory.dataset([0], draws=[0, 1])
    xr.testing.assert_identical(found, small_run.draws)
    sides, expected = memory.sides(found, [0, 1]), worlds_of(small_run).drawn
    for name, world in expected.items():
        np.testing.assert_array_equal(sides[name].spend(), world.spend())


def test_a_replicate_is_the_same_whoever_is_asked_for_beside_it(memory: InMemory, small_run: Run) -> None:
    some = memory.dataset([5, 1], variants=["design"])
    assert some.replicate.to_numpy().tolist() == [5, 1]
    ours = some.isel(replicate=1).dau.squeeze()
    np.testing.assert_array_equal(ours, small_run.central.sel(variant="design", replicate=1).dau.squeeze())
    assert not np.array_equal(some.isel(replicate=0).dau.squeeze(), ours)


TOP_UP = """
[[intervention]]
name = "second wave"
at = 2026-03-04T10:00:00
parameter = "pool.packets.total_yuan"
set = 4_000
"""


def test_a_pool_that_is_topped_up_pays_what_it_holds_then(memory: InMemory) -> None:
    """Packets and invitations had used up their 2,500 yuan; at noon of 4 March there are 1,500 more."""
    more = InMemory(changed(more=TOP_UP), devices=1)
    before, after = memory.dataset([5, 1], variants=["design"]), more.dataset([5, 1], variants=["design"])
    old, new = memory.sides(before)["design"], more.sides(after)["design"]
    np.testing.assert_allclose(new.pledged() - old.pledged(), 1_500)
    paid = [
        sum(side.curve("paid_yuan", source=source) for source in ("packet", "inviter", "invitee")).sum(axis=-1)
        for side in (old, new)
    ]
    assert (paid[0] <= 2_500).all()
    assert (paid[1] > 2_500).all()
    assert (paid[1] <= 4_000).all()
    until = slice(None, "2026-03-03")
    xr.testing.assert_identical(before.sel(day=until).load(), after.sel(day=until).load())


def test_spend_is_the_sum_of_the_ledger(small_run: Run) -> None:
    for side in (worlds_of(small_run).central, worlds_of(small_run).drawn):
        for world in side.values():
            np.testing.assert_allclose(sum(world.ledger().values()), world.spend())
