"""Laws of a cascade in the field's words, lowered to integers: what `growth.cascade.step` reads.

A rule may hold several variants (one probability each, say); lanes choose among them, and all meet the same luck.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from growth.cascade_state import BLOCK, COUNT_STEPS, CascadeNumbers, Structure
from growth.streams import ONE

__all__ = [
    "Rule",
    "complex_contagion",
    "count_law",
    "independent_cascade",
    "linear_threshold",
    "sir",
    "weighted_cascade",
]

_HALF = 0.5
"""Up to here a tie's successes are points; what is above is a coin of the tie's own."""


class Rule(NamedTuple):
    """A law: its static structure and its numbers, for V variants."""

    law: Structure
    numbers: CascadeNumbers

    @property
    def variants(self) -> int:
        """Number of variants."""
        return len(self.numbers.need)


def independent_cascade(p: ArrayLike, *, by_strength: bool = False) -> Rule:
    """Whoever joins tries each tie once (Kempe, Kleinberg, Tardos 2003).

    ``p``: probabilities of V variants (a number or [V]); with ``by_strength`` [V, 256], a row for the strengths 0 to
    255 of ties. Raises ValueError outside 0 to 1.
    """
    chances = _probabilities(p, 256 if by_strength else 1)
    return Rule(Structure("strength" if by_strength else "one"), _numbers(chances))


def weighted_cascade(degrees: ArrayLike) -> Rule:
    """Independent cascade with probability 1 / (number of ties of the viewer).

    ``degrees``: those that occur on the chain (int[n], or the distinct ones); the law is exact for them.
    """
    found = np.unique(np.asarray(degrees, np.int64))
    chances = np.zeros(int(found.max(initial=1)) + 1)
    chances[found[found > 0]] = 1 / found[found > 0]
    return Rule(Structure("weighted"), _numbers(chances[None, :]))


def linear_threshold() -> Rule:
    """Joins when the share of one's ties that have joined reaches a uniform threshold (Granovetter 1978, doi
    10.1086/226707; Kempe, Kleinberg, Tardos 2003). Every tie weighs 1 / (number of ties)."""
    return Rule(Structure("one", "uniform"), _numbers(np.ones((1, 1)), points=False))


def complex_contagion(contacts: ArrayLike, *, share: ArrayLike = 0.0, p: ArrayLike = 1.0) -> Rule:
    """Joins after so many successful contacts, and after those of a share of one's ties (Centola and Macy 2007).

    ``contacts`` at least 1, ``share`` 0 to 1 and the probability ``p`` of a contact are numbers or [V]. Each tie is
    tried once. Raises ValueError outside these ranges.
    """
    needed, shares, chances = np.broadcast_arrays(np.atleast_1d(contacts), np.atleast_1d(share), np.atleast_1d(p))
    if needed.min() < 1:
        raise ValueError(f"{needed.min()} contacts: it takes at least 1")
    numbers = _numbers(_probabilities(chances, 1), points=False)
    words = np.maximum(np.ceil(_probabilities(shares, 1)[:, 0] * 2.0**32) - 1, 0).astype(np.uint32)
    return Rule(Structure("one", "fixed"), numbers._replace(need=needed.astype(np.int32), share=words))


def sir(p: ArrayLike, *, recovery: ArrayLike = 0.0, rounds: ArrayLike = 65_535) -> Rule:
    """Infectious for several rounds, every tie tried in each with ``p`` (Kermack and McKendrick 1927, in rounds).

    After each round one recovers with ``recovery`` (a geometric number of rounds), at the latest after ``rounds``
    (with recovery 0: exactly so many). All are numbers or [V].
    """
    chances, leaves, most = np.broadcast_arrays(np.atleast_1d(p), np.atleast_1d(recovery), np.atleast_1d(rounds))
    if most.min() < 1 or most.max() > 65_535:
        raise ValueError(f"rounds {most.min()} to {most.max()} are not in 1 ... 65535")
    stay = _thresholds(1 - _probabilities(leaves, 1)[:, 0])
    if ((stay == ONE) & (most == 65_535)).any():
        raise ValueError("nobody ever recovers: give recovery or rounds")
    numbers = _numbers(_probabilities(chances, 1))._replace(stay=stay, most=most.astype(np.int32))
    return Rule(Structure("one", "none", True), numbers)


def _numbers(chances: NDArray[np.float64], *, points: bool = True) -> CascadeNumbers:
    """Numbers of [V, K] probabilities: the likeliest class sets the points, each other keeps a share of them."""
    variants = len(chances)
    low = np.minimum(chances, _HALF) if points else np.zeros_like(chances)
    high = 2 * np.maximum(chances - _HALF, 0) if points else chances
    time = -np.log1p(-low)
    most = time.max(axis=1, keepdims=True)
    keep = _thresholds(np.divide(time, most, out=np.zeros_like(time), where=most > 0))
    coin = _thresholds(high)
    return CascadeNumbers(
        count=count_law(most[:, 0]),
        keep=keep,
        coin=coin,
        coins=coin.any(axis=1).astype(np.int32),
        need=np.ones(variants, np.int32),
        share=np.zeros(variants, np.uint32),
        stay=np.zeros(variants, np.uint32),
        most=np.ones(variants, np.int32),
    )


def count_law(time: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Cumulative law of the points among s ties in a time, as thresholds: uint32[V, (BLOCK + 1) * COUNT_STEPS].

    Poisson with mean s x time. The last step is certain, so that a count is always below COUNT_STEPS.
    """
    ties, steps = np.arange(BLOCK + 1), np.arange(COUNT_STEPS)
    law = special.pdtr(steps, ties[:, None] * time[:, None, None])
    law[..., -1] = 1.0
    return _thresholds(law).reshape(len(time), -1)


def _thresholds(chances: NDArray[np.float64]) -> NDArray[np.uint32]:
    return np.floor(np.asarray(chances) * ONE).astype(np.uint32)


def _probabilities(p: ArrayLike, classes: int) -> NDArray[np.float64]:
    """[V, classes] probabilities from a number, [V] or [V, classes]."""
    given = np.asarray(p, np.float64)
    table = given.reshape(-1, classes) if classes > 1 else given.reshape(-1, 1)
    if not ((table >= 0) & (table <= 1)).all():
        raise ValueError(f"probabilities {table.min()} to {table.max()} are not in 0 ... 1")
    return table
