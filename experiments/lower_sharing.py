"""Lowering of what is shared beyond the defaults: posts in a feed, notices, sharing as a trait, giving back."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from experiments.laws import logit, threshold
from experiments.moments import Moment
from experiments.offer import Lane, Offer
from experiments.paths import address
from experiments.scenario import Scenario
from growth.campaign import CIRCLES, DEGREES, EVEN, FRESH_DAYS
from growth.streams import ONE

__all__ = ["befriended", "feed_attention", "jump_of", "sharing_fields"]

_MOST_FRIENDS = 1 << 15
_MOST_TIMES = 7.9  # the table's word holds less than eight times the mean


def sharing_fields(lane: Lane, offer: Offer, v: dict[str, float], moment: Moment) -> dict[str, Any]:
    """Fields of `Schedule` for feed, notices, habit, fatigue and reciprocity; nothing happens without their tables.

    Notices and fatigue are of the campaign's app while its campaign is on; the rest is how people are, in every app and
    world.
    """
    scenario = lane.scenario
    mine = lane.app == scenario.campaign_app.name and moment.campaign
    feed, notices = _on(scenario.feed), mine and _on(scenario.notices)
    tired = _fatigue(scenario, v) if mine else 0.0
    habit, reciprocity = _on(scenario.sharing), _on(scenario.reciprocity)

    def told(on: bool, path: str) -> float:
        return v[path] if on else 0.0

    alike = told(habit, "sharing.alike")
    friends = round(told(notices, "notices.friends") / lane.facts.live_slots)
    return {
        "feed": _posted(told(feed, "feed.share"), told(feed, "feed.circles")),
        "feed_see": threshold(told(feed, "feed.see")),
        "feed_effort": logit(told(feed, "feed.effort")),
        "notice": threshold(told(notices, "notices.rate") if friends else 0.0),
        "notice_friends": np.int32(min(friends, _MOST_FRIENDS)),
        "notice_see": threshold(told(notices, "notices.see")),
        "notice_effort": logit(told(notices, "notices.effort")),
        "habit": threshold(told(habit, "sharing.habit")),
        "habit_alike": threshold(alike),
        "habit_hubs": threshold(alike + (1 - alike) * told(habit, "sharing.hubs")),
        "fresh": np.array([threshold((1 - tired) ** days) for days in range(FRESH_DAYS)]),
        "fresh_from": np.int32((scenario.campaign.start - scenario.run.first_day).days),
        "send_back": np.float32(ONE * _chance_a_cent(offer, v) * told(reciprocity, "reciprocity.yuan_per_yuan")),
    }


def _fatigue(scenario: Scenario, v: dict[str, float]) -> float:
    return v["fatigue.per_day"] if _on(scenario.fatigue) else 0.0


def _posted(share: float, circles: float) -> NDArray[np.uint32]:
    """`growth.campaign.Schedule.feed`: of somebody who was told by none or one the share, and its odds fall as the
    number of circles to the power of ``-circles``."""
    kept = np.maximum(np.arange(CIRCLES), 1.0) ** -circles
    return np.array([threshold(share * one / (1 - share + share * one)) for one in kept])


def befriended(at_most: NDArray[np.float64]) -> NDArray[np.uint32]:
    """`growth.campaign.Tables.befriended` from the shares of people with at most 0, 1, 2 ... friends."""
    fewer, as_many = _friends(at_most)
    return np.floor(np.stack([fewer, as_many]) * (2.0**32 - 1)).astype(np.uint32)


def feed_attention(scenario: Scenario, v: dict[str, float], at_most: NDArray[np.float64]) -> NDArray[np.uint32]:
    """`growth.campaign.Tables.feed_attention`: posts seen by people with n friends over the mean of ties, ``feed.see``.
    It falls as n to the power of ``-feed.attention``, as far as nobody sees more posts than there are."""
    exponent = v["feed.attention"] if _on(scenario.feed) else 0.0
    friends = np.maximum(np.arange(DEGREES), 1.0)
    ties = friends * _friends(at_most)[1]
    if exponent <= 0 or ties.sum() <= 0:
        return np.full(DEGREES, EVEN, np.uint32)
    most = min(_MOST_TIMES, 1 / max(v["feed.see"], 1e-6))

    def times(scale: float) -> NDArray[np.float64]:
        return np.minimum(most, np.exp(exponent * (scale - np.log(friends))))

    def excess(scale: float) -> float:
        return float(ties @ times(scale) / ties.sum()) - 1

    scale = optimize.brentq(excess, 0.0, np.log(DEGREES) + 1) if most > 1 else np.inf
    return np.round(times(scale) * EVEN).astype(np.uint32)


def _friends(at_most: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shares of people with fewer than 0, 1, 2 ... friends, and with as many."""
    up_to = np.interp(np.arange(DEGREES), np.arange(len(at_most)), at_most)
    up_to[-1] = 1.0  # all who have more
    fewer = np.concatenate([[0.0], up_to[:-1]])
    return fewer, up_to - fewer


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
