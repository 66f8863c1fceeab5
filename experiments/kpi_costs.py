"""Cost KPIs: spend and its counterfactual, CAC and its cash-only form, CPR, iCAC, iCPR, burn.

S is spend of the whole run (every ledger line), S0 the same without the campaign. Attributed means an activation whose
cause is the campaign's: paid, broadcast, push, invited or seeded. Where a denominator's interval covers zero the KPI is
*not identified*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.kpi import Kpi
from experiments.world_view import World
from growth import kpis
from growth.intervals import Ratio, level_of

__all__ = ["ATTRIBUTED", "COSTS", "cohorts"]

ATTRIBUTED = ("paid", "broadcast", "push", "invited", "seeded")
ACTIONS = {"sign_ins": "sign-in", "ai_tasks": "AI task", "draws": "draw", "claims": "claim"}
"""Flows that count one task each."""
Array = NDArray[np.float64]


def cohorts(world: World, **labels: Any) -> Array:
    """[sample, cohort day, age] people active `age` days after activation; NaN where not observed."""
    aged = world.data["active_at_age"].sel(labels)
    extra = [dim for dim in aged.dims if dim not in ("sample", "day", "age")]
    counted = aged.sum(extra).transpose("sample", "day", "age")
    return kpis.cohort_table(counted.to_numpy(), world.curve("activations", **labels))


def _attributed_new(world: World) -> Array:
    return np.asarray(sum(world.during("activations", kind="new", cause=cause) for cause in ATTRIBUTED))


def _retained(world: World, age: int) -> Array:
    return kpis.retained_on(cohorts(world), age, world.campaign_days)


def _icac(world: World, none: World) -> Ratio:
    people, people_0 = world.during("activations"), none.during("activations")
    return kpis.incremental_cost_per(world.spend(), people, none.spend(), people_0)


def _icpr(age: int) -> Callable[[World, World], Ratio]:
    return lambda world, none: kpis.incremental_cost_per(
        world.spend(), _retained(world, age), none.spend(), _retained(none, age)
    )


def _per_action(flow: str, words: str) -> Kpi:
    """CPA of one task: all spend over how often it was done."""

    def of(world: World, none: World) -> Ratio:
        return kpis.cost_per(world.spend(), world.during(flow))

    what = f"{words}s of the campaign's days"
    if flow == "sign_ins":
        what = "sessions of people who take part, whether or not a sign-in task is on"
    formula = f"S over {what}; actions of one task share S with those of all others"
    return Kpi(f"cpa_{flow}", f"cost per {words} (CPA)", "yuan", formula, of, True)


COSTS: tuple[Kpi, ...] = (
    Kpi(
        "spend",
        "spend over doing nothing",
        "yuan",
        "S - S0: every line of the ledger, minus the same without the campaign",
        lambda world, none: level_of(world.spend() - none.spend()),
        True,
    ),
    Kpi(
        "cash",
        "cash paid in rewards",
        "yuan",
        "draws, packets and prizes paid out over the run",
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
        "icpr_7",
        "cost per extra user active on day 7 (iCPR_7)",
        "yuan",
        "(S - S0) / (R - R0), R activated in the campaign and active 7 days later",
        _icpr(7),
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
        "cac",
        "cost per attributed new user (CAC)",
        "yuan",
        "S over new users of cause paid, broadcast, push, invited or seeded, campaign days",
        lambda world, none: kpis.cost_per(world.spend(), _attributed_new(world)),
        True,
    ),
    Kpi(
        "cac_cash",
        "cash per attributed new user (cash-only CAC)",
        "yuan",
        "cash paid in rewards over the same new users: the form in which others publish it",
        lambda world, none: kpis.cost_per(world.cash(), _attributed_new(world)),
        True,
    ),
    Kpi(
        "blended_cac",
        "cost per new user (blended CAC)",
        "yuan",
        "S over all new users of the campaign's days, attributed or not",
        lambda world, none: kpis.cost_per(world.spend(), world.during("activations", kind="new")),
        True,
    ),
    Kpi(
        "cost_per_activated",
        "cost per activated user",
        "yuan",
        "S over all activations of the campaign's days, new and reactivated",
        lambda world, none: kpis.cost_per(world.spend(), world.during("activations")),
        True,
    ),
    Kpi(
        "cpi",
        "cost per install (blended CPI)",
        "yuan",
        "S over all installs of the campaign's days; installs are not counted by cause",
        lambda world, none: kpis.cost_per(world.spend(), world.during("installs")),
        True,
    ),
    Kpi(
        "cpr_30",
        "cost per user active on day 30 (CPR_30)",
        "yuan",
        "S over everyone activated in the campaign and active 30 days later",
        lambda world, none: kpis.cost_per(world.spend(), _retained(world, 30)),
        True,
    ),
    Kpi(
        "burn",
        "share of the pledged money paid (burn)",
        "share",
        "cash paid in rewards over pools and prizes pledged; the rest is unclaimed",
        lambda world, none: kpis.share_of(world.cash(), world.pledged()),
        True,
    ),
    *(_per_action(flow, words) for flow, words in ACTIONS.items()),
)
