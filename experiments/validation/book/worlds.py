"""The worlds of a preset on one chain, run in memory in blocks of one shape.

What takes long is compiling the day, not simulating a small society. So presets share one structure: as many users,
worlds of a block and rounds of a day, the same parts of the day (one that a preset does not use changes nothing), and a
schedule of the same length, of which a shorter preset uses the beginning. One compilation serves them all.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.in_memory import InMemory
from experiments.progress import Report
from experiments.scenario import Scenario
from experiments.world_names import NO_CAMPAIGN
from experiments.world_view import World, side_of
from experiments.worlds import World as Which
from growth.flows import AGES, COLUMNS
from growth.state import Part

__all__ = ["BLOCK", "LOG", "ROUNDS", "BookWorlds", "Side"]

Ints = NDArray[np.int64]
ROUNDS = 47 * 24
"""Rounds of the shared schedule: those of the longest preset."""
BLOCK = 32
"""Worlds that run together."""
LOG = ("user", "clock", "origin", "parent_user", "parent_activation", "activation")
_PARTS = int(
    Part.INVITE
    | Part.INVITER
    | Part.CHART
    | Part.MEMORY
    | Part.FEED
    | Part.NOTICE
    | Part.HABIT
    | Part.RECIPROCITY
    | Part.INTEREST
)
_GROWN = 3  # doublings of the lists: a tenth of a society arrives on one day


@dataclass(frozen=True)
class Side:
    """Worlds at the central parameters, or those of the draws, of one chain."""

    worlds: dict[str, World]
    """By variant; samples are replicates, or draws of one replicate each."""
    log: dict[str, dict[str, Ints]]
    """Activations of the campaign's app by variant: the columns of `LOG`, and ``world``, the sample."""


class BookWorlds(InMemory):
    """`experiments.in_memory.InMemory` that keeps the log and fills blocks of one shape."""

    def __init__(self, scenario: Scenario, chain: int) -> None:
        super().__init__(scenario, chain, grown=_GROWN)

    def both_sides(self, block: int, shared: bool, tell: Callable[[Report], None]) -> tuple[Side, Side | None]:
        """The central worlds, and those of the scenario's draws or None, of every variant with a campaign."""
        run = self.scenario.run
        variants = [at for at, name in enumerate(self.variants) if name != NO_CAMPAIGN]
        central = [Which(-1, self.chain, at, replicate) for at in variants for replicate in range(run.replicates)]
        drawn = [Which(draw, self.chain, at, 0) for draw in range(run.parameter_draws) for at in variants]
        record = self._every([*central, *drawn], block, shared, tell)
        names = [self.variants[at] for at in variants]
        fixed = self._side(record, central, names, draws=None)
        return fixed, self._side(record, drawn, names, draws=range(run.parameter_draws)) if drawn else None

    def _every(self, chosen: list[Which], block: int, shared: bool, tell: Callable[[Report], None]) -> dict[str, Any]:
        """Flows, cohorts and activity [worlds x apps, days, ...], and the log with the place of its world."""
        import jax

        using = jax.devices()
        block = len(using) * -(-block // len(using))
        parts: dict[str, list[Any]] = {"flows": [], "cohort": [], "activity": [], "log": []}
        total = self.worlds.days * -(-len(chosen) // block)
        for number, start in enumerate(range(0, len(chosen), block)):
            members = chosen[start : start + block]
            filled = [*members, *[members[-1]] * (block - len(members))]
            done = number * self.worlds.days
            found = self._run(filled, shared, using, partial(_tell_day, tell, done, total))
            keep = len(members) * self.worlds.apps
            for name in ("flows", "cohort", "activity"):
                parts[name].append(np.moveaxis(found[name][:, :keep], 1, 0))
            log = found["log"][found["log"][:, 0] < keep]
            log[:, 0] += start * self.worlds.apps
            parts["log"].append(log)
        return {name: np.concatenate(arrays) for name, arrays in parts.items()}

    def _run(self, members: list[Which], shared: bool, using: list[Any], tick: Callable[[int], None]) -> dict[str, Any]:
        from experiments.blocks import run_block
        from growth.streams import root_key

        told, key = self._told(members), root_key(self.scenario.run.rng_seed, self.chain)
        told = told._replace(schedule=_lengthened(told.schedule)) if shared else told
        while True:
            counter = itertools.count()  # a tick before the first day and one after each
            with TemporaryDirectory() as folder:
                record = run_block(
                    self._machine(len(members), shared, using), key, told, self.worlds.days,
                    checkpoint=Path(folder) / "none", stop=lambda: False,
                    tick=lambda _, counter=counter: tick(next(counter)),  # type: ignore[misc]
                )  # fmt: skip
            if record is not None:
                return record.arrays()
            self.grown += 1

    def _machine(self, members: int, shared: bool, using: list[Any]) -> Any:
        """The compiled day for blocks of so many worlds, with the parts of all presets where it is shared."""
        from experiments.simulate import Plan, block_sizes
        from growth.engine import Engine

        name = (members, self.grown)
        if name not in self._engines:
            sizes = block_sizes(self.worlds, self.graph.num_chats, Plan((), members), len(using), self.grown)
            sizes = sizes._replace(parts=sizes.parts | _PARTS) if shared else sizes
            self._engines[name] = Engine(_roomy(self.graph), sizes, list(using))
        return self._engines[name]

    def _side(self, record: dict[str, Any], members: list[Which], names: list[str], draws: range | None) -> Side:
        """Some of the worlds that were run, as `experiments.world_view` shows them, and their log."""
        from experiments.real_units import real_units

        run, apps, days = self.scenario.run, self.worlds.apps, self.worlds.days
        first = 0 if draws is None else run.replicates * len(names)
        rows = slice(first * apps, (first + len(members)) * apps)
        across = (1, 1, len(names), run.replicates) if draws is None else (len(draws), 1, len(names), 1)
        shape = (*across, apps, days)
        places = [None] if draws is None else [self.worlds.places[draw] for draw in draws]
        counted = {
            name: record["activity"][rows][..., at].reshape(shape) for at, name in enumerate(("dau", "wau", "mau"))
        }
        counted["active_at_age"] = record["cohort"][rows].reshape(*shape, -1, AGES)
        data = real_units(
            self.scenario, counted, lambda name: record["flows"][rows][..., COLUMNS[name]].reshape(*shape, -1),
            self.people_per_user, places=places, variants=names, replicates=range(across[3]),
        )  # fmt: skip
        return Side(side_of(self.scenario, data, places), self._log(record["log"], members, first))

    def _log(self, log: NDArray[np.int32], members: list[Which], first: int) -> dict[str, dict[str, Ints]]:
        """The log of the campaign's app by variant; worlds are numbered by draw, or by replicate at central values."""
        app = [one.name for one in self.scenario.apps].index(self.scenario.campaign_app.name)
        place, mine = np.divmod(log[:, 0].astype(np.int64), self.worlds.apps)
        place = place - first
        inside = (mine == app) & (place >= 0) & (place < len(members))
        variant = np.array([world.variant for world in members])
        sample = np.array([world.replicate if world.draw < 0 else world.draw for world in members])
        found = {}
        for number in dict.fromkeys(variant.tolist()):
            rows = np.flatnonzero(inside)
            rows = rows[variant[place[rows]] == number]
            columns = {name: log[rows, at + 1].astype(np.int64) for at, name in enumerate(LOG)}
            found[self.variants[number]] = columns | {"world": sample[place[rows]]}
        return found


def _roomy(graph: Any) -> Any:
    """The chain on the device; a stored one with unused entries at the ends of its tables, so that societies of other
    seeds have tables of the same lengths."""
    import jax.numpy as jnp

    from experiments.chains import on_device
    from graphs.device import ExplicitChain

    chain = on_device(graph)
    if not isinstance(chain, ExplicitChain):
        return chain

    def longer(table: Any, mode: str = "constant") -> Any:
        step = 1 << max(int(table.shape[0]).bit_length() - 3, 0)
        return jnp.pad(table, (0, -table.shape[0] % step), mode=mode)

    return dataclasses.replace(
        chain, friends=longer(chain.friends), strength=longer(chain.strength), chats=longer(chain.chats),
        members=longer(chain.members), member_offsets=longer(chain.member_offsets, "edge"),
    )  # fmt: skip


def _tell_day(tell: Callable[[Report], None], done: int, total: int, day: int) -> None:
    tell(Report("", done + day, total, "days"))


def _lengthened(schedule: Any) -> Any:
    """The schedule with its last round repeated up to `ROUNDS`."""

    def longer(field: NDArray[Any]) -> NDArray[Any]:
        missing = ROUNDS - field.shape[1]
        return np.concatenate([field, np.repeat(field[:, -1:], missing, axis=1)], axis=1) if missing > 0 else field

    return type(schedule)(*[longer(field) for field in schedule])
