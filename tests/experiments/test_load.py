"""`growth load` on the small run, against its own daily table."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.defaults import load_defaults
from experiments.load import NODES, load_rows, serving
from experiments.results import Run, read_run
from experiments.scenario import load_scenario
from experiments.simulate import simulate
from graphs.errors import InputError
from tests.golden.write import FOLDER

WAYS = ("read", "written")


def test_peak_follows_from_the_busiest_day_and_the_profile(small_run: Run) -> None:
    rows = {row["variant"]: row for row in load_rows(small_run)}
    tasks = small_run.central.ai_tasks.sel(app="our app", variant="design")
    peak = float(tasks.max("day").mean())
    hours = [load_defaults()[f"hours.h{hour:02d}"].value for hour in range(24)]
    share = max(hours) / sum(hours) / 60
    row = rows["design"]
    assert row["ai_tasks_per_minute"] == pytest.approx(peak * share)
    assert row["tokens_per_minute"] == pytest.approx(peak * share * 1000)
    given = {name: default.quantity.value for name, default in serving().items()}
    seconds = [peak * share * given[f"task.{what}_tokens"] / 60 / given[f"node.h800_{what}_rate"] for what in WAYS]
    assert row["accelerators"] == pytest.approx(max(seconds) * 8 / 0.5)
    assert row["at_once"] == pytest.approx(peak * share / 60 * 12)
    assert row["ai_tasks_per_minute_low"] <= row["ai_tasks_per_minute_high"]
    assert set(rows) == {str(name) for name in small_run.central.variant.to_numpy()}


def test_a_short_capacity_answers_its_share(small_run: Run) -> None:
    all_of_it = load_rows(small_run)[1]["ai_tasks_per_minute"]
    served = load_rows(small_run, capacity=all_of_it / 1000)[1]["served"]
    assert 0 < served < 0.01
    assert load_rows(small_run, capacity=all_of_it * 1000)[1]["served"] == 1


def test_bad_options(small_run: Run) -> None:
    with pytest.raises(InputError, match=f"--node: unknown node; got 'abacus'; allowed: {', '.join(NODES)}"):
        load_rows(small_run, node="abacus")
    with pytest.raises(InputError, match="--capacity"):
        load_rows(small_run, capacity=0)


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
    row = {row["variant"]: row for row in load_rows(short)}["design"]
    assert 0.05 < row["failed"] < 1
    assert row["accelerators_first"] == pytest.approx(0.7 * row["accelerators"])
    assert row["accelerators_second"] == pytest.approx(0.3 * row["accelerators"])


def test_suppliers_lend_all_of_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the suppliers' shares do not add up to 1; got '1\.1'"):
        _served_by(1000, tmp_path, second=0.4)
