"""The KPIs of a run, three uncertainties apart: Monte Carlo error, chance at real size, parameters."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from experiments.kpi_list import KPIS, Kpi
from experiments.world_names import DESIGN, NO_CAMPAIGN
from experiments.world_view import World, Worlds
from growth.intervals import (
    Interval,
    Ratio,
    around,
    chance_at_real_size,
    difference_of_ratios,
    difference_over_draws,
    draw_coverage,
    ratio_of_means,
    ratio_over_draws,
)

__all__ = ["LEVEL", "Estimate", "difference", "difference_table", "estimate", "headline_level", "kpi_table"]

LEVEL = 0.9


@dataclass(frozen=True)
class Estimate:
    """A KPI's value at central parameters, and three uncertainties that are never added up.

    `mc_low .. mc_high`: Monte Carlo interval of the mean. `chance`: half width at real size. `low .. high`:
    the headline interval, over parameter draws and the central value. The draws share the luck of one world,
    so Monte Carlo error stands beside this interval and not in it. None = not known.
    `identified` is False when a denominator is not clearly above zero, `observed` is False when the run ends
    (or begins) too early to see it; then there is no value either.
    """

    id: str
    label: str
    unit: str
    formula: str
    value: float | None
    mc_low: float | None
    mc_high: float | None
    chance: float | None
    low: float | None
    high: float | None
    identified: bool
    observed: bool
    replicates: int
    draws: int

    @property
    def sign(self) -> int:
        """+1 or -1 when the headline and Monte Carlo intervals both lie clear of zero on one side; else 0."""
        bounds = (self.low, self.high, self.mc_low, self.mc_high)
        known = [bound for bound in bounds if bound is not None]
        if len(known) < 4:
            return 0
        return int(min(known) > 0) - int(max(known) < 0)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for summary.json."""
        return asdict(self)


def headline_level(draws: int) -> str:
    """What the headline interval of this many draws can promise: 90 %, or less with few draws."""
    return f"{100 * draw_coverage(draws, LEVEL):.0f} %"


def _number(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None


def _of(kpi: Kpi, side: dict[str, World], variant: str) -> Ratio:
    return kpi.of(side[variant], side[NO_CAMPAIGN])


def _pack(
    kpi: Kpi,
    parts: tuple[Ratio, ...],
    central: Interval,
    drawn: Interval | None,
    chance: float,
    worlds: Worlds,
) -> Estimate:
    """An estimate; without draws the headline interval is unknown, and nothing takes its place."""
    nan = Interval(np.array(np.nan), np.array(np.nan), np.array(np.nan))
    spread = around(drawn, central.value) if drawn is not None and worlds.draws > 1 else nan
    observed = all(np.isfinite(part.numerator).all() and np.isfinite(part.denominator).all() for part in parts)
    found = np.isfinite(central.value) and (drawn is None or np.isfinite(drawn.value))
    numbers = [central.value, central.low, central.high, chance, spread.low, spread.high]
    value, mc_low, mc_high, luck, low, high = (_number(number) if found else None for number in numbers)
    return Estimate(
        kpi.id,
        kpi.label,
        kpi.unit,
        kpi.formula,
        value,
        mc_low,
        mc_high,
        luck,
        low,
        high,
        identified=bool(found),
        observed=observed,
        replicates=worlds.replicates,
        draws=worlds.draws,
    )


def estimate(worlds: Worlds, kpi: Kpi, variant: str = DESIGN, level: float = LEVEL) -> Estimate:
    """One KPI of one variant."""
    fixed = _of(kpi, worlds.central, variant)
    drawn = ratio_over_draws(_of(kpi, worlds.drawn, variant), level) if worlds.draws else None
    chance = float(chance_at_real_size(fixed, worlds.people_per_user, level))
    return _pack(kpi, (fixed,), ratio_of_means(fixed, level), drawn, chance, worlds)


def kpi_table(worlds: Worlds, variant: str = DESIGN, level: float = LEVEL) -> dict[str, Estimate]:
    """Every KPI of one variant, by id, in the order of `KPIS`."""
    return {kpi.id: estimate(worlds, kpi, variant, level) for kpi in KPIS}


def difference(worlds: Worlds, kpi: Kpi, variant: str, base: str = DESIGN, level: float = LEVEL) -> Estimate:
    """KPI of `variant` minus KPI of `base`, paired on the same luck and, over draws, the same parameters."""
    parts = _of(kpi, worlds.central, variant), _of(kpi, worlds.central, base)
    drawn = None
    if worlds.draws:
        drawn = difference_over_draws(_of(kpi, worlds.drawn, variant), _of(kpi, worlds.drawn, base), level)
    return _pack(kpi, parts, difference_of_ratios(*parts, level), drawn, math.nan, worlds)


def difference_table(worlds: Worlds, ids: tuple[str, ...], base: str = DESIGN) -> dict[str, dict[str, Estimate]]:
    """Paired differences to `base` of the KPIs `ids`, {variant: {id: Estimate}}, no campaign left out."""
    names = [name for name in worlds.central if name not in (NO_CAMPAIGN, base)]
    chosen = [kpi for kpi in KPIS if kpi.id in ids]
    return {name: {kpi.id: difference(worlds, kpi, name, base) for kpi in chosen} for name in names}
