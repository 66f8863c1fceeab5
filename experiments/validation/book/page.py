"""The book as a part of a Markdown page, between two markers: the table, what was counted, and every miss in words."""

from __future__ import annotations

import datetime as dt
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from experiments.platform import cores
from experiments.row_table import Row
from experiments.validation.book.rows import HELD, NO_MECHANISM, statement_line
from graphs.errors import InputError

__all__ = ["BEGIN", "END", "book_text", "page_parts", "write_book"]

BEGIN, END = "<!-- book: written by growth check model --write -->", "<!-- book: end -->"


def page_parts(path: Path) -> tuple[str, str]:
    """What stands before and after the book in a page. Raises InputError for a page without its two markers."""
    page = path.read_text(encoding="utf-8") if path.is_file() else ""
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        cure = f"a page with the lines {BEGIN} and {END}"
        raise InputError("holds no place for the book", field="--write", value=str(path), cure=cure)
    return page[: page.index(BEGIN)], page[page.index(END) :]


def write_book(path: Path, rows: list[Row], *, seconds: float, full: bool) -> None:
    """Replace what stands between the markers of a page. Raises InputError for a page without them."""
    before, after = page_parts(path)
    game = "five million people (w = 1)" if full else "a sample of 20,000 users"
    about = f"{_machine()}; {seconds:.0f} s; the e-mail game with {game}"
    path.write_text(f"{before}{BEGIN}\n\n{book_text(rows, about)}\n{after}", encoding="utf-8")


def _machine() -> str:
    return f"{dt.date.today():%-d %B %Y}; {cores()} cores, {platform.machine()}, Python {platform.python_version()}"


def book_text(rows: list[Row], about: str) -> str:
    """The part between the markers."""
    return "\n".join([*_summary(rows), "", f"Made on {about}.", "", *_table(rows), "", *_misses(rows)]) + "\n"


def _summary(rows: list[Row]) -> Iterator[str]:
    """How many rows of each role count and hold."""
    yield "| role | rows | tested | hold |"
    yield "|---|---|---|---|"
    for role in ("emergent", "law", "set", "shown"):
        mine = [row for row in rows if row["role"] == role]
        tested = [row for row in mine if row["ok"] is not None]
        yield f"| {role} | {len(mine)} | {len(tested)} | {sum(bool(row['ok']) for row in tested)} |"


def _table(rows: list[Row]) -> Iterator[str]:
    yield "| id | metric | low | high | simulated (published) | role | grade | source | verdict |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for row in rows:
        told = "<br>".join(statement_line(one) for one in row["statements"])
        bounds = ("" if row[side] is None else f"{row[side]:g}" for side in ("target_low", "target_high"))
        cells = [row["id"], row["metric"], *bounds, told, row["role"], row["grade"], row["source"], row["verdict"]]
        yield "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(value: Any) -> str:
    return str(value).replace("|", "/").replace("\n", " ")


def _misses(rows: list[Row]) -> Iterator[str]:
    yield "**What does not hold, and what it would cost**"
    yield ""
    missed = [row for row in rows if row["ok"] is False]
    if not missed:
        yield "Every row that counts holds."
    for row in missed:
        yield f"- `{row['id']}` ({row['role']}): {row['cost'] or row['metric']}"
    silent = [row for row in rows if row["verdict"] in (NO_MECHANISM, HELD)]
    yield ""
    yield "**Not answered**"
    yield ""
    for row in silent:
        why = "; ".join(one["why"] for one in row["statements"] if one["why"])
        yield f"- `{row['id']}` ({row['verdict']}): {why}." + (f" It would take: {row['cost']}" if row["cost"] else "")
