"""The renewal equation against two other roads: every person of a random graph in NumPy, and the engine itself."""

from __future__ import annotations

from pathlib import Path

import jax
import numpy as np
import pytest

from experiments.chain_shape import shape_of
from experiments.in_memory import InMemory
from experiments.scenario import parse_scenario
from experiments.surrogate import active_users, course
from experiments.surrogate_plan import plan_of
from graphs.hashing import hash_uniform
from graphs.textbook import erdos_renyi
from tests.experiments.surrogate_worlds import PLAIN, numbers

USERS, DEGREE = 10_000, 40.0
ERROR = {"dau": 0.04, "new": 0.05, "reactivated": 0.05, "invited": 0.1}
"""What the surrogate may be wrong by on a random graph, beside the engine's Monte Carlo error."""


def random_graph_file(folder: Path, users: int = USERS, degree: float = DEGREE) -> Path:
    """An edge list of a graph of ties at random."""
    graph = erdos_renyi(users, degree / (users - 1), seed=4)
    owner = np.repeat(np.arange(users), graph.degree())
    once = owner < graph.friends
    place = folder / "friends.csv"
    np.savetxt(
        place, np.stack([owner[once], graph.friends[once]], axis=1), "%d", ",", header="source,target", comments=""
    )
    return place


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> InMemory:
    folder = tmp_path_factory.mktemp("random")
    random_graph_file(folder)
    text = PLAIN.replace(
        'kind = "foci"\nusers = 20_000\npopulation = 20_000', f'kind = "file"\npath = "{folder}/friends.csv"'
    )
    return InMemory(parse_scenario(text))


@pytest.mark.long
def test_the_engine_on_a_random_graph_has_the_mean_of_the_renewal_equation(world: InMemory) -> None:
    """DAU and MAU within 4 %, new and reactivated people within 5 %, invited people within 10 %, and the Monte Carlo
    error of 16 replicates of the engine."""
    scenario = world.scenario
    told = plan_of(scenario, shape_of(world.graph, world.worlds.facts))
    with jax.enable_x64(True):
        run = course(told, numbers(scenario))
        mau = float(active_users(told, run, told.days - 1, 30))
        ours = {
            "dau": np.asarray(run.dau),
            "new": np.asarray(run.activations[:4].sum(axis=0)),
            "reactivated": np.asarray(run.activations[4:].sum(axis=0)),
            "invited": np.asarray(run.activations[3] + run.activations[7]),
        }
    data = world.dataset(range(16), variants=["design"]).isel(draw=0, chain=0, variant=0, app=0)
    since = scenario.run.warm_up_days
    log = data["activations"].isel(day=slice(since, None))
    engine = {
        "dau": data["dau"].isel(day=slice(since, None)),
        "new": log.sel(kind="new").sum("cause"),
        "reactivated": log.sel(kind="reactivated").sum("cause"),
        "invited": log.sel(cause="invited").sum("kind"),
    }
    for name, each in engine.items():
        table = each.transpose("replicate", "day").to_numpy().astype(float)
        for days in (slice(0, 3), slice(3, 7), slice(7, 10), slice(10, 20)):
            sums = table[:, days].sum(axis=1)
            mean, error = sums.mean(), sums.std(ddof=1) / 4
            assert abs(ours[name][days].sum() - mean) < ERROR[name] * mean + 4.5 * error, (name, days)
    last = data["mau"].isel(day=-1).to_numpy().astype(float)
    assert abs(mau - last.mean()) < ERROR["dau"] * last.mean() + 4.5 * last.std(ddof=1) / 4


def test_people_of_a_random_graph_one_by_one_have_the_mean_of_the_renewal_equation() -> None:
    """The same law in plain NumPy on a regular graph of few friends, where the tie over which somebody came counts:
    every person, every day; who shares, with which two friends, whether they take it. Everybody shares on the day after
    they came; answers come on the same day."""
    users, friends, seeds, take, days = 20_000, 6, 200, 0.8, 8
    reached = []
    for repeat in range(6):
        mine = _regular(users, friends, repeat)
        inside = np.zeros(users, bool)
        inside[:seeds] = True
        sharers, sizes = np.arange(seeds), []
        for day in range(days):
            first = (hash_uniform(7, 100 * repeat + day, sharers) * friends).astype(int)
            taken = []
            for more in (0, 1):
                friend = mine[sharers, (first + more) % friends]
                taken.append(friend[hash_uniform(8 + more, 100 * repeat + day, sharers) < take])
            came = np.unique(np.concatenate(taken))
            sharers = came[~inside[came]]
            inside[sharers] = True
            sizes.append(int(inside.sum()))
        reached.append(sizes)
    theirs = np.array(reached, float)
    ours = _by_renewal(users, friends, seeds, take, days)
    error = theirs.std(axis=0, ddof=1) / np.sqrt(len(theirs))
    assert (np.abs(theirs.mean(axis=0) - ours) < 0.02 * ours + 4.5 * error).all()


def _regular(users: int, friends: int, seed: int) -> np.ndarray:
    """Friends of everybody on a random graph where all have as many: ``friends`` / 2 random cycles, int[users, k]."""
    rows = []
    for cycle in range(friends // 2):
        order = np.argsort(hash_uniform(5, 10 * seed + cycle, np.arange(users)))
        ahead, behind = np.empty(users, int), np.empty(users, int)
        ahead[order], behind[order] = np.roll(order, -1), np.roll(order, 1)
        rows += [ahead, behind]
    return np.stack(rows, axis=1)


def _by_renewal(users: int, friends: int, seeds: int, take: float, days: int) -> np.ndarray:
    """theta of `experiments.surrogate_day._answers` with those who came the day before sharing with two friends."""
    import jax.numpy as jnp

    from experiments.surrogate_day import Fixed, World, _answers
    from tests.experiments.surrogate_worlds import plain_shape, plan

    with jax.enable_x64(True):
        told = plan()[1]._replace(
            shape=plain_shape(np.array([float(friends)]), np.array([1.0]), users), same_day=(1.0, 0.0, 0.0), in_time=1.0
        )
        fixed = Fixed(told, None, None, None, None, None, None, None)  # type: ignore[arg-type]
        zero = jnp.zeros(3)
        world = World(
            jnp.array([users - seeds, 0.0, 0.0]), jnp.ones(3), jnp.zeros(2), zero, zero, zero, zero, zero, zero
        )
        sharing, total, sizes = jnp.asarray(float(seeds)), float(seeds), []
        chance = jnp.array([take, 0.0, 0.0, 0.0])
        for day in range(days):
            sharers = (sharing, sharing if day else jnp.zeros(()), jnp.zeros((3, 3)))
            theta, came, _, _ = _answers(fixed, world, sharers, (2.0, 0.0), (chance, 0 * chance))
            world = world._replace(theta=theta, stock=world.stock - came)
            sharing = came.sum()
            total += float(sharing)
            sizes.append(total)
    return np.array(sizes)
