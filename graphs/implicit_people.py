"""Who the users of an implicit chain are: integer tables from which every attribute is computed on the spot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from graphs.attributes import AGE_SHARE, CITY_TIER_SHARE, QQ, WECHAT, pick
from graphs.chain_parameters import FociParameters
from graphs.hashing import hash_uniform

__all__ = ["LIKING_RANGE", "PeopleTables", "people_tables"]

UNIT = 1024.0  # one standard deviation of liking, as an integer
LIKING_RANGE = 8192  # liking is cut at 4 standard deviations either way
LUCK = 4096  # steps of a tabulated normal


@dataclass(frozen=True)
class PeopleTables:
    """``tier`` uint8[cities]; ``liking_city`` int16[cities * cohorts]; ``liking_circle`` and ``liking_own``
    int16[4096] by hashed word; ``quantile`` uint8[8192] of liking; ``age_band`` uint8[4096] of the quantile of age;
    ``platform`` uint8[5 * 4096] by fifth of age and hashed word."""

    tier: NDArray[np.uint8]
    liking_city: NDArray[np.int16]
    liking_circle: NDArray[np.int16]
    liking_own: NDArray[np.int16]
    quantile: NDArray[np.uint8]
    age_band: NDArray[np.uint8]
    platform: NDArray[np.uint8]


def people_tables(cities: int, cohorts: int, p: FociParameters, seed: int) -> PeopleTables:
    """Liking = city and cohort + the user's first circle + the user's own: three normals whose variances add to 1.

    The city and cohort part is stratified (every quantile once, in hashed order), so that liking is uniform over
    users in small chains too.
    """
    z = ndtri((np.arange(LUCK) + 0.5) / LUCK)

    def scaled(normal: NDArray[np.float64], variance: float) -> NDArray[np.int16]:
        return np.rint(UNIT * np.sqrt(variance) * normal / max(float(normal.std()), 1e-9)).astype(np.int16)

    cells = cities * cohorts
    order = np.argsort(np.argsort(hash_uniform(seed, 36, np.arange(cells))))
    middle = (np.arange(LIKING_RANGE) - LIKING_RANGE / 2 + 0.5) / UNIT
    share = (np.arange(LUCK) + 0.5) / LUCK
    only = np.stack([p.wechat_only, p.qq_only])
    platform = [np.where(share < qq, QQ, np.where(share > 1.0 - wechat, WECHAT, WECHAT | QQ)) for wechat, qq in only.T]
    return PeopleTables(
        tier=_tiers(cities, seed),
        liking_city=scaled(ndtri((order + 0.5) / cells), p.affinity_city),
        liking_circle=scaled(z, p.affinity_circle),
        liking_own=scaled(z, 1.0 - p.affinity_city - p.affinity_circle),
        quantile=np.minimum(256.0 * ndtr(middle), 255.0).astype(np.uint8),
        age_band=pick(share, AGE_SHARE),
        platform=np.concatenate(platform).astype(np.uint8),
    )


def _tiers(cities: int, seed: int) -> NDArray[np.uint8]:
    """Whole cities get a tier, in hashed order, so that the shares of people come out right."""
    rank = np.argsort(np.argsort(hash_uniform(seed, 35, np.arange(cities))))
    return (pick((rank + 0.5) / cities, CITY_TIER_SHARE) + 1).astype(np.uint8)
