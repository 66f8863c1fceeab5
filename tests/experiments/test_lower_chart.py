"""Chart tables against the published slopes, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.defaults import load_defaults
from experiments.lower_chart import chart_levels, chart_lift, chart_tables
from growth.campaign import CHART_UNIT, NOISE_UNIT, RANKS

VALUES = {name: quantity.value for name, quantity in load_defaults().items()}
W = 7_000.0


def test_levels_fall_with_two_slopes_that_meet_at_ten() -> None:
    levels = chart_levels(VALUES)
    assert levels[0] == VALUES["chart.first"]
    assert levels[0] / levels[9] == pytest.approx(10 ** VALUES["chart.slope_top"])
    assert levels[9] / levels[99] == pytest.approx(10 ** VALUES["chart.slope_below"])
    assert (np.diff(levels) < 0).all()


def test_demand_at_the_first_rank_and_at_twenty() -> None:
    lift = chart_lift(VALUES)
    assert len(lift) == RANKS + 1
    assert lift[0] / lift[19] == pytest.approx(VALUES["chart.lift"])
    assert (lift[19:] == 1).all()


def test_the_standing_world_has_its_own_lift_in_it() -> None:
    """Whatever the base installs, the lift of their rank is one: the world stands still."""
    for installs in (10_000.0, 300_000.0, 2_000_000.0):
        tables = chart_tables(VALUES, installs, W)
        rank = int((tables["chart_level"] > CHART_UNIT * installs / W).sum())
        assert tables["chart_lift"][rank] == CHART_UNIT
        assert tables["chart_start"] == round(installs / W)


def test_levels_are_all_stores_of_the_sample_and_noise_is_even_on_the_log() -> None:
    tables = chart_tables(VALUES, 250_000.0, W)
    first = VALUES["chart.first"] / VALUES["install.ios_store_share"] / W
    assert tables["chart_level"][0] == round(first * CHART_UNIT)
    noise = np.log(tables["chart_noise"] / NOISE_UNIT)
    assert noise.mean() == pytest.approx(0, abs=1e-3)
    assert noise.std() / VALUES["chart.slope_below"] == pytest.approx(VALUES["chart.rank_noise"], rel=0.02)


def test_a_middling_growth_stands_in_the_middle_of_the_surge_chart() -> None:
    """Of exactly RANKS apps the median one has not grown."""
    tables = chart_tables({**VALUES, "chart.apps": RANKS}, 250_000.0, W)
    assert tables["surge_level"][RANKS // 2] == pytest.approx(CHART_UNIT, abs=2)
