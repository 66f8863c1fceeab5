"""How many rounds a day are enough: the arithmetic of paired changes, and the design that is run."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.validation.rounds import FIGURES as SHOWN
from experiments.validation.rounds import ROUNDS, _change, _design, _row, rounds, rounds_columns

ONES = np.ones(6)
LUCK = np.array([3.0, 5.0, 4.0, 6.0, 2.0, 4.0])


def test_luck_that_is_shared_falls_out_of_a_change() -> None:
    value, error = _change((1.1 * LUCK, ONES), (LUCK, ONES))
    assert value == pytest.approx(0.1)
    assert error == pytest.approx(0, abs=1e-12)


def test_the_error_of_a_change_is_that_of_the_mean_of_differences() -> None:
    """Where one side has no luck: standard deviation over root n, by the textbook."""
    value, error = _change((LUCK, ONES), (np.full(6, 2.0), ONES))
    assert value == pytest.approx(LUCK.mean() / 2 - 1)
    assert error == pytest.approx(LUCK.std(ddof=1) / np.sqrt(6) / 2)


def test_a_row_tells_every_number_of_rounds_and_tests_nothing() -> None:
    row = _row(SHOWN[2], {count: (LUCK * count * 1e6, ONES) for count in ROUNDS}, "made up")
    assert [row[f"at_{count}"] for count in ROUNDS] == [4.0 * count for count in ROUNDS]
    assert row["change_8"] == pytest.approx(100 * (8 / 96 - 1))
    assert row["ok"] is None
    shown = {name: read(row) for name, read in rounds_columns([row]).items()}
    assert shown["8 less 96, %"] == "-91.67 ± 0.00"
    assert shown["at 96"] == "384"


def test_designs_differ_by_their_rounds_alone() -> None:
    one, other = _design(1_000, 8), _design(1_000, 96)
    assert (one.run.rounds_per_day, other.run.rounds_per_day) == (8, 96)
    run = other.run.model_copy(update={"rounds_per_day": 8})
    assert other.model_copy(update={"run": run}) == one


@pytest.mark.long
def test_every_figure_is_measured_in_a_small_society() -> None:
    rows = rounds(users=3_000, repeats=3)
    assert [row["id"] for row in rows] == [figure.name for figure in SHOWN]
    for row in rows[2:]:
        assert row["at_96"] > 0
        assert abs(row["change_24"]) < 50
