"""Where users live and work, in kilometres, and how the chance of a tie falls with distance.

No source gives the places of a sample's users, so the layout is an assumption: the settled part of the country is a
square of 2,000 km (the land east of the Heihe-Tengchong line, with nine in ten people, has about 4 million km2), and
users lie along a Hilbert curve through it in the order of town and id. Runs of towns (cities, provinces) are then
compact areas, households are neighbours, and a town of a sample is as wide as the people it stands for need.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar

from graphs.attributes import UserAttributes
from graphs.hashing import hash_bits, hash_uniform
from graphs.social_graph import SocialGraph

__all__ = [
    "COUNTRY_KM",
    "DistanceLaw",
    "distance_law",
    "home_kilometres",
    "law_of_distances",
    "town_kilometres",
    "work_kilometres",
]

COUNTRY_KM = 2_000.0
TOWNS_PER_CITY = 4
WORK_IN_TOWN = 0.8  # of those at work or school; the others go to another town of their city (assumption)
AT_HOME_FROM = 10  # five-year age class 60-64: most are on a pension, at home by day (assumption)

NEAR_KM, FAR_KM, BINS = 20.0, 2_000.0, 30
_ORDER = 16  # the curve has 2^16 by 2^16 cells, each 30 m wide
_PAIRS = 4_000_000
_STEEPEST = 6.0

Kilometres = NDArray[np.float32]  # [.., 2], east and north of the corner of the square


@dataclass(frozen=True)
class DistanceLaw:
    """P(tie) in units of its mean, by kilometres, and the fit of free_share + scale km^-exponent to it.

    ``kilometres`` [bins] is the middle of each bin (logarithmic, 20 to 2,000 km); ``chance`` [bins] is the density of
    ties among the pairs of a bin over that among all pairs, NaN where no pair was seen. ``free_share`` is the share of
    all ties that ignore distance; ``near_share`` the share shorter than 20 km, which the fit leaves out.
    """

    kilometres: NDArray[np.float64]
    chance: NDArray[np.float64]
    exponent: float
    free_share: float
    scale: float
    near_share: float

    def fitted(self, kilometres: NDArray[np.float64]) -> NDArray[np.float64]:
        """The fit, in units of the mean chance."""
        return self.free_share + self.scale * kilometres**-self.exponent


def town_kilometres(town: NDArray[np.integer], towns: int) -> Kilometres:
    """Middle of each town's stretch of the curve; a pure function of the town and of how many there are."""
    return _on_curve((np.asarray(town) + 0.5) / towns)


def home_kilometres(attributes: UserAttributes) -> Kilometres:
    """Home of every user, [num_users, 2]: users of a town lie along its stretch of the curve in the order of id."""
    town = attributes.town.astype(np.int64)
    order = np.argsort(town, kind="stable")
    people = np.bincount(town)
    place = np.empty(len(town))
    place[order] = np.arange(len(town)) - np.repeat(np.cumsum(people) - people, people) + 0.5
    return _on_curve((town + place / people[town]) / len(people))


def work_kilometres(attributes: UserAttributes, seed: int = 0) -> Kilometres:
    """Place of work or school by day, [num_users, 2]: jobs are spread as homes are.

    The rule (assumption): from 60 on people are at home; of the others four in five go to the home of a hashed user
    of their own town, the rest to one of another town of their city (four neighbouring towns on the curve).
    """
    home = home_kilometres(attributes)
    town = attributes.town.astype(np.int64)
    user = np.arange(len(town))
    people = np.bincount(town)
    first = np.cumsum(people) - people
    city = town // TOWNS_PER_CITY * TOWNS_PER_CITY
    others = np.minimum(TOWNS_PER_CITY, len(people) - city)
    step = 1 + (hash_bits(seed, 42, user) % np.maximum(others - 1, 1).astype(np.uint64)).astype(np.int64)
    away = (hash_uniform(seed, 41, user) >= WORK_IN_TOWN) & (others > 1)
    where = np.where(away, city + (town - city + step) % others, town)
    where = np.where(people[where] > 0, where, town)
    seat = (hash_uniform(seed, 43, user) * people[where]).astype(np.int64)
    desk = np.argsort(town, kind="stable")[first[where] + seat]
    return np.where((attributes.age_band >= AT_HOME_FROM)[:, None], home, home[desk])


def distance_law(graph: SocialGraph, seed: int = 0) -> DistanceLaw | None:
    """How the chance of a tie falls between 20 and 2,000 km of the two homes.

    From all ties, or four million of them, and as many pairs of users; maximum likelihood over the bins for the
    exponent (0 to 6) and the share that ignores distance (0 to 1) at once. None where all live in one town or nobody
    has a friend: no places are known then.
    """
    if graph.num_ties == 0 or graph.attributes.town.min() == graph.attributes.town.max():
        return None
    home = home_kilometres(graph.attributes)
    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, 902])))
    u, v = rng.integers(0, graph.num_users, (2, _PAIRS), dtype=np.int32)
    owner = np.repeat(np.arange(graph.num_users, dtype=np.int32), graph.degree())
    slot: NDArray | slice = slice(None) if len(owner) <= _PAIRS else rng.integers(0, len(owner), _PAIRS)
    return law_of_distances(home[owner[slot]] - home[graph.friends[slot]], (home[u] - home[v])[u != v])


def law_of_distances(tied: Kilometres, any_two: Kilometres) -> DistanceLaw:
    """The same from samples: how far apart, [.., 2], the homes of tied pairs and of pairs at random are."""
    ties, tie_share, near = _binned(tied)
    pairs, pair_share, _ = _binned(any_two)
    kilometres = np.sqrt(_edges()[1:] * _edges()[:-1])
    seen = pairs > 0
    exponent, mixed = _fit(kilometres[seen], ties[seen], pairs[seen])
    density = tie_share / pair_share  # of ties among pairs in range, in units of the mean over all pairs
    mean_power = (pairs[seen] * kilometres[seen] ** -exponent).sum() / pairs.sum()
    chance = np.full(BINS, np.nan)
    chance[seen] = ties[seen] / ties.sum() / (pairs[seen] / pairs.sum()) * density
    return DistanceLaw(kilometres, chance, exponent, mixed * density, (1.0 - mixed) * density / float(mean_power), near)


def _edges() -> NDArray[np.float64]:
    return np.geomspace(NEAR_KM, FAR_KM, BINS + 1)


def _binned(apart: Kilometres) -> tuple[NDArray[np.int64], float, float]:
    """Counts by kilometres, the share of all in range, and the share nearer than the range."""
    distance = np.hypot(apart[:, 0], apart[:, 1])
    count = np.histogram(distance, _edges())[0]
    return count, float(count.sum() / len(distance)), float((distance < NEAR_KM).mean())


def _fit(kilometres: NDArray[np.float64], ties: NDArray[np.int64], pairs: NDArray[np.int64]) -> tuple[float, float]:
    """Exponent, and share of the ties in range that ignore distance: ties fall on bins as a mixture of two laws."""
    flat = pairs / pairs.sum()

    def law(exponent: float) -> NDArray[np.float64]:
        falling = pairs * kilometres**-exponent
        return falling / falling.sum()

    def best_mix(falling: NDArray[np.float64]) -> float:
        """Where the log-likelihood, concave in the mix, is highest."""

        def slope(mix: float) -> float:
            return float((ties * (flat - falling) / (mix * flat + (1.0 - mix) * falling)).sum())

        if slope(0.0) <= 0.0:
            return 0.0
        return 1.0 if slope(1.0) >= 0.0 else float(brentq(slope, 0.0, 1.0))

    def loss(exponent: float) -> float:
        falling = law(exponent)
        mix = best_mix(falling)
        return -float((ties * np.log(mix * flat + (1.0 - mix) * falling)).sum()) / max(float(ties.sum()), 1.0)

    exponent = float(minimize_scalar(loss, bounds=(1e-3, _STEEPEST), method="bounded").x)
    return exponent, best_mix(law(exponent))


def _on_curve(place: NDArray[np.float64]) -> Kilometres:
    """Places 0..1 along a Hilbert curve to kilometres, [.., 2] (Hilbert 1891, doi:10.1007/BF01199431)."""
    cells = np.uint64(1) << np.uint64(2 * _ORDER)
    rest = np.minimum((place * float(cells)).astype(np.uint64), cells - np.uint64(1)).astype(np.int64)
    x, y = np.zeros_like(rest), np.zeros_like(rest)
    for level in range(_ORDER):
        side = np.int64(1) << level
        right = (rest >> 1) & 1
        up = (rest ^ right) & 1
        turned = up == 0
        mirrored = turned & (right == 1)
        x, y = np.where(mirrored, side - 1 - x, x), np.where(mirrored, side - 1 - y, y)
        x, y = np.where(turned, y, x), np.where(turned, x, y)
        x += side * right
        y += side * up
        rest >>= 2
    return ((np.stack([x, y], axis=-1) + 0.5) * (COUNTRY_KM / 2**_ORDER)).astype(np.float32)
