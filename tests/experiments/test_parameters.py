"""Parameter draws: a Latin hypercube whose columns belong to the paths, through ranges that keep their middle."""

from __future__ import annotations

import math

import numpy as np
import pytest

from experiments.parameters import behaviour_of, draw_places, quantile, values_at
from experiments.quantity import Quantity
from experiments.scenario import Scenario
from tests.conftest import z_bound
from tests.golden.write import golden_scenario
from tests.small_run import changed


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return golden_scenario()


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (Quantity(value=3.0, low=2.0, high=6.0), {0: 2, 0.25: 2.5, 0.5: 3, 0.75: 4.5, 1: 6}),  # even on both sides
        (Quantity(value=4.0, low=1.0, high=16.0), {0: 1, 0.25: 2, 0.5: 4, 0.75: 8, 1: 16}),  # over a factor of 4: log
        (Quantity(value=2.0, low=1.0, high=4.0), {0.25: 1.5, 0.75: 3}),  # a factor of 4 exactly: even
        (Quantity(value=1.0, low=0.0, high=9.0), {0: 0, 0.25: 0.5, 1: 9}),  # from zero: even
        (Quantity(value=-4.0, low=-5.0, high=-2.0), {0: -5, 0.25: -4.5, 0.75: -3, 1: -2}),
        (Quantity(value=7.0), {0: 7, 0.9: 7}),
        (Quantity(value=7.0, low=7.0, high=7.0), {0: 7, 1: 7}),
    ],
)
def test_quantiles_of_a_range(number: Quantity, expected: dict[float, float]) -> None:
    for place, value in expected.items():
        assert quantile(number, place) == pytest.approx(value)


@pytest.mark.parametrize("draws", [1, 7, 64])
def test_one_draw_falls_in_each_part_of_every_range(scenario: Scenario, draws: int) -> None:
    places = draw_places(scenario, draws, 11)
    ranged = {path for path, number in scenario.numbers().items() if number.low != number.high}
    assert len(places) == draws
    assert set(places[0]) == ranged
    for path in ranged:
        column = np.array([place[path] for place in places])
        assert sorted(np.floor(column * draws)) == list(range(draws))


def test_columns_are_not_alike(scenario: Scenario) -> None:
    """Orders of different paths are independent: no two columns correlate beyond chance."""
    places = draw_places(scenario, 256, 11)
    table = np.array([list(place.values()) for place in places])
    seen = np.corrcoef(table.T)[np.triu_indices(table.shape[1], 1)]
    assert np.abs(seen).max() < z_bound(len(seen)) / math.sqrt(255)


def test_a_path_keeps_its_column_whatever_else_is_drawn(scenario: Scenario) -> None:
    more = changed(("people_per_day = 8_000", "people_per_day = {value = 8_000, low = 4_000, high = 9_000}"))
    before, after = draw_places(scenario, 5, 11), draw_places(more, 5, 11)
    assert set(after[0]) - set(before[0]) == {"reach.wake_up.people_per_day"}
    assert [{path: place[path] for path in before[0]} for place in after] == before


def test_places_depend_on_seed_and_nothing_else(scenario: Scenario) -> None:
    assert draw_places(scenario, 5, 11) == draw_places(golden_scenario(), 5, 11)
    assert draw_places(scenario, 5, 11) != draw_places(scenario, 5, 12)
    assert draw_places(scenario, 0, 11) == []


def test_values_are_central_or_at_their_places(scenario: Scenario) -> None:
    central = values_at(scenario, None)
    assert central == {path: number.value for path, number in scenario.numbers().items()}
    drawn = values_at(scenario, {"app.our_app.base.dormant": 0.0, "prize.last_day.count": 0.75})
    assert drawn["app.our_app.base.dormant"] == 12_000
    assert drawn["prize.last_day.count"] == pytest.approx(math.sqrt(3 * 5))
    same = set(drawn) - {"app.our_app.base.dormant", "prize.last_day.count"}
    assert all(drawn[path] == central[path] for path in same)


def test_a_variant_that_narrows_a_number_is_not_drawn_there(scenario: Scenario) -> None:
    """A variant sets a bare number: whatever the place of that path, it is that number in every draw."""
    places = draw_places(scenario, 2, 5)
    variant = scenario.variant("dear packets")
    assert values_at(variant, places[1])["reward.packet.mean_yuan"] == 3.0
    both = ("behaviour.open.mean", "app.our_app.base.dormant")
    assert all(values_at(variant, places[1])[path] == values_at(scenario, places[1])[path] for path in both)


def test_behaviour_values_lose_their_prefix() -> None:
    assert behaviour_of({"behaviour.share.rate": 1.0, "app.x.base.dau": 2.0}) == {"share.rate": 1.0}
