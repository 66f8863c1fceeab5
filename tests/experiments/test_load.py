"""`growth load` on the small run, against its own daily table."""

from __future__ import annotations

import pytest

from experiments.defaults import load_defaults
from experiments.load import NODES, load_rows, serving
from experiments.results import Run
from graphs.errors import InputError

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
