"""The KPIs a run is judged by: name, unit, formula in words, and how each comes from a pair of worlds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.world_view import World
from growth import kpis
from growth.intervals import Ratio, level_of

__all__ = ["COMPARED", "KPIS", "STAY_DAYS", "Kpi", "cohorts", "day_one", "engaged_money"]

STAY_DAYS = 7
COMPARED = ("stay_lift", "spend", "icpr_30")
"""The KPIs by which variants are compared."""
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Kpi:
    """A KPI: its formula in words, and `of(world, no-campaign world on the same luck)` over samples."""

    id: str
    label: str
    unit: str
    formula: str
    of: Callable[[World, World], Ratio]
    less_is_better: bool = False


def _lift(name: str, **labels: Any) -> Callable[[World, World], Ratio]:
    return lambda world, none: level_of(world.during(name, **labels) - none.during(name, **labels))


def _mau_lift(world: World, none: World) -> Ratio:
    return level_of(world.on("mau", world.end) - none.on("mau", world.end))


def _last_days(world: World) -> Array:
    return world.curve("dau")[:, -STAY_DAYS:].mean(axis=-1)


def _stay(world: World, none: World) -> Ratio:
    return level_of(_last_days(world) - _last_days(none))


def cohorts(world: World, **labels: Any) -> Array:
    """[sample, cohort day, age] people active `age` days after activation; NaN where not observed."""
    aged = world.data["active_at_age"].sel(labels)
    extra = [dim for dim in aged.dims if dim not in ("sample", "day", "age")]
    counted = aged.sum(extra).transpose("sample", "day", "age")
    return kpis.cohort_table(counted.to_numpy(), world.curve("activations", **labels))


def _retention(age: int) -> Callable[[World, World], Ratio]:
    return lambda world, none: kpis.retention_on(cohorts(world), age, world.campaign_days)


def _retained(world: World, age: int) -> Array:
    return kpis.retained_on(cohorts(world), age, world.campaign_days)


def _icac(world: World, none: World) -> Ratio:
    people, people_0 = world.during("activations"), none.during("activations")
    return kpis.incremental_cost_per(world.spend(), people, none.spend(), people_0)


def _icpr(age: int) -> Callable[[World, World], Ratio]:
    return lambda world, none: kpis.incremental_cost_per(
        world.spend(), _retained(world, age), none.spend(), _retained(none, age)
    )


def _k(**labels: Any) -> Callable[[World, World], Ratio]:
    return lambda world, none: kpis.share_of(
        world.during("activations", cause="invited", **labels), world.during("activations")
    )


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
        _lift("activations"),
    ),
    Kpi(
        "new_lift",
        "extra new users",
        "people",
        "activations of kind new over the campaign's days, minus the same without the campaign",
        _lift("activations", kind="new"),
    ),
    Kpi(
        "day_one",
        "DAU multiple on the first day",
        "times",
        "DAU on the first campaign day over DAU on the day before",
        day_one,
    ),
    Kpi(
        "spend",
        "spend over doing nothing",
        "yuan",
        "rewards paid + media + fixed ledger lines, minus the same without the campaign",
        lambda world, none: level_of(world.spend() - none.spend()),
        True,
    ),
    Kpi(
        "cash",
        "cash paid in rewards",
        "yuan",
        "draws and packets paid out over the run",
        lambda world, none: level_of(world.cash()),
        True,
    ),
    Kpi(
        "icac",
        "cost per extra activation (iCAC)",
        "yuan",
        "(S - S0) / (U - U0), U new and reactivated over the campaign's days",
        _icac,
        True,
    ),
    Kpi(
        "icpr_30",
        "cost per extra user active on day 30 (iCPR_30)",
        "yuan",
        "(S - S0) / (R - R0), R activated in the campaign and active 30 days later",
        _icpr(30),
        True,
    ),
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
)
