"""What must agree between the tables of a scenario: names, apps, dates, pools and limits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from experiments.intervention_checks import check_interventions
from experiments.paths import address, slug
from experiments.quantity import Quantity, plain
from experiments.scenario_file import ScenarioFile
from experiments.tables import Place, closest, refuse
from experiments.when_read import round_starts

__all__ = ["check_scenario"]

_KARATE_CLUB = 34
RESERVED = ("no_campaign", "design")
"""Variants that every comparison has by itself."""


def check_scenario(scenario: ScenarioFile) -> None:
    """Raise the first disagreement as pydantic's error, with its place: names, dates, money, then paths."""
    _check_names(scenario)
    _check_textbook(scenario)
    _check_apps(scenario)
    _check_dates(scenario)
    _check_pools(scenario)
    _check_limits(scenario)
    check_interventions(scenario)


def _check_names(scenario: ScenarioFile) -> None:
    kinds: set[str] = set()
    for index, task in enumerate(scenario.tasks):
        if task.kind in kinds:
            raise refuse("this kind of task is there twice", loc=("task", index, "kind"), value=task.kind)
        kinds.add(task.kind)
    lists: dict[str, Iterable[Any]] = {
        "app": scenario.apps,
        "reach": scenario.reaches,
        "task": scenario.tasks,
        "reward": scenario.rewards,
        "pool": scenario.pools,
        "prize": scenario.prizes,
        "seeding": scenario.seedings,
        "agency": scenario.agencies,
        "intervention": scenario.interventions,
        "variant": scenario.variants,
    }
    for section, items in lists.items():
        _distinct(items, (section,))
    _distinct(scenario.calendar.days, ("calendar", "day"))
    for index, variant in enumerate(scenario.variants):
        if slug(variant.name) in RESERVED:
            cure = "choose another name; this variant exists in every comparison"
            raise refuse("is a reserved name", loc=("variant", index, "name"), value=variant.name, cure=cure)


def _check_textbook(scenario: ScenarioFile) -> None:
    chain = scenario.chain
    if chain.kind != "textbook":
        return
    if chain.graph == "erdos_renyi" and chain.mean_degree is None:
        raise refuse("needs a mean degree", loc=("chain", "graph"), value=chain.graph, cure="say chain.mean_degree")
    if chain.mean_degree is not None and chain.graph not in ("erdos_renyi", "barabasi_albert"):
        cure = "leave it out: this graph has the ties it has"
        raise refuse("is of the random graphs only", loc=("chain", "mean_degree"), value=chain.mean_degree, cure=cure)
    if chain.graph == "karate_club" and chain.users != _KARATE_CLUB:
        what = f"the karate club has {_KARATE_CLUB} users"
        raise refuse(what, loc=("chain", "users"), value=chain.users, cure=f"users = {_KARATE_CLUB}")


def _distinct(items: Iterable[Any], section: Place) -> None:
    seen: set[str] = set()
    for index, item in enumerate(items):
        name = address(item)
        loc: Place = (*section, index, "name")
        if not name:
            raise refuse("holds no letter or digit", loc=loc, value=item.name)
        if name in seen:
            raise refuse("is there twice", loc=loc, value=item.name, cure="names differ in letters or digits")
        seen.add(name)


def _check_apps(scenario: ScenarioFile) -> None:
    carriers = [index for index, app in enumerate(scenario.apps) if app.campaign]
    if len(carriers) != 1:
        loc: Place = ("app", carriers[1], "campaign") if carriers else ("app",)
        raise refuse(
            "exactly one app runs the campaign",
            loc=loc,
            value=f"{len(carriers)} apps",
            cure="campaign = true in one [[app]]",
        )
    names = [app.name for app in scenario.apps]
    for index, reach in enumerate(scenario.reaches):
        if reach.app not in names:
            raise refuse(
                "no such app",
                loc=("reach", index, "app"),
                value=reach.app,
                allowed=", ".join(names),
                cure=closest(reach.app, names),
            )
    population = scenario.chain.population
    if population is None:
        return
    for index, app in enumerate(scenario.apps):
        known = app.base.dau.value + app.base.dormant.value + app.base.uninstalled.value
        if known > population:
            allowed = f"dau + dormant + uninstalled at most {population} (people of the chain)"
            raise refuse(
                "more people than the chain stands for",
                loc=("app", index, "base"),
                value=plain(known),
                allowed=allowed,
            )
    counts: list[tuple[Place, Quantity]] = [
        (("reach", index, "people_per_day"), reach.people_per_day) for index, reach in enumerate(scenario.reaches)
    ]
    counts += [(("seeding", index, "people"), item.people) for index, item in enumerate(scenario.seedings)]
    for loc, people in counts:
        if people.value > population:
            raise refuse(
                "more people than the chain stands for",
                loc=loc,
                value=plain(people.value),
                allowed=f"at most {population} (people of the chain)",
            )


def _check_dates(scenario: ScenarioFile) -> None:
    run, campaign = scenario.run, scenario.campaign
    _ordered(campaign.start, campaign.end, ("campaign", "end"))
    _opens(scenario)
    for key in ("start", "end"):
        _within(getattr(campaign, key), run.start, run.last_day, ("campaign", key))
    for index, reach in enumerate(scenario.reaches):
        _ordered(reach.start, reach.end, ("reach", index, "end"))
        for key in ("start", "end"):
            _within(getattr(reach, key), run.first_day, run.last_day, ("reach", index, key))
    for index, prize in enumerate(scenario.prizes):
        _within(prize.date, campaign.start, campaign.end, ("prize", index, "date"), "campaign")
        _ordered(prize.date, prize.last_day, ("prize", index, "until"))
        _within(prize.last_day, campaign.start, campaign.end, ("prize", index, "until"), "campaign")
    chosen: set[tuple[dt.date, str]] = set()
    for index, seeding in enumerate(scenario.seedings):
        _within(seeding.date, campaign.start, campaign.end, ("seeding", index, "date"), "campaign")
        if (seeding.date, seeding.by) in chosen:
            cure = "one [[seeding]] with both numbers of people, or another date"
            what, loc = "chooses by the same rule on the same date twice", ("seeding", index, "by")
            raise refuse(what, loc=loc, value=seeding.by, cure=cure)
        chosen.add((seeding.date, seeding.by))
    for index, day in enumerate(scenario.calendar.days):
        _ordered(day.start, day.last_day, ("calendar", "day", index, "end"))
        if day.last_day < run.first_day or day.start > run.last_day:
            _within(day.start, run.first_day, run.last_day, ("calendar", "day", index, "start"))
    for index, change in enumerate(scenario.interventions):
        _within(change.at.date(), run.first_day, run.last_day, ("intervention", index, "at"))


def _opens(scenario: ScenarioFile) -> None:
    """Some round of the campaign's days must begin at or after its opening."""
    latest = round_starts(scenario.run)[-1].hour
    campaign = scenario.campaign
    if campaign.end == campaign.start and campaign.start_hour > latest:
        what = "the campaign is never on: it opens after the last round of its only day begins"
        allowed = f"at most {latest} (hour), or a later campaign.end"
        raise refuse(what, loc=("campaign", "start_hour"), value=campaign.start_hour, allowed=allowed)


def _ordered(start: dt.date, end: dt.date, loc: Place) -> None:
    if end < start:
        raise refuse("ends before it starts", loc=loc, value=end.isoformat(), allowed=f"{start.isoformat()} or later")


def _within(day: dt.date, first: dt.date, last: dt.date, loc: Place, of: str = "run") -> None:
    if not first <= day <= last:
        allowed = f"{first.isoformat()} to {last.isoformat()}"
        raise refuse(f"lies outside the {of}", loc=loc, value=day.isoformat(), allowed=allowed)


def _check_pools(scenario: ScenarioFile) -> None:
    names = [pool.name for pool in scenario.pools]
    for index, pool in enumerate(scenario.pools):
        if pool.daily_yuan is not None and pool.daily_yuan.value > pool.total_yuan.value:
            allowed = f"at most the pool's total, {plain(pool.total_yuan.value)} yuan"
            loc = ("pool", index, "daily_yuan")
            raise refuse(
                "a day cannot pay more than the pool holds",
                loc=loc,
                value=plain(pool.daily_yuan.value),
                allowed=allowed,
            )
    payers: list[tuple[Place, str | None]] = [
        (("reward", index, "pool"), reward.pool) for index, reward in enumerate(scenario.rewards)
    ]
    payers += [(("task", index, "pool"), getattr(task, "pool", None)) for index, task in enumerate(scenario.tasks)]
    for place, name in payers:
        if name is not None and name not in names:
            allowed = ", ".join(names) or "this scenario has no [[pool]]"
            raise refuse("no such pool", loc=place, value=name, allowed=allowed, cure=closest(name, names))


def _check_limits(scenario: ScenarioFile) -> None:
    quotas = scenario.quotas
    for index, task in enumerate(scenario.tasks):
        if task.kind == "share":
            _at_most(
                task.daily_limit,
                quotas.shares_per_day,
                "quotas.shares_per_day",
                ("task", index, "daily_limit"),
            )
        orders = any(other.kind == "order" and other.enabled for other in scenario.tasks)
        if task.kind == "invite" and task.enabled and task.paid_in == "coupons" and not orders:
            cure = 'a [[task]] of kind "order", or paid_in = "cash"'
            raise refuse("coupons need an order task", loc=("task", index, "paid_in"), value="coupons", cure=cure)
        if task.kind == "draw":
            _at_most(task.free_per_day, task.daily_limit, "daily_limit", ("task", index, "free_per_day"))
            _at_most(task.daily_limit, quotas.draws_per_day, "quotas.draws_per_day", ("task", index, "daily_limit"))


def _at_most(number: Quantity, bound: Quantity | None, name: str, loc: Place) -> None:
    if bound is not None and number.value > bound.value:
        raise refuse(f"is above {name}", loc=loc, value=plain(number.value), allowed=f"at most {plain(bound.value)}")
