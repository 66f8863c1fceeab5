"""A run as it is read: named axes in one order, real units, and the identities that any day must keep."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import xarray as xr

from experiments.results import Run, read_run
from experiments.tables_out import INDEX
from graphs.errors import InputError
from growth.flows import AGES

W = 100  # 80,000 people stand behind 800 users
VARIANTS = ["no campaign", "design", "nothing changed", "everything off", "dear packets"]
SIDES = ["central", "draws"]


@pytest.fixture(params=SIDES)
def data(request: pytest.FixtureRequest, small_run: Run) -> xr.Dataset:
    """The central worlds, and the drawn ones."""
    side = getattr(small_run, request.param)
    assert isinstance(side, xr.Dataset)
    return side


def total(data: xr.Dataset, name: str) -> np.ndarray:
    """[.., day], summed over the axes after the day."""
    extra = [dim for dim in data[name].dims if dim not in INDEX]
    return np.asarray(data[name].sum(extra))


def test_axes_stand_in_one_order_with_their_names(data: xr.Dataset) -> None:
    for variable in data.data_vars.values():
        assert variable.dims[: len(INDEX)] == INDEX
    assert data.variant.to_numpy().tolist() == VARIANTS
    assert data.app.to_numpy().tolist() == ["our app", "rival"]
    assert data.day.to_numpy()[[0, -1]].astype("datetime64[D]").tolist() == [
        np.datetime64("2026-02-27").item(), np.datetime64("2026-03-07").item(),
    ]  # fmt: skip
    assert data.campaign_day.to_numpy().tolist() == list(range(-3, 6))
    assert data.activations.dims[6:] == ("kind", "cause")
    assert data.paid_yuan.dims[6:] == ("source", "recipient")
    assert data.active_at_age.dims[6:] == ("kind", "cause", "age")
    assert data.claims.dims[6:] == ("channel",)


def test_a_run_of_a_version_that_counted_less_is_refused(small_run: Run, tmp_path: Path) -> None:
    shutil.copytree(small_run.folder, tmp_path / "run", ignore=shutil.ignore_patterns("activations.parquet"))
    table = pq.read_table(small_run.folder / "daily.parquet")
    pq.write_table(table.drop_columns("posts"), tmp_path / "run" / "daily.parquet")
    with pytest.raises(InputError, match=r"run: was written by an older version, which did not count posts; try: "):
        read_run(tmp_path / "run")


def test_both_sides_have_their_own_worlds(small_run: Run) -> None:
    assert small_run.draws is not None
    assert dict(small_run.central.sizes) | {"draw": 1, "replicate": 2} == dict(small_run.central.sizes)
    assert dict(small_run.draws.sizes) | {"draw": 2, "replicate": 1} == dict(small_run.draws.sizes)
    assert small_run.central.draw.to_numpy().tolist() == ["central"]
    assert not np.array_equal(small_run.draws.dau[0], small_run.draws.dau[1])


def test_counts_are_people_of_the_population(small_run: Run, data: xr.Dataset) -> None:
    """Every count is a whole number of users times w, and equals the table's integer times w."""
    assert small_run.people_per_user == W
    for name in ("dau", "claims", "activations", "active_at_age", "draws"):
        assert (np.asarray(data[name]) % W == 0).all()
    table = pq.read_table(small_run.folder / "daily.parquet").to_pandas()
    row = table[(table.draw == 0) & (table.variant == 1) & (table.replicate == 1) & (table.app == 0) & (table.day == 2)]
    there = {"variant": "design", "replicate": 1, "app": "our app", "day": "2026-03-04"}
    one = small_run.central.sel(there).squeeze()
    assert float(one.dau) == W * row["dau"].item() > 0
    assert (
        float(one.activations.sel(kind="reactivated", cause="paid")) == W * row["activations.reactivated.paid"].item()
    )
    cents = row["paid_cents.draw.engaged"].item()
    assert float(one.paid_yuan.sel(source="draw", recipient="engaged")) == pytest.approx(W * cents / 100)
    assert cents > 0


def test_growth_accounting_adds_up_to_dau_on_every_day(data: xr.Dataset) -> None:
    parts = data.new_active + data.retained_active + data.resurrected_active
    np.testing.assert_array_equal(parts, data.dau)
    assert min(float(data[name].sum()) for name in ("new_active", "retained_active", "resurrected_active")) > 0


def test_windows_are_nested(data: xr.Dataset) -> None:
    seen = data.wau.notnull()
    assert bool((data.dau <= data.wau).where(seen, True).all())
    # A window that reaches back before the run is censored: the cell is empty, not a smaller number.
    assert data.wau.isel(day=slice(0, 6)).isnull().all()
    assert data.wau.isel(day=slice(6, None)).notnull().all()
    assert data.mau.isel(day=slice(0, 29)).isnull().all()
    assert (data.opens <= data.dau).all()


def test_activations_are_age_zero_of_their_cohort(data: xr.Dataset) -> None:
    np.testing.assert_array_equal(data.active_at_age.sel(age=0), data.activations)
    assert (total(data.sel(app="our app"), "activations") > 0).any()


def test_cohorts_are_part_of_dau_and_no_larger_than_they_began(data: xr.Dataset) -> None:
    assert (total(data, "active_at_age") <= np.asarray(data.dau)).all()
    aged = np.asarray(data.active_at_age)
    days = aged.shape[5]
    for age in range(1, days):
        later, born = aged[..., age:, :, :, age], aged[..., : days - age, :, :, 0]
        assert (later <= born).all()
    assert not aged[..., days:].any()  # nobody is older than the run
    assert aged[..., 1:].any()
    assert aged.shape[-1] == AGES


def test_new_people_are_new_once(data: xr.Dataset) -> None:
    np.testing.assert_array_equal(data.new_active, data.activations.sel(kind="new").sum("cause"))
    assert (data.installs >= data.activations.sel(kind="new").sum("cause")).all()  # and who had removed it


def test_people_engaged_are_those_before_and_who_came_and_went(data: xr.Dataset) -> None:
    engaged, came = np.asarray(data.engaged), total(data, "activations")
    went = np.asarray(data.churned)
    np.testing.assert_array_equal(np.diff(engaged, axis=5), (came - went)[..., 1:])
    assert (data.uninstalled <= data.churned).all()


def test_the_log_holds_every_activation_of_the_central_worlds(small_run: Run) -> None:
    log = small_run.activations()
    days = np.arange(-3, 6)
    for variant in VARIANTS:
        for app in ("our app", "rival"):
            mine = log[(log["variant"] == variant) & (log["app"] == app)]
            counted = small_run.central.activations.sel(variant=variant, app=app).squeeze()
            for (kind, cause), rows in mine.groupby(["kind", "cause"], observed=True):
                found = [[((rows["replicate"] == r) & (rows["day"] == day)).sum() * W for day in days] for r in (0, 1)]
                np.testing.assert_array_equal(counted.sel(kind=kind, cause=cause), found)
            assert len(mine) * W == float(counted.sum())
    assert len(log) > 100


def test_parents_are_named_for_the_invited_alone(small_run: Run) -> None:
    log = small_run.activations()
    invited = log["cause"] == "invited"
    np.testing.assert_array_equal(log["parent_user"] >= 0, invited)
    np.testing.assert_array_equal(log["parent_activation"] >= 0, invited)
    assert invited.sum() > 20
    assert not log.duplicated(["variant", "replicate", "app", "user", "activation"]).any()


def test_money_paid_is_never_more_than_the_pools(data: xr.Dataset) -> None:
    """Both pools bind: a day stops within one request of its limit, and so does the whole run. Coupons draw on the pool
    of the draws, invitations on that of the packets."""
    paid = np.asarray(data.paid_yuan.sum("recipient"))
    design = data.paid_yuan.sum("recipient").sel(variant="design", app="our app")
    shared = ((["draw", "coupon"], 3_000, 7_500), (["packet", "inviter", "invitee"], 1_000, 2_500))
    for sources, daily, whole in shared:
        spent = data.paid_yuan.sum("recipient").sel(source=sources).sum("source")
        assert float(spent.max()) <= daily
        assert float(spent.sum("day").max()) <= whole
        assert float(design.sel(source=sources).sum("source").max()) > 0.8 * daily
    assert float(design.sel(source=["draw", "coupon"]).sum("source").sum("day").max()) > 0.9 * 7_500
    assert float(data.refused_draws.sel(variant="design", app="our app").sum()) > 0
    assert float(data.refused_claims.sel(variant="design", app="our app").sum()) > 0
    assert not paid[..., 1, :, :].any(), "the rival has no campaign"
    assert not data.paid_yuan.sel(variant=["no campaign", "everything off"]).any()
    assert not data.paid_yuan.isel(day=data.campaign_day.to_numpy() < 0).any()


def test_draws_of_the_base_world_follow_the_ranges(small_run: Run) -> None:
    """More engaged people where the drawn law makes fewer of them open: the draws reach the engine."""
    assert small_run.draws is not None
    first = small_run.draws.engaged.sel(variant="no campaign", app="our app").isel(day=0).to_numpy().ravel()
    central = small_run.central.engaged.sel(variant="no campaign", app="our app").isel(day=0).to_numpy().ravel()
    assert len({*first, central[0]}) == 3


def test_the_manifest_says_what_ran(small_run: Run) -> None:
    found = small_run.manifest
    assert found["finished"] is True
    assert (found["rng_seed"], found["worlds"], found["people_per_user"]) == (5, 20, W)
    assert found["scenario_sha256"] == small_run.scenario.sha256()
    assert found["chain_summary"]["users"] == 800
    assert found["versions"]["jax"].startswith("0.")
    assert sorted(entry.name for entry in small_run.folder.iterdir()) == [
        "activations.parquet", "chain.json", "cohorts.parquet", "daily.parquet", "manifest.json", "scenario.toml",
    ]  # fmt: skip


def test_what_is_not_a_finished_run_is_refused(small_run: Run, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no run"):
        read_run(tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({**small_run.manifest, "finished": False}))
    with pytest.raises(InputError, match="holds a run that is not finished; try: the same growth run command"):
        read_run(tmp_path)
