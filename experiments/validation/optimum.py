"""The optimiser against brute force: four levers of the small town under a budget, every point of a grid simulated."""

from __future__ import annotations

import itertools
import time
from typing import Any

from experiments.validation.rows import row

__all__ = ["BUDGET", "GRID", "brute_force", "optimum", "space"]

GRID: dict[str, tuple[float, float, float]] = {
    "reach.ads.people_per_day": (4_000, 20_000, 36_000),
    "reward.packet.mean_yuan": (0.2, 0.8, 1.4),
    "reward.draw.mean_yuan": (0.05, 0.2, 0.35),
    "task.share.slots": (1, 5, 9),
}
"""Levers and the points of the grid; the middle is the design as written, the ends are the levers' range."""
BUDGET = "spend<=400000"
_FRESH = range(1000, 1032)  # the replicates on which the optimiser judges its finalists


def space(tell: Any = lambda _: None) -> Any:
    """The small town with its four levers: most extra activations within the budget."""
    from experiments.design_space import Constraint, Lever, Objective
    from experiments.known_answers import known_answer
    from experiments.optimise import Space

    levers = [Lever.parse(f"{path}={low:g}:{high:g}") for path, (low, _, high) in GRID.items()]
    return Space(
        known_answer("small_town"), levers, Objective.parse("activation_lift"), [Constraint.parse(BUDGET)], tell
    )


def brute_force(told: Any) -> Any:
    """The best design of the grid that keeps the budget, on the optimiser's fresh replicates."""
    designs = [dict(zip(GRID, point, strict=True)) for point in itertools.product(*GRID.values())]
    return max((one for one in told.outcomes(designs, _FRESH) if one.feasible), key=lambda one: one.score)


def optimum() -> list[dict[str, Any]]:
    """`growth optimise` with four levers beside the best of a grid of 81 designs, both on the same fresh luck."""
    from experiments.optimise import optimise
    from experiments.platform import set_up
    from experiments.progress import Progress

    set_up()
    with Progress() as progress:
        start = time.monotonic()
        found = optimise(space(progress.tell))
        seconds = time.monotonic() - start
        best = brute_force(space(progress.tell))
    share = found.winner.score / best.score
    told: Any = {"role": "law", "grade": "D", "source": "experiments/known_answers/small_town.toml, made up"}
    budget = float(BUDGET.split("<=")[1])
    spend = float(found.winner.values["spend"])
    return [
        row("optimum", "extra activations of the winner over the best of the grid", share, low=0.95, **told),
        row("optimum_seconds", "seconds of the search, compilation with it", seconds, high=600, **told),
        row("optimum_budget", "yuan that the winner spends on fresh luck", spend, high=budget, **told),
        row("optimum_gain", "gain over the design as written, lower end of 95 %", float(found.gain.low), low=0, **told),
        row("brute_force", "extra activations of the best design of the grid", best.score, **told),
    ]
