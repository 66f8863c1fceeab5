"""A preset simulated: its worlds side by side as sums, and its forest of invitations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.kpi_costs import cohorts
from experiments.progress import Report
from experiments.scenario import Scenario
from experiments.validation.book.statements import Sums
from experiments.validation.book.worlds import BLOCK, LOG, BookWorlds, Side
from experiments.world_names import DESIGN
from experiments.world_view import World
from graphs.errors import InputError
from growth.forest import Forest, build_forest

__all__ = ["Of", "PresetRun", "resized", "run_preset", "work_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Of = Callable[[World], Floats]
"""[samples] of one world."""


@dataclass(frozen=True)
class PresetRun:
    """What was simulated of one scenario: every chain, variant, replicate and draw."""

    scenario: Scenario
    central: tuple[Side, ...]
    drawn: tuple[Side, ...]
    """One for each chain; () without draws."""
    graphs: tuple[Any, ...]

    @property
    def chains(self) -> int:
        """Societies."""
        return len(self.central)

    @property
    def variants(self) -> list[str]:
        """The designs that were run; the world without a campaign is not."""
        return list(self.central[0].worlds)

    @cached_property
    def replicates(self) -> int:
        """Of each chain, at the central parameters."""
        return int(self.central[0].worlds[DESIGN].data.sizes["sample"])

    @cached_property
    def draws(self) -> int:
        """Parameter draws, one replicate each on every chain."""
        return int(self.drawn[0].worlds[DESIGN].data.sizes["sample"]) if self.drawn else 0

    def sums(self, *figures: Of, variant: str = DESIGN) -> Sums:
        """A column for each function of a world."""

        def table(side: Side) -> Floats:
            return np.stack([of(side.worlds[variant]) for of in figures], axis=-1)

        return self._shaped([table(side) for side in self.central], [table(side) for side in self.drawn])

    def of_forest(self, figures: Callable[[Forest, int], Floats], variant: str = DESIGN) -> Sums:
        """Columns from ``figures(forest, worlds)`` -> [worlds, columns], over the forest of all chains at once."""
        central = figures(*self.forest(variant)).reshape(self.chains, self.replicates, -1)
        drawn = figures(*self.forest(variant, drawn=True)) if self.drawn else None
        parts = list(drawn.reshape(self.chains, self.draws, -1)) if drawn is not None else []
        return self._shaped(list(central), parts)

    def forest(self, variant: str = DESIGN, *, drawn: bool = False) -> tuple[Forest, int]:
        """The forest of one variant and side, and its number of worlds (chain after chain)."""
        log = self.log(variant, drawn=drawn)
        columns = (log[name] for name in ("user", "activation", "parent_user", "parent_activation", "world"))
        return build_forest(*columns), self.chains * (self.draws if drawn else self.replicates)

    def log(self, variant: str = DESIGN, *, drawn: bool = False) -> dict[str, Ints]:
        """The activation log of one variant and side, for the campaign's app: user, clock (rounds since the first
        midnight), origin, parent_user, parent_activation, activation, chain, and world (chain x samples + sample)."""
        sides = self.drawn if drawn else self.central
        samples = self.draws if drawn else self.replicates
        parts: dict[str, list[Ints]] = {name: [] for name in (*LOG, "chain", "world")}
        for number, side in enumerate(sides):
            mine = side.log[variant]
            for name in LOG:
                parts[name].append(mine[name])
            parts["chain"].append(np.full(len(mine["user"]), number))
            parts["world"].append(number * samples + mine["world"])
        return {name: np.concatenate(columns) for name, columns in parts.items()}

    def retention(self, age: int, *, variant: str = DESIGN, **labels: Any) -> Sums:
        """Active on day ``age`` after activation, and activated, of the cohorts of the campaign's days (labels: kind,
        cause)."""

        def part(number: int) -> Of:
            def of(world: World) -> Floats:
                from growth.kpis import retention_on

                return np.asarray(retention_on(cohorts(world, **labels), age, world.campaign_days)[number])

            return of

        return self.sums(part(0), part(1), variant=variant)

    @staticmethod
    def _shaped(central: Sequence[Floats], drawn: Sequence[Floats]) -> Sums:
        return Sums(np.stack(central), np.stack(drawn, axis=1) if len(drawn) else None)


def resized(scenario: Scenario, **run: Any) -> Scenario:
    """The scenario with some of ``users``, ``count``, ``replicates``, ``days`` and ``parameter_draws`` changed; the
    population follows the users where w is 1."""
    chain: dict[str, Any] = {name: run.pop(name) for name in ("users", "count") if name in run}
    if "users" in chain and scenario.chain.users == scenario.chain.population:  # type: ignore[union-attr]
        chain["population"] = chain["users"]
    return scenario.model_copy(
        update={
            "run": scenario.run.model_copy(update=run),
            "chain": scenario.chain.model_copy(update=chain),
        }
    )


def run_preset(
    scenario: Scenario, tell: Callable[[Report], None] = lambda _: None, *, shared: bool = True, block: int = BLOCK
) -> PresetRun:
    """Simulate every variant of a scenario but the world without its campaign, on every chain; ``shared``: in the one
    structure of all presets, in blocks of ``block`` worlds. Raises InputError for a scenario that is held back."""
    if scenario.run.hold:
        raise InputError("is held back and is not run yet", field="run.hold", value=scenario.run.hold)
    count = int(getattr(scenario.chain, "count", 1))
    parts = []
    for number in range(count):
        worlds = BookWorlds(scenario, number)
        parts.append((*worlds.both_sides(block, shared, partial(_tell_chain, tell, scenario, number)), worlds.graph))
    drawn = tuple(part[1] for part in parts if part[1] is not None)
    return PresetRun(scenario, tuple(part[0] for part in parts), drawn, tuple(part[2] for part in parts))


def work_of(scenario: Scenario, block: int = BLOCK) -> int:
    """Days of blocks that `run_preset` simulates, as far as its lists are large enough."""
    run = scenario.run
    worlds = (1 + len(scenario.variants)) * (run.replicates + run.parameter_draws)
    return int(getattr(scenario.chain, "count", 1)) * -(-worlds // block) * (run.warm_up_days + run.days)


def _tell_chain(tell: Callable[[Report], None], scenario: Scenario, number: int, report: Report) -> None:
    """What one chain tells, as a part of all chains."""
    count = int(getattr(scenario.chain, "count", 1))
    tell(Report(scenario.name, number * report.total + report.done, count * report.total, report.unit))
