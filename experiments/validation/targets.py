"""The target table of a relationship chain, as data: one row per metric with its band, note, grade and source."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import resources

__all__ = ["Target", "graph_targets"]


@dataclass(frozen=True)
class Target:
    """A metric and the band it must fall in; ``low`` or ``high`` is None where nothing bounds it on that side."""

    metric: str
    low: float | None
    high: float | None
    note: str
    grade: str
    source: str


def graph_targets() -> list[Target]:
    """Every row of targets_graph.csv, in its order."""
    text = (resources.files("experiments") / "validation" / "targets_graph.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [
        Target(cells["metric"], _bound(cells["low"]), _bound(cells["high"]), *(cells[k] for k in _TEXT))
        for cells in csv.DictReader(lines, strict=True)
    ]


_TEXT = ("note", "grade", "source")


def _bound(cell: str) -> float | None:
    return float(cell) if cell else None
