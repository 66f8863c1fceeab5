"""The whole validation book: every target is answered once, and bad input is refused before anything is simulated."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.checks import run_check
from experiments.presets import preset
from experiments.validation.book.model import preset_runs, rows_of
from experiments.validation.book.rows import known_misses
from experiments.validation.book.runs import resized, run_preset
from experiments.validation.book.targets import book_targets
from graphs.errors import InputError


def test_a_page_without_a_place_for_the_book_is_refused_at_once(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A page", encoding="utf-8")
    with pytest.raises(InputError, match="--write: holds no place for the book"):
        run_check("model", {"write": page, "users": None})


@pytest.mark.long
def test_the_shared_structure_changes_no_byte() -> None:
    """More parts of the day, a longer schedule and other blocks: the same log, flows and cohorts."""
    scenario = resized(preset("retention"), users=2_000, count=1, replicates=3, parameter_draws=2, days=4)
    alone, shared = (run_preset(scenario, shared=one, block=block) for one, block in ((False, 5), (True, 2)))
    for drawn in (False, True):
        logs = [run.log(drawn=drawn) for run in (alone, shared)]
        assert len(logs[0]["user"]) > 1000
        for name in logs[0]:
            assert logs[0][name].tolist() == logs[1][name].tolist(), name
    for sides in zip((*alone.central, *alone.drawn), (*shared.central, *shared.drawn), strict=True):
        mine, other = (side.worlds["design"].data for side in sides)
        assert mine.equals(other)


@pytest.mark.long
def test_each_target_of_both_tables_is_a_row_exactly_once() -> None:
    """In a society too small for its figures to mean anything."""
    rows = rows_of(preset_runs(users=3_000, count=1, replicates=2, parameter_draws=2))
    assert [row["id"] for row in rows] == [target.id for target in book_targets()]
    for row, target in zip(rows, book_targets(), strict=True):
        said = {"second_exposure", "public_action_sign"}  # a number says them, whatever the table calls them
        role = "set" if target.id in said else target.role
        assert (row["role"], row["grade"], row["metric"]) == (role, target.grade, target.metric)
        assert row["statements"], row["id"]
        assert row["ok"] is None or target.tested, row["id"]
    found = {row["id"]: row for row in rows}
    assert found["qwen_day1"]["verdict"] == "predicted: not run here"
    assert found["qwen_day1"]["value"] is None
    assert all(found[name]["ok"] for name in ("identity_depth1", "identity_virality", "branching_subcritical"))
    assert len(known_misses(rows)) == sum(row["ok"] is False for row in rows)
