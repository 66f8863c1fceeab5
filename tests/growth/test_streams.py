"""Chance: the generator's known answers, and statistics of what the engine really draws."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from growth.streams import ONE, Stream, below, lane_keys, root_key, threefry2x32, words
from tests import oracles
from tests.conftest import chi2_bound, z_bound

# Random123, tests/kat_vectors: rounds, counter, key, answer.
KNOWN = [
    (13, (0, 0), (0, 0), (0x9D1C5EC6, 0x8BD50731)),
    (13, (0xFFFFFFFF,) * 2, (0xFFFFFFFF,) * 2, (0xFD36D048, 0x2D17272C)),
    (13, (0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xBA3E4725, 0xF27D669E)),
    (20, (0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
    (20, (0xFFFFFFFF,) * 2, (0xFFFFFFFF,) * 2, (0x1CB996FC, 0xBB002BE7)),
    (20, (0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xC4923A9C, 0x483DF7A0)),
]


@pytest.mark.parametrize(("rounds", "counter", "key", "answer"), KNOWN)
def test_the_generator_gives_its_known_answers(rounds, counter, key, answer) -> None:
    k0, k1, c0, c1 = (np.uint32(word) for word in (*key, *counter))
    assert tuple(int(word) for word in threefry2x32(k0, k1, c0, c1, rounds=rounds)) == answer
    assert oracles.threefry(key, counter, rounds) == answer


def test_twenty_rounds_are_the_generator_of_jax_random() -> None:
    key = jax.random.key(42, impl="threefry2x32")
    k0, k1 = jax.random.key_data(key)
    ours = threefry2x32(k0, k1, jnp.zeros(5, jnp.uint32), jnp.arange(5, dtype=jnp.uint32), rounds=20)
    theirs = jax.random.bits(key, (5,), jnp.uint32)
    assert np.array_equal(np.asarray(ours[0] ^ ours[1]), np.asarray(theirs))


def _drawn(stream: Stream, replicates: int, users: int, days: int) -> np.ndarray:
    """The first words of (replicate, user, day), as the engine asks for them: uint32[replicates, users, days]."""
    keys = lane_keys(root_key(11), jnp.arange(replicates), jnp.zeros(replicates, jnp.int32))
    shape = (replicates, users, days)
    lane, user, day = (jnp.asarray(index.reshape(-1), jnp.int32) for index in np.indices(shape))
    return np.asarray(words(keys, lane, stream, user, day)[0]).reshape(shape)


STREAMS = [Stream.DAY, Stream.REACH, Stream.SHARE, Stream.PACKET]


@pytest.mark.parametrize("stream", STREAMS)
def test_words_are_uniform(stream) -> None:
    drawn = _drawn(stream, 4, 4000, 16)
    for shift in (24, 0):  # the top and the bottom byte
        counts = np.bincount((drawn >> shift).reshape(-1) & 255, minlength=256)
        expected = drawn.size / 256
        statistic = ((counts - expected) ** 2 / expected).sum()
        assert statistic < chi2_bound(255, 2 * len(STREAMS))


@pytest.mark.parametrize("stream", STREAMS)
def test_neighbours_are_uncorrelated(stream) -> None:
    unit = _drawn(stream, 4, 4000, 16) / 2.0**32 - 0.5
    other = _drawn(Stream.HOUR, 4, 4000, 16) / 2.0**32 - 0.5
    pairs = {
        "user": (unit[:, 1:], unit[:, :-1]),
        "day": (unit[:, :, 1:], unit[:, :, :-1]),
        "replicate": (unit[1:], unit[:-1]),
        "stream": (unit, other),
    }
    for name, (one, two) in pairs.items():
        z = 12 * (one * two).mean() * np.sqrt(one.size)
        assert abs(z) < z_bound(len(pairs) * len(STREAMS)), name


def test_thresholds_zero_and_one_are_exact() -> None:
    edge = jnp.asarray([0, 1, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF], jnp.uint32)
    assert not np.asarray(below(edge, jnp.uint32(0))).any()
    assert np.asarray(below(edge, jnp.uint32(ONE))).all()


def test_a_seed_that_is_no_32_bit_number_is_refused() -> None:
    with pytest.raises(ValueError, match="4294967296"):
        root_key(1 << 32)
