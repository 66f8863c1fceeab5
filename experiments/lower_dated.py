"""Lowering of what is paid: the mean of a lucky slot, and dated changes: sums added to pools, factors on amounts."""

from __future__ import annotations

import numpy as np

from experiments.intervention_checks import POOLS
from experiments.lower_money import MOST_CENTS, pool_cents
from experiments.moments import Moment, values_in_force
from experiments.offer import Lane, offer_of
from experiments.paths import matching
from graphs.errors import InputError
from growth.campaign import AMOUNT_UNIT, PURSES
from growth.double_average import PARTS

__all__ = ["reward_times", "slot_mean", "top_ups"]

_REWARDS = ("draw", "packet")
_MOST_SLOTS = 500
"""Slots of a packet, at most."""
_MOST_AT_ONCE = 8 * 255
"""Largest amount of a lucky draw over its mean, times the draws of a session."""


def slot_mean(lane: Lane) -> np.ndarray:
    """`growth.campaign.Tables.slot_mean` of a lane: whole cents and parts of one, 0 where packets are not lucky. Raises
    InputError where the slots of a packet hold more than can be counted."""
    lucky = any(one.enabled and one.name == "packet" and one.law == "lucky" for one in lane.scenario.rewards)
    yuan = lane.values["reward.packet.mean_yuan"] if lucky else 0.0
    if 100 * yuan * _MOST_SLOTS > MOST_CENTS:
        allowed = f"at most {MOST_CENTS // (100 * _MOST_SLOTS)} yuan"
        raise InputError("is too much for a slot", field="reward.packet.mean_yuan", value=yuan, allowed=allowed)
    whole, parts = divmod(round(100 * yuan * PARTS), PARTS)
    return np.array([whole, parts], np.int32)


def top_ups(lane: Lane, moments: list[Moment]) -> np.ndarray:
    """Cents of the sample added to each pool as each round begins, int32[T, PURSES]: by how much the pool of the values
    in force is larger than that of the round before. So all of them together make up the last sum, to the cent."""
    cents = np.zeros((len(moments), len(PURSES)), np.int32)
    totals = matching(POOLS, list(lane.values))
    dated = any(one.enabled and matching(one.parameter, totals) for one in lane.scenario.interventions)
    on = next((moment for moment in moments if offer_of(lane, moment).on), None)
    if on is None or not dated:
        return cents
    offer = offer_of(lane, on)
    before = pool_cents(lane, lane.values, offer, "total_yuan")
    begun: tuple[str, ...] = ()
    for step, moment in enumerate(moments):
        if moment.interventions != begun:
            begun = moment.interventions
            now = pool_cents(lane, values_in_force(lane.scenario, lane.values, moment), offer, "total_yuan")
            cents[step], before = np.maximum(now - before, 0), now  # a purse without a pool is left with less
    return cents


def reward_times(lane: Lane, v: dict[str, float]) -> np.ndarray:
    """Factor on the cents of a draw and of a packet's slot, int32[2] in AMOUNT_UNIT: what a reward pays in the mean now
    over what the file says. Raises InputError where a session's draws could not be counted."""
    times = np.full(len(_REWARDS), AMOUNT_UNIT, np.int32)
    for place, name in enumerate(_REWARDS):
        path = f"reward.{name}.mean_yuan"
        if path not in v or v[path] == lane.values[path]:
            continue
        if 100 * v[path] * _MOST_AT_ONCE > MOST_CENTS or v[path] >= lane.values[path] * (MOST_CENTS // AMOUNT_UNIT):
            raise InputError(
                "is more at one moment than can be counted",
                field=path,
                value=v[path],
                allowed=f"at most {MOST_CENTS // (100 * _MOST_AT_ONCE)} yuan, and 32,767 times what the file says",
                cure="a smaller intervention",
            )
        times[place] = round(AMOUNT_UNIT * v[path] / lane.values[path])
    return times
