"""Both samplers against known laws: a normal, a banana, a conjugate posterior; their checks against known chains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from experiments.diagnostics import bulk_ess, complaints, effective_size, r_hat
from experiments.lockstep import PAIR, lockstep_of
from experiments.sampling import Chain, Mode, sampler_of
from graphs.hashing import hash_normal, hash_uniform
from growth.streams import root_key
from tests.conftest import ks_bound, z_bound

pytestmark = pytest.mark.usefixtures("in_64_bits")


SAMPLERS = pytest.mark.parametrize("sampler", ["lockstep", pytest.param("nuts", marks=pytest.mark.long)])


def drawn(
    sampler: str, density: Any, size: int, data: Any, chains: int = 2, draws: int = 1000
) -> tuple[np.ndarray, list[Chain]]:
    nuts = sampler_of(density, size, draws=draws, warm_up=200)
    mode = nuts.mode(data)
    if sampler == "nuts":
        found = [nuts.draw(root_key(7, number), data, mode, 7, number) for number in range(chains)]
    else:
        pairs = lockstep_of(density, size, draws=draws, warm_up=200)
        found = [chain for pair in range(chains // PAIR) for chain in pairs.draw(pair, data, mode, 7)]
    return np.stack([one.z for one in found]), found


@SAMPLERS
def test_a_correlated_normal_is_found(sampler: str) -> None:
    covariance = np.array([[4.0, 1.8, 0.0], [1.8, 1.0, 0.2], [0.0, 0.2, 0.25]])
    precision = np.linalg.inv(covariance)

    def density(z: Any, mean: Any) -> Any:
        return -0.5 * (z - mean) @ precision @ (z - mean)

    mean = jnp.array([1.0, -2.0, 0.5])
    z, found = drawn(sampler, density, 3, mean)
    size = effective_size(z)
    assert (size > 400).all()
    error = (z.mean(axis=(0, 1)) - np.asarray(mean)) / np.sqrt(np.diag(covariance) / size)
    assert np.abs(error).max() < z_bound(3)
    seen = np.cov(z.reshape(-1, 3).T)
    spread = np.sqrt((np.outer(np.diag(covariance), np.diag(covariance)) + covariance**2) / size.min())
    assert (np.abs(seen - covariance) < z_bound(9) * spread).all()
    assert not complaints(z, np.stack([one.divergent for one in found]), ["a", "b", "c"])


@SAMPLERS
def test_a_banana_keeps_its_moments(sampler: str) -> None:
    """x normal, y = x^2 + noise: E x^2 = 1, E y = 1, E x y = 0."""

    def density(z: Any, _: Any) -> Any:
        return -0.5 * z[0] ** 2 - 0.5 * ((z[1] - z[0] ** 2) / 0.5) ** 2

    z, _ = drawn(sampler, density, 2, jnp.zeros(()), chains=4)
    size = effective_size(np.stack([z[..., 0] ** 2, z[..., 1], z[..., 0] * z[..., 1]], axis=-1))
    moments = np.array([(z[..., 0] ** 2).mean(), z[..., 1].mean(), (z[..., 0] * z[..., 1]).mean()])
    spread = np.sqrt(np.array([2.0, 2.25, 15.25]) / size)
    assert (np.abs(moments - [1.0, 1.0, 0.0]) < z_bound(3) * spread).all()


def test_a_conjugate_posterior_is_found_and_data_are_arguments() -> None:
    """Normal prior, normal data: two data sets, compiled once."""

    def density(z: Any, data: Any) -> Any:
        return -0.5 * jnp.sum(z * z) - 0.5 * jnp.sum((data - z[0]) ** 2) / 0.25

    sampler = sampler_of(density, 1, draws=1000, warm_up=200)
    for number, centre in enumerate((0.4, -1.3)):
        data = jnp.asarray(centre + 0.5 * hash_normal(3, number, np.arange(6)))
        found = sampler.draw(root_key(5, number), data, sampler.mode(data), 5, number)
        law = stats.norm(float(data.sum()) / 0.25 / (1 + 6 / 0.25), (1 + 6 / 0.25) ** -0.5)
        thin = found.z[::4, 0]  # NUTS on a normal: lag four is independent
        assert stats.kstest(thin, law.cdf).statistic < ks_bound(len(thin), 2)
    assert sampler.chain._cache_size() == 1  # type: ignore[attr-defined]


@SAMPLERS
def test_a_kink_at_the_mode_does_not_freeze_the_chain(sampler: str) -> None:
    """A number whose value ends its range: flat to one side, steep to the other, the mode at the kink. The density of
    one unknown is integrated; the other is an independent standard normal."""

    def density(z: Any, _: Any) -> Any:
        return -0.5 * jnp.sum(z * z) - 8.0 * jnp.maximum(-z[0], 0.0)

    z, found = drawn(sampler, density, 2, jnp.zeros(()), chains=4)
    assert not complaints(z, np.stack([one.divergent for one in found]), ["kinked", "other"])
    grid = np.linspace(-6, 6, 24_001)
    weight = np.exp(-0.5 * grid**2 - 8.0 * np.maximum(-grid, 0))
    mean = (grid * weight).sum() / weight.sum()
    spread = np.sqrt((grid**2 * weight).sum() / weight.sum() - mean**2)
    size = float(effective_size(z)[0])
    assert abs(z[..., 0].mean() - mean) < z_bound() * spread / np.sqrt(size)


def test_effective_size_of_a_known_autoregression() -> None:
    """AR(1) with coefficient r has n (1 - r) / (1 + r) effective draws."""
    noise = hash_normal(2, 5, np.arange(8 * 4000)).reshape(8, 4000)
    for r in (0.0, 0.5, 0.8):
        chain = np.zeros_like(noise)
        chain[:, 0] = noise[:, 0] / np.sqrt(1 - r**2)
        for t in range(1, 4000):
            chain[:, t] = r * chain[:, t - 1] + noise[:, t]
        expected = 32_000 * (1 - r) / (1 + r)
        assert effective_size(chain[..., None])[0] == pytest.approx(expected, rel=0.12)
        assert bulk_ess(chain[..., None])[0] == pytest.approx(expected, rel=0.15)
        assert r_hat(chain[..., None])[0] < 1.01


def test_chains_that_disagree_in_place_or_in_width_are_told_by_name() -> None:
    draws = hash_normal(2, 6, np.arange(4 * 500 * 3)).reshape(4, 500, 3)
    draws[0, :, 1] += 0.5
    draws[0, :, 2] *= 2.0
    told = complaints(draws, np.zeros((4, 500), bool), ["fine", "moved", "wide"])
    assert {line.split(":")[0] for line in told} == {"moved", "wide"}
    lost = np.zeros((4, 500), bool)
    lost[draws[..., 0] > 2.2] = True
    assert any("fine is unusual" in line for line in complaints(draws, lost, ["fine", "moved", "wide"]))


def test_a_pair_of_chains_is_gone_on_from_where_it_was_and_keeps_its_bytes(tmp_path: Path) -> None:
    """Whole, in one piece; stopped in the middle and gone on; and compiled beforehand."""

    def density(z: Any, _: Any) -> Any:
        return -0.5 * z[0] ** 2 - 0.5 * ((z[1] - z[0] ** 2) / 0.5) ** 2

    def full(done: int) -> None:
        if done == 100:
            raise InterruptedError

    data, place = jnp.zeros(()), tmp_path / "pair.npz"
    pairs = lockstep_of(density, 2, draws=100, warm_up=60)
    mode = Mode(np.zeros(2), np.diag([1.0, 0.5]), 0.0)
    whole = pairs.draw(1, data, mode, 3)
    with pytest.raises(InterruptedError):
        pairs.draw(1, data, mode, 3, place, full)
    again = pairs.compiled(data).draw(1, data, mode, 3, place)
    for one, other in zip(whole, again, strict=True):
        assert one.z.shape == (100, 2)
        for part, copy in zip(one, other, strict=True):
            np.testing.assert_array_equal(part, copy)
    assert not np.array_equal(whole[0].z, whole[1].z)


@SAMPLERS
def test_ranks_of_the_truth_among_draws_are_even_on_a_small_model(sampler: str) -> None:
    """Simulation-based calibration (Talts et al. 2018, arXiv 1804.06788): 60 data sets of one model, compiled once."""

    def density(z: Any, data: Any) -> Any:
        return -0.5 * jnp.sum(z * z) - 0.5 * jnp.sum((data - jnp.stack([z[0] + z[1], jnp.exp(0.5 * z[0])])) ** 2) / 0.16

    nuts, pairs = sampler_of(density, 2, draws=120, warm_up=80), lockstep_of(density, 2, draws=120, warm_up=80)
    sets = 60
    truth = hash_normal(11, 1, np.arange(2 * sets)).reshape(sets, 2)
    noise = 0.4 * hash_normal(11, 2, np.arange(2 * sets)).reshape(sets, 2)
    jitter = hash_uniform(11, 3, np.arange(2 * sets)).reshape(sets, 2)
    places = np.zeros((sets, 2))
    for one in range(sets):
        data = jnp.asarray(np.array([truth[one].sum(), np.exp(0.5 * truth[one, 0])]) + noise[one])
        mode = nuts.mode(data, starts=1)
        chain = nuts.draw(root_key(13, one), data, mode, 13, one) if sampler == "nuts" else None
        z = (chain or pairs.draw(one, data, mode, 13)[0]).z[::3]
        below = (z < truth[one]).sum(axis=0)
        places[one] = (below + jitter[one]) / (len(z) + 1)
    for unknown in range(2):
        assert stats.kstest(places[:, unknown], "uniform").statistic < ks_bound(sets, 2)
