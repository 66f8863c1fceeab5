"""The kernel's outside: bytes do not depend on how the work is cut; compiled once; no copy of the state."""

from __future__ import annotations

import re
from functools import partial

import jax
import numpy as np
import pytest

from graphs import textbook
from graphs.device import explicit_chain
from graphs.implicit_build import make_implicit
from graphs.materialise import slot_for_slot
from growth.cascade import spread
from growth.cascade_engine import Cascades, Outcome, tiers
from growth.cascade_rules import Rule, complex_contagion, independent_cascade, linear_threshold, sir, weighted_cascade
from growth.cascade_state import CascadeCampaign, CascadeSizes, Structure
from growth.streams import root_key

LONG = pytest.mark.long  # the same compiled in one more way
GRAPH = textbook.barabasi_albert(3000, 5, isolated=1)
CHAIN = explicit_chain(GRAPH)
RULES: dict[str, Rule] = {
    "plain": independent_cascade([0.03, 0.3, 0.7]),
    "weighted": weighted_cascade(GRAPH.degree()),
    "threshold": linear_threshold(),
    "complex": complex_contagion(2, p=[0.3, 0.8]),
    "sir": sir(0.03, recovery=[0.3, 0.6]),
}
SEEDS = list(range(0, 3000, 100))


def _run(rule: str, devices: int = 1, chunk: int = 256, replicates=8) -> Outcome:
    kernel = Cascades(CHAIN, jax.devices()[:devices], chunk=chunk)
    return kernel.run(RULES[rule], SEEDS, replicates=replicates, rng_seed=11, log=True)


def _same(one: Outcome, two: Outcome) -> None:
    assert one.size.tobytes() == two.size.tobytes()
    assert one.rounds.tobytes() == two.rounds.tobytes()
    assert one.record is not None
    assert two.record is not None
    for first, second in zip(one.record, two.record, strict=True):
        assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize(
    "rule", [pytest.param(one, marks=LONG if one in ("complex", "sir", "weighted") else ()) for one in RULES]
)
def test_bytes_do_not_depend_on_the_chunk_or_the_number_of_devices(rule) -> None:
    whole = _run(rule)
    assert whole.size.min() > 30
    assert whole.size.min() < whole.size.max()
    for devices, chunk in ((1, 128), (2, 500), (8, 2048)):
        _same(whole, _run(rule, devices, chunk))


def test_bytes_do_not_depend_on_which_lanes_run_together() -> None:
    whole, part = _run("plain"), _run("plain", replicates=np.array([2, 3]))
    assert np.array_equal(whole.size[:, 2:4], part.size)


LARGE = explicit_chain(textbook.barabasi_albert(120_000, 2))


@pytest.mark.parametrize("p", [0.05, 0.3])
def test_a_hash_set_and_marks_of_everybody_give_the_same_bytes(p) -> None:
    """Forty lanes share a hash set at first (and outgrow it when p is large); one lane alone marks everybody. Told the
    same again, a set that was outgrown is not tried."""
    many, lone = tiers(40, LARGE.num_users, Structure()), tiers(1, LARGE.num_users, Structure())
    assert [sizes.table > 0 for sizes in many] == [True, True, False]
    assert [sizes.table for sizes in lone] == [0]
    kernel, rule = Cascades(LARGE, jax.devices()[:1]), independent_cascade(p)
    together = kernel.run(rule, SEEDS, replicates=40, rng_seed=4, log=True)
    assert kernel._told is not None
    assert (kernel._told.least > 0) == (p > 0.1)
    _same(together, kernel.run(rule, SEEDS, replicates=40, rng_seed=4, log=True))
    alone = kernel.run(independent_cascade(p), SEEDS, replicates=np.array([17]), rng_seed=4, log=True)
    assert together.size[0, 17] == alone.size[0, 0]
    assert together.record is not None
    assert alone.record is not None
    mine = together.record.lane == 17
    for one, two in zip(together.record[1:], alone.record[1:], strict=True):
        assert np.array_equal(one[mine], two)
    assert (together.size.sum() > 1 << 15) == (p > 0.1)


def test_an_implicit_chain_gives_the_bytes_of_its_stored_form() -> None:
    chain = make_implicit(13_824, mean_degree=60.0, seed=1)
    outcomes = [
        Cascades(one, jax.devices()[:1]).run(rule, SEEDS, replicates=4, rng_seed=2, log=True)
        for rule in (independent_cascade(0.02), linear_threshold())
        for one in (chain, slot_for_slot(chain))
    ]
    _same(outcomes[0], outcomes[1])
    _same(outcomes[2], outcomes[3])
    assert outcomes[0].size.min() > 100


def test_one_compilation_for_ten_probabilities() -> None:
    kernel = Cascades(CHAIN, jax.devices()[:1], chunk=256)
    for number in range(10):
        kernel.run(independent_cascade(number / 9), SEEDS, replicates=4, rng_seed=1)
    assert [call._cache_size() for call in kernel._compiled.values()] == [1]


@pytest.mark.parametrize("table", [0, 1 << 14])
@pytest.mark.parametrize("rule", ["plain", "complex", "sir"])
def test_the_compiled_kernel_copies_no_buffer_as_large_as_the_state(rule, table) -> None:
    law, numbers = RULES[rule]
    sizes = CascadeSizes(4, 2, CHAIN.num_users, 1 << 13, table, 256, 128, 64, 4096)
    lanes = np.arange(4, dtype=np.int32)
    seeds = np.broadcast_to(np.asarray(SEEDS, np.int32), (4, len(SEEDS)))
    told = CascadeCampaign(lanes, lanes, np.zeros(4, np.int32), seeds, numbers)
    lowered = jax.jit(partial(spread, sizes=sizes, law=law)).lower(root_key(1), CHAIN, told)
    text = str(lowered.compile().as_text())
    assert "while(" in text
    copied = re.findall(r"= \w+\[([\d,]+)\]\S* copy\(", text)
    assert [dims for dims in copied if np.prod([int(size) for size in dims.split(",")]) >= 4096] == []


def test_the_log_grows_until_everybody_fits() -> None:
    found = Cascades(LARGE, jax.devices()[:1]).run(independent_cascade(1.0), [0], replicates=1, rng_seed=1, log=True)
    assert found.record is not None
    assert len(found.record.user) == found.size[0, 0] == LARGE.num_users


def test_seeds_changed_in_place_are_seen() -> None:
    seeds, kernel, rule = np.array([0, 1, 2], np.int32), Cascades(CHAIN, jax.devices()[:1]), independent_cascade(0.0)
    first = kernel.run(rule, seeds, replicates=2, rng_seed=1)
    seeds[1:] = -1  # nobody
    second = kernel.run(rule, seeds, replicates=2, rng_seed=1)
    assert (first.size.tolist(), second.size.tolist()) == ([[3, 3]], [[1, 1]])


def test_more_seeds_than_a_small_table_holds_begin_in_a_larger_one() -> None:
    """Four thousand lanes of thirty seeds on a small graph; a tenth of them at a time is the same lane by lane."""
    chain = Cascades(explicit_chain(textbook.ring(140)), jax.devices()[:1])
    seeds, rule = np.arange(0, 120, 4), independent_cascade(0.3)
    together = chain.run(rule, seeds, replicates=4000, rng_seed=5)
    apart = chain.run(rule, seeds, replicates=np.arange(400), rng_seed=5)
    assert np.array_equal(together.size[:, :400], apart.size)
    assert np.array_equal(together.rounds[:, :400], apart.rounds)
