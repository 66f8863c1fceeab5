"""The KPIs of a run, three uncertainties apart: Monte Carlo error, chance at real size, parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.kpi import Kpi, Measure
from experiments.kpi_list import KPIS
from experiments.world_names import DESIGN, NO_CAMPAIGN
from experiments.world_view import World, Worlds
from growth.intervals import (
    Interval,
    Ratio,
    around,
    chance_at_real_size,
    difference_of_ratios,
    draw_coverage,
    influence,
    per_draw,
    ratio_of_means,
    without_luck,
)
from growth.nested import nested_interval

__all__ = [
    "LEVEL",
    "Estimate",
    "difference",
    "difference_table",
    "drawn_values",
    "estimate",
    "estimate_of",
    "headline_level",
    "kpi_table",
]

Array = NDArray[np.float64]
LEVEL = 0.9


@dataclass(frozen=True)
class Estimate:
    """A KPI's value at central parameters, and three uncertainties that are never added up.

    `mc_low .. mc_high`: Monte Carlo interval of the mean. `chance`: half width at real size. `low .. high`:
    the headline interval, over parameter draws (of the mean over chains, chains bootstrapped) and the central value;
    the luck of the one replicate of each draw is taken out, and Monte Carlo error stands beside it. None = not known.
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


def _by_draw(worlds: Worlds, drawn: Ratio, level: float) -> Array:
    """[draw, chain] values of a ratio over the drawn worlds; NaN where its denominators do not stay clear of zero."""
    return per_draw(drawn, level).reshape(worlds.draws, worlds.chains)


def _central(worlds: Worlds, fixed: Sequence[Ratio]) -> tuple[Array, Array]:
    """Per chain, at the central parameters: the first ratio of means (less the second), and the variance of one
    replicate's luck in it."""
    chain = next(iter(worlds.central.values())).chain
    value, luck = [], []
    for number in np.unique(chain):
        mine = chain == number
        parts = [influence(Ratio(part.numerator[mine], part.denominator[mine])) for part in fixed]
        effect = parts[0][1] - parts[1][1] if len(parts) > 1 else parts[0][1]
        value.append(parts[0][0] - parts[1][0] if len(parts) > 1 else parts[0][0])
        luck.append(effect.var(ddof=1) if len(effect) > 1 else 0.0)
    return np.array(value), np.full(len(value), np.mean(luck))


def drawn_values(worlds: Worlds, fixed: Sequence[Ratio], drawn: Sequence[Ratio], level: float = LEVEL) -> Array:
    """[draw, chain]: a KPI over draws (or the difference of two, paired), the luck of single replicates taken out."""
    told = [_by_draw(worlds, part, level) for part in drawn]
    values = told[0] - told[1] if len(told) > 1 else told[0]
    return without_luck(values, *_central(worlds, fixed))


def _pack(
    kpi: Measure,
    fixed: Sequence[Ratio],
    central: Interval,
    drawn: Interval | None,
    chance: float,
    worlds: Worlds,
) -> Estimate:
    """An estimate; without draws the headline interval is unknown, and nothing takes its place."""
    nan = Interval(np.array(np.nan), np.array(np.nan), np.array(np.nan))
    spread = around(drawn, central.value) if drawn is not None and worlds.draws > 1 else nan
    observed = all(np.isfinite(part.numerator).all() and np.isfinite(part.denominator).all() for part in fixed)
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


def estimate_of(
    kpi: Measure, worlds: Worlds, fixed: Sequence[Ratio], drawn: Sequence[Ratio] | None, level: float = LEVEL
) -> Estimate:
    """An estimate from ratios per sample: one, or two whose difference is meant (the first less the second).

    ``fixed`` over central worlds, ``drawn`` over drawn ones, in the order of their samples.
    """
    chain = next(iter(worlds.central.values())).chain
    if len(fixed) == 1:
        central = ratio_of_means(fixed[0], level, chain)
        chance = float(chance_at_real_size(fixed[0], worlds.people_per_user, level, chain))
    else:
        central, chance = difference_of_ratios(fixed[0], fixed[1], level, chain), math.nan
    values = nested_interval(drawn_values(worlds, fixed, drawn, level), level) if drawn else None
    return _pack(kpi, fixed, central, values, chance, worlds)


def estimate(worlds: Worlds, kpi: Kpi, variant: str = DESIGN, level: float = LEVEL) -> Estimate:
    """One KPI of one variant."""
    drawn = [_of(kpi, worlds.drawn, variant)] if worlds.draws else None
    return estimate_of(kpi, worlds, [_of(kpi, worlds.central, variant)], drawn, level)


def kpi_table(worlds: Worlds, variant: str = DESIGN, level: float = LEVEL) -> dict[str, Estimate]:
    """Every KPI of one variant, by id, in the order of `KPIS`."""
    return {kpi.id: estimate(worlds, kpi, variant, level) for kpi in KPIS}


def difference(worlds: Worlds, kpi: Kpi, variant: str, base: str = DESIGN, level: float = LEVEL) -> Estimate:
    """KPI of `variant` minus KPI of `base`, paired on the same luck and, over draws, the same parameters."""
    fixed, drawn = (
        [_of(kpi, side, name) for name in (variant, base)] if side else None for side in (worlds.central, worlds.drawn)
    )
    return estimate_of(kpi, worlds, fixed or [], drawn, level)


def difference_table(worlds: Worlds, ids: tuple[str, ...], base: str = DESIGN) -> dict[str, dict[str, Estimate]]:
    """Paired differences to `base` of the KPIs `ids`, {variant: {id: Estimate}}, no campaign left out."""
    names = [name for name in worlds.central if name not in (NO_CAMPAIGN, base)]
    chosen = [kpi for kpi in KPIS if kpi.id in ids]
    return {name: {kpi.id: difference(worlds, kpi, name, base) for kpi in chosen} for name in names}
