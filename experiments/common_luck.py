"""How much common luck is worth: variance of a difference under independent luck over that under common luck.

Each lever of a design is moved by 5 % and the moved design is run beside the design on the same replicates. Under
common luck the difference is taken replicate by replicate; under independent luck the moved design of one replicate is
set against the design of another, and the variance of that difference is the sum of the two variances.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from pydantic import ValidationError

from experiments.kpi import Kpi
from experiments.paths import address, set_leaf
from experiments.progress import Report
from experiments.quantity import Quantity
from experiments.scenario import Scenario
from experiments.scenario_errors import first_problem
from experiments.tables import closest
from graphs.errors import InputError
from growth.intervals import Ratio, influence

__all__ = ["LEVERS", "levers_of", "luck_rows", "variance_ratio", "with_ranges"]

LEVERS = re.compile(
    r"task\.\w+\.(draws|free_per_day|draws_per_claim|slots|daily_limit|daily_draw_limit|draws_create|draws_join|\w*_yuan)"
    r"|reward\.\w+\.mean_yuan|pool\.\w+\.(total|daily)_yuan|reach\.\w+\.people_per_day|quotas\.\w+"
)
"""Numbers of a scenario that whoever designs the campaign can set."""
_WHOLE = re.compile(r"(slots|limit|draws|free_per_day|shares_per_day|draws_per_day|receives_per_day|create|join)$")


def levers_of(scenario: Scenario) -> list[str]:
    """Paths of the design's levers that are above zero: of its own reach, rewards, pools, tasks and quotas."""
    ours = {f"reach.{address(reach)}." for reach in scenario.reaches if reach.app == scenario.campaign_app.name}
    return [
        path
        for path, number in scenario.numbers().items()
        if LEVERS.fullmatch(path)
        and number.value > 0
        and (not path.startswith("reach.") or any(path.startswith(start) for start in ours))
    ]


def variance_ratio(moved: Ratio, design: Ratio) -> float:
    """Variance of moved - design under independent luck over that under common luck; infinite where the second is 0."""
    ours, theirs = influence(moved)[1], influence(design)[1]
    common = float((ours - theirs).var(ddof=1))
    alone = float(ours.var(ddof=1) + theirs.var(ddof=1))
    return alone / common if common > 0 else float("inf")


def luck_rows(
    scenario: Scenario,
    kpis: Sequence[Kpi],
    *,
    change: float = 0.05,
    replicates: int = 32,
    users: int | None = None,
    levers: Sequence[str] | None = None,
    tell: Callable[[Report], None] = lambda _: None,
) -> list[dict[str, Any]]:
    """One row a KPI and lever: its value, the difference that ``change`` makes, the error under common luck, and
    the variance ratio. Whole numbers move up by one where 5 % is less than one. The ratio is infinite where the moved
    design equals the design in every replicate.

    ``users`` shrinks the chain. Raises InputError for fewer than two replicates.
    """
    from experiments.in_memory import InMemory

    if replicates < 2:
        raise InputError("a variance needs two replicates", field="--replicates", value=replicates, allowed="2 or more")
    if users is not None:
        scenario = scenario.model_copy(update={"chain": scenario.chain.model_copy(update={"users": users})})
    scenario = scenario.model_copy(update={"variants": ()})
    numbers = scenario.numbers()
    paths = list(levers) if levers is not None else levers_of(scenario)
    moved = {path: _moved(numbers[path], path, change) for path in paths}
    memory = InMemory(
        with_ranges(scenario, {path: (numbers[path].value, numbers[path].value, moved[path]) for path in paths})
    )
    # Each lever is a draw of its own: at the upper end of a range that runs from its value to the moved one.
    middle = dict.fromkeys(moved, 0.0)
    memory.draw([middle, *({**middle, path: 1.0} for path in paths)])
    draws = range(len(paths) + 1)
    data = memory.dataset(range(replicates), draws=draws, variants=["no campaign", "design"], tell=tell)
    side = memory.sides(data, draws)
    rows = []
    for kpi in kpis:
        whole = kpi.of(side["design"], side["no campaign"])
        above, below = (np.asarray(part).reshape(len(draws), replicates) for part in whole)
        for at, path in enumerate(paths, start=1):
            row = {"kpi": kpi.id, "lever": path, "value": numbers[path].value, "moved": moved[path]}
            rows.append(row | _compared(Ratio(above[at], below[at]), Ratio(above[0], below[0])))
    return rows


def _compared(moved: Ratio, design: Ratio) -> dict[str, float]:
    """Difference, its error under common luck, and the variance ratio."""
    (ours, effect), (theirs, other) = influence(moved), influence(design)
    error = float((effect - other).std(ddof=1) / np.sqrt(len(effect)))
    return {"difference": float(ours - theirs), "error": error, "ratio": variance_ratio(moved, design)}


def _moved(number: Quantity, path: str, change: float) -> float:
    """5 % more; at least one more of what is counted in whole numbers."""
    whole = _WHOLE.search(path)
    return number.value + max(1.0, round(change * number.value)) if whole else number.value * (1 + change)


def with_ranges(scenario: Scenario, ranges: dict[str, tuple[float, float, float]]) -> Scenario:
    """The scenario with (low, value, high) at each path, checked again; every other number keeps its range.

    Raises InputError for a path that the scenario does not have, or a range that the number cannot take.
    """
    data, numbers = scenario.model_dump(mode="json", exclude_none=True), scenario.numbers()
    for path, (low, value, high) in ranges.items():
        if path not in numbers:
            raise InputError("no such number", field="lever", value=path, cure=closest(path, list(numbers)))
        set_leaf(data, path, {"value": value, "low": low, "high": high})
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        problem = first_problem(error, data)
        raise InputError(
            problem.what, field=problem.field, value=problem.value, allowed=problem.allowed, cure=problem.cure
        ) from None
