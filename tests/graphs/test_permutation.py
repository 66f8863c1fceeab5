"""Keyed bijections: onto, undone by their inverse, the same under NumPy and JAX, and even over pairs of towns."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.permutation import key_of, local_of_row, row_of_local, scrambled, seat_of_stub, stub_of_seat
from tests.conftest import chi2_bound


def words(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.uint32)


def everything(size: int, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """All of Z_size x {0, 1}^bits."""
    flat = np.arange(size << bits, dtype=np.uint32)
    return flat >> bits, flat & np.uint32((1 << bits) - 1)


@given(st.integers(1, 300), st.integers(1, 7), st.integers(0, 2**32 - 1))
def test_stubs_and_seats_are_one_to_one(size: int, bits: int, key: int) -> None:
    stubs = everything(size, bits)
    shape = words(size), words(bits), words(key)
    high, low = seat_of_stub(*stubs, *shape)
    assert high.max() < size
    assert low.max() < 1 << bits
    assert len(np.unique((high << bits) | low)) == size << bits
    back = stub_of_seat(high, low, *shape)
    assert np.array_equal(back[0], stubs[0])
    assert np.array_equal(back[1], stubs[1])


@given(st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_rows_and_locals_are_one_to_one(bits: int, key: int) -> None:
    local = np.arange(1 << bits, dtype=np.uint32)
    row = row_of_local(local, words(key), bits)
    assert np.array_equal(np.sort(row), local)
    assert np.array_equal(local_of_row(row, words(key), bits), local)


@pytest.mark.parametrize(("size", "bits"), [(2**31 - 1, 31), (1_367_232, 14), (2, 1)])
def test_the_largest_sizes_fit_in_32_bits(size: int, bits: int) -> None:
    rng = np.random.default_rng(1)
    high = rng.integers(0, size, 10_000).astype(np.uint32)
    low = rng.integers(0, 1 << bits, 10_000).astype(np.uint32)
    shape = words(size), words(bits), words(12345)
    seat = seat_of_stub(high, low, *shape)
    assert seat[0].max() < size
    back = stub_of_seat(*seat, *shape)
    assert np.array_equal(back[0], high)
    assert np.array_equal(back[1], low)


def test_numpy_and_jax_agree() -> None:
    rng = np.random.default_rng(2)
    draw: Any = lambda top: rng.integers(0, top, 4_096).astype(np.uint32)  # noqa: E731
    size, bits, key = draw(100_000) + np.uint32(7), draw(20) + np.uint32(1), draw(2**32)
    high, low = draw(2**32) % size, draw(2**32) & ((1 << bits) - np.uint32(1))
    for function in (seat_of_stub, stub_of_seat):
        ours, theirs = function(high, low, size, bits, key), jax.jit(function)(high, low, size, bits, key)
        assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))
    local = draw(1 << 16)
    assert np.array_equal(row_of_local(local, key, 16), jax.jit(row_of_local, static_argnums=2)(local, key, 16))
    assert np.array_equal(local_of_row(local, key, 16), jax.jit(local_of_row, static_argnums=2)(local, key, 16))
    assert np.array_equal(key_of(key, high), jax.jit(key_of)(key, high))


def test_scrambled_is_the_published_function() -> None:
    """lowbias32 written out with Python's integers."""

    def lowbias32(x: int) -> int:
        x ^= x >> 16
        x = x * 0x7FEB352D & 0xFFFFFFFF
        x ^= x >> 15
        x = x * 0x846CA68B & 0xFFFFFFFF
        return x ^ x >> 16

    numbers = [0, 1, 2, 0xDEADBEEF, 0xFFFFFFFF]
    assert scrambled(words(*numbers)).tolist() == [lowbias32(x) for x in numbers]


TOWNS = 32


@pytest.mark.parametrize(("per_town", "bits"), [(40, 8), (6, 5), (300, 10)])
def test_neighbouring_seats_go_to_every_pair_of_towns_alike(per_town: int, bits: int) -> None:
    """Chi-square of the towns of seats 2i and 2i + 1, over keys: a shuffle would give the expected counts."""
    keys = max(1, 400_000 // (TOWNS * per_town << bits))
    counts = np.zeros((TOWNS, TOWNS))
    high, low = everything(TOWNS * per_town, bits)
    for key in range(keys):
        stub, _ = stub_of_seat(high, low, words(TOWNS * per_town), words(bits), key_of(words(key), words(9)))
        towns = (stub // per_town).reshape(-1, 2)
        np.add.at(counts, (towns[:, 0], towns[:, 1]), 1)
    expected = counts.sum() / TOWNS**2  # rows and columns are fixed, so this is on the safe side by little
    assert ((counts - expected) ** 2 / expected).sum() < chi2_bound(TOWNS**2 - 1)


def test_households_get_rows_of_every_pair_of_strata_alike() -> None:
    """Rows of locals 2i and 2i + 1 over many towns, in 16 strata each."""
    bits, towns = 10, 400
    local = np.tile(np.arange(1 << bits, dtype=np.uint32), towns)
    town = np.repeat(np.arange(towns, dtype=np.uint32), 1 << bits)
    stratum = (row_of_local(local, key_of(words(3), town), bits) >> 6).reshape(-1, 2)
    counts = np.zeros((16, 16))
    np.add.at(counts, (stratum[:, 0], stratum[:, 1]), 1)
    expected = np.full((16, 16), 64 * 64.0) - np.eye(16) * 64  # two different rows of 1,024
    expected *= counts.sum() / expected.sum()
    assert ((counts - expected) ** 2 / expected).sum() < chi2_bound(255)
