"""Pools in cents of the sample: what they may hold, and what purses without one do."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from experiments.lower_money import pool_cents
from experiments.moments import moment_at
from experiments.offer import offer_of
from experiments.scenario import Scenario
from graphs.errors import InputError
from tests.experiments.test_lower import lane_of
from tests.small_run import changed


def _offer(scenario: Scenario) -> Any:
    return offer_of(lane_of(scenario), moment_at(scenario, dt.datetime(2026, 3, 3)))


def test_more_money_than_can_be_counted_is_refused() -> None:
    huge = changed(("total_yuan = 2_500", "total_yuan = 3e9"))
    with pytest.raises(InputError) as error:
        pool_cents(lane_of(huge), lane_of(huge).values, _offer(huge), "total_yuan")
    assert str(error.value).startswith("pool.packets.total_yuan: is more money than a sample of this size can be paid")
    assert f"at most {(2**31 - 2):.0f} yuan" in str(error.value)  # cents of the sample times w = 100
    two = changed(("total_yuan = 2_500", "total_yuan = 1.5e9"), ("total_yuan = 7_500", "total_yuan = 1.5e9"))
    with pytest.raises(InputError, match="all pools together"):
        pool_cents(lane_of(two), lane_of(two).values, _offer(two), "total_yuan")


def test_purses_without_a_pool_hold_what_the_pools_leave_of_31_bits() -> None:
    scenario = changed()
    lane = lane_of(scenario)
    offer = _offer(scenario)
    free = {name: reward.model_copy(update={"pool": None}) for name, reward in offer.rewards.items()}
    for rewards, open_ended in ((free, 2), ({**offer.rewards, "packet": free["packet"]}, 1)):
        told = offer._replace(rewards=rewards)
        item = scenario.model_copy(update={"rewards": tuple(rewards.values())})
        cents = pool_cents(lane_of(item), lane.values, told, "total_yuan").astype(int)
        assert cents.sum() in (2**31 - 2, 2**31 - 3)
        assert (cents > 2**29).sum() == open_ended
