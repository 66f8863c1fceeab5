"""The tasks a campaign asks of people, one class per kind, and what each gives in return."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from experiments.quantity import Limits, Quantity
from experiments.tables import Table, refuse

__all__ = ["Ai", "Draw", "Group", "Invite", "Order", "Share", "SignIn", "Task"]

Draws = Limits("draws", 0, 1000)
Yuan = Limits("yuan", low=0)


class SignIn(Table):
    """Open the app and sign in, once a day."""

    kind: Literal["sign_in"]
    name: str = "sign_in"
    enabled: bool = True
    draws: Annotated[Quantity, Draws]
    """Lottery draws for signing in. People who take part are counted as signing in without the task as well."""


class Ai(Table):
    """Use the AI for something: a greeting, a couplet, a packet cover."""

    kind: Literal["ai"]
    name: str = "ai"
    enabled: bool = True
    draws: Annotated[Quantity, Draws]
    """Draws per finished task."""
    daily_limit: Annotated[Quantity, Limits("tasks per day", 0, 1000)]
    """Tasks a day that are rewarded."""


class Draw(Table):
    """Use the lottery draws, the free and the earned ones."""

    kind: Literal["draw"]
    name: str = "draw"
    enabled: bool = True
    free_per_day: Annotated[Quantity, Limits("draws per day", 0, 1000)]
    """Draws everyone who opens the app gets."""
    daily_limit: Annotated[Quantity, Limits("draws per day", 0, 10_000)]
    """Draws a person can use in a day, free ones included."""
    booster_share: Annotated[Quantity | None, Limits("share of sessions", 0, 1)] = None
    """Sessions with a card that multiplies the draws of the day, up to the limit."""
    booster_times: Annotated[Quantity | None, Limits("times", 1, 100)] = None
    """By how much; to the nearest whole number."""

    @model_validator(mode="after")
    def _whole_card(self) -> Draw:
        for key, other in (("booster_share", "booster_times"), ("booster_times", "booster_share")):
            if getattr(self, key) is None and getattr(self, other) is not None:
                raise refuse("is missing", loc=(key,), cure=f"add {key} = ..., or leave {other} out")
        return self


class Share(Table):
    """Share a red packet into a chat; each friend who takes a slot earns the sharer draws."""

    kind: Literal["share"]
    name: str = "share"
    enabled: bool = True
    daily_limit: Annotated[Quantity, Limits("packets per day", 0, 1000)]
    """Packets a person can share in a day."""
    draws_per_claim: Annotated[Quantity, Draws]
    """Draws the sharer earns for each claim."""
    daily_draw_limit: Annotated[Quantity, Limits("draws per day", 0, 10_000)]
    """Draws a sharer can earn in a day in this way."""
    slots: Annotated[Quantity, Limits("slots", 1, 500)]
    """People who can take money from one packet."""


class Invite(Table):
    """Invite a friend to install the app; both may be paid."""

    kind: Literal["invite"]
    name: str = "invite"
    enabled: bool = True
    sharer_yuan: Annotated[Quantity, Yuan]
    invitee_yuan: Annotated[Quantity, Yuan]
    limit: Annotated[Quantity, Limits("invitations", 0, 100_000)]
    """Rewarded invitations per person over the whole campaign."""
    draws: Annotated[Quantity, Draws] = Quantity(value=0.0)
    """Draws the inviter earns for each; a fraction adds up."""
    counts: Literal["new", "activated"] = "new"
    """What a successful invitation is: somebody new, or also somebody who comes back."""
    paid_for: Literal["conversion", "share"] = "conversion"
    """The inviter is paid for each success, or for each packet shared."""
    paid_in: Literal["cash", "coupons"] = "cash"
    """Cash, or as many coupons of the order task as the yuan are worth."""
    tier_from: Annotated[tuple[int, ...], Field(strict=False)] = ()
    """Paid invitations after which the inviter's reward changes, ascending, at most three."""
    tier_yuan: Annotated[tuple[float, ...], Field(strict=False)] = ()
    """What the inviter gets from there on; one amount for each step."""
    pool: str | None = None
    """The pool that pays; without it, no pool binds."""

    @model_validator(mode="after")
    def _tiers(self) -> Invite:
        steps, yuan = list(self.tier_from), list(self.tier_yuan)
        if len(steps) != len(yuan) or len(steps) > 3:
            allowed = "at most three, as many as tier_yuan"
            raise refuse("tiers do not match", loc=("tier_from",), value=len(steps), allowed=allowed)
        if any(step < 1 for step in steps) or steps != sorted(set(steps)):
            raise refuse("tiers do not ascend", loc=("tier_from",), value=str(steps), allowed="1 or more, ascending")
        if any(not 0 <= amount < 1e6 for amount in yuan):
            raise refuse("out of range", loc=("tier_yuan",), value=str(yuan), allowed="0 to 1000000 yuan")
        if steps and (self.paid_in, self.paid_for) != ("cash", "conversion"):
            raise refuse("tiers are for cash paid for success", loc=("tier_from",), cure="leave them out")
        if self.paid_in == "coupons" and self.paid_for == "share":
            raise refuse("coupons are given for success", loc=("paid_in",), value="coupons", cure='paid_in = "cash"')
        return self


class Order(Table):
    """Order something inside the app with a coupon, while the campaign lasts. A coupon costs when it is redeemed."""

    kind: Literal["order"]
    name: str = "order"
    enabled: bool = True
    coupon_yuan: Annotated[Quantity, Yuan]
    coupons_per_user: Annotated[Quantity, Limits("coupons", 0, 1000)] = Quantity(value=1.0)
    """Coupons that everyone in the campaign gets, once."""
    valid_days: Annotated[Quantity, Limits("days", 0, 730)] = Quantity(value=30.0)
    """Days after the campaign's first on which coupons can still be redeemed. The campaign's end ends it too: let it
    last as long as its coupons do."""
    pool: str | None = None
    """The pool that pays; without it, no pool binds."""


class Group(Table):
    """Create or join an in-app group."""

    kind: Literal["group"]
    name: str = "group"
    enabled: bool = True
    draws_create: Annotated[Quantity, Draws]
    """Draws for creating a group."""
    draws_join: Annotated[Quantity, Draws]
    """Draws for joining one."""


Task = Annotated[SignIn | Ai | Draw | Share | Invite | Order | Group, Field(discriminator="kind")]
