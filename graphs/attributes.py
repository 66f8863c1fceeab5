"""What is known of each user besides friends: city, age, gender, phone, platforms, affinity."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from graphs.hashing import hash_normal, hash_uniform

__all__ = ["QQ", "WECHAT", "UserAttributes", "affinity_bytes", "default_attributes", "pick"]

WECHAT, QQ = 1, 2  # bits of `platforms`

# Shares of users, all grade `assumption`: round figures to be replaced where a source is at hand.
CITY_TIER_SHARE = (0.10, 0.38, 0.24, 0.17, 0.11)  # tiers 1..5; about half live in tier 3 and lower
AGE_SHARE = (0.05, 0.07, 0.08, 0.09, 0.11, 0.12, 0.11, 0.09, 0.09, 0.08, 0.06, 0.05)  # 10-14, ..., 65 and up
FEMALE_SHARE = 0.49
IOS_SHARE = 0.22

_STREAM = {"tier": 11, "province": 12, "age": 13, "gender": 14, "phone": 15, "affinity": 16}


@dataclass(frozen=True)
class UserAttributes:
    """One array per attribute, each of shape [num_users].

    city_tier uint8 1..5 (1 = largest cities); province uint8; town int32; age_band uint8 (five-year classes,
    0 = 10-14); gender uint8 (0 male, 1 female); phone uint8 (0 iOS, 1 Android); platforms uint8 (bit 0
    WeChat, bit 1 QQ); affinity uint8 (quantile 0..255 of a latent liking: similar among friends, uniform).
    """

    city_tier: NDArray[np.uint8]
    province: NDArray[np.uint8]
    town: NDArray[np.int32]
    age_band: NDArray[np.uint8]
    gender: NDArray[np.uint8]
    phone: NDArray[np.uint8]
    platforms: NDArray[np.uint8]
    affinity: NDArray[np.uint8]

    def validate(self, num_users: int) -> None:
        """Raise ValueError unless every array has the promised shape, dtype and range."""
        for field in fields(self):
            array = getattr(self, field.name)
            dtype = np.int32 if field.name == "town" else np.uint8
            if array.shape != (num_users,) or array.dtype != dtype:
                have = f"{array.dtype}{array.shape}"
                raise ValueError(f"{field.name} is {have}, want {dtype.__name__}[{num_users}]")
        if num_users and not (self.city_tier.min() >= 1 and self.city_tier.max() <= 5):
            raise ValueError("city_tier must lie in 1..5")
        if num_users and not (self.platforms.min() >= 1 and self.platforms.max() <= WECHAT + QQ):
            raise ValueError("platforms must be 1 (WeChat), 2 (QQ) or 3 (both)")


def pick(uniform: NDArray[np.float64], shares: ArrayLike) -> NDArray[np.uint8]:
    """Category index of each uniform under the given shares (normalised here): an inverse CDF."""
    cumulative = np.cumsum(np.asarray(shares, dtype=np.float64))
    return np.searchsorted(cumulative[:-1] / cumulative[-1], uniform, side="right").astype(np.uint8)


def affinity_bytes(normal: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Standard normal liking to its quantile 0..255."""
    return np.minimum(256.0 * ndtr(normal), 255.0).astype(np.uint8)


def default_attributes(
    offsets: NDArray[np.integer], friends: NDArray[np.int32], seed: int, smoothing: float = 0.5
) -> UserAttributes:
    """Attributes for a chain that comes without any: one town, both platforms, the rest by the shares above.

    Everyone is on both platforms so that no tie of a small graph is unusable. The affinity of a user is
    c z_i + a (sum of friends' z) / sqrt(degree) with a^2 = smoothing: similar among friends, uniform over
    users, and a function of the user's own neighbourhood only, so that one more stranger changes nobody.
    """
    num_users = len(offsets) - 1
    user = np.arange(num_users, dtype=np.int64)

    def uniform(name: str) -> NDArray[np.float64]:
        return hash_uniform(seed, _STREAM[name], user)

    own = hash_normal(seed, _STREAM["affinity"], user)
    degree = np.diff(offsets)
    owner = np.repeat(user, degree)
    friends_sum = np.bincount(owner, weights=own[friends], minlength=num_users)
    shared = np.sqrt(smoothing) * friends_sum / np.sqrt(np.maximum(degree, 1))
    liking = np.where(degree > 0, np.sqrt(1.0 - smoothing) * own + shared, own)
    return UserAttributes(
        city_tier=(pick(uniform("tier"), CITY_TIER_SHARE) + 1).astype(np.uint8),
        province=np.zeros(num_users, dtype=np.uint8),
        town=np.zeros(num_users, dtype=np.int32),
        age_band=pick(uniform("age"), AGE_SHARE),
        gender=(uniform("gender") < FEMALE_SHARE).astype(np.uint8),
        phone=(uniform("phone") >= IOS_SHARE).astype(np.uint8),
        platforms=np.full(num_users, WECHAT | QQ, dtype=np.uint8),
        affinity=affinity_bytes(liking),
    )
