"""Simulation-based calibration: its data sets follow the laws of the measurers, and its rows see what is wrong."""

from __future__ import annotations

from importlib import resources
from typing import Any

import numpy as np
import pytest
from scipy import stats

from experiments.calibrate import model_of
from experiments.emulator import CURVES, SHOWN
from experiments.known_answers import known_answer
from experiments.likelihood import CHART_LENGTH, Model
from experiments.predictive import days_shown
from experiments.validation.calibration import calibration_columns, recovery_rows
from experiments.validation.recovery import LEVELS, Found, data_set, truths
from graphs.hashing import hash_normal
from tests.conftest import ks_bound
from tests.experiments.surrogate_worlds import plain_shape

SETS = 200


pytestmark = pytest.mark.usefixtures("in_64_bits")


@pytest.fixture(scope="module")
def model() -> Model:
    with resources.as_file(resources.files("experiments") / "known_answers" / "calibration_town.csv") as reported:
        return model_of(known_answer("calibration_town"), reported, plain_shape(np.array([40.0]), np.array([1.0])))[0]


def test_the_town_is_small_and_its_unknowns_are_its_ranges(model: Model) -> None:
    scenario = model.plan.scenario
    assert getattr(scenario.chain, "users", 0) == getattr(scenario.chain, "population", 0) == 20_000
    assert scenario.run.days + scenario.run.warm_up_days == 45
    ranges = {path for path, one in scenario.numbers().items() if one.low is not None and one.low != one.high}
    mine = {prior.name for prior in model.of_scenario}
    assert mine <= ranges
    assert len(mine) == 10
    assert model.silent == ()


def test_printed_figures_have_the_noise_of_their_measurer(model: Model) -> None:
    """The same town and truth, told again and again: log figures are normal around what is expected."""
    counts = sum(one.functional.kind == "count" for one in model.observed)
    size = counts + len(SHOWN) * len(days_shown(model)) + len(CURVES) * (model.plan.days + 1)
    outputs, z = np.full(size, 1000.0), truths(1, model.size)[0]
    told = [data_set(model, z, outputs, number) for number in range(40)]
    log = np.array([(one.log_low + one.log_high) / 2 for one in told])
    width = np.array([one.log_high - one.log_low for one in told])
    assert (width < 0.0101).all()  # three digits
    seen = np.array([float(model.seen_by(z, one)) for one in model.observed if one.functional.kind == "count"])
    residual = (log - np.log(1000) - seen) / 0.05
    assert stats.kstest(residual.reshape(-1), "norm").statistic < ks_bound(residual.size, 2) + 0.01
    ranks = np.array([one.rank_low for one in told])
    assert (ranks >= 1).all()
    assert (ranks <= CHART_LENGTH + 1).all()
    assert ranks.std() > 0


def found_of(spread: float = 1.0, shift: float = 0.0) -> Found:
    """Posteriors N(mean, 1/2) of a normal prior and one figure; stated wrongly by ``spread`` and ``shift``."""
    truth = hash_normal(1, 1, np.arange(2 * SETS)).reshape(SETS, 2)
    figure = truth + hash_normal(1, 2, np.arange(2 * SETS)).reshape(SETS, 2)
    mean, sd = figure / 2 + shift, np.sqrt(0.5) * spread
    place = stats.norm.cdf((truth - mean) / sd)
    quantiles = np.stack([mean + sd * stats.norm.ppf(level) for level in LEVELS], axis=1)
    each: Any = np.zeros(SETS)
    return Found(["one", "other"], place, quantiles, truth, np.full((SETS, 2), sd**2), each, each, each, 1.0)


def test_rows_hold_for_right_posteriors_and_fail_for_narrow_and_shifted_ones() -> None:
    rows = [row for row in recovery_rows(found_of()) if row["role"] == "law"]
    assert [row["id"] for row in rows] == ["one", "other"]
    assert all(row["ok"] for row in rows)
    assert all(row["identified"] and row["contraction"] == pytest.approx(0.5) for row in rows)
    for wrong in (found_of(spread=0.4), found_of(shift=0.8), found_of(spread=3.0)):
        assert not any(row["ok"] for row in recovery_rows(wrong) if row["role"] == "law")
    table = calibration_columns(rows)
    assert table["90 %"](rows[0]) == pytest.approx(0.9, abs=0.1)


def test_truths_of_the_first_sets_do_not_depend_on_how_many_there_are() -> None:
    np.testing.assert_array_equal(truths(8, 5)[:3], truths(3, 5))
