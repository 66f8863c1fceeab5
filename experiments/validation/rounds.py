"""How many rounds a day are enough: the same design, society and luck at other numbers of rounds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from experiments.in_memory import InMemory
from experiments.progress import Report
from experiments.row_table import Columns
from experiments.scenario import Scenario, load_scenario
from experiments.world_names import DESIGN
from experiments.world_view import World

__all__ = ["ROUNDS", "rounds", "rounds_columns"]

Floats = NDArray[np.float64]
ROUNDS = (1, 8, 24, 96)
"""Rounds a day that are compared; the last is what the others are held to."""
USERS, REPLICATES, WARM_UP, DAYS = 50_000, 16, 3, 17
_SOURCE = "the Yuanbao design at central values, {users:,} users, {replicates} replicates, the same luck throughout"


class _Figure(NamedTuple):
    name: str
    metric: str
    unit: float
    of: Callable[[World], tuple[Floats, Floats]]
    """Numerator and denominator, [samples]: the figure is the ratio of their means."""


def _total(name: str, **labels: Any) -> Callable[[World], tuple[Floats, Floats]]:
    def of(world: World) -> tuple[Floats, Floats]:
        total = world.during(name, **labels)
        return total, np.ones_like(total)

    return of


def _dau_over(day: int, other: int) -> Callable[[World], tuple[Floats, Floats]]:
    """DAU of a day of the campaign (1 its first, 0 the day before) over that of another."""

    def of(world: World) -> tuple[Floats, Floats]:
        above, below = (world.on("dau", world.start + dt.timedelta(days=number - 1)) for number in (day, other))
        return above, below

    return of


def _cash(world: World) -> tuple[Floats, Floats]:
    return world.cash(), np.ones(world.data.sizes["sample"])


FIGURES = (
    _Figure("day1", "DAU of day 1 over the day before", 1, _dau_over(1, 0)),
    _Figure("day7", "DAU of day 7 over day 1", 1, _dau_over(7, 1)),
    _Figure("new", "new users, million", 1e6, _total("activations", kind="new")),
    _Figure("invited", "invited activations, million", 1e6, _total("activations", cause="invited")),
    _Figure("claims", "claims, million", 1e6, _total("claims")),
    _Figure("cash", "cash paid, million yuan", 1e6, _cash),
)


def rounds(users: int = USERS, repeats: int = REPLICATES) -> list[dict[str, Any]]:
    """The Yuanbao design at 1, 8, 24 and 96 rounds a day on the same luck; nothing is tested.

    ``users`` of the society, ``repeats`` replicates. The figures of each number of rounds, then the change from 96, in
    percent with its standard error: replicates are paired, so that most luck falls out of it.
    """
    from experiments.platform import set_up
    from experiments.progress import Progress

    set_up()
    with Progress() as progress:
        found = {count: _run(_design(users, count), repeats, progress.tell) for count in ROUNDS}
    source = _SOURCE.format(users=users, replicates=repeats)
    return [_row(figure, {count: figure.of(world) for count, world in found.items()}, source) for figure in FIGURES]


def rounds_columns(_rows: list[dict[str, Any]]) -> Columns:
    """What the table shows of a row: the figure at the most rounds, and how the others differ from it."""

    def read(key: str, form: str) -> Callable[[dict[str, Any]], str]:
        return lambda row: f"{row[key]:{form}}"

    columns: dict[str, Callable[[dict[str, Any]], Any]] = {"metric": lambda row: row["metric"]}
    columns[f"at {ROUNDS[-1]}"] = read(f"at_{ROUNDS[-1]}", ".4g")
    for count in ROUNDS[:-1]:
        columns[f"{count} less {ROUNDS[-1]}, %"] = lambda row, count=count: (  # type: ignore[misc]
            f"{row[f'change_{count}']:+.2f} ± {row[f'error_{count}']:.2f}"
        )
    return columns


def _design(users: int, count: int) -> Scenario:
    """The Yuanbao file without its variants, to the end of its campaign, at a number of rounds."""
    with resources.as_file(resources.files("experiments") / "campaigns" / "yuanbao_2026.toml") as path:
        scenario = load_scenario(path)
    told = {"days": DAYS, "warm_up_days": WARM_UP, "rounds_per_day": count, "parameter_draws": 0}
    return scenario.model_copy(
        update={
            "run": scenario.run.model_copy(update=told),
            "chain": scenario.chain.model_copy(update={"users": users}),
            "variants": (),
        }
    )


def _run(scenario: Scenario, repeats: int, tell: Callable[[Report], None]) -> World:
    memory = InMemory(scenario)
    name = f"{scenario.run.rounds_per_day} rounds a day"
    data = memory.dataset(range(repeats), variants=[DESIGN], tell=lambda report: tell(Report(name, *report[1:])))
    world: World = memory.sides(data)[DESIGN]
    return world


def _row(figure: _Figure, told: dict[int, tuple[Floats, Floats]], source: str) -> dict[str, Any]:
    """Ratios of means, and how far the logarithm of each lies from that of the last, with its standard error by
    leaving out one replicate at a time."""
    last = told[ROUNDS[-1]]
    row: dict[str, Any] = {"id": figure.name, "metric": figure.metric}
    row |= {f"at_{count}": _ratio(*pair) / figure.unit for count, pair in told.items()}
    for count in ROUNDS[:-1]:
        value, error = _change(told[count], last)
        row |= {f"change_{count}": 100 * value, f"error_{count}": 100 * error}
    return row | {"ok": None, "role": "shown", "grade": "D", "source": source}


def _ratio(above: Floats, below: Floats) -> float:
    return float(above.mean() / below.mean())


def _change(one: tuple[Floats, Floats], two: tuple[Floats, Floats]) -> tuple[float, float]:
    """A ratio of means over another of the same replicates, less 1, and its jackknife standard error."""

    def value(keep: Any) -> float:
        return _ratio(one[0][keep], one[1][keep]) / _ratio(two[0][keep], two[1][keep]) - 1

    count = len(one[0])
    left = np.array([value(np.arange(count) != out) for out in range(count)])
    return value(slice(None)), float(np.sqrt((count - 1) / count * ((left - left.mean()) ** 2).sum()))
