"""Who takes money without being meant, and what is done about it: farmed accounts, strangers, risk control."""

from __future__ import annotations

from typing import Annotated

from experiments.mechanism_defaults import sourced
from experiments.quantity import Limits, Probability, Quantity
from experiments.tables import Table

__all__ = ["Abuse", "Risk"]


class Abuse(Table):
    """Farmed accounts and strangers, outside the population, on every day of the campaign."""

    enabled: bool = True
    accounts: Annotated[Quantity, Limits("accounts", 0)]
    """Farmed accounts that take part each day. Nobody publishes it: the design's own guess, with a range."""
    draws_per_account: Annotated[Quantity, Limits("draws a day", 0, 250)] = sourced("abuse.draws_per_account")
    claims_per_account: Annotated[Quantity, Limits("claims a day", 0, 250)] = sourced("abuse.claims_per_account")
    fresh_share: Probability = sourced("abuse.fresh_share")
    """Share of them that is presented on a day as newly invited."""
    posted_share: Probability = sourced("abuse.posted_share")
    """Share of all packets that is posted where strangers see it."""
    strangers_per_post: Annotated[Quantity, Limits("people", 0, 500)] = sourced("abuse.strangers_per_post")
    stranger_minutes: Annotated[Quantity, Limits("minutes", 0, 1000)] = sourced("abuse.stranger_minutes")
    resold_share: Probability = sourced("abuse.resold_share")
    """Share of new people who come by themselves and are sold as invited by an operator."""
    fraud_share: Annotated[Quantity, Limits("share of non-organic installs", 0, 0.95)] = sourced("abuse.fraud_share")
    """Share of the installs that media are paid for which no person made."""


class Risk(Table):
    """Risk control: every request for money is checked while the campaign is on."""

    enabled: bool = True
    detection: Probability = sourced("risk.detection")
    """An outsider is refused before being paid."""
    claw_back: Probability = sourced("risk.claw_back")
    """One that was paid is found later; what it took is taken back, and booked on the day on which it took it."""
    false_positive: Probability = sourced("risk.false_positive")
    """Share of honest people who are refused rewards, for good."""
    cost_per_check_yuan: Annotated[Quantity, Limits("yuan", 0)] = sourced("risk.cost_per_check_yuan")
