"""The inflow of a standing world: what comes in equals what its size needs, and impossible worlds are refused."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.base_inflow import base_inflow, shares_of
from experiments.laws import app_law
from experiments.parameters import behaviour_of, values_at
from graphs.errors import InputError
from tests.golden.write import golden_scenario
from tests.small_run import FACTS

VALUES = values_at(golden_scenario(), None)
LAW = app_law(behaviour_of(VALUES))
APP = "our app"


def active_days(values: dict[str, float], nights: int = 430) -> float:
    """Mean number of active days of one activation, by a plain sum over atoms of the two laws."""
    rng = np.random.default_rng(3)
    hazard = rng.beta(values["behaviour.churn.alpha"], values["behaviour.churn.beta"], 20_000)
    a = values["behaviour.open.mean"] * values["behaviour.open.concentration"]
    b = (1 - values["behaviour.open.mean"]) * values["behaviour.open.concentration"]
    opening = rng.beta(a, b, 20_000)
    days, stays = 1.0, np.ones_like(hazard)
    for age in range(1, nights + 1):
        lift = 1.0
        if age <= 60:
            lift += values["behaviour.open.first_days_lift"] * np.exp(
                -(age - 1) / values["behaviour.open.first_days_tau"]
            )
        days += float((stays * np.minimum(1, opening * lift)).mean())
        stays = stays * (1 - hazard)
    return days


def test_inflow_times_days_active_is_dau() -> None:
    alone = {**VALUES, "behaviour.share.rate": 0.0}
    found = base_inflow(alone, APP, LAW, FACTS)
    assert found.invited == 0
    assert found.total == pytest.approx(4_000 / active_days(alone), rel=0.02)
    assert found.total * LAW.days_active == pytest.approx(4_000)


def test_ways_in_add_up_to_the_total() -> None:
    found = base_inflow(VALUES, APP, LAW, FACTS)
    never = FACTS.population - LAW.engaged(4_000) - 16_000 - 8_000
    people = found.organic * never + found.returning * 16_000 + found.invited
    assert found.invited > 0
    assert people == pytest.approx(found.total)
    assert found.returning == VALUES["behaviour.base.dormant_return_rate"]


def test_unpaid_sharing_by_hand() -> None:
    """One friend per packet who certainly sees it, no chats, acceptance of one half: DAU x rate x share x 1/2."""
    one = {
        "share.rate": 0.01,
        "share.group_share": 0.0,
        "share.recipients": 1.0,
        "see.single_chat": 1.0,
        "respond.tie": 0.0,
    }
    one |= {f"respond.base_{state}": 0.0 for state in ("never", "dormant", "uninstalled")}
    values = {**VALUES, **{f"behaviour.{name}": value for name, value in one.items()}}
    not_engaged = 1 - LAW.engaged(4_000) / FACTS.population
    assert base_inflow(values, APP, LAW, FACTS).invited == pytest.approx(4_000 * 0.01 * not_engaged / 2)


def test_shares_are_people_over_the_population() -> None:
    engaged, asleep, gone = shares_of(VALUES, APP, LAW, FACTS.population)
    assert (asleep, gone) == (0.2, 0.1)
    assert engaged * FACTS.population == pytest.approx(LAW.engaged(4_000))
    assert engaged * FACTS.population > 4_000  # who is engaged does not open every day


def test_more_people_than_the_population_are_refused() -> None:
    with pytest.raises(InputError) as error:
        shares_of({**VALUES, "app.our_app.base.dormant": 70_000.0}, APP, LAW, FACTS.population)
    assert str(error.value).startswith("app.our_app.base: engaged, dormant and uninstalled are more people than")
    assert "allowed: below 80000; try: lower dau, dormant or uninstalled" in str(error.value)


def test_sharing_that_brings_more_than_the_base_needs_is_refused() -> None:
    with pytest.raises(InputError, match="bring more people a day than base DAU needs"):
        base_inflow({**VALUES, "behaviour.share.rate": 5.0}, APP, LAW, FACTS)
