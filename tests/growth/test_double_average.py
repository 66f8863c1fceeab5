"""Slots of lucky packets against the double-average rule in Python's whole numbers, and its published shape."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growth.double_average import PARTS, SLOT, slot_cents
from growth.share import Packet
from tests import oracles
from tests.conftest import chi2_bound, z_bound

MOST = 12


def _packets(keys: np.ndarray, slots: np.ndarray) -> Packet:
    zeros = jnp.zeros(len(keys), jnp.int32)
    k0, k1 = (jnp.asarray(keys[:, part].view(np.int32)) for part in (0, 1))
    return Packet(zeros, zeros, zeros, zeros, zeros, zeros, k0, k1, jnp.asarray(slots, jnp.int32))


@jax.jit
def _cents(means: jax.Array, packet: Packet, number: jax.Array) -> jax.Array:
    return slot_cents(means, jnp.zeros_like(number), packet, number, jnp.ones(number.shape, bool))


def _by_hand(key: tuple[int, int], mean: tuple[int, int], slots: int) -> list[int]:
    rounding = oracles.threefry(key, (2**32 - 1, SLOT))[0] >> 22
    left = slots * mean[0] + (slots * mean[1] + rounding) // PARTS
    amounts = []
    for slot in range(slots):
        share, word = slots - slot, oracles.threefry(key, (slot, SLOT))[0]
        if share == 1:
            amount = left
        elif left < share:
            amount = int(word * share // 2**32 < left)
        else:
            amount = 1 + word * (2 * left - share) // 2**32 // share
        amounts.append(amount)
        left -= amount
    return amounts


@given(
    st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)),
    st.sampled_from([(0, 0), (0, 300), (1, 0), (1, 700), (80, 0), (123_456_789, 1023)]),
    st.integers(1, MOST),
)
def test_each_slot_is_that_of_the_rule_and_all_pay_the_sum(key, mean, slots) -> None:
    number = np.arange(MOST)
    packet = _packets(np.tile(np.array(key, np.uint32), (MOST, 1)), np.full(MOST, slots))
    found = np.asarray(_cents(jnp.asarray([mean], jnp.int32), packet, jnp.asarray(number)))
    assert found[:slots].tolist() == _by_hand(key, mean, slots)
    assert not found[slots:].any()
    assert 0 <= found.sum() - slots * (mean[0] + mean[1] / PARTS) + 1 <= 2
    assert mean[0] == 0 or found[:slots].min() >= 1


def test_slots_have_one_mean_the_first_is_even_and_the_last_differ_most() -> None:
    """Ten slots of 80 cents: the shape that the rule is known by."""
    count, slots, mean = 20_000, 10, 80
    keys = np.random.default_rng(1).integers(0, 2**32, (count, 2), dtype=np.uint32)
    packet = _packets(keys, np.full(count, slots))
    means = jnp.asarray([[mean, 0]], jnp.int32)
    paid = np.stack([np.asarray(_cents(means, packet, jnp.full(count, slot))) for slot in range(slots)])
    assert (paid.sum(axis=0) == slots * mean).all()
    assert paid.min() >= 1
    errors = paid.std(axis=1) / np.sqrt(count)
    assert (np.abs(paid.mean(axis=1) - mean) < z_bound(slots) * errors).all()
    first = np.bincount(paid[0], minlength=2 * mean)[1:]
    assert len(first) == 2 * mean - 1
    expected = count / len(first)
    assert ((first - expected) ** 2 / expected).sum() < chi2_bound(len(first) - 1)
    assert paid[-1].std() > 1.2 * paid[0].std()
    assert paid.max() > 4 * mean


@pytest.mark.parametrize("asked", [True, False])
def test_who_asks_for_nothing_gets_nothing(asked: bool) -> None:
    packet = _packets(np.ones((3, 2), np.uint32), np.full(3, 4))
    number = jnp.array([0, 3, 4])
    cents = slot_cents(jnp.array([[50, 0]]), jnp.zeros(3, jnp.int32), packet, number, jnp.full(3, asked))
    assert (np.asarray(cents) > 0).tolist() == [asked, asked, False]
