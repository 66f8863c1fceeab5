"""What a KPI of a run is: its formula in words, and how it comes from a pair of worlds on the same luck."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from experiments.world_view import World
from growth.intervals import Ratio, level_of

__all__ = ["Kpi", "Measure", "lift"]


@dataclass(frozen=True)
class Measure:
    """What a figure is called, its unit, and its formula in words."""

    id: str
    label: str
    unit: str
    formula: str


@dataclass(frozen=True)
class Kpi(Measure):
    """A measure taken from daily counts: `of(world, no-campaign world on the same luck)` over samples."""

    of: Callable[[World, World], Ratio]
    less_is_better: bool = False


def lift(name: str, **labels: Any) -> Callable[[World, World], Ratio]:
    """Total over the campaign's days, minus the same without the campaign."""
    return lambda world, none: level_of(world.during(name, **labels) - none.during(name, **labels))
