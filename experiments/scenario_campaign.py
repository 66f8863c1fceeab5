"""The campaign of a scenario: ledger, reach, rewards, pools, prizes, quotas, interventions, variants."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from experiments.dates import Day, Moment
from experiments.mechanism_defaults import load_mechanisms
from experiments.paths import flatten
from experiments.quantity import Limits, Probability, Quantity, plain
from experiments.tables import Table, refuse

__all__ = [
    "Campaign",
    "CashWindow",
    "Groups",
    "Intervention",
    "Pool",
    "Prize",
    "Quotas",
    "Reach",
    "Response",
    "Reward",
    "Variant",
    "Wallet",
]

Yuan = Limits("yuan", low=0)


class Campaign(Table):
    """When the campaign is on, and the ledger lines that do not depend on what people do."""

    start: Day
    start_hour: Annotated[int, Limits("hour", 0, 23, whole=True)] = 0
    """Hour of the first day at which the campaign opens; it holds in every round that begins at or after it."""
    end: Day
    """Last day, included."""
    agency_yuan: Annotated[Quantity, Yuan] = Quantity(value=0.0)
    risk_control_yuan: Annotated[Quantity, Yuan] = Quantity(value=0.0)
    fixed_yuan: Annotated[Quantity, Yuan] = Quantity(value=0.0)
    content_yuan: Annotated[Quantity, Yuan] = Quantity(value=0.0)
    tokens_per_ai_task: Annotated[Quantity, Limits("tokens", 0)] = Quantity(value=0.0)
    """Tokens that one AI task reads and writes."""
    yuan_per_million_tokens: Annotated[Quantity, Yuan] = Quantity(value=0.0)
    """Price of inference; tasks of everyone who uses the AI are priced, with and without the campaign."""


class Reach(Table):
    """Contacts from outside the chain: who is shown the app, and how many answer."""

    name: str
    app: str
    cause: Literal["organic", "paid", "broadcast", "push"]
    enabled: bool = True
    start: Day
    end: Day
    """Last day, included."""
    people_per_day: Annotated[Quantity, Limits("people per day", 0)]
    """People contacted each day."""
    of: Literal["everyone", "dormant"] = "everyone"
    """Among whom the contacted are drawn."""
    response_new: Probability = Quantity(value=0.0)
    """Probability that a contacted person without the app installs it."""
    response_dormant: Probability = Quantity(value=0.0)
    """Probability that a contacted dormant person comes back."""
    acceptance: Annotated[Quantity | None, Limits("share of those asked", 0, 1)] = None
    """Of those asked, the share who come, where people_per_day says who come and not who are asked; without it, the
    response. Only interest (`[interest]`) asks for it."""
    cost_per_contact_yuan: Annotated[Quantity, Yuan] = Quantity(value=0.0)
    cost_per_install_yuan: Annotated[Quantity, Yuan] = Quantity(value=0.0)

    @model_validator(mode="after")
    def _asked(self) -> Reach:
        if self.acceptance is not None and self.cause == "organic":
            cure = "leave it out, or say which medium asks them (cause)"
            raise refuse("nobody asks those who come by themselves", loc=("acceptance",), cure=cure)
        return self


class Pool(Table):
    """Money set aside; a pool that is empty pays nothing."""

    name: str
    total_yuan: Annotated[Quantity, Yuan]
    daily_yuan: Annotated[Quantity | None, Yuan] = None
    """What may be paid in one day; without it, only the total binds."""


class Reward(Table):
    """What one draw or one claimed slot of a packet pays."""

    name: Literal["draw", "packet"]
    enabled: bool = True
    law: Literal["fixed", "lucky"]
    """The same for everyone, or by luck around the mean."""
    mean_yuan: Annotated[Quantity, Yuan]
    pool: str
    """The pool that pays. One that pays draws and packets, or tasks as well, is one sum for all of them: it is not
    divided, and pays until it is empty."""


class Prize(Table):
    """Jackpots drawn among the active people of a day, or of each of several days, paid outside the pools."""

    name: str
    enabled: bool = True
    date: Day
    until: Day | None = None
    """Last day, included: as many prizes are drawn on each day. Without it, one day."""
    count: Annotated[Quantity, Limits("prizes", low=0, whole=True)]
    """A day."""
    yuan: Annotated[Quantity, Yuan]
    """Each."""

    @property
    def last_day(self) -> dt.date:
        """The last day, included."""
        return self.until or self.date


class Quotas(Table):
    """What one person may do in a day over all tasks; without a number, no quota binds."""

    shares_per_day: Annotated[Quantity | None, Limits("packets per day", 0, 100_000)] = None
    draws_per_day: Annotated[Quantity | None, Limits("draws per day", 0, 100_000)] = None
    receives_per_day: Annotated[Quantity | None, Limits("claims per day", 0, 100_000)] = None


class Groups(Table):
    """Groups as a mechanism: in-app groups, and packets dropped into group chats."""

    enabled: bool = True


class CashWindow(Table):
    """Days on which wallets can be cashed out."""

    name: str
    start: Day
    end: Day
    """Last day, included."""


class Wallet(Table):
    """Cash is won into a wallet and cashed out in windows; without this table it is paid out at once."""

    least_yuan: Annotated[Quantity, Yuan] = Quantity(value=0.0)
    """Below this a wallet cannot be cashed out: 0, no threshold."""
    windows: Annotated[tuple[CashWindow, ...], Field(strict=False, alias="window", min_length=1)]
    expires: Day | None = None
    """Last day on which money not cashed out still exists; without it, it never expires."""

    @model_validator(mode="after")
    def _ordered(self) -> Wallet:
        for index, window in enumerate(self.windows):
            if window.end < window.start:
                allowed = f"{window.start.isoformat()} or later"
                loc = ("window", index, "end")
                raise refuse("ends before it starts", loc=loc, value=window.end.isoformat(), allowed=allowed)
        last = max(window.end for window in self.windows)
        if self.expires is not None and self.expires < last:
            allowed = f"{last.isoformat()} or later, the end of the last window"
            value = self.expires.isoformat()
            raise refuse("expires before it can be cashed out", loc=("expires",), value=value, allowed=allowed)
        return self


class Response(Table):
    """How people who are not engaged answer to several packets."""

    law: Literal["independent", "threshold", "general", "step"] = "general"
    """independent: each is tried by itself; threshold: each has the chance of a single exposure as its weight, and the
    sum of all so far is held against one threshold of the person (linear threshold); general: exposures and the
    settings they come from move a logistic chance against that threshold; step: as threshold, but every exposure after
    the first counts `second_over_first` times."""
    second_over_first: Annotated[Quantity | None, Limits("ratio", 0, 100)] = None
    """Law step: how often the second and every further exposure counts, over the first. Without it, the sourced one."""

    @model_validator(mode="before")
    @classmethod
    def _weight_of_the_law(cls, data: Any) -> Any:
        """A step has its weight, sourced where it is not given; no other law has one."""
        if not isinstance(data, dict):
            return data
        if data.get("law") == "step":
            return {"second_over_first": load_mechanisms()["response.second_over_first"].quantity, **data}
        if data.get("second_over_first") is not None:
            raise refuse("is of the law step", loc=("second_over_first",), cure='leave it out, or law = "step"')
        return data


class Intervention(Table):
    """A dated change of one parameter, or of all that a glob names; it must hold at a moment at which they are read.

    At any hour the values in force are the file's, changed by every intervention that has begun and not
    ended, in the order of `at`: of two that set the same parameter the later wins, and when it ends the
    earlier holds again. What is added to a pool's total stays in it.
    """

    name: str
    enabled: bool = True
    at: Moment
    """First moment, in the campaign's time zone."""
    until: Moment | None = None
    """First moment it no longer holds; without it, it holds to the end of the run."""
    parameter: str
    """Dotted path, e.g. `channel.wechat_single_chat.opens`, or a glob, `channel.wechat_*.opens`."""
    set: Annotated[Quantity | None, Limits("the parameter's own unit")] = None
    """The new value."""
    multiply: Annotated[Quantity | None, Limits("factor", 0, 1000)] = None
    """Or a factor on the value in force."""

    @model_validator(mode="after")
    def _one_change(self) -> Intervention:
        if (self.set is None) == (self.multiply is None):
            raise refuse("needs exactly one of set and multiply", cure="set = ..., or multiply = ...")
        if self.until is not None and self.until <= self.at:
            allowed = f"after {self.at.isoformat()}"
            raise refuse("ends before it begins", loc=("until",), value=self.until.isoformat(), allowed=allowed)
        return self


class Variant(Table):
    """The same scenario with some values changed."""

    name: str
    set: Annotated[dict[str, Any], Field(min_length=1)]
    """New values by dotted path; globs are allowed."""

    @field_validator("set", mode="before")
    @classmethod
    def _one_spelling(cls, values: Any) -> Any:
        """Dates as ISO text and whole numbers without a point: the same variant read from TOML and from JSON."""
        if not isinstance(values, dict):
            return values
        return {key: _spelt(part) for key, part in flatten(values).items()}


def _spelt(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _spelt(inner) for key, inner in part.items()}
    if isinstance(part, dt.date):
        return part.isoformat()
    return plain(part) if isinstance(part, float) else part
