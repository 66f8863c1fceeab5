"""A small world told to the engine directly: everything off, then what a test switches on."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import numpy as np

from graphs.device import explicit_chain
from graphs.social_graph import SocialGraph
from growth.base_world import ATOMS, GAPS
from growth.campaign import COUNT_STEPS, MAX_AGE, QUANTILES, Campaign, Lanes, Schedule, Tables
from growth.engine import Engine
from growth.flows import AGES, COLUMNS, SHAPES
from growth.state import Sizes
from growth.streams import ONE, root_key

SEED = 7
CERTAIN = np.uint32(ONE)
ALWAYS, NEVER = 20 * 256, -20 * 256  # logits beyond the table: certain, impossible


class Days(NamedTuple):
    """What a small run did: flows by name [days, lanes, ...], activity, the log, and the last state."""

    flows: dict[str, np.ndarray]
    activity: np.ndarray
    log: np.ndarray  # rows: id, round, origin, parent id, parent activation, activation
    state: Any


def count_of(number: int) -> np.ndarray:
    """The law of a count that is always ``number``."""
    return np.where(np.arange(COUNT_STEPS) >= number, ONE, 0).astype(np.uint32)


def quiet(lanes: int, rounds: int) -> dict[str, Any]:
    """A schedule in which nothing happens."""

    def full(value: Any, *shape: int, dtype: Any = np.uint32) -> np.ndarray:
        return np.full((lanes, rounds, *shape), value, dtype)

    ones = {"opening", "money_lift", "attention", "churn", "opens"}
    shapes = {
        "reach": (4, 5),
        "churn": (11,),
        "see": (2,),
        "opens": (4,),
        "accept": (2, 4, 4),
        "daily_pool": (2,),
        "group_draws": (2,),
    }
    words = {
        "reach",
        "reach_most",
        "uninstall",
        "works",
        "draw_take_up",
        "group_share",
        "qq_share",
        "friends_more",
    }
    words |= {"see", "muted", "group_create", "group_join"}
    told = {}
    for name in Schedule._fields:
        if name in ("ai_law", "share_law"):
            law = count_of(0) if name == "ai_law" else np.stack([count_of(0)] * 2)
            told[name] = np.broadcast_to(law, (lanes, rounds, *law.shape)).copy()
        else:
            dtype = np.float32 if name in ones else np.uint32 if name in words else np.int32
            told[name] = full(1 if name in ones else 0, *shapes.get(name, ()), dtype=dtype)
    told["accept"][:] = NEVER
    told["works"][:] = CERTAIN
    for name, value in (
        ("share_limit", 63),
        ("slots", 1 << 20),
        ("expiry", 86400),
        ("receive_limit", 250),
        ("claim_draws", 256),
    ):
        told[name][:] = value
    return told


def tables(lanes: int, engaged: float, opens: float = 1.0) -> dict[str, Any]:
    """Everyone engaged with probability ``engaged``, never churning, opening at the first second of the day."""
    share = np.floor(np.full((lanes, 256, 3), engaged) * ONE).astype(np.uint32)
    logits = np.arange(-4096, 4096) / 256
    logistic = np.floor(ONE / (1 + np.exp(-logits))).astype(np.uint32)
    logistic[0], logistic[-1] = 0, ONE
    return {
        "status": share,
        "age": np.ones((lanes, QUANTILES), np.int32),
        "churn": np.zeros((lanes, MAX_AGE + 1, ATOMS), np.float32),
        "oldest": np.full(lanes, MAX_AGE, np.int32),
        "open": np.full((lanes, ATOMS), opens * ONE, np.float32),
        "gap": np.ones((lanes, ATOMS, GAPS), np.int32),
        "novelty": np.ones((lanes, AGES), np.float32),
        "logistic": logistic,
        "hour": np.zeros((lanes, QUANTILES), np.int32),
        "delay": np.zeros((lanes, QUANTILES), np.int32),
        "amount": np.zeros((lanes, 2, QUANTILES), np.int32),
    }


def cascade(graph: SocialGraph, **changes: Any) -> dict[str, Any]:
    """Schedule changes of a plain cascade: whoever acts sends one packet to every friend, and all see it."""
    most = int(graph.degree().max(initial=1))
    plain = {"friends": most, "see": CERTAIN, "share_law": np.stack([count_of(1)] * 2), "accept": ALWAYS}
    return {**plain, "accept_most": ALWAYS, **changes}


def world(
    graph: SocialGraph,
    *,
    lanes: int = 1,
    days: int = 1,
    rounds: int = 96,
    engaged: float = 0.1,
    replicates: list[int] | None = None,
    devices: int = 1,
    pool: tuple[int, int] = (0, 0),
    law: dict[str, Any] | None = None,
    sizes: dict[str, int] | None = None,
    **schedule: Any,
) -> tuple[Engine, jax.Array, Campaign]:
    """Engine, key and campaign of a small world; ``schedule`` values are broadcast over lanes and rounds."""
    told = quiet(lanes, days * rounds)
    for name, value in schedule.items():
        array = np.asarray(value)
        told[name][...] = array if array.ndim == told[name].ndim else array.astype(told[name].dtype)
    laws = {**tables(lanes, engaged), **{name: np.asarray(value) for name, value in (law or {}).items()}}
    numbers: Any = np.arange(lanes) if replicates is None else np.array(replicates)
    zeros: Any = np.zeros(lanes, np.int32)
    pools: Any = np.broadcast_to(np.array(pool, np.int32), (lanes, 2)).copy()
    campaign = Campaign(
        lanes=Lanes(numbers.astype(np.int32), zeros, zeros),
        schedule=Schedule(**told),
        tables=Tables(**laws),
        total_pool=pools,
    )
    usual = {"chunk": 64, "pending": 8192, "actors": 4096, "packets": 4096, "claims": 4096, "log": 4096}
    block = Sizes(
        lanes=lanes // devices, users=graph.num_users, chats=max(1, graph.num_chats), days_rounds=rounds,
        **{**usual, **(sizes or {})},
    )  # fmt: skip
    engine = engine_of(graph, block, devices)
    return engine, root_key(SEED), engine.place(campaign)


_ENGINES: dict[tuple[int, Sizes, int], tuple[SocialGraph, Engine]] = {}


def engine_of(graph: SocialGraph, sizes: Sizes, devices: int = 1) -> Engine:
    """The engine of a graph and sizes: compiled once for all tests of that structure."""
    name = (id(graph), sizes, devices)
    if name not in _ENGINES:
        _ENGINES[name] = (graph, Engine(explicit_chain(graph), sizes, jax.devices()[:devices]))
    return _ENGINES[name][1]


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
