"""LTV, payback, ROAS and net ROI against arithmetic by hand."""

from __future__ import annotations

import numpy as np
import pytest

from growth.value import cumulative_value, lifetime_value, net_roi, payback_day, roas

SURVIVAL = np.array([1.0, 0.5, 0.25, 0.2])


def test_lifetime_value_by_hand() -> None:
    assert lifetime_value(SURVIVAL, 2.0, 3) == pytest.approx(2 * 1.95)
    discounted = 1 + 0.5 / 1.1 ** (1 / 365) + 0.25 / 1.1 ** (2 / 365)
    assert lifetime_value(SURVIVAL, 1.0, 2, discount=0.1) == pytest.approx(discounted)
    assert lifetime_value(SURVIVAL, np.array([0.0, 4.0, 0.0, 10.0]), 3) == pytest.approx(2.0 + 2.0)
    assert np.isnan(lifetime_value(SURVIVAL, 1.0, 4))  # day 4 was not observed


def test_payback_is_the_first_day_or_not_within_the_horizon() -> None:
    value = cumulative_value(SURVIVAL, 2.0)  # 2, 3, 3.5, 3.9
    np.testing.assert_array_equal(payback_day(np.stack([value] * 4), [2.0, 3.2, 3.9, 4.0]), [0.0, 2.0, 3.0, np.nan])


def test_names_are_not_mixed() -> None:
    """Revenue 300 at a margin of 200, spend 100; without the campaign 60, 40 and 20."""
    assert [float(part) for part in roas(300.0, 100.0)] == [300.0, 100.0]
    assert [float(part) for part in roas(300.0, 100.0, 60.0, 20.0)] == [240.0, 80.0]
    above, below = net_roi(200.0, 100.0, 40.0, 20.0)
    assert above / below == pytest.approx((160 - 80) / 80)
