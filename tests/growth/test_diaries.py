"""L-ness, WAU, brackets and on-or-after against diaries worked out by hand, and against each other."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from growth import kpis
from growth.diaries import active_within, l_ness, retention_bracket, retention_on_or_after

# Four people, six days; the last joins on day 3, the third never.
DIARY = np.array([[1, 0, 1, 0, 0, 1], [1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0], [0, 0, 0, 1, 0, 1]], bool)
JOINED = np.array([0, 0, -1, 3])


def test_windows_by_hand() -> None:
    assert active_within(DIARY, 1).tolist() == [2, 1, 2, 2, 1, 3]
    found = active_within(DIARY, 3)
    assert np.isnan(found[:2]).all()
    assert found[2:].tolist() == [2, 3, 3, 3]
    assert np.isnan(active_within(DIARY, 7)).all()


def test_l_ness_by_hand() -> None:
    assert l_ness(DIARY, 3).tolist() == [1, 1, 1, 1]  # 0: the third; 1: the first; 2: the last; 3: the second
    assert l_ness(DIARY, 6).sum() == 4


def test_brackets_and_on_or_after_by_hand() -> None:
    day_one_to_two = retention_bracket(DIARY, JOINED, 1, 2)
    assert tuple(map(float, day_one_to_two)) == (3.0, 3.0)
    assert tuple(map(float, retention_bracket(DIARY, JOINED, 1, 1))) == (1.0, 3.0)
    assert tuple(map(float, retention_bracket(DIARY, JOINED, 3, 4))) == (1.0, 2.0)  # the last was seen to day 2 only
    assert tuple(map(float, retention_on_or_after(DIARY, JOINED, 3))) == (2.0, 2.0)
    assert tuple(map(float, retention_bracket(DIARY, JOINED, 6, 6))) == (0.0, 0.0)  # nobody was observed so long


@given(st.integers(0, 2**32 - 1))
def test_definitions_agree_with_the_cohort_table(seed: int) -> None:
    """retention_on(N) is a bracket of one day, and never above on-or-after."""
    rng = np.random.default_rng(seed)
    people, days = 40, 9
    joined = rng.integers(-1, days, people)
    diary = (rng.random((people, days)) < 0.4) & (np.arange(days) >= joined[:, None]) & (joined[:, None] >= 0)
    started = np.array([(joined == day).sum() for day in range(days)])
    seen = np.zeros((days, days))
    for day in range(days):
        for age in range(1, day + 1):
            seen[day, age] = diary[joined == day - age, day].sum()
    table = kpis.cohort_table(seen, started)
    for age in range(1, days):
        on, bracket = kpis.retention_on(table, age), retention_bracket(diary, joined, age, age)
        if bracket.denominator > 0:
            assert float(on.numerator) == float(bracket.numerator)
            assert float(on.denominator) == float(bracket.denominator)
        assert retention_on_or_after(diary, joined, age).numerator >= bracket.numerator
