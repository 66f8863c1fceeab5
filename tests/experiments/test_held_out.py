"""The committed forecast is the one whose digest was published, and is held against later figures only."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from typing import Any

import pytest

from experiments.held_out import held_out_rows
from experiments.reported import load_reported
from tests.conftest import ROOT

FOLDER = ROOT / "experiments" / "forecasts"
UNTIL = dt.date(2026, 2, 7)


@pytest.mark.parametrize("app", ["yuanbao", "qwen", "doubao"])
def test_the_joint_forecast_is_the_one_that_was_committed(app: str) -> None:
    forecast = committed(f"spring_festival_2026_until_02_07_{app}.json")
    assert forecast["app"] == app
    assert any(held_out_rows(forecast, load_reported(), UNTIL))


def committed(name: str) -> dict[str, Any]:
    """A forecast whose digest stands beside it, and which was told no figure of a later day."""
    digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
    assert re.search(rf"`{name}`.*`{digest}`", (FOLDER / "README.md").read_text(encoding="utf-8"))
    forecast: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    assert forecast["until"] == str(UNTIL)
    figures = forecast["figures"]
    days = [dt.date.fromisoformat(day) for figure in figures for day in re.findall(r"\d{4}-\d\d-\d\d", figure)]
    assert len(days) == len(figures)
    assert max(days) <= UNTIL
    return forecast


def test_the_forecast_is_the_one_that_was_committed() -> None:
    forecast = committed("yuanbao_2026_until_02_07.json")
    assert len(forecast["figures"]) == 6
    low, _, high = forecast["dau"]["2026-02-16"]
    assert high / low < 4


def test_only_figures_that_were_not_seen_are_compared() -> None:
    forecast = json.loads((FOLDER / "yuanbao_2026_until_02_07.json").read_text(encoding="utf-8"))
    rows = held_out_rows(forecast, load_reported(), UNTIL)
    assert [(row["quantity"], row["date"]) for row in rows] == [
        ("dau_peak", "2026-02-17"),
        ("mau", "2026-02-17"),
        ("app_store_cn_free_rank", "2026-02-24"),
    ]
    found = {row["quantity"]: row for row in rows}
    assert found["mau"]["low"] == forecast["mau"]["2026-02-17"][0]
    assert found["mau"]["inside"] == (found["mau"]["low"] <= 114e6 <= found["mau"]["high"])
    assert found["dau_peak"]["high"] == max(forecast["dau"].values(), key=lambda one: one[1])[2]


def test_the_reported_file_has_figures_after_the_day_of_the_forecast() -> None:
    assert any(max(row.date, row.window_end or row.date) > UNTIL for row in load_reported() if row.app == "yuanbao")
