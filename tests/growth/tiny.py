"""A small world told to the engine directly: everything off, then what a test switches on."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import jax
import numpy as np

from graphs.device import explicit_chain
from graphs.social_graph import SocialGraph
from growth.campaign import Campaign
from growth.engine import Engine
from growth.flows import COLUMNS, SHAPES
from growth.plain import ALWAYS, NEVER, always_count, plain_campaign, quiet_tables, share_with_friends
from growth.state import Sizes
from growth.streams import ONE, root_key

SEED = 7
CERTAIN = np.uint32(ONE)
__all__ = [
    "ALWAYS",
    "CERTAIN",
    "NEVER",
    "SEED",
    "Days",
    "cascade",
    "count_of",
    "forget_engines",
    "large_copies",
    "live",
    "run",
    "seeds_of",
    "world",
]
count_of = always_count


class Days(NamedTuple):
    """What a small run did: flows by name [days, lanes, ...], activity, the log, and the last state."""

    flows: dict[str, np.ndarray]
    activity: np.ndarray
    log: np.ndarray  # rows: id, round, origin, parent id, parent activation, activation
    state: Any


def cascade(graph: SocialGraph, **changes: Any) -> dict[str, Any]:
    """Schedule changes of a plain cascade: whoever acts sends one packet to every friend, and all see it."""
    return {**share_with_friends(int(graph.degree().max(initial=1))), **changes}


def world(
    graph: SocialGraph,
    *,
    lanes: int = 1,
    days: int = 1,
    rounds: int = 96,
    engaged: float = 0.1,
    replicates: list[int] | None = None,
    devices: int = 1,
    devices_per_world: int = 1,
    pool: tuple[int, ...] = (),
    law: dict[str, Any] | None = None,
    sizes: dict[str, int] | None = None,
    **schedule: Any,
) -> tuple[Engine, jax.Array, Campaign]:
    """Engine, key and campaign of a small world; ``schedule`` values are broadcast over lanes and rounds."""
    laws = {**quiet_tables(lanes, engaged), **(law or {})}
    numbers = None if replicates is None else np.array(replicates)
    campaign = plain_campaign(lanes, days * rounds, schedule, laws, numbers, pool)
    usual = {"chunk": 64, "pending": 8192, "actors": 4096, "packets": 4096, "claims": 1024, "log": 4096}
    block = Sizes(
        lanes=lanes * devices_per_world // devices, users=graph.num_users, chats=max(1, graph.num_chats),
        days_rounds=rounds,
        **{**usual, **(sizes or {})},
    )  # fmt: skip
    engine = engine_of(graph, block, devices, devices_per_world)
    return engine, root_key(SEED), engine.place(campaign)


_ENGINES: dict[tuple[int, Sizes, int, int], tuple[SocialGraph, Engine]] = {}


def engine_of(graph: SocialGraph, sizes: Sizes, devices: int = 1, devices_per_world: int = 1) -> Engine:
    """The engine of a graph and sizes: compiled once for all tests of that structure."""
    name = (id(graph), sizes, devices, devices_per_world)
    if name not in _ENGINES:
        _ENGINES[name] = (graph, Engine(explicit_chain(graph), sizes, jax.devices()[:devices], devices_per_world))
    return _ENGINES[name][1]


def forget_engines() -> None:
    """Drop every compiled engine."""
    _ENGINES.clear()


def large_copies(engine: Engine, part: str, key: jax.Array, campaign: Campaign) -> list[str]:
    """Shapes of the copies in a compiled part of the day that are as large as a column of the state, or larger."""
    text = engine.lowered(part, key, engine.begin(key, campaign), campaign).compile().as_text()
    assert "while(" in text or "while." in text
    state = engine.sizes.lanes * engine.sizes.users
    found = re.findall(r"= \w+\[([\d,]+)\]\S* copy\(", text)
    return [dims for dims in found if np.prod([int(size) for size in dims.split(",")]) >= state]


def live(engine: Engine, key: jax.Array, campaign: Campaign, days: int = 1) -> Days:
    """Run ``days`` days."""
    state = engine.begin(key, campaign)
    flows: list[np.ndarray] = []
    activity: list[np.ndarray] = []
    log: list[np.ndarray] = []
    for _ in range(days):
        state = engine.morning(key, state, campaign)
        for _ in range(engine.sizes.days_rounds):
            state = engine.round(key, state, campaign)
        state, day = engine.night(key, state, campaign)
        flows.append(np.asarray(day.table))
        activity.append(np.asarray(day.activity))
        assert not np.asarray(state.overflow).any(), "a list was too small for this test"
        count = np.asarray(state.lists.log.length)
        table = np.asarray(state.lists.log.table).reshape(len(count), -1, 6)
        log.extend(table[device, : count[device]] for device in range(len(count)))
    every = np.stack(flows)
    named = {name: every[..., COLUMNS[name]].reshape(*every.shape[:2], *shape) for name, shape in SHAPES.items()}
    return Days(named, np.stack(activity), np.concatenate(log), state)


def run(graph: SocialGraph, *, days: int = 1, **told: Any) -> Days:
    """A small world, run."""
    return live(*world(graph, days=days, **told), days=days)


def seeds_of(graph: SocialGraph, engaged: float, **told: Any) -> list[int]:
    """The users of lane 0 who start engaged."""
    engine, key, campaign = world(graph, engaged=engaged, **told)
    status = np.asarray(engine.begin(key, campaign).users.status)[: graph.num_users]
    return [int(user) for user in np.flatnonzero(status == 1)]
