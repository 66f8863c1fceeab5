"""Reported figures as data for a calibration: each row with its functional, its days and what it can stand for.

A file that contradicts itself is refused with the rows named; a row that cannot be held against this run is left out,
and said so.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from experiments.observed_quantities import Functional, functional_of
from experiments.paths import slug
from experiments.ranks import printed_interval
from experiments.reported import Reported, read_reported
from graphs.errors import InputError

__all__ = ["STANDING_DAYS", "Observed", "check_consistent", "observe", "read_observations"]

STANDING_DAYS = 60
"""A figure dated at most this long before the campaign does anything speaks of the standing world."""
_FACTOR = 3.0
"""Two measurers this far apart do not measure the same thing, unless somebody says how they differ."""
_TRIALS = re.compile(r"of\s+([0-9][0-9_ ,]*)\b")


class Observed(NamedTuple):
    """One reported figure that is fitted."""

    row: Reported
    functional: Functional
    first: int  # day, counted from the first on which the campaign does anything; negative in the standing world
    last: int
    low: float  # the figure stands for [low, high)
    high: float
    trials: int = 0  # of a funnel

    @property
    def name(self) -> str:
        """As tables call it."""
        return f"{self.row.quantity} {self.row.relation} {self.row.value:,.0f} ({self.row.date}, {self.row.measurer})"


def read_observations(
    path: str | Path, app: str, start: dt.date, end: dt.date, until: dt.date | None = None, scaled: Iterable[str] = ()
) -> tuple[list[Observed], list[str]]:
    """Figures of ``app`` in a file, up to ``until``, and notes on those left out. See `observe`."""
    return observe(read_reported(path), app, start, end, until, scaled, file=path)


def observe(
    rows: Sequence[Reported],
    app: str,
    start: dt.date,
    end: dt.date,
    until: dt.date | None = None,
    scaled: Iterable[str] = (),
    *,
    file: object = None,
) -> tuple[list[Observed], list[str]]:
    """Figures of ``app`` that can be held against a run, and notes on those left out. ``start`` is the first day on
    which the campaign does anything, ``end`` the last of the run.

    Every row of the file must name a quantity of the registry, whosever it is. ``until`` leaves out what was published
    or is about a later day. ``scaled`` measurers have a scale of their own declared (see `check_consistent`).
    Raises InputError with the line.
    """
    known = [(row, functional_of(row.quantity, file=file, line=row.line)) for row in rows]
    mine = [(row, functional) for row, functional in known if row.app == app]
    if not mine:
        raise InputError(
            "the file holds no figure of this app",
            file=None if file is None else str(file),
            field="app",
            value=app,
            allowed=", ".join(sorted({row.app for row in rows})),
        )
    check_consistent([row for row, functional in mine if functional.kind != "shown"], scaled, file=file)
    found, notes = [], []
    for row, functional in mine:
        why = _left_out(row, functional, start, end, until)
        if why:
            notes.append(f"line {row.line}: {row.quantity} of {row.date} is not used: {why}")
            continue
        found.append(_observed(row, functional, start, file))
        if found[-1].last < 0:
            notes.append(
                f"line {row.line}: {row.quantity} of {row.date} lies before {start}: read as the standing world"
            )
    return found, notes


def _left_out(row: Reported, functional: Functional, start: dt.date, end: dt.date, until: dt.date | None) -> str:
    """Why a row is not fitted; empty when it is."""
    last = max(row.date, row.window_end or row.date)
    if until is not None and last > until:
        return f"it is later than {until}"
    if functional.kind == "shown":
        return functional.why
    if row.grade == "seed":
        return "its grade is seed: nobody could check it"
    about = row.window_end or row.date
    if about > end:
        return f"its day is after the run ends on {end}"
    if about < start:
        if functional.kind != "rank" and (functional.variable != "active" or functional.over != "day"):
            return f"its day is before anything happens, on {start}"
        if (start - about).days > STANDING_DAYS:
            return f"its day is more than {STANDING_DAYS} days before anything happens, on {start}"
    return ""


def _observed(row: Reported, functional: Functional, start: dt.date, file: object) -> Observed:
    last = row.window_end or row.date
    first = row.window_start or last
    days = ((first - start).days, (last - start).days)
    if functional.kind in ("rank", "surge"):
        return Observed(row, functional, *days, row.value, row.value)
    if functional.kind == "funnel":
        return Observed(row, functional, *days, row.value, row.value, _trials(row, file))
    try:
        low, high = printed_interval(row.value, row.relation)
    except ValueError as error:
        raise InputError(str(error), file=str(file), line=row.line, field="value", value=row.value) from None
    return Observed(row, functional, *days, low, high)


def _trials(row: Reported, file: object) -> int:
    """Trials of a funnel: the unit says `of 5400 users`."""
    match = _TRIALS.match(row.unit)
    trials = int(re.sub(r"\D", "", match[1])) if match else 0
    if not match or not row.value <= trials or row.value != math.floor(row.value) or row.relation != "=":
        raise InputError(
            "is not a count out of a number of trials",
            file=None if file is None else str(file),
            line=row.line,
            field="unit",
            value=f"{row.relation} {row.value:g} {row.unit}",
            allowed="relation =, a whole value, and a unit such as 'of 5400 users' that is no smaller",
        )
    return trials


def check_consistent(rows: Sequence[Reported], scaled: Iterable[str] = (), *, file: object = None) -> None:
    """Raise InputError, naming the lines, where rows of one app contradict one another.

    Two points of one measurer for the same days differ; two measurers are a factor of 3 apart and neither is in
    ``scaled``; a cumulative count falls.
    """
    known = {slug(name) for name in scaled}
    for one, other in combinations(rows, 2):
        if one.quantity != other.quantity:
            continue
        if one.measurer == other.measurer and one.quantity.endswith("_cumulative"):
            _check_falls(one, other, file)
        same_days = (one.window_start, one.window_end or one.date) == (
            other.window_start,
            other.window_end or other.date,
        )
        if not same_days or "=" not in (one.relation, other.relation) or one.relation != other.relation:
            continue
        if one.measurer == other.measurer and one.value != other.value:
            _refuse("one measurer printed two figures for the same days", one, other, file)
        apart = max(one.value, other.value) / max(min(one.value, other.value), 1e-12)
        if one.unit != "rank" and apart >= _FACTOR and not known & {slug(one.measurer), slug(other.measurer)}:
            cure = "declare a scale for one of them in a priors file, [measurer_scale.NAME], or leave one row out"
            _refuse(f"two measurers are a factor of {apart:.1f} apart", one, other, file, cure)


def _check_falls(one: Reported, other: Reported, file: object) -> None:
    if one.window_start != other.window_start:
        return
    earlier, later = sorted((one, other), key=lambda row: row.window_end or row.date)
    ends = [row.window_end or row.date for row in (earlier, later)]
    if ends[0] < ends[1] and later.relation != ">" and earlier.relation != "<" and later.value < earlier.value:
        _refuse("a cumulative count falls", earlier, later, file)


def _refuse(what: str, one: Reported, other: Reported, file: object, cure: str | None = None) -> None:
    raise InputError(
        f"{what}: lines {one.line} and {other.line}, {one.quantity} of {one.app}",
        file=None if file is None else str(file),
        line=other.line,
        field="value",
        value=f"{one.value:g} ({one.measurer}), {other.value:g} ({other.measurer})",
        cure=cure or "correct the figure, or leave one row out",
    )
