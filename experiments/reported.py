"""Reads reported figures (`experiments/reported/*.csv`): one row per number that somebody published."""

from __future__ import annotations

import csv
import datetime as dt
import math
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from experiments.quantity import GRADES
from experiments.scenario_errors import read_text
from experiments.tables import closest
from graphs.errors import InputError

__all__ = ["COLUMNS", "Reported", "load_reported", "read_reported"]

COLUMNS = (
    "date",
    "app",
    "quantity",
    "relation",
    "value",
    "unit",
    "window_start",
    "window_end",
    "measurer",
    "source",
    "grade",
)

_MAY_BE_EMPTY = ("window_start", "window_end")
_RELATIONS = {"=": "a point", ">": "at least, or a worse rank", "<": "at most"}


class Reported(NamedTuple):
    """One published figure, in the unit given; counts are people or events, never thousands."""

    date: dt.date
    """The day the figure is about, or was published."""
    app: str
    quantity: str
    relation: str
    """`=` a point, `>` at least (of a rank: worse than), `<` at most."""
    value: float
    unit: str
    window_start: dt.date | None
    """First day the figure covers; None for a point, or when it was not stated."""
    window_end: dt.date | None
    measurer: str
    """Whose series it belongs to; two measurers are never one series."""
    source: str
    grade: str
    line: int
    """Line of the file, to name the row in a message."""


def load_reported() -> tuple[Reported, ...]:
    """The shipped figures of the Spring Festival 2026."""
    file = resources.files("experiments") / "reported" / "spring_festival_2026.csv"
    with resources.as_file(file) as path:
        return read_reported(path)


def read_reported(path: str | Path) -> tuple[Reported, ...]:
    """All rows of a file of reported figures, in file order.

    The first row names the columns of `COLUMNS`, in any order; lines that begin with # are comments.
    Raises InputError with file and line for the first row that cannot be used.
    """
    rows = _rows(read_text(path), path)
    line, header = next(rows, (1, []))
    columns = [name.strip() for name in header]
    _check_header(columns, path, line)
    found = tuple(_read_row(dict(zip(columns, cells, strict=False)), len(cells), path, at) for at, cells in rows)
    if not found:
        raise InputError("holds no row below its header", file=path, line=line)
    return found


def _rows(text: str, path: str | Path) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of every line that is neither a comment nor blank."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                yield number, next(csv.reader([line], strict=True))
            except csv.Error as error:
                cure = "close the quotes; one row is one line"
                raise InputError(f"is not valid CSV ({error})", file=path, line=number, cure=cure) from None


def _check_header(columns: list[str], path: str | Path, line: int) -> None:
    for name in columns:
        if name not in COLUMNS:
            allowed, cure = ", ".join(COLUMNS), closest(name, COLUMNS)
            raise InputError("unknown column", file=path, line=line, value=name, allowed=allowed, cure=cure)
        if columns.count(name) > 1:
            raise InputError("this column is there twice", file=path, line=line, value=name)
    for name in COLUMNS:
        if name not in columns:
            cure = f"the first row reads {','.join(COLUMNS)}"
            raise InputError("missing column", file=path, line=line, field=name, cure=cure)


def _read_row(cells: dict[str, str], count: int, path: str | Path, line: int) -> Reported:
    if count != len(COLUMNS):
        cure = "put text that holds a comma into double quotes"
        allowed = f"{len(COLUMNS)} cells"
        raise InputError("this row has another length", file=path, line=line, value=count, allowed=allowed, cure=cure)
    cells = {name: text.strip() for name, text in cells.items()}
    for name, text in cells.items():
        if not text and name not in _MAY_BE_EMPTY:
            raise InputError("is empty", file=path, line=line, field=name, cure="every figure needs it")
    _one_of(cells["relation"], tuple(_RELATIONS), "relation", path, line)
    _one_of(cells["grade"], GRADES, "grade", path, line)
    start, end = (_day(cells[name], name, path, line) if cells[name] else None for name in _MAY_BE_EMPTY)
    if start is not None and end is not None and end < start:
        allowed = f"{start.isoformat()} or later"
        raise InputError(
            "ends before it starts",
            file=path,
            line=line,
            field="window_end",
            value=end.isoformat(),
            allowed=allowed,
        )
    return Reported(
        date=_day(cells["date"], "date", path, line),
        app=cells["app"],
        quantity=cells["quantity"],
        relation=cells["relation"],
        value=_value(cells["value"], cells["unit"], path, line),
        unit=cells["unit"],
        window_start=start,
        window_end=end,
        measurer=cells["measurer"],
        source=cells["source"],
        grade=cells["grade"],
        line=line,
    )


def _one_of(word: str, options: tuple[str, ...], field: str, path: str | Path, line: int) -> None:
    if word not in options:
        allowed, cure = ", ".join(options), closest(word, options)
        raise InputError("unknown word", file=path, line=line, field=field, value=word, allowed=allowed, cure=cure)


def _day(text: str, field: str, path: str | Path, line: int) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        allowed = "a date such as 2026-02-01"
        raise InputError("is not a date", file=path, line=line, field=field, value=text, allowed=allowed) from None


def _value(text: str, unit: str, path: str | Path, line: int) -> float:
    """The number, held to what its unit allows: ranks from 1, shares up to 1, everything else from 0."""
    low, high, whole = 0.0, math.inf, False
    allowed = f"a number of at least 0 ({unit})"
    if unit == "rank":
        low, whole, allowed = 1.0, True, "a whole number of at least 1 (rank)"
    elif unit.startswith("share"):
        high, allowed = 1.0, f"0 to 1 ({unit})"
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (low <= value <= high and math.isfinite(value)) or (whole and value != int(value)):
        raise InputError("cannot be used", file=path, line=line, field="value", value=text, allowed=allowed)
    return value
