"""Where users of an implicit chain live and work, computed: the places of `graphs.geography`, one user at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphs.geography import AT_HOME_FROM, TOWNS_PER_CITY, WORK_IN_TOWN, Kilometres, town_kilometres
from graphs.hashing import hash_bits, hash_uniform
from graphs.implicit import ImplicitChain

__all__ = ["homes", "works"]


def homes(chain: ImplicitChain, users: NDArray[np.int32]) -> Kilometres:
    """Homes in km, [users, 2]. Towns are runs of ids of one length, so that a home's place on the curve is its id's."""
    return town_kilometres(users, chain.num_users)


def works(chain: ImplicitChain, users: NDArray[np.int32], seed: int = 0) -> tuple[NDArray[np.int32], Kilometres]:
    """Town and km, [users, 2], of work or school by day: `graphs.geography.work_kilometres`; ``chain`` as of `host`."""
    town = users.astype(np.int64) >> chain.town_bits
    city = town // TOWNS_PER_CITY * TOWNS_PER_CITY
    others = np.minimum(TOWNS_PER_CITY, chain.towns - city)
    step = 1 + (hash_bits(seed, 42, users) % np.maximum(others - 1, 1).astype(np.uint64)).astype(np.int64)
    away = (hash_uniform(seed, 41, users) >= WORK_IN_TOWN) & (others > 1)
    where = np.where(away, city + (town - city + step) % others, town)
    desk = (where << chain.town_bits) + (hash_uniform(seed, 43, users) * (1 << chain.town_bits)).astype(np.int64)
    at = np.where(chain.age_band(users) >= AT_HOME_FROM, users, desk).astype(np.int32)
    return at >> chain.town_bits, homes(chain, at)
