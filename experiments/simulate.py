"""Run every world of a scenario in blocks, and write its folder."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax

from experiments.block_memory import check_block_fits
from experiments.blocks import run_block, sizes_for
from experiments.chain_picture import run_picture
from experiments.chain_store import kept_chain
from experiments.chains import build_chain, facts_of, notes_of, on_device, summary_of
from experiments.checkpoints import saved_sizes
from experiments.joint import Joint
from experiments.joint_worlds import JointWorlds
from experiments.processes import ALONE, Processes, meet
from experiments.progress import Report
from experiments.run_folder import RunFolder
from experiments.scenario import Scenario
from experiments.tables_out import write_tables
from experiments.worlds import World, Worlds
from graphs.errors import InputError
from growth.engine import Engine
from growth.state import Part, Sizes
from growth.streams import root_key

__all__ = ["Plan", "block_sizes", "plan_of", "refuse_held", "simulate"]

_BYTES_A_USER = 40  # state and lists of one user of one lane
_MOST_BYTES = 1 << 30  # of one block


class Plan(NamedTuple):
    """Which worlds run together. A block holds whole units: all variants of one replicate or one draw."""

    blocks: tuple[tuple[World, ...], ...]
    worlds_per_block: int


def plan_of(worlds: Worlds, chain: int, devices: int, worlds_per_block: int | None = None, processes: int = 1) -> Plan:
    """Blocks of the worlds of one chain, replicates first, as many for every process. The last is filled up with
    repeats of its last world, whose results are not kept."""
    run = worlds.scenario.run
    names = range(len(worlds.variants))
    units = [[World(-1, chain, variant, replicate) for variant in names] for replicate in range(run.replicates)]
    units += [[World(draw, chain, variant, 0) for variant in names] for draw in range(run.parameter_draws)]
    every = [world for unit in units for world in unit]
    if worlds_per_block is None:
        bytes_a_world = worlds.facts.users * worlds.apps * _BYTES_A_USER
        fits = max(1, _MOST_BYTES // bytes_a_world)
        blocks = processes * math.ceil(len(every) / fits / processes)
        worlds_per_block = math.ceil(len(every) / blocks)
    worlds_per_block = devices * math.ceil(worlds_per_block / devices)
    starts = range(0, len(every), worlds_per_block)
    return Plan(tuple(tuple(every[at : at + worlds_per_block]) for at in starts), worlds_per_block)


def block_sizes(worlds: Worlds, chats: int, plan: Plan, devices: int, grown: int = 0) -> Sizes:
    """Static sizes of a block on one device; what is kept per chat only where some world has in-app groups."""
    parts = worlds.parts
    lanes = plan.worlds_per_block * worlds.apps // devices
    rounds = worlds.scenario.run.rounds_per_day
    sizes = sizes_for(worlds.facts.users, chats if parts & Part.GROUP else 1, rounds, lanes, grown, parts)
    return sizes._replace(apps=worlds.apps)


def simulate(
    scenario: Scenario | Joint,
    out: str | Path,
    *,
    replace: bool = False,
    devices: int | None = None,
    devices_per_world: int = 1,
    worlds_per_block: int | None = None,
    processes: Processes = ALONE,
    store: Path | None = None,
    stop: Callable[[], bool] = lambda: False,
    tell: Callable[[Report], None] = lambda _: None,
) -> Path:
    """Run a scenario, or a joint calendar of several, into a folder (tables and manifest; the report is written by
    `experiments.report` or `experiments.joint_report`).

    A folder begun by the same scenario is continued. Generated chains are kept in the folder ``store`` for the next
    run, if one is given. Each of several ``processes`` calls this with the same arguments and runs blocks of its own
    on ``devices`` of its own, ``devices_per_world`` of which share one society. ``stop`` and ``tell`` are asked and
    told between rounds and days. Raises InputError before anything is written, `experiments.blocks.Stopped` when
    asked to stop.
    """
    refuse_held(scenario)
    folder = RunFolder(out, scenario, replace=replace)
    society = scenario.designs[0] if isinstance(scenario, Joint) else scenario
    started, ran = time.monotonic(), 0.0
    tell(Report("building the chain", 0, 0))
    graphs = [
        kept_chain(society, number, store) if store is not None else build_chain(society, number)
        for number in range(getattr(society.chain, "count", 1))
    ]
    facts = facts_of(society, graphs[0])
    worlds = JointWorlds(scenario, facts) if isinstance(scenario, Joint) else Worlds(scenario, facts)
    using = _grouped(jax.local_devices()[:devices], devices_per_world)
    plans = [plan_of(worlds, number, len(using), worlds_per_block, processes.count) for number in range(len(graphs))]
    check_block_fits(block_sizes(worlds, graphs[0].num_chats, plans[0], len(using)), len(using))
    meet("folder seen", processes)
    if processes.leads:
        folder.prepare({"devices": len(using), "worlds_per_block": plans[0].worlds_per_block})
    meet("folder made", processes)
    total = sum(len(plan.blocks) for plan in plans) * worlds.days
    number, simulating = 0, time.monotonic()
    for chain, plan in enumerate(plans):
        mine = [at for at in range(len(plan.blocks)) if processes.owns(number + at)]
        todo = [at for at in mine if not folder.block(number + at).exists()]
        if todo:
            graph = on_device(graphs[chain], worlds.parts)
            run = _Runner(society, worlds, graph, graphs[chain].num_chats, plan, using, chain)
            for at in todo:
                tell(Report("simulating", (number + at) * worlds.days, total))
                run.block(folder, number + at, plan.blocks[at], stop, tell, total)
        number += len(plan.blocks)
    ran = time.monotonic() - simulating
    meet("blocks done", processes)
    if not processes.leads:
        return folder.path
    tell(Report("writing tables", 0, 0))
    blocks = [members for plan in plans for members in plan.blocks]
    write_tables(folder, worlds, blocks)
    took = {"duration_s": round(time.monotonic() - started, 2), "simulation_s": round(ran, 2)}
    where = {"devices": [str(device) for group in using for device in group], "processes": processes.count}
    what = {"worlds": sum(map(len, blocks)), **_about(worlds, graphs[0])}
    folder.write_chain(run_picture(graphs[0]).to_json())
    folder.write_manifest({"finished": True, **took, **where, **what})
    folder.drop_parts()
    return folder.path


def _grouped(devices: list[jax.Device], size: int) -> list[list[jax.Device]]:
    """Devices in groups that share one society each. Raises InputError when they cannot be grouped so."""
    if len(devices) % size:
        raise InputError(
            "the devices are no whole number of groups", field="--devices-per-world", value=size,
            allowed=f"a divisor of {len(devices)} devices",
        )  # fmt: skip
    return [devices[at : at + size] for at in range(0, len(devices), size)]


def refuse_held(scenario: Scenario | Joint) -> None:
    """Raise InputError where a scenario, or one of the designs of a joint calendar, is held back."""
    if scenario.run.hold:
        raise InputError(
            "this design is held back and is not run yet",
            field="run.hold",
            value=scenario.run.hold,
            cure="validate it; remove hold only when what it waits for is there",
        )


class _Runner:
    """Runs blocks of one chain; grows the lists when one was too small."""

    def __init__(
        self,
        scenario: Scenario,
        worlds: Worlds,
        graph: Any,
        chats: int,
        plan: Plan,
        devices: list[list[jax.Device]],
        chain: int,
    ) -> None:
        self.worlds, self.graph, self.chats, self.plan, self.devices = worlds, graph, chats, plan, devices
        self.key = root_key(scenario.run.rng_seed, chain)
        self.grown, self.engine = 0, self._engine(0)

    def _sizes(self, grown: int) -> Sizes:
        return block_sizes(self.worlds, self.chats, self.plan, len(self.devices), grown)

    def _engine(self, grown: int) -> Engine:
        every = [device for group in self.devices for device in group]
        return Engine(self.graph, self._sizes(grown), every, len(self.devices[0]))

    def _fit(self, checkpoint: Path) -> None:
        """Lists as large as those of an interrupted block, which may have grown before."""
        saved = saved_sizes(checkpoint)
        while saved is not None and self._sizes(self.grown).pending < saved.pending:
            self.grown += 1
        if self.engine.sizes != self._sizes(self.grown):
            self.engine = self._engine(self.grown)

    def block(
        self,
        folder: RunFolder,
        number: int,
        members: tuple[World, ...],
        stop: Callable[[], bool],
        tell: Callable[[Report], None],
        total: int,
    ) -> None:
        """One block, from its checkpoint if there is one, into the folder."""
        filled = [*members, *[members[-1]] * (self.plan.worlds_per_block - len(members))]
        campaign = self.worlds.campaign(filled)
        done = number * self.worlds.days
        self._fit(folder.checkpoint(number))

        def tick(days: int) -> None:
            nonlocal done
            done += days
            tell(Report("simulating", done, total))

        while True:
            record = run_block(
                self.engine,
                self.key,
                campaign,
                self.worlds.days,
                checkpoint=folder.checkpoint(number),
                stop=stop,
                tick=tick,
            )
            if record is not None:
                break
            self.grown, done = self.grown + 1, number * self.worlds.days
            self.engine = self._engine(self.grown)
        keep = len(members) * self.worlds.apps
        arrays = record.arrays()
        for name in ("flows", "cohort", "activity"):
            arrays[name] = arrays[name][:, :keep]
        arrays["log"] = arrays["log"][arrays["log"][:, 0] < keep]
        folder.save_block(number, arrays)


def _about(worlds: Worlds, first: Any) -> dict[str, Any]:
    """What the manifest says of the (first) chain and its scale."""
    return {
        "people_per_user": worlds.people_per_user,
        "prizes_at_expectation": _expected_prizes(worlds),
        "chain_notes": notes_of(worlds.scenario, first),
        "chain_summary": summary_of(first),
    }


def _expected_prizes(worlds: Worlds) -> list[str]:
    """Prizes with fewer than 30 winners in the sample: priced at expectation."""
    least = 30 * worlds.people_per_user
    prizes = [prize for design in worlds.designs for prize in design.prizes]
    return [prize.name for prize in prizes if prize.enabled and prize.count.value < least]
