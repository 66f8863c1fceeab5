"""The standing world: closed forms against textbook formulas, and the engine against the closed forms."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.special import betaln

from experiments.defaults import load_defaults
from experiments.laws import app_law, law_tables
from experiments.validation.base import WINDOWS, closed_ratios, flat_world, ratios, reported_ratios, weekly_drift
from experiments.validation.retention import retention
from graphs import textbook
from growth.base_world import ATOMS, age_table, standing_law, status_table
from growth.flows import CAUSES
from growth.stickiness import active_within, users_per_dau
from growth.streams import ONE
from tests.conftest import binomial_bounds, t_bound, z_bound
from tests.growth.tiny import Days, run

VALUES = {name: number.value for name, number in load_defaults().items()}
LAW = app_law(VALUES)


def test_survival_is_the_shifted_beta_geometric() -> None:
    """S(a) = B(alpha, beta + a - 1) / B(alpha, beta): Fader and Hardie 2007, shifted by the day of activation."""
    law = standing_law(alpha=1.2, beta=9.0, mean=0.4, concentration=5, lift=1.0, tau=2.0, max_age=200)
    age = np.arange(1, 201)
    exact = np.exp(betaln(1.2, 9.0 + age - 1) - betaln(1.2, 9.0))
    assert law.survival[0] == 1
    assert np.abs(law.survival[1:] - exact).max() < 1 / ATOMS


def test_inflow_and_days_active_give_back_the_daily_users() -> None:
    assert LAW.inflow(7.68e6) * LAW.active.sum() == pytest.approx(7.68e6)
    assert LAW.engaged(7.68e6) == pytest.approx(LAW.inflow(7.68e6) * LAW.survival[1:].sum())


def test_hazard_given_age_is_the_posterior_of_the_atoms() -> None:
    """Mean hazard at age a is S(a) - S(a + 1) over S(a): survivors are worn in."""
    for age in (1, 10, 100, 400):
        left = (LAW.survival[age] - LAW.survival[age + 1]) / LAW.survival[age]
        assert LAW.hazard[age].mean() == pytest.approx(left, rel=0.02)
    assert (np.diff(LAW.hazard.mean(axis=1)) <= 1e-12).all()


def test_age_of_the_base_follows_survival() -> None:
    table = age_table(LAW)
    ages = np.arange(1, len(LAW.survival))
    mean = (ages * LAW.survival[1:]).sum() / LAW.survival[1:].sum()
    assert table.mean() == pytest.approx(mean, rel=0.005)
    assert (table.min(), table.max()) == (1, len(LAW.survival) - 1)


def test_shares_keep_their_mean_whatever_the_tilt() -> None:
    flat, tilted = (status_table((0.02, 0.2, 0.1), tilt).astype(float) / ONE for tilt in (0.0, 0.8))
    assert np.allclose(flat.mean(axis=0), [0.02, 0.22, 0.32])
    assert np.allclose(tilted.mean(axis=0), [0.02, 0.22, 0.32], atol=1e-6)
    assert (np.diff(tilted[:, 0]) > 0).all()
    with pytest.raises(ValueError, match="more than all"):
        status_table((0.5, 0.4, 0.2), 0.0)


def test_published_retention_rows_that_were_set_hold() -> None:
    assert [row["id"] for row in retention() if row["ok"] is not True] == []


LANES, USERS, WEEKS = 8, 2000, 31


@cache
def _everyone_joins() -> Days:
    """Everyone is brought in on day 0, and then only opens and churns."""
    reach = np.zeros((1, WEEKS, 4, len(CAUSES)), np.uint32)
    reach[:, 0, 0, :] = ONE
    row = law_tables(VALUES, LAW, (0.0, 0.0, 0.0))
    law = {name: np.broadcast_to(np.asarray(value), (LANES, *np.shape(value))) for name, value in row.items()}
    return run(
        textbook.ring(USERS),
        days=WEEKS,
        rounds=1,
        lanes=LANES,
        engaged=0.0,
        law=law,
        reach=np.broadcast_to(reach, (LANES, WEEKS, 4, len(CAUSES))),
        reach_most=np.where(np.arange(WEEKS) == 0, ONE, 0).astype(np.uint32)[None, :].repeat(LANES, 0),
        sizes={"chunk": 512, "pending": 1 << 15, "actors": 1 << 15, "claims": 1 << 15, "log": 1 << 15},
    )


@pytest.mark.parametrize("age", [1, 2, 3, 7, 15, 30])
def test_the_engine_retains_as_the_closed_form_says(age) -> None:
    days = _everyone_joins()
    low, high = binomial_bounds(LANES * USERS, float(LAW.active[age]), 6)
    assert low <= days.activity[age, :, 0].sum() <= high


def test_everyone_is_activated_once_and_wau_and_mau_forget_nobody() -> None:
    days = _everyone_joins()
    assert days.flows["activations"][0].sum() == LANES * USERS
    assert days.flows["new_active"][0].sum() == LANES * USERS
    assert (days.activity[29, :, 2] == USERS).all()
    assert (days.activity[6, :, 1] == USERS).all()
    assert (days.activity[7, :, 1] < USERS).all()
    accounted = sum(days.flows[name] for name in ("new_active", "retained_active", "resurrected_active"))
    assert np.array_equal(accounted, days.activity[..., 0])


@pytest.mark.parametrize(("days", "age"), [(1, 5), (7, 6), (7, 7), (7, 12), (7, 30), (30, 29), (30, 30)])
def test_the_engine_sees_within_a_window_whom_the_closed_form_says(days: int, age: int) -> None:
    """People of one age: those active on one of the last 1, 7 or 30 days."""
    low, high = binomial_bounds(LANES * USERS, float(active_within(LAW, days)[age]), 7)
    assert low <= _everyone_joins().activity[age, :, {1: 0, 7: 1, 30: 2}[days]].sum() <= high


def test_who_is_seen_within_a_window_by_hand() -> None:
    """Two kinds of openers, four days of life at most, every way through the window one by one."""
    stays, opens, novelty = [1.0, 1.0, 0.5, 0.25], [0.2, 0.6], [1.0, 1.5, 1.2]
    law = LAW._replace(survival=np.array(stays), opening=np.array(opens), novelty=np.array(novelty))
    last = [*(np.array(stays[:-1]) - np.array(stays[1:])), stays[-1]]  # chance that an age is the last

    def seen(age: int, days: int) -> float:
        window = range(max(age - days + 1, 0), age + 1)
        chance = 0.0
        for end, share in enumerate(last):
            here = [one for one in window if one <= end]
            for q in opens:
                missed = [0.0 if one == 0 else 1 - q * (novelty[one] if one < 3 else 1.0) for one in here]
                chance += share / 2 * (1 - np.prod(missed))
        return chance

    for days in (1, 2, 3, 6):
        found = active_within(law, days)
        assert found.tolist() == pytest.approx([seen(age, days) for age in range(3 + days)])
        assert seen(3 + days, days) == 0


def test_one_day_is_daily_use_and_a_longer_window_sees_more() -> None:
    assert active_within(LAW, 1)[:-1].tolist() == pytest.approx(LAW.active[:-1].tolist())
    assert [users_per_dau(LAW, days) for days in (1, 7, 30)] == pytest.approx([1, *closed_ratios().values()])
    assert 1 < closed_ratios()["wau"] < closed_ratios()["mau"]


def test_how_far_the_defaults_lie_from_what_they_were_fitted_to() -> None:
    """Held so that it cannot change unseen: weekly users come out higher than reported, monthly ones lower."""
    told, law = reported_ratios(), closed_ratios()
    assert told == pytest.approx({"wau": 20.8 / 7.68, "mau": 41 / 7.68})
    assert {name: law[name] / told[name] - 1 for name in WINDOWS} == pytest.approx(
        {"wau": 0.136, "mau": -0.125}, abs=1e-3
    )


@cache
def _flat() -> dict[str, np.ndarray]:
    return flat_world(60_000, 40, devices=2)


@pytest.mark.long
def test_the_standing_world_stands() -> None:
    """7-day means of DAU, WAU and MAU for 60 days after the warm-up, without campaign, rival and calendar."""
    for name, (drift, error) in weekly_drift(_flat()).items():
        assert abs(drift) < 0.02 + z_bound(27) * error, name
        assert error < 0.01, name


@pytest.mark.long
def test_the_standing_world_has_the_weekly_and_monthly_users_of_the_closed_form() -> None:
    for name, (ratio, error) in ratios(_flat()).items():
        assert abs(ratio - closed_ratios()[name]) < t_bound(39, 2) * error, name
        assert error < 0.005 * ratio, name
