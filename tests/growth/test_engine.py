"""The engine's outside: bytes do not depend on how the work is cut; compiled once; no copy of the state."""

from __future__ import annotations

import subprocess
import sys

import jax
import numpy as np
import pytest

from graphs import textbook
from growth.day import step
from growth.engine import Engine
from growth.flows import CAUSES
from growth.streams import ONE, root_key
from tests.growth.tiny import CERTAIN, SEED, Days, cascade, count_of, large_copies, live, run, world

LONG = pytest.mark.long  # the same compiled in one more way
GRAPH = textbook.barabasi_albert(300, 4, isolated=2)
REACH = np.zeros((1, 1, 4, len(CAUSES)), np.uint32)
REACH[..., (0, 2, 3), :] = ONE // 300 * np.minimum(np.arange(1, 7), 5)
EVERYTHING = cascade(GRAPH, friends=3, share_law=np.stack([count_of(2)] * 2), group_share=np.uint32(ONE // 3)) | {
    "accept": -200, "accept_most": 600, "slots": 3, "campaign_on": 1, "draw_take_up": CERTAIN, "free_draws": 3,
    "draw_limit": 9, "daily_pool": 500, "group_create": np.uint32(ONE // 9), "group_join": CERTAIN, "receive_limit": 4,
    "uninstall": np.uint32(ONE // 3), "reach_most": ONE // 50, "claim_draws": 256, "claim_draw_limit": 5,
}  # fmt: skip
LANES, DAYS, ROUNDS = 8, 3, 4
LAW = {
    "delay": np.linspace(0, 100_000, 1024).astype(np.int32)[None, :],
    "hour": np.linspace(0, 86_399, 1024).astype(np.int32)[None, :],
    "amount": np.full((1, 2, 1024), 9, np.int32),
    "churn": np.full((1, 731, 128), ONE / 10, np.float32),
}


def _told(lanes: int = LANES, **more):
    law = {name: np.broadcast_to(value, (lanes, *value.shape[1:])) for name, value in LAW.items()}
    reach = np.broadcast_to(REACH, (lanes, DAYS * ROUNDS, 4, len(CAUSES)))
    return {
        **EVERYTHING,
        "law": law,
        "reach": reach,
        "pool": (900, 900),
        "engaged": 0.1,
        "rounds": ROUNDS,
        **more,
    }


def _same(one: Days, two: Days, lanes: slice = slice(None)) -> None:
    for name, flow in one.flows.items():
        assert np.array_equal(flow[:, lanes], two.flows[name]), name
    assert np.array_equal(one.activity[:, lanes], two.activity)


WHOLE = run(GRAPH, days=DAYS, lanes=LANES, **_told())


def test_the_world_of_these_tests_has_everything_in_it() -> None:
    for name in (
        "claims",
        "draws",
        "emptied",
        "groups_created",
        "group_joins",
        "refused_claims",
        "uninstalled",
    ):
        assert WHOLE.flows[name].sum() > 0, name
    assert (WHOLE.flows["activations"].sum(axis=(0, 1)) > 0).sum() > 5


@pytest.mark.parametrize("devices", [pytest.param(2, marks=LONG), pytest.param(4, marks=LONG), 8])
def test_bytes_do_not_depend_on_the_number_of_devices(devices) -> None:
    _same(WHOLE, run(GRAPH, days=DAYS, lanes=LANES, devices=devices, **_told()))


@pytest.mark.parametrize(("devices", "devices_per_world"), [pytest.param(2, 2, marks=LONG), (8, 4)])
def test_bytes_do_not_depend_on_how_many_devices_share_a_society(devices, devices_per_world) -> None:
    """The chain's tables and the users are cut over the devices of a group."""
    cut = {"devices": devices, "devices_per_world": devices_per_world}
    _same(WHOLE, run(GRAPH, days=DAYS, lanes=LANES, **cut, **_told()))
    engine, key, campaign = world(GRAPH, days=DAYS, lanes=LANES, **cut, **_told())
    state = engine.begin(key, campaign)
    for table in jax.tree.leaves(engine.graph)[:3]:  # offsets, friends, strength
        assert {part.data.shape[0] for part in table.addressable_shards} == {table.shape[0] // devices_per_world}
    for column in jax.tree.leaves(state.users):
        assert {part.data.shape[0] for part in column.addressable_shards} == {column.shape[0] // devices}


def test_devices_that_make_no_whole_groups_are_refused() -> None:
    engine, _, _ = world(GRAPH, lanes=LANES, days=DAYS, **_told())
    with pytest.raises(ValueError, match="groups of 2"):
        Engine(engine.graph, engine.sizes, jax.devices()[:3], 2)


@pytest.mark.parametrize("chunk", [65, pytest.param(500, marks=LONG)])
def test_bytes_do_not_depend_on_the_chunk(chunk) -> None:
    _same(WHOLE, run(GRAPH, days=DAYS, lanes=LANES, sizes={"chunk": chunk}, **_told()))


@pytest.mark.long
def test_bytes_do_not_depend_on_which_worlds_share_a_block() -> None:
    part = run(GRAPH, days=DAYS, lanes=2, replicates=[2, 3], **_told(2))
    _same(WHOLE, part, slice(2, 4))


@pytest.mark.long
def test_a_day_in_one_call_is_the_day_in_parts() -> None:
    engine, key, campaign = world(GRAPH, days=DAYS, lanes=LANES, **_told())
    parts = live(engine, key, campaign, days=1)
    inside = jax.tree.map(lambda leaf: leaf, engine.begin(key, campaign))
    scalar = inside._replace(
        clock=inside.clock[0],
        midnight=inside.midnight[0],
        overflow=inside.overflow[0],
        lists=type(inside.lists)(*(rows._replace(length=rows.length[0]) for rows in inside.lists)),
    )
    _, flows = jax.jit(step, static_argnames="sizes")(key, scalar, engine.graph, campaign, sizes=engine.sizes)
    for name, leaf in parts.state.totals._asdict().items():
        if name in ("flows", "cohort", "pool"):
            assert np.array_equal(np.asarray(leaf), np.asarray(getattr(flows, "table" if name == "flows" else name)))


def test_one_compilation_per_structure() -> None:
    """Ten campaigns of one structure: other numbers, other switches, the same compiled code."""
    engine, key, campaign = world(GRAPH, days=DAYS, lanes=LANES, **_told())
    live(engine, key, campaign)
    before = {
        part: getattr(engine, f"_{part}")._cache_size()
        for part in ("begin", "morning", "sessions", "responses", "night")
    }
    for number in range(10):
        told = _told(accept=-400 + 50 * number, slots=1 + number, campaign_on=number % 2, free_draws=number)
        live(engine, key, world(GRAPH, days=DAYS, lanes=LANES, **told)[2])
    assert before == dict.fromkeys(before, 1)
    assert before == {part: getattr(engine, f"_{part}")._cache_size() for part in before}


@pytest.mark.parametrize("part", ["morning", "sessions", "responses", "night"])
def test_the_compiled_day_copies_no_buffer_as_large_as_the_state(part) -> None:
    graph = textbook.ring(2000)
    lists = {"pending": 2000, "actors": 2000, "packets": 2000, "claims": 512, "log": 2000}
    engine, key, campaign = world(graph, days=DAYS, **_told(1), sizes=lists)
    assert large_copies(engine, part, key, campaign) == []


def test_a_list_that_is_too_small_is_found() -> None:
    engine, key, campaign = world(GRAPH, days=DAYS, lanes=LANES, **_told(), sizes={"pending": 64})
    state = engine.round(key, engine.morning(key, engine.begin(key, campaign), campaign), campaign)
    assert int(state.overflow[0]) & 1


def test_chunks_too_small_for_the_reach_are_refused() -> None:
    engine, _, _ = world(GRAPH, lanes=LANES, days=DAYS, **_told())
    with pytest.raises(ValueError, match="below 64"):
        Engine(engine.graph, engine.sizes._replace(chunk=16))


def test_ids_that_do_not_fit_31_bits_are_refused() -> None:
    engine, _, _ = world(GRAPH, lanes=LANES, days=DAYS, **_told())
    with pytest.raises(ValueError, match="31-bit"):
        Engine(engine.graph, engine.sizes._replace(lanes=1 << 30))


X64 = """
import jax
jax.config.update("jax_enable_x64", True)
import hashlib
from tests.growth import test_engine as t
print(hashlib.sha256(b"".join(flow.tobytes() for flow in t.WHOLE.flows.values())).hexdigest())
"""


@pytest.mark.long
def test_sixty_four_bits_switched_on_change_no_byte() -> None:
    import hashlib

    found = subprocess.run([sys.executable, "-c", X64], capture_output=True, text=True, check=True).stdout.strip()
    assert found == hashlib.sha256(b"".join(flow.tobytes() for flow in WHOLE.flows.values())).hexdigest()
    assert root_key(SEED).dtype == np.uint32
