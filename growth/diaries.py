"""KPIs that need each person's diary: L-ness, retention on or after, retention in a bracket, WAU and MAU.

A diary is bool[..., people, days]: was this person active on that day. The engine counts and keeps no diaries; these
are the definitions, for a user's own event data and for checking the engine's counts on a small world.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from growth.intervals import Ratio

__all__ = ["active_within", "l_ness", "retention_bracket", "retention_on_or_after"]

Array = NDArray[np.float64]
_NEVER = -1


def active_within(diary: ArrayLike, days: int) -> Array:
    """People active on at least one of the days t - days + 1 ... t, [..., day]: DAU, WAU, MAU for 1, 7, 30.

    NaN on the first days - 1 days, whose window reaches back before the diary.
    """
    active = np.asarray(diary, dtype=bool)
    gone = np.cumsum(np.pad(active, [(0, 0)] * (active.ndim - 1) + [(1, 0)]), axis=-1)
    seen = gone[..., days:] - gone[..., :-days] > 0 if days <= active.shape[-1] else np.zeros((*active.shape[:-1], 0))
    people = np.full((*active.shape[:-2], active.shape[-1]), np.nan)
    people[..., days - 1 :] = seen.sum(axis=-2)
    return people


def l_ness(diary: ArrayLike, days: int) -> Array:
    """L-ness: people by number of active days in the last `days` (7 or 28), [..., days + 1] for 0, 1 ... days."""
    count = np.asarray(diary, dtype=bool)[..., -days:].sum(axis=-1)
    return np.stack([(count == number).sum(axis=-1) for number in range(days + 1)], axis=-1).astype(float)


def _by_age(diary: ArrayLike, joined: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Diaries shifted to start on each person's day of activation (`joined`, -1 for never), and days observed."""
    active, start = np.asarray(diary, dtype=bool), np.asarray(joined, dtype=np.int64)
    days = active.shape[-1]
    place = start[..., None] + np.arange(days)
    inside = (place < days) & (start[..., None] > _NEVER)
    shifted = np.take_along_axis(active, np.clip(place, 0, days - 1), axis=-1) & inside
    return shifted, np.where(start > _NEVER, days - start, 0)


def retention_bracket(diary: ArrayLike, joined: ArrayLike, first: int, last: int) -> Ratio:
    """retention_bracket(a, b): active at least once on days a ... b after activation, over those observed to b.

    `joined` [..., people] is the day of activation, -1 for never. Who was not observed to day b is in neither side.
    """
    shifted, observed = _by_age(diary, joined)
    whole = observed > last
    back = shifted[..., first : last + 1].any(axis=-1) & whole
    return Ratio(back.sum(axis=-1).astype(float), whole.sum(axis=-1).astype(float))


def retention_on_or_after(diary: ArrayLike, joined: ArrayLike, age: int) -> Ratio:
    """retention_on_or_after(N): active on day N or later, over those observed to N. Unlike the others it grows with
    the length of the diary: state the last day with it."""
    shifted, observed = _by_age(diary, joined)
    whole = observed > age
    back = shifted[..., age:].any(axis=-1) & whole
    return Ratio(back.sum(axis=-1).astype(float), whole.sum(axis=-1).astype(float))
