"""What each campaign of a joint calendar won, what it took from the others, and what its users cost alone and jointly.

Every figure is a difference of two worlds on the same luck: all campaigns, and all but one. In the second the one app
does nothing and the others do what they do, so that the difference holds what it won for itself and what it cost them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from experiments.joint_results import JointRun
from experiments.kpi import Kpi, Measure, lift
from experiments.kpi_list import KPIS
from experiments.kpi_table import Estimate, estimate, estimate_of
from experiments.number_format import amount, interval, signed
from experiments.world_names import ALL_CAMPAIGNS, NO_CAMPAIGN
from experiments.world_view import World, Worlds
from growth import kpis
from growth.intervals import Ratio, level_of

__all__ = [
    "COST_COLUMNS",
    "EFFECT_COLUMNS",
    "SHARE_COLUMNS",
    "USERS",
    "cost_rows",
    "effect_rows",
    "share_rows",
    "widest",
]


def _mean_dau(world: World, none: World) -> Ratio:
    days = world.campaign_days
    return level_of((world.curve("dau") - none.curve("dau"))[:, days].mean(axis=-1))


def _last_mau(world: World, none: World) -> Ratio:
    return level_of(world.on("mau", world.end) - none.on("mau", world.end))


def _cash_per_activation(world: World, none: World) -> Ratio:
    people = (one.during("activations") for one in (world, none))
    return kpis.incremental_cost_per(world.cash(), next(people), none.cash(), next(people))


def _listed(name: str) -> Kpi:
    return next(kpi for kpi in KPIS if kpi.id == name)


USERS: tuple[Kpi, ...] = (
    Kpi("new", "new users", "people", "first activations over the calendar's days", lift("activations", kind="new")),
    Kpi("activations", "activations", "people", "new and reactivated, calendar's days", lift("activations")),
    Kpi("dau", "daily users", "people", "mean DAU over the calendar's days", _mean_dau),
    Kpi("mau", "monthly users", "people", "MAU on the calendar's last day", _last_mau),
    Kpi("stay", "daily users, end", "people", _listed("stay_lift").formula, _listed("stay_lift").of),
)
"""Users of an app: each is the first world's less the second's."""
COSTS: tuple[Kpi, ...] = (
    Kpi(
        "cash", "cash in rewards", "yuan", "rewards and prizes paid over the run", lambda w, n: level_of(w.cash()), True
    ),
    Kpi("spend", "spend over doing nothing", "yuan", _listed("spend").formula, _listed("spend").of, True),
    Kpi(
        "cash_per_activation",
        "cash per extra activation",
        "yuan",
        "cash less cash without it, over activations less those without it",
        _cash_per_activation,
        True,
    ),
    Kpi("icac", "spend per extra activation", "yuan", _listed("icac").formula, _listed("icac").of, True),
)
SHARE = Measure(
    "from_rivals",
    "won from the others",
    "share",
    "activations that the other apps lose by a campaign, over those it wins for itself, calendar's days",
)


def _row(found: Estimate, **names: Any) -> dict[str, Any]:
    # Where luck is all that the spread over draws shows, nothing of it is left: that is no interval, and shows no sign.
    luck_alone = found.low is not None and found.low == found.high and found.mc_low != found.mc_high
    return {
        **names,
        "metric": found.label,
        "unit": found.unit,
        "value": found.value,
        "mc_low": found.mc_low,
        "mc_high": found.mc_high,
        "param_low": None if luck_alone else found.low,
        "param_high": None if luck_alone else found.high,
        "shown": found.sign != 0 and not luck_alone,
    }


def widest(row: dict[str, Any]) -> tuple[float | None, float | None]:
    """Headline and Monte Carlo interval of a row together: a small effect is mostly luck, and then the first alone,
    from which luck is taken out, says too much."""
    lows, highs = ([row[f"{kind}_{end}"] for kind in ("mc", "param")] for end in ("low", "high"))
    known = [[bound for bound in ends if bound is not None] for ends in (lows, highs)]
    return min(known[0], default=None), max(known[1], default=None)


def effect_rows(run: JointRun) -> list[dict[str, Any]]:
    """What each campaign does to the users of each app: a row for each campaign, app and measure of `USERS`.

    Where ``campaign`` and ``app`` are the same it is what the campaign won; elsewhere it is what it took (negative)
    from a rival. ``shown``: the headline and the Monte Carlo interval both lie on one side of zero.
    """
    rows = []
    for campaign in run.joint.apps:
        for app in run.joint.apps:
            worlds = run.pair(app, ALL_CAMPAIGNS, f"without {campaign}")
            rows += [_row(estimate(worlds, kpi), campaign=campaign, app=app, id=kpi.id) for kpi in USERS]
    return rows


def share_rows(run: JointRun) -> list[dict[str, Any]]:
    """For each campaign, what the other apps lost by it over what it won, in activations; without a value where nothing
    is clearly won."""
    rows = []
    for campaign in run.joint.apps:
        pairs = {app: run.pair(app, ALL_CAMPAIGNS, f"without {campaign}") for app in run.joint.apps}
        worlds = pairs[campaign]
        drawn = [_from_rivals(pairs, campaign, "drawn")] if worlds.draws else None
        found = estimate_of(SHARE, worlds, [_from_rivals(pairs, campaign, "central")], drawn)
        rows.append(_row(found, campaign=campaign))
    return rows


def _from_rivals(pairs: dict[str, Worlds], campaign: str, side: str) -> Ratio:
    of = lift("activations")
    won = {app: of(*getattr(worlds, side).values()).numerator for app, worlds in pairs.items()}
    lost = -np.sum([gap for app, gap in won.items() if app != campaign], axis=0)
    return Ratio(lost, won[campaign])


def cost_rows(run: JointRun) -> list[dict[str, Any]]:
    """Money of each app's campaign, beside the others' (``how`` jointly: against all campaigns but its own) and in a
    world where the others do not campaign (alone: against nobody campaigning)."""
    rows = []
    for at, app in enumerate(run.joint.apps):
        only = run.joint.world_of(tuple(other == at for other in range(len(run.joint.apps))))
        for how, worlds in (("jointly", run.pair(app)), ("alone", run.pair(app, only, NO_CAMPAIGN))):
            rows += [_row(estimate(worlds, kpi), app=app, how=how, id=kpi.id) for kpi in (USERS[1], *COSTS)]
    return rows


Columns = dict[str, Callable[[dict[str, Any]], Any]]
_LUCK: Columns = {
    "Monte Carlo": lambda row: interval(row["mc_low"], row["mc_high"], row["unit"]),
    "parameters": lambda row: interval(row["param_low"], row["param_high"], row["unit"]),
}
EFFECT_COLUMNS: Columns = {
    "campaign of": lambda row: row["campaign"],
    "users of": lambda row: row["app"],
    "metric": lambda row: row["metric"],
    "effect": lambda row: signed(row["value"], row["unit"]),
    "Monte Carlo": lambda row: interval(row["mc_low"], row["mc_high"], row["unit"], difference=True),
    "parameters": lambda row: interval(row["param_low"], row["param_high"], row["unit"], difference=True),
    "shown": lambda row: "yes" if row["shown"] else "",
}
SHARE_COLUMNS: Columns = {
    "campaign of": lambda row: row["campaign"],
    "won from the others": lambda row: amount(row["value"], row["unit"]),
    **_LUCK,
}
COST_COLUMNS: Columns = {
    "app": lambda row: row["app"],
    "campaigns": lambda row: row["how"],
    "metric": lambda row: row["metric"],
    "value": lambda row: amount(row["value"], row["unit"]),
    **_LUCK,
}
"""What `growth compare` shows of a row; intervals are 90 %."""
