"""Keyed hashes of identities: the luck a user or a tie owns, whoever asks and in whatever order."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

__all__ = ["hash_bits", "hash_normal", "hash_uniform", "pair_bits"]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MASK = 0xFFFFFFFFFFFFFFFF


def _mix(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64 finaliser (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195), in place."""
    bits ^= bits >> np.uint64(30)
    bits *= np.uint64(0xBF58476D1CE4E5B9)
    bits ^= bits >> np.uint64(27)
    bits *= np.uint64(0x94D049BB133111EB)
    bits ^= bits >> np.uint64(31)
    return bits


def hash_bits(seed: int, stream: int, *identity: ArrayLike) -> NDArray[np.uint64]:
    """64 hashed bits per identity; a pure function of seed, stream and the identity's integers.

    ``stream`` keeps two uses of one identity apart (a user's phone and a user's age, say).
    """
    key = np.array([(seed * 0x9E3779B97F4A7C15 + stream + 1) & _MASK], dtype=np.uint64)
    bits = _mix(key)
    for part in identity:
        bits = _mix((np.asarray(part).astype(np.uint64) + _STEP) ^ bits)
    return bits


def hash_uniform(seed: int, stream: int, *identity: ArrayLike) -> NDArray[np.float64]:
    """A uniform strictly inside (0, 1) per identity."""
    bits = hash_bits(seed, stream, *identity) >> np.uint64(11)
    return (bits.astype(np.float64) + 0.5) * 2.0**-53


def hash_normal(seed: int, stream: int, *identity: ArrayLike) -> NDArray[np.float64]:
    """A standard normal per identity."""
    return ndtri(hash_uniform(seed, stream, *identity))


def pair_bits(seed: int, stream: int, u: NDArray[np.int32], v: NDArray[np.int32]) -> NDArray[np.uint32]:
    """32 hashed bits per unordered pair of users, the same from either end.

    Two rounds of the lowbias32 finaliser (C. Wellons, nullprogram.com/blog/2018/07/31).
    """
    key = np.uint32(hash_bits(seed, stream)[0] & np.uint64(0xFFFFFFFF))
    bits = np.minimum(u, v).astype(np.uint32)
    bits *= np.uint32(0x9E3779B1)
    bits ^= key
    _mix32(bits)
    bits += np.maximum(u, v).astype(np.uint32)
    return _mix32(bits)


def _mix32(bits: NDArray[np.uint32]) -> NDArray[np.uint32]:
    bits ^= bits >> np.uint32(16)
    bits *= np.uint32(0x7FEB352D)
    bits ^= bits >> np.uint32(15)
    bits *= np.uint32(0x846CA68B)
    bits ^= bits >> np.uint32(16)
    return bits
