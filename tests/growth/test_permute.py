"""The keyed permutation of friends: a bijection for every size, and even over pairs."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from growth.permute import permuted
from growth.streams import threefry2x32
from tests.conftest import chi2_bound


def _permutation(size: int, seed: int) -> np.ndarray:
    place = jnp.arange(size, dtype=jnp.int32)
    k0, k1 = threefry2x32(np.uint32(seed), np.uint32(0), jnp.zeros_like(place), jnp.zeros_like(place))
    return np.asarray(permuted(k0, k1, place, jnp.full_like(place, size)))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 16, 17, 101, 500, 4999, 5000])
def test_every_place_comes_once(size) -> None:
    for seed in range(3):
        assert np.array_equal(np.sort(_permutation(size, seed)), np.arange(size))


def test_many_sizes_at_once() -> None:
    sizes = np.repeat(np.arange(1, 300), np.arange(1, 300))
    place = np.concatenate([np.arange(size) for size in range(1, 300)])
    k0, k1 = threefry2x32(np.uint32(5), np.uint32(1), jnp.asarray(sizes, jnp.int32), jnp.zeros(len(sizes), jnp.int32))
    found = np.asarray(permuted(k0, k1, jnp.asarray(place, jnp.int32), jnp.asarray(sizes, jnp.int32)))
    for size in range(1, 300):
        assert np.array_equal(np.sort(found[sizes == size]), np.arange(size))


@pytest.mark.parametrize("size", [7, 12, 30])
def test_first_two_places_are_even_over_ordered_pairs(size) -> None:
    people = 40 * size * (size - 1)
    who = jnp.arange(people, dtype=jnp.int32)
    k0, k1 = threefry2x32(np.uint32(9), np.uint32(9), who, jnp.zeros_like(who))
    sizes = jnp.full_like(who, size)
    first = np.asarray(permuted(k0, k1, jnp.zeros_like(who), sizes))
    second = np.asarray(permuted(k0, k1, jnp.ones_like(who), sizes))
    counts = np.bincount(first * size + second, minlength=size * size).reshape(size, size)
    assert np.trace(counts) == 0
    off = counts[~np.eye(size, dtype=bool)]
    assert ((off - 40) ** 2 / 40).sum() < chi2_bound(len(off) - 1, 3)


def test_a_place_out_of_range_gives_zero() -> None:
    place = jnp.asarray([-1, 5, 0], jnp.int32)
    key = jnp.asarray([1, 2, 3], jnp.uint32)
    found = permuted(key, key, place, jnp.asarray([5, 5, 0], jnp.int32))
    assert np.array_equal(np.asarray(found), [0, 0, 0])
