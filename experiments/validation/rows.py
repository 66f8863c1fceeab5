"""A row of evidence: what `growth check` prints."""

from __future__ import annotations

from typing import Any

__all__ = ["FAILURE_RATE", "row"]

FAILURE_RATE = 1e-6
"""The one declared chance that a right program fails a statistical check or test; every tolerance follows from it."""


def row(
    name: str,
    metric: str,
    value: float,
    *,
    low: float | None = None,
    high: float | None = None,
    role: str,
    grade: str,
    source: str,
) -> dict[str, Any]:
    """One row; ``ok`` is None where no bound is stated."""
    ok = None
    if low is not None or high is not None:
        ok = (low is None or value >= low) and (high is None or value <= high)
    return {
        "id": name,
        "metric": metric,
        "low": low,
        "high": high,
        "value": value,
        "ok": ok,
        "role": role,
        "grade": grade,
        "source": source,
    }
