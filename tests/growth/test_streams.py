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
    return _both(stream, replicates, users, days)[0]


def _both(stream: Stream, replicates: int, users: int, days: int) -> tuple[np.ndarray, np.ndarray]:
    """Both words of each counter."""
    keys = lane_keys(root_key(11), jnp.arange(replicates), jnp.zeros(replicates, jnp.int32))
    shape = (replicates, users, days)
    lane, user, day = (jnp.asarray(index.reshape(-1), jnp.int32) for index in np.indices(shape))
    one, two = words(keys, lane, stream, user, day)
    return np.asarray(one).reshape(shape), np.asarray(two).reshape(shape)


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


def test_no_two_streams_draw_alike() -> None:
    """Every pair of streams of one user and day, and both words of a counter: correlations of what the engine draws."""
    shape = (1, 20_000, 2)
    drawn = np.stack([np.stack(_both(stream, *shape)) for stream in Stream])
    unit = drawn.reshape(2 * len(Stream), -1) / 2.0**32 - 0.5
    z = 12 * (unit @ unit.T) / np.sqrt(unit.shape[1])
    pairs = np.triu_indices(len(unit), 1)
    assert np.abs(z[pairs]).max() < z_bound(len(pairs[0]))


def test_apps_and_chains_and_seeds_do_not_share_luck() -> None:
    """Neighbouring apps, chains and rng seeds: the same user, day and stream, other words."""
    user, day = jnp.arange(40_000), jnp.zeros(40_000, jnp.int32)

    def unit(seed: int, chain: int, app: int) -> np.ndarray:
        keys = lane_keys(root_key(seed, chain), jnp.zeros(1, jnp.int32), jnp.full(1, app, jnp.int32))
        return np.asarray(words(keys, jnp.zeros_like(day), Stream.DAY, user, day)[0]) / 2.0**32 - 0.5

    own, others = unit(11, 0, 0), [unit(11, 0, 1), unit(11, 1, 0), unit(12, 0, 0)]
    for other in others:
        z = 12 * (own * other).mean() * np.sqrt(len(own))
        assert abs(z) < z_bound(len(others))


@pytest.mark.parametrize("stream", STREAMS)
def test_neighbours_fill_the_square_evenly(stream) -> None:
    """Pairs of top nibbles of neighbouring users, and of days: 256 cells. Correlation would miss what this sees."""
    nibble = (_drawn(stream, 2, 8000, 16) >> 28).astype(np.int64)
    pairs = {"user": (nibble[:, 1::2], nibble[:, ::2]), "day": (nibble[:, :, 1::2], nibble[:, :, ::2])}
    for name, (one, two) in pairs.items():
        counts = np.bincount((16 * one + two).reshape(-1), minlength=256)
        expected = one.size / 256
        statistic = ((counts - expected) ** 2 / expected).sum()
        assert statistic < chi2_bound(255, len(pairs) * len(STREAMS)), name


def test_packets_of_a_day_and_their_viewers_are_uncorrelated() -> None:
    """The word that decides an acceptance: neighbouring ordinals, days and viewers of a packet, as the engine asks."""
    keys = lane_keys(root_key(11), jnp.zeros(1, jnp.int32), jnp.zeros(1, jnp.int32))
    shape = (500, 4, 4, 16)  # sharers, days, ordinals, viewers
    sharer, day, ordinal, viewer = (jnp.asarray(index.reshape(-1), jnp.int32) for index in np.indices(shape))
    k0, k1 = words(keys, jnp.zeros_like(sharer), Stream.PACKET, sharer, day * 256 + ordinal)
    answer, wait = threefry2x32(k0, k1, viewer, jnp.zeros_like(viewer))
    unit, delay = (np.asarray(word).reshape(shape) / 2.0**32 - 0.5 for word in (answer, wait))
    pairs = {
        "sharer": (unit[1:], unit[:-1]),
        "day": (unit[:, 1:], unit[:, :-1]),
        "ordinal": (unit[:, :, 1:], unit[:, :, :-1]),
        "viewer": (unit[..., 1:], unit[..., :-1]),
        "delay": (unit, delay),
    }
    for name, (one, two) in pairs.items():
        z = 12 * (one * two).mean() * np.sqrt(one.size)
        assert abs(z) < z_bound(len(pairs)), name


def test_thresholds_zero_and_one_are_exact() -> None:
    edge = jnp.asarray([0, 1, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF], jnp.uint32)
    assert not np.asarray(below(edge, jnp.uint32(0))).any()
    assert np.asarray(below(edge, jnp.uint32(ONE))).all()


def test_a_seed_that_is_no_32_bit_number_is_refused() -> None:
    with pytest.raises(ValueError, match="4294967296"):
        root_key(1 << 32)
