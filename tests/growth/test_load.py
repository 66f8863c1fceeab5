"""Load against hand arithmetic, counting minute by minute, and the waiting line solved state by state."""

from __future__ import annotations

import math

import numpy as np
import pytest

from growth.load import busiest_minute, delayed, erlang_c, mean_wait, nodes_for, profile, served_share
from tests.oracles import waiting_line

MINUTES = 24 * 60


def test_the_busiest_minute_of_a_flat_and_of_a_peaked_day() -> None:
    assert busiest_minute(np.ones(24)) == pytest.approx(1 / 1440)
    assert busiest_minute([0] * 23 + [5]) == pytest.approx(1 / 60)
    for bad in ([0] * 24, [1] * 23 + [-1], [1] * 23):
        with pytest.raises(ValueError, match="profile"):
            busiest_minute(bad)


def test_an_answer_half_an_hour_later_is_as_often_in_the_next_hour() -> None:
    today, tomorrow = delayed(profile([0] * 23 + [1]), [1800])
    assert (today[23], tomorrow[0]) == (0.5, 0.5)
    assert today.sum() + tomorrow.sum() == 1
    today, tomorrow = delayed(profile([0] * 10 + [1] + [0] * 13), [0, 5400, 86_400])
    assert today[10:13] == pytest.approx([1 / 3, 1 / 6, 1 / 6])
    assert tomorrow[10] == pytest.approx(1 / 3)
    for bad in ([], [-1], [86_401]):
        with pytest.raises(ValueError, match="delays"):
            delayed(np.ones(24) / 24, bad)


def test_delays_are_counted_minute_by_minute() -> None:
    """Every minute of a day has its hour's part of the events; each is put as many minutes later as each delay says."""
    rng = np.random.default_rng(7)
    shares, delays = profile(rng.uniform(size=24)), rng.integers(0, MINUTES + 1, 50)
    counted = np.zeros((2, 24))
    for minute in range(MINUTES):
        for delay in delays:
            then = minute + int(delay)
            counted[then // MINUTES, then % MINUTES // 60] += shares[minute // 60] / 60 / len(delays)
    np.testing.assert_allclose(delayed(shares, delays * 60), counted, rtol=0, atol=1e-12)


def test_the_scarcer_rate_decides() -> None:
    assert nodes_for([1000, 10], [10, 1000], 100, 50).tolist() == [10, 20]
    assert nodes_for(100, 0, 100, 50, use=0.5) == 2


@pytest.mark.parametrize(("offered", "servers"), [(0.5, 1), (2.0, 3), (8.0, 10), (30.0, 35), (970.0, 1000)])
def test_waiting_is_that_of_the_line_solved_state_by_state(offered: float, servers: int) -> None:
    chance, wait = waiting_line(offered / 12.0, 12.0, servers)
    assert erlang_c(offered, servers) == pytest.approx(chance, rel=1e-9)
    assert mean_wait(offered, servers, 12.0) == pytest.approx(wait, rel=1e-9)


def test_one_server_waits_as_often_as_it_is_busy_and_too_few_never_catch_up() -> None:
    assert erlang_c(0.7, 1) == pytest.approx(0.7)
    assert erlang_c([5.0, 0.0], 5).tolist() == [1, 0]
    assert mean_wait([6.0, 5.0], 5, 1.0).tolist() == [math.inf, math.inf]


def test_a_million_servers_are_no_harder() -> None:
    """Where servers are many and spare ones a few square roots of the load, the chance is that of Halfin and Whitt
    (1981), which is exact in the limit."""
    servers, spare = 1_000_000, 0.5
    density = math.exp(-(spare**2) / 2) / math.sqrt(2 * math.pi)
    below = (1 + math.erf(spare / math.sqrt(2))) / 2
    limit = 1 / (1 + spare * below / density)
    assert erlang_c(servers - spare * math.sqrt(servers), servers) == pytest.approx(limit, rel=1e-3)


def test_what_is_not_served_is_what_exceeds_capacity() -> None:
    assert served_share([50.0, 100.0, 400.0, 0.0], 100.0).tolist() == [1.0, 1.0, 0.25, 1.0]
    assert served_share([50.0, 0.0], [0.0, 0.0]).tolist() == [0.0, 1.0]
