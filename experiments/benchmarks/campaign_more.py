"""What is added to a campaign day, in CPU seconds: interest, and rival apps with campaigns of their own."""

from __future__ import annotations

import statistics
import tempfile
import time
from importlib import resources
from pathlib import Path
from typing import Any

__all__ = ["campaign_more"]

_CHAIN = {"users": 50_000}


def campaign_more(days: int = 30, replicates: int = 4, repeats: int = 3) -> list[dict[str, Any]]:
    """CPU seconds of days with interest over the same without, and of three apps' days on one society (the Spring
    Festival calendar) over the sum of each alone; 50,000 users, medians, without compilation."""
    from experiments.joint import load_joint
    from experiments.joint_worlds import JointWorlds
    from experiments.platform import set_up
    from experiments.scenario import load_scenario
    from experiments.scenario_interest import Interest
    from experiments.worlds import Worlds

    set_up()
    told = (days, replicates, repeats)
    with resources.as_file(resources.files("experiments") / "campaigns") as folder:
        design = _smaller(load_scenario(folder / "yuanbao_2026.toml"))
        joint = load_joint(folder / "spring_festival_2026.toml")
    joint.designs = [_smaller(_alone(one)) for one in joint.designs]
    off = _cpu(design, Worlds, *told)
    on = _cpu(design.model_copy(update={"interest": Interest()}), Worlds, *told)
    alone = sum(_cpu(one, Worlds, *told) for one in joint.designs)
    together = _cpu(joint.designs[0], lambda _, facts: JointWorlds(joint, facts), *told)
    return [
        {"added": "interest", "cpu_seconds_without": off, "cpu_seconds_with": on, "times": on / off},
        {"added": "rivals", "cpu_seconds_without": alone, "cpu_seconds_with": together, "times": together / alone},
    ]


def _smaller(scenario: Any) -> Any:
    return scenario.model_copy(
        update={
            "chain": scenario.chain.model_copy(update=_CHAIN),
            "run": scenario.run.model_copy(update={"warm_up_days": 0, "parameter_draws": 0}),
            "variants": (),
        }
    )


def _alone(scenario: Any) -> Any:
    """A design without what it says of other apps."""
    app = scenario.campaign_app
    return scenario.model_copy(
        update={"apps": (app,), "reaches": tuple(one for one in scenario.reaches if one.app == app.name)}
    )


def _cpu(scenario: Any, worlds_of: Any, days: int, replicates: int, repeats: int) -> float:
    """Median CPU seconds of one block of the design, every app of its worlds campaigning."""
    import jax

    from experiments.blocks import run_block
    from experiments.chains import build_chain, facts_of, on_device
    from experiments.simulate import block_sizes, plan_of
    from experiments.worlds import World
    from growth.engine import Engine
    from growth.streams import root_key

    graph, using = build_chain(scenario), jax.devices()
    worlds = worlds_of(scenario, facts_of(scenario, graph))
    plan = plan_of(worlds, 0, len(using), replicates)
    told = worlds.campaign([World(-1, 0, 1, replicate) for replicate in range(plan.worlds_per_block)])
    key, grown, seconds = root_key(scenario.run.rng_seed), 0, list[float]()
    engine = None
    while len(seconds) <= repeats:
        engine = engine or Engine(
            on_device(graph), block_sizes(worlds, graph.num_chats, plan, len(using), grown), using
        )
        start = time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            record = run_block(
                engine, key, told, days, checkpoint=Path(folder) / "none", stop=lambda: False, tick=lambda _: None
            )
        if record is None:  # a list was too small
            engine, grown, seconds = None, grown + 1, []
            continue
        seconds.append(time.process_time() - start)
    return statistics.median(seconds[1:])
