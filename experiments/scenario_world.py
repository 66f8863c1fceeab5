"""The world of a scenario: the run, the relationship chain, the apps, the channels and the calendar."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from experiments.dates import Day
from experiments.quantity import Limits, Quantity
from experiments.tables import Table

__all__ = [
    "App",
    "AppBase",
    "Calendar",
    "CalendarDay",
    "Chain",
    "Channel",
    "FileChain",
    "FociChain",
    "ImplicitChain",
    "Run",
    "TextbookChain",
    "Weekdays",
    "all_channels",
]

People = Limits("people", low=0)
Multiplier = Limits("multiplier", low=0, high=100)


class Run(Table):
    """How long, how often and with which luck: the structure of a run, never drawn."""

    start: Day
    """Campaign day 0; the warm-up lies before it. Dates and hours are in the campaign's own time zone."""
    days: Annotated[int, Limits("days", 1, 730, whole=True)] = 60
    """Days from the start on, the first one included."""
    warm_up_days: Annotated[int, Limits("days", 0, 365, whole=True)] = 30
    replicates: Annotated[int, Limits("replicates", 1, 4096, whole=True)] = 16
    """Repetitions with other luck, at central values."""
    parameter_draws: Annotated[int, Limits("draws", 0, 4096, whole=True)] = 16
    """Sets of parameters drawn from the ranges, for the headline interval."""
    rounds_per_day: Literal[1, 2, 3, 4, 6, 8, 12, 24, 48, 96] = 8
    rng_seed: Annotated[int, Limits("seed", 0, 2**32 - 1, whole=True)] = 0
    posterior: str | None = None
    """A folder written by `growth calibrate`: for the numbers that it knows, parameter draws come from it and not from
    the ranges. Set by `--posterior`."""
    posterior_sha256: str | None = None
    """Digest of its places.parquet: another posterior in the same folder is refused."""
    hold: str | None = None
    """Why this scenario must not be run yet: `growth run` refuses it and says so; `validate` does not."""

    @property
    def first_day(self) -> dt.date:
        """The first day of the warm-up."""
        return self.start - dt.timedelta(days=self.warm_up_days)

    @property
    def last_day(self) -> dt.date:
        """The last simulated day, included."""
        return self.start + dt.timedelta(days=self.days - 1)


class FociChain(Table):
    """A generated society: friends come from households, classes, workplaces, neighbourhoods and hobbies."""

    kind: Literal["foci"]
    users: Annotated[int, Limits("users", 100, 2_000_000_000, whole=True)]
    """People in the sample."""
    population: Annotated[int, Limits("people", 100, 10_000_000_000, whole=True)]
    """Real people the sample stands for."""
    mean_degree: Annotated[float, Limits("friends", 1, 5000)] = 150.0
    seed: Annotated[int, Limits("seed", 0, 2**32 - 1, whole=True)] = 0
    count: Annotated[int, Limits("chains", 1, 256, whole=True)] = 1
    """Independent societies, of successive seeds."""


class ImplicitChain(Table):
    """The same society with no tie stored: friends and chats are computed when asked for, up to 2 billion users."""

    kind: Literal["implicit"]
    users: Annotated[int, Limits("users", 100, 2_000_000_000, whole=True)]
    """People in the sample, rounded to whole towns; the run says to how many. The population, if it is to be all."""
    population: Annotated[int, Limits("people", 100, 10_000_000_000, whole=True)]
    """Real people the sample stands for."""
    mean_degree: Annotated[float, Limits("friends", 2, 1000)] = 150.0
    seed: Annotated[int, Limits("seed", 0, 2**32 - 1, whole=True)] = 0
    count: Annotated[int, Limits("chains", 1, 256, whole=True)] = 1
    """Independent societies, of successive seeds."""


class FileChain(Table):
    """A chain of the user's own: an edge list in CSV or Parquet, or any graph format igraph reads."""

    kind: Literal["file"]
    path: str
    """Read from the folder of the scenario file."""
    source_column: str | None = None
    target_column: str | None = None
    strength_column: str | None = None
    population: Annotated[int | None, Limits("people", 1, 10_000_000_000, whole=True)] = None
    """Real people the chain stands for; without it, its own users."""


class TextbookChain(Table):
    """A small graph with known answers, for tests and teaching."""

    kind: Literal["textbook"]
    graph: Literal["path", "star", "complete", "ring", "barabasi_albert", "erdos_renyi", "karate_club"]
    users: Annotated[int, Limits("users", 1, 10_000_000, whole=True)]
    population: Annotated[int | None, Limits("people", 1, 10_000_000_000, whole=True)] = None
    mean_degree: Annotated[float | None, Limits("friends", 0, 5000)] = None
    """Of the random graphs only: "erdos_renyi" needs it, "barabasi_albert" takes half of it a newcomer (else 3)."""
    seed: Annotated[int, Limits("seed", 0, 2**32 - 1, whole=True)] = 0


Chain = Annotated[FociChain | ImplicitChain | FileChain | TextbookChain, Field(discriminator="kind")]


class AppBase(Table):
    """The standing world of an app; who is engaged follows from DAU and the retention law."""

    dau: Annotated[Quantity, People]
    """People who open the app on a mean day."""
    dormant: Annotated[Quantity, People]
    """People who have it installed and are silent."""
    uninstalled: Annotated[Quantity, People]
    """People who had it once."""


class App(Table):
    """One app; several compete for the same people."""

    name: str
    campaign: bool = False
    """This app runs the campaign of the file; the others are part of the world."""
    base: AppBase


class Channel(Table):
    """A way a shared link travels: a kind of chat on a platform."""

    platform: Literal["wechat", "qq"]
    kind: Literal["single_chat", "group_chat"]
    opens: Annotated[Quantity, Limits("probability", 0, 1)] = Quantity(value=1.0)
    """Probability that a link shared here can be opened at all."""
    friction: Annotated[Quantity, Limits("logit units", 0, 20)] = Quantity(value=0.0)
    """Taken off the logit of the response to a packet seen here."""

    @property
    def name(self) -> str:
        """As paths spell it, e.g. `wechat_single_chat`."""
        return f"{self.platform}_{self.kind}"


def all_channels(given: tuple[Channel, ...]) -> tuple[Channel, ...]:
    """The four channels in fixed order; one that the file does not name is open and without friction."""
    named = {channel.name: channel for channel in given}
    every = [
        Channel(platform=platform, kind=kind) for platform in ("wechat", "qq") for kind in ("single_chat", "group_chat")
    ]
    return tuple(named.get(channel.name, channel) for channel in every)


class Weekdays(Table):
    """Multiplies the opening of apps on a day of the week."""

    monday: Annotated[Quantity, Multiplier] = Quantity(value=1.0)
    tuesday: Annotated[Quantity, Multiplier] = Quantity(value=1.0)
    wednesday: Annotated[Quantity, Multiplier] = Quantity(value=1.0)
    thursday: Annotated[Quantity, Multiplier] = Quantity(value=1.0)
    friday: Annotated[Quantity, Multiplier] = Quantity(value=1.0)
    saturday: Annotated[Quantity, Multiplier] = Quantity(value=1.0)
    sunday: Annotated[Quantity, Multiplier] = Quantity(value=1.0)


class CalendarDay(Table):
    """A holiday, of one day or several."""

    name: str
    start: Day
    end: Day | None = None
    """Last day, included; without it, one day."""
    opening: Annotated[Quantity, Multiplier]
    """Multiplies the opening of apps, on top of the weekday."""
    work: Annotated[Quantity, Limits("share of contacts", 0, 1)] = Quantity(value=1.0)
    """How many contacts over ties and group chats of class and workplace are met: less while people are at home."""

    @property
    def last_day(self) -> dt.date:
        """The last day, included."""
        return self.end or self.start


class Calendar(Table):
    """What the days do to everyone, campaign or not."""

    weekday: Weekdays = Weekdays()
    days: Annotated[tuple[CalendarDay, ...], Field(strict=False, alias="day")] = ()
