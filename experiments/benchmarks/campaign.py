"""How fast the campaign day is: the Yuanbao design on the default chain, in user-days a second."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

__all__ = ["campaign", "campaign_block"]


def campaign_block(users: int, replicates: int) -> tuple[Callable[[], float], int]:
    """A function that runs a block of the Yuanbao design (rival beside it) once and returns seconds, and the
    user-days of one such run. Compiled before it is handed over."""
    import jax

    from experiments.blocks import run_block, sizes_for
    from experiments.chains import build_chain, facts_of
    from experiments.scenario import load_scenario
    from experiments.worlds import World, Worlds
    from graphs.device import explicit_chain
    from growth.engine import Engine
    from growth.streams import root_key

    with resources.as_file(resources.files("experiments") / "campaigns" / "yuanbao_2026.toml") as path:
        scenario = load_scenario(path)
    scenario = scenario.model_copy(update={"chain": scenario.chain.model_copy(update={"users": users})})
    graph = build_chain(scenario)
    worlds = Worlds(scenario, facts_of(scenario, graph))
    devices = jax.devices()
    replicates = len(devices) * -(-replicates // len(devices))
    members = [World(-1, 0, 1, replicate) for replicate in range(replicates)]
    sizes = sizes_for(
        graph.num_users,
        graph.num_chats,
        scenario.run.rounds_per_day,
        replicates * worlds.apps // len(devices),
    )
    engine = Engine(explicit_chain(graph), sizes, list(devices))
    told, key = worlds.campaign(members), root_key(scenario.run.rng_seed)

    def once() -> float:
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            record = run_block(
                engine,
                key,
                told,
                worlds.days,
                checkpoint=Path(folder) / "none",
                stop=lambda: False,
                tick=lambda _: None,
            )
        if record is None:
            raise RuntimeError("a list was too small for this benchmark")
        return time.perf_counter() - start

    once()
    return once, users * replicates * worlds.days


def campaign(users: int = 200_000, replicates: int = 8, repeats: int = 5) -> list[dict[str, Any]]:
    """Seconds and user-days a second of the campaign day: the Yuanbao design, 90 days, medians."""
    from experiments.platform import set_up

    set_up()
    once, user_days = campaign_block(users, replicates)
    seconds = [once() for _ in range(repeats)]
    median = statistics.median(seconds)
    return [
        {
            "id": "campaign_day",
            "users": users,
            "replicates": replicates,
            "seconds_median": median,
            "seconds_min": min(seconds),
            "seconds_max": max(seconds),
            "user_days_per_second": user_days / median,
        }
    ]
