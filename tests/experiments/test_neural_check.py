"""The cross-check by a neural posterior: what is printed of worlds, the proposal, a posterior that is known."""

from __future__ import annotations

import math
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

from experiments import neural_flow
from experiments.emulator import CURVES, SHOWN
from experiments.likelihood import Model
from experiments.neural_check import Box, Crossed, box_of, chosen, crossed, declared, points_of
from experiments.neural_figures import calmed, curve_of, digits_of, printed_of, reported_of, usable
from experiments.neural_flow import Examples, Training, places_in
from experiments.neural_tables import check_lines, compared, verdict_of
from experiments.predictive import days_shown
from graphs.errors import InputError
from graphs.hashing import hash_normal
from tests.conftest import z_bound
from tests.experiments.surrogate_worlds import plain_model

N = 4000
ROWS = (
    "2026-03-01,app,dau,=,410,users,,2026-03-01,panel,made up,B",
    "2026-03-03,app,dau,=,1150,users,,2026-03-03,company,made up,A",
    "2026-03-13,app,dau_peak,>,900,users,2026-03-02,2026-03-12,panel,made up,B",
    "2026-03-02,app,app_store_cn_free_rank,=,3,rank,,2026-03-02,store,made up,B",
    "2026-03-05,app,app_store_cn_free_rank,>,20,rank,,2026-03-05,store,made up,B",
    "2026-03-03,app,app_store_surge_rank,=,5,rank,,2026-03-03,store,made up,B",
)


pytestmark = pytest.mark.usefixtures("in_64_bits")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return plain_model(ROWS, tmp_path_factory.mktemp("reported"))


def normal(stream: int, *shape: int) -> np.ndarray:
    return hash_normal(7, stream, np.arange(int(np.prod(shape)))).reshape(shape)


def outputs(model: Model) -> np.ndarray:
    """One world: 400 people a day before, 1,000 after, a peak of 880, and 30 installs a day (10 before)."""
    width = model.plan.days + 1
    curves = {name: np.full(width, 30.0) for name in CURVES}
    curves["installs"][-1] = 10.0
    shown = np.full(len(SHOWN) * len(days_shown(model)), 3000.0)
    return np.concatenate([[400.0, 1000.0, 880.0], shown, *curves.values()])


def test_figures_are_printed_by_the_laws_that_judge_them(model: Model) -> None:
    """Means and spreads against the normal of the log; places against the distribution function; statements exactly."""
    z = np.zeros((N, model.size))
    z[:, model._at["measurer: company"]] = normal(1, N)
    told = printed_of(model, z, np.tile(outputs(model), (N, 1)), 0.5, 3)
    assert len(told.names) == told.condition.shape[1] == 6  # two counts, two places with their flags
    first, second, place, off, surge, _ = told.condition.T
    bound = z_bound(8) / math.sqrt(N)
    for column, centre, spread in ((first, 400.0, 0.05), (second, 1000.0, math.hypot(0.05, 0.2))):
        assert abs(column.mean() - math.log(centre)) < bound * spread + 0.004  # rounding to two or three digits
        assert abs(column.std() / spread - 1) < bound + 0.01
    np.testing.assert_allclose(np.exp(first) / 10, np.round(np.exp(first) / 10))  # printed to tens
    run: Any = SimpleNamespace(installs=np.full(model.plan.days, 30.0), base_installs=10.0)
    above, phi = (np.asarray(part) for part in model.above_at(jnp.zeros(model.size), run))
    law = stats.nbinom(phi, phi / (phi + above))
    rank = np.round(np.exp(place)).astype(int)
    for most in (1, 3, 10):
        chance = float(law.cdf(most - 1)[0])
        assert abs((rank <= most).mean() - chance) < bound * math.sqrt(chance * (1 - chance)) + 1e-9
    assert ((rank > 100) == (off == 1)).all()
    assert (surge >= 0).all()
    high = stats.norm.logsf((math.log(900) - math.log(880)) / 0.05)  # more than 900
    worse = math.log(law.sf(19)[3])  # worse than the twentieth: at least twenty above
    pi = 0.3 * np.exp(-np.arange(50) / 5.0)
    quiet = sum(math.log(1 - float(pi @ law.pmf(np.arange(50)[:, None])[:, day])) for day in model.silent)
    np.testing.assert_allclose(told.log_weight, high + worse + quiet, rtol=1e-5)


def test_reported_figures_take_the_same_form(model: Model) -> None:
    expected = [math.log(410), math.log(1150), math.log(3), 0, math.log(5), 0]
    np.testing.assert_allclose(reported_of(model), expected)
    assert [digits_of(one) for one in model.observed[:2]] == [2, 3]
    whole = outputs(model)[None]
    assert curve_of(model, whole, "installs")[0, -1] == 10
    assert curve_of(model, whole, "new")[0].tolist() == [30.0] * (model.plan.days + 1)


def test_a_funnel_is_refused_with_its_lines(model: Model) -> None:
    kind = SimpleNamespace(functional=SimpleNamespace(kind="funnel"), row=SimpleNamespace(line=9, relation="="))
    with pytest.raises(InputError, match="funnel"):
        usable(SimpleNamespace(observed=[kind]))  # type: ignore[arg-type]
    usable(model)


def test_the_luck_of_a_sample_is_taken_out_and_that_of_everybody_is_kept() -> None:
    z, luck = normal(2, N, 2), 0.2
    course, own = 10 + 0.3 * z[:, :1], 0.1 * normal(3, N, 1)  # own: what the numbers do not say and every world has
    one, again = (np.exp(course + own + luck * normal(stream, N, 1)) for stream in (4, 5))
    np.testing.assert_array_equal(calmed(z, one, again[:500], 1.0), one)
    told = np.log(calmed(z, one, again, 100.0) + 50.0) - np.log(np.exp(course) + 50.0)
    mean = np.log(np.mean(one / np.exp(course)))  # luck makes a mean larger than the mean of the log says
    assert np.log(np.mean(np.exp(told))) == pytest.approx(mean, abs=z_bound(1) * 2 * luck / math.sqrt(N))
    # What is left is what differs between points, and a hundredth of the luck.
    assert told.std() == pytest.approx(math.sqrt(0.1**2 + luck**2 / 100), rel=z_bound(1) / math.sqrt(N) + 0.06)


def test_worlds_lie_in_the_box_and_are_drawn_from_the_prior_there() -> None:
    z = normal(6, 4000, 3) * np.array([0.3, 0.5, 1.0]) + np.array([1.0, -1.0, 0.0])
    box = box_of(z, np.array([0, 1]), 0.5)
    ends = np.quantile(z[:, :2], (0.005, 0.995), axis=0)
    np.testing.assert_allclose(box.high - box.low, 2 * (ends[1] - ends[0]))
    told = points_of(box, 20_000, 3, 1)
    assert box.inside(told[:, :2]).all()
    assert not box.inside(told[:, :2] + 10).any()
    for at in range(2):
        law = stats.truncnorm(box.low[at], box.high[at])
        assert stats.kstest(told[:, at], law.cdf).pvalue > 1e-6
    assert stats.kstest(told[:, 2], "norm").pvalue > 1e-6


def test_draws_that_crowd_at_an_end_of_the_box_are_seen() -> None:
    box = Box(np.array([0, 1]), np.array([-1.0, -6.0]), np.array([1.0, 0.0]))
    crowded = np.column_stack([np.full(100, 0.99), np.full(100, -5.9)])
    assert box.at_end(crowded).tolist() == [1.0, 0.0]  # the second is at the prior's own end
    spread = box.drawn(normal(7, N, 2))
    np.testing.assert_allclose(box.at_end(spread), 0.1, atol=z_bound(4) * math.sqrt(0.09 / N))


def test_what_is_compared_is_what_the_data_narrowed(model: Model) -> None:
    z = normal(8, 2000, model.size)
    z[:, [1, 5]] *= np.array([0.5, 0.3])
    known, control = chosen(model, z, 12)
    assert known.tolist() == [5, 1]
    assert control not in known
    assert control < len(model.of_scenario)
    assert chosen(model, z, 1)[0].tolist() == [5]


def test_disagreement_is_said_in_words(model: Model) -> None:
    limits = declared()
    assert verdict_of(0.1, 1.2, limits) == "agree"
    assert verdict_of(-0.6, 1.6, limits) == "disagree: the flow lies lower, the flow is wider"
    assert verdict_of(0.0, 0.6, limits) == "disagree: the flow is narrower"
    hmc, names = normal(9, N, 2), [model.names[0], "new users over the run"]
    flow = np.column_stack([hmc[:, 0], 0.5 * hmc[:, 1] + 1])
    ours = Crossed(flow, np.full(2, 0.9), np.full(2, 0.5), 0.5, 0.8, 100, (1.0,))
    rows = compared(model, names, list(hmc.T), ours, model.names[0], limits)
    assert [row["verdict"] for row in rows] == ["agree", "disagree: the flow lies higher, the flow is narrower"]
    assert rows[0]["hmc"] == pytest.approx(400, abs=5)  # in its own unit
    assert rows[1]["medians_apart"] == pytest.approx(1 - 0.5 * np.median(hmc[:, 1]) / hmc[:, 1].std(), abs=0.05)
    summary = {"worlds": 9, "held_out": 1, "statements_ess": 1.0, "kept": 0.9, "farther": 0.0, "at_end": {}}
    lines = check_lines(summary | {"rows": rows})
    assert "extrapolates" in lines[1]
    assert lines[-1].endswith("disagree on new users over the run")
    assert "at their edge" in check_lines(summary | {"rows": rows, "farther": 0.005})[1]
    assert check_lines(summary | {"rows": rows, "farther": 0.3})[1].endswith("than the reported one")


def test_without_flowjax_one_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from experiments.cli import app

    monkeypatch.setattr(neural_flow, "find_spec", lambda _: None)
    files = ["experiments/campaigns/yuanbao_2026.toml", "--reported", "experiments/reported/spring_festival_2026.csv"]
    with pytest.raises(InputError, match="growth-modeller\\[check\\]"):
        CliRunner().invoke(app, ["calibrate", *files, "--check", "--out", str(tmp_path)], catch_exceptions=False)
    assert not list(tmp_path.iterdir())


@pytest.mark.long
@pytest.mark.skipif(find_spec("flowjax") is None, reason="flowjax is not installed (extra `check`)")
def test_a_conjugate_posterior_is_found_and_what_nothing_tells_stays_the_prior() -> None:
    """Two numbers behind two noisy figures, a third behind none; worlds in a box that it does not fill."""
    size, noise = 6000, 0.5
    box = Box(np.array([0]), np.array([-1.2]), np.array([2.4]))  # four standard deviations of the posterior each way
    target = points_of(box, size, 3, 11)
    figures = np.stack([target[:, 0], target[:, 0] + target[:, 1]], axis=1) + noise * normal(10, size, 2)
    reported = np.array([1.0, -0.5])
    examples = Examples(target, figures, np.ones(size), np.arange(size))
    with jax.numpy_rank_promotion("allow"), jax.numpy_dtype_promotion("standard"):  # as outside of tests
        told = crossed(
            examples,
            reported,
            3,
            inside=lambda draws: box.inside(draws[:, :1]),
            training=Training(members=2),
        )
    a = np.array([[1.0, 0, 0], [1, 1, 0]])
    covariance = np.linalg.inv(np.eye(3) + a.T @ a / noise**2)
    mean, spread = covariance @ a.T @ reported / noise**2, np.sqrt(np.diag(covariance))
    # Learned from 6,000 examples: a tenth of a standard deviation, an eighth of the width.
    np.testing.assert_allclose((told.draws.mean(axis=0) - mean) / spread, 0, atol=0.15)
    np.testing.assert_allclose(told.draws.std(axis=0) / spread, 1, atol=0.125)
    error = z_bound(6) * math.sqrt(0.25 / told.held_out)
    np.testing.assert_allclose(told.covers_50, 0.5, atol=error)
    np.testing.assert_allclose(told.covers_90, 0.9, atol=0.6 * error)
    assert told.farther > 0.05


def test_places_are_even_where_truth_and_draws_share_their_law() -> None:
    draws, truth = normal(12, 400, 99, 1), normal(13, 400, 1)
    assert stats.kstest(places_in(draws, truth)[:, 0], "uniform").pvalue > 1e-6
    assert places_in(draws[:1], np.array([[9.0]]))[0, 0] == pytest.approx(99.5 / 100)
