"""Replicates one batch after another until a comparison is precise enough: `growth compare --precision`.

All designs get the same replicates: on the same luck a difference needs them in pairs. The parameter draws come first,
because without them there is no verdict. The number of looks is known beforehand and enters the level of the verdict.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from experiments.comparing import Comparison, compare_designs
from experiments.kpi import Kpi
from experiments.progress import Report
from experiments.scenario import Scenario
from experiments.world_view import Worlds
from graphs.errors import InputError

__all__ = ["Sequential", "compare_until", "settled"]

BATCH = 4
"""Replicates between two looks; fewer than four give t intervals too wide to stop on."""


@dataclass(frozen=True)
class Sequential:
    """A comparison that was stopped, and how far it went."""

    comparison: Comparison
    worlds: Worlds
    replicates: int
    most: int
    """Replicates the scenario allows."""
    why: str


def settled(comparison: Comparison, precision: float) -> str | None:
    """Why one may stop: every difference is known to ``precision`` (a share of the base's value), or every design has a
    verdict that more replicates would only repeat; None to go on."""
    others = [option for option in comparison.options if option.name != comparison.base]
    scale = abs(comparison.option(comparison.base).value.value or math.nan)
    halves = [float(option.gap.high - option.gap.low) / 2 for option in others if option.gap is not None]
    if all(half <= precision * scale for half in halves):
        return "every difference is as precise as asked"
    if all(option.word in ("better", "worse", "the same", "too small to matter") for option in others):
        return "the verdict is clear"
    return None


def compare_until(
    scenario: Scenario,
    kpi: Kpi,
    precision: float,
    *,
    threshold: float | None = None,
    devices: int | None = None,
    tell: Callable[[Report], None] = lambda _: None,
) -> Sequential:
    """Compare a scenario's variants, adding replicates until `settled` or until run.replicates are done.

    Raises InputError for fewer than two replicates or no variant.
    """
    import xarray as xr

    from experiments.in_memory import InMemory

    run = scenario.run
    if run.replicates < 2:
        raise InputError(
            "one replicate has no Monte Carlo error to stop at",
            field="run.replicates", value=run.replicates, allowed="2 or more", cure="replicates = 16",
        )  # fmt: skip
    if not scenario.variants:
        raise InputError("there is nothing to compare", field="variant", cure="add a [[variant]] table")
    memories = [
        InMemory(scenario, chain=number, devices=devices) for number in range(getattr(scenario.chain, "count", 1))
    ]

    def simulated(replicates: Any, draws: Any = None) -> Any:
        parts = [memory.dataset(replicates, draws=draws, tell=tell) for memory in memories]
        return xr.concat([part.assign_coords(chain=[at]) for at, part in enumerate(parts)], "chain")

    numbers = range(run.parameter_draws)
    drawn = memories[0].sides(simulated([0], numbers), numbers) if run.parameter_draws else {}
    looks = math.ceil(run.replicates / BATCH)
    data: Any = None
    done, why = 0, None
    while why is None and done < run.replicates:
        more = simulated(np.arange(done, min(done + BATCH, run.replicates)))
        data = more if data is None else xr.concat([data, more], "replicate")
        done = data.sizes["replicate"]
        worlds = Worlds(memories[0].sides(data), drawn, memories[0].people_per_user)
        comparison = compare_designs(worlds, kpi, threshold=threshold, looks=looks)
        why = settled(comparison, precision) if done > 1 else None
    return Sequential(comparison, worlds, done, run.replicates, why or "the scenario's replicates are used up")
