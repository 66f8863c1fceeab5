"""The two target tables of the book as data: one row per published finding, with role, band, note, grade and source."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import resources

__all__ = ["ROLES", "TABLES", "BookTarget", "book_targets"]

TABLES = ("cascade", "retention")
ROLES = ("law", "set", "emergent", "shown")


@dataclass(frozen=True)
class BookTarget:
    """One row of a target table; ``low`` or ``high`` is None where nothing bounds it on that side."""

    id: str
    table: str
    role: str
    """law: exact. set: a parameter says it. emergent: follows from parameters fixed elsewhere. shown: never tested."""
    metric: str
    low: float | None
    high: float | None
    note: str
    grade: str
    source: str

    @property
    def tested(self) -> bool:
        """Whether the row counts: shown rows, and what was only remembered (grade M), never do."""
        return self.role != "shown" and self.grade != "M"

    @property
    def evidence(self) -> bool:
        """Whether the row says something for the model when it holds: only what emerges does."""
        return self.tested and self.role == "emergent"


def book_targets() -> list[BookTarget]:
    """Every row of targets_cascade.csv and targets_retention.csv, in file order."""
    return [target for table in TABLES for target in _read(table)]


def _read(table: str) -> list[BookTarget]:
    text = (resources.files("experiments") / "validation" / f"targets_{table}.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [
        BookTarget(
            id=cells["id"],
            table=table,
            role=cells["role"],
            metric=cells["metric"],
            low=float(cells["low"]) if cells["low"] else None,
            high=float(cells["high"]) if cells["high"] else None,
            note=cells["note"],
            grade=cells["grade"],
            source=cells["source"],
        )
        for cells in csv.DictReader(lines, strict=True)
    ]
