"""What of a campaign the surrogate takes as fixed: which numbers are in force on which day, offers, delays, pools."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import numpy as np

from experiments.base_inflow import Inflow
from experiments.chain_shape import ChainShape
from experiments.laws import app_law, delay_table, hour_table
from experiments.lower_memory import WEIGHED
from experiments.lower_money import at_home, purses_of
from experiments.moments import Moment, moment_at
from experiments.offer import Lane, Offer, offer_of
from experiments.parameters import behaviour_of, values_at
from experiments.paths import address, matching
from experiments.scenario import Scenario
from graphs.errors import InputError
from growth.campaign import PURSES

__all__ = ["Plan", "contacts_of", "plan_of", "purse"]

_DAY_S = 86_400


class Plan(NamedTuple):
    """The static side of a surrogate of one app: T days from the first on which anything differs, M moments."""

    scenario: Scenario
    app: str
    shape: ChainShape
    first: dt.date  # day 0; before it the world stands
    moments: tuple[Moment, ...]  # the M that differ
    offers: tuple[Offer, ...]  # of each
    changed: tuple[str, ...]  # paths that interventions change
    morning: np.ndarray  # int[T] moment of the first round of each day
    weight: np.ndarray  # float[T, M] share of a day's sessions in each moment
    reaches: tuple[Any, ...]  # of this app
    reach_on: np.ndarray  # float[reaches, T]
    same_day: tuple[
        float, float, float
    ]  # share of answers on the day of the share: to openers, to the reached, to the invited
    in_time: float  # share of answers before a packet expires
    pools: np.ndarray  # int[PURSES] pool of each purse

    @property
    def days(self) -> int:
        """T."""
        return len(self.morning)

    def day(self, date: dt.date) -> int:
        """Number of a date, negative before day 0."""
        return (date - self.first).days


_UNKNOWN = ("interest", "feed", "notices", "sharing", "fatigue", "reciprocity", "content", "serving", "abuse", "risk")
"""Tables of a scenario that move people or money and are not in the renewal equation."""


def plan_of(scenario: Scenario, shape: ChainShape, last: dt.date | None = None, first: dt.date | None = None) -> Plan:
    """The plan of the campaign's own app, up to ``last`` (or the last day of the run). ``first`` begins earlier than
    anything differs: plans of several apps then share their days. Raises InputError where people differ in interest,
    class and workplace carry less on some day, or a pool changes by date."""
    _know(scenario)
    app = scenario.campaign_app.name
    reaches = tuple(item for item in scenario.reaches if item.app == app and item.enabled)
    changes = [item.at.date() for item in scenario.interventions if item.enabled]
    starts = [scenario.campaign.start, *(item.start for item in reaches), *changes]
    first = max(min([*starts, first] if first else starts), scenario.run.first_day)
    days = (min(last or scenario.run.last_day, scenario.run.last_day) - first).days + 1
    dates = [first + dt.timedelta(days=day) for day in range(days)]
    values = values_at(scenario, None)
    level = len({values[path] for path in values if path.startswith("calendar.weekday.")}) == 1
    moments: dict[Moment, int] = {}
    morning, weight = np.zeros(days, int), []
    for day, date in enumerate(dates):
        row: dict[int, float] = {}
        for number, (when, share) in enumerate(_rounds(scenario, date, values)):
            moment = _plain(moment_at(scenario, when), level)
            at = moments.setdefault(moment, len(moments))
            row[at] = row.get(at, 0.0) + share
            if number == 0:
                morning[day] = at
        weight.append(row)
    table = np.zeros((days, len(moments)))
    for day, row in enumerate(weight):
        table[day, list(row)] = list(row.values())
    behaviour = behaviour_of(values)
    # An offer does not depend on the standing world: the inflow of this lane is never read.
    lane = Lane(scenario, values, app, app_law(behaviour), Inflow(0.0, 0.0, 0.0, 0.0), shape.facts)
    changed = [path for item in scenario.interventions for path in matching(item.parameter, list(values))]
    return Plan(
        scenario,
        app,
        shape,
        first,
        tuple(moments),
        tuple(offer_of(lane, moment) for moment in moments),
        tuple(dict.fromkeys(changed)),
        morning,
        table,
        reaches,
        np.array([[item.start <= date <= item.end for date in dates] for item in reaches], float).reshape(-1, days),
        *_delays(scenario, behaviour),
        purses_of(scenario),
    )


def _know(scenario: Scenario) -> None:
    """Raise InputError for what the surrogate has not."""
    cure = "enabled = false in the scenario that is calibrated"
    for table in _UNKNOWN:
        found = getattr(scenario, table)
        if found is not None and found.enabled:
            what = f"a calibration does not know {table}"
            raise InputError(what, field=f"{table}.enabled", value=True, cure=f"[{table}] {cure}")
    for seeding in scenario.seedings:
        if seeding.enabled:
            field = f"seeding.{address(seeding)}.enabled"
            raise InputError("a calibration does not know seeding", field=field, value=True, cure=cure)
    if scenario.response.law in WEIGHED:
        raise InputError(
            "a calibration does not know this law",
            field="response.law",
            value=scenario.response.law,
            cure='law = "general"',
        )
    if at_home(scenario):
        what, work = "a calibration does not know days at home", "work = 1 in every [[calendar.day]] of that scenario"
        raise InputError(what, field="calendar.day.work", allowed="1", cure=work)
    pools = matching("pool.*.*", list(scenario.numbers()))
    for change in scenario.interventions:
        if change.enabled and matching(change.parameter, pools):
            what, field = (
                "a calibration does not know pools that change by date",
                f"intervention.{address(change)}.enabled",
            )
            raise InputError(what, field=field, value=True, cure=cure)


def _plain(moment: Moment, level: bool) -> Moment:
    """A moment without what the surrogate does not look at, so that fewer differ."""
    weekday = "monday" if level else moment.weekday
    return moment._replace(weekday=weekday, cash_open=True, cash_expires=False, reaches=(), coupon_day=0)


def _rounds(scenario: Scenario, date: dt.date, values: dict[str, float]) -> list[tuple[dt.datetime, float]]:
    """Beginning of each round of a day, and the share of the day's sessions in it."""
    rounds = scenario.run.rounds_per_day
    seconds = hour_table([values[f"behaviour.hours.h{hour:02d}"] for hour in range(24)])
    share = np.bincount(seconds * rounds // _DAY_S, minlength=rounds) / len(seconds)
    midnight = dt.datetime.combine(date, dt.time())
    return [(midnight + dt.timedelta(hours=24 / rounds * number), float(share[number])) for number in range(rounds)]


def _delays(scenario: Scenario, behaviour: dict[str, float]) -> tuple[tuple[float, float, float], float]:
    """Share of in-time answers that come on the day of the share, to people who opened at an hour of the profile, to
    those whom reach activated that day, and to those who came invited that day; and the share of answers in time.

    In rounds, as in the engine: whoever was activated in a round shares at the beginning of the next (in the last one:
    before midnight, to be answered tomorrow).
    """
    rounds = scenario.run.rounds_per_day
    length = _DAY_S // rounds
    hour = hour_table([behaviour[f"hours.h{number:02d}"] for number in range(24)])[::16].astype(float)
    delay = delay_table(behaviour["delay.mu_log_hours"], behaviour["delay.sigma_log_hours"])[::16].astype(float)
    ahead = delay[delay < min(round(behaviour["packet.expiry_hours"] * 3600), _DAY_S)]
    if not len(ahead):
        return (1.0, 1.0, 1.0), 0.0
    opened = _answered(hour, ahead, length)
    # Rounds in which people are activated: of reach, by the profile; of the invited, where today's answers fall.
    first = np.bincount((hour // length).astype(int), minlength=rounds) / len(hour)
    second = np.bincount(opened[opened < rounds], minlength=rounds) / max((opened < rounds).sum(), 1)
    shares = [float((opened < rounds).mean())]
    for activated in (first, second):
        begins = (np.arange(rounds) + 1) * length
        same = (_answered(begins, ahead, length) < rounds).mean(axis=1)
        shares.append(float((activated * same).sum()))
    return (shares[0], shares[1], shares[2]), len(ahead) / len(delay)


def _answered(second: np.ndarray, ahead: np.ndarray, length: int) -> np.ndarray:
    """Round in which packets shared at ``second`` are answered after delays ``ahead``, int[seconds, delays]."""
    return ((second[:, None] + ahead[None, :]) // length).astype(int)


def contacts_of(item: Any) -> str:
    """Path of a reach in the scenario's numbers."""
    return f"reach.{address(item)}"


def purse(name: str) -> int:
    """Number of a purse."""
    return PURSES.index(name)
