"""Ways to bring people in beside reach: seeding, personalised content, and agencies paid by what they deliver."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from experiments.dates import Day
from experiments.mechanism_defaults import sourced
from experiments.quantity import Limits, Quantity
from experiments.tables import Table, refuse

__all__ = ["Agency", "Content", "Seeding"]

Yuan = Limits("yuan", low=0)


class Seeding(Table):
    """People of the campaign's own choice who are brought in on a date, and share like others."""

    name: str
    enabled: bool = True
    date: Day
    by: Literal["degree", "affinity", "random"]
    """Whom: those with the most friends, those with the greatest affinity, or anybody by lot."""
    people: Annotated[Quantity, Limits("people", 0)]
    """How many. A larger number contains those of a smaller."""
    cost_per_seed_yuan: Annotated[Quantity, Yuan] = Quantity(value=0.0)
    """Paid for each, also for whoever has the app already."""


class Content(Table):
    """Content made for the sharer by the AI, while the campaign is on."""

    enabled: bool = True
    share_lift: Annotated[Quantity, Limits("ratio", 0, 100)] = sourced("content.share_lift")
    """Multiplies the packets that a session shares."""
    accept_shift: Annotated[Quantity, Limits("logit units", -20, 20)] = sourced("content.accept_shift")
    """Added to the logit of the response of whoever sees one."""
    tokens_per_share: Annotated[Quantity, Limits("tokens", 0)] = sourced("content.tokens_per_share")
    """Tokens of one packet, priced by campaign.yuan_per_million_tokens."""


class Agency(Table):
    """An agency that is paid by what it delivers."""

    name: str
    enabled: bool = True
    cause: Literal["paid", "broadcast", "push", "seeded"] = "paid"
    """People who came by this cause are its."""
    paid_per: Literal["click", "install", "retained"]
    """A click of a person contacted; a new person; a new person who is active again on a day."""
    yuan: Annotated[Quantity, Yuan]
    """Each."""
    clicks_per_contact: Annotated[Quantity | None, Limits("share", 0, 1)] = None
    """Share of contacts who click: only for pay per click, and needed there."""
    day: Annotated[int | None, Limits("days", 1, 60, whole=True)] = None
    """Days after activation on which a retained person is active: only for pay per retained, and needed there."""

    @model_validator(mode="after")
    def _what_is_needed(self) -> Agency:
        for key, kind in (("clicks_per_contact", "click"), ("day", "retained")):
            given = getattr(self, key) is not None
            if given and self.paid_per != kind:
                cure = f'leave it out, or paid_per = "{kind}"'
                raise refuse(f"is for pay per {kind}", loc=(key,), cure=cure)
            if not given and self.paid_per == kind:
                raise refuse("is missing", loc=(key,), cure=f"add {key} = ...")
        if self.paid_per == "click" and self.cause == "seeded":
            cure = 'another cause, or paid_per = "install"'
            raise refuse("nobody is contacted by seeding", loc=("cause",), value="seeded", cure=cure)
        return self
