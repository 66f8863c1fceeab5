"""Rows of the validation book: what counts, what is evidence, and the arithmetic of figures and their errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiments.validation.book.contrasts import _change
from experiments.validation.book.page import BEGIN, END, write_book
from experiments.validation.book.rows import HELD, NO_MECHANISM, book_row, known_misses, statement_line
from experiments.validation.book.statements import Statement, Sums, exact, jackknife, measured, missing
from experiments.validation.book.targets import ROLES, BookTarget, book_targets
from graphs.errors import InputError
from growth.intervals import mean_interval


def target(role: str = "emergent", grade: str = "S") -> BookTarget:
    return BookTarget("a_row", "cascade", role, "a metric", 1.0, 2.0, "a note", grade, "a paper")


def inside(value: float = 1.5, **told: object) -> Statement:
    return exact("figure", value, low=1.0, high=2.0, **told)


def test_every_row_of_both_tables_is_read_once() -> None:
    targets = book_targets()
    assert [sum(one.table == table for one in targets) for table in ("cascade", "retention")] == [24, 15]
    assert len({one.id for one in targets}) == len(targets)
    assert {one.role for one in targets} == set(ROLES)
    assert all(one.grade and one.metric for one in targets)


def test_evidence_is_what_emerges_and_is_not_from_memory() -> None:
    ids = {one.id for one in book_targets() if one.evidence}
    assert ids == {
        "plain_share_depth", "email_game", "winner_R", "incentivised_deeper", "second_exposure", "public_action_sign",
        "pay_per_conversion", "incentive_only_d7", "incentive_only_d30", "gala_2019_d7", "threads_decay",
    }  # fmt: skip
    remembered = [one for one in book_targets() if one.grade == "M"]
    assert [one.id for one in remembered] == ["referred_churn_ratio"]
    assert not any(one.tested for one in book_targets() if one.role == "shown" or one.grade == "M")


def test_a_set_row_that_holds_is_no_evidence() -> None:
    row = book_row(target("set"), [inside()])
    assert (row["ok"], row["verdict"], row["evidence"]) == (True, "holds, no evidence", False)
    assert book_row(target(), [inside()])["evidence"] is True


def test_a_set_row_must_hold_on_every_chain() -> None:
    assert book_row(target("set"), [inside(chains=(1.5, 1.9, 1.1))])["ok"] is True
    assert book_row(target("set"), [inside(chains=(1.5, 2.1, 1.1))])["ok"] is False


@pytest.mark.parametrize(("role", "grade"), [("shown", "B"), ("set", "M"), ("emergent", "M")])
def test_shown_and_remembered_rows_are_never_tested(role: str, grade: str) -> None:
    for value in (1.5, 99.0):
        row = book_row(target(role, grade), [inside(value)], cost="a lot")
        assert row["ok"] is None
        assert row["evidence"] is False
        assert known_misses([row]) == []
    assert book_row(target("shown"), [inside(99.0)])["verdict"] == "shown: outside"


def test_a_row_holds_when_all_its_counted_statements_do() -> None:
    printed = Statement("beside", 99.0, 1.0, 2.0, counts=False)
    assert book_row(target(), [inside(), printed])["ok"] is True
    row = book_row(target(), [inside(), inside(2.5)], cost="a lot")
    assert (row["ok"], row["verdict"]) == (False, "does not hold")
    assert known_misses([row]) == ["a_row (emergent) does not hold. a lot"]
    assert book_row(target(), [inside(), inside()], cost="a lot")["cost"] == ""


def test_what_was_not_seen_does_not_hold() -> None:
    """A statement that could not be measured is a miss; one that the model cannot give is said, and does not count."""
    empty = measured("figure", Sums(np.zeros((1, 4, 2))), lambda mean: float("nan"), low=1.0)
    assert (empty.value, empty.holds) == (None, False)
    assert book_row(target(), [empty])["ok"] is False
    row = book_row(target(), [missing("figure", "nothing of the kind", low=1.0)], without=NO_MECHANISM)
    assert (row["ok"], row["verdict"], row["evidence"]) == (None, NO_MECHANISM, False)
    assert book_row(target("shown"), [missing("figure", "kept")], without=HELD)["verdict"] == HELD


def test_a_sign_holds_only_where_its_whole_interval_does() -> None:
    """Nine in ten would say so of the second; a sign needs 999 in a thousand."""
    values = np.array([0.90, 0.96, 0.95, 0.91, 0.93, 0.92, 0.94, 0.95])
    figures = [
        measured("sign", Sums((values + more)[None, :, None]), lambda mean: float(mean[0]), high=1.0, strict=True)
        for more in (0.0, 0.04)
    ]
    assert all(one.mc is not None and one.mc[1] < 1.0 for one in figures)
    assert [one.holds for one in figures] == [True, False]
    plain = measured("level", Sums((values + 0.04)[None, :, None]), lambda mean: float(mean[0]), high=1.0)
    assert plain.holds is True


def test_the_error_of_a_mean_is_that_of_its_chains() -> None:
    """Leaving one out gives the stratified interval of a mean exactly."""
    values = np.array([[3.0, 5.0, 4.0], [11.0, 10.0, 15.0]])
    told = measured("mean", Sums(values[..., None]), lambda mean: float(mean[0]), each_chain=True)
    known = mean_interval(values.reshape(-1), strata=[0, 0, 0, 1, 1, 1])
    assert told.value == pytest.approx(8.0)
    assert told.mc == pytest.approx((float(known.low), float(known.high)))
    assert told.chains == pytest.approx((4.0, 12.0))


def test_the_error_of_a_ratio_of_ratios_is_the_delta_method_s() -> None:
    """Many replicates of four counts, against the textbook formula for the log of a ratio of ratios."""
    rows = np.random.default_rng(5).poisson([400, 1000, 300, 1200], (1, 600, 4)).astype(float)
    value, error, freedom = jackknife(rows, lambda mean: _change(mean) + 1)
    assert freedom == 599
    assert value == pytest.approx(
        (rows[0, :, 0].sum() / rows[0, :, 1].sum()) / (rows[0, :, 2].sum() / rows[0, :, 3].sum())
    )
    mean = rows[0].mean(axis=0)
    logs = rows[0] / mean @ np.array([1, -1, -1, 1])
    assert error / value == pytest.approx(logs.std(ddof=1) / np.sqrt(600), rel=0.01)


def test_ratio_rows_on_made_up_counts() -> None:
    assert _change(np.array([20.0, 10, 50, 50])) == pytest.approx(1.0)
    assert np.isnan(_change(np.array([20.0, 10, 0, 50])))


def test_the_interval_over_draws_holds_the_central_value_and_no_luck() -> None:
    central = np.full((1, 8, 1), 2.0)
    drawn = np.linspace(1.0, 2.0, 30)[:, None, None]
    told = measured("mean", Sums(central, drawn), lambda mean: float(mean[0]))
    assert told.draws is not None
    assert told.draws[1] == 2.0
    assert 1.0 <= told.draws[0] < 1.1


def test_a_statement_in_one_line() -> None:
    told = Statement("share", 0.5, 0.4, None, mc=(0.45, 0.55), draws=(0.2, 0.8), chains=(0.4, 0.6)).as_dict()
    assert statement_line(told) == (
        "share: 0.5 [0.45, 0.55], over draws 0.2 to 0.8, by chain 0.4, 0.6 (at least 0.4; inside)"
    )


def test_the_book_replaces_what_stands_between_its_markers(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Before\n\n{BEGIN}\nwhat was there\n{END}\nafter\n", encoding="utf-8")
    rows = [book_row(target(), [inside(2.5)], cost="a lot"), book_row(target("set"), [inside()])]
    write_book(page, rows, seconds=3, full=False)
    first = page.read_text(encoding="utf-8")
    assert first.startswith("# Before\n")
    assert first.endswith(f"{END}\nafter\n")
    assert "what was there" not in first
    assert "| emergent | 1 | 1 | 0 |" in first
    assert "- `a_row` (emergent): a lot" in first
    write_book(page, rows, seconds=3, full=False)
    assert page.read_text(encoding="utf-8") == first
    page.write_text("nothing", encoding="utf-8")
    with pytest.raises(InputError, match="holds no place for the book"):
        write_book(page, rows, seconds=3, full=False)
