"""A calibration from file to folder on a small campaign: likelihoods by enumeration, files, continuation, refusals."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import json
import math
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from experiments import ranks
from experiments.calibrate import Settings, Stopped, fit, model_of, stamp_of
from experiments.calibration_files import write_posterior
from experiments.calibration_tables import contraction, information_rows, parameter_rows, reported_rows, told_apart
from experiments.left_out import left_out_rows, log_terms
from experiments.likelihood import CHART_LENGTH, Model, data_of, log_between, log_places
from experiments.parameters import quantile
from experiments.posterior_places import read_places
from experiments.predictive import outcomes_of, simulator_of
from experiments.priors import inferred_of, load_priors, places_of, scenario_values
from experiments.quantity import Quantity
from experiments.reported import COLUMNS
from experiments.sampling import Chain
from experiments.scenario import parse_scenario
from graphs.errors import InputError
from graphs.hashing import hash_normal
from tests.experiments.surrogate_worlds import PLAIN, plain_shape

SHAPE = plain_shape(np.array([60.0]), np.array([1.0]))
DRAWS = 100
RANGES = (
    ("dau = 400", 'dau = {value = 400, low = 350, high = 450, source = "made up", grade = "assumption"}'),
    (
        "dormant = 3_000",
        'dormant = {value = 3_000, low = 1_000, high = 5_000, source = "made up", grade = "assumption"}',
    ),
    (
        "response_new = 0.03",
        'response_new = {value = 0.03, low = 0.005, high = 0.1, source = "made up", grade = "assumption"}',
    ),
)
ROWS = (
    "2026-03-01,app,dau,=,410,users,,2026-03-01,panel,made up,B",
    "2026-03-03,app,dau,=,1100,users,,2026-03-03,panel,made up,B",
    "2026-03-11,app,mau,=,3900,users,,2026-03-11,company,made up,A",
    "2026-03-02,app,app_store_cn_free_rank,=,3,rank,,2026-03-02,store,made up,B",
    "2026-03-12,app,cohort_active_d3,=,130,of 700 users,2026-03-02,2026-03-05,own logs,made up,A",
    "2026-03-03,app,app_store_surge_rank,=,5,rank,,2026-03-03,store,made up,B",
)


pytestmark = pytest.mark.usefixtures("in_64_bits")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    text = PLAIN
    for old, new in RANGES:
        assert text.count(old) == 1
        text = text.replace(old, new)
    # A store so small that a few installs a day of this town are on its chart.
    scenario = parse_scenario(text.replace('"chart.lift" = 1.0', '"chart.lift" = 1.0\n"chart.first" = 20'))
    reported = tmp_path_factory.mktemp("reported") / "reported.csv"
    reported.write_text("\n".join([",".join(COLUMNS), *ROWS]) + "\n", encoding="utf-8")
    return scenario, reported


@pytest.fixture(scope="module")
def simulate(model: Model) -> Any:
    """Compiled once for all tests: they ask for DRAWS draws each."""
    return simulator_of(model)


@pytest.fixture(scope="module")
def model(files: tuple[Any, Path]) -> Model:
    return model_of(*files, SHAPE)[0]


def test_places_of_a_standard_normal_are_the_law_of_parameter_draws() -> None:
    for number in (Quantity(value=0.3, low=0.1, high=0.9), Quantity(value=3.0, low=2.0, high=5.0)):
        for z in (-2.5, -0.3, 0.0, 0.8, 3.0):
            expected = quantile(number, float(stats.norm.cdf(z)))
            assert float(scenario_values([number], jnp.asarray([z]))[0]) == pytest.approx(expected, rel=1e-12)


def test_a_value_at_the_end_of_its_range_leaves_no_wall() -> None:
    """Half of the mass on one point would be a wall at z = 0: the places are those of the other half, evenly."""
    top, bottom = Quantity(value=10, low=3, high=10), Quantity(value=3, low=3, high=10)
    for z in (-2.0, 0.0, 1.5):
        share = float(stats.norm.cdf(z))
        found = scenario_values([top, bottom], jnp.full(2, z))
        places = np.asarray(places_of([top, bottom], np.full((1, 2), share)))[0]
        assert float(found[0]) == pytest.approx(3 + 7 * share) == pytest.approx(quantile(top, places[0]))
        assert float(found[1]) == pytest.approx(3 + 7 * share) == pytest.approx(quantile(bottom, places[1]))


def test_every_inferred_number_has_source_and_grade(files: tuple[Any, Path]) -> None:
    assert {prior.name for prior in inferred_of(files[0])} >= {"app.app.base.dau", "reach.ads.response_new"}
    for name, prior in load_priors().items():
        assert prior.source, name
        assert prior.grade, name


def test_interval_likelihoods_with_ends_as_arguments_are_those_of_a_printed_figure() -> None:
    for low, high, centre in ((154.5, 155.5, 150.0), (100.0, math.inf, 30.0), (0.0, 10.0, 80.0)):
        with np.errstate(divide="ignore"):
            ends = np.clip(np.log([low, high]), -1e6, 1e6)
        found = float(log_between(jnp.asarray(ends[0]), jnp.asarray(ends[1]), jnp.log(centre), 0.2))
        assert found == pytest.approx(
            float(ranks.log_printed(low, high, jnp.asarray(centre), jnp.asarray(0.2))), rel=1e-9
        )


def test_the_log_likelihood_is_the_sum_of_its_parts(model: Model, simulate: Any) -> None:
    """Every term again, by scipy, at a random point."""
    z = 0.3 * jnp.sin(jnp.arange(model.size, dtype=float))
    data = data_of(model.observed)
    simulated = outcomes_of(simulate, np.tile(np.asarray(z), (DRAWS, 1)))
    centres, above, phi = simulated.centres[0], simulated.above[0], simulated.phi[0]
    sigma = math.hypot(0.05, 0.1)
    ends = stats.norm.cdf((np.stack([data.log_low, data.log_high]) - centres) / sigma)
    expected = float(np.log(ends[1] - ends[0]).sum())
    law = stats.nbinom(phi, phi / (phi + above))
    expected += float(law.logpmf(2)[0])
    pi = 0.3 * np.exp(-np.arange(50) / 5.0)
    for day in model.silent:
        expected += math.log(1 - float(pi @ law.pmf(np.arange(50)[:, None])[:, day]))
    expected += float(stats.binom.logpmf(130, 700, simulated.chances[0, 0]))
    surging = stats.nbinom(phi, phi / (phi + simulated.surging[0, 0]))
    expected += math.log(surging.pmf(4).mean())  # a window of a day or of a week
    assert float(jax.jit(model.log_likelihood)(z, data)) == pytest.approx(expected, rel=1e-6)
    assert model.silent == tuple(range(1, 10))
    quiet = sum(math.log(1 - float(pi @ law.pmf(np.arange(50)[:, None])[:, day])) for day in model.silent)
    assert log_terms(model, simulated)[0].sum() == pytest.approx(expected - quiet, rel=1e-6)


def test_places_of_a_rank_sum_to_one() -> None:
    mean, phi = jnp.array([4.0]), jnp.asarray(2.5)
    law = stats.nbinom(2.5, 2.5 / 6.5)
    chance = jax.jit(lambda low, high: jnp.exp(log_places(mean, phi, low[None], high[None]))[0])
    places = np.arange(1, CHART_LENGTH + 2)
    each = [float(chance(place, place)) for place in places]
    assert sum(each) == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(each[:-1], law.pmf(np.arange(CHART_LENGTH)), rtol=1e-6)
    assert float(chance(places[5], places[-1])) == pytest.approx(law.sf(4), rel=1e-6)  # worse than the fifth


@pytest.mark.long
def test_a_calibration_that_was_stopped_goes_on_and_a_lost_chain_is_drawn_again_the_same(
    model: Model, tmp_path: Path
) -> None:
    folder, settings = tmp_path / "calibration", Settings(chains=4, draws=60, warm_up=20)
    asked = itertools.count()
    with pytest.raises(Stopped):
        fit(model, settings, folder, stop=lambda: next(asked) > 2)
    assert not list(folder.glob("chain_*.npz"))
    assert list(folder.glob("pair_*.npz"))
    chains, _ = fit(model, settings, folder)
    assert sorted(path.name for path in folder.glob("*_?.npz")) == [f"chain_{number}.npz" for number in range(4)]
    kept = (folder / "chain_0.npz").read_bytes()
    (folder / "chain_3.npz").unlink()
    again, _ = fit(model, settings, folder)
    assert (folder / "chain_0.npz").read_bytes() == kept
    assert again[3].z.tobytes() == chains[3].z.tobytes()


def test_a_sum_of_claims_carries_the_error_that_was_measured_of_it(model: Model) -> None:
    """The renewal equation makes claims over chains of invitations, and is further off there than elsewhere."""
    assert np.unique(model.sigmas) == pytest.approx([math.hypot(0.05, 0.1)])
    of = model.observed[1].functional
    claims = [one._replace(functional=of._replace(variable="claims", over="sum")) for one in model.observed[1:2]]
    told = Model(model.plan, model.priors, [model.observed[0], *claims]).sigmas
    assert told == pytest.approx([math.hypot(0.05, 0.1), math.hypot(0.05, 0.19)])


def test_a_folder_of_other_data_is_refused(model: Model, tmp_path: Path) -> None:
    (tmp_path / "stamp.txt").write_text(stamp_of(model, Settings(seed=1)) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="holds chains of another calibration"):
        fit(model, Settings(seed=2), tmp_path)


@pytest.mark.long
def test_the_posterior_narrows_what_the_figures_speak_of(model: Model, tmp_path: Path) -> None:
    chains, _ = fit(model, Settings(chains=2, draws=200, warm_up=100), tmp_path / "fit")
    z = np.concatenate([chain.z for chain in chains])
    gained = dict(zip(model.names, contraction(z), strict=True))
    assert gained["app.app.base.dau"] > 0.2
    assert gained["reach.ads.response_new"] > 0.2
    assert abs(gained["chart shock of week 3"]) < 0.4  # no figure speaks of it
    rows = {row["parameter"]: row for row in parameter_rows(model, z)}
    assert rows["app.app.base.dau"]["identified"]


def test_tables_say_what_was_found(model: Model, simulate: Any) -> None:
    z = hash_normal(3, 1, np.arange(2 * DRAWS * model.size)).reshape(2, DRAWS, model.size)
    prior, found = (outcomes_of(simulate, one) for one in z)
    rows = reported_rows(model, prior, found, 1)
    assert [row["line"] for row in rows] == [2, 3, 4, 5, 6, 7]
    assert all(row["low"] <= row["median"] <= row["high"] for row in rows)
    table = information_rows(model, found, 1)
    assert table[0]["figure"] == "nothing more"
    assert all(row["sd of log new"] <= table[0]["sd of log new"] + 1e-12 for row in table)
    _, lines = told_apart(model, prior, found)
    assert any("reach and acceptance" in line for line in lines)
    left = left_out_rows(model, prior, found, 1)
    assert [row["line"] for row in left] == [2, 3, 4, 5, 6, 7, 0]
    assert left[-1]["figure"].startswith("all 2 figures of the last week")
    assert all(row["low"] <= row["median"] <= row["high"] for row in left[:-1])
    assert json.dumps(left, allow_nan=False)
    told = {row["parameter"]: row for row in parameter_rows(model, 0.5 * z[0])}
    assert told["app.app.base.dau"]["prior_low"] == pytest.approx(355)
    assert told["app.app.base.dau"]["contraction"] == pytest.approx(0.75, abs=0.15)
    assert told["app.app.base.dau"]["identified"]


def test_what_moves_together_cannot_be_told_apart(model: Model, simulate: Any) -> None:
    """Two logs that are known in their product alone, and one that is not known at all."""
    base = outcomes_of(simulate, hash_normal(3, 1, np.arange(DRAWS * model.size)).reshape(DRAWS, model.size))
    a, b, c = hash_normal(4, 1, np.arange(3 * DRAWS)).reshape(3, DRAWS)
    prior = base._replace(reached=np.exp(2 * a), packets=np.exp(2 * b), acceptance=np.exp(2 * c))
    after = base._replace(reached=np.exp(a), packets=np.exp(-a + 0.1 * b), acceptance=np.exp(2 * c))
    _, lines = told_apart(model, prior, after)
    assert any("reach and invitation rate" in line and "Only their product is known" in line for line in lines)
    assert any(line.startswith("These data do not identify acceptance") for line in lines)


def test_posterior_files_are_read_as_places_of_a_run(model: Model, tmp_path: Path) -> None:
    import xarray as xr

    z = hash_normal(6, 1, np.arange(2 * 12 * model.size)).reshape(2, 12, model.size)
    chains = [Chain(one, np.zeros(12, bool), np.ones(12), np.ones(12, int), 0.3) for one in z]
    write_posterior(tmp_path, model, chains)
    places = read_places(tmp_path, 10)
    assert len(places) == 10
    assert set(places[0]) == {prior.name for prior in model.of_scenario}
    assert all(0 <= place <= 1 for one in places for place in one.values())
    with xr.open_dataset(tmp_path / "posterior.nc", engine="scipy") as stored:
        assert dict(stored.sizes) == {"chain": 2, "draw": 12}
        assert stored["z000"].attrs["parameter"] == model.names[0]
        np.testing.assert_array_equal(stored["z000"].to_numpy()[0], chains[0].z[:, 0])
    with pytest.raises(InputError, match="fewer draws"):
        read_places(tmp_path, 1000)


@pytest.mark.long
def test_a_command_writes_folder_and_forecast(
    files: tuple[Any, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from experiments import calibrate_command

    monkeypatch.setattr(calibrate_command, "kept_shape", lambda *_: SHAPE)
    told: list[str] = []
    settings = Settings(chains=2, draws=100, warm_up=60, prior_draws=60, shown_draws=60)
    summary = calibrate_command.calibrate_to_folder(
        *files, tmp_path / "out", store=tmp_path, until=dt.date(2026, 3, 11), settings=settings, say=told.append
    )
    assert any(line.startswith("note: line 6: cohort_active_d3") for line in told)
    first_fit = next(at for at, line in enumerate(told) if line.startswith("after the fit"))
    assert any(line.startswith("before the fit") for line in told[:first_fit])
    forecast = json.loads((tmp_path / "out" / "forecast.json").read_text(encoding="utf-8"))
    assert forecast["dau"]["2026-03-20"] == sorted(forecast["dau"]["2026-03-20"])
    assert summary["forecast_sha256"] in told[-1]
    page = (tmp_path / "out" / "calibration.html").read_text(encoding="utf-8")
    assert "Not identified by these data" in page
    assert 'src="http' not in page
    with (tmp_path / "out" / "parameters.csv").open(encoding="utf-8") as file:
        assert {row["parameter"] for row in csv.DictReader(file)} >= {"app.app.base.dau", "chart.phi"}
