"""summarise: what a relationship chain looks like in numbers, under the names the target table uses."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from graphs.clustering import clustering
from graphs.social_graph import SocialGraph

__all__ = ["summarise"]


def summarise(graph: SocialGraph) -> dict[str, Any]:
    """Statistics of ties, chats and attributes; plain floats, ints and dicts, in a fixed order.

    Exact, except that local clustering of a large graph is taken from a fixed sample
    (``clustering_sampled_users`` says how many users; None means all). A statistic that does not exist
    (no ties, say) is None.
    """
    return {
        "name": graph.name,
        "users": graph.num_users,
        "ties": graph.num_ties,
        **_degrees(graph),
        **_mixing(graph),
        **_clustering(graph),
        **_components(graph),
        **_attributes(graph),
        **_chats(graph),
    }


def _gini(values: NDArray) -> float | None:
    """Gini coefficient of non-negative values; None when all are zero."""
    ordered = np.sort(values.astype(np.float64))
    count, total = len(ordered), float(ordered.sum())
    if total == 0.0:
        return None
    return float(((2.0 * np.arange(1, count + 1) - count - 1.0) * ordered).sum() / (count * total))


def _degrees(graph: SocialGraph) -> dict[str, Any]:
    degree = graph.degree().astype(np.float64)
    median, p84, p90, p99 = (float(x) for x in np.percentile(degree, [50, 84.13, 90, 99]))
    mean = float(degree.mean())
    return {
        "degree_mean": mean,
        "degree_median": median,
        "degree_p90": p90,
        "degree_p99": p99,
        "degree_max": int(degree.max()),
        "degree_upper_spread": float(np.log(p84 / median)) if median > 0 else None,
        "degree_p_gt_100": float((degree > 100).mean()),
        "degree_p_gt_1000": float((degree > 1000).mean()),
        "gini_degree": _gini(degree),
        "size_biased_degree_over_mean": float((degree**2).mean() / mean**2) if mean > 0 else None,
        "isolated_users": int((degree == 0).sum()),
    }


def _mixing(graph: SocialGraph) -> dict[str, Any]:
    """Degree assortativity, and the friendship paradox: users below the mean or median of their friends."""
    degree = graph.degree().astype(np.int64)
    tied = np.flatnonzero(degree > 0)
    empty = {"degree_assortativity": None, "friendship_paradox_mean": None, "friendship_paradox_median": None}
    if len(tied) == 0:
        return empty
    theirs = degree[graph.friends]
    friends_sum = np.add.reduceat(theirs, graph.offsets[tied])
    mine = degree[tied]
    mean = (mine**2).sum() / mine.sum()
    variance = (mine**3).sum() / mine.sum() - mean**2
    covariance = (mine * friends_sum).sum() / mine.sum() - mean**2
    return {
        "degree_assortativity": float(covariance / variance) if variance > 1e-9 * mean**2 else None,
        "friendship_paradox_mean": float((mine * mine < friends_sum).mean()),
        "friendship_paradox_median": float((mine < _friends_median(graph, theirs, tied)).mean()),
    }


def _friends_median(graph: SocialGraph, theirs: NDArray[np.int64], tied: NDArray[np.int64]) -> NDArray[np.float64]:
    """Median degree of each tied user's friends."""
    owner = np.repeat(np.arange(graph.num_users, dtype=np.int64), graph.degree())
    owner <<= 32
    owner |= theirs
    owner.sort()  # rows stay in place, friends' degrees rise inside each row
    start, count = graph.offsets[tied].astype(np.int64), graph.degree()[tied]
    low, high = owner[start + (count - 1) // 2], owner[start + count // 2]
    return ((low & 0xFFFFFFFF) + (high & 0xFFFFFFFF)) / 2.0


def _clustering(graph: SocialGraph) -> dict[str, Any]:
    found = clustering(graph)
    return {
        "clustering_mean_local": found.mean_local,
        "clustering_local_at_degree_100": found.at_degree_100,
        "clustering_by_degree": found.by_degree,
        "clustering_transitivity": found.transitivity,
        "triangles": found.triangles,
        "clustering_sampled_users": found.sampled_users,
    }


def _components(graph: SocialGraph) -> dict[str, Any]:
    size = graph.num_users
    ones = np.ones(len(graph.friends), dtype=np.int8)
    ties = csr_matrix((ones, graph.friends, graph.offsets), shape=(size, size))
    count, label = connected_components(ties, directed=False)
    largest = int(np.bincount(label).max())
    tied = int((graph.degree() > 0).sum())
    return {
        "components": int(count),
        "lcc_fraction": largest / size,
        "lcc_fraction_of_nodes_with_degree_ge_1": largest / tied if tied else None,
    }


def _nominal_assortativity(graph: SocialGraph, kind: NDArray[np.integer]) -> float | None:
    """Newman's assortativity of a category over ties (Newman 2003, doi:10.1103/PhysRevE.67.026126)."""
    if graph.num_ties == 0:
        return None
    kinds = int(kind.max()) + 1
    mine = np.repeat(kind.astype(np.int32) * kinds, graph.degree())
    share = np.bincount(mine + kind[graph.friends], minlength=kinds * kinds).reshape(kinds, kinds)
    share = share / share.sum()
    chance = float((share.sum(0) * share.sum(1)).sum())
    return float((np.trace(share) - chance) / (1.0 - chance)) if chance < 1.0 else None


def _attributes(graph: SocialGraph) -> dict[str, Any]:
    who = graph.attributes
    same = np.repeat(who.province, graph.degree()) == who.province[graph.friends]
    return {
        "age_assortativity": _nominal_assortativity(graph, who.age_band),
        "gender_assortativity": _nominal_assortativity(graph, who.gender),
        "within_province_share": float(same.mean()) if graph.num_ties else None,
        "affinity_correlation": _tie_correlation(graph, who.affinity),
        "ios_share": float((who.phone == 0).mean()),
        "tier_3_and_lower_share": float((who.city_tier >= 3).mean()),
    }


def _tie_correlation(graph: SocialGraph, value: NDArray[np.uint8]) -> float | None:
    """Pearson correlation of a number over the two ends of a tie."""
    if graph.num_ties == 0:
        return None
    weight = graph.degree() / len(graph.friends)
    centred = value - float((weight * value).sum())
    tied = np.flatnonzero(graph.degree() > 0)
    friends_sum = np.add.reduceat(centred[graph.friends], graph.offsets[tied])
    variance = float((weight * centred**2).sum())
    covariance = float((centred[tied] * friends_sum).sum() / len(graph.friends))
    return covariance / variance if variance > 0 else None


def _chats(graph: SocialGraph) -> dict[str, Any]:
    per_user, size = graph.chats_per_user(), graph.chat_sizes()
    return {
        "chats": graph.num_chats,
        "chats_per_user_mean": float(per_user.mean()),
        "chats_per_user_median": float(np.median(per_user)),
        "groups_per_user_lt_10": float((per_user < 10).mean()),
        "groups_per_user_10_30": float(((per_user >= 10) & (per_user < 30)).mean()),
        "groups_per_user_30_50": float(((per_user >= 30) & (per_user <= 50)).mean()),
        "groups_per_user_gt_50": float((per_user > 50).mean()),
        "chat_size_mean": float(size.mean()) if len(size) else None,
        "chat_size_median": float(np.median(size)) if len(size) else None,
        "group_size_max": int(size.max()) if len(size) else None,
    }
