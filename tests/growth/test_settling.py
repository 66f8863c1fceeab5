"""Slots, quotas and pools against plain Python: the smallest keys win, in whole amounts, and then it is closed."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphs import textbook
from graphs.social_graph import SocialGraph
from growth.amounts import scaled_cents
from growth.campaign import AMOUNT_UNIT, COUNT_STEPS, PURSES, Schedule
from growth.flows import RECIPIENTS, SOURCES, column
from growth.plain import quiet_schedule
from growth.pools import closing_time, is_before, open_cents, spend, topped_up
from growth.queues import Rows
from growth.state import Sizes, empty_totals
from tests import oracles
from tests.growth.tiny import SEED, cascade, count_of, run

LANES, USERS = 2, 8
ROWS = 32
SIZES = Sizes(lanes=LANES, users=USERS, chats=1, days_rounds=8, chunk=12)  # ROWS is no whole number of chunks

CLOSING = jax.jit(lambda rows, left: closing_time(rows, 0, 1, 2, 3, left, SIZES))
REQUEST = st.tuples(st.integers(0, LANES * USERS - 1), st.integers(0, 5), st.integers(0, 40), st.integers(0, 3))


@given(
    st.lists(REQUEST, max_size=ROWS, unique_by=lambda row: (row[0] // USERS, row[1], row[3])),
    st.integers(0, 150),
    st.sampled_from([1, 53_000_001]),  # in amounts of which a few are more than 31 bits hold
)
def test_a_pool_serves_by_key_in_whole_amounts_and_then_closes(requests, left, scale) -> None:
    requests = [(who, key, cents * scale, tie) for who, key, cents, tie in requests]
    left = min(left * scale, 2**31 - 2)
    table = np.zeros((ROWS, 4), np.int32)
    table[: len(requests)] = np.array(requests, np.int32).reshape(-1, 4)
    rows = Rows(jnp.asarray(table), jnp.int32(len(requests)))
    pool = jnp.full(LANES, left, jnp.int32)
    closing = CLOSING(rows, pool)
    lane = jnp.asarray(table[:, 0] // USERS)
    served = np.asarray(is_before(rows.table[:, 1], rows.table[:, 3], closing, lane))[: len(requests)]
    for which in range(LANES):
        mine = [at for at, row in enumerate(requests) if row[0] // USERS == which]
        spent, shut = 0, False
        for at in sorted(mine, key=lambda at: (requests[at][1], requests[at][3])):
            shut = shut or spent + requests[at][2] > left
            spent += 0 if shut else requests[at][2]
            assert served[at] == (not shut)


def test_thousands_who_ask_for_more_than_can_be_counted_are_paid_what_there_is() -> None:
    """As many at once as a chunk holds, ten thousand yuan each; a fuller pool serves more of them."""
    amount, count = 1_000_000, 4096
    sizes = SIZES._replace(chunk=count)
    keys = np.random.default_rng(1).permutation(count)
    rows = Rows(jnp.asarray(np.stack([0 * keys, keys, 0 * keys + amount, keys], axis=1), jnp.int32), jnp.int32(count))
    for left in (10**9, 2**31 - 51, 2**31 - 2):
        closing = closing_time(rows, 0, 1, 2, 3, jnp.full(LANES, left, jnp.int32), sizes)
        served = np.asarray(is_before(rows.table[:, 1], rows.table[:, 3], closing, jnp.zeros(count, jnp.int32)))
        assert sorted(keys[served]) == list(range(left // amount))


PURSE = jnp.zeros((LANES, len(PURSES)), jnp.int32)  # all draw on one pool
QUIET = {name: jnp.asarray(field[:, 0]) for name, field in quiet_schedule(LANES, 1).items()}


@jax.jit
def _round(totals, top_up, daily, morning, requests, source):
    """A round of one pool: a new day or not, a top-up or none, then requests in order of key."""
    every = jnp.full((LANES, len(PURSES)), daily)
    p = Schedule(**QUIET)._replace(daily_pool=every, top_up=jnp.zeros_like(every).at[:, 0].set(top_up))
    new = jnp.where(totals.closed > 0, 0, jnp.minimum(every, totals.pool))
    flows = jnp.where(morning, 0, totals.flows)
    totals = totals._replace(flows=flows, today=jnp.where(morning, new, totals.today))
    totals = topped_up(totals, p, PURSE, jnp.bool_(True))
    pool, left = PURSE[:, 0], open_cents(totals, PURSE[:, 0])
    closing = closing_time(requests, 0, 1, 2, 3, left, SIZES)
    table = requests.table
    lane = table[:, 0] // USERS
    asks = (jnp.arange(len(table)) < requests.length) & (table[:, 2] > 0)
    served = asks & is_before(table[:, 1], table[:, 3], closing, lane)
    cents = jnp.zeros(LANES, jnp.int32).at[lane].add(jnp.where(served, table[:, 2], 0))
    refused = jnp.zeros(LANES, bool).at[lane].max(asks & ~served)
    at = column("paid_cents") + source * len(RECIPIENTS)
    totals = totals._replace(flows=totals.flows.at[:, at].add(cents))
    return spend(totals, pool, cents, refused), cents


@given(
    st.lists(
        st.tuples(
            st.booleans(),
            st.one_of(st.just(0), st.integers(0, 60)),
            st.lists(st.integers(1, 30), max_size=4),
            st.integers(0, len(SOURCES) - 1),
        ),
        max_size=12,
    ),
    st.integers(0, 100),
    st.integers(0, 100),
)
def test_a_pool_that_is_topped_up_pays_what_it_holds_and_the_most_of_a_day(rounds, pool, daily) -> None:
    """Against a purse in plain Python: in order, whole amounts; closed for the day, or until money is added."""
    totals = empty_totals(LANES, jnp.full((LANES, len(PURSES)), pool, jnp.int32))
    left, spent, over, shut, pledged, paid = pool, 0, False, False, pool, 0
    for number, (morning, top_up, asked, source) in enumerate(rounds):
        table = np.zeros((8, 4), np.int32)
        table[: len(asked), 1], table[: len(asked), 2] = range(len(asked)), asked
        morning = morning or number == 0
        rows = Rows(jnp.asarray(table), jnp.int32(len(asked)))
        totals, cents = _round(totals, top_up, daily, morning, rows, source)
        spent, over = (0, False) if morning else (spent, over)
        left, pledged, shut = left + top_up, pledged + top_up, shut and top_up == 0
        may, served = (0 if over or shut else min(left, daily - spent)), 0
        for each in asked:
            if served + each > may:
                over, shut = over or left > may, shut or left <= may
                break
            served += each
        left, spent, paid = left - served, spent + served, paid + served
        assert int(cents[0]) == served
        assert int(totals.pool[0, 0]) == left == pledged - paid >= 0


@given(st.integers(0, 10**6), st.integers(0, 1000 * AMOUNT_UNIT), st.integers(0, 2**32 - 1))
def test_an_amount_is_scaled_as_whole_numbers_are(cents, times, word) -> None:
    times = min(times, (2**31 - 1) * AMOUNT_UNIT // max(cents, 1) - AMOUNT_UNIT)
    found = scaled_cents(jnp.int32(cents), jnp.int32(times), jnp.uint32(word))
    assert int(found) == (cents * times + word % AMOUNT_UNIT) // AMOUNT_UNIT
    assert int(scaled_cents(jnp.int32(cents), jnp.int32(AMOUNT_UNIT), jnp.uint32(word))) == cents


def test_the_mean_of_a_scaled_amount_is_the_asked_one() -> None:
    """Over all values of the bits that round it."""
    words = jnp.arange(AMOUNT_UNIT, dtype=jnp.uint32)
    found = np.asarray(scaled_cents(jnp.full(AMOUNT_UNIT, 7, jnp.int32), jnp.int32(AMOUNT_UNIT // 3), words), np.int64)
    assert found.sum() == 7 * (AMOUNT_UNIT // 3)
    assert set(found.tolist()) == {2, 3}


def _star(**changes):
    """A hub who shares one packet to 30 friends who all accept, at delays of their own."""
    graph = textbook.star(31)
    delay = np.linspace(0, 80_000, 1024).astype(np.int32)[None, :]
    only_first = np.zeros((1, 8, 2, COUNT_STEPS), np.uint32)
    only_first[:] = count_of(0)
    only_first[:, 0] = count_of(1)  # whoever joins shares nothing: the packet is the hub's alone
    told = cascade(graph, share_law=only_first, **changes)
    status = np.zeros((1, 256, 3), np.uint32)
    law = {"delay": delay, "status": status, **changes.get("law", {})}
    told.pop("law", None)
    return graph, told, law, delay[0]


def _hub(graph: SocialGraph) -> int:
    return int(graph.degree().argmax())


def _seeded(graph: SocialGraph, told, law, days: int = 2, **more):
    """Only the hub is engaged: it alone has the top affinity."""
    hub = _hub(graph)
    affinity = np.zeros(graph.num_users, np.uint8)
    affinity[hub] = 255
    attributes = graph.attributes.__class__(**{**graph.attributes.__dict__, "affinity": affinity})
    hubbed = SocialGraph(**{**graph.__dict__, "attributes": attributes})
    status = np.zeros((1, 256, 3), np.uint32)
    status[:, 255] = 1 << 31
    return run(hubbed, days=days, rounds=8, law={**law, "status": status}, **told, **more), hub


def _keys(hub: int, delay: np.ndarray, viewers) -> list[tuple[int, int, int]]:
    """(arrival second, tie-break word, viewer) of the first packet of day 0, in order."""
    key = oracles.packet_key(SEED, 0, hub, 0, 0)
    words = {viewer: oracles.threefry(key, (viewer, 0)) for viewer in viewers}
    return sorted((int(delay[wait >> 22]), word >> 1, viewer) for viewer, (word, wait) in words.items())


def test_slots_go_to_the_smallest_keys() -> None:
    graph, told, law, delay = _star(slots=4)
    days, hub = _seeded(graph, told, law, days=1)
    viewers = [user for user in range(31) if user != hub]
    order = [key for key in _keys(hub, delay, viewers) if key[0] < 86_400]
    assert len(order) > 10
    assert {int(row[0]) for row in days.log} == {viewer for _, _, viewer in order[:4]}
    assert days.flows["emptied"].sum() == 1
    assert days.flows["claims"].sum() == 4


def test_a_packet_pool_pays_by_key_until_one_does_not_fit() -> None:
    graph, told, law, delay = _star(campaign_on=1, daily_pool=1000)
    law = {**law, "amount": np.full((1, 2, 1024), 30, np.int32)}
    days, hub = _seeded(graph, told, law, days=1, pool=(0, 100))
    viewers = [user for user in range(31) if user != hub]
    order = _keys(hub, delay, viewers)
    assert days.flows["paid_cents"].sum() == 90
    # The fourth does not fit: it closes the pool, and whoever comes in that round is refused with it. In later rounds
    # people know that there is nothing, and some come for nothing.
    shut = order[3][0] // 10_800
    refused = [viewer for second, _, viewer in order[3:] if second // 10_800 == shut]
    assert days.flows["refused_claims"].sum() == len(refused)
    in_time = [viewer for second, _, viewer in order if second < 86_400]
    assert {int(row[0]) for row in days.log} == set(in_time) - set(refused)


def test_a_daily_quota_is_used_in_order_of_key() -> None:
    """Six sharers around one viewer, who may take two packets a day."""
    graph = textbook.star(7)
    hub = _hub(graph)
    affinity = np.full(7, 255, np.uint8)
    affinity[hub] = 0
    attributes = graph.attributes.__class__(**{**graph.attributes.__dict__, "affinity": affinity})
    around = SocialGraph(**{**graph.__dict__, "attributes": attributes})
    status = np.zeros((1, 256, 3), np.uint32)
    status[:, 255] = 1 << 31
    delay = np.linspace(0, 80_000, 1024).astype(np.int32)[None, :]
    days = run(
        around,
        rounds=1,
        law={"status": status, "delay": delay},
        **cascade(around, receive_limit=2, campaign_on=1),
        pool=(0, 9),
        daily_pool=9,
    )
    keys = []
    for sharer in (user for user in range(7) if user != hub):
        word, wait = oracles.threefry(oracles.packet_key(SEED, 0, sharer, 0, 0), (hub, 0))
        keys.append((int(delay[0, wait >> 22]), word >> 1, sharer))
    assert days.flows["claims"].sum() == 2
    assert [int(row[3]) for row in days.log] == [min(keys)[2]]
    earned = np.asarray(days.state.users.earned)
    assert set(np.flatnonzero(earned)) == {sharer for _, _, sharer in sorted(keys)[:2]}


def test_a_pool_that_has_refused_stays_closed() -> None:
    """What is left when a slot of thirty cents was refused would pay a slot of two, but nobody gets it."""
    graph, told, law, _ = _star(campaign_on=1, daily_pool=1000)
    told["share_law"] = np.stack([count_of(1)] * 2)
    amounts = np.full((1, 2, 1024), 30, np.int32)
    amounts[:, 1, :512] = 2
    days, _ = _seeded(graph, told, {**law, "amount": amounts}, days=3, pool=(0, 101))
    assert days.flows["refused_claims"][0].sum() > 0
    assert days.flows["paid_cents"][1:].sum() == 0
    left = int(days.state.totals.pool[0, 1])
    assert left == 101 - days.flows["paid_cents"].sum()
    assert left >= 2
