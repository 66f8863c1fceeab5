"""The whole validation book: every target is answered once, and bad input is refused before anything is simulated."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.checks import run_check
from experiments.validation.book.model import model
from experiments.validation.book.targets import book_targets
from graphs.errors import InputError


def test_a_page_without_a_place_for_the_book_is_refused_at_once(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A page", encoding="utf-8")
    with pytest.raises(InputError, match="--write: holds no place for the book"):
        run_check("model", {"write": page, "users": None})


@pytest.mark.long
def test_each_target_of_both_tables_is_a_row_exactly_once() -> None:
    """In a society too small for its figures to mean anything."""
    rows = model(users=3_000)
    assert [row["id"] for row in rows] == [target.id for target in book_targets()]
    for row, target in zip(rows, book_targets(), strict=True):
        assert (row["role"], row["grade"], row["metric"]) == (target.role, target.grade, target.metric)
        assert row["statements"], row["id"]
        assert row["ok"] is None or target.tested, row["id"]
        assert (row["notes"] == []) == (row["ok"] is not False), row["id"]
    found = {row["id"]: row for row in rows}
    assert found["qwen_day1"]["verdict"] == "held: not run"
    assert found["qwen_day1"]["value"] is None
    assert all(found[name]["ok"] for name in ("identity_depth1", "identity_virality", "branching_subcritical"))
