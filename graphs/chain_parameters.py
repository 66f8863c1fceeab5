"""The numbers of the foci generator in one place, each with its source or grade."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = [
    "FITTED_MEANS",
    "FITTED_USERS",
    "FociParameters",
    "TieLayer",
    "extrapolations",
    "province_count",
    "town_bits",
]


@dataclass(frozen=True)
class TieLayer:
    """Log-strength of the ties of one layer: normal with this mean and spread (grade `assumption`)."""

    mean: float
    spread: float


# Friends per user at quantiles of users. At a mean of 184 the Facebook percentile table of 2011 (Ugander et al., arXiv
# 1111.4503; grade S). At a mean of 150 the same law thinned between the 60th and 97th percentile: the mean falls while
# the median stays above 90 and the top percent at about a thousand (grade D).
_QUANTILES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
_FACEBOOK = (2.0, 10.0, 25.0, 42.0, 66.0, 99.0, 139.0, 204.0, 283.0, 447.0, 674.0, 1029.0)
_THINNED = (2.0, 9.7, 24.0, 40.0, 64.0, 95.0, 118.0, 149.0, 220.0, 363.0, 520.0, 930.0)


@dataclass(frozen=True)
class FociParameters:
    """What a society is made of. Grade `assumption` (fitted by hand to published tables) unless said."""

    degree_quantiles: tuple[float, ...] = _QUANTILES
    degree_facebook: tuple[float, ...] = _FACEBOOK
    degree_thinned: tuple[float, ...] = _THINNED
    tail_exponent: float = 5.0  # Pareto survival exponent above the last quantile
    friend_cap: int = 5_000  # WeChat's limit, grade S2

    # households of one to six people, share of households
    household_share: tuple[float, ...] = (0.17, 0.27, 0.26, 0.19, 0.08, 0.03)
    household_full_at: float = 15.0  # a user of this many friends or more is in the family chat for sure

    # circles (class, workplace): five age cohorts by eight classes of sociability = 40 groups
    cohorts: int = 5
    class_quantiles: tuple[float, ...] = (0.12, 0.30, 0.50, 0.70, 0.85, 0.94, 0.985)
    class_noise: float = 0.75  # tau: blurs the classes, lowers degree assortativity
    people_per_group: int = 1_000  # small chains get fewer groups, so that circles can fill
    circle_share: float = 0.64  # f_A: share of the tie budget spent in circles
    circle_share_low: float = 0.17  # more of it for users of few friends ...
    circle_share_low_scale: float = 40.0
    circle_share_high_scale: float = 1500.0  # ... and less for users of very many
    circle_ties: float = 35.0  # ties of a user of 100 friends in one circle
    circle_ties_exponent: float = 0.675
    circle_density: float = 0.62
    circle_density_exponent: float = -0.15
    circle_age_strays: float = 0.1  # of a cohort's people, who join circles of another five-year class
    people_per_circle_size: float = 3.0  # a class of a group needs so many times a circle's size, or it shares circles
    circle_overlap: float = 2.0  # pairs named twice, in units of ties / people of the area (measured)
    circle_size_sigma: float = 0.35
    circle_saturation: float = 0.3  # circle ties never exceed this share of the group's people
    circle_window: float = 8.0  # memberships a group's area holds, in (circle size x circles per user)

    # neighbourhood and hobby circles: one mixed group per town
    neighbourhood_share: float = 0.08
    neighbourhood_size: float = 45.0
    neighbourhood_sigma: float = 0.6
    neighbourhood_density: float = 0.45
    hobby_gender_leaning: float = 0.4  # a weak gender homophily

    # the rest of the budget, paired at random within town, city and nation: a stepwise gravity law
    matching_share: tuple[float, float, float] = (0.35, 0.35, 0.3)
    towns_per_city: int = 4

    # group chats beyond households and circles (no published size law; exponent is a guess)
    chat_cap: int = 500  # members of one chat, WeChat's limit
    chat_stubs: float = 15.0  # memberships of a user of 100 friends
    chat_stubs_exponent: float = 0.35
    chat_stubs_sigma: float = 0.6
    chat_size_exponent: float = 1.9

    # tie strength by layer: weak ties are the bridges (Granovetter 1973, doi:10.1086/225469)
    household_strength: TieLayer = TieLayer(2.0, 0.5)
    circle_strength: TieLayer = TieLayer(0.1, 0.9)
    neighbourhood_strength: TieLayer = TieLayer(0.0, 0.9)
    town_strength: TieLayer = TieLayer(-0.2, 0.8)
    city_strength: TieLayer = TieLayer(-0.4, 0.8)
    nation_strength: TieLayer = TieLayer(-0.7, 0.8)

    # liking of a product: variance shared by age cohort and city, by circle, and the user's own
    affinity_city: float = 0.30
    affinity_circle: float = 0.35

    # platforms by cohort, young to old: shares of WeChat only, QQ only (the rest on both); QQ is the smaller
    # and the younger of the two
    wechat_only: tuple[float, ...] = (0.25, 0.38, 0.52, 0.66, 0.78)
    qq_only: tuple[float, ...] = (0.09, 0.03, 0.01, 0.01, 0.005)


PROVINCES = 31


def town_bits(num_users: int) -> int:
    """A town has 2^bits people: 2^11 in 100,000, 2^13 in a million, 2^16 in 1.4 billion; a small chain has 16 towns."""
    law = 11.1 + 0.6 * np.log2(num_users / 100_000)
    return int(np.clip(min(law, (num_users // 16).bit_length() - 1), 4, 16))


def province_count(num_users: int) -> int:
    """Provinces of a chain: 31 in the population; a sample has fewer, as the areas of its circles are no smaller."""
    return int(np.clip(round(3.0 * (num_users / 100_000) ** 0.4), 1, PROVINCES))


# Where every row of the target table was seen to hold (docs/chain_fit.md).
FITTED_USERS = (98_000, 1_050_000)
FITTED_MEANS = (150.0, 190.0)


def extrapolations(num_users: int, mean_degree: float) -> tuple[str, ...]:
    """One line per argument that lies outside the range in which the parameters were fitted."""
    found = []
    for what, value, (low, high) in (
        ("users", num_users, FITTED_USERS),
        ("mean degree", mean_degree, FITTED_MEANS),
    ):
        if not low <= value <= high:
            found.append(f"{what} {value:,.10g} extrapolated: parameters were fitted from {low:,.10g} to {high:,.10g}")
    return tuple(found)
