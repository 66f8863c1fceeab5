"""The town template: one table of rows (sociability, cohort, stubs of every layer) that all towns share."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from graphs.chain_parameters import FociParameters

__all__ = ["CircleLaw", "Template", "make_template"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CircleLaw:
    """One kind of circle. Per row: ``stubs`` (circles a user is in), ``activity`` theta. Per group: the rest.

    Two members u, v of a circle of size s are friends with probability
    min(1, theta_u theta_v sqrt(size_g / s) scale_g).
    """

    group: NDArray[np.int32]  # [rows]
    stubs: NDArray[np.int32]  # [rows]
    activity: NDArray[np.float32]  # [rows]
    size: Floats  # [groups] mean members
    sigma: float  # log spread of the size
    scale: Floats  # [groups] keeps the mean number of ties
    window: NDArray[np.int64]  # [groups] towns that share their circles
    expected: Floats  # [rows] ties of a row before duplicates


@dataclass(frozen=True)
class Template:
    """Rows 0..rows - 1 of a town. All arrays [rows], except ``household`` which goes by place in the town."""

    rows: int
    weight: Floats  # asked friends
    cohort: NDArray[np.int32]
    circles: CircleLaw
    neighbourhoods: CircleLaw
    matching_stubs: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]  # town, city, nation
    chat_stubs: NDArray[np.int32]
    household: NDArray[np.int32]  # household of each place in the town


def make_template(
    num_users: int, rows: int, mean_degree: float, parameters: FociParameters, rng: np.random.Generator,
    boost: Floats | float = 1.0,
) -> Template:  # fmt: skip
    """Every table of a town. ``mean_degree`` is what the asked friends come to; the layers add up to them times
    ``boost`` ([rows], or one number for all): ties that two layers name alike are lost."""
    p = parameters
    weight = _weights(num_users, rows, mean_degree, p)
    cohorts = int(np.clip(num_users // p.people_per_group, 1, p.cohorts))
    classes = int(np.clip(num_users // (p.people_per_group * cohorts), 1, len(p.class_quantiles) + 1))
    cohort = rng.permutation(np.arange(rows) % cohorts).astype(np.int32)
    group = _sociability_class(weight, cohort, classes, p, rng) * cohorts + cohort
    participates = np.minimum(1.0, weight / p.household_full_at)
    household_ties = participates * _mates(p) * participates.mean()
    budget = np.maximum(weight - household_ties, 0.0)

    share = p.circle_share + p.circle_share_low * np.exp(-weight / p.circle_share_low_scale)
    wanted = share * budget / (1.0 + weight / p.circle_share_high_scale)
    circles = _circle_law(num_users, rows, weight, group, cohorts * classes, wanted, p, rng)
    near = p.neighbourhood_share * budget
    neighbourhoods = _neighbourhood_law(rows, near, p, rng)
    rest = np.maximum(budget + (boost - 1.0) * weight - circles.expected - neighbourhoods.expected, 0.0)
    town, city, nation = (_stochastic_round(rest * s, rng) for s in p.matching_share)
    town[(weight <= 2.0) & (circles.stubs + town + city + nation == 0)] = 1
    spread = np.exp(p.chat_stubs_sigma * rng.standard_normal(rows) - p.chat_stubs_sigma**2 / 2)
    chats = p.chat_stubs * (weight / 100.0) ** p.chat_stubs_exponent * spread
    return Template(
        rows, weight, cohort, circles, neighbourhoods, (town, city, nation),
        _stochastic_round(chats, rng), _households(rows, p, rng),
    )  # fmt: skip


def _weights(num_users: int, rows: int, mean_degree: float, p: FociParameters) -> Floats:
    """Stratified quantiles of the degree law: between the two tables by the mean, then scaled to it under the cap."""
    at = (np.arange(rows) + 0.5) / rows
    thin, full = (_quantiles(at, values, p) for values in (p.degree_thinned, p.degree_facebook))
    part = float(np.clip((mean_degree - thin.mean()) / (full.mean() - thin.mean()), 0.0, 1.0))
    law = thin ** (1.0 - part) * full**part
    cap = min(0.92 * p.friend_cap, 0.6 * (num_users - 1))
    low, high = 0.0, 1e6
    for _ in range(80):
        scale = 0.5 * (low + high)
        if np.minimum(scale * law, cap).mean() < mean_degree:
            low = scale
        else:
            high = scale
    return np.minimum(low * law, cap)


def _quantiles(at: Floats, values: tuple[float, ...], p: FociParameters) -> Floats:
    """Friends at quantiles ``at``: log-linear between the table's, a Pareto tail above its last."""
    law = np.exp(np.interp(at, p.degree_quantiles, np.log(values)))
    last = p.degree_quantiles[-1]
    tail = at > last
    law[tail] = values[-1] * ((1.0 - last) / (1.0 - at[tail])) ** (1.0 / p.tail_exponent)
    return law


def _mates(p: FociParameters) -> float:
    """Mean number of other people in a user's household."""
    size = np.arange(1, len(p.household_share) + 1)
    share = np.asarray(p.household_share)
    return float((share * size * (size - 1)).sum() / (share * size).sum())


def _households(rows: int, p: FociParameters, rng: np.random.Generator) -> NDArray[np.int32]:
    sizes = rng.choice(np.arange(1, len(p.household_share) + 1), size=rows, p=p.household_share)
    return np.repeat(np.arange(rows), sizes)[:rows].astype(np.int32)


def _sociability_class(
    weight: Floats, cohort: NDArray[np.int32], classes: int, p: FociParameters, rng: np.random.Generator
) -> NDArray[np.int32]:
    """Class of each row: quantile bins of log weight plus noise, inside the cohort."""
    blurred = np.log(weight) + p.class_noise * rng.standard_normal(len(weight))
    order = np.lexsort((blurred, cohort))
    start = np.searchsorted(cohort[order], np.arange(cohort.max() + 1))
    count = np.bincount(cohort)
    rank = np.empty(len(weight))
    place = np.arange(len(weight)) - start[cohort[order]]
    rank[order] = (place + 0.5) / count[cohort[order]]
    cuts = np.asarray(p.class_quantiles)
    if classes <= len(cuts):
        cuts = np.arange(1, classes) / classes
    return np.searchsorted(cuts, rank).astype(np.int32)


def _stochastic_round(x: Floats, rng: np.random.Generator) -> NDArray[np.int32]:
    """Integers with the sum of x kept: systematic rounding in a random order."""
    order = rng.permutation(len(x))
    total = np.floor(np.cumsum(x[order]) + rng.random())
    out = np.empty(len(x), dtype=np.int32)
    out[order] = np.diff(total, prepend=0.0)
    return out


def _circle_law(
    num_users: int, rows: int, weight: Floats, group: NDArray[np.int32], groups: int, wanted: Floats,
    p: FociParameters, rng: np.random.Generator,
) -> CircleLaw:  # fmt: skip
    """Memberships and sizes of the 40 groups' circles, from the ties they must give (``wanted``)."""
    people = np.maximum(np.bincount(group, minlength=groups), 1)
    chain_people = people * (num_users / rows)  # of the group in the whole chain
    wanted = np.minimum(wanted, p.circle_saturation * chain_people[group])
    typical = np.exp(np.bincount(group, np.log(weight), groups) / people)
    ties = p.circle_ties * (typical / 100.0) ** p.circle_ties_exponent
    density = np.clip(p.circle_density * (typical / 100.0) ** p.circle_density_exponent, 0.3, 0.95)
    median = np.array([np.median(wanted[group == g]) if np.any(group == g) else 0.0 for g in range(groups)])
    stubs = np.maximum(1, _stochastic_round(np.sqrt(wanted * median[group]) / ties[group], rng))
    members = np.maximum(np.bincount(group, stubs, groups), 1.0)
    size = 1.0 + np.bincount(group, wanted, groups) / (density * members)
    size = np.clip(size, 2.0, p.chat_cap)
    window = _windows(num_users, rows, members, size, members / people, p)
    # A circle cannot be larger than the people of its group there are.
    size = np.minimum(size, np.maximum(2.0, 0.8 * chain_people))
    law = _activity(group, stubs, wanted, size, p.circle_size_sigma, window, p.chat_cap)
    # Circles of one area overlap: with x = ties / people of the area a pair is named 1 + overlap x times.
    area = np.minimum(people * window, chain_people)
    return replace(law, expected=law.expected / (1.0 + p.circle_overlap * law.expected / area[group]))


def _neighbourhood_law(rows: int, wanted: Floats, p: FociParameters, rng: np.random.Generator) -> CircleLaw:
    """One group for everybody; circles of one town."""
    size, ties = p.neighbourhood_size, p.neighbourhood_density * (p.neighbourhood_size - 1.0)
    stubs = _stochastic_round(wanted / ties, rng)
    group = np.zeros(rows, dtype=np.int32)
    # Rounding is random: who holds a stub gives more than was wanted, others nothing, and the mean is kept.
    paid = (stubs * ties).astype(np.float64)
    one_town = np.ones(1, dtype=np.int64)
    law = _activity(group, stubs, paid, np.array([size]), p.neighbourhood_sigma, one_town, p.chat_cap)
    return replace(law, expected=wanted)


def _windows(
    num_users: int, rows: int, members: Floats, size: Floats, per_user: Floats, p: FociParameters
) -> NDArray[np.int64]:
    """Towns over which a group draws its circles: the least power of two that holds enough memberships."""
    towns = max(1, -(-num_users // rows))
    need = np.ceil(p.circle_window * size * per_user / members)
    return np.minimum(1 << np.ceil(np.log2(np.maximum(need, 1.0))).astype(np.int64), towns)


def _activity(
    group: NDArray[np.int32], stubs: NDArray[np.int32], wanted: Floats, size: Floats, sigma: float,
    window: NDArray[np.int64], cap: int,
) -> CircleLaw:  # fmt: skip
    """Activities theta by fixed point: a row's expected ties meet ``wanted`` where theta <= 1 allows."""
    groups = len(size)
    members = np.maximum(np.bincount(group, stubs, groups), 1e-9)
    others = np.maximum(size - 1.0, 1.0)
    per_stub = np.divide(wanted, stubs, out=np.zeros_like(wanted), where=stubs > 0)
    theta = np.ones(len(group))
    for _ in range(60):
        mean = np.maximum(np.bincount(group, stubs * theta, groups) / members, 1e-9)
        # The geometric mean of old and new: without it the iteration swings between two values.
        theta = np.sqrt(theta * np.minimum(1.0, per_stub / (others * mean)[group]))
    mean = np.bincount(group, stubs * theta, groups) / members
    expected = stubs * theta * (others * mean)[group]
    return CircleLaw(
        group, stubs, theta.astype(np.float32), size, sigma, _size_scale(size, sigma, cap), window, expected
    )


def _size_scale(size: Floats, sigma: float, cap: int) -> Floats:
    """(s_g - 1) over the membership-weighted mean of (s - 1) sqrt(s_g / s): spread of sizes costs no ties."""
    quantile = (np.arange(200) + 0.5) / 200
    sizes = np.clip(size[:, None] * np.exp(sigma * ndtri(quantile) - sigma**2 / 2), 2.0, cap)
    seen = (sizes * (sizes - 1.0) * np.sqrt(size[:, None] / sizes)).sum(1) / sizes.sum(1)
    return np.maximum(size - 1.0, 1.0) / np.maximum(seen, 1e-9)
