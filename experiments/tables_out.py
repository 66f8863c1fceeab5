"""From blocks to tables: `daily.parquet`, `cohorts.parquet` and `activations.parquet` of a run folder.

Tables hold what the engine counted: integers of the sample (people, events, cents). `experiments.results` multiplies
by w on the way to a reader. Rows stand in the order draw (0 the central values), chain, variant, replicate, app, day.
"""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.run_folder import RunFolder
from experiments.worlds import World, Worlds
from growth.flows import AGES, CAUSES, CHANNELS, COLUMNS, KINDS, RECIPIENTS, SEED_RULES, SHAPES, SOURCES
from growth.forest import build_forest

__all__ = ["AXES", "INDEX", "LABELS", "column_names", "write_tables"]

INDEX = ("draw", "chain", "variant", "replicate", "app", "day")
AXES: dict[str, tuple[str, ...]] = {
    "activations": ("kind", "cause"),
    "packets": ("channel",),
    "exposures": ("channel",),
    "claims": ("channel",),
    "paid_cents": ("source", "recipient"),
    "seeds": ("rule",),
    "clawed_cents": ("source",),
}
"""Axes after the day, by flow."""
LABELS = {
    "kind": KINDS,
    "cause": CAUSES,
    "channel": CHANNELS,
    "source": SOURCES,
    "recipient": RECIPIENTS,
    "rule": SEED_RULES,
}


def column_names(flow: str) -> list[str]:
    """Columns of a flow in `daily.parquet`: `claims.qq_single_chat`, or just `opens`."""
    if not SHAPES[flow]:
        return [flow]
    labels = (LABELS[axis] for axis in AXES[flow])
    return [".".join((flow, *names)) for names in itertools.product(*labels)]


def write_tables(folder: RunFolder, worlds: Worlds, blocks: list[tuple[World, ...]]) -> None:
    """Write the three tables, block by block put into the order of `INDEX`."""
    parts = [folder.load_block(number) for number in range(len(blocks))]
    lanes = [(world, app) for members in blocks for world in members for app in range(worlds.apps)]
    order = sorted(range(len(lanes)), key=lambda at: (*lanes[at][0], lanes[at][1]))
    told = [lanes[at] for at in order]
    days = worlds.days
    index = _index(told, days, worlds.scenario.run.warm_up_days)
    flows = _in_order(parts, "flows", order)
    activity = _in_order(parts, "activity", order)
    columns = dict(index)
    for place, name in enumerate(("dau", "wau", "mau")):
        columns[name] = activity[..., place].reshape(-1)
    for flow in SHAPES:
        block = flows[..., COLUMNS[flow]].reshape(len(told) * days, -1)
        columns.update(dict(zip(column_names(flow), block.T, strict=True)))
    _write(folder, "daily.parquet", columns)
    cohort = _in_order(parts, "cohort", order).reshape(len(told) * days * len(KINDS) * len(CAUSES), AGES)
    repeat = len(KINDS) * len(CAUSES)
    columns = {name: np.repeat(values, repeat) for name, values in index.items()}
    columns["kind"] = np.tile(np.repeat(np.arange(len(KINDS), dtype=np.int8), len(CAUSES)), len(told) * days)
    columns["cause"] = np.tile(np.arange(len(CAUSES), dtype=np.int8), len(told) * days * len(KINDS))
    columns.update({f"age_{age}": cohort[:, age] for age in range(AGES)})
    _write(folder, "cohorts.parquet", columns)
    _write(folder, "activations.parquet", _log(parts, blocks, worlds))


def _index(told: list[tuple[World, int]], days: int, warm_up: int) -> dict[str, np.ndarray]:
    """Index columns of the daily table."""
    fields = {
        "draw": [world.draw + 1 for world, _ in told],
        "chain": [world.chain for world, _ in told],
        "variant": [world.variant for world, _ in told],
        "replicate": [world.replicate for world, _ in told],
        "app": [app for _, app in told],
    }
    columns = {name: np.repeat(np.array(values, np.int32), days) for name, values in fields.items()}
    columns["day"] = np.tile(np.arange(days, dtype=np.int32) - warm_up, len(told))
    return columns


def _in_order(parts: list[dict[str, np.ndarray]], name: str, order: list[int]) -> np.ndarray:
    """Lanes first, in order: [lanes, days, ...]."""
    every = np.concatenate([np.moveaxis(part[name], 1, 0) for part in parts])
    return every[order]


def _log(parts: list[dict[str, np.ndarray]], blocks: list[tuple[World, ...]], worlds: Worlds) -> dict[str, np.ndarray]:
    """The activation log with world and app for every row, in order of world, time and user; and the forest in it.

    A node of the forest is a row, by its number; inviters of the base world, who have no row, are numbered behind them.
    `tree` is the root's number, `depth` the generations below it, `parent` the inviter's number (-1 for nobody).
    """
    tables = []
    rounds, warm_up = worlds.scenario.run.rounds_per_day, worlds.scenario.run.warm_up_days
    for part, members in zip(parts, blocks, strict=True):
        log = part["log"]
        world = np.array([tuple(member) for member in members], np.int32)[log[:, 0] // worlds.apps]
        app = log[:, 0] % worlds.apps
        parts_of_row = [world + np.array([1, 0, 0, 0]), app[:, None], log[:, 1:]]
        tables.append(np.concatenate(parts_of_row, axis=1).astype(np.int32))
    table = np.concatenate(tables)
    # draw, chain, variant, replicate, app | user, clock, origin, parent user, parent activation, activation
    table = table[np.lexsort((table[:, 5], table[:, 6], *(table[:, at] for at in (4, 3, 2, 1, 0))))]
    origin = table[:, 7] - 1
    worlds_of_rows = np.unique(table[:, :5], axis=0, return_inverse=True)[1].reshape(-1)
    forest = build_forest(table[:, 5], table[:, 10], table[:, 8], table[:, 9], worlds_of_rows)
    return {
        **{name: table[:, at] for at, name in enumerate(INDEX[:5])},
        "user": table[:, 5],
        "day": table[:, 6] // rounds - warm_up,
        "round": (table[:, 6] % rounds).astype(np.int8),
        "kind": (origin // len(CAUSES)).astype(np.int8),
        "cause": (origin % len(CAUSES)).astype(np.int8),
        "parent_user": table[:, 8],
        "parent_activation": table[:, 9],
        "activation": table[:, 10],
        "tree": forest.root[: len(table)],
        "depth": forest.depth[: len(table)].astype(np.int32),
        "parent": forest.parent[: len(table)],
    }


def _write(folder: RunFolder, name: str, columns: dict[str, np.ndarray]) -> None:
    """One Parquet file, written whole or not at all."""
    partial = folder.path / f"{name}.partial"
    pq.write_table(pa.table(columns), partial, compression="zstd")
    partial.replace(folder.path / name)
