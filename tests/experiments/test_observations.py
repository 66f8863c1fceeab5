"""Reported figures as data: the registry knows every quantity, and a file that contradicts itself is refused."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from typing import Any

import pytest

from experiments.observations import Observed, observe, read_observations
from experiments.observed_quantities import QUANTITIES, functional_of
from experiments.reported import COLUMNS, load_reported
from graphs.errors import InputError

START, END = dt.date(2026, 2, 1), dt.date(2026, 4, 1)
DAU = "2026-02-01,app,dau,=,24000000,users,,2026-02-01,panel,somewhere,B"


def observed(folder: Path, *rows: str, **told: Any) -> tuple[list[Observed], list[str]]:
    path = folder / "reported.csv"
    path.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n", encoding="utf-8")
    return read_observations(path, "app", START, END, **told)


def refused(folder: Path, *rows: str, **told: Any) -> str:
    with pytest.raises(InputError) as error:
        observed(folder, *rows, **told)
    return str(error.value)


def test_the_registry_knows_every_shipped_quantity() -> None:
    for row in load_reported():
        functional = functional_of(row.quantity)
        assert functional.kind in ("count", "rank", "surge", "funnel", "shown")
        assert (functional.kind == "shown") == bool(functional.why), row.quantity


def test_an_unknown_quantity_is_refused_with_line_and_cure(tmp_path: Path) -> None:
    told = refused(tmp_path, DAU, DAU.replace("dau", "daus"))
    assert "reported.csv:3: quantity: unknown quantity" in told
    assert "did you mean 'dau'" in told


def test_an_unknown_quantity_of_another_app_is_refused_too(tmp_path: Path) -> None:
    assert "unknown quantity" in refused(tmp_path, DAU, "2026-02-01,b,likes,=,5,users,,2026-02-01,panel,somewhere,B")


def test_a_rank_of_zero_is_refused_with_its_line(tmp_path: Path) -> None:
    row = "2026-02-01,app,app_store_cn_free_rank,=,0,rank,,2026-02-01,store,somewhere,B"
    assert "reported.csv:2: value: cannot be used" in refused(tmp_path, row)


def test_two_measurers_a_factor_of_three_apart_need_a_scale(tmp_path: Path) -> None:
    other = DAU.replace("24000000", "72000000").replace("panel", "other panel")
    told = refused(tmp_path, DAU, other)
    assert "a factor of 3.0 apart: lines 2 and 3" in told
    found, _ = observed(tmp_path, DAU, other, scaled=["other_panel"])
    assert len(found) == 2
    found, _ = observed(tmp_path, DAU, other.replace("72000000", "71000000"))
    assert len(found) == 2


def test_one_measurer_cannot_print_two_figures_for_a_day(tmp_path: Path) -> None:
    assert "two figures for the same days: lines 2 and 3" in refused(tmp_path, DAU, DAU.replace("24000000", "25000000"))


def test_a_cumulative_count_that_falls_is_refused(tmp_path: Path) -> None:
    first = "2026-02-05,app,draws_cumulative,>,900,events,2026-02-01,2026-02-04,company,somewhere,A"
    later = "2026-02-09,app,draws_cumulative,=,800,events,2026-02-01,2026-02-08,company,somewhere,A"
    assert "a cumulative count falls: lines 2 and 3" in refused(tmp_path, first, later)
    found, _ = observed(tmp_path, first, later.replace("=,800", "=,950"))
    assert [one.row.value for one in found] == [900, 950]


def test_days_outside_the_run_are_left_out_with_their_lines(tmp_path: Path) -> None:
    after = DAU.replace("2026-02-01", "2026-05-01")
    long_before = DAU.replace("2026-02-01", "2025-10-01")
    standing = DAU.replace("2026-02-01", "2026-01-20")
    found, notes = observed(tmp_path, DAU, after, long_before, standing)
    assert [(one.first, one.last) for one in found] == [(0, 0), (-12, -12)]
    assert any("line 3" in note and "after the run ends" in note for note in notes)
    assert any("line 4" in note and "60 days before" in note for note in notes)
    assert any("line 5" in note and "standing world" in note for note in notes)


def test_until_leaves_out_what_was_published_or_is_about_later(tmp_path: Path) -> None:
    late = "2026-02-18,app,mau,=,114000000,users,,2026-02-06,company,somewhere,A"
    found, notes = observed(tmp_path, DAU, late, until=dt.date(2026, 2, 7))
    assert [one.row.quantity for one in found] == ["dau"]
    assert "line 3: mau of 2026-02-18 is not used: it is later than 2026-02-07" in notes


def test_a_figure_stands_for_what_rounds_to_it(tmp_path: Path) -> None:
    found, _ = observed(tmp_path, DAU, "2026-02-03,app,dau,>,50000000,users,,2026-02-03,company,somewhere,A")
    assert (found[0].low, found[0].high) == (23.5e6, 24.5e6)
    assert (found[1].low, found[1].high) == (50e6, math.inf)


def test_a_funnel_row_is_a_count_out_of_trials(tmp_path: Path) -> None:
    row = "2026-02-10,app,cohort_active_d7,=,1210,of 5400 users,2026-02-01,2026-02-02,own logs,dashboard,A"
    found, _ = observed(tmp_path, row)
    assert (found[0].low, found[0].trials, found[0].functional.window) == (1210, 5400, 7)
    assert "count out of a number of trials" in refused(tmp_path, row.replace("of 5400 users", "users"))
    assert "count out of a number of trials" in refused(tmp_path, row.replace("1210", "5401"))


def test_seed_figures_and_those_only_shown_are_not_fitted() -> None:
    found, notes = observe(load_reported(), "yuanbao", START, END)
    assert {one.row.grade for one in found} <= {"A", "B"}
    assert all(QUANTITIES[one.row.quantity].kind != "shown" for one in found)
    assert any("huawei_surge_rank" in note for note in notes)


def test_an_app_without_figures_is_refused(tmp_path: Path) -> None:
    assert "holds no figure of this app" in refused(tmp_path, DAU.replace(",app,", ",other,"))
