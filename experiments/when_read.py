"""When a run reads each number that may change by date: a change that holds at none of those moments does nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Literal, NamedTuple

from experiments.paths import address, matching
from experiments.scenario_campaign import Campaign
from experiments.scenario_file import ScenarioFile
from experiments.scenario_world import Run

__all__ = ["IN_CAMPAIGN", "WEEKDAYS", "WHEN_READ", "Reading", "opening_of", "reading_of", "round_starts"]

Round = Literal["first", "last", "every"]

WHEN_READ: dict[Round, tuple[str, ...]] = {
    "first": (
        "behaviour.open.money_lift",
        "behaviour.rival.attention_loss",
        "calendar.day.*.opening",
        "calendar.weekday.*",
        "pool.*.daily_yuan",
        "reach.*.cost_per_contact_yuan",
        "reach.*.cost_per_install_yuan",
        "reach.*.people_per_day",
        "reach.*.response_dormant",
        "reach.*.response_new",
    ),
    "last": ("behaviour.chart.window_days", "behaviour.churn.*"),
}
"""Numbers that are read once a day, by the round in which they are: reach, opening and what a pool may pay a day in the
first, which begins at midnight; leaving and the charts in the last. All others are read as every round begins.
(`growth.campaign` says the same of the engine's fields, and tests hold both to the engine.)"""

IN_CAMPAIGN = ("abuse.*", "content.*", "pool.*.*", "quotas.*", "reward.*.*", "risk.*", "task.*.*")
"""Numbers that are read only while the campaign is on."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_WORDS: dict[Round, str] = {
    "first": "is read at midnight only",
    "last": "is read in the last round of a day only",
    "every": "is read at the beginning of each round only",
}


class Reading(NamedTuple):
    """When one number is read: in which rounds of which days."""

    run: Run
    round: Round
    first: dt.date
    last: dt.date
    of: str = ""
    """What those days are, where they are not those of the run."""
    opening: dt.datetime = dt.datetime.min
    """Rounds that begin earlier do not read it."""
    weekday: int | None = None

    @property
    def words(self) -> str:
        """The rule as a clause."""
        return _WORDS[self.round] + self.of

    @property
    def allowed(self) -> str:
        """The hours of the day, and the days."""
        starts = round_starts(self.run)
        one = starts[0 if self.round == "first" else -1]
        hours = f"{one:%H:%M}" if self.round != "every" else f"the beginning of a round (every {24 / len(starts):g} h)"
        return f"a span that holds {hours} from {self.first.isoformat()} to {self.last.isoformat()}"

    def moments(self, since: dt.datetime) -> Iterator[dt.datetime]:
        """Beginnings of the rounds at or after ``since`` in which it is read, in order."""
        starts = round_starts(self.run)
        chosen = {"first": starts[:1], "last": starts[-1:], "every": starts}[self.round]
        day = max(self.first, since.date())
        while day <= self.last:
            for start in chosen if self.weekday in (None, day.weekday()) else ():
                when = dt.datetime.combine(day, start)
                if when >= max(since, self.opening):
                    yield when
            day += dt.timedelta(days=1)


def reading_of(path: str, scenario: ScenarioFile, run: Run) -> Reading:
    """When the number at ``path`` of a scenario is read in ``run``."""
    found = (name for name, patterns in WHEN_READ.items() if any(matching(one, [path]) for one in patterns))
    reading = Reading(run, next(found, "every"), run.first_day, run.last_day)
    section, *rest = path.split(".")
    if section == "reach":
        item = next(one for one in scenario.reaches if address(one) == rest[0])
        return reading._replace(first=item.start, last=item.end, of=" on the days of the reach")
    if section == "calendar" and rest[0] == "day":
        day = next(one for one in scenario.calendar.days if address(one) == rest[1])
        first, last = max(day.start, run.first_day), min(day.last_day, run.last_day)
        return reading._replace(first=first, last=last, of=" on those days")
    if section == "calendar":
        return reading._replace(weekday=WEEKDAYS.index(rest[1]), of=" on that weekday")
    if any(matching(one, [path]) for one in IN_CAMPAIGN):
        campaign = scenario.campaign
        # A pool holds the money of the campaign's first day from midnight on, whatever the hour of its opening.
        opening = opening_of(campaign) if reading.round != "first" else dt.datetime.min
        of = " while the campaign is on"
        return reading._replace(first=campaign.start, last=campaign.end, of=of, opening=opening)
    return reading


def round_starts(run: Run) -> list[dt.time]:
    """Hours at which the rounds of a day begin."""
    minutes = 24 * 60 // run.rounds_per_day
    return [dt.time(*divmod(minutes * number, 60)) for number in range(run.rounds_per_day)]


def opening_of(campaign: Campaign) -> dt.datetime:
    """The hour at which the campaign opens: it is on in every round of its days that begins at or after it."""
    return dt.datetime.combine(campaign.start, dt.time(campaign.start_hour))
