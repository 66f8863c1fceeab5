"""A preset simulated: its worlds side by side as sums, and its forest of invitations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.kpi_costs import cohorts
from experiments.progress import Report
from experiments.scenario import Scenario
from experiments.validation.book.statements import Sums
from experiments.world_names import DESIGN
from experiments.world_view import World
from growth.forest import Forest, build_forest

__all__ = ["Of", "PresetRun", "resized", "run_preset"]

Floats = NDArray[np.float64]
Of = Callable[[World], Floats]
"""[samples] of one world."""


@dataclass(frozen=True)
class PresetRun:
    """A finished run with every chain, replicate and draw."""

    run: Any
    """`experiments.results.Run`."""

    @cached_property
    def worlds(self) -> Any:
        """`experiments.world_view.Worlds`."""
        from experiments.world_view import worlds_of

        return worlds_of(self.run)

    @property
    def scenario(self) -> Scenario:
        """As it was run."""
        found: Scenario = self.run.scenario
        return found

    @property
    def chains(self) -> int:
        """Societies."""
        return int(self.worlds.chains)

    def sums(self, *figures: Of, variant: str = DESIGN) -> Sums:
        """A column for each function of a world."""
        sides = []
        for side in (self.worlds.central, self.worlds.drawn):
            columns = np.stack([of(side[variant]) for of in figures], axis=-1) if side else None
            sides.append(columns)
        return self.shaped(*sides)

    def of_forest(self, figures: Callable[[Forest, int], Floats], variant: str = DESIGN) -> Sums:
        """Columns from ``figures(forest, worlds)`` -> [worlds, columns]."""
        parts = [figures(*self.forest(variant, drawn=False))]
        parts.append(figures(*self.forest(variant, drawn=True)) if self.worlds.draws else None)  # type: ignore[arg-type]
        return self.shaped(*parts)

    def forest(self, variant: str = DESIGN, *, drawn: bool = False) -> tuple[Forest, int]:
        """The forest of one variant and side, and its number of worlds."""
        log = self.log(variant, drawn=drawn)
        worlds = self.worlds.draws * self.chains if drawn else self.chains * self.worlds.replicates
        columns = (log[name] for name in ("user", "activation", "parent_user", "parent_activation", "world"))
        return build_forest(*columns), worlds

    def log(self, variant: str = DESIGN, *, drawn: bool = False) -> dict[str, NDArray[np.int64]]:
        """The activation log of one variant and side, for the campaign's app: user, day, round, kind, cause, parent_user,
        parent_activation, activation, world (chain x replicates + replicate, or draw x chains + chain), chain."""
        import pyarrow.parquet as pq

        names = list(self.worlds.central)
        app = [one.name for one in self.scenario.apps].index(self.scenario.campaign_app.name)
        chosen = [("app", "=", app), ("variant", "=", names.index(variant)), ("draw", ">" if drawn else "=", 0)]
        table = pq.read_table(self.run.folder / "activations.parquet", filters=chosen)
        log = {name: table[name].to_numpy().astype(np.int64) for name in table.column_names}
        if drawn:
            log["world"] = (log["draw"] - 1) * self.chains + log["chain"]
        else:
            log["world"] = log["chain"] * self.worlds.replicates + log["replicate"]
        return log

    def retention(self, age: int, *, variant: str = DESIGN, **labels: Any) -> Sums:
        """Active on day ``age`` after activation, and activated, of the cohorts of the campaign's days (labels: kind,
        cause)."""

        def part(numerator: bool) -> Of:
            def of(world: World) -> Floats:
                from growth.kpis import retention_on

                told = retention_on(cohorts(world, **labels), age, world.campaign_days)
                return told.numerator if numerator else told.denominator

            return of

        return self.sums(part(True), part(False), variant=variant)

    def shaped(self, central: Floats, drawn: Floats | None) -> Sums:
        """Sums from columns [samples, columns] of the central and drawn worlds; samples stand as draw, chain,
        replicate."""
        chains = self.chains
        fixed = central.reshape(chains, -1, central.shape[-1])
        return Sums(fixed, None if drawn is None else drawn.reshape(-1, chains, drawn.shape[-1]))


def resized(scenario: Scenario, **run: Any) -> Scenario:
    """The scenario with some of ``users``, ``count``, ``replicates`` and ``parameter_draws`` changed; the population
    follows the users where w is 1."""
    chain: dict[str, Any] = {name: run.pop(name) for name in ("users", "count") if name in run}
    if "users" in chain and scenario.chain.users == scenario.chain.population:  # type: ignore[union-attr]
        chain["population"] = chain["users"]
    return scenario.model_copy(
        update={
            "run": scenario.run.model_copy(update=run),
            "chain": scenario.chain.model_copy(update=chain),
        }
    )


def run_preset(scenario: Scenario, folder: Path, tell: Callable[[Report], None] = lambda _: None) -> PresetRun:
    """Simulate a scenario into a folder and read it; a folder that holds the finished run of the same scenario is read."""
    from experiments.finished import finished_run
    from experiments.results import read_run
    from experiments.simulate import simulate

    def told(report: Report) -> None:
        tell(report._replace(phase=f"{scenario.name}: {report.phase}"))

    found = finished_run(scenario, folder) or simulate(scenario, folder, tell=told)
    return PresetRun(read_run(found))
