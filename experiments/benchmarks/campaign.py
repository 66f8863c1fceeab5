"""How fast the campaign day is: the Yuanbao design on the default chain, its growth, and beside other programs."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Cost", "campaign", "campaign_full", "campaign_growth", "campaign_peers", "cost_of", "slope_of"]

_USERS, _DAYS, _REPLICATES = 1_000_000, 60, 8
_SWEEPS: dict[str, tuple[int, str, tuple[int, ...]]] = {
    "users": (0, "users", (100_000, 200_000, 400_000)),
    "days": (100_000, "days", (15, 30, 60)),
    "replicates": (100_000, "replicates", (4, 8, 16)),
    "ties": (100_000, "mean_degree", (50, 100, 200)),
    "active people and contacts": (200_000, "crowd", (1, 2, 4, 8, 16)),
    "inactive users": (100_000, "idle", (1, 2, 4)),
}
"""What grows: users, which setting does it, and its values; the rest stays as in `cost_of`. Of what grows with active
people the cost and the work of the same society in which almost nobody is active are taken off first."""
_NOBODY = 1e-4


class Cost(NamedTuple):
    """One block of the Yuanbao design, the rival's lane beside it."""

    seconds: float  # median, without compilation
    fastest: float
    compiling: float  # seconds of the first run beyond that
    user_days: int  # users x replicates x days of the design's app
    work: int  # sessions and contacts seen


def cost_of(
    users: int = 200_000,
    days: int = 30,
    replicates: int = 8,
    mean_degree: int = 150,
    crowd: float = 1,
    idle: int = 1,
    repeats: int = 3,
    plain: bool = False,
) -> Cost:
    """Run the first ``days`` days of a block ``repeats`` times; ``plain`` is the same chain, people, reach and packets
    with nothing but sharing and answering.

    ``crowd`` times as many people use each app every day; ``idle`` times as many people live around as many who use
    one. Both leave the design as it is and change who lives there. With a ``crowd`` below 1 nobody is reached either.
    """
    import jax

    from experiments.blocks import run_block
    from experiments.chains import build_chain, facts_of, on_device
    from experiments.simulate import block_sizes, plan_of
    from experiments.worlds import World, Worlds
    from growth.engine import Engine
    from growth.flows import COLUMNS
    from growth.streams import root_key

    scenario = _design(users * idle, mean_degree, crowd, idle)
    scenario = _plain(scenario) if plain else scenario
    graph = build_chain(scenario)
    worlds, devices = Worlds(scenario, facts_of(scenario, graph)), jax.devices()
    plan = plan_of(worlds, 0, len(devices), replicates)
    members = [World(-1, 0, 1, replicate) for replicate in range(plan.worlds_per_block)]
    grown = max(0, int(crowd).bit_length() - 2)
    engine = Engine(on_device(graph), block_sizes(worlds, graph.num_chats, plan, len(devices), grown), list(devices))
    told, key, seconds = worlds.campaign(members), root_key(scenario.run.rng_seed), []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            record = run_block(
                engine,
                key,
                told,
                days,
                checkpoint=Path(folder) / "none",
                stop=lambda: False,
                tick=lambda _: None,
            )
        if record is None:
            raise RuntimeError("a list was too small for this benchmark")
        seconds.append(time.perf_counter() - start)
        work = sum(int(record.flows[..., COLUMNS[name]].sum(dtype=np.int64)) for name in ("opens", "exposures"))
    median = statistics.median(seconds[1:])
    return Cost(median, min(seconds[1:]), seconds[0] - median, users * idle * len(members) * days, work)


def _design(users: int, mean_degree: int, crowd: float, idle: int) -> Any:
    """The Yuanbao file on another chain, from its first campaign day on."""
    from importlib import resources

    from experiments.scenario import load_scenario

    with resources.as_file(resources.files("experiments") / "campaigns" / "yuanbao_2026.toml") as path:
        scenario = load_scenario(path)
    chain: Any = scenario.chain
    people = chain.population * idle
    told = {
        "chain": chain.model_copy(update={"users": users, "population": people, "mean_degree": float(mean_degree)}),
        "run": scenario.run.model_copy(update={"warm_up_days": 0}),
    }
    if crowd < 1:
        told["reach"] = ()
    apps = tuple(_busier(app, crowd) for app in scenario.apps) if crowd != 1 else scenario.apps
    return scenario.model_copy(update={**told, "apps": apps})


def _plain(scenario: Any) -> Any:
    """A cascade and nothing else: people open the app, share packets and answer each by itself; no other task, reward,
    group, wallet, memory of packets, inviter's company or chart."""
    from experiments.quantity import Quantity

    one = Quantity(value=1.0)
    alone = {"churn.inviter_multiplier": one, "chart.lift": one}
    return scenario.model_copy(
        update={
            "tasks": tuple(task for task in scenario.tasks if task.kind == "share"),
            "rewards": tuple(reward for reward in scenario.rewards if reward.name == "packet"),
            "prizes": (),
            "variants": (),
            "wallet": None,
            "response": scenario.response.model_copy(update={"law": "independent"}),
            "behaviour": {**scenario.behaviour, **alone},
        }
    )


def _busier(app: Any, crowd: float) -> Any:
    """An app that ``crowd`` times as many people use every day, as many having left it as before (below 1: as many
    times fewer, who else would come back)."""
    from experiments.quantity import Quantity

    names = ("dau",) if crowd > 1 else ("dau", "dormant", "uninstalled")
    told = {name: Quantity(value=getattr(app.base, name).value * crowd) for name in names}
    return app.model_copy(update={"base": app.base.model_copy(update=told)})


def slope_of(x: list[float], y: list[float]) -> tuple[float, float]:
    """Slope of log y on log x and its standard error (NaN with two points)."""
    one, two = np.log(np.asarray(x, float)), np.log(np.asarray(y, float))
    spread = ((one - one.mean()) ** 2).sum()
    slope = ((one - one.mean()) * (two - two.mean())).sum() / spread
    rest = two - two.mean() - slope * (one - one.mean())
    free = len(one) - 2
    return float(slope), float(np.sqrt((rest**2).sum() / free / spread)) if free else float("nan")


def campaign() -> list[dict[str, Any]]:
    """The bar: 1,000,000 users, 60 days, 8 replicates of the Yuanbao design; median of three."""
    from experiments.platform import set_up

    set_up()
    cost = cost_of(_USERS, _DAYS, _REPLICATES)
    return [
        {
            "id": "campaign_day",
            "users": _USERS,
            "days": _DAYS,
            "replicates": _REPLICATES,
            "seconds_median": cost.seconds,
            "seconds_min": cost.fastest,
            "seconds_compiling": cost.compiling,
            "user_days_per_second": cost.user_days / cost.seconds,
        }
    ]


def campaign_full(users: int = 200_000) -> list[dict[str, Any]]:
    """The full campaign day over the plain cascade day on the same chain: seconds, work, and their ratios."""
    from experiments.platform import set_up

    set_up()
    found = {name: cost_of(users, plain=name == "plain cascade") for name in ("plain cascade", "full campaign")}
    base = found["plain cascade"]
    return [
        {
            "day": name,
            "users": users,
            "seconds_median": cost.seconds,
            "sessions_and_contacts": cost.work,
            "times_the_plain": cost.seconds / base.seconds,
            "times_per_session_or_contact": cost.seconds / cost.work * base.work / base.seconds,
        }
        for name, cost in found.items()
    ]


def campaign_growth() -> list[dict[str, Any]]:
    """Slopes on log axes of the campaign day's seconds in users, days, replicates, ties, work and idle users."""
    from experiments.platform import set_up
    from experiments.progress import Progress, Report

    set_up()
    rows = []
    with Progress() as progress:
        for done, (name, (users, setting, values)) in enumerate(_SWEEPS.items()):
            progress.tell(Report(name, done, len(_SWEEPS), "sweeps"))
            told: list[dict[str, Any]] = [{"users": users, setting: value} for value in values]
            costs = [cost_of(**one) for one in told]
            grows, seconds = [float(value) for value in values], [cost.seconds for cost in costs]
            if setting == "crowd":
                nobody = cost_of(users, crowd=_NOBODY)
                grows = [float(cost.work - nobody.work) for cost in costs]
                seconds = [cost.seconds - nobody.seconds for cost in costs]
            slope, error = slope_of(grows, seconds)
            rows.append(
                {
                    "grows": name,
                    "from": grows[0],
                    "to": grows[-1],
                    "seconds_from": seconds[0],
                    "seconds_to": seconds[-1],
                    "slope": slope,
                    "se": error,
                }
            )
    return rows


def campaign_peers(users: int = 1_000_000, days: int = 30, replicates: int = 8) -> list[dict[str, Any]]:
    """The same plain day in three programs, user-days a second: ours, Starsim, Mesa (extra: bench)."""
    from experiments.benchmarks.campaign_peers import mesa_day, our_day, starsim_day
    from experiments.platform import set_up
    from graphs.textbook import barabasi_albert

    set_up()
    graph, rows = barabasi_albert(users, 10), []
    found = {
        "ours": (replicates, our_day(graph, days, replicates, 1)),
        "Starsim": (1, starsim_day(graph, days, 1)),
        "Mesa": (1, mesa_day(graph, days, 1)),
    }
    ours = users * days * replicates / found["ours"][1][0]
    for name, (runs, (seconds, joined)) in found.items():
        speed = users * days * runs / seconds
        rows.append(
            {
                "program": name,
                "users": users,
                "days": days,
                "replicates": runs,
                "seconds": seconds,
                "joined": joined,
                "user_days_per_second": speed,
                "times_slower_than_ours": ours / speed,
            }
        )
    return rows
