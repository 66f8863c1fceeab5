"""The best design for a budget: levers moved by Optuna on common luck, then the best re-simulated on fresh luck.

A design is a place in [0, 1] for every lever. Designs are simulated in batches, many in one block, all on the same
luck; the search looks at few replicates, the best quarter again at four times as many (successive halving), and the
last few on replicates nobody has seen. What the search believed and what fresh luck shows stand side by side: the
winner's curse. A winner that is not shown to beat the design as written is *no gain found*.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.common_luck import with_ranges
from experiments.design_space import Constraint, Lever, Objective, Outcome
from experiments.in_memory import InMemory
from experiments.parameters import Places, draw_places
from experiments.progress import Report
from experiments.scenario import Scenario
from graphs.errors import InputError
from growth.intervals import Interval, Ratio, difference_of_ratios

__all__ = ["Optimum", "Space", "optimise"]

Array = NDArray[np.float64]
BATCH = 32
"""Designs simulated together."""
FRESH = 1000
"""The first replicate of the fresh luck."""
_STRIDE = 13  # between the draws of neighbouring replicates, which lie in the order of the chains
SEARCH, FINAL, FINALISTS = 4, 32, 6
"""Replicates while searching and at the end; designs that reach the end."""


@dataclass(frozen=True)
class Optimum:
    """What a search found."""

    levers: tuple[Lever, ...]
    design: Outcome
    """The design as written, on fresh luck."""
    winner: Outcome
    """The best feasible design, on fresh luck."""
    believed: float
    """The winner's objective as the search saw it."""
    gain: Interval
    """Winner less design on fresh luck, more is better, with its 95 % Monte Carlo interval."""
    front: list[Outcome]
    """Feasible designs that no other beats in both spend and objective, by spend."""
    binding: list[str]
    marginal: dict[str, float]
    """Yuan per extra activation of moving each lever up by a twentieth of its range; NaN where nobody comes."""
    tried: int
    drawn: bool = False
    """Whether each replicate had a draw of a posterior, and not the central parameters."""

    @property
    def found(self) -> bool:
        """Whether a gain is shown."""
        return bool(self.gain.low > 0)


class Space:
    """A scenario with its levers, simulated in batches on common luck."""

    def __init__(
        self,
        scenario: Scenario,
        levers: Sequence[Lever],
        objective: Objective,
        constraints: Sequence[Constraint] = (),
        tell: Callable[[Report], None] = lambda _: None,
    ) -> None:
        numbers = scenario.numbers()
        ranges = {}
        for lever in levers:
            if lever.path not in numbers:
                with_ranges(scenario, {lever.path: (lever.low, lever.low, lever.high)})  # says what is near
            value = numbers[lever.path].value
            if not lever.low <= value <= lever.high:
                raise InputError(
                    "the design as written lies outside the lever's range, so there is nothing to compare with",
                    field=lever.path, value=value, allowed=f"{lever.low:g} to {lever.high:g}", cure="a wider range",
                )  # fmt: skip
            ranges[lever.path] = (lever.low, value, lever.high)
        self.written = {lever.path: numbers[lever.path].value for lever in levers}
        self.levers, self.objective, self.constraints, self.tell = tuple(levers), objective, tuple(constraints), tell
        self.memory = InMemory(with_ranges(scenario.model_copy(update={"variants": ()}), ranges))
        self.numbers = self.memory.scenario.numbers()
        self.drawn = _drawn(scenario)

    def outcomes(self, designs: Sequence[dict[str, float]], replicates: range) -> list[Outcome]:
        """Each design (values by path) on these replicates; where the scenario names a posterior, each replicate at a
        draw of its own, the same for all designs."""
        found: list[Outcome] = []
        for start in range(0, len(designs), BATCH):
            batch = designs[start : start + BATCH]
            if self.drawn:
                each = [self._told(batch, range(one, one + 1), self._draw_of(one)) for one in replicates]
                told = {
                    name: Ratio(
                        *(np.concatenate(parts, axis=1) for parts in zip(*(one[name] for one in each), strict=True))
                    )
                    for name in each[0]
                }
            else:
                told = self._told(batch, replicates, {})
            for at, design in enumerate(batch):
                mine = {name: Ratio(ratio.numerator[at], ratio.denominator[at]) for name, ratio in told.items()}
                found.append(Outcome.of(design, mine, self.objective, self.constraints))
        return found

    def _told(self, batch: Sequence[dict[str, float]], replicates: range, places: Places) -> dict[str, Ratio]:
        """KPIs of a batch, [designs, replicates], with all numbers that no lever moves at ``places``."""
        self.memory.draw([{**places, **self._places(design)} for design in batch])
        draws = range(len(batch))
        side = self.memory.sides(self.memory.dataset(replicates, draws=draws), draws)
        world, none = side["design"], side["no campaign"]
        shape = (len(batch), len(replicates))
        return {kpi.id: Ratio(*(part.reshape(shape) for part in kpi.of(world, none))) for kpi in self._kpis()}

    def _draw_of(self, replicate: int) -> Places:
        """The draw of a replicate: those of the search and those of the fresh luck are different ones, and each lot is
        spread over the whole posterior."""
        fresh = replicate >= FRESH
        lot = self.drawn[1::2] if fresh else self.drawn[::2]
        return lot[_STRIDE * (replicate - FRESH * fresh) % len(lot)]

    def _kpis(self) -> list[Any]:
        from experiments.design_space import BASICS

        every = [self.objective.kpi, *(one.kpi for one in self.constraints), *BASICS]
        return list({kpi.id: kpi for kpi in every}.values())

    def _places(self, design: dict[str, float]) -> dict[str, float]:
        """Values as places of the ranges."""
        from experiments.design_space import place_of

        return {path: place_of(self.numbers[path], value) for path, value in design.items()}


def _drawn(scenario: Scenario) -> list[Places]:
    """Draws of a posterior that the scenario names, as many for the search as for the fresh luck; else none. Raises
    InputError where it is of another scenario or holds too few."""
    if scenario.run.posterior is None:
        return []
    return draw_places(scenario, 2 * FINAL, scenario.run.rng_seed)


def optimise(space: Space, trials: int = 256, seed: int = 1) -> Optimum:
    """Search, halve, and re-simulate. Raises InputError when no design tried meets the constraints."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, n_startup_trials=min(64, trials // 4))
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.enqueue_trial(dict(space.written))
    tried: list[Outcome] = []
    while len(tried) < trials:
        space.tell(Report("searching", len(tried), trials, "designs"))
        asked = [study.ask() for _ in range(min(BATCH, trials - len(tried)))]
        designs = [{lever.path: lever.suggest(trial) for lever in space.levers} for trial in asked]
        for trial, outcome in zip(asked, space.outcomes(designs, range(SEARCH)), strict=True):
            study.tell(trial, outcome.penalised)
            tried.append(outcome)
    second = sorted(tried, key=lambda one: -one.penalised)[: max(FINALISTS, trials // 16)]
    again = space.outcomes([one.design for one in second], range(4 * SEARCH))
    feasible = [one for one in again if one.feasible]
    if not feasible:
        raise InputError(
            "no design meets the constraints", field="--constraint",
            value=", ".join(str(one) for one in space.constraints),
            allowed=f"nearest of {trials} designs: {min(tried, key=lambda one: one.excess).shortfall}",
            cure="a looser constraint, or wider levers",
        )  # fmt: skip
    finalists = sorted(feasible, key=lambda one: -one.score)[:FINALISTS]
    fresh = range(FRESH, FRESH + FINAL)
    last = space.outcomes([space.written, *(one.design for one in finalists)], fresh)
    design, rest = last[0], [one for one in last[1:] if one.feasible] or last[1:]
    winner = max(rest, key=lambda one: one.score)
    believed = next(one for one in finalists if one.design == winner.design).score
    gap = difference_of_ratios(winner.ratio, design.ratio, 0.95)
    gain = gap if space.objective.sign > 0 else Interval(-gap.value, -gap.high, -gap.low)
    front = _front([one for one in tried if one.feasible])
    binding = [str(one) for one in space.constraints if one.binds(winner)]
    marginal, drawn = _marginal(space, winner), bool(space.drawn)
    return Optimum(space.levers, design, winner, believed, gain, front, binding, marginal, len(tried), drawn)


def _front(feasible: list[Outcome]) -> list[Outcome]:
    """Designs that no other beats in both spend and objective."""
    front: list[Outcome] = []
    for one in sorted(feasible, key=lambda one: (one.values["spend"], -one.score)):
        if not front or one.score > front[-1].score:
            front.append(one)
    return front


def _marginal(space: Space, winner: Outcome) -> dict[str, float]:
    """mCAC of each lever around the winner: spend over activations, on common luck."""
    moved = []
    for lever in space.levers:
        step = lever.step
        up = winner.design[lever.path] + step <= lever.high
        moved.append({**winner.design, lever.path: winner.design[lever.path] + (step if up else -step)})
    here, *there = space.outcomes([winner.design, *moved], range(FRESH, FRESH + FINAL))
    found = {}
    for lever, one in zip(space.levers, there, strict=True):
        people = one.values["activation_lift"] - here.values["activation_lift"]
        spend = one.values["spend"] - here.values["spend"]
        found[lever.path] = spend / people if people else float("nan")
    return found
