"""A prediction, honestly: the Qwen design on defaults that were frozen and committed before it was ever run.

`frozen.toml` beside this file holds the SHA-256 of the defaults. The check refuses to run on any others, so that no
number can be moved afterwards to meet what it printed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.in_memory import InMemory
from experiments.progress import Report
from experiments.reported import Reported, load_reported
from experiments.row_table import Columns
from experiments.scenario import Scenario, load_scenario
from experiments.world_names import DESIGN
from graphs.errors import InputError
from growth.flows import column
from growth.intervals import draw_interval

__all__ = ["frozen_defaults", "hour_counts", "prediction", "prediction_columns", "refuse_thawed"]

LEVEL = 0.9
_HOURS = {"orders_cumulative_3h": 3, "orders_cumulative_5h": 5, "orders_cumulative_9h": 9}
_SOURCE = "a prediction: defaults frozen before the design was first run"


def frozen_defaults() -> dict[str, str]:
    """SHA-256 by file of `experiments/defaults/`, as committed before the first run."""
    text = (resources.files("experiments") / "validation" / "frozen.toml").read_text(encoding="utf-8")
    frozen: dict[str, str] = tomllib.loads(text)["sha256"]
    return frozen


def refuse_thawed() -> None:
    """Raise InputError where a default has changed since the prediction was made."""
    for name, known in frozen_defaults().items():
        data = (resources.files("experiments") / "defaults" / name).read_bytes()
        if hashlib.sha256(data).hexdigest() != known:
            raise InputError(
                "has changed since the prediction was made, so this would be none",
                file=f"experiments/defaults/{name}", allowed=f"SHA-256 {known[:16]}...",
                cure="run the check on the commit that froze it",
            )  # fmt: skip


def prediction(users: int = 200_000, draws: int = 40, replicates: int = 8) -> list[dict[str, Any]]:
    """The Qwen design's first two days beside what was reported: DAU over the day before, and orders by the hour.

    ``draws`` sets of parameters of one replicate make the predictive interval (parameters and luck); the value is the
    mean of ``replicates`` at central values. Every row is *shown*: none counts for or against the program. Raises
    InputError where the defaults are not the frozen ones.
    """
    refuse_thawed()
    from experiments.platform import set_up
    from experiments.progress import Progress

    set_up()
    with resources.as_file(resources.files("experiments") / "campaigns" / "qwen_2026.toml") as path:
        scenario = load_scenario(path)
    days = [scenario.campaign.start + dt.timedelta(days=day) for day in range(2)]
    told = {(row.quantity, row.date): row for row in load_reported() if row.app == scenario.campaign_app.name}
    with Progress() as progress:
        found = _simulated(_first_days(scenario, users, draws), draws, replicates, progress.tell)
    base = told["dau", days[0] - dt.timedelta(days=1)].value
    rows = []
    for number, day in enumerate(days):
        row = told["dau", day]
        metric = f"DAU of {day.isoformat()} over the day before the launch"
        rows.append(_row(f"qwen_day{number + 1}", metric, row.value / base, row, *(side.dau[number] for side in found)))
    for at, (quantity, hours) in enumerate(_HOURS.items()):
        row = told[quantity, days[0]]
        metric = f"orders in the first {hours} hours, million"
        rows.append(_row(quantity, metric, row.value / 1e6, row, *(side.orders[at] / 1e6 for side in found)))
    return rows


def prediction_columns(_rows: list[dict[str, Any]]) -> Columns:
    """What the table shows of a row."""
    return {
        "metric": lambda row: row["metric"],
        "reported": lambda row: f"{row['reported']:.3g}",
        "predicted": lambda row: f"{row['value']:.3g}",
        "90 % of draws": lambda row: f"{row['low']:.3g} to {row['high']:.3g}",
        "inside": lambda row: "yes" if row["ok"] else "NO",
        "grade": lambda row: row["grade"],
    }


def _first_days(scenario: Scenario, users: int, draws: int) -> Scenario:
    """The design as written for its first two days, in rounds of an hour. Its hold has done its work: it kept anybody
    from looking before the defaults were frozen."""
    run = scenario.run.model_copy(update={"days": 2, "rounds_per_day": 24, "parameter_draws": draws, "hold": None})
    chain = scenario.chain.model_copy(update={"users": users})
    return scenario.model_copy(update={"run": run, "chain": chain, "variants": ()})


class _Side:
    """One side of the prediction: DAU over the day before [2][worlds], orders by then [hours][worlds]."""

    def __init__(self, data: Any, orders: NDArray[np.float64]) -> None:
        dau = data["dau"].isel(variant=0, app=0, chain=0).stack(sample=("draw", "replicate")).transpose("sample", "day")
        curve = dau.to_numpy()
        self.dau = [curve[:, -2 + number] / curve[:, -3] for number in range(2)]
        self.orders = list(orders)


def _simulated(scenario: Scenario, draws: int, replicates: int, tell: Any) -> tuple[_Side, _Side]:
    """Central worlds and drawn ones."""
    memory = InMemory(scenario)
    return _side(memory, range(replicates), None, tell), _side(memory, range(1), range(draws), tell)


def _side(memory: InMemory, luck: range, draws: range | None, tell: Any) -> _Side:
    scenario = memory.scenario
    counts = hour_counts(memory, "orders", scenario.run.warm_up_days)
    data = memory.dataset(luck, draws=draws, variants=[DESIGN], tell=lambda report: tell(Report("Qwen", *report[1:])))
    first = scenario.campaign.start_hour
    hours = [first + number - 1 for number in _HOURS.values()]  # the round that ends so many hours after the opening
    asked = [(draw, replicate) for draw in (draws or [-1]) for replicate in luck]
    orders = np.array([[counts[world][hour] for world in asked] for hour in hours], dtype=float)
    return _Side(data, orders * memory.people_per_user)


def hour_counts(memory: InMemory, flow: str, day: int) -> dict[tuple[int, int], list[int]]:
    """Fills, while ``memory`` simulates, with a flow of the campaign's app on a day of the run so far, after each
    round: {(draw, replicate): [rounds]}."""
    rounds, at = memory.scenario.run.rounds_per_day, column(flow)
    apps = [app.name for app in memory.scenario.apps]
    own = apps.index(memory.scenario.campaign_app.name)
    counts: dict[tuple[int, int], list[int]] = {}

    def watch(members: list[Any], step: int, state: Any) -> None:
        if step // rounds != day:
            return
        now = np.asarray(state.totals.flows)[own :: len(apps), at]
        for world, count in zip(members, now.tolist(), strict=True):
            # A block is filled up with copies of its last world, and begun again where its lists had to grow.
            hours = counts.setdefault((world.draw, world.replicate), [])
            del hours[step % rounds :]
            hours.append(int(count))

    memory.watch = watch
    return counts


def _row(name: str, metric: str, reported: float, source: Reported, central: Any, drawn: Any) -> dict[str, Any]:
    """The reported figure as the target of a row whose interval is the prediction."""
    interval = draw_interval(np.asarray(drawn), LEVEL)
    low, high = float(interval.low), float(interval.high)
    return {
        "id": name,
        "metric": metric,
        "reported": reported,
        "low": low,
        "high": high,
        "value": float(np.mean(central)),
        "ok": low <= reported <= high,
        "role": "shown",
        "grade": source.grade,
        "source": f"{source.source}; {_SOURCE}",
    }
