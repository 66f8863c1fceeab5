"""The correction by the full simulation: regression against refits, residual, figures, folders."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from experiments import emulator_design
from experiments.calibrate_corrected import design_points
from experiments.emulator import CURVES, SHOWN, features, learn, read_emulator, ridge, shifts, write_emulator
from experiments.emulator_design import needed_of, resized, simulated, worlds
from experiments.likelihood import Model
from experiments.predictive import days_shown
from experiments.scenario import parse_scenario
from graphs.errors import InputError
from graphs.hashing import hash_normal
from growth.flows import CAUSES, CHANNELS, KINDS
from tests.conftest import z_bound
from tests.experiments.surrogate_worlds import PLAIN, plain_model

FIGURES, DAYS, D = 2, 3, 1
OUTPUTS = FIGURES + len(SHOWN) * D + len(CURVES) * (DAYS + 1)
POINTS = 4000
ROWS = (
    "2026-03-01,app,dau,=,410,users,,2026-03-01,panel,made up,B",
    "2026-03-11,app,mau,=,3900,users,,2026-03-11,company,made up,A",
    "2026-03-12,app,new_users,=,900,users,2026-03-02,2026-03-11,company,made up,A",
    "2026-03-13,app,dau_peak,=,900,users,2026-03-02,2026-03-12,company,made up,A",
    "2026-03-02,app,app_store_cn_free_rank,=,3,rank,,2026-03-02,store,made up,B",
)


pytestmark = pytest.mark.usefixtures("in_64_bits")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return plain_model(ROWS, tmp_path_factory.mktemp("reported"))


def normal(stream: int, *shape: int) -> np.ndarray:
    return hash_normal(5, stream, np.arange(int(np.prod(shape)))).reshape(shape)


def test_leave_one_out_residuals_are_those_of_refits() -> None:
    x, y = normal(1, 12, 3), normal(2, 12, 2)
    y[:, 1] += 2 * x[:, 0]
    mean, slope, residual = ridge(x, y)
    for output in (0, 1):
        # The penalty that was chosen is the one whose explicit refits give these residuals.
        found = [_refits(x, y[:, output], penalty) for penalty in 12 * np.geomspace(1e-3, 1e4, 22)]
        best = min(found, key=lambda one: (one**2).sum())
        # An exact refit also moves the centre that the penalty is about: the formula holds it.
        np.testing.assert_allclose(residual[:, output], best, rtol=0.35, atol=0.12)
    np.testing.assert_allclose((y - mean - x @ slope).mean(axis=0), 0, atol=1e-12)


def _refits(x: np.ndarray, y: np.ndarray, penalty: float) -> np.ndarray:
    told = []
    for out in range(len(x)):
        rest = np.arange(len(x)) != out
        middle, level = x[rest].mean(axis=0), y[rest].mean()
        a = x[rest] - middle
        slope = np.linalg.solve(a.T @ a + penalty * np.eye(a.shape[1]), a.T @ (y[rest] - level))
        told.append(y[out] - level - (x[out] - middle) @ slope)
    return np.array(told)


@pytest.mark.parametrize("w", [1.0, 1e6])
def test_a_known_correction_and_its_noise_are_found(w: float) -> None:
    """Log ratio .3 + .2 x with a lack of fit of .05 that all outputs share, luck of .1 for each world alone: carried in
    full where everybody is simulated, not at all where one stands for a million."""
    x, shared, luck = np.sign(normal(3, POINTS, 1)), normal(4, POINTS), normal(5, POINTS, 2, OUTPUTS)
    ours = np.full((POINTS, OUTPUTS), 20.0)
    theirs = np.exp(ours + 0.3 + 0.2 * x + 0.05 * shared[:, None])[:, None, :] * np.exp(0.1 * luck)
    theirs[:, :, -1] = np.nan  # the run does not reach back far enough
    told = learn(x, ours, theirs, w, (FIGURES, DAYS, D, DAYS), np.arange(FIGURES), 0.1)
    figures, curves = shifts(told, jnp.array([1.0]), jnp.zeros(told.components))
    whole = 0.05**2 + 0.1**2 / 2  # variance of a point
    # The mean of two worlds is exp(.1^2 / 2) too high, its log lower by half of its variance.
    expected = 0.5 + 0.1**2 / 2 - 0.1**2 / 4
    np.testing.assert_allclose(figures, expected, atol=z_bound(FIGURES) * np.sqrt(2 * whole / POINTS) + 0.0015)
    assert set(curves) == {*SHOWN, *CURVES}
    assert [len(curves[name]) for name in (*SHOWN, *CURVES)] == [D] * len(SHOWN) + [DAYS + 1] * len(CURVES)
    assert float(curves["installs"][-1]) == 0
    assert told.left[-1] == 0.1
    carried = (told.loading**2).sum(axis=0) + told.left**2
    expected = 0.05**2 + (0.1**2 if w == 1 else 0.0)
    error = z_bound(OUTPUTS) * np.sqrt(2 / POINTS) * (whole + 0.1**2 / 2)
    np.testing.assert_allclose(carried[:-1], expected, atol=error)
    common = told.loading[:, 0] @ told.loading[:, 1]
    assert common == pytest.approx(0.05**2, abs=error)
    np.testing.assert_allclose(told.error[:FIGURES] ** 2, whole, rtol=z_bound(FIGURES) * np.sqrt(2 / POINTS))


def test_an_error_that_luck_hides_is_not_said_to_be_nought() -> None:
    """The renewal equation is right and all that differs is luck: a standard error of what was taken off is carried."""
    points, luck, sizes = 96, 0.1, (FIGURES, DAYS, D, DAYS)
    x, ours = normal(16, points, 1), np.full((points, OUTPUTS), 20.0)
    theirs = np.exp(20 + luck * normal(15, points, 2, OUTPUTS))
    sample, everybody = (learn(x, ours, theirs, w, sizes, np.arange(2), 0.1) for w in (1000.0, 1.0))
    carried, whole = ((told.loading**2).sum(axis=0) + told.left**2 for told in (sample, everybody))
    doubt = math.sqrt(2 / points) * math.hypot(luck**2 / 2, luck**2 / 2)
    assert carried.min() > 0.5 * doubt
    assert np.median(carried) < 3 * doubt
    # Of everybody nothing is taken off: half of the luck is in the mean of two worlds, half is added.
    np.testing.assert_allclose(whole, luck**2, rtol=z_bound(OUTPUTS) * math.sqrt(2 / points))


def test_what_was_learned_is_read_as_written(tmp_path: Path) -> None:
    x = normal(6, 50, 2)
    theirs = np.exp(10 + 0.1 * normal(7, 50, 2, OUTPUTS))
    told = learn(x, np.full((50, OUTPUTS), 10.0), theirs, 1.0, (FIGURES, DAYS, D, DAYS), np.arange(2), 0.1)
    write_emulator(tmp_path / "emulator.npz", told)
    again = read_emulator(tmp_path / "emulator.npz")
    for one, other in zip(told, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_features_look_at_the_days_that_are_fitted_alone() -> None:
    came = np.abs(normal(8, 8, 6))
    z = jnp.array([0.5, -1.0])
    short, whole = (features(z, SimpleNamespace(activations=jnp.asarray(part)), 4) for part in (came[:, :4], came))  # type: ignore[arg-type]
    np.testing.assert_allclose(short, whole)
    sums = came[:, :4].sum(axis=1)
    assert float(short[4]) == pytest.approx(sums[3] / (sums[:4].sum() + 1))
    np.testing.assert_allclose(short[:4], [0.5, -1, 0.25, 1])


def dataset(model: Model, draws: int) -> Any:
    """Counts that name themselves: hundreds for the draw, units for the day."""
    run = model.plan.scenario.run
    days = run.warm_up_days + run.days
    told = 1000.0 * np.arange(1, draws + 1)[:, None] + np.arange(days)
    shape = (draws, 1, 1, 1, 1, days)
    whole = told.reshape(shape)
    index = ("draw", "chain", "variant", "replicate", "app", "day")
    mau = whole.copy()
    mau[..., :29] = np.nan
    ones = {"kind": len(KINDS), "cause": len(CAUSES), "channel": len(CHANNELS)}

    def spread(*axes: str) -> Any:
        sizes = [ones[axis] for axis in axes]
        return ((*index, *axes), np.broadcast_to(whole.reshape(*shape, *[1] * len(axes)), (*shape, *sizes)))

    plain = dict.fromkeys(("dau", "wau", "installs", "draws", "ai_tasks"), (index, whole))
    axes = {"activations": spread("kind", "cause"), "claims": spread("channel")}
    return xr.Dataset({**plain, **axes, "mau": (index, mau)}, coords={"app": ["app"], "kind": list(KINDS)})


def test_figures_of_the_full_simulation_are_those_of_the_registry(model: Model) -> None:
    """The plan's day 0 is the tenth of the run; the standing world is the day before it."""
    told = simulated(model, dataset(model, 2))
    first = [1009, 1019, 6 * sum(1000 + day for day in range(10, 20)), 1020]
    assert np.isnan(told[:, 1]).all()  # a MAU of day 9 would reach back before the run
    np.testing.assert_allclose(told[0, [0, 2, 3]], [first[0], first[2], first[3]])
    width, shown = model.plan.days + 1, len(days_shown(model))
    assert told.shape == (2, 4 + 2 * shown + len(CURVES) * width)
    place = needed_of(model)
    assert place.tolist() == [0, 1, 2, 3, 4 + 2 * shown + 3 * width]
    assert told[1, place[-1]] == 2010
    assert told[1, -1] == 2009


def test_worlds_are_kept_and_another_design_is_refused(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emulator_design, "_BATCH", 4)
    asked: list[tuple[int, int]] = []

    def simulate(_: Any, draws: Any, own_luck: int, **__: Any) -> Any:
        asked.append((len(draws), own_luck))
        return dataset(model, len(draws))

    memory = SimpleNamespace(scenario=model.plan.scenario, draw=lambda _: None, dataset=simulate)
    z = normal(9, 3, len(model.of_scenario))
    told = worlds(memory, model, z, tmp_path / "design", first=50, replicates=2)
    assert asked == [(4, 50), (2, 54)]  # no two worlds share their luck
    assert told.shape[:2] == (3, 2)
    (tmp_path / "design" / "worlds_00004.npy").unlink()
    again = worlds(memory, model, z, tmp_path / "design", first=50, replicates=2)
    np.testing.assert_array_equal(again, told)
    assert asked[2:] == [(2, 54)]
    with pytest.raises(InputError, match="another design"):
        worlds(memory, model, z + 1, tmp_path / "design", first=50, replicates=2)


def test_the_design_lies_where_the_posterior_does() -> None:
    draws = 0.3 * normal(10, 2000, 2) + np.array([1.0, -2.0])
    points = design_points(draws, 500)
    np.testing.assert_allclose(points.mean(axis=0), [1, -2], atol=0.1)
    np.testing.assert_allclose(points.std(axis=0), 0.375, rtol=0.15)


def test_a_smaller_society_of_the_same_scenario() -> None:
    scenario = parse_scenario(PLAIN)
    small = resized(scenario, 1000)
    assert getattr(small.chain, "users", None) == 1000
    assert small.run.last_day == scenario.run.last_day == dt.date(2026, 3, 21)
    assert resized(scenario, 10**9).chain == scenario.chain
