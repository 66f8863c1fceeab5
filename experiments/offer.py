"""What a lane is lowered from, and what its campaign offers at a moment."""

from __future__ import annotations

from typing import Any, NamedTuple

from experiments.base_inflow import ChainFacts, Inflow
from experiments.moments import Moment
from experiments.scenario import Scenario
from growth.base_world import StandingLaw

__all__ = ["Lane", "Offer", "offer_of"]


class Lane(NamedTuple):
    """One app in one world, in real units: what a round is lowered from."""

    scenario: Scenario  # with its variant applied
    values: dict[str, float]  # of its parameter draw
    app: str
    law: StandingLaw
    inflow: Inflow
    facts: ChainFacts


class Offer(NamedTuple):
    """What the campaign offers in a round; nothing when it is off."""

    tasks: dict[str, Any]  # enabled tasks by kind
    rewards: dict[str, Any]  # enabled rewards by name

    @property
    def on(self) -> bool:
        """Whether there is anything to do or to win."""
        return bool(self.tasks or self.rewards)


def offer_of(lane: Lane, moment: Moment) -> Offer:
    """Tasks and rewards in force for a lane: only the campaign's app, only while the campaign is on."""
    mine = lane.app == lane.scenario.campaign_app.name and moment.campaign
    tasks: dict[str, Any] = {task.kind: task for task in lane.scenario.tasks if mine and task.enabled}
    return Offer(tasks, {item.name: item for item in lane.scenario.rewards if mine and item.enabled})
