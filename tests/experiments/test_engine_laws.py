"""Message passing against brute force on small trees, the Bass laws against one another, the engine against both."""

from __future__ import annotations

import itertools

import jax.numpy as jnp
import numpy as np
import pytest

from experiments.validation.bass import bass_curve, bass_run, daily_curve
from experiments.validation.engine_laws import reached_on_tree
from graphs.complete import CompleteChain
from tests import oracles
from tests.conftest import t_bound


def _brute(parent: np.ndarray, seeds: float, p: float) -> np.ndarray:
    """Every set of seeds and every pattern of live directed ties, one by one."""
    users = len(parent)
    ties = [(int(parent[child]), child) for child in range(1, users)]
    ties += [(v, u) for u, v in ties]
    chance_of = np.zeros(users)
    for started in itertools.product((False, True), repeat=users):
        first = [user for user in range(users) if started[user]]
        begin = seeds ** len(first) * (1 - seeds) ** (users - len(first))
        for pattern in itertools.product((False, True), repeat=len(ties)):
            live = {tie for tie, alive in zip(ties, pattern, strict=True) if alive}
            found = oracles.reached(first, lambda _: range(users), lambda *tie: tie in live)  # noqa: B023
            chance_of[list(found)] += begin * p ** len(live) * (1 - p) ** (len(ties) - len(live))
    return chance_of


@pytest.mark.parametrize("parent", [[-1, 0, 1, 2], [-1, 0, 0, 0], [-1, 0, 0, 1]])
def test_messages_give_the_chance_of_every_node(parent) -> None:
    found = reached_on_tree(np.array(parent), 0.2, 0.6)
    assert found == pytest.approx(_brute(np.array(parent), 0.2, 0.6))


def test_slow_days_follow_the_bass_equation() -> None:
    """A tenth of the rates leaves a tenth of the distance."""
    far = [
        np.abs(daily_curve(days, p, q) - bass_curve(np.arange(1, days + 1), p, q)).max()
        for days, p, q in ((250, 1e-3, 3e-2), (2500, 1e-4, 3e-3))
    ]
    assert far[0] < 0.02
    assert far[0] / far[1] == pytest.approx(10, rel=0.1)


def test_everybody_knows_everybody_else_once() -> None:
    chain = CompleteChain(5)
    for user in range(5):
        friends, _ = chain.tie(jnp.full(4, user, jnp.int32), jnp.arange(4, dtype=jnp.int32))
        assert np.asarray(friends).tolist() == [other for other in range(5) if other != user]
    assert np.asarray(chain.degree(jnp.arange(5, dtype=jnp.int32))).tolist() == [4] * 5


def test_the_engine_follows_its_daily_bass_law() -> None:
    curves = bass_run(users=2000, lanes=8, days=60)
    last = curves.engine[:, -1]
    error = last.std(ddof=1) / np.sqrt(len(last))
    assert abs(last.mean() - curves.daily[-1]) < t_bound(len(last) - 1) * error
    assert curves.daily[-1] > 0.1
