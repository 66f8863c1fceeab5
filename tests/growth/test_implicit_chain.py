"""The engine on a chain that stores no tie: the same bytes as on its stored form, and nobody takes a packet twice."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from experiments.chains import facts_of
from experiments.simulate import Plan, block_sizes
from experiments.worlds import World, Worlds
from graphs.attributes import QQ, WECHAT
from graphs.device import Chain
from graphs.implicit import ImplicitChain
from graphs.implicit_build import make_implicit
from graphs.materialise import materialise, slot_for_slot
from growth.engine import Engine
from growth.plain import plain_campaign, quiet_tables, share_with_friends
from growth.ranks import number_of, order_of
from growth.state import Sizes
from growth.streams import root_key
from tests.experiments.mechanisms import ABUSE, ACQUISITION
from tests.growth.tiny import Days, live
from tests.small_run import changed

DAYS = 9
WORLDS = (World(-1, 0, 1, 0), World(-1, 0, 0, 1))


@functools.cache
def chain() -> ImplicitChain:
    found = make_implicit(13_824, mean_degree=60.0, seed=1)
    assert found.num_users == 13_824
    return found


@functools.cache
def worlds() -> Worlds:
    """The golden campaign, with everything switched on, on the implicit chain."""
    scenario = changed(
        ('kind = "foci"', 'kind = "implicit"'),
        ("users = 800", "users = 13_824"),
        ("mean_degree = 20", "mean_degree = 60"),
        more=ACQUISITION + ABUSE,
    )
    return Worlds(scenario, facts_of(scenario, chain()))


def run(graph: Chain) -> Days:
    """Some days of the campaign, and of the world without it, on a chain."""
    plan = Plan((WORLDS,), len(WORLDS))
    sizes = block_sizes(worlds(), chain().num_chats, plan, 1, grown=4)
    engine = Engine(graph, sizes, jax.devices()[:1])
    return live(engine, root_key(5), engine.place(worlds().campaign(list(WORLDS))), DAYS)


@pytest.fixture(scope="module")
def days() -> Days:
    return run(chain())


def test_the_campaign_is_alive(days: Days) -> None:
    """Else the test below could not fail: friends and members claim, groups are made and joined."""
    for flow in ("claims", "exposures"):
        assert days.flows[flow].sum(axis=(0, 1)).min() > 0, flow
    for flow in ("groups_created", "group_joins", "emptied", "churned", "draws", "seeds", "stranger_claims"):
        assert days.flows[flow].sum() > 0, flow


def test_flows_and_log_are_those_of_the_stored_chain(days: Days) -> None:
    stored = run(slot_for_slot(chain()))
    for name, flow in days.flows.items():
        assert flow.tobytes() == stored.flows[name].tobytes(), name
    assert days.activity.tobytes() == stored.activity.tobytes()
    assert days.log.tobytes() == stored.log.tobytes()
    for ours, theirs in zip(jax.tree.leaves(days.state.users), jax.tree.leaves(stored.state.users), strict=True):
        assert np.asarray(ours).tobytes() == np.asarray(theirs).tobytes()


def test_a_repeat_is_no_second_place() -> None:
    """Against plain Python: people of a group in order of (key, tie, person), each once."""
    rng = np.random.default_rng(1)
    for rows in (1, 7, 200):
        people = np.stack([rng.integers(0, 5, rows), rng.integers(0, 12, rows)], axis=1)
        luck = {tuple(one): (int(rng.integers(0, 4)), int(rng.integers(0, 3))) for one in people.tolist()}
        key, tie = np.array([luck[tuple(one)] for one in people.tolist()]).T
        table = [jnp.asarray(column, jnp.int32) for column in (people[:, 0], key, tie, people[:, 1])]
        order = order_of(*table)
        rank, again = np.asarray(number_of(order, jnp.ones(rows, bool))), np.asarray(order.again)
        seen: set[tuple[int, int]] = set()
        for at, (group, person) in enumerate(people.tolist()):
            inside = sorted({(*luck[one], one[1]) for one in luck if one[0] == group})
            assert again[at] == ((group, person) in seen)
            assert rank[at] == inside.index((*luck[group, person], person))
            seen.add((group, person))


@pytest.mark.long
def test_a_plain_cascade_with_certainty_is_breadth_first_search() -> None:
    """Everybody sends one packet to every friend, on WeChat if they have it, and all who can take it: the round of
    joining tells the ties to the nearest seed, on the ties written out by another road."""
    thin = make_implicit(4_096, mean_degree=8.0, seed=3)
    graph = materialise(thin)
    most = int(thin.host().degree(np.arange(thin.num_users, dtype=np.int32)).max())
    lists = dict.fromkeys(("pending", "actors", "packets", "claims", "log"), 1 << 17)
    sizes = Sizes(lanes=1, users=thin.num_users, chats=1, days_rounds=24, chunk=2048, **lists)
    engine = Engine(thin, sizes, jax.devices()[:1])
    campaign = engine.place(plain_campaign(1, 24, share_with_friends(most), quiet_tables(1, 0.002)))
    seeds = np.flatnonzero(np.asarray(engine.begin(root_key(7), campaign).users.status) == 1)
    assert 2 < len(seeds) < 30
    has = graph.attributes.platforms
    owner = np.repeat(np.arange(graph.num_users), graph.degree())
    reaches = (has[graph.friends] & np.where(has[owner] == QQ, QQ, WECHAT)) > 0
    ties = csr_matrix((reaches[reaches] * 1.0, (owner[reaches], graph.friends[reaches])), shape=(graph.num_users,) * 2)
    apart = dijkstra(ties, indices=seeds, unweighted=True).min(axis=0)
    log = live(engine, root_key(7), campaign, 1).log
    joined = np.full(graph.num_users, np.inf)
    joined[seeds] = 0
    joined[log[:, 0]] = log[:, 1] + 1
    assert np.array_equal(joined, apart)
    assert np.isinf(apart).any()
