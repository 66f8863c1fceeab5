"""Weighted interval scores against quantile losses, simple forecasters against known laws, and rows of the study."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from experiments.baseline_forecasts import bass_forecast, persistence, trend
from experiments.forecast_score import ALPHAS, LEVELS, weighted_interval_score
from experiments.validation import forecast as skill
from graphs.errors import InputError
from graphs.hashing import hash_normal
from growth.adoption import bass, per_day


def test_the_score_is_the_mean_quantile_loss() -> None:
    """Bracher et al. 2021, equation 3: twice the mean pinball loss over the 23 quantiles, whatever the outcome."""
    told = np.sort(hash_normal(1, 1, np.arange(23 * 40)).reshape(23, 40), axis=0)
    y = 2 * hash_normal(1, 2, np.arange(40))
    loss = ((y[None] <= told) - LEVELS[:, None]) * (told - y[None])
    np.testing.assert_allclose(weighted_interval_score(told, y), 2 * loss.mean(axis=0), rtol=1e-12)


def test_the_score_of_a_point_is_its_absolute_error() -> None:
    told = np.full((len(LEVELS), 3), 5.0)
    np.testing.assert_allclose(weighted_interval_score(told, [5.0, 7.0, 1.0]), [0, 2, 4], rtol=1e-12)
    with pytest.raises(ValueError, match="22 quantiles"):
        weighted_interval_score(told[1:], [5.0, 7.0, 1.0])


def test_levels_are_those_of_the_paper() -> None:
    assert len(ALPHAS) == 11
    np.testing.assert_allclose(LEVELS[:4], [0.01, 0.025, 0.05, 0.1])
    np.testing.assert_allclose(LEVELS + LEVELS[::-1], 1)


def test_persistence_is_a_random_walk_from_the_last_figure() -> None:
    seen = np.exp([1.0, 1.2, 1.1, 1.3])
    told = np.log(persistence(seen, 4, LEVELS))
    step = np.sqrt((0.04 + 0.01 + 0.04) / 3)
    np.testing.assert_allclose(told[11], 1.3)
    np.testing.assert_allclose(told[-1] - 1.3, stats.t.ppf(0.99, 3) * step * np.sqrt([1, 2, 3, 4]), rtol=1e-12)


def test_a_trend_has_the_interval_of_a_regression() -> None:
    """scipy's line and the textbook's standard error of a new observation, at one day ahead of seven."""
    y = np.array([1.0, 1.3, 1.2, 1.6, 1.5, 1.9, 2.0])
    told = np.log(trend(np.exp(np.concatenate([[9.0, 9.0], y])), 3, LEVELS, 7))
    line = stats.linregress(np.arange(7), y)
    middle = line.intercept + line.slope * 7
    np.testing.assert_allclose(told[11, 0], middle, rtol=1e-10)
    s2 = ((y - line.intercept - line.slope * np.arange(7)) ** 2).sum() / 5
    error = np.sqrt(line.intercept_stderr**2 + (7 * line.stderr) ** 2 + 2 * 7 * -3 * line.stderr**2 + s2)
    np.testing.assert_allclose(told[-1, 0], middle + stats.t.ppf(0.99, 5) * error, rtol=1e-8)


@pytest.mark.parametrize("wave", [True, False])
def test_a_bass_curve_is_found_again(wave: bool) -> None:
    """A wave and a plateau above a level of 1,000, without noise: the rest of the curve is known."""
    whole = bass(np.arange(1, 31), 5_000.0, 0.03, 0.35)
    whole = 1_000 + (per_day(whole) if wave else whole)
    told = bass_forecast(np.full(5, 1_000.0), whole[:14], 16, LEVELS, 3)
    np.testing.assert_allclose(told[11], whole[14:], rtol=1e-3)
    assert (told[-1] - told[0] < 0.01 * whole[14:]).all()


def test_a_forecast_below_the_level_is_persistence() -> None:
    seen = np.exp(0.1 * hash_normal(2, 1, np.arange(14))) * 500
    np.testing.assert_array_equal(bass_forecast(np.full(5, 1_000.0), seen, 6, LEVELS, 1), persistence(seen, 6, LEVELS))


def made_up(better: bool) -> skill.Study:
    """Thirty campaigns whose logs are normal; ours knows the law, or is ten times too wide."""
    printed = np.exp(10 + 0.1 * hash_normal(4, 1, np.arange(30 * 40)).reshape(30, 40))
    honest = np.exp(10 + 0.1 * stats.norm.ppf(LEVELS))[None, :, None] * np.ones((30, 1, 26))
    wide = np.exp(10 + 1.0 * stats.norm.ppf(LEVELS))[None, :, None] * np.ones((30, 1, 26))
    told = {skill.OURS: honest if better else wide, "rival": wide if better else honest}
    return skill.Study(printed[:, :5], printed, told, np.tile([300.0, 0.0], (30, 1)))


def test_rows_say_who_wins() -> None:
    for better in (True, False):
        rows = skill.forecast_rows(made_up(better))
        law = [row for row in rows if row["role"] == "law"]
        assert [row["ok"] for row in law] == [better]
        assert (law[0]["value"] < 0.5) == better
    covered = {row["metric"]: row["value"] for row in skill.forecast_rows(made_up(True)) if row["id"] == skill.OURS}
    inside = covered["figures held out inside the 90 % predictive interval"]
    assert abs(inside - 0.9) < stats.norm.isf(5e-7) * np.sqrt(0.09 / (30 * 26))
    learned = [row for row in skill.forecast_rows(made_up(True)) if "learned" in row["metric"]]
    assert learned[0]["value"] == pytest.approx(1, abs=0.1)  # with its errors learned the rival knows the law too


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="something else"):
        skill._check_folder(tmp_path, "a")
    skill._check_folder(tmp_path / "new", "a")
    skill._check_folder(tmp_path / "new", "a")
    with pytest.raises(InputError, match="another study"):
        skill._check_folder(tmp_path / "new", "b")


@pytest.mark.long
def test_a_study_goes_on_from_what_was_kept(tmp_path: Path) -> None:
    """Two campaigns; one forecast lost is made again the same."""
    first = skill.study(skill.town(), 2, tmp_path / "study")
    file = tmp_path / "study" / "campaign_001.npz"
    with np.load(file) as kept:
        told = kept["quantiles"]
    file.unlink()
    again = skill.study(skill.town(), 2, tmp_path / "study")
    for name, quantiles in first.told.items():
        np.testing.assert_array_equal(again.told[name], quantiles)
    assert (first.checks[:, 0] > 20).all()  # not one chain is stuck
    with np.load(file) as kept:
        np.testing.assert_array_equal(kept["quantiles"], told)
