"""A block of worlds larger than memory, or than a flat id, is refused before anything is written."""

from __future__ import annotations

from pathlib import Path

import jax
import numpy as np
import pytest

from experiments import block_memory
from experiments.block_memory import block_bytes, check_block_fits
from experiments.blocks import sizes_for
from experiments.chains import build_chain
from experiments.simulate import simulate
from graphs.errors import InputError
from graphs.implicit_build import make_implicit
from growth.engine import Engine
from growth.plain import plain_campaign, quiet_tables
from growth.state import Part
from growth.streams import root_key
from tests.small_run import changed

IMPLICIT = (('kind = "foci"', 'kind = "implicit"'), ("population = 80_000", "population = 1_400_000_000"))


@pytest.mark.parametrize("parts", [0, Part.GROUP])
def test_the_estimate_is_near_the_state_itself(parts: int) -> None:
    chain = make_implicit(200_000, mean_degree=30.0, seed=1)
    sizes = sizes_for(chain.num_users, chain.num_chats if parts else 1, 8, 2, parts=parts)
    engine = Engine(chain, sizes, jax.devices()[:1])
    campaign = engine.place(plain_campaign(2, 8, {}, quiet_tables(2, 0.1)))
    state = engine.shapes(root_key(1), campaign)
    held = sum(int(np.prod(leaf.shape)) * leaf.dtype.itemsize for leaf in jax.tree.leaves(state))
    assert 0.9 < block_bytes(sizes) / held < 1.4


def test_nothing_is_kept_per_chat_without_the_task() -> None:
    with_groups, without = (sizes_for(1_400_000_000, chats, 8, 1) for chats in (1_640_000_000, 1))
    assert block_bytes(with_groups) - block_bytes(without) > 4 * 1_600_000_000


def test_the_largest_block_fits_and_one_more_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block_memory, "memory_bytes", lambda: 16 << 30)
    check_block_fits(sizes_for(200_000_000, 1, 8, 1))
    with pytest.raises(
        InputError, match=r"need about .* GiB and this machine has 16.0 GiB; got 400000000; .* about (2|3)"
    ):
        check_block_fits(sizes_for(400_000_000, 1, 8, 1))
    with pytest.raises(InputError, match=r"without the task group nothing is kept per chat"):
        check_block_fits(sizes_for(400_000_000, 400_000_000, 8, 1))
    with pytest.raises(InputError, match=r"2 worlds and apps at a time .* 31-bit .* at most about 1073741823 users"):
        check_block_fits(sizes_for(1_400_000_000, 1, 8, 2))


def test_the_whole_population_is_refused_here_and_nothing_is_written(tmp_path: Path) -> None:
    scenario = changed(*IMPLICIT, ("users = 800", "users = 1_400_000_000"))
    with pytest.raises(InputError, match=r"chain\.users"):
        simulate(scenario, tmp_path / "run", devices=1)
    assert not (tmp_path / "run").exists()


def test_a_stored_chain_of_the_population_is_refused_with_its_estimate() -> None:
    scenario = changed(("users = 800", "users = 1_400_000_000"), ("population = 80_000", "population = 1_400_000_000"))
    with pytest.raises(InputError, match=r"the chain needs about .* GiB of memory .* at most \d+ users"):
        build_chain(scenario)
