"""The KPI table and the reported rows against a run whose truth is known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import xarray as xr

from experiments.compare_table import MEASURES, compare_rows, shown_targets
from experiments.kpi_list import KPIS
from experiments.kpi_table import difference_table, kpi_table
from experiments.world_names import DESIGN, NO_CAMPAIGN
from experiments.world_view import Worlds, worlds_of
from tests.experiments.synthetic_run import RETENTION, STRENGTH, TRUTH, SyntheticRun, synthetic_run

CAMPAIGN_DAYS = 17
EXTRA = TRUTH["first_day"] * sum(TRUTH["decay"] ** day for day in range(CAMPAIGN_DAYS))


@pytest.fixture(scope="module")
def run() -> SyntheticRun:
    return synthetic_run()


@pytest.fixture(scope="module")
def worlds(run: SyntheticRun) -> Worlds:
    return worlds_of(run)


def test_lifts_are_found_again(worlds: Worlds) -> None:
    table = kpi_table(worlds)
    for name, truth in (
        ("activation_lift", EXTRA),
        ("new_lift", EXTRA * (1 - TRUTH["reactivated_share"])),
        ("mau_lift", EXTRA),
    ):
        found = table[name]
        assert found.value == pytest.approx(truth, rel=0.01)
        assert found.low is not None
        assert found.high is not None
        assert found.low < truth < found.high


def test_headline_interval_holds_the_parameters_and_monte_carlo_does_not(worlds: Worlds) -> None:
    found = kpi_table(worlds)["mau_lift"]
    assert None not in (found.low, found.high, found.mc_low, found.mc_high, found.chance)
    headline, luck = found.high - found.low, found.mc_high - found.mc_low  # type: ignore[operator]
    assert headline > 20 * luck > 20 * found.chance  # type: ignore[operator]


def test_retention_is_censored_not_extrapolated(worlds: Worlds) -> None:
    """A run that ends 20 days after the campaign's first day has no D30 and no cost per D30 user."""
    short = Worlds(
        {k: dataclasses.replace(w, data=w.data.isel(day=slice(0, 50))) for k, w in worlds.central.items()},
        {k: dataclasses.replace(w, data=w.data.isel(day=slice(0, 50))) for k, w in worlds.drawn.items()},
        worlds.people_per_user,
    )
    table = kpi_table(short)
    assert table["retention_7"].value is not None
    assert table["retention_30"].value is None
    assert table["icpr_30"].value is None
    assert not table["icpr_30"].observed
    assert table["mau_lift"].observed


def test_a_run_without_warm_up_has_no_day_before(run: SyntheticRun) -> None:
    """And the last day does not take its place."""
    late = slice("2026-02-01", None)
    cold = dataclasses.replace(run, central=run.central.sel(day=late), draws=run.draws.sel(day=late))
    found = kpi_table(worlds_of(cold))["day_one"]
    assert found.value is None
    assert not found.observed


def test_an_effect_that_may_be_nothing_has_no_cost_per_head(run: SyntheticRun) -> None:
    """Draws in which the campaign brings nobody, or loses people, make iCAC not identified."""
    draws = run.draws.copy(deep=True)
    none, design = draws.activations.sel(variant="no campaign"), draws.activations.sel(variant="design")
    draws.activations.loc[{"variant": "design"}] = xr.where(draws.draw < 6, 0.9 * none, design)
    table = kpi_table(worlds_of(dataclasses.replace(run, draws=draws)))
    assert table["icac"].observed
    assert not table["icac"].identified
    assert table["icac"].value is None
    assert table["activation_lift"].identified
    assert table["activation_lift"].sign == 0


def test_retention_on_matches_the_curve_put_in(worlds: Worlds) -> None:
    """Causes stay longer or shorter by known factors; pooled over the causes' shares of the extra people."""
    mix = 0.05 * 1.15 + 0.15 * 1.0 + 0.2 * 0.6 + 0.15 * 0.9 + 0.45 * 1.1
    base = 0.25e6 * CAMPAIGN_DAYS
    expected = RETENTION[7] * (EXTRA * mix + base * 1.15) / (EXTRA + base)
    assert kpi_table(worlds)["retention_7"].value == pytest.approx(expected, rel=0.02)


def test_no_campaign_spends_nothing_of_the_ledger(run: SyntheticRun, worlds: Worlds) -> None:
    numbers = run.scenario.numbers()
    ledger = sum(numbers[f"campaign.{line}_yuan"].value for line in ("agency", "risk_control", "fixed"))
    none, design = worlds.central[NO_CAMPAIGN], worlds.central[DESIGN]
    np.testing.assert_allclose(none.spend(), none.cash() + none.curve("media_yuan").sum(axis=-1))
    flows = design.cash() + design.curve("media_yuan").sum(axis=-1)
    np.testing.assert_allclose(design.spend() - flows, ledger)
    drawn = worlds.drawn[DESIGN].numbers["campaign.fixed_yuan"]
    assert len(np.unique(drawn)) == worlds.draws  # the ledger's ranges are in the headline interval


def test_paired_differences_have_the_sign_put_in(worlds: Worlds) -> None:
    table = difference_table(worlds, ("mau_lift",))
    assert list(table) == ["no link block", "no groups", "fixed rewards"]
    for name, row in table.items():
        found, truth = row["mau_lift"], (STRENGTH[name] - 1) * EXTRA
        assert found.sign == np.sign(truth)
        assert found.value == pytest.approx(truth, rel=0.01, abs=1e-3)


def test_every_kpi_says_what_it_is() -> None:
    assert len({kpi.id for kpi in KPIS}) == len(KPIS)
    for kpi in KPIS:
        assert kpi.unit in {"people", "yuan", "share", "times"}
        assert len(kpi.formula) > 20


def test_reported_rows_have_the_keys_of_a_check_and_are_only_shown(run: SyntheticRun) -> None:
    rows = {row["id"]: row for row in compare_rows(run)}
    keys = {"id", "metric", "low", "high", "value", "ok", "role", "grade", "source", "param_low", "mc_high"}
    assert all(keys <= set(row) for row in rows.values())
    assert {row["role"] for row in rows.values()} == {"shown"}
    assert rows["claims_per_claimer"]["value"] == pytest.approx(6.2)
    assert rows["claims_per_claimer"]["ok"] is True
    assert rows["draws_per_dau"]["value"] == pytest.approx(7.5)
    assert rows["engaged_money_share"]["value"] == pytest.approx(0.65)
    assert rows["engaged_money_share"]["ok"] is None  # nothing was published
    cash = run.central.paid_yuan.sel(variant="design").sum().item() / run.central.sizes["replicate"]
    assert rows["cash_per_net_new_monthly_user"]["value"] == pytest.approx(cash / EXTRA, rel=0.01)
    assert rows["cash_per_net_new_monthly_user"]["ok"] is False


def test_ios_installs_are_drawn_with_the_store_share(run: SyntheticRun) -> None:
    row = next(row for row in compare_rows(run) if row["id"] == "ios_installs_day1")
    share = run.scenario.numbers()["behaviour.install.ios_store_share"].value
    first_day = (TRUTH["first_day"] + 0.25e6) * (1 - TRUTH["reactivated_share"])
    assert row["value"] == pytest.approx(share * first_day, rel=0.02)
    assert row["param_high"] > 1.5 * row["param_low"]


def test_every_target_is_measured_and_says_where_it_comes_from() -> None:
    for target in shown_targets():
        assert target["id"] in MEASURES
        assert target["source"]
        assert target["grade"] in "ABCD"


def test_headline_interval_always_holds_the_value(worlds: Worlds) -> None:
    """Few draws can all lie on one side of the central parameters."""
    few = dataclasses.replace(
        worlds,
        drawn={k: dataclasses.replace(w, data=w.data.isel(sample=slice(0, 2))) for k, w in worlds.drawn.items()},
    )
    trimmed = {
        name: dataclasses.replace(world, numbers={k: v[:2] for k, v in world.numbers.items()})
        for name, world in few.drawn.items()
    }
    for found in kpi_table(dataclasses.replace(few, drawn=trimmed)).values():
        assert found.low is not None
        assert found.high is not None
        assert found.low <= (found.value or 0.0) <= found.high
