"""Charts against plain Python: the rank of each night from the installs so far, and what it brings the day after."""

from __future__ import annotations

from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from graphs import textbook
from growth.campaign import CHART_UNIT, NOISE_UNIT, QUANTILES, RANKS, at_round
from growth.chart import publish
from growth.flows import CAUSES, COLUMNS
from growth.state import WEEK, Part
from growth.streams import ONE, Stream, lane_keys
from tests import oracles
from tests.growth.tiny import SEED, Days, run, world

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
        installs.append(len(came))
        free.append(_free(history, window, day, LEVELS))
        surge.append(_surge(history, day))
        rank = free[-1] - 1
    return installs, free, surge


def _free(history: list[int], window: int, day: int, levels: np.ndarray) -> int:
    """Rank on the free chart by the installs of today and of the seven days before, in integers of any length."""
    noise = int(NOISE[_words(Stream.CHART, 0, day)[0] >> 22])
    level = sum(history[:window]) * CHART_UNIT // window * noise // NOISE_UNIT
    return 1 + sum(one > level for one in levels.tolist())


def _surge(history: list[int], day: int) -> int:
    """Rank on the surge chart; of a million installs or more a week only thousands are looked at."""
    noise = int(NOISE[_words(Stream.CHART, 0, day)[1] >> 22])
    today, before = history[0], sum(history[1:])
    coarse = 1024 if before >= 1 << 20 else 1
    growth = 7 * (today // coarse) * CHART_UNIT // (before // coarse) if before else 0
    return 1 + sum(one > growth * noise // NOISE_UNIT for one in SURGE.tolist())


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


MILLION = 1_000_000
LARGE = [  # installs of today, and of each day of the week before, in a sample as large as a lane can be
    (2_700_000, 2_700_000),
    (2_900_000, 2_900_000),
    (8_400_000, 8_400_000),
    (1_300_000, 140_000),
    (40 * MILLION, 3),
    (700 * MILLION, 1),
    (3 * MILLION, 160_000),
    (1_400 * MILLION, 150_000),
    (1_300 * MILLION, 20 * MILLION),
    (200 * MILLION, 200 * MILLION),
    (150_000, 2_900_000),
    (0, 2_900_000),
    (2_900_000, 0),
]


@pytest.mark.parametrize("window", [1, 3, WEEK])
def test_ranks_hold_at_any_size_of_sample(window: int) -> None:
    """Installs a day that do not fit 32 bits once they are in units of the chart and times the competitors' noise."""
    top = np.linspace(6 * MILLION, MILLION, RANKS) * CHART_UNIT
    levels = top.astype(np.int32)
    law = {"chart_level": levels[None], "chart_noise": NOISE.astype(np.int32)[None], "surge_level": SURGE[None]}
    engine, key, campaign = world(
        GRAPH, days=DAYS, rounds=2, engaged=0.0, law=law, sizes={"parts": Part.CHART}, chart_window=window
    )
    state, now = engine.begin(key, campaign), at_round(campaign.schedule, jnp.int32(0))
    keys = lane_keys(key, campaign.lanes.replicate, campaign.lanes.app)
    published = jax.jit(lambda state, day: publish(keys, state, campaign, now, engine.sizes, day).chart[0] + 1)
    free, surge = set(), set()
    for day, (today, before) in product(range(3), LARGE):
        flows = state.totals.flows.at[:, COLUMNS["installs"]].set(today)
        then = state._replace(installs=jnp.full_like(state.installs, before), totals=state.totals._replace(flows=flows))
        history = [today, *[before] * (WEEK - 1)]
        expected = [_free(history, window, day, levels), _surge(history, day)]
        assert published(then, jnp.int32(day)).tolist() == expected, (today, before, day)
        free.add(expected[0])
        surge.add(expected[1])
    assert {1, RANKS + 1} < free
    assert {1, RANKS + 1} < surge


def test_a_chart_that_lifts_nothing_changes_nothing() -> None:
    flat = np.full(RANKS + 1, CHART_UNIT)
    with_chart, without = _run(flat), _run(flat, parts=0)
    assert np.array_equal(with_chart.log, without.log)
    for name, flow in without.flows.items():
        if not name.endswith("_rank"):
            assert np.array_equal(flow, with_chart.flows[name]), name
    assert not without.flows["chart_rank"].any()
