"""The known-answer suite and the coverage study at a small size, and their bounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiments.known_answers import known_answer
from experiments.validation.comparing import binomial_bounds, repeated
from experiments.validation.coverage import COVERED, PIECE, coverage_rows, pieces, same_study
from graphs.errors import InputError


def test_bounds_are_two_sided_at_the_declared_rate() -> None:
    assert binomial_bounds(200, 0.95) == (172, 200)
    assert binomial_bounds(200, 0.05) == (0, 28)
    assert binomial_bounds(1000, 0.05)[0] > 10


@pytest.mark.long
def test_known_answers_are_found_in_a_few_repeats() -> None:
    found, (cost, z) = repeated(2)
    assert found["dominated"]["worse"] == 2
    assert found["interior"]["recommended design"] == 2
    assert sum(found["equal"].values()) == 4  # a word and a recommendation each
    assert abs(z) < 4.9
    assert cost["design"] < cost["ads 50000"]


def test_coverage_is_counted_by_hand() -> None:
    """Truth 2 from four replicates; of three repeats of four, one covers, one misses, one is not identified."""
    truth = np.tile([2.0, 1.0], (4, 1))
    covers = np.array([[1.9, 1.0], [2.1, 1.0], [2.2, 1.0], [1.8, 1.0]])
    misses = covers + np.array([5.0, 0.0])
    hidden = covers * np.array([[1.0, 1.0], [1.0, -1.0]] * 2).reshape(4, 2)
    one = np.concatenate([truth, covers, misses, hidden])
    rows = coverage_rows(np.repeat(one[:, None, :], len(COVERED), axis=1), 3, 4, 4)
    assert len(rows) == 2 * len(COVERED)
    assert [row["value"] for row in rows[:2]] == [0.5, pytest.approx(1 / 3)]
    assert rows[1]["ok"] is False


def test_pieces_are_kept_and_another_study_is_refused(tmp_path: Path) -> None:
    """A piece that is there is read and not computed again: here it is made up."""
    scenario, folder = known_answer("small_town"), tmp_path / "study"
    strange = tmp_path / "strange"
    strange.mkdir()
    (strange / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="something else"):
        pieces(scenario, strange, 1, print)
    folder.mkdir()
    same_study(scenario, folder)
    made = np.arange(PIECE * len(COVERED) * 2, dtype=float).reshape(PIECE, len(COVERED), 2)
    np.save(folder / "piece_000000.npy", made)
    np.testing.assert_array_equal(pieces(scenario, folder, 10, print), made[:10])
    other = scenario.model_copy(update={"name": "another"})
    with pytest.raises(InputError, match="another study"):
        pieces(other, folder, 10, print)
