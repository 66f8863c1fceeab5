"""Lowering of the machines that answer AI tasks."""

from __future__ import annotations

import numpy as np

from experiments.offer import Lane

__all__ = ["round_capacity"]

_ENDLESS = (1 << 31) - 1


def round_capacity(lane: Lane, v: dict[str, float]) -> np.int32:
    """AI tasks of the sample that are answered in a round: real ones a minute, times its minutes, over w."""
    serving = lane.scenario.serving
    if serving is None or not serving.enabled or lane.app != lane.scenario.campaign_app.name:
        return np.int32(_ENDLESS)
    minutes = 24 * 60 / lane.scenario.run.rounds_per_day
    people_per_user = lane.facts.population / lane.facts.users
    return np.int32(min(round(v["serving.ai_tasks_per_minute"] * minutes / people_per_user), _ENDLESS))
