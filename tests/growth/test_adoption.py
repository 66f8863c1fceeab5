"""Bass and logistic against their differential equations and hand-worked points."""

from __future__ import annotations

import numpy as np
import pytest

from growth.adoption import bass, bass_peak_day, logistic, per_day


def test_bass_solves_its_equation() -> None:
    """dN/dt = (p + q N / m)(m - N), checked with central differences."""
    market, p, q = 1000.0, 0.03, 0.4
    t, step = np.linspace(0.5, 30, 60), 1e-4
    adopters = bass(t, market, p, q)
    slope = (bass(t + step, market, p, q) - bass(t - step, market, p, q)) / (2 * step)
    np.testing.assert_allclose(slope, (p + q * adopters / market) * (market - adopters), rtol=1e-6)
    assert bass(0, market, p, q) == 0
    assert t[slope.argmax()] == pytest.approx(bass_peak_day(p, q), abs=0.5)
    assert bass_peak_day(0.4, 0.1) == 0.0
    np.testing.assert_allclose(bass(t, market, 0.2, 0.0), market * (1 - np.exp(-0.2 * t)))  # no imitation


def test_logistic_solves_its_equation() -> None:
    market, rate, middle = 500.0, 0.7, 6.0
    t, step = np.linspace(0, 20, 50), 1e-4
    whole = logistic(t, market, rate, middle) + market / (1 + np.exp(rate * middle))
    slope = (logistic(t + step, market, rate, middle) - logistic(t - step, market, rate, middle)) / (2 * step)
    np.testing.assert_allclose(slope, rate * whole * (1 - whole / market), rtol=1e-6)
    assert logistic(0.0, market, rate, middle) == 0


def test_days_add_up_to_the_curve() -> None:
    curve = bass(np.arange(1, 11), 100.0, 0.05, 0.3)
    np.testing.assert_allclose(per_day(curve).cumsum(), curve)
