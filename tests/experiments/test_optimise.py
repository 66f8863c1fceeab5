"""The optimiser against brute force on the small town, constraints, no gain, and bad input."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from experiments.design_space import Constraint, Lever, Objective, place_of
from experiments.known_answers import known_answer
from experiments.optimise import Space, optimise
from experiments.parameters import quantile
from experiments.quantity import Quantity
from graphs.errors import InputError


@pytest.mark.parametrize(("low", "value", "high"), [(1.0, 2.0, 3.0), (1.0, 2.0, 100.0), (0.0, 5.0, 50.0)])
def test_places_are_found_back(low: float, value: float, high: float) -> None:
    number = Quantity(value=value, low=low, high=high)
    for wanted in np.linspace(low, high, 7):
        assert quantile(number, place_of(number, float(wanted))) == pytest.approx(wanted, rel=1e-9, abs=1e-9)


@pytest.mark.long
def test_optimum_is_that_of_brute_force() -> None:
    """Cost per extra activation over contacts a day and the packet: 5 x 3 designs, each on the search's replicates."""
    levers = [Lever("reach.ads.people_per_day", 2_000, 50_000), Lever("reward.packet.mean_yuan", 0.2, 1.0)]
    space = Space(known_answer("small_town"), levers, Objective.parse("icac"))
    grid = [
        dict(zip((lever.path for lever in levers), pair, strict=True))
        for pair in itertools.product(np.linspace(2_000, 50_000, 5), np.linspace(0.2, 1.0, 3))
    ]
    best = max(one.score for one in space.outcomes(grid, range(1000, 1032)))
    found = optimise(space, trials=64)
    assert found.winner.score >= best / 0.95  # scores are costs with a minus
    assert found.front == sorted(found.front, key=lambda one: one.values["spend"])
    assert set(found.marginal) == {lever.path for lever in levers}
    tight = Space(known_answer("small_town"), levers, Objective.parse("icac"), [Constraint.parse("spend<=1000")])
    with pytest.raises(InputError, match="no design meets the constraints"):
        optimise(tight, trials=32)


@pytest.mark.long
def test_a_lever_that_does_nothing_gives_no_gain() -> None:
    """The cash pool of the small town never binds."""
    space = Space(
        known_answer("small_town"), [Lever("pool.cash.total_yuan", 190_000, 200_000)], Objective.parse("icac")
    )
    found = optimise(space, trials=8)
    assert not found.found
    assert found.gain.value == 0


@pytest.mark.parametrize("text", ["reach.ads", "a.b=1", "a.b=2:1", "a.b=x:y"])
def test_levers_are_checked(text: str) -> None:
    with pytest.raises(InputError, match="lever"):
        Lever.parse(text)


def test_names_and_ranges_are_checked() -> None:
    scenario, objective = known_answer("small_town"), Objective.parse("icac")
    with pytest.raises(InputError, match="no such number"):
        Space(scenario, [Lever("reach.adds.people_per_day", 1, 2)], objective)
    with pytest.raises(InputError, match="outside the lever's range"):
        Space(scenario, [Lever("reach.ads.people_per_day", 30_000, 50_000)], objective)
    with pytest.raises(InputError, match="unknown KPI"):
        Objective.parse("fame")
    with pytest.raises(InputError, match="unknown KPI"):
        Constraint.parse("fame<=1")
    with pytest.raises(InputError, match="not a constraint"):
        Constraint.parse("spend=1")
    with pytest.raises(InputError, match="response_new"):
        Space(scenario, [Lever("reach.ads.response_new", 0.1, 1.5)], objective)


def test_worst_replicates_are_the_tail() -> None:
    from growth.intervals import level_of

    lift = Objective.parse("activation_lift", 0.25)
    assert lift.score(level_of(np.array([4.0, 1.0, 3.0, 2.0]))) == 1.0
    cost = Objective.parse("spend", 0.5)
    assert cost.score(level_of(np.array([4.0, 1.0, 3.0, 2.0]))) == -3.5
