"""A block of worlds through the engine, day by day: progress, a clean stop, and a checkpoint to go on from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jax
import numpy as np

from experiments.checkpoints import read_checkpoint, write_checkpoint
from growth.campaign import Campaign
from growth.engine import Engine
from growth.flows import AGES, CAUSES, KINDS, NUM_COLUMNS
from growth.state import Part, Sizes, State

__all__ = ["BlockRecord", "Stopped", "run_block", "sizes_for"]

LOG_FIELDS = 6


class Stopped(Exception):
    """The run was asked to stop; the block's checkpoint has been written."""


@dataclass
class BlockRecord:
    """What a block has counted so far: ``L`` lanes of the block, ``d`` days done."""

    flows: np.ndarray  # int32[days, L, columns]
    cohort: np.ndarray  # int32[days, L, origins, AGES]
    activity: np.ndarray  # int32[days, L, 3]
    log: list[np.ndarray] = field(default_factory=list)  # int32[rows, 7] a day: lane first
    days_done: int = 0

    @classmethod
    def empty(cls, days: int, lanes: int) -> BlockRecord:
        """Nothing counted yet."""
        return cls(
            np.zeros((days, lanes, NUM_COLUMNS), np.int32),
            np.zeros((days, lanes, len(KINDS) * len(CAUSES), AGES), np.int32),
            np.zeros((days, lanes, 3), np.int32),
        )

    @classmethod
    def of(cls, arrays: dict[str, np.ndarray]) -> BlockRecord:
        """The record whose `kept` these are."""
        days, done = arrays["days"].tolist()
        record = cls.empty(days, arrays["flows"].shape[1])
        for name in ("flows", "cohort", "activity"):
            getattr(record, name)[:done] = arrays[name]
        record.log, record.days_done = [arrays["log"]], done
        return record

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything as named arrays."""
        log = np.concatenate(self.log) if self.log else np.zeros((0, LOG_FIELDS + 1), np.int32)
        return {"flows": self.flows, "cohort": self.cohort, "activity": self.activity, "log": log}

    def kept(self) -> dict[str, np.ndarray]:
        """The days done and what they counted: all that a record can be made `of`."""
        done = slice(self.days_done)
        counted = self.arrays() | {"days": np.array([len(self.flows), self.days_done])}
        return counted | {name: counted[name][done] for name in ("flows", "cohort", "activity")}


def sizes_for(users: int, chats: int, rounds: int, lanes: int, grown: int = 0, parts: int = Part.GROUP) -> Sizes:
    """List sizes of a block on one device. ``grown`` doublings after a list was too small; ``parts`` of the day."""
    everyone = lanes * users
    most = 1 << 22

    def rows(share: int) -> int:
        return int(min(max(everyone // share, 1 << 12), most) << grown)

    return Sizes(
        lanes=lanes,
        users=users,
        chats=max(chats, 1),
        days_rounds=rounds,
        chunk=4096 if everyone > 1 << 21 else 2048 if everyone > 1 << 17 else 512,
        pending=rows(16),
        actors=rows(32),
        packets=rows(32),
        claims=rows(64),
        log=rows(32),
        parts=int(parts),
    )


def run_block(
    engine: Engine,
    key: jax.Array,
    campaign: Campaign,
    days: int,
    *,
    checkpoint: Path,
    stop: Callable[[], bool],
    tick: Callable[[int], None],
    watch: Callable[[int, State], None] = lambda step, state: None,
) -> BlockRecord | None:
    """Run a block to its last day, from its checkpoint when there is one.

    ``stop()`` is asked after every round; when it says so the checkpoint is written and `Stopped` raised.
    ``tick(days)`` reports finished days; ``watch(step, state)`` sees the state after every round of the run, its flows
    those of the day so far. Returns None when a list was too small: begin again with larger ones.
    """
    record = BlockRecord.empty(days, engine.lanes)
    placed = engine.place(campaign)
    rounds = engine.sizes.days_rounds
    kept = read_checkpoint(checkpoint, engine.shapes(key, placed))
    if kept is not None:
        record = BlockRecord.of(kept[1])
    state = engine.restore(kept[0]) if kept is not None else engine.begin(key, placed)
    done = int(np.asarray(state.clock)[0]) if kept is not None else 0
    tick(record.days_done)
    for step in range(done, days * rounds):
        if step % rounds == 0:
            state = engine.morning(key, state, placed)
        state = engine.round(key, state, placed)
        watch(step, state)
        if (step + 1) % rounds == 0:
            state, flows = engine.night(key, state, placed)
            if np.asarray(state.overflow).any():
                checkpoint.unlink(missing_ok=True)
                return None
            _record(record, step // rounds, flows, state, engine.sizes)
            tick(1)
        state.clock.block_until_ready()  # a stop is answered within a round
        if stop():
            write_checkpoint(checkpoint, state, record.kept(), engine.sizes)
            raise Stopped
    checkpoint.unlink(missing_ok=True)
    return record


def _record(record: BlockRecord, day: int, flows: Any, state: State, sizes: Sizes) -> None:
    """Copy a day's flows and its log to the host."""
    record.flows[day] = np.asarray(flows.table)
    record.cohort[day] = np.asarray(flows.cohort)
    record.activity[day] = np.asarray(flows.activity)
    record.days_done = day + 1
    counts = np.asarray(state.lists.log.length)
    table = np.asarray(state.lists.log.table).reshape(len(counts), -1, LOG_FIELDS)
    for device, count in enumerate(counts):
        rows = table[device, :count]
        lane = rows[:, 0] // sizes.users
        entry = np.empty((count, LOG_FIELDS + 1), np.int32)
        entry[:, 0] = lane + device * sizes.lanes
        entry[:, 1] = rows[:, 0] - lane * sizes.users
        entry[:, 2:4] = rows[:, 1:3]
        entry[:, 4] = np.where(rows[:, 3] < 0, -1, rows[:, 3] - lane * sizes.users)
        entry[:, 5] = np.where(rows[:, 3] < 0, -1, rows[:, 4])
        entry[:, 6] = rows[:, 5]
        # Rows are unique by (lane, user, activation); sorted, they do not show the order of the work.
        record.log.append(entry[np.lexsort((entry[:, 1], entry[:, 2], entry[:, 0]))])
