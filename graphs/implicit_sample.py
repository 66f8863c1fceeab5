"""What an implicit chain looks like, from some of its users: every statistic with its standard error.

Users are drawn at random with a fixed key; ties are drawn from theirs, which is every tie with one chance. Standard
errors are by bootstrap (200 resamples of users or ties).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphs.clustering import AT_DEGREE_100, DEGREE_BINS
from graphs.clustering_law import ClusteringBin
from graphs.hashing import hash_bits
from graphs.implicit import ImplicitChain
from graphs.implicit_slots import FriendLists, each_slot, friend_lists
from graphs.materialise import attributes_of

__all__ = ["ChainSample", "Measured", "bootstrap", "summarise_sample"]

RESAMPLED = 200
_CLOSED_WORK = 1 << 16  # friends of friends looked at together, in friends


@dataclass(frozen=True)
class Measured:
    """A statistic and its standard error."""

    value: float
    error: float


@dataclass(frozen=True)
class ChainSample:
    """``count`` users of a chain drawn at random, and what follows from their friends and chats."""

    chain: ImplicitChain
    count: int = 20_000
    seed: int = 0

    @cached_property
    def users(self) -> NDArray[np.int32]:
        """The users, with replacement."""
        return (hash_bits(self.seed, 900, np.arange(self.count)) % np.uint64(self.chain.num_users)).astype(np.int32)

    @cached_property
    def lists(self) -> FriendLists:
        """Their friends."""
        return friend_lists(self.chain, self.users)

    @property
    def degree(self) -> NDArray[np.int64]:
        """Friends of each."""
        return self.lists.degree

    @cached_property
    def chats_per_user(self) -> NDArray[np.int64]:
        """Group chats of each, one counted once where somebody has two seats in it."""
        host = self.chain.host()
        owner, slot = each_slot(host.chat_count(self.users))
        key = (owner.astype(np.uint64) << np.uint64(31)) | host.chat(self.users[owner], slot).astype(np.uint64)
        key.sort()
        first = np.append(True, key[1:] != key[:-1])[: len(key)]
        return np.bincount((key[first] >> np.uint64(31)).astype(np.int64), minlength=self.count)

    def ties(self, count: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Both ends of ties drawn at random from those of the users, as (user, friend)."""
        at = (hash_bits(self.seed, 901, np.arange(count)) % np.uint64(len(self.lists.friends))).astype(np.int64)
        owner = np.searchsorted(self.lists.offsets, at, side="right") - 1
        return self.users[owner], self.lists.friends[at]

    def overlap(self) -> dict[str, Measured]:
        """What the method costs: dead slots, friends behind two slots, people with two seats in a chat."""
        live = len(self.lists.friends) + self.lists.doubled
        seats = int(self.chain.host().chat_count(self.users).sum())
        shares = {
            "live_slots": (live, self.lists.slots),
            "friends_met_twice": (self.lists.doubled, live),
            "second_seats": (seats - int(self.chats_per_user.sum()), seats),
        }
        found = {name: (part / whole, whole) for name, (part, whole) in shares.items()}
        return {name: Measured(p, float(np.sqrt(p * (1 - p) / whole))) for name, (p, whole) in found.items()}

    def degrees(self) -> dict[str, Measured]:
        """Location, spread and tail of the degree law."""
        laws: dict[str, Callable[[NDArray], float]] = {
            "degree_mean": lambda d: d.mean(),
            "degree_median": lambda d: np.median(d),
            "degree_upper_spread": lambda d: np.log(np.percentile(d, 84.13) / np.median(d)),
            "degree_p_gt_100": lambda d: (d > 100).mean(),
            "degree_p_gt_1000": lambda d: (d > 1000).mean(),
            "gini_degree": _gini,
            "size_biased_degree_over_mean": lambda d: (d.astype(float) ** 2).mean() / d.mean() ** 2,
        }
        return {name: bootstrap(law, self.degree) for name, law in laws.items()}

    def groups(self) -> dict[str, Measured]:
        """Group chats of a user."""
        laws: dict[str, Callable[[NDArray], float]] = {
            "groups_per_user_lt_10": lambda c: (c < 10).mean(),
            "groups_per_user_10_30": lambda c: ((c >= 10) & (c < 30)).mean(),
            "groups_per_user_30_50": lambda c: ((c >= 30) & (c <= 50)).mean(),
            "groups_per_user_gt_50": lambda c: (c > 50).mean(),
        }
        return {name: bootstrap(law, self.chats_per_user) for name, law in laws.items()}

    def mixing(self, ties: int = 20_000) -> dict[str, Measured]:
        """Who is tied to whom: by degree (Newman's r), age, gender, province, liking."""
        u, v = self.ties(ties)
        mine, theirs = (friend_lists(self.chain, end).degree for end in (u, v))
        host = self.chain.host()
        many = self.ties(20 * ties)
        ends = [attributes_of(host, end) for end in many]
        pairs = {name: [getattr(end, name).astype(np.int64) for end in ends] for name in ("age_band", "gender")}
        liking = [end.affinity.astype(float) for end in ends]
        same = (ends[0].province == ends[1].province).astype(float)
        return {
            "degree_assortativity": bootstrap(_correlation, mine, theirs),
            "age_assortativity": bootstrap(_nominal, *pairs["age_band"], times=40),
            "gender_assortativity": bootstrap(_nominal, *pairs["gender"], times=40),
            "within_province_share": bootstrap(lambda s: s.mean(), same, times=40),
            "affinity_correlation": bootstrap(_correlation, *liking, times=40),
        }

    def paradox(self, users: int = 400) -> dict[str, Measured]:
        """Share of users with fewer friends than the median of their friends have."""
        some = np.flatnonzero(self.degree > 0)[:users]
        below = np.zeros(len(some))
        for place, at in enumerate(some):
            friends = self.lists.friends[self.lists.offsets[at] : self.lists.offsets[at + 1]]
            below[place] = self.degree[at] < np.median(friend_lists(self.chain, friends).degree)
        return {"friendship_paradox_median": bootstrap(lambda b: b.mean(), below)}

    def clustering(self, low: int, high: int | None, users: int) -> ClusteringBin | None:
        """Mean local clustering of users of ``low`` to ``high`` friends, from the first ``users`` of them."""
        there = np.flatnonzero((self.degree >= low) & (self.degree <= (np.inf if high is None else high)))
        if len(there) == 0:
            return None
        some = there[:users]
        found = self._local(some)
        error = float(found.std(ddof=1) / np.sqrt(len(found))) if len(found) > 1 else 0.0
        degree = float(np.exp(np.log(self.degree[some]).mean()))
        share = round(len(there) / self.count * self.chain.num_users)
        return ClusteringBin(low, high, float(found.mean()), error, share, degree)

    def clustering_law(self, users: int = 100) -> list[ClusteringBin]:
        """By degree bin."""
        found = (self.clustering(low, high, users) for low, high in DEGREE_BINS)
        return [one for one in found if one is not None]

    def at_degree_100(self, users: int = 500) -> ClusteringBin | None:
        """Of users of 90 to 110 friends."""
        return self.clustering(*AT_DEGREE_100, users)

    def _local(self, some: NDArray[np.int64]) -> NDArray[np.float64]:
        """Share of pairs of friends who are friends, of each of some users of the sample."""
        degree, out = self.degree[some], np.zeros(len(some))
        start, ends = 0, np.cumsum(self.degree[some])
        while start < len(some):
            stop = max(start + 1, int(np.searchsorted(ends, (ends[start - 1] if start else 0) + _CLOSED_WORK)))
            out[start:stop] = self._closed(some[start:stop])
            start = stop
        return out / np.maximum(degree * (degree - 1.0), 1.0)

    def _closed(self, some: NDArray[np.int64]) -> NDArray[np.int64]:
        """Ordered pairs of friends who are friends, per user."""
        offsets = self.lists.offsets
        friends = np.concatenate([self.lists.friends[offsets[at] : offsets[at + 1]] for at in some])
        whose = np.repeat(np.arange(len(some)), self.degree[some])
        key = (whose << 31) | friends  # sorted: by user, then by friend
        theirs = friend_lists(self.chain, friends)
        asked = (whose[theirs.owner] << 31) | theirs.friends
        hit = key[np.minimum(np.searchsorted(key, asked), len(key) - 1)] == asked
        return np.bincount(whose[theirs.owner][hit], minlength=len(some))


def summarise_sample(chain: ImplicitChain, count: int = 4_000) -> dict[str, Any]:
    """What `graphs.summary.summarise` says first of a stored chain, estimated from some users; in a second or two."""
    sample = ChainSample(chain, min(count, chain.num_users))
    at_100 = sample.at_degree_100(100)
    found = {**sample.degrees(), **sample.mixing(4_000), **sample.groups()}
    return {
        "sampled_users": sample.count,
        **{name: one.value for name, one in found.items()},
        "clustering_local_at_degree_100": None if at_100 is None else at_100.mean,
        "clustering_by_degree": {one.label: one.mean for one in sample.clustering_law(30)},
    }


def bootstrap(law: Callable[..., float], *columns: NDArray, times: int = RESAMPLED) -> Measured:
    """A statistic of rows, and the standard deviation of it over resamples of the rows."""
    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence([len(columns[0]), 903])))
    again = []
    for _ in range(times):
        rows = rng.integers(0, len(columns[0]), len(columns[0]))
        again.append(float(law(*(column[rows] for column in columns))))
    return Measured(float(law(*columns)), float(np.std(again, ddof=1)))


def _gini(values: NDArray) -> float:
    ordered = np.sort(values.astype(float))
    count = len(ordered)
    return float(((2.0 * np.arange(1, count + 1) - count - 1.0) * ordered).sum() / (count * ordered.sum()))


def _correlation(mine: NDArray, theirs: NDArray) -> float:
    """Pearson's over the ends of ties, each tie seen from both."""
    both = np.concatenate([mine, theirs]).astype(float)
    mean, variance = both.mean(), both.var()
    return float(((mine - mean) * (theirs - mean)).mean() / variance)


def _nominal(mine: NDArray[np.int64], theirs: NDArray[np.int64]) -> float:
    """Newman's assortativity of a category (2003, doi:10.1103/PhysRevE.67.026126)."""
    share = np.bincount(np.concatenate([mine, theirs])) / (2.0 * len(mine))
    chance = float((share**2).sum())
    return float(((mine == theirs).mean() - chance) / (1.0 - chance))
