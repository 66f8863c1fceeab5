"""P(best), expected regret and OCBA shares against hand-worked tables."""

from __future__ import annotations

import numpy as np
import pytest

from growth.selection import chance_best, expected_regret, ocba_shares

TABLE = np.array([[3.0, 1.0, 3.0], [2.0, 5.0, 0.0], [4.0, 4.0, 1.0], [1.0, 0.0, 0.0]])


def test_chance_best_shares_ties() -> None:
    np.testing.assert_allclose(chance_best(TABLE), [(0.5 + 0 + 0.5 + 1) / 4, (0 + 1 + 0.5 + 0) / 4, 0.5 / 4])
    assert chance_best(TABLE).sum() == pytest.approx(1.0)


def test_expected_regret_by_hand() -> None:
    np.testing.assert_allclose(expected_regret(TABLE), [3 / 4, (2 + 0 + 0 + 1) / 4, (0 + 5 + 3 + 1) / 4])


def test_regret_and_chance_do_not_depend_on_what_rows_share() -> None:
    shift = np.array([[10.0], [-3.0], [0.5], [7.0]])
    np.testing.assert_allclose(expected_regret(TABLE + shift), expected_regret(TABLE))
    np.testing.assert_allclose(chance_best(TABLE + shift), chance_best(TABLE))


def test_ocba_by_hand() -> None:
    """Best 10, then 8 and 6, all of deviation 2: ratios (2/2)^2 : (2/4)^2 = 4 : 1, best sqrt(16 + 1) of those."""
    shares = ocba_shares([10.0, 8.0, 6.0], [2.0, 2.0, 2.0])
    np.testing.assert_allclose(shares, np.array([np.sqrt(17), 4.0, 1.0]) / (np.sqrt(17) + 5))
    np.testing.assert_allclose(ocba_shares([1.0, 0.0], [0.0, 0.0]), [0.5, 0.5])
