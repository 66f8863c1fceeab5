"""Lowering of what is shared beyond the defaults: posts in a feed, notices, sharing as a trait, giving back."""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.laws import logit, threshold
from experiments.moments import Moment
from experiments.offer import Lane, Offer
from experiments.paths import address
from growth.streams import ONE

__all__ = ["jump_of", "sharing_fields"]

_MOST_FRIENDS = 1 << 15


def sharing_fields(lane: Lane, offer: Offer, v: dict[str, float], moment: Moment) -> dict[str, Any]:
    """Fields of `Schedule` for feed, notices, habit and reciprocity; nothing happens without their tables.

    Notices are of the campaign's app while its campaign is on; the rest is how people are, in every app and world.
    """
    scenario = lane.scenario
    mine = lane.app == scenario.campaign_app.name and moment.campaign
    feed, notices = _on(scenario.feed), mine and _on(scenario.notices)
    habit, reciprocity = _on(scenario.sharing), _on(scenario.reciprocity)

    def told(on: bool, path: str) -> float:
        return v[path] if on else 0.0

    friends = round(told(notices, "notices.friends") / lane.facts.live_slots)
    return {
        "feed": threshold(told(feed, "feed.share")),
        "feed_see": threshold(told(feed, "feed.see")),
        "feed_effort": logit(told(feed, "feed.effort")),
        "notice": threshold(told(notices, "notices.rate") if friends else 0.0),
        "notice_friends": np.int32(min(friends, _MOST_FRIENDS)),
        "notice_see": threshold(told(notices, "notices.see")),
        "notice_effort": logit(told(notices, "notices.effort")),
        "habit": threshold(told(habit, "sharing.habit")),
        "habit_alike": threshold(told(habit, "sharing.alike")),
        "send_back": np.float32(ONE * _chance_a_cent(offer, v) * told(reciprocity, "reciprocity.yuan_per_yuan")),
    }


def jump_of(v: dict[str, float]) -> float:
    """Response at the second exposure over that at the first, of the law "step"; 1 of every other."""
    return v.get("response.second_over_first", 1.0)


def _chance_a_cent(offer: Offer, v: dict[str, float]) -> float:
    """Packets that are worth one cent: each holds its slots times their mean; 0 where packets hold no money."""
    if "packet" not in offer.rewards or "share" not in offer.tasks:
        return 0.0
    yuan = v["reward.packet.mean_yuan"] * round(v[f"task.{address(offer.tasks['share'])}.slots"])
    return 0.01 / yuan if yuan > 0 else 0.0


def _on(table: Any) -> bool:
    return table is not None and table.enabled
