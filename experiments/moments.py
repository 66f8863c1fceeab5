"""What is in force at a round of the run: interventions, calendar, media, and whether the campaign is on."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from experiments.paths import address, matching
from experiments.scenario import Scenario
from experiments.when_read import WEEKDAYS, opening_of

__all__ = ["Moment", "moment_at", "totals_in_the_end", "values_in_force", "without_campaign"]


class Moment(NamedTuple):
    """All that distinguishes one round from another; equal moments are lowered once."""

    campaign: bool
    campaign_day: bool  # it is on at some hour of the day: its pools hold the day's money from the morning on
    weekday: str
    holidays: tuple[str, ...]  # addresses of the calendar days in force
    reaches: tuple[str, ...]  # addresses of the reaches in force
    interventions: tuple[str, ...]  # addresses, in order of their beginning
    coupon_day: int = 0  # days since the campaign began, where there are coupons to run out
    cash_open: bool = True  # wallets can be cashed out
    cash_expires: bool = False  # what was not cashed out is lost as the round begins
    seedings: tuple[str, ...] = ()  # addresses of the seedings of the day


def moment_at(scenario: Scenario, when: dt.datetime) -> Moment:
    """The moment of a round that begins at ``when`` (local time); an intervention holds in every round that begins
    at or after it, to the hour where the rounds are that fine."""
    day = when.date()
    coupons = any(task.kind == "order" and task.enabled for task in scenario.tasks)
    begun = [
        item
        for item in sorted(scenario.interventions, key=lambda item: item.at)
        if item.enabled and item.at <= when and (item.until is None or when < item.until)
    ]
    return Moment(
        campaign=opening_of(scenario.campaign) <= when and day <= scenario.campaign.end,
        campaign_day=scenario.campaign.start <= day <= scenario.campaign.end,
        weekday=WEEKDAYS[day.weekday()],
        holidays=tuple(address(item) for item in scenario.calendar.days if item.start <= day <= item.last_day),
        reaches=tuple(address(item) for item in scenario.reaches if item.enabled and item.start <= day <= item.end),
        interventions=tuple(address(item) for item in begun),
        coupon_day=(day - scenario.campaign.start).days if coupons else 0,
        seedings=tuple(address(item) for item in scenario.seedings if item.enabled and item.date == day),
        **_cash(scenario, when),
    )


def _cash(scenario: Scenario, when: dt.datetime) -> dict[str, bool]:
    """Whether wallets can be cashed out in a round, and whether they expire at its beginning."""
    wallet = scenario.wallet
    if wallet is None:
        return {}
    lost = wallet.expires is not None and when == dt.datetime.combine(wallet.expires + dt.timedelta(days=1), dt.time())
    return {"cash_open": any(one.start <= when.date() <= one.end for one in wallet.windows), "cash_expires": lost}


def values_in_force(scenario: Scenario, values: dict[str, float], moment: Moment) -> dict[str, float]:
    """The values of a draw, changed by the interventions in force, in order: the later wins."""
    changed = dict(values)
    for item in sorted(scenario.interventions, key=lambda item: item.at):
        name = address(item)
        if name not in moment.interventions:
            continue
        for path in matching(item.parameter, list(values)):
            if item.set is not None:
                changed[path] = values.get(f"intervention.{name}.set", item.set.value)
            elif item.multiply is not None:
                changed[path] *= values.get(f"intervention.{name}.multiply", item.multiply.value)
    return changed


def totals_in_the_end(scenario: Scenario, values: dict[str, float]) -> dict[str, float]:
    """Yuan of every pool by path (`pool.draws.total_yuan`) with all that was added to it by the end of the run."""
    end = dt.datetime.combine(scenario.run.last_day, dt.time.max)
    last = values_in_force(scenario, values, moment_at(scenario, end))
    return {path: yuan for path, yuan in last.items() if path.endswith(".total_yuan")}


def without_campaign(scenario: Scenario) -> Scenario:
    """The same world without the app's campaign: its tasks, rewards, prizes, reach, seeding, content, notices,
    fatigue and agencies off, and abuse and risk control with them.

    Base inflow, unpaid sharing, rivals, calendar and interventions stay as they are.
    """
    app = scenario.campaign_app.name
    off = {"enabled": False}
    return scenario.model_copy(
        update={
            "tasks": tuple(task.model_copy(update=off) for task in scenario.tasks),
            "rewards": tuple(reward.model_copy(update=off) for reward in scenario.rewards),
            "prizes": tuple(prize.model_copy(update=off) for prize in scenario.prizes),
            "seedings": tuple(seeding.model_copy(update=off) for seeding in scenario.seedings),
            "agencies": tuple(agency.model_copy(update=off) for agency in scenario.agencies),
            **dict.fromkeys(("content", "abuse", "risk", "notices", "fatigue")),
            "reaches": tuple(reach.model_copy(update=off) if reach.app == app else reach for reach in scenario.reaches),
        }
    )
