"""Reported users of each app of a joint calendar beside what the world with all campaigns shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from experiments.joint_kpis import widest
from experiments.joint_results import JointRun
from experiments.kpi import Kpi
from experiments.kpi_table import estimate
from experiments.number_format import amount, interval
from experiments.reported import Reported, load_reported
from experiments.world_view import World
from growth.intervals import Ratio, level_of

__all__ = ["REPORTED_COLUMNS", "reported_rows"]

_NAMES = {"dau": "DAU", "wau": "WAU", "mau": "MAU", "dau_peak": "highest DAU up to"}


def reported_rows(run: JointRun) -> list[dict[str, Any]]:
    """A row for each reported number of daily, weekly or monthly users since the calendar's start, app by app.

    ``ok``: the reported figure lies in the interval of parameters and Monte Carlo error; of *at least* so many, the
    interval reaches it; None where the run does not hold the day. What was reported of the days before sets the base.
    """
    rows = []
    for app in run.joint.apps:
        worlds = run.pair(app)
        for told in load_reported():
            day = told.window_end or told.date
            if told.app != app or told.quantity not in _NAMES or not run.joint.run.start <= day:
                continue
            label = f"{_NAMES[told.quantity]} {day:%-d %B}"
            found = estimate(worlds, Kpi(told.quantity, label, "people", "", _users(told, day)))
            row = {
                "app": app, "metric": label, "reported": told.value, "relation": told.relation, "unit": "people",
                "value": found.value, "mc_low": found.mc_low, "mc_high": found.mc_high, "param_low": found.low,
                "param_high": found.high, "grade": told.grade, "source": f"{told.measurer}: {told.source}",
            }  # fmt: skip
            rows.append({**row, "ok": _inside(told, *widest(row))})
    return rows


def _users(told: Reported, day: dt.date) -> Callable[[World, World], Ratio]:
    """The reported figure's counterpart in a world."""

    def peak(world: World) -> Any:
        first, last = world.day_index(told.window_start or world.start), world.day_index(day)
        return world.curve("dau")[:, first : last + 1].max(axis=-1) if 0 <= first <= last else world.on("dau", day)

    if told.quantity == "dau_peak":
        return lambda world, _: level_of(peak(world))
    return lambda world, _: level_of(world.on(told.quantity, day))


def _inside(told: Reported, low: float | None, high: float | None) -> bool | None:
    if low is None or high is None:
        return None
    if told.relation == ">":
        return high >= told.value
    return low <= told.value <= high if told.relation == "=" else low <= told.value


REPORTED_COLUMNS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "app": lambda row: row["app"],
    "metric": lambda row: row["metric"],
    "reported": lambda row: ("> " if row["relation"] == ">" else "") + amount(row["reported"], row["unit"]),
    "simulated": lambda row: amount(row["value"], row["unit"]),
    "Monte Carlo": lambda row: interval(row["mc_low"], row["mc_high"], row["unit"]),
    "parameters": lambda row: interval(row["param_low"], row["param_high"], row["unit"]),
    "inside": lambda row: {True: "yes", False: "NO", None: ""}[row["ok"]],
    "grade": lambda row: row["grade"],
}
"""What `growth compare` and the report show of a row; intervals are 90 %."""
