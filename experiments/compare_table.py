"""Reported beside simulated: what was published about a campaign and what the model makes of it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np

from experiments.kpi_list import Kpi, day_one, engaged_money
from experiments.kpi_table import LEVEL, estimate
from experiments.number_format import amount, interval
from experiments.world_names import DESIGN
from experiments.world_view import IOS_SHARE, World, Worlds, campaign_app, worlds_of
from growth import kpis
from growth.intervals import Ratio, level_of

__all__ = ["COLUMNS", "MEASURES", "compare_rows", "shown_targets"]

COLUMNS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "metric": lambda row: row["metric"],
    "reported": lambda row: amount(row["reported"], row["unit"]),
    "simulated": lambda row: amount(row["value"], row["unit"]),
    "Monte Carlo": lambda row: interval(row["mc_low"], row["mc_high"], row["unit"]),
    "parameters": lambda row: interval(row["param_low"], row["param_high"], row["unit"]),
    "inside": lambda row: {True: "yes", False: "NO", None: ""}[row["ok"]],
    "grade": lambda row: row["grade"],
}
"""What `growth compare` shows of a row."""
COUNTED_DAYS = 16  # the published cumulative counts cover the first sixteen days


@lru_cache(maxsize=1)
def shown_targets() -> tuple[dict[str, str], ...]:
    """Rows of `experiments/reported/shown_targets.csv`."""
    text = (resources.files("experiments") / "reported" / "shown_targets.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(csv.DictReader(lines))


def _counted(world: World, name: str) -> np.ndarray:
    first = world.campaign_days.start
    return world.curve(name)[:, first : first + COUNTED_DAYS].sum(axis=-1)


def _day_seven(world: World, none: World) -> Ratio:
    return kpis.dau_multiple(world.on("dau", world.start + timedelta(days=6)), world.on("dau", world.start))


def _cash_per_net_new(world: World, none: World) -> Ratio:
    before = world.on("mau", world.start - timedelta(days=1))
    return kpis.cash_per_net_new_monthly_user(world.cash(), world.on("mau", world.end), before)


def _new_in_jump(world: World, none: World) -> Ratio:
    jump = world.on("dau", world.start) - world.on("dau", world.start - timedelta(days=1))
    return kpis.share_of(world.on("activations", world.start, kind="new"), jump)


def _ios_installs(world: World, none: World) -> Ratio:
    return level_of(world.numbers[IOS_SHARE] * world.on("activations", world.start, kind="new"))


MEASURES: dict[str, Callable[[World, World], Ratio]] = {
    "day1_dau_multiple": day_one,
    "day7_over_day1": _day_seven,
    "claims_per_claimer": lambda world, none: kpis.share_of(
        _counted(world, "claims"), _counted(world, "first_claimers")
    ),
    "draws_per_dau": lambda world, none: kpis.share_of(_counted(world, "draws"), _counted(world, "dau")),
    "cash_per_net_new_monthly_user": _cash_per_net_new,
    "new_share_of_day1_jump": _new_in_jump,
    "ios_installs_day1": _ios_installs,
    "engaged_money_share": engaged_money,
}
"""The functional of the run behind each id of the targets file."""


def _number(text: str) -> float | None:
    return float(text) if text else None


def compare_rows(run: Any, worlds: Worlds | None = None, variant: str = DESIGN) -> list[dict[str, Any]]:
    """One dict a row with the keys of `growth check` and the intervals beside them.

    id, metric, low, high, value, ok, role, grade, source; unit, reported, mc_low, mc_high, param_low,
    param_high, level. `ok` says whether the value lies inside low .. high (None where nothing was
    published or the value is not identified). The role is "shown": no row counts for or against the program.
    """
    worlds, app = worlds or worlds_of(run), campaign_app(run)
    rows = []
    for target in shown_targets():
        if target["app"] != app:
            continue
        kpi = Kpi(target["id"], target["metric"], target["unit"], target["metric"], MEASURES[target["id"]])
        found = estimate(worlds, kpi, variant)
        low, high = _number(target["low"]), _number(target["high"])
        known = found.value is not None and low is not None and high is not None
        rows.append(
            {
                "id": target["id"],
                "metric": target["metric"],
                "low": low,
                "high": high,
                "value": found.value,
                "ok": low <= found.value <= high if known else None,  # type: ignore[operator]
                "role": "shown",
                "grade": target["grade"],
                "source": target["source"],
                "unit": target["unit"],
                "reported": _number(target["reported"]),
                "mc_low": found.mc_low,
                "mc_high": found.mc_high,
                "param_low": found.low,
                "param_high": found.high,
                "level": LEVEL,
            }
        )
    return rows
