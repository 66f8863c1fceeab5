"""`Day` and `Moment`: dates and hours of a scenario, as TOML dates or ISO text, without a time zone."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Annotated, Any

from pydantic import BeforeValidator

from experiments.tables import refuse

__all__ = ["Day", "Moment"]

_DAY = "a date such as 2026-02-01"
_MOMENT = "a date and time such as 2026-02-04T11:00:00"


def _read_day(value: Any) -> Any:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        shown = value.isoformat() if isinstance(value, dt.datetime) else value
        raise refuse("is not a date", value=shown, allowed=_DAY) from None


def _read_moment(value: Any) -> Any:
    if isinstance(value, str) and "T" in value.upper():
        with contextlib.suppress(ValueError):
            value = dt.datetime.fromisoformat(value)
    if not isinstance(value, dt.datetime):
        shown = value.isoformat() if isinstance(value, dt.date) else value
        raise refuse("is not a date with a time", value=shown, allowed=_MOMENT)
    if value.tzinfo is not None:
        cure = "leave the offset out: times are in the campaign's own time zone"
        raise refuse("carries a time zone", value=value.isoformat(), allowed=_MOMENT, cure=cure)
    return value


Day = Annotated[dt.date, BeforeValidator(_read_day)]
"""A calendar day in the campaign's time zone."""

Moment = Annotated[dt.datetime, BeforeValidator(_read_moment)]
"""A day and hour in the campaign's time zone."""
