"""Many small worlds in memory, no folder: for studies that repeat a campaign hundreds of times or move its numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from experiments.parameters import Places
from experiments.progress import Report
from experiments.scenario import Scenario
from growth.flows import AGES, COLUMNS

__all__ = ["InMemory"]

_BYTES_A_USER = 40  # state and lists of one user of one lane
_BYTES_A_LANE = 800_000  # tables and schedule of one lane
_MOST_BYTES = 1 << 30
_SMALL = 5000  # users


@dataclass
class InMemory:
    """The worlds of one scenario on one chain, run when asked for and never written.

    Any replicate number may be asked for: replicates 16 ... 31 are another sixteen of the same luck as a run's.
    ``places`` may be replaced: a draw is a set of places of the scenario's ranges, whoever chose them.
    """

    scenario: Scenario
    chain: int = 0
    devices: int | None = None
    grown: int = -1
    """Doublings of the engine's lists so far; small towns begin with some, being busier than a run's sizes foresee."""
    watch: Callable[[list[Any], int, Any], None] = lambda members, step, state: None
    """Told the worlds of a block, the round of the run and the state after it; again from the first round where the
    lists had to grow."""
    worlds: Any = field(init=False)
    """`experiments.worlds.Worlds` of the scenario."""
    variants: list[str] = field(init=False)

    def __post_init__(self) -> None:
        from experiments.chains import build_chain, facts_of
        from experiments.worlds import Worlds

        self.graph = build_chain(self.scenario, self.chain)
        self.worlds = Worlds(self.scenario, facts_of(self.scenario, self.graph))
        self.variants = list(self.worlds.variants)
        if self.grown < 0:
            self.grown = 3 if self.graph.num_users < _SMALL else 0
        self._engines: dict[tuple[int, int], Any] = {}

    @property
    def people_per_user(self) -> float:
        """w."""
        return float(self.worlds.people_per_user)

    def draw(self, places: Sequence[Places]) -> None:
        """Replace the parameter draws by these."""
        self.worlds.places = list(places)
        self.worlds._lanes.clear()
        self.worlds._rounds.clear()

    def dataset(
        self,
        replicates: Sequence[int],
        *,
        draws: Sequence[int] | None = None,
        variants: Sequence[str] | None = None,
        own_luck: int | None = None,
        tell: Callable[[Report], None] = lambda _: None,
    ) -> Any:
        """`experiments.real_units.real_units` of every draw (None: the central values) x variant x replicate. With
        ``own_luck`` the one replicate of draw d is number ``own_luck`` + d, so that no two draws share their luck."""
        from experiments.real_units import real_units
        from experiments.worlds import World

        names = list(variants or self.variants)
        numbers = [self.variants.index(name) for name in names]
        drawn = [-1] if draws is None else list(draws)
        own = own_luck if own_luck is not None else 0
        chosen = [
            World(d, self.chain, v, r if own_luck is None else own + d)
            for d in drawn
            for v in numbers
            for r in replicates
        ]
        shape = (len(drawn), 1, len(names), len(replicates), self.worlds.apps, self.worlds.days)
        parts = list(self._blocks(chosen, tell))
        flows, cohort, activity = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        counted = {name: activity[..., at].reshape(shape) for at, name in enumerate(("dau", "wau", "mau"))}
        counted["active_at_age"] = cohort.reshape(*shape, -1, AGES)
        return real_units(
            self.scenario,
            counted,
            lambda name: flows[..., COLUMNS[name]].reshape(*shape, -1),
            self.people_per_user,
            places=[None] if draws is None else [self.worlds.places[d] for d in drawn],
            variants=names,
            replicates=replicates,
        )

    def sides(self, data: Any, draws: Sequence[int] | None = None) -> Any:
        """{variant: `experiments.world_view.World`} of a dataset made with the same ``draws``."""
        from experiments.world_view import side_of

        places = [None] if draws is None else [self.worlds.places[d] for d in draws]
        return side_of(self.scenario, data, places)

    def _blocks(self, chosen: list[Any], tell: Callable[[Report], None]) -> Iterator[tuple[np.ndarray, ...]]:
        """Flows, cohorts and activity of the worlds, [worlds of a block, apps, days, ...]."""
        import jax

        using = jax.devices()[: self.devices or len(jax.devices())]
        a_world = self.worlds.apps * (self.worlds.facts.users * _BYTES_A_USER + _BYTES_A_LANE)
        most = max(1, _MOST_BYTES // a_world)
        # Powers of two: few shapes are compiled, however many worlds are asked for.
        each = 1 << min(int(math.log2(most)), math.ceil(math.log2(len(chosen))))
        each = len(using) * math.ceil(each / len(using))
        for start in range(0, len(chosen), each):
            members = chosen[start : start + each]
            tell(Report("simulating", start, len(chosen), "worlds"))
            record = self._block([*members, *[members[-1]] * (each - len(members))], using)
            keep = len(members) * self.worlds.apps
            yield tuple(
                np.moveaxis(array[:, :keep], 1, 0).reshape(len(members), self.worlds.apps, self.worlds.days, *shape)
                for array, shape in (
                    (record.flows, record.flows.shape[2:]),
                    (record.cohort, record.cohort.shape[2:]),
                    (record.activity, record.activity.shape[2:]),
                )
            )

    def _block(self, members: list[Any], using: list[Any]) -> Any:
        from experiments.blocks import run_block
        from growth.streams import root_key

        told = self._told(members)
        while True:
            with TemporaryDirectory() as folder:
                record = run_block(
                    self._engine(len(members), using),
                    root_key(self.scenario.run.rng_seed, self.chain),
                    told,
                    self.worlds.days,
                    checkpoint=Path(folder) / "none",
                    stop=lambda: False,
                    tick=lambda _: None,
                    watch=lambda step, state: self.watch(members, step, state),
                )
            if record is not None:
                return record
            self.grown += 1

    def _told(self, members: list[Any]) -> Any:
        """The block as one campaign. What does not depend on the replicate is lowered once and repeated."""
        alike = list(dict.fromkeys(member._replace(replicate=0) for member in members))
        at = {member: place for place, member in enumerate(alike)}
        apps = self.worlds.apps
        place = np.array([at[member._replace(replicate=0)] for member in members])
        lane = (place[:, None] * apps + np.arange(apps)).reshape(-1)
        once = self.worlds.campaign(alike)
        tables = {name: table[lane] for name, table in once.tables._asdict().items() if name != "logistic"}
        replicate = np.repeat(np.array([member.replicate for member in members], np.int32), apps)
        lanes = type(once.lanes)(*[column[lane] for column in once.lanes])._replace(replicate=replicate)
        return once._replace(
            lanes=lanes,
            schedule=type(once.schedule)(*[field[lane] for field in once.schedule]),
            tables=once.tables._replace(**tables),
            total_pool=once.total_pool[lane],
        )

    def _engine(self, members: int, using: list[Any]) -> Any:
        """The compiled day for blocks of this many worlds."""
        from experiments.chains import on_device
        from experiments.simulate import Plan, block_sizes
        from growth.engine import Engine

        name = (members, self.grown)
        if name not in self._engines:
            plan = Plan((), members)
            sizes = block_sizes(self.worlds, self.graph.num_chats, plan, len(using), self.grown)
            self._engines[name] = Engine(on_device(self.graph, sizes.parts), sizes, list(using))
        return self._engines[name]
