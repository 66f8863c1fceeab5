"""KPIs against tables worked out by hand, identities of growth accounting, censoring."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growth import kpis
from growth.intervals import Ratio, ratio_of_means


def divide(ratio: Ratio) -> float:
    return float(ratio_of_means(Ratio(np.atleast_1d(ratio.numerator), np.atleast_1d(ratio.denominator))).value)


def test_activity_by_hand() -> None:
    dau = np.array([[10.0, 30.0, 20.0]])
    assert divide(kpis.dau_multiple(dau[:, 1], dau[:, 0])) == 3.0
    assert divide(kpis.stickiness(dau, np.array([[20.0, 35.0, 40.0]]), days=2)) == 25.0 / 40.0


def test_growth_accounting_of_four_people_over_three_days() -> None:
    """Day 0: a b. Day 1: b c, c is new. Day 2: a c, a comes back and b stays away."""
    dau, new = np.array([2.0, 2.0, 2.0]), np.array([2.0, 1.0, 0.0])
    retained, resurrected = np.array([0.0, 1.0, 1.0]), np.array([0.0, 0.0, 1.0])
    assert kpis.unbalanced_growth(dau, new, retained, resurrected) == 0.0
    assert kpis.unbalanced_growth(dau, new, retained, resurrected + 0.5) == 0.5
    assert kpis.churned_active(dau, new, resurrected).tolist() == [1.0, 1.0]
    assert divide(kpis.quick_ratio(dau, new, resurrected)) == 1.0


@given(st.integers(0, 2**32 - 1))
def test_growth_accounting_closes_on_any_diary(seed: int) -> None:
    """Random diaries of 30 people over 12 days: A_t - A_(t-1) = new + resurrected - churned."""
    active = np.random.default_rng(seed).random((30, 12)) < 0.4
    before = np.cumsum(active, axis=1) - active > 0
    yesterday = np.pad(active[:, :-1], ((0, 0), (1, 0)))
    new, retained = (active & ~before).sum(0), (active & yesterday).sum(0)
    resurrected = (active & before & ~yesterday).sum(0)
    assert kpis.unbalanced_growth(active.sum(0), new, retained, resurrected) == 0.0
    lost = (yesterday & ~active).sum(0)[1:]
    assert kpis.churned_active(active.sum(0), new, resurrected).tolist() == lost.tolist()


# Cohorts of 100, 50 and 10 people on three days; the run ends on day 2.
ACTIVATIONS = np.array([100.0, 50.0, 10.0])
SEEN = np.array([[0.0, 0.0, 0.0, 0.0], [0.0, 60.0, 0.0, 0.0], [0.0, 20.0, 40.0, 0.0]])  # [day, age]


def test_cohort_table_leaves_unobserved_cells_empty() -> None:
    table = kpis.cohort_table(SEEN, ACTIVATIONS)
    expected = [[100.0, 60.0, 40.0, np.nan], [50.0, 20.0, np.nan, np.nan], [10.0, np.nan, np.nan, np.nan]]
    np.testing.assert_array_equal(table, expected)


def test_retention_pools_only_who_was_observed_long_enough() -> None:
    table = kpis.cohort_table(SEEN, ACTIVATIONS)
    assert divide(kpis.retention_on(table, 1)) == pytest.approx(80 / 150)  # the third cohort is left out
    assert divide(kpis.retention_on(table, 2)) == pytest.approx(40 / 100)
    assert divide(kpis.retention_on(table, 1, slice(1, 2))) == pytest.approx(20 / 50)
    assert np.isnan(kpis.retention_on(table, 3)).all()
    assert np.isnan(kpis.retention_on(table, 30)).all()
    curve = kpis.retention_curve(table)
    np.testing.assert_allclose(curve.numerator / curve.denominator, [1, 80 / 150, 0.4, np.nan])


def test_retained_people_need_every_cohort() -> None:
    table = kpis.cohort_table(SEEN, ACTIVATIONS)
    assert kpis.retained_on(table, 1, slice(0, 2)) == 80.0
    assert np.isnan(kpis.retained_on(table, 1))
    assert np.isnan(kpis.retained_on(table, 30))


def test_costs_by_hand() -> None:
    assert divide(kpis.cost_per(600.0, 40.0)) == 15.0
    assert divide(kpis.incremental_cost_per(600.0, 40.0, 100.0, 20.0)) == 25.0
    assert divide(kpis.cash_per_net_new_monthly_user(1e9, 114e6, 41e6)) == pytest.approx(13.7, abs=0.01)
    assert divide(kpis.share_of(34e6, 114e6)) == pytest.approx(0.298, abs=0.001)


def test_incremental_cost_is_not_identified_when_nobody_came() -> None:
    spend, people = np.full(8, 1e9), np.random.default_rng(7).normal(1e6, 1e5, 8)
    ratio = kpis.incremental_cost_per(spend, people, np.zeros(8), people[::-1])
    assert np.isnan(ratio_of_means(ratio).value)


def test_burn_and_the_day_the_pool_is_empty() -> None:
    paid = np.array([[0.0, 40.0, 60.0, 0.0], [10.0, 10.0, 10.0, 10.0]])
    np.testing.assert_allclose(kpis.burn(paid, 100.0)[0], [0.0, 0.4, 1.0, 1.0])
    np.testing.assert_array_equal(kpis.exhaustion_day(paid, 100.0), [2.0, np.nan])


def test_pacing_unclaimed_cannibalisation_and_marginal_cost_by_hand() -> None:
    paid = np.array([[0.0, 30.0, 20.0, 30.0, 0.0]])  # a warm-up day, four days of which three are the campaign's
    np.testing.assert_allclose(kpis.pacing(paid, 100.0, 1, 4)[0], [0.0, 0.3 - 0.25, 0.5 - 0.5, 0.8 - 0.75, 0.8 - 1.0])
    assert kpis.unclaimed(100.0, 80.0) == 20.0
    assert divide(kpis.cannibalisation(30.0, 120.0)) == 0.75
    assert divide(kpis.marginal_cost(110.0, 24.0, 100.0, 20.0)) == 2.5
