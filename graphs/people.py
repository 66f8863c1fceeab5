"""Who the users of a generated chain are: city tier, province, age, phone, platforms and what they like."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphs.attributes import (
    AGE_SHARE,
    CITY_TIER_SHARE,
    IOS_SHARE,
    QQ,
    WECHAT,
    UserAttributes,
    pick,
)
from graphs.chain_parameters import FociParameters
from graphs.foci import Blocks, Places
from graphs.hashing import hash_normal, hash_uniform

__all__ = ["chain_attributes"]


def chain_attributes(
    places: Places, cohort: NDArray[np.int32], circles: list[Blocks], parameters: FociParameters, seed: int
) -> UserAttributes:
    """Attributes of every user; ``cohort`` is [num_users], ``circles`` the seats behind the liking."""
    user = np.arange(places.num_users)
    cohorts = int(cohort.max()) + 1
    age = (cohort + places.age.astype(np.float64)) / cohorts  # quantile of age: a cohort is a run of ages
    fifth = np.minimum((age * len(parameters.qq_only)).astype(np.int64), len(parameters.qq_only) - 1)
    luck = hash_uniform(seed, 32, user)
    qq_only = np.asarray(parameters.qq_only)[fifth]
    wechat_only = np.asarray(parameters.wechat_only)[fifth]
    platforms = np.where(luck < qq_only, QQ, np.where(luck > 1.0 - wechat_only, WECHAT, WECHAT | QQ))
    return UserAttributes(
        city_tier=_city_tier(places, parameters, seed),
        province=_province(places, parameters),
        town=places.town,
        age_band=pick(age, AGE_SHARE),
        gender=places.gender,
        phone=(hash_uniform(seed, 34, user) >= IOS_SHARE).astype(np.uint8),
        platforms=platforms.astype(np.uint8),
        affinity=_affinity(places, cohort, circles, parameters, seed),
    )


def _province(places: Places, parameters: FociParameters) -> NDArray[np.uint8]:
    """Runs of towns; as many provinces as the population has when the chain is large enough for them."""
    provinces = int(np.clip(places.towns / parameters.towns_per_province + 0.5, 1, parameters.provinces))
    return (places.town.astype(np.int64) * provinces // places.towns).astype(np.uint8)


def _city_tier(places: Places, parameters: FociParameters, seed: int) -> NDArray[np.uint8]:
    """Whole cities get a tier, in hashed order, so that the shares of people come out right."""
    city = places.town // parameters.towns_per_city
    people = np.bincount(city)
    order = np.argsort(hash_uniform(seed, 35, np.arange(len(people))))
    middle = np.empty(len(people))
    middle[order] = (np.cumsum(people[order]) - people[order] / 2) / places.num_users
    return (pick(middle, CITY_TIER_SHARE) + 1).astype(np.uint8)[city]


def _affinity(
    places: Places, cohort: NDArray[np.int32], circles: list[Blocks], p: FociParameters, seed: int
) -> NDArray[np.uint8]:
    """Liking = city and cohort + the user's circles + the user's own, by rank: uniform by construction."""
    user = np.arange(places.num_users)
    city = places.town // p.towns_per_city
    liking = np.sqrt(p.affinity_city) * hash_normal(seed, 36, city, cohort)
    total, seats = np.zeros(places.num_users), np.zeros(places.num_users)
    for number, blocks in enumerate(circles):
        block = np.arange(len(blocks.starts) - 1)
        effect = np.repeat(hash_normal(seed, 37, block, np.full_like(block, number)), blocks.sizes())
        total += np.bincount(blocks.members, effect, places.num_users)
        seats += np.bincount(blocks.members, minlength=places.num_users)
    liking += np.sqrt(p.affinity_circle) * total / np.sqrt(np.maximum(seats, 1.0))
    liking += np.sqrt(1.0 - p.affinity_city - p.affinity_circle) * hash_normal(seed, 38, user)
    rank = np.empty(places.num_users)
    rank[np.argsort(liking, kind="stable")] = (user + 0.5) / places.num_users
    return np.minimum(256.0 * rank, 255.0).astype(np.uint8)
