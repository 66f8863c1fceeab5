"""Rows of `growth check`, `bench` and `compare` on the terminal or as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

__all__ = ["Columns", "print_rows"]

Row = dict[str, Any]
Columns = Mapping[str, Callable[[Row], Any]]
"""What a table shows: heading -> what to read from a row."""

_WIDTH = 100  # where the output is not a terminal
_LONG = ("metric", "figure")  # columns that may break over lines


def print_rows(rows: list[Row], *, as_json: bool, title: str, columns: Columns | None = None) -> None:
    """Print rows that share their keys: as JSON with every key, or as a table.

    ``columns`` choose what the table shows, else it is every key. Sources stand below the table, numbered, because
    they are longer than any column. Numbers to four figures.
    """
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False, default=str))
        return
    names = [name for name in (rows[0] if rows else []) if name != "source"]
    shown = columns or {name: _key(name) for name in names}
    sources = list(dict.fromkeys(str(row["source"]) for row in rows if row.get("source")))
    table = Table(title=title, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for heading in (*shown, *(["source"] if sources else [])):
        table.add_column(heading, overflow="fold", no_wrap=heading not in _LONG)
    for row in rows:
        cells = [escape(_text(read(row))) for read in shown.values()]
        if sources:
            cells.append(str(sources.index(str(row["source"])) + 1) if row.get("source") else "")
        table.add_row(*cells)
    console = Console()
    console = console if console.is_terminal else Console(width=_WIDTH)
    console.print(table)
    for number, source in enumerate(sources, start=1):
        console.print(f"{number:>3}  {source}", highlight=False, markup=False, soft_wrap=True)


def _key(name: str) -> Callable[[Row], Any]:
    return lambda row: row[name]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
