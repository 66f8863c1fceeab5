"""A forecast beside what was reported later: every figure that the forecast had not seen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from experiments.reported import Reported

__all__ = ["held_out_rows"]

_SERIES = {"dau": "dau", "wau": "wau", "mau": "mau", "app_store_cn_free_rank": "rank"}


def held_out_rows(forecast: dict[str, Any], rows: Sequence[Reported], until: dt.date) -> list[dict[str, Any]]:
    """Reported DAU, WAU, MAU, peak DAU and ranks of the forecast's app, about or printed after ``until``, with the
    90 % predictive interval of the day (or the nearest that was forecast). Of a peak the interval is that of the day
    with the highest median: a lower bound on what the peak may be.

    ``inside``: the figure lies in the interval; *more than* a value, that the interval reaches it.
    """
    found = []
    for row in rows:
        day = row.window_end or row.date
        if row.app != forecast["app"] or max(row.date, day) <= until or row.grade == "seed":
            continue
        if row.quantity == "dau_peak":
            span = [date for date in forecast["dau"] if str(row.window_start or date) <= date <= str(day)]
            date = max(span, key=lambda one: forecast["dau"][one][1])
            low, middle, high = forecast["dau"][date]
        elif row.quantity in _SERIES:
            series = forecast[_SERIES[row.quantity]]
            date = min(series, key=lambda one: abs((dt.date.fromisoformat(one) - day).days))
            low, middle, high = series[date]
        else:
            continue
        reaches = {"=": low <= row.value <= high, ">": high > row.value, "<": low < row.value}
        found.append(
            {
                "line": row.line,
                "quantity": row.quantity,
                "date": str(day),
                "relation": row.relation,
                "reported": row.value,
                "forecast_of": date,
                "low": low,
                "median": middle,
                "high": high,
                "inside": bool(reaches[row.relation]),
                "source": row.source,
            }
        )
    return found
