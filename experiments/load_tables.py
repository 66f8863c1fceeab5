"""What `growth load` prints: a table of requests by task, one of machines with a column for each variant, and what
happens where more is asked than answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import typer

from experiments.number_format import amount, plain
from experiments.row_table import print_rows

__all__ = ["print_load"]

Row = dict[str, Any]
_ROOM = 68  # characters of a line that are left for variants
_MACHINES: tuple[tuple[str, str, str], ...] = (
    ("ai_tasks_per_minute", "AI tasks asked for, a minute", ""),
    ("capacity_per_minute", "answered at most, a minute", ""),
    ("answered_per_minute", "answered, a minute", ""),
    ("served", "answered, of those asked for", "share"),
    ("failed", "sessions that failed that day", "share"),
    ("tokens_per_minute", "tokens needed, a minute", ""),
    ("content_tokens_per_minute", "of them for content of packets", ""),
    ("tokens_per_minute_answered", "tokens of what is answered", ""),
    ("at_once", "AI tasks at once, needed", ""),
    ("at_once_answered", "AI tasks at once, answered", ""),
    ("accelerators", "accelerators needed", ""),
    ("accelerators_answered", "accelerators for the answered", ""),
    ("servers", "AI tasks at once, room for", ""),
    ("wait_chance", "chance to wait", "share"),
    ("mean_wait_seconds", "mean wait, seconds", ""),
)
"""Key, words and unit of the figures of the machines, in the order in which they are shown."""
_LENT = (
    ("ai_tasks_per_minute", "AI tasks asked for, a minute"),
    ("answered_per_minute", "AI tasks answered, a minute"),
    ("tokens_per_minute", "tokens needed, a minute"),
    ("accelerators", "accelerators needed"),
)


def print_load(rows: list[Row], node: str, *, as_json: bool) -> None:
    """Print the rows of `experiments.load.load_rows`."""
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    print_rows(_requests(rows), as_json=False, title="Requests, each task at its own busiest hour")
    for part in _abreast(rows):
        print_rows(_machines(part), as_json=False, title=f"AI tasks at their busiest minute, nodes of {node.upper()}")
    for row in rows:
        typer.echo(f"{row['variant']}: {_verdict(row)}")


def _abreast(rows: list[Row]) -> list[list[Row]]:
    """Rows in parts whose variants stand beside each other in a table."""
    parts: list[list[Row]] = [[]]
    for row in rows:
        taken = sum(_column(one) for one in parts[-1]) + _column(row)
        if parts[-1] and taken > _ROOM:
            parts.append([])
        parts[-1].append(row)
    return parts


def _column(row: Row) -> int:
    """Characters of a variant's column."""
    return max(len(row["variant"]), len("2026-02-17")) + 2


def _hour(row: Row) -> str:
    return "" if row["hour"] is None else f"{row['hour']:02d}-{row['hour'] + 1:02d}"


def _requests(rows: list[Row]) -> list[Row]:
    """A line for each variant and task of which there is any."""
    lines = []
    for row in rows:
        for one in row["requests"]:
            if one["day"] is not None:
                lines.append(
                    {
                        "variant": row["variant"],
                        "task": one["task"],
                        "busiest day": one["day"],
                        "hour": _hour(one),
                        "that day": plain(one["per_day"]),
                        "busiest minute": plain(one["per_minute"]),
                    }
                )
    return lines


def _machines(rows: list[Row]) -> list[Row]:
    """A line for each figure that some variant has, with a column for each variant."""
    lines = [
        {"figure": "busiest day", **{row["variant"]: row["day"] for row in rows}},
        {"figure": "busiest hour", **{row["variant"]: _hour(row) for row in rows}},
    ]
    for key, words, unit in _figures():
        if any(key in row for row in rows) and (key != "failed" or any(row[key] for row in rows)):
            lines.append({"figure": words, **{row["variant"]: amount(row.get(key), unit) for row in rows}})
    for place, lender in enumerate(rows[0].get("suppliers", ())):
        for key, words in _LENT:
            if key in lender:
                cells = {row["variant"]: plain(row["suppliers"][place][key]) for row in rows}
                lines.append({"figure": f"{lender['name']} ({amount(lender['share'], 'share')}): {words}", **cells})
    return lines


def _figures() -> Iterator[tuple[str, str, str]]:
    """Key, words and unit of each figure; after those for which machines are bought, where 90 % of draws lie."""
    for key, words, unit in _MACHINES:
        yield key, words, unit
        if key in ("ai_tasks_per_minute", "accelerators"):
            yield f"{key}_low", "90 % over draws: from", unit
            yield f"{key}_high", "to", unit


def _verdict(row: Row) -> str:
    """What waiting there is, or by how much the machines are too few, in a sentence."""
    asked, most = row["ai_tasks_per_minute"], row.get("capacity_per_minute")
    chance, wait = amount(row["wait_chance"], "share"), row["mean_wait_seconds"]
    if wait is None and most is not None:
        more, lost = plain(max(asked - most, 0.0)), amount(1 - row["served"], "share")
        return (
            f"{plain(asked)} AI tasks a minute are asked for and {plain(most)} answered: the queue grows without end, "
            f"by {more} a minute; where none may wait, {lost} of that minute fail."
        )
    machines = "the machines needed" if most is None else "these machines"
    told = f"with {machines} {chance} of AI tasks wait, {plain(wait or 0.0)} s in the mean of all"
    return f"{told}; in some samples the queue grows without end." if row.get("served", 1.0) < 1 else f"{told}."
