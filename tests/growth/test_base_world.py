"""The standing world: closed forms against textbook formulas, and the engine against the closed forms."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.special import betaln

from experiments.defaults import load_defaults
from experiments.laws import app_law, law_tables
from experiments.validation.base import weekly_drift
from experiments.validation.retention import retention
from graphs import textbook
from growth.base_world import ATOMS, age_table, standing_law, status_table
from growth.flows import CAUSES
from growth.streams import ONE
from tests.conftest import binomial_bounds, z_bound
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


@pytest.mark.long
def test_the_standing_world_stands() -> None:
    """7-day means of DAU, WAU and MAU for 60 days after the warm-up, without campaign, rival and calendar."""
    for name, (drift, error) in weekly_drift(60_000, 40, devices=2).items():
        assert abs(drift) < 0.02 + z_bound(27) * error, name
        assert error < 0.01, name
