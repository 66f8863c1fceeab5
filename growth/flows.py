"""The words of the record: which integers a day counts, and where they stand in the flow table.

State is what tomorrow needs; flows are what a reader wants. A day's flows are one int32 table [lanes, columns];
counts are people or events of the sample, money is in cents. `COLUMNS` gives the slice of each name.
"""

from __future__ import annotations

from math import prod

__all__ = [
    "AGES",
    "APPS",
    "CAUSES",
    "CHANNELS",
    "COLUMNS",
    "KINDS",
    "NUM_COLUMNS",
    "RECIPIENTS",
    "SEED_RULES",
    "SHAPES",
    "SOURCES",
    "column",
]

KINDS = ("new", "reactivated")
CAUSES = ("organic", "paid", "broadcast", "push", "invited", "seeded")
CHANNELS = ("wechat_single_chat", "wechat_group_chat", "qq_single_chat", "qq_group_chat")
SOURCES = ("draw", "packet", "inviter", "invitee", "coupon")
"""What money is paid for. A coupon is paid when it is redeemed."""
SEED_RULES = ("degree", "affinity", "random")
"""By what people are chosen who are seeded: the most friends, the greatest affinity, by lot."""
RECIPIENTS = ("engaged", "new", "reactivated", "stranger", "farmed")
"""Who is paid: people by how they came to the app, strangers outside the chain, and farmed accounts."""
AGES = 61
"""Cohorts are followed from day 0, the day of activation, to day 60."""
APPS = 8
"""The largest number of apps that may live beside one another (three bits of the random key)."""

SHAPES: dict[str, tuple[int, ...]] = {
    "opens": (),
    "engaged": (),
    "new_active": (),
    "retained_active": (),
    "resurrected_active": (),
    "activations": (len(KINDS), len(CAUSES)),
    "installs": (),
    "churned": (),
    "uninstalled": (),
    "sign_ins": (),  # sessions while the campaign is on that do not fail: whether or not signing in earns anything
    "ai_tasks": (),
    "failed_sessions": (),
    "failed_tasks": (),
    "draws": (),
    "sharers": (),
    "packets": (len(CHANNELS),),
    "group_packets": (),
    "exposures": (len(CHANNELS),),
    "claims": (len(CHANNELS),),
    "first_claimers": (),
    "emptied": (),
    "groups_created": (),
    "group_joins": (),
    "paid_cents": (len(SOURCES), len(RECIPIENTS)),
    "refused_claims": (),
    "refused_draws": (),
    "invitations_paid": (),
    "refused_invitations": (),
    "coupons_given": (),
    "orders": (),
    "refused_orders": (),
    "cashed_cents": (),
    "expired_cents": (),
    "held_cents": (),
    "chart_rank": (),  # a place, from 1; RANKS + 1 off the chart, 0 without a chart
    "surge_rank": (),
    "seeds": (len(SEED_RULES),),
    "clawed_cents": (len(SOURCES),),
    "withheld_cents": (),
    "false_alarms": (),
    "checks": (),
    "blocked": (),
    "stranger_claims": (),
    "farmed_requests": (),
    "posts": (),
    "post_exposures": (),
    "notices": (),
    "notice_exposures": (),
    "sent_back": (),
}
"""Name of each flow and its axes after the lane."""


def _layout() -> tuple[dict[str, slice], int]:
    columns, start = {}, 0
    for name, shape in SHAPES.items():
        columns[name] = slice(start, start + prod(shape))
        start += prod(shape)
    return columns, start


COLUMNS, NUM_COLUMNS = _layout()


def column(name: str) -> int:
    """First column of a flow."""
    return COLUMNS[name].start
