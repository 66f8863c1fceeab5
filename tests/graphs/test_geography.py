"""Places: a curve without jumps, towns that are areas, and an exponent that is found again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from graphs.chain import make_chain
from graphs.geography import (
    AT_HOME_FROM,
    COUNTRY_KM,
    TOWNS_PER_CITY,
    distance_law,
    home_kilometres,
    town_kilometres,
    work_kilometres,
)
from graphs.social_graph import SocialGraph
from graphs.textbook import karate_club, path


def placed(num_users: int, towns: int, u: np.ndarray, v: np.ndarray) -> SocialGraph:
    """A chain whose users live in ``towns`` towns of one size."""
    graph = SocialGraph.from_edges(num_users, u, v)
    town = (np.arange(num_users) * towns // num_users).astype(np.int32)
    return replace(graph, attributes=replace(graph.attributes, town=town))


def test_towns_of_a_power_of_four_stand_on_a_grid_next_to_the_one_before() -> None:
    centre = town_kilometres(np.arange(64), 64).astype(float)
    step = np.abs(np.diff(centre, axis=0))
    assert np.allclose(step.sum(axis=1), COUNTRY_KM / 8, atol=0.2)
    assert len(np.unique(np.floor(centre / (COUNTRY_KM / 8)), axis=0)) == 64


def test_homes_fill_the_country_and_neighbours_by_id_are_neighbours() -> None:
    graph = placed(4_096, 16, np.arange(4_095), np.arange(1, 4_096))
    home = home_kilometres(graph.attributes).astype(float)
    assert home.min() >= 0.0
    assert home.max() <= COUNTRY_KM
    assert np.hypot(*np.diff(home, axis=0).T).max() <= COUNTRY_KM / 64 * 1.01
    middle = town_kilometres(graph.attributes.town, 16)
    assert np.abs(home - middle).max() <= COUNTRY_KM / 4 + 0.1  # inside the cell that the town fills
    assert np.histogram2d(home[:, 0], home[:, 1], bins=8)[0].tolist() == [[64.0] * 8] * 8


def test_work_is_where_homes_of_the_city_are() -> None:
    graph = make_chain(6_000, mean_degree=20, seed=3)
    who = graph.attributes
    home, work = home_kilometres(who), work_kilometres(who)
    at_home = who.age_band >= AT_HOME_FROM
    assert np.array_equal(home[at_home], work[at_home])
    town_of = {place.tobytes(): int(town) for place, town in zip(home, who.town, strict=True)}
    there = np.array([town_of[place.tobytes()] for place in work])
    assert np.array_equal(there // TOWNS_PER_CITY, who.town // TOWNS_PER_CITY)
    share = (there != who.town)[~at_home].mean()
    assert 0.17 < share < 0.23  # a fifth, five standard errors of 5,000 users on either side


def gravity(num_users: int, exponent: float, free: float, seed: int) -> SocialGraph:
    """Random ties accepted with probability free + (1 - free) (20 / km)^exponent, scaled so that ties abound."""
    rng = np.random.default_rng(seed)
    empty = placed(num_users, 64, np.zeros(0, int), np.zeros(0, int))
    home = home_kilometres(empty.attributes)
    u, v = rng.integers(0, num_users, (2, 4_000_000))
    km = np.hypot(*(home[u] - home[v]).T)
    chance = free + np.minimum(1.0, (20.0 / np.maximum(km, 1.0)) ** exponent)
    kept = rng.random(len(u)) < chance
    return placed(num_users, 64, u[kept], v[kept])


@pytest.mark.parametrize(("exponent", "free"), [(1.0, 0.0), (1.5, 0.002), (2.0, 0.0005)])
def test_the_exponent_and_the_free_share_are_found_again(exponent: float, free: float) -> None:
    graph = gravity(40_000, exponent, free, seed=1)
    law = distance_law(graph)
    assert law is not None
    assert law.exponent == pytest.approx(exponent, abs=0.06)
    expected = 4_000_000 * free / graph.num_ties
    assert law.free_share == pytest.approx(expected, abs=0.04)
    fitted = law.fitted(law.kilometres)[law.chance > 0]
    assert np.median(np.abs(fitted / law.chance[law.chance > 0] - 1.0)) < 0.1


def test_ties_at_random_have_no_exponent() -> None:
    rng = np.random.default_rng(2)
    law = distance_law(placed(20_000, 16, *rng.integers(0, 20_000, (2, 400_000))))
    assert law is not None
    assert np.allclose(law.fitted(law.kilometres), 1.0, atol=0.1)


def test_a_chain_without_places_or_ties_has_no_law() -> None:
    assert distance_law(karate_club()) is None
    assert distance_law(path(1, isolated=2)) is None
