"""The law of interest: how often those open whom an offer of some acceptance brought, over those who come unasked.

A person's interest in an app is u, standard normal. An offer is answered where noise of the logistic law is below
t + s u: s is the **selection**, and t follows from the acceptance A of everybody, the mean of expit(t + s u). The
weaker the offer, the more interested are those whom it brings, up to a limit: where A goes to zero their interest is
normal with mean s. That limit are the people who come unasked. How often somebody opens is wholly interest: the
quantile of u in that limit is their quantile in the app's law of opening. So for the unasked that law is what it was,
whatever s, and others open less. With s = 0 nobody differs.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

from growth.base_world import ATOMS, StandingLaw
from growth.interest import LEVELS, bounds
from growth.streams import ONE

__all__ = ["interest_table", "mean_opening", "same_for_all", "selection_needed", "shares_by_quantile"]

Floats = NDArray[np.float64]
_STEP = 0.01


def same_for_all() -> NDArray[np.uint8]:
    """The table that changes nothing, uint8[LEVELS, ATOMS]."""
    return np.broadcast_to(np.arange(ATOMS, dtype=np.uint8), (LEVELS, ATOMS)).copy()


@lru_cache(maxsize=256)
def interest_table(selection: float) -> NDArray[np.uint8]:
    """Quantile number of opening by level of resistance and by the quantile of one who comes unasked,
    uint8[LEVELS, ATOMS]; level 0 is as it was."""
    table = same_for_all()
    below = [_below(selection, bound / ONE) for bound in (*bounds(), ONE)]
    middles = (np.arange(ATOMS) + 0.5) / ATOMS
    for level, (low, high) in enumerate(pairwise(below), start=1):
        people = high - low
        table[level] = np.searchsorted(people[1:-1] / people[-1], middles)
    return table


def shares_by_quantile(selection: float, acceptance: float) -> Floats:
    """Of those whom an offer of this acceptance (0 to 1) brings, the share in each of ATOMS equal parts of the law of
    opening of those who come unasked; 0 is unasked. float[ATOMS], sums to 1."""
    if acceptance <= 0:
        return np.full(ATOMS, 1 / ATOMS)
    people = _below(selection, acceptance)
    return np.diff(people) / people[-1]


def mean_opening(law: StandingLaw, selection: float, acceptance: float, age: int | None = None) -> float:
    """Mean chance of opening on a day, of those whom an offer of this acceptance brings and who stay: at an age in
    days, or once novelty has faded."""
    chance = law.opening if age is None else np.minimum(1.0, law.opening * law.novelty[min(age, len(law.novelty) - 1)])
    return float(shares_by_quantile(selection, acceptance) @ chance)


def selection_needed(law: StandingLaw, acceptance: float, ratio: float, age: int) -> float:
    """The selection at which those of this acceptance open ``ratio`` times as often as the unasked at an age; infinite
    where none up to 20 is enough."""
    unasked = mean_opening(law, 0.0, 0.0, age)

    def above(selection: float) -> float:
        return mean_opening(law, selection, acceptance, age) / unasked - ratio

    return float(optimize.brentq(above, 0.0, 20.0, xtol=1e-4)) if above(20.0) < 0 < above(0.0) else float("inf")


@lru_cache(maxsize=4096)
def _below(selection: float, acceptance: float) -> Floats:
    """Share of everybody who answer an offer of this acceptance and whose interest is below each edge of the parts of
    `shares_by_quantile`, float[ATOMS + 1]; the last is the acceptance."""
    edges = selection + stats.norm.ppf(np.arange(ATOMS + 1) / ATOMS)
    if acceptance >= 1:
        return stats.norm.cdf(edges)
    u = np.arange(-8.0, selection + 8.0, _STEP)
    people = stats.norm.pdf(u) * _STEP

    def missing(t: float) -> float:
        return float(people @ special.expit(t + selection * u)) - acceptance

    answers = people * special.expit(optimize.brentq(missing, -60 - selection**2, 40 + 8 * selection) + selection * u)
    # The middle of each step of u is its value: half of it lies below.
    return np.interp(edges, u + _STEP / 2, np.cumsum(answers), left=0.0, right=answers.sum())
