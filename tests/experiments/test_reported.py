"""Reported figures: the shipped file carries source and grade; a row that cannot be used is named."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from experiments.quantity import GRADES
from experiments.reported import COLUMNS, Reported, load_reported, read_reported
from graphs.errors import InputError

HEADER = ",".join(COLUMNS)
ROW = "2026-02-01,yuanbao,dau,=,23990000,users,,2026-02-01,questmobile,digipub.cc,B"


def read(folder: Path, *lines: str) -> tuple[Reported, ...]:
    path = folder / "reported.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_reported(path)


def message(folder: Path, *lines: str) -> str:
    with pytest.raises(InputError) as error:
        read(folder, *lines)
    assert "\n" not in str(error.value)
    assert str(error.value).startswith(f"{folder / 'reported.csv'}:")
    return str(error.value).removeprefix(f"{folder / 'reported.csv'}:")


def test_every_shipped_figure_carries_source_grade_and_measurer() -> None:
    rows = load_reported()
    assert len(rows) == 44
    assert {row.app for row in rows} == {"yuanbao", "qwen", "doubao", "chart"}
    for row in rows:
        assert row.source, row.line
        assert row.measurer, row.line
        assert row.grade in GRADES, row.line


def test_shipped_figures_are_the_published_ones() -> None:
    found = {(row.app, row.quantity, row.date): row for row in load_reported()}
    dau = [found["yuanbao", "dau", dt.date(2026, *day)].value for day in [(1, 31), (2, 1), (2, 7)]]
    assert dau == [7_680_000, 23_990_000, 18_280_000]
    claims = found["yuanbao", "share_claims_cumulative", dt.date(2026, 2, 17)]
    assert (claims.relation, claims.value, claims.grade) == (">", 210_000_000, "A")
    assert (claims.window_start, claims.window_end) == (dt.date(2026, 2, 1), dt.date(2026, 2, 16))
    monthly = found["qwen", "mau", dt.date(2025, 12, 31)]
    assert monthly.measurer == "questmobile, app only", "a comma inside quotes is one cell"


def test_a_row_is_read_cell_by_cell(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "# a comment", "", HEADER, "# another", ROW)
    day = dt.date(2026, 2, 1)
    assert row == (
        day,
        "yuanbao",
        "dau",
        "=",
        23_990_000.0,
        "users",
        None,
        day,
        "questmobile",
        "digipub.cc",
        "B",
        5,
    )


def test_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    turned = [",".join(reversed(line.split(","))) for line in (HEADER, ROW)]
    assert read(tmp_path, *turned)[0][:-1] == read(tmp_path, HEADER, ROW)[0][:-1]


HEADERS = {
    "unknown column": (
        HEADER.replace("measurer", "measurre"),
        f"1: unknown column; got 'measurre'; allowed: {', '.join(COLUMNS)}; try: did you mean 'measurer'?",
    ),
    "missing column": (
        HEADER.replace(",grade", ""),
        f"1: grade: missing column; try: the first row reads {HEADER}",
    ),
    "column twice": (HEADER + ",grade", "1: this column is there twice; got 'grade'"),
}


@pytest.mark.parametrize("case", HEADERS)
def test_headers_that_cannot_be_used(case: str, tmp_path: Path) -> None:
    header, expected = HEADERS[case]
    assert message(tmp_path, header, ROW) == expected


DAY = "allowed: a date such as 2026-02-01"
ROWS = {
    "bad date": ("2026-02-01,yuanbao", "2026-02-30,yuanbao", f"date: is not a date; got '2026-02-30'; {DAY}"),
    "bad window": (",,2026-02-01", ",,February", f"window_end: is not a date; got 'February'; {DAY}"),
    "window that ends before it starts": (
        ",,2026-02-01",
        ",2026-02-02,2026-02-01",
        "window_end: ends before it starts; got '2026-02-01'; allowed: 2026-02-02 or later",
    ),
    "relation": (",=,", ",>=,", "relation: unknown word; got '>='; allowed: =, >, <; try: did you mean '>'?"),
    "grade": (
        "digipub.cc,B",
        "digipub.cc,guess",
        "grade: unknown word; got 'guess'; allowed: A, B, C, D, S, S2, M, seed, derived, assumption, fitted",
    ),
    "no source": ("digipub.cc", "", "source: is empty; try: every figure needs it"),
    "words for a number": (
        "23990000",
        "many",
        "value: cannot be used; got 'many'; allowed: a number of at least 0 (users)",
    ),
    "nan": ("23990000", "nan", "value: cannot be used; got 'nan'; allowed: a number of at least 0 (users)"),
    "negative": (
        "23990000",
        "-1",
        "value: cannot be used; got '-1'; allowed: a number of at least 0 (users)",
    ),
    "rank 0": (
        "23990000,users",
        "0,rank",
        "value: cannot be used; got '0'; allowed: a whole number of at least 1 (rank)",
    ),
    "half a rank": (
        "23990000,users",
        "1.5,rank",
        "value: cannot be used; got '1.5'; allowed: a whole number of at least 1 (rank)",
    ),
    "share above 1": (
        "23990000,users",
        "49,share of users",
        "value: cannot be used; got '49'; allowed: 0 to 1 (share of users)",
    ),
    "a comma too many": (
        "digipub.cc",
        "digipub.cc, cited",
        "this row has another length; got 12; allowed: 11 cells; try: put text that holds a comma into double quotes",
    ),
    "open quotes": (
        "digipub.cc",
        '"digipub.cc',
        "is not valid CSV (unexpected end of data); try: close the quotes; one row is one line",
    ),
}


@pytest.mark.parametrize("case", ROWS)
def test_rows_that_cannot_be_used(case: str, tmp_path: Path) -> None:
    old, new, expected = ROWS[case]
    assert ROW.count(old) == 1
    assert message(tmp_path, "# one comment", HEADER, ROW, ROW.replace(old, new)) == f"4: {expected}"


def test_files_without_figures(tmp_path: Path) -> None:
    assert message(tmp_path, HEADER) == "1: holds no row below its header"
    assert message(tmp_path, "# nothing but this").startswith("1: date: missing column; try: the first row reads ")
    with pytest.raises(InputError, match=r"none\.csv: no such file"):
        read_reported(tmp_path / "none.csv")
