"""A statement of the book: one figure of a published row beside the simulated one; rows hold one or several.

Figures are functions of sums over worlds (a ratio, a difference or a ratio of ratios of means), so that one rule serves
all: value at the means, standard error by leaving out one replicate at a time, and the same function over draws.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from growth.intervals import around, draw_interval, without_luck

__all__ = ["LEVEL", "SURE", "Statement", "Sums", "exact", "jackknife", "measured", "missing"]

LEVEL = 0.9
SURE = 0.999
"""A sign may not come about by luck: one in a thousand times it does."""
Floats = NDArray[np.float64]
Figure = Callable[[Floats], float]
"""Means of the columns -> the figure; NaN where it does not exist."""


@dataclass(frozen=True)
class Sums:
    """What was counted in each world: ``central`` [chains, replicates, columns] at the central parameters, ``drawn``
    [draws, chains, columns] with one replicate each, or None."""

    central: Floats
    drawn: Floats | None = None

    def beside(self, other: Sums) -> Sums:
        """The columns of another set of sums of the same worlds behind these."""
        drawn = None
        if self.drawn is not None and other.drawn is not None:
            drawn = np.concatenate([self.drawn, other.drawn], axis=-1)
        return Sums(np.concatenate([self.central, other.central], axis=-1), drawn)


@dataclass(frozen=True)
class Statement:
    """One figure. ``value`` is None where it could not be seen; ``counts`` is False for what is only printed."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    target: str = ""
    mc: tuple[float, float] | None = None
    """90 % Monte Carlo interval over replicates."""
    draws: tuple[float, float] | None = None
    """Interval over parameter draws."""
    chains: tuple[float, ...] = ()
    """The figure on each chain and seed: all must hold where a row is set."""
    counts: bool = True
    sure: tuple[float, float] | None = None
    """Where only a sign was published: the interval of level `SURE`, the whole of which must lie inside."""
    why: str = ""
    """Why there is no value."""

    @property
    def holds(self) -> bool | None:
        """Whether the figure lies in its band, on every chain that is told; None where nothing bounds it."""
        if self.low is None and self.high is None:
            return None
        if self.value is None:  # what should have been seen and was not is a miss; what cannot be seen is none
            return False if self.counts else None
        told = [self.value, *self.chains, *(self.sure or ())]
        return all(
            (self.low is None or value >= self.low) and (self.high is None or value <= self.high) for value in told
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values, with whether it holds."""
        return {**asdict(self), "holds": self.holds}


def jackknife(central: Floats, figure: Figure) -> tuple[float, float, int]:
    """The figure at the means of [chains, replicates, columns], its standard error by leaving out one replicate of one
    chain at a time (luck within chains only), and degrees of freedom.

    The error of a stratified mean: each chain's replicates are left out in turn and compared with that chain's own
    mean of such figures (Shao and Tu 1995, section 2.3). NaN where a figure does not exist or no chain has two.
    """
    chains, replicates, columns = central.shape
    whole = figure(central.reshape(-1, columns).mean(axis=0))
    if replicates < 2:
        return whole, float("nan"), 0
    total, count = central.sum(axis=(0, 1)), chains * replicates
    variance = 0.0
    for chain in central:
        left = np.array([figure((total - one) / (count - 1)) for one in chain])
        # Scaled so that the figure "mean" gets exactly sqrt(sum of squares within / (count x freedom)).
        variance += float(((left - left.mean()) ** 2).sum())
    freedom = chains * (replicates - 1)
    error = np.sqrt(variance * (count - 1) ** 2 / (count * freedom))
    return whole, float(error), freedom


def measured(
    name: str,
    sums: Sums,
    figure: Figure,
    *,
    low: float | None = None,
    high: float | None = None,
    target: str = "",
    counts: bool = True,
    strict: bool = False,
    each_chain: bool = False,
    why: str = "nothing of the kind was seen",
) -> Statement:
    """A simulated figure with its intervals; ``each_chain`` also gives it for every chain by itself (set rows)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value, error, freedom = jackknife(sums.central, figure)
        chains = tuple(float(figure(chain.mean(axis=0))) for chain in sums.central)
        over = _over_draws(sums, figure, value, error) if sums.drawn is not None else None
    if not np.isfinite(value):
        return Statement(name, None, low, high, target, counts=counts, why=why)
    mc, sure = (
        (value - error * t, value + error * t) if np.isfinite(error) else None
        for t in (float(stdtrit(max(freedom, 1), 0.5 + level / 2)) for level in (LEVEL, SURE))
    )
    told = tuple(chains) if each_chain else ()
    return Statement(name, float(value), low, high, target, mc, over, told, counts, sure if strict else None)


def _over_draws(sums: Sums, figure: Figure, value: float, error: float) -> tuple[float, float] | None:
    """Interval over parameter draws with the luck of their single replicates taken out; None where some draw has no
    figure, or where luck is all that their spread shows."""
    assert sums.drawn is not None
    each = np.array([figure(draw.mean(axis=0)) for draw in sums.drawn])
    if len(each) < 2 or not np.isfinite(each).all() or not np.isfinite(value):
        return None
    luck = error**2 * sums.central.shape[1]
    if np.isfinite(luck):
        if 0 < each.var(ddof=1) <= luck:
            return None
        each = without_luck(each, value, luck)
    spread = around(draw_interval(each, LEVEL), value)
    return float(spread.low), float(spread.high)


def exact(name: str, value: float, **told: Any) -> Statement:
    """A figure without luck: a closed form."""
    return Statement(name, float(value), **told)


def missing(name: str, why: str, **told: Any) -> Statement:
    """A figure that the model cannot give."""
    return Statement(name, None, why=why, counts=False, **told)
