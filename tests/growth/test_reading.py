"""When a day reads each field of the schedule: what `growth.campaign` says of it, against the traced day and a run."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.interpreters import partial_eval

from graphs import textbook
from graphs.device import explicit_chain
from growth.base_world import begin
from growth.campaign import MORNINGLY, NIGHTLY, Schedule
from growth.day import morning, night, responses, sessions
from growth.plain import plain_campaign, quiet_tables
from growth.state import Part, Sizes
from growth.streams import root_key
from tests.growth.test_engine import DAYS, GRAPH, LANES, LAW, ROUNDS, WHOLE, _told
from tests.growth.tiny import SEED, Days, run

POOLS = {"daily_pool", "top_up"}
SMALL = dict.fromkeys(("pending", "actors", "packets", "claims", "log"), 256)


def _read_by(part, parts: int) -> set[str]:
    """Fields without which a part of the day, traced and not run, would give something else."""
    graph, lanes = textbook.ring(70), 2
    sizes = Sizes(lanes=lanes, users=70, chats=1, days_rounds=4, chunk=64, parts=parts, apps=lanes, **SMALL)
    campaign = jax.tree.map(jnp.asarray, plain_campaign(lanes, 8, {}, quiet_tables(lanes, 0.1)))
    chain, key = explicit_chain(graph), root_key(SEED)
    state = jax.eval_shape(partial(begin, sizes=sizes), key, chain, campaign)

    def of(state, schedule):
        return part(key, state, chain, campaign._replace(schedule=Schedule(*schedule)), sizes=sizes)

    traced = jax.make_jaxpr(of)(state, list(campaign.schedule))
    used = partial_eval.dce_jaxpr(traced.jaxpr, [True] * len(traced.jaxpr.outvars))[1]
    return {name for name, reads in zip(Schedule._fields, used[len(jax.tree.leaves(state)) :], strict=True) if reads}


def test_fields_are_read_in_the_parts_of_the_day_that_are_said() -> None:
    """The first part is gone through once in the first round, the last once in the last, the others in every round."""
    every = int(sum(Part))
    # With a chart the largest chance of being reached is worked out anew.
    first = _read_by(morning, every) | _read_by(morning, every - Part.CHART)
    rounds, last = _read_by(sessions, every) | _read_by(responses, every), _read_by(night, every)
    assert first == set(MORNINGLY) | POOLS
    assert last == set(NIGHTLY)
    assert rounds == set(Schedule._fields) - set(MORNINGLY) - set(NIGHTLY)


def _changed(rounds: slice) -> Days:
    """The world of the engine's tests with all that is read once a day changed in some rounds of each day."""
    usual = _told()
    one = {"opening": 0.3, "churn": 2.0, "churn_group": 1.5, "uninstall": np.uint32(0), "daily_pool": 100}
    told = {}
    for name, value in one.items():
        before = usual.get(name, 1.0)
        shape = {"churn": (13,), "churn_group": (16,), "daily_pool": (4,)}.get(name, ())
        by_round = np.full((1, DAYS * ROUNDS, *shape), before)
        by_round.reshape(1, DAYS, ROUNDS, *shape)[:, :, rounds] = value
        told[name] = by_round
    reach = usual.pop("reach").copy()
    reach.reshape(LANES, DAYS, ROUNDS, *reach.shape[2:])[:, :, rounds] //= 4
    return run(GRAPH, days=DAYS, lanes=LANES, **{**usual, **told, "reach": reach})


def _differ(days: Days) -> list[str]:
    return [name for name, flow in WHOLE.flows.items() if not np.array_equal(flow, days.flows[name])]


def test_what_is_read_once_a_day_changes_nothing_in_other_rounds() -> None:
    assert LAW["churn"].all(), "somebody can leave"
    assert _differ(_changed(slice(1, ROUNDS - 1))) == []


@pytest.mark.parametrize(("rounds", "flow"), [(slice(0, 1), "opens"), (slice(ROUNDS - 1, ROUNDS), "churned")])
def test_and_does_in_its_own(rounds: slice, flow: str) -> None:
    assert flow in _differ(_changed(rounds))
