"""The numbers of the foci generator in one place, each with its source or grade."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FociParameters", "TieLayer"]


@dataclass(frozen=True)
class TieLayer:
    """Log-strength of the ties of one layer: normal with this mean and spread (grade `assumption`)."""

    mean: float
    spread: float


# Friends per user at quantiles of users, for a mean of about 150. The body is the Facebook percentile table
# of 2011 (Ugander et al., arXiv 1111.4503; grade S), thinned between the 60th and 97th percentile so that the
# mean falls from 191 to 150 while the median stays near 96 and the top percent stays: grade D.
_QUANTILES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
_FRIENDS = (2.0, 10.0, 24.0, 40.0, 64.0, 96.5, 128.0, 170.0, 233.0, 372.0, 528.0, 970.0)


@dataclass(frozen=True)
class FociParameters:
    """What a society is made of. Grade `assumption` (fitted by hand to published tables) unless said."""

    degree_quantiles: tuple[float, ...] = _QUANTILES
    degree_values: tuple[float, ...] = _FRIENDS
    tail_exponent: float = 3.4  # Pareto survival exponent above the last quantile
    friend_cap: int = 5_000  # WeChat's limit, grade S2

    # households of one to six people, share of households
    household_share: tuple[float, ...] = (0.17, 0.27, 0.26, 0.19, 0.08, 0.03)
    household_full_at: float = 15.0  # a user of this many friends or more is in the family chat for sure

    # circles (class, workplace): five age cohorts by eight classes of sociability = 40 groups
    cohorts: int = 5
    class_quantiles: tuple[float, ...] = (0.12, 0.30, 0.50, 0.70, 0.85, 0.94, 0.985)
    class_noise: float = 0.7  # tau: blurs the classes, lowers degree assortativity
    people_per_group: int = 1_000  # small chains get fewer groups, so that circles can fill
    circle_share: float = 0.68  # f_A: share of the tie budget spent in circles
    circle_share_low: float = 0.17  # more of it for users of few friends ...
    circle_share_low_scale: float = 40.0
    circle_share_high_scale: float = 1500.0  # ... and less for users of very many
    circle_ties: float = 35.0  # ties of a user of 100 friends in one circle
    circle_ties_exponent: float = 0.675
    circle_density: float = 0.62
    circle_density_exponent: float = -0.15
    circle_age_leaning: float = 2.8  # age against luck when circles are filled; 0 mixes a cohort's ages
    circle_overlap: float = 2.0  # pairs named twice, in units of ties / people of the area (measured)
    circle_size_sigma: float = 0.35
    circle_saturation: float = 0.3  # circle ties never exceed this share of the group's people
    circle_window: float = 25.0  # memberships a group's area holds, in (circle size x circles per user)

    # neighbourhood and hobby circles: one mixed group per town
    neighbourhood_share: float = 0.08
    neighbourhood_size: float = 45.0
    neighbourhood_sigma: float = 0.6
    neighbourhood_density: float = 0.45
    hobby_gender_leaning: float = 0.4  # a weak gender homophily

    # the rest of the budget, paired at random within town, city and nation: a stepwise gravity law
    matching_share: tuple[float, float, float] = (0.3, 0.3, 0.4)
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

    # 31 provinces in the whole population; a sample has fewer, of at least the area of its circles
    provinces: int = 31
    towns_per_province: int = 16
