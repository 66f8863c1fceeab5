"""Rows of `growth check`, `bench` and `compare` on the terminal or as JSON."""

from __future__ import annotations

import json
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

__all__ = ["print_rows"]


def print_rows(rows: list[dict[str, Any]], *, as_json: bool, title: str) -> None:
    """Print rows that share their keys; numbers to four figures."""
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False, default=str))
        return
    table = Table(title=title, show_lines=False)
    names = list(rows[0]) if rows else []
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(_text(row[name]) for name in names))
    Console(width=None if Console().is_terminal else 200).print(table)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
