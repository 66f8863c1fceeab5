"""`growth load` against days written down by hand, and on the small run against its own daily table."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from experiments.defaults import load_defaults
from experiments.load import NODES, load_rows, serving
from experiments.load_tables import print_load
from experiments.results import Run, read_run
from experiments.scenario import load_scenario
from experiments.simulate import simulate
from graphs.errors import InputError
from tests.golden.write import FOLDER
from tests.oracles import waiting_line
from tests.small_run import changed

WAYS = ("read", "written")


def _hours() -> list[float]:
    return [load_defaults()[f"hours.h{hour:02d}"].value for hour in range(24)]


def _row(run: Run, variant: str = "design", **told: Any) -> dict[str, Any]:
    return {row["variant"]: row for row in load_rows(run, **told)}[variant]


def _task(row: dict[str, Any], task: str) -> dict[str, Any]:
    return next(one for one in row["requests"] if one["task"] == task)


def test_peak_follows_from_the_busiest_day_and_the_profile(small_run: Run) -> None:
    rows = {row["variant"]: row for row in load_rows(small_run)}
    tasks = small_run.central.ai_tasks.sel(app="our app", variant="design")
    peak = float(tasks.max("day").mean())
    share = max(_hours()) / sum(_hours()) / 60
    row = rows["design"]
    assert row["ai_tasks_per_minute"] == pytest.approx(peak * share)
    assert row["tokens_per_minute"] == pytest.approx(peak * share * 1000)
    given = {name: default.quantity.value for name, default in serving().items()}
    seconds = [peak * share * given[f"task.{what}_tokens"] / 60 / given[f"node.h800_{what}_rate"] for what in WAYS]
    assert row["accelerators"] == pytest.approx(max(seconds) * 8 / 0.5)
    assert row["at_once"] == pytest.approx(peak * share / 60 * 12)
    assert row["ai_tasks_per_minute_low"] <= row["ai_tasks_per_minute_high"]
    assert set(rows) == {str(name) for name in small_run.central.variant.to_numpy()}


def test_every_session_is_an_open(small_run: Run) -> None:
    """While the campaign is on, whoever has a session signs in: who opens the app and who has just come."""
    days = small_run.central.sel(app="our app", variant="design", day=slice("2026-03-02", "2026-03-05"))
    came = days.activations.sum(["kind", "cause"])
    assert float(came.sum()) > 0
    np.testing.assert_allclose(days.opens + came, days.sign_ins + days.failed_sessions)


def test_a_short_capacity_answers_its_share(small_run: Run) -> None:
    all_of_it = _row(small_run)["ai_tasks_per_minute"]
    short = _row(small_run, capacity=all_of_it / 1000)
    assert short["served"] == pytest.approx(0.001, rel=0.2)  # replicates differ
    assert short["answered_per_minute"] == pytest.approx(all_of_it / 1000)
    assert short["tokens_per_minute_answered"] == pytest.approx(all_of_it, rel=1e-6)
    assert (short["wait_chance"], short["mean_wait_seconds"]) == (1, None)
    assert _row(small_run, capacity=all_of_it * 1000)["served"] == 1


DELAY_2_H = ("delay.mu_log_hours = 0.5", "delay.mu_log_hours = 0.6932\ndelay.sigma_log_hours = 1e-9")
MACHINES = """
[serving]
ai_tasks_per_minute = 200

[[serving.supplier]]
name = "first"
share = 0.25

[[serving.supplier]]
name = "second"
share = 0.75

[[intervention]]
name = "half of the machines"
at = 2026-03-03T20:00:00
until = 2026-03-04T20:00:00
parameter = "serving.ai_tasks_per_minute"
multiply = 0.5

[content]
tokens_per_share = 500
"""
"""The golden rounds are six hours long: the one with the busiest hour begins before the machines are half on 3 March
and while they are on the 4th."""


@pytest.fixture(scope="module")
def told_by_hand(small_run: Run) -> Run:
    """Days of the design written down by hand: one before the campaign on which all is answered, and two of the
    campaign on which more is asked for and much of it fails."""
    scenario = changed(DELAY_2_H, more=MACHINES)
    days = xr.zeros_like(small_run.central.isel(replicate=[0]))
    counts = {
        "2026-03-01": {"opens": 50_000, "ai_tasks": 100_000},
        "2026-03-03": {"opens": 110_000, "ai_tasks": 90_000, "failed_tasks": 150_000, "failed_sessions": 55_000},
        "2026-03-04": {"opens": 70_000, "ai_tasks": 95_000, "failed_tasks": 25_000, "failed_sessions": 10_000},
    }
    more = {
        "2026-03-03": {"activations": 10_000, "packets": 30_000, "claims": 6_000},
        "2026-03-04": {"claims": 4_000, "draws": 500_000, "refused_draws": 50_000},
    }
    for table in (counts, more):
        for day, told in table.items():
            for name, count in told.items():
                flow = days[name]
                first = {dim: flow[dim].to_numpy()[0] for dim in flow.dims if dim in ("kind", "cause", "channel")}
                days[name].loc[{"app": "our app", "variant": "design", "day": day, **first}] = float(count)
    return replace(small_run, central=days, draws=None, scenario=scenario)


def test_the_busiest_day_is_that_of_demand(told_by_hand: Run) -> None:
    """240,000 tasks were asked for on 3 March, 100,000 on the day on which most were answered."""
    row, minute = _row(told_by_hand), max(_hours()) / sum(_hours()) / 60
    asked = 240_000 * minute
    assert (row["day"], row["hour"]) == ("2026-03-03", 21)
    assert row["ai_tasks_per_minute"] == pytest.approx(asked)
    assert row["failed"] == pytest.approx(55_000 / 120_000)
    assert row["capacity_per_minute"] == 200 < asked
    # Tokens: of tasks, and of packets, of which those who failed would have shared as many more as they were.
    tokens = (240_000 * 1000 + 30_000 * 500 * 120 / 65) * minute
    assert row["tokens_per_minute"] == pytest.approx(tokens)
    assert row["content_tokens_per_minute"] == pytest.approx(30_000 * 500 * 120 / 65 * minute)
    answered = {"answered_per_minute": 200, "tokens_per_minute_answered": tokens * 200 / asked}
    answered["at_once_answered"] = 200 / 60 * 12
    answered["accelerators_answered"] = row["accelerators"] * 200 / asked
    assert {key: row[key] for key in answered} == pytest.approx(answered)
    assert row["served"] == pytest.approx(200 / asked)
    first, second = row["suppliers"]
    assert (first["name"], second["name"]) == ("first", "second")
    for key in ("ai_tasks_per_minute", "answered_per_minute", "tokens_per_minute", "accelerators"):
        assert (first[key], second[key]) == pytest.approx((0.25 * row[key], 0.75 * row[key]))


def test_waiting_is_of_the_machines_that_are_stated_or_needed(told_by_hand: Run) -> None:
    row = _row(told_by_hand)
    assert (row["servers"], row["wait_chance"], row["mean_wait_seconds"]) == (40, 1, None)
    asked = row["ai_tasks_per_minute"]
    # Four fifths of what is answered at most are asked for, of servers that take some 12 seconds for a task.
    row = _row(told_by_hand, capacity=asked / 0.8)
    servers = round(asked / 0.8 / 60 * 12)
    chance, wait = waiting_line(asked / 60, servers / (asked / 0.8) * 60, servers)
    assert row["servers"] == servers
    assert (row["wait_chance"], row["mean_wait_seconds"]) == pytest.approx((chance, wait), rel=1e-9)


def test_machines_in_force_are_those_of_the_round(told_by_hand: Run) -> None:
    """Without 3 March the busiest day is the 4th, in whose last round the machines are still half."""
    quiet = told_by_hand.central.copy(deep=True)
    quiet["failed_tasks"].loc[{"day": "2026-03-03"}] = 0.0
    row = _row(replace(told_by_hand, central=quiet))
    assert (row["day"], row["capacity_per_minute"]) == ("2026-03-04", 100)


def test_tasks_have_hours_of_their_own(told_by_hand: Run) -> None:
    """Claims come two hours after packets: of those shared on 3 March from 22 o'clock on, on the 4th. On that day
    nothing is shared, so all of its claims are in its first two hours."""
    row, hours = _row(told_by_hand), np.array(_hours())
    assert [one["task"] for one in row["requests"]] == [
        "opens", "AI tasks", "draws", "packets", "claims", "orders", "all",
    ]  # fmt: skip
    claims, shared = _task(row, "claims"), hours[:22] / hours[:22].sum()
    assert claims["per_minute"] == pytest.approx(max(6_000 * shared.max(), 4_000 * hours[22] / hours[22:].sum()) / 60)
    assert (claims["day"], claims["hour"]) == ("2026-03-04", 0)
    assert _task(row, "opens")["per_minute"] == pytest.approx(120_000 * hours.max() / hours.sum() / 60)
    draws = _task(row, "draws")
    assert (draws["day"], draws["hour"], draws["per_day"]) == ("2026-03-04", 21, pytest.approx(550_000))
    assert _task(row, "orders") == {"task": "orders", "day": None, "hour": None, "per_day": 0, "per_minute": 0}
    every = _task(row, "all")
    assert (every["day"], every["hour"]) == ("2026-03-04", 21)
    sessions = 70_000 + 120_000 + 550_000
    assert every["per_minute"] == pytest.approx(sessions * hours.max() / hours.sum() / 60)


def test_what_is_printed(told_by_hand: Run, capsys: pytest.CaptureFixture[str]) -> None:
    print_load(load_rows(told_by_hand), "h800", as_json=False)
    text = capsys.readouterr().out.replace("\N{NO-BREAK SPACE}", " ")
    assert "first (25 %): accelerators needed" in text
    assert "design: 329 AI tasks a minute are asked for and 200 answered: the queue grows without end, by 129" in text
    assert "no campaign: with these machines 0 % of AI tasks wait" in text
    print_load(load_rows(told_by_hand, capacity=1e6), "h800", as_json=True)
    rows = {row["variant"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["design"]["mean_wait_seconds"] == 0


def test_bad_options(small_run: Run) -> None:
    with pytest.raises(InputError, match=f"--node: unknown node; got 'abacus'; allowed: {', '.join(NODES)}"):
        load_rows(small_run, node="abacus")
    for bad in (0, float("nan"), float("inf")):
        with pytest.raises(InputError, match="--capacity"):
            load_rows(small_run, capacity=bad)


SERVING = """
[serving]
ai_tasks_per_minute = {most}

[[serving.supplier]]
name = "first"
share = 0.7

[[serving.supplier]]
name = "second"
share = {second}
"""


def _served_by(most: float, folder: Path, second: float = 0.3) -> Run:
    """The small design without its variants, with machines for so many AI tasks a minute."""
    text = (FOLDER / "scenario.toml").read_text(encoding="utf-8").split("[[variant]]")[0]
    (folder / "short.toml").write_text(text + SERVING.format(most=most, second=second), encoding="utf-8")
    scenario = load_scenario(folder / "short.toml")
    run = scenario.run.model_copy(update={"parameter_draws": 0, "replicates": 2})
    return read_run(simulate(scenario.model_copy(update={"run": run}), folder / "run", devices=1))


@pytest.mark.long
def test_too_few_machines_lose_sessions_and_what_comes_of_them(small_run: Run, tmp_path: Path) -> None:
    """Machines for half of the busiest day's tasks: fewer tasks and packets; accelerators stand by supplier."""
    enough = small_run.central.sel(app="our app", variant="design", replicate=slice(0, 2))
    most = float(enough.ai_tasks.max("day").mean()) / 2 / (24 * 60)
    short = _served_by(most, tmp_path)
    world = short.central.sel(app="our app", variant="design")
    assert float(world.ai_tasks.sum()) < 0.9 * float(enough.ai_tasks.sum())
    assert float(world.packets.sum()) < 0.95 * float(enough.packets.sum())
    assert float(enough.failed_sessions.sum()) == 0 < float(world.failed_sessions.sum())
    # No round answers more than its machines can: 8 rounds a day, and w people a user.
    rounds = short.scenario.run.rounds_per_day
    per_round = round(most * 24 * 60 / rounds / short.people_per_user) * short.people_per_user
    assert float(world.ai_tasks.max()) < 1.25 * per_round * rounds
    row = _row(short)
    asked = (world.ai_tasks + world.failed_tasks).mean("replicate")
    assert row["day"] == str(asked.day.to_numpy()[int(np.asarray(asked).argmax())].astype("datetime64[D]"))
    assert 0.05 < row["failed"] < 1
    assert row["capacity_per_minute"] == pytest.approx(most)
    assert row["answered_per_minute"] == pytest.approx(most)
    assert row["ai_tasks_per_minute"] > 2 * most


def test_suppliers_lend_all_of_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the suppliers' shares do not add up to 1; got '1\.1'"):
        _served_by(1000, tmp_path, second=0.4)
