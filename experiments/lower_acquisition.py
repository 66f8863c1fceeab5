"""Lowering of seeding and of personalised content."""

from __future__ import annotations

import numpy as np

from experiments.moments import Moment
from experiments.offer import Lane
from experiments.paths import address
from experiments.scenario import Scenario
from graphs.errors import InputError
from growth.flows import SEED_RULES

__all__ = ["check_seeds", "content_lift", "seed_counts"]


def seed_counts(lane: Lane, v: dict[str, float], moment: Moment) -> np.ndarray:
    """People of the sample seeded on a day by each rule, int32[SEED_RULES]: real people over w, to the nearest."""
    counts = np.zeros(len(SEED_RULES), np.int32)
    if lane.app == lane.scenario.campaign_app.name:
        for item in lane.scenario.seedings:
            if address(item) in moment.seedings:
                people = v[f"seeding.{address(item)}.people"]
                counts[SEED_RULES.index(item.by)] = round(people * lane.facts.users / lane.facts.population)
    return counts


def check_seeds(scenario: Scenario, people_per_user: float) -> None:
    """Raise InputError for seeds of whom the sample has none: fewer than half of the people a user stands for."""
    for item in scenario.seedings:
        if item.enabled and 0 < item.people.value < people_per_user / 2:
            raise InputError(
                "is fewer people than one user of the sample stands for",
                field=f"seeding.{address(item)}.people",
                value=item.people.value,
                allowed=f"0, or at least {people_per_user / 2:.0f} people",
                cure="more seeds, or a chain of more users (chain.users)",
            )


def content_lift(lane: Lane, v: dict[str, float], moment: Moment) -> tuple[float, float]:
    """What content made for the sharer does: a factor on packets shared, and a shift of the response's logit."""
    content = lane.scenario.content
    mine = lane.app == lane.scenario.campaign_app.name and moment.campaign
    if content is None or not content.enabled or not mine:
        return 1.0, 0.0
    return v["content.share_lift"], v["content.accept_shift"]
