"""A joint calendar that is run: apps that do not meet are their own runs, and worlds differ by who campaigns."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from experiments import joint_reported
from experiments.cli import compare
from experiments.joint import Joint, load_joint
from experiments.joint_kpis import USERS, cost_rows, effect_rows, share_rows
from experiments.joint_report import write_joint_report
from experiments.joint_results import JointRun, read_joint_run
from experiments.joint_words import compare_joint, joint_summary
from experiments.reported import load_reported
from experiments.results import read_run
from experiments.simulate import simulate
from graphs.errors import InputError
from tests.browser import Chromium
from tests.experiments.joint_town import APPS, write_calendar
from tests.small_run import stopped_after, tables_of

CUT = {"devices": 1, "worlds_per_block": 8}
"""Eight worlds of three apps a block, for joint and single runs alike: what is compiled is shared."""
DAYS, ROUNDS = 11, 4


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> JointRun:
    """A run in which apps share attention and invitations are lost, with two draws."""
    folder = tmp_path_factory.mktemp("met")
    joint = load_joint(write_calendar(folder / "in", draws=2))
    return read_joint_run(simulate(joint, folder / "run", **CUT))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> tuple[Joint, Path]:
    """A run in which the apps do not meet."""
    folder = tmp_path_factory.mktemp("apart")
    joint = load_joint(write_calendar(folder / "in", attention=0, loss=0, replicates=1))
    return joint, simulate(joint, folder / "run", **CUT)  # type: ignore[arg-type]


def _lanes(folder: Path, app: int) -> dict[int, pd.DataFrame]:
    """The day's counts of an app by world, as counted."""
    table = pq.read_table(folder / "daily.parquet").to_pandas()
    mine = table[table["app"] == app]
    return {
        int(number): part.drop(columns=["variant", "app"]).reset_index(drop=True)
        for number, part in mine.groupby("variant")
    }


def test_apps_that_do_not_meet_are_their_own_runs_bit_for_bit(apart: tuple[Joint, Path], tmp_path: Path) -> None:
    """With nothing shared and nothing lost, an app's worlds are those of its own design on the same luck: with its
    campaign wherever it campaigns, and without wherever it does not, whoever else does."""
    joint, folder = apart
    for app, design in enumerate(joint.designs):
        single = _lanes(simulate(design, tmp_path / design.name, **CUT), app)  # type: ignore[arg-type]
        none, own = single[0], single[1]
        assert not none.equals(own)
        for number, who in enumerate(joint.worlds.values()):
            assert _lanes(folder, app)[number].equals(own if who[app] else none), (design.name, number)


@pytest.mark.long
def test_a_loss_of_nothing_is_the_part_left_out_bit_for_bit(apart: tuple[Joint, Path], tmp_path: Path) -> None:
    """The range holds a loss, so the part is there; the central value is none."""
    nothing = '{value = 0, low = 0, high = 0.5, source = "made up", grade = "assumption"}'
    joint = load_joint(write_calendar(tmp_path / "in", attention=0, loss=nothing, replicates=1))
    assert tables_of(simulate(joint, tmp_path / "run", **CUT)) == tables_of(apart[1])  # type: ignore[arg-type]


def test_where_apps_meet_others_feel_a_campaign_and_the_standing_world_does_not(met: JointRun) -> None:
    central = met.central
    before = central.isel(day=slice(0, 3))
    for name in ("dau", "engaged", "activations", "opens"):
        worlds = np.asarray(before[name].transpose("variant", ...))
        assert (worlds == worlds[:1]).all(), name
    after = central.isel(day=slice(3, None)).activations.sum(["kind", "cause", "day"])
    for app in APPS:
        for other in APPS:
            gap = after.sel(variant="all campaigns", app=other) - after.sel(variant=f"without {app}", app=other)
            assert bool((gap > 0).all()) == (app == other), (app, other)


MORE: dict[str, Any] = {
    "alpha": """
[[task]]
kind = "order"
coupon_yuan = 1
coupons_per_user = 2
valid_days = 2
pool = "money"

[[task]]
kind = "group"
draws_create = 3
draws_join = 2

[[seeding]]
name = "stars"
date = 2026-03-03
by = "degree"
people = 4_000
cost_per_seed_yuan = 1

[[agency]]
name = "house"
paid_per = "install"
yuan = 2

[risk]
[abuse]
accounts = 500
""",
    "beta": """
[wallet]
least_yuan = 0.5
expires = 2026-03-07
[[wallet.window]]
name = "all"
start = 2026-03-03
end = 2026-03-07
""",
}


@pytest.mark.long
def test_parts_that_only_a_rival_has_change_nothing_of_an_app(tmp_path: Path) -> None:
    """Coupons, groups, seeds, an agency and abuse in one app, a wallet in another, none in the third: each app is its
    own run, which has no part of the others'. Without a wallet of its own an app's money is only noted as if it had
    one."""
    joint = load_joint(write_calendar(tmp_path / "in", attention=0, loss=0, replicates=1, **MORE))
    folder = simulate(joint, tmp_path / "run", **CUT)  # type: ignore[arg-type]
    noted = ["cashed_cents", "expired_cents", "held_cents"]
    for app, design in enumerate(joint.designs):
        single = _lanes(simulate(design, tmp_path / design.name, **CUT), app)  # type: ignore[arg-type]
        hidden = [] if design.wallet is not None else noted
        for number, who in enumerate(joint.worlds.values()):
            ours, own = (table.drop(columns=hidden) for table in (_lanes(folder, app)[number], single[int(who[app])]))
            assert ours.equals(own), (design.name, number)
    bought = read_joint_run(folder).central[["agency_yuan", "seeding_yuan", "risk_checks_yuan"]]
    for name, yuan in bought.items():
        spent = yuan.sum([dim for dim in yuan.dims if dim not in ("app", "variant")])
        on = np.array([who[APPS.index("alpha")] for who in joint.worlds.values()])
        assert (spent.sel(app="alpha").to_numpy() > 0).tolist() == on.tolist(), name
        assert float(spent.drop_sel(app="alpha").sum()) == 0, name


def test_the_worlds_of_two_and_of_three_apps(met: JointRun, tmp_path: Path) -> None:
    assert list(met.joint.worlds) == [
        "no campaign", "all campaigns", "without alpha", "without beta", "without gamma", "only alpha", "only beta",
        "only gamma",
    ]  # fmt: skip
    two = load_joint(write_calendar(tmp_path, ("gamma", "alpha")))
    assert two.worlds == {
        "no campaign": (False, False), "all campaigns": (True, True), "without gamma": (False, True),
        "without alpha": (True, False),
    }  # fmt: skip
    assert two.world_of((True, False)) == "without alpha"


def test_what_is_compared_is_what_was_counted(met: JointRun) -> None:
    """Effects and money against sums taken from the tables by hand."""
    table = pq.read_table(met.folder / "daily.parquet").to_pandas()
    table = table[(table["draw"] == 0) & table["day"].between(0, 4)]
    new = table[[name for name in table if name.startswith("activations.new")]].sum(axis=1)
    told = new.groupby([table["variant"], table["app"]]).sum() / 2 * met.people_per_user
    names = list(met.joint.worlds)
    for row in effect_rows(met):
        if row["id"] == "new":
            at = APPS.index(row["app"])
            expected = told[1, at] - told[names.index(f"without {row['campaign']}"), at]
            assert row["value"] == pytest.approx(expected), row
    costs = {(row["app"], row["how"], row["id"]): row["value"] for row in cost_rows(met)}
    for app in APPS:
        for how in ("jointly", "alone"):
            cash, people = costs[app, how, "cash"], costs[app, how, "activations"]
            assert costs[app, how, "cash_per_activation"] == pytest.approx(cash / people)
    assert all(costs[app, "jointly", "activations"] < costs[app, "alone", "activations"] for app in APPS)


def test_the_share_won_from_rivals_is_their_loss_over_ones_gain(met: JointRun) -> None:
    effects = {(row["campaign"], row["app"]): row["value"] for row in effect_rows(met) if row["id"] == "activations"}
    for row in share_rows(met):
        lost = -sum(effects[row["campaign"], app] for app in APPS if app != row["campaign"])
        assert row["value"] == pytest.approx(lost / effects[row["campaign"], row["campaign"]])
        assert 0 < row["value"] < 1


def test_spend_without_a_campaign_has_no_line_of_it(met: JointRun) -> None:
    pair = met.pair("alpha")
    ours, none = pair.central["design"].ledger(), pair.central["no campaign"].ledger()
    assert (ours["fixed"] == 1_000).all()
    assert not any(part.any() for part in none.values())
    np.testing.assert_allclose(sum(ours.values()), pair.central["design"].spend())
    rival = met.pair("beta", "all campaigns", "without alpha")
    assert (rival.central["no campaign"].ledger()["fixed"] == 1_000).all()


def test_a_joint_run_stopped_and_continued_gives_the_same_bytes(met: JointRun, tmp_path: Path) -> None:
    done = stopped_after(2 * ROUNDS + 1, met.joint, tmp_path / "run", **CUT)  # type: ignore[arg-type]
    done += stopped_after(DAYS * ROUNDS, met.joint, tmp_path / "run", **CUT)  # type: ignore[arg-type]
    assert DAYS * ROUNDS < done < 2 * DAYS * ROUNDS
    simulate(met.joint, tmp_path / "run", **CUT)  # type: ignore[arg-type]
    assert tables_of(tmp_path / "run") == tables_of(met.folder)


def test_the_folder_holds_the_calendar_that_was_run(met: JointRun) -> None:
    again = load_joint(met.folder / "scenario.toml")
    assert again.sha256() == met.joint.sha256() == met.manifest["scenario_sha256"]
    assert [path.name for path in sorted(met.folder.glob("design_*"))] == [f"design_{app}.toml" for app in APPS]
    with pytest.raises(InputError, match="holds the run of a joint calendar"):
        read_run(met.folder)


def test_compare_prints_what_the_summary_holds(met: JointRun, capsys: pytest.CaptureFixture[str]) -> None:
    compare_joint(met.folder, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told == json.loads(json.dumps(joint_summary(met), allow_nan=False))
    assert len(told["effects"]) == 9 * len(USERS)
    compare_joint(met.folder, as_json=False)
    shown = capsys.readouterr().out
    for title in ("What each campaign won", "What it took from the others", "Lost by the others over won", "Money"):
        assert title in shown
    assert all(sentence in shown for sentence in told["verdict"])


def test_reported_users_stand_beside_the_world_with_all_campaigns(
    met: JointRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the calendar's apps and days: a point is inside or not, and of *at least* so many what reaches it is."""
    dau = met.central["dau"].sel(app="beta", variant="all campaigns").isel(draw=0, chain=0)
    day, last = (dt.date(2026, 3, number) for number in (4, 9))
    shown = float(dau.sel(day=np.datetime64(day)).mean())
    point = load_reported()[0]._replace(app="beta", quantity="dau", date=day, window_end=day, relation="=")
    rows = [point._replace(value=value, relation=how) for value, how in ((shown, "="), (9e9, "="), (1.0, ">"))]
    others = [point._replace(app="delta"), point._replace(window_end=dt.date(2026, 3, 1))]
    start = met.joint.run.start
    peak = rows[1]._replace(quantity="dau_peak", window_start=start, window_end=last, relation=">")
    monkeypatch.setattr(joint_reported, "load_reported", lambda: (*rows, *others, peak))
    found = joint_reported.reported_rows(met)
    assert [row["value"] for row in found[:3]] == pytest.approx([shown] * 3)
    assert [row["ok"] for row in found[:3]] == [True, False, True]
    assert found[3]["value"] == pytest.approx(
        float(dau.sel(day=slice(*map(np.datetime64, (start, last)))).max("day").mean())
    )
    assert (len(found), found[3]["ok"]) == (4, False)


def test_options_that_say_nothing_about_a_calendar_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--by: does not apply to a joint calendar"):
        compare(write_calendar(tmp_path), by="icac")


def test_the_page_shows_every_app_and_asks_nothing_of_the_network(met: JointRun, tmp_path: Path) -> None:
    told = write_joint_report(met, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert json.loads(json.dumps(told, allow_nan=False))["worlds"]["only beta"] == {
        "alpha": False, "beta": True, "gamma": False,
    }  # fmt: skip
    for app in APPS:
        assert f"DAU of {app}" in page
        assert f"{app}: its campaign won" in page
    assert "The cannibalisation matrix" in page
    assert "$" not in page[: page.index("<script>")]
    assert "default-src 'none'" in page


def test_every_chart_of_the_page_is_drawn(met: JointRun, chromium: Chromium, tmp_path: Path) -> None:
    write_joint_report(met, tmp_path / "report.html")
    page = chromium.open(tmp_path / "report.html", script_ms=20_000)
    assert page.console == ()
    charts = [f"dau_{place}" for place in range(3)] + ["matrix_chart", "ledgers", "costs_chart"]
    for name in charts:
        assert re.search(rf'id="chart-{name}"[^>]*>.*?<svg', page.dom, flags=re.DOTALL), name
    assert 'id="mau_0"' not in page.dom, "the run is shorter than a month"
