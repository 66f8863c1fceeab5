"""Load against hand arithmetic and Erlang's formula as printed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from growth.load import busiest_minute, erlang_c, mean_wait, nodes_for, served_share


def test_the_busiest_minute_of_a_flat_and_of_a_peaked_day() -> None:
    assert busiest_minute(np.ones(24)) == pytest.approx(1 / 1440)
    assert busiest_minute([0] * 23 + [5]) == pytest.approx(1 / 60)
    for bad in ([0] * 24, [1] * 23 + [-1]):
        with pytest.raises(ValueError, match="profile"):
            busiest_minute(bad)


def test_the_scarcer_rate_decides() -> None:
    assert nodes_for([1000, 10], [10, 1000], 100, 50).tolist() == [10, 20]
    assert nodes_for(100, 0, 100, 50, use=0.5) == 2


def _erlang_c(offered: float, servers: int) -> float:
    """The formula as printed."""
    rest = sum(offered**k / math.factorial(k) for k in range(servers))
    last = offered**servers / math.factorial(servers) / (1 - offered / servers)
    return last / (rest + last)


@pytest.mark.parametrize(("offered", "servers"), [(0.5, 1), (2.0, 3), (8.0, 10), (30.0, 35)])
def test_waiting_is_the_printed_formula(offered: float, servers: int) -> None:
    assert erlang_c(offered, servers) == pytest.approx(_erlang_c(offered, servers), rel=1e-12)
    assert mean_wait(offered, servers, 12.0) == pytest.approx(_erlang_c(offered, servers) * 12 / (servers - offered))


def test_one_server_waits_as_often_as_it_is_busy_and_too_few_never_catch_up() -> None:
    assert erlang_c(0.7, 1) == pytest.approx(0.7)
    assert erlang_c(5.0, 5) == 1
    assert mean_wait(6.0, 5, 1.0) == math.inf
    assert 0 < erlang_c(9_900.0, 10_000) < 1


def test_what_is_not_served_is_what_exceeds_capacity() -> None:
    assert served_share([50.0, 100.0, 400.0, 0.0], 100.0).tolist() == [1.0, 1.0, 0.25, 1.0]
