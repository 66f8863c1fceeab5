"""The tolerances mean what they say, JAX is strict on eight devices, the browser runs scripts offline."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import pytest
from scipy import stats

from experiments.validation.rows import FAILURE_RATE
from tests.browser import Chromium
from tests.conftest import binomial_bounds, chi2_bound, ks_bound, t_bound, z_bound


def test_bounds_leave_the_failure_rate_outside() -> None:
    assert 2 * stats.norm.sf(z_bound()) == pytest.approx(FAILURE_RATE)
    assert 2 * stats.t.sf(t_bound(15), 15) == pytest.approx(FAILURE_RATE)
    assert stats.chi2.sf(chi2_bound(9), 9) == pytest.approx(FAILURE_RATE)
    assert stats.kstwo.sf(ks_bound(1000), 1000) == pytest.approx(FAILURE_RATE, rel=1e-3)
    assert z_bound() == pytest.approx(4.891638)  # tabulated: the normal quantile at 1 - 5e-7
    assert z_bound(100) > z_bound()


@pytest.mark.parametrize(("n", "p"), [(1000, 0.3), (50, 0.01), (10, 0.5)])
def test_binomial_bounds_are_the_tightest(n: int, p: float) -> None:
    low, high = binomial_bounds(n, p)
    assert stats.binom.cdf(low - 1, n, p) < FAILURE_RATE / 2 <= stats.binom.cdf(low, n, p)
    assert stats.binom.sf(high, n, p) <= FAILURE_RATE / 2 < stats.binom.sf(high - 1, n, p)


def test_jax_is_strict_and_has_eight_devices() -> None:
    assert jax.device_count() == 8
    with pytest.raises(ValueError, match="rank_promotion"):
        jnp.ones(3) + jnp.ones((3, 3))
    with pytest.raises(jax.dtypes.TypePromotionError):
        jnp.ones(3, jnp.int32) + jnp.ones(3, jnp.float32)


def test_browser_runs_scripts_and_has_no_network(chromium: Chromium, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<title>t</title><p id=p>before</p><script>"
        "document.getElementById('p').textContent = 'after' + ' script';"
        "console.log('said');"
        "fetch('https://pypi.org/').then(() => document.title = 'online', () => document.title = 'offline');"
        "</script>"
    )
    picture = tmp_path / "page.png"
    seen = chromium.open(page, screenshot=picture, width=400, height=300)
    assert "after script" in seen.dom
    assert "<title>offline</title>" in seen.dom
    assert any("said" in line for line in seen.console)
    assert picture.read_bytes().startswith(b"\x89PNG")
