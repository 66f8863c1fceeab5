"""Rows of the book: a target, what was found, and a verdict that follows its role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from experiments.row_table import Columns, Row
from experiments.validation.book.statements import Statement
from experiments.validation.book.targets import BookTarget

__all__ = ["HELD", "NO_MECHANISM", "book_columns", "book_row", "known_misses", "statement_line"]

NO_MECHANISM = "no mechanism"
HELD = "predicted: not run here"


def book_row(
    target: BookTarget, statements: Sequence[Statement], *, without: str = "", cost: str = "", said: bool = False
) -> Row:
    """One row of `growth check model`.

    ``ok`` is None for what is never tested: shown rows, grade M, and rows ``without`` an answer (`NO_MECHANISM`,
    `HELD`). Every other row is ok when all its counted statements hold. ``cost`` says what it would cost to make a
    missed row hold. ``said``: a parameter of the row's preset says it, whatever its target calls it, so that it is set
    and no evidence. The first statement is the row's value.
    """
    target = replace(target, role="set") if said else target
    first = statements[0] if statements else Statement("", None)
    counted = [one.holds for one in statements if one.counts and one.holds is not None]
    ok = all(counted) if target.tested and not without and counted else None
    return {
        "id": target.id,
        "table": target.table,
        "metric": target.metric,
        "target_low": target.low,
        "target_high": target.high,
        "low": first.low,
        "high": first.high,
        "value": first.value,
        "mc_low": first.mc[0] if first.mc else None,
        "mc_high": first.mc[1] if first.mc else None,
        "draws_low": first.draws[0] if first.draws else None,
        "draws_high": first.draws[1] if first.draws else None,
        "ok": ok,
        "verdict": without or _verdict(target, ok, counted),
        "evidence": target.evidence and not without,
        "role": target.role,
        "grade": target.grade,
        "note": target.note,
        "cost": "" if ok else cost,
        "statements": [one.as_dict() for one in statements],
        "source": target.source or "derived",
    }


def _verdict(target: BookTarget, ok: bool | None, counted: list[bool]) -> str:
    if target.grade == "M" and target.role != "shown":
        return "from memory: not tested"
    if ok is None:
        return "shown" if not counted else "shown: inside" if all(counted) else "shown: outside"
    if not ok:
        return "does not hold"
    return "holds, no evidence" if target.role == "set" else "holds"


def known_misses(rows: list[Row]) -> list[str]:
    """One line for each row that counts and does not hold."""
    return [f"{row['id']} ({row['role']}) does not hold. {row['cost']}".strip() for row in rows if row["ok"] is False]


def book_columns(rows: list[Row]) -> Columns:
    """What the terminal shows: who the row is and what became of it, beside a line for each statement."""
    return {
        "row": lambda row: f"{row['id']}\n{row['role']}, grade {row['grade']}\n{row['verdict']}",
        "metric": lambda row: "\n".join(statement_line(one) for one in row["statements"]) or row["metric"],
    }


def statement_line(one: dict[str, Any]) -> str:
    """A statement in one line: name, value, intervals, band."""
    if one["value"] is None:
        return f"{one['name']}: {one['why']}" + _band(one)
    told = f"{one['name']}: {_short(one['value'])}"
    if one["mc"]:
        told += f" [{_short(one['mc'][0])}, {_short(one['mc'][1])}]"
    if one["draws"]:
        told += f", over draws {_short(one['draws'][0])} to {_short(one['draws'][1])}"
    if one["chains"]:
        told += f", by chain {', '.join(_short(value) for value in one['chains'])}"
    return told + _band(one)


def _band(one: dict[str, Any]) -> str:
    low, high = one["low"], one["high"]
    mark = "" if one["holds"] is None else "; inside" if one["holds"] else "; outside"
    if one["target"]:
        return f" (published {one['target']}{mark})"
    if low is None and high is None:
        return ""
    if low is None or high is None:
        return f" ({'at most ' + _short(high) if low is None else 'at least ' + _short(low)}{mark})"
    return f" ({_short(low)} to {_short(high)}{mark})"


def _short(value: float) -> str:
    if value != 0 and abs(value) < 1e-3:
        return f"{value:.1e}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
