"""Who came because of the campaign: activation logs of the same people with and without it, compared one by one.

Draws belong to people, so the world without the campaign tells of each person what would have happened. A person who
was activated with the campaign is *attributed* when the first such activation has a cause of the campaign (paid,
broadcast, push, invited, seeded), and is one of

- incremental: never activated without it, within the run
- pulled forward: activated without it too, on a later day
- anyway: activated without it on that day or before

*Halo* is incremental and not attributed. *Displaced* is activated without the campaign and not with it. The run ends:
who would have come after its last day counts as incremental, and a longer run moves people to pulled forward.

All counts are of people of the sample, each once, over the log from the campaign's first day to the run's end, so
    people with the campaign - people without it = incremental + halo - displaced
is an identity.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["CLASSES", "FirstActivations", "classify", "first_activations"]

Ints = NDArray[np.int64]

CLASSES = ("incremental", "pulled forward", "anyway", "halo", "displaced", "with campaign", "without campaign")
"""Rows of `classify`; the first three are the attributed, the last two are the people on both sides."""


class FirstActivations(NamedTuple):
    """The first activation of each person of each world, sorted by (world, user); arrays [people]."""

    world: Ints
    user: Ints
    day: Ints
    attributed: NDArray[np.bool_]


def first_activations(
    world: ArrayLike, user: ArrayLike, day: ArrayLike, when: ArrayLike, attributed: ArrayLike
) -> FirstActivations:
    """The earliest row of each (world, user) of a log, by `when` (any number that grows with time)."""
    columns = [np.asarray(column) for column in (world, user, day, attributed)]
    worlds, users = columns[0].astype(np.int64), columns[1].astype(np.int64)
    order = np.lexsort((np.asarray(when), users, worlds))
    worlds, users = worlds[order], users[order]
    first = np.ones(len(order), bool)
    first[1:] = (worlds[1:] != worlds[:-1]) | (users[1:] != users[:-1])
    days, causes = columns[2][order][first], columns[3][order][first]
    return FirstActivations(worlds[first], users[first], days.astype(np.int64), causes.astype(bool))


def classify(design: FirstActivations, none: FirstActivations, worlds: int) -> NDArray[np.float64]:
    """People of each class in each world, [worlds, CLASSES]; world numbers pair the two sides (the same luck)."""
    users = int(max(design.user.max(initial=0), none.user.max(initial=0))) + 1
    ours, theirs = design.world * users + design.user, none.world * users + none.user
    place = np.minimum(np.searchsorted(theirs, ours), max(len(theirs) - 1, 0))
    also = theirs[place] == ours if len(theirs) else np.zeros(len(ours), bool)
    later = also.copy()
    later[also] = none.day[place[also]] > design.day[also]
    missed = ~np.isin(theirs, ours, assume_unique=True)
    told = design.attributed
    rows = (
        design.world[told & ~also],
        design.world[told & later],
        design.world[told & also & ~later],
        design.world[~told & ~also],
        none.world[missed],
        design.world,
        none.world,
    )
    return np.stack([np.bincount(row, minlength=worlds) for row in rows], axis=1).astype(float)
