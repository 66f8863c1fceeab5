"""No change of a number later in the run lets somebody accept who was not kept waiting."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from experiments.worlds import _largest_logit
from graphs.device import explicit_chain
from graphs.textbook import path
from growth.behaviour import accept_logit, person
from growth.campaign import Schedule
from growth.plain import quiet_schedule

GRAPH = path(256)
AFFINITY = np.arange(256, dtype=np.uint8)
CHAIN = explicit_chain(
    GRAPH.__class__(
        **{
            **GRAPH.__dict__,
            "attributes": GRAPH.attributes.__class__(**{**GRAPH.attributes.__dict__, "affinity": AFFINITY}),
        }
    )
)
ROUNDS = 3
LOGITS = st.lists(st.integers(-2000, 2000), min_size=ROUNDS, max_size=ROUNDS)


def _own(told: dict[str, np.ndarray], round_: int, strength: int) -> np.ndarray:
    """The part of tie and viewer in a round, by the engine, for viewers of every affinity."""
    row: dict[str, Any] = {name: jnp.asarray(value[:, round_]) for name, value in told.items()}
    who = person(jnp.arange(256), 256)
    return np.asarray(accept_logit(Schedule(**row), CHAIN, who, jnp.full(256, strength, jnp.int32)))


@given(LOGITS, LOGITS, LOGITS, st.sampled_from([0, 1, 128, 255]))
def test_the_bound_covers_every_later_round(accept, tie, affinity, strength) -> None:
    told = quiet_schedule(1, ROUNDS)
    told["accept"][0] = np.array(accept)[:, None, None, None]
    told["tie"][0], told["affinity"][0] = tie, affinity
    bound = _largest_logit({name: value[0] for name, value in told.items()})
    for shared in range(ROUNDS):
        best = bound + _own(told, shared, strength)
        for answered in range(shared, ROUNDS):
            assert (accept[answered] + _own(told, answered, strength) <= best).all()
