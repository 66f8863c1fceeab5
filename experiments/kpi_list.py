"""The KPIs a run is judged by: name, unit, formula in words, and how each comes from a pair of worlds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.kpi import Kpi, lift
from experiments.kpi_costs import COSTS, cohorts
from experiments.world_view import World
from growth import kpis
from growth.intervals import Ratio, level_of

__all__ = ["COMPARED", "KPIS", "STAY_DAYS", "Kpi", "cohorts", "day_one", "engaged_money"]

STAY_DAYS = 7
COMPARED = ("stay_lift", "spend", "icpr_30")
"""The KPIs by which variants are compared."""
Array = NDArray[np.float64]


def _mau_lift(world: World, none: World) -> Ratio:
    return level_of(world.on("mau", world.end) - none.on("mau", world.end))


def _last_days(world: World) -> Array:
    return world.curve("dau")[:, -STAY_DAYS:].mean(axis=-1)


def _stay(world: World, none: World) -> Ratio:
    return level_of(_last_days(world) - _last_days(none))


def _retention(age: int) -> Callable[[World, World], Ratio]:
    return lambda world, none: kpis.retention_on(cohorts(world), age, world.campaign_days)


def _k(**labels: Any) -> Callable[[World, World], Ratio]:
    return lambda world, none: kpis.share_of(
        world.during("activations", cause="invited", **labels), world.during("activations")
    )


def _quick_ratio(world: World, none: World) -> Ratio:
    days = slice(max(world.campaign_days.start - 1, 0), world.campaign_days.stop)
    active, new, back = (world.curve(name)[:, days] for name in ("dau", "new_active", "resurrected_active"))
    return kpis.quick_ratio(active, new, back)


def day_one(world: World, none: World) -> Ratio:
    """DAU on the campaign's first day over the day before; NaN in a run without that day."""
    before = world.start - timedelta(days=1)
    return kpis.dau_multiple(world.on("dau", world.start), world.on("dau", before))


def engaged_money(world: World, none: World) -> Ratio:
    """Yuan of rewards paid to people who were engaged anyway over all; who wins a prize is not simulated."""
    paid = world.curve("paid_yuan").sum(axis=-1)
    return kpis.share_of(world.curve("paid_yuan", recipient="engaged").sum(axis=-1), paid)


KPIS: tuple[Kpi, ...] = (
    Kpi(
        "mau_lift",
        "extra monthly users at the campaign's end",
        "people",
        "MAU on the last campaign day, minus the same without the campaign",
        _mau_lift,
    ),
    Kpi(
        "stay_lift",
        "extra daily users at the run's end",
        "people",
        f"mean DAU over the run's last {STAY_DAYS} days, minus the same without the campaign",
        _stay,
    ),
    Kpi(
        "activation_lift",
        "extra activations",
        "people",
        "new and reactivated over the campaign's days, minus the same without the campaign",
        lift("activations"),
    ),
    Kpi(
        "new_lift",
        "extra new users",
        "people",
        "activations of kind new over the campaign's days, minus the same without the campaign",
        lift("activations", kind="new"),
    ),
    Kpi(
        "day_one",
        "DAU multiple on the first day",
        "times",
        "DAU on the first campaign day over DAU on the day before",
        day_one,
    ),
    *COSTS,
    Kpi(
        "engaged_money",
        "money to people engaged anyway",
        "share",
        "yuan paid to already engaged people over yuan paid",
        engaged_money,
        True,
    ),
    Kpi(
        "retention_1",
        "retention on day 1",
        "share",
        "retention_on(1) of everyone activated in the campaign",
        _retention(1),
    ),
    Kpi(
        "retention_7",
        "retention on day 7",
        "share",
        "retention_on(7) of everyone activated in the campaign",
        _retention(7),
    ),
    Kpi(
        "retention_30",
        "retention on day 30",
        "share",
        "retention_on(30) of everyone activated in the campaign",
        _retention(30),
    ),
    Kpi(
        "invited_share",
        "invited share of activations",
        "share",
        "activations of cause invited over all activations, campaign days",
        _k(),
    ),
    Kpi(
        "stickiness",
        "stickiness at the run's end",
        "share",
        "mean DAU over the run's last 30 days over MAU on its last day",
        lambda world, none: kpis.stickiness(world.curve("dau"), world.curve("mau")),
    ),
    Kpi(
        "quick_ratio",
        "quick ratio",
        "times",
        "(new + resurrected) / churned active users, from the campaign's first day to its last",
        _quick_ratio,
    ),
)
