"""What is kept of an interrupted block: all of it, small, and written before anybody has waited for two seconds."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from experiments.blocks import BlockRecord
from experiments.checkpoints import read_checkpoint, saved_sizes, write_checkpoint
from growth.campaign import PURSES
from growth.state import NEVER_ACTIVE, NO_GROUP, Sizes, State, Users, empty_lists, empty_totals
from tests.experiments.growth_command import Growth

YUANBAO = Path(__file__).parents[2] / "experiments" / "campaigns" / "yuanbao_2026.toml"


def test_everything_in_use_comes_back(tmp_path: Path) -> None:
    state, sizes = world(lanes=3, users=700)
    write_checkpoint(tmp_path / "kept.npz", state, {"flows": np.arange(5)}, sizes)
    found = read_checkpoint(tmp_path / "kept.npz", jax.eval_shape(lambda: state))
    assert found is not None
    back, arrays = found
    assert arrays["flows"].tolist() == [0, 1, 2, 3, 4]
    assert saved_sizes(tmp_path / "kept.npz") == sizes
    for ours, theirs in zip(jax.tree.leaves(in_use(back)), jax.tree.leaves(in_use(state)), strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


def test_without_a_checkpoint_there_is_nothing(tmp_path: Path) -> None:
    state, _ = world(lanes=1, users=10)
    assert read_checkpoint(tmp_path / "kept.npz", state) is None
    assert saved_sizes(tmp_path / "kept.npz") is None


def test_a_record_comes_back_from_the_days_that_were_done() -> None:
    record = BlockRecord.empty(days=4, lanes=2)
    record.flows[:3] += 7
    record.log.append(np.arange(14, dtype=np.int32).reshape(2, 7))
    record.days_done = 3
    kept = record.kept()
    assert len(kept["flows"]) == 3
    again = BlockRecord.of(kept)
    assert again.days_done == 3
    for name, values in record.arrays().items():
        np.testing.assert_array_equal(again.arrays()[name], values)


def test_what_nobody_touched_takes_a_bit(tmp_path: Path) -> None:
    """Two million people of whom a quarter were ever touched."""
    state, sizes = world(lanes=10, users=200_704)
    held = sum(leaf.nbytes for leaf in jax.tree.leaves(state))
    write_checkpoint(tmp_path / "kept.npz", state, {}, sizes)
    assert (tmp_path / "kept.npz").stat().st_size < held / 3


@pytest.mark.long
def test_ctrl_c_on_the_real_design_ends_within_two_seconds(tmp_path: Path) -> None:
    """As a user types it: 200,000 users, blocks as large as this machine makes them."""
    with Growth(tmp_path, tmp_path / "cache").start("run", YUANBAO, "--out", "run") as process:
        process.wait_for("simulating 0")
        time.sleep(40)  # compiled, and some weeks into the first block
        seconds, code = process.interrupt()
    assert code == 130, process.said
    assert seconds < 2
    assert len(list((tmp_path / "run" / "parts").glob("*.checkpoint.npz"))) == 1


def world(lanes: int, users: int) -> tuple[State, Sizes]:
    """A state in which a quarter of the people differ from the others in every column."""
    sizes = Sizes(lanes=lanes, users=users, chats=1, days_rounds=8, parts=0)
    ids = jnp.arange(lanes * users, dtype=jnp.int32)
    touched = ids % 4 == 1

    def column(other: int, dtype: Any) -> jax.Array:
        return jnp.where(touched, ids % 100, other).astype(dtype)

    people = Users(
        status=column(0, jnp.uint8),
        origin=column(0, jnp.uint8),
        activation=column(0, jnp.uint8),
        activation_day=column(0, jnp.int16),
        last_active=column(NEVER_ACTIVE, jnp.int16),
        earned=column(0, jnp.int32),
        received=column(0, jnp.uint8),
        group_slot=column(NO_GROUP, jnp.uint8),
        claimed=touched,
    )
    lists = empty_lists(sizes)
    roster = lists.roster._replace(table=lists.roster.table.at[: ids.size, 0].set(ids), length=jnp.int32(ids.size // 9))
    each_device = {name: rows._replace(length=rows.length[None]) for name, rows in lists._asdict().items()}
    each_device["roster"] = roster._replace(length=roster.length[None])
    once, none = jnp.zeros(1, jnp.int32), jnp.full(lanes, -1, jnp.int32)
    state = State(
        once + 5,
        once,
        people,
        jnp.zeros(2 * sizes.packet_stride, jnp.int32),
        none,
        none,
        lists._replace(**each_device),
        empty_totals(lanes, jnp.ones((lanes, len(PURSES)), jnp.int32)),
        once,
    )
    return jax.block_until_ready(state), sizes


def in_use(state: State) -> State:
    """The state with every list cut where it ends."""
    lists = {
        name: rows._replace(table=rows.table[: int(rows.length[0])]) for name, rows in state.lists._asdict().items()
    }
    return state._replace(lists=state.lists._replace(**lists))
