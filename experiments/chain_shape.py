"""What the surrogate knows of a chain: the law of degrees, strengths, platforms, and the sizes of chats."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from experiments.base_inflow import ChainFacts

__all__ = ["ChainShape", "degree_classes", "shape_of"]

_CLASSES = 40  # classes of degree that stand for the law
_STRENGTHS = 4  # strengths that stand for theirs
_SAMPLED = 8192  # users of a computed chain that are looked at


class ChainShape(NamedTuple):
    """A chain as a few numbers (host)."""

    facts: ChainFacts
    degree: np.ndarray  # float[classes] mean degree of each class
    share: np.ndarray  # float[classes] share of users in it, summing to one
    strength: np.ndarray  # float[4] quantile midpoints of the strengths of ties, 0 to 255
    qq_only: float  # share of users on QQ alone
    both: float  # share on both platforms

    @property
    def mean_degree(self) -> float:
        """Friends per user."""
        return float((self.degree * self.share).sum())


def shape_of(graph: Any, facts: ChainFacts) -> ChainShape:
    """The shape of a stored or a computed chain; of the latter from users spread evenly over it."""
    from graphs.social_graph import SocialGraph

    if isinstance(graph, SocialGraph):
        degree, strength, platforms = graph.degree(), graph.strength, graph.attributes.platforms
    else:
        host = graph.host()
        users = (np.arange(min(_SAMPLED, graph.num_users)) * (graph.num_users / min(_SAMPLED, graph.num_users))).astype(
            np.int32
        )
        # A slot that holds no tie sends a packet to nobody; the lowering makes up for it, and so a slot is a friend.
        degree, strength, platforms = host.degree(users), np.array([128]), host.platforms(users)
    middles = (np.arange(_STRENGTHS) + 0.5) / _STRENGTHS
    return ChainShape(
        facts,
        *degree_classes(np.asarray(degree)),
        np.quantile(strength, middles).astype(float) if len(strength) else np.full(_STRENGTHS, 128.0),
        float((np.asarray(platforms) == 2).mean()),
        float((np.asarray(platforms) == 3).mean()),
    )


def degree_classes(degree: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Classes of the degree law: every degree by itself where there are few, else groups of as many users; the mean of
    a class is kept, so that the law's mean is exact."""
    values, counts = np.unique(degree, return_counts=True)
    if len(values) <= _CLASSES:
        return values.astype(float), counts / counts.sum()
    place = (np.cumsum(counts) - counts / 2) / counts.sum()
    group = np.minimum((place * _CLASSES).astype(int), _CLASSES - 1)
    users = np.bincount(group, counts, _CLASSES)
    total = np.bincount(group, counts * values, _CLASSES)
    kept = users > 0
    return total[kept] / users[kept], users[kept] / users.sum()
