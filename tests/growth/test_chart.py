"""Charts against plain Python: the rank of each night from the installs so far, and what it brings the day after."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphs import textbook
from growth.campaign import CHART_UNIT, NOISE_UNIT, QUANTILES, RANKS
from growth.flows import CAUSES
from growth.state import WEEK, Part
from growth.streams import ONE, Stream
from tests import oracles
from tests.growth.tiny import SEED, Days, run

PEOPLE, DAYS = 400, 5
GRAPH = textbook.ring(PEOPLE)
CHANCE = ONE // 20
LEVELS = (CHART_UNIT * np.linspace(60, 1, RANKS)).astype(np.int32)
SURGE = (CHART_UNIT * np.linspace(3, 0.2, RANKS)).astype(np.int32)
NOISE = np.linspace(0.5, 2, QUANTILES) * NOISE_UNIT
START = 15


def _run(lift: np.ndarray, window: int = 3, parts: int = Part.CHART) -> Days:
    """Nobody has the app; a twentieth of those without it installs it every day, times the lift; nobody leaves."""
    reach = np.zeros((1, 1, 4, len(CAUSES)), np.uint32)
    reach[..., 0, :] = CHANCE
    law: dict[str, Any] = {
        "chart_level": LEVELS[None], "chart_noise": NOISE.astype(np.int32)[None], "surge_level": SURGE[None],
        "chart_lift": lift.astype(np.int32)[None], "chart_start": np.array([START], np.int32),
    }  # fmt: skip
    told = {"reach": reach, "reach_most": np.uint32(CHANCE), "chart_window": window}
    return run(GRAPH, days=DAYS, rounds=2, engaged=0.0, law=law, sizes={"parts": parts}, **told)


def _words(stream: Stream, who: int, when: int) -> tuple[int, int]:
    return oracles.threefry(oracles.stream_key(SEED, 0, 0, 0, stream), (who, when))


def _expected(lift: np.ndarray, window: int) -> tuple[list[int], list[int], list[int]]:
    """Installs, free rank and surge rank of each day, one person at a time."""
    without, history = set(range(PEOPLE)), [START] * WEEK
    rank = sum(level > CHART_UNIT * START for level in LEVELS)
    installs, free, surge = [], [], []
    for day in range(DAYS):
        chance = (CHANCE >> 8) * int(lift[rank]) + (((CHANCE & 255) * int(lift[rank])) >> 8)
        came = {user for user in without if _words(Stream.REACH, user >> 1, day)[user & 1] >> 1 < chance}
        without -= came
        history = [len(came), *history[: WEEK - 1]]
        noise = [int(NOISE[word >> 22]) for word in _words(Stream.CHART, 0, day)]
        level = sum(history[:window]) * CHART_UNIT // window
        rank = sum(one > level * noise[0] // NOISE_UNIT for one in LEVELS)
        growth = 7 * history[0] * CHART_UNIT // max(sum(history[1:]), 1) * noise[1] // NOISE_UNIT
        installs.append(len(came))
        free.append(rank + 1)
        surge.append(sum(one > growth for one in SURGE) + 1)
    return installs, free, surge


@pytest.mark.parametrize("window", [1, 3])
def test_ranks_and_installs_are_those_of_plain_python(window: int) -> None:
    lift = np.linspace(3, 0.5, RANKS + 1) * CHART_UNIT
    days = _run(lift, window)
    installs, free, surge = _expected(lift.astype(np.int32), window)
    assert days.flows["installs"].ravel().tolist() == installs
    assert days.flows["chart_rank"].ravel().tolist() == free
    assert days.flows["surge_rank"].ravel().tolist() == surge
    assert len(set(free)) > 2
    assert len(set(surge)) > 2


def test_a_chart_that_lifts_nothing_changes_nothing() -> None:
    flat = np.full(RANKS + 1, CHART_UNIT)
    with_chart, without = _run(flat), _run(flat, parts=0)
    assert np.array_equal(with_chart.log, without.log)
    for name, flow in without.flows.items():
        if not name.endswith("_rank"):
            assert np.array_equal(flow, with_chart.flows[name]), name
    assert not without.flows["chart_rank"].any()
