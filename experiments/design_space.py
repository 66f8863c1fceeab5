"""What an optimiser moves and asks for: levers, objectives, constraints, and the outcome of one design."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from experiments.kpi import Kpi
from experiments.kpi_abuse import ABUSE
from experiments.kpi_list import KPIS
from experiments.quantity import Quantity
from graphs.errors import InputError
from growth.intervals import Ratio, ratio_of_means

__all__ = ["BASICS", "Constraint", "Lever", "Objective", "Outcome", "place_of"]

_BY_ID = {kpi.id: kpi for kpi in (*KPIS, *ABUSE)}
BASICS = (_BY_ID["spend"], _BY_ID["activation_lift"])
"""Always measured: the Pareto front and marginal costs need them."""


@dataclass(frozen=True)
class Lever:
    """A number of the design and how far it may be moved; ``whole`` for what is counted."""

    path: str
    low: float
    high: float
    whole: bool = False

    @classmethod
    def parse(cls, text: str) -> Lever:
        """``path=low:high``; whole numbers at both ends of a count make a whole lever. Raises InputError."""
        found = re.fullmatch(r"([\w.]+)=([^:]+):([^:]+)", text)
        try:
            assert found is not None
            low, high = float(found[2]), float(found[3])
        except (AssertionError, ValueError):
            raise InputError("not a lever", field="--lever", value=text, allowed="path=low:high") from None
        if not low < high:
            raise InputError("a lever needs room to move", field="--lever", value=text, allowed="low below high")
        counted = re.search(r"(slots|limit|draws|free_per_day|shares_per_day|create|join|per_day)$", found[1])
        return cls(found[1], low, high, bool(counted) and "people" not in found[1])

    @property
    def step(self) -> float:
        """A twentieth of the range; at least one of what is counted."""
        step = (self.high - self.low) / 20
        return max(1.0, round(step)) if self.whole else step

    def suggest(self, trial: Any) -> float:
        """A value from an Optuna trial."""
        if self.whole:
            return float(trial.suggest_int(self.path, int(self.low), int(self.high)))
        return float(trial.suggest_float(self.path, self.low, self.high))


@dataclass(frozen=True)
class Objective:
    """A KPI to make large, or small where less is better; ``tail`` below 1 is CVaR: the mean of the worst share of
    replicates."""

    kpi: Kpi
    tail: float = 1.0

    @classmethod
    def parse(cls, name: str, tail: float = 1.0) -> Objective:
        """A KPI by id. Raises InputError."""
        if name not in _BY_ID:
            raise InputError("unknown KPI", field="--objective", value=name, allowed=", ".join(_BY_ID))
        if not 0 < tail <= 1:
            raise InputError("out of range", field="--tail", value=tail, allowed="above 0 to 1")
        return cls(_BY_ID[name], tail)

    @property
    def sign(self) -> float:
        """+1 where more is better."""
        return -1.0 if self.kpi.less_is_better else 1.0

    def score(self, ratio: Ratio) -> float:
        """More is better; minus infinity where not identified."""
        value = float(ratio_of_means(ratio).value)
        if not np.isfinite(value):
            return -np.inf
        if self.tail < 1:
            each = self.sign * ratio.numerator / ratio.denominator
            return float(np.sort(each)[: max(1, int(np.ceil(self.tail * len(each))))].mean())
        return self.sign * value


@dataclass(frozen=True)
class Constraint:
    """A bound on a KPI, e.g. ``spend<=1e8``, ``engaged_money<=0.5`` (fairness), ``peak_cash<=2e7`` (cash flow)."""

    kpi: Kpi
    at_most: bool
    bound: float

    @classmethod
    def parse(cls, text: str) -> Constraint:
        """``kpi<=number`` or ``kpi>=number``. Raises InputError."""
        found = re.fullmatch(r"\s*(\w+)\s*(<=|>=)\s*(\S+)\s*", text)
        known = {**_BY_ID, PEAK_CASH.id: PEAK_CASH}
        try:
            assert found is not None
            bound = float(found[3])
        except (AssertionError, ValueError):
            raise InputError("not a constraint", field="--constraint", value=text, allowed="kpi<=number") from None
        if found[1] not in known:
            raise InputError("unknown KPI", field="--constraint", value=found[1], allowed=", ".join(known))
        return cls(known[found[1]], found[2] == "<=", bound)

    def __str__(self) -> str:
        return f"{self.kpi.id} {'<=' if self.at_most else '>='} {self.bound:g}"

    def excess(self, value: float) -> float:
        """How far beyond the bound, as a share of it; 0 when it holds, infinite when not identified."""
        if not np.isfinite(value):
            return float("inf")
        over = value - self.bound if self.at_most else self.bound - value
        return max(0.0, over / max(abs(self.bound), 1e-12))

    def binds(self, outcome: Outcome) -> bool:
        """Whether the bound is within 2 % of the value."""
        return abs(outcome.values[self.kpi.id] - self.bound) <= 0.02 * max(abs(self.bound), 1e-12)


PEAK_CASH = Kpi(
    "peak_cash",
    "cash paid on the dearest day",
    "yuan",
    "largest cash of one day in rewards and prizes",
    lambda world, none: Ratio(
        (world.curve("paid_yuan") + world.curve("prize_yuan")).max(axis=-1), np.ones(world.data.sizes["sample"])
    ),
    True,
)


@dataclass(frozen=True)
class Outcome:
    """One design on some replicates."""

    design: dict[str, float]
    values: dict[str, float]
    """KPIs as ratios of means."""
    ratio: Ratio
    """The objective, per replicate."""
    score: float
    """The objective, more is better."""
    excess: float
    """Sum of what the constraints are exceeded by, as shares of their bounds."""
    shortfall: str

    @classmethod
    def of(
        cls,
        design: dict[str, float],
        told: Mapping[str, Ratio],
        objective: Objective,
        constraints: Sequence[Constraint],
    ) -> Outcome:
        """From the KPIs of its replicates."""
        values = {name: float(ratio_of_means(ratio).value) for name, ratio in told.items()}
        over = [one.excess(values[one.kpi.id]) for one in constraints]
        words = ", ".join(f"{one.kpi.id} = {values[one.kpi.id]:.4g}" for one in constraints)
        ratio = told[objective.kpi.id]
        return cls(dict(design), values, ratio, objective.score(ratio), float(sum(over)), words)

    @property
    def feasible(self) -> bool:
        """Whether every constraint holds."""
        return self.excess == 0

    @property
    def penalised(self) -> float:
        """What the search climbs: the objective, or how little is missing where a constraint is broken."""
        return self.score if self.feasible and np.isfinite(self.score) else -1e15 * (1 + min(self.excess, 1e6))


def place_of(number: Quantity, value: float) -> float:
    """The place in [0, 1] at which `experiments.parameters.quantile` gives ``value``."""
    from experiments.parameters import quantile

    low, high = 0.0, 1.0
    if value <= quantile(number, 0.0):
        return 0.0
    if value >= quantile(number, 1.0):
        return 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if quantile(number, middle) < value else (low, middle)
    return high
