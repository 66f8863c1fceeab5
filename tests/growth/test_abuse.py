"""Farmed accounts, strangers and risk control against plain Python; the ledger to the cent; off is as without."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphs import textbook
from graphs.social_graph import SocialGraph
from growth.campaign import AMOUNT_UNIT
from growth.flows import CAUSES, RECIPIENTS, SOURCES
from growth.state import Part
from growth.streams import ONE, Stream
from tests import oracles
from tests.growth.tiny import CERTAIN, SEED, Days, cascade, count_of, live, run, world

GRAPH = textbook.barabasi_albert(200, 4, isolated=1)
DAYS, ROUNDS, LANES = 4, 4, 2
PARTS = Part.INVITE | Part.WALLET | Part.ABUSE | Part.SEEDING | Part.BOOSTER
POOL = (40_000, 20_000, 9_000)
PEOPLE = slice(0, 3)
OUTSIDE = slice(3, 5)
CASH = [place for place, source in enumerate(SOURCES) if source != "coupon"]
AMOUNT = np.stack([np.arange(1024) % 37, np.arange(1024) % 53]).astype(np.int32)
ABUSE: dict[str, Any] = {
    "farm_accounts": 60, "farm_draws": 3, "farm_claims": 2, "farm_fresh": np.uint32(ONE // 4),
    "posted": np.uint32(ONE // 3), "strangers": 4, "stranger_seconds": 20_000, "resold": np.uint32(ONE // 4),
    "checking": 1, "detection": np.uint32(ONE // 3), "claw_back": np.uint32(ONE // 3),
    "false_positive": np.uint32(ONE // 10),
}  # fmt: skip
REACH = np.zeros((1, 1, 4, len(CAUSES)), np.uint32)
REACH[..., 0, :] = ONE // 10  # new people who come by themselves


def _law(lanes: int, amount: np.ndarray = AMOUNT) -> dict[str, np.ndarray]:
    return {
        "amount": np.broadcast_to(amount, (lanes, *amount.shape)),
        "hour": np.broadcast_to(np.linspace(0, 86_399, 1024).astype(np.int32), (lanes, 1024)),
        "delay": np.broadcast_to(np.linspace(0, 60_000, 1024).astype(np.int32), (lanes, 1024)),
    }


def _told(parts: int = PARTS, lanes: int = LANES, **changes: Any) -> dict[str, Any]:
    """Draws, packets and invitations pay everybody and everybody's farm."""
    told = cascade(GRAPH, friends=3, share_law=np.stack([count_of(2)] * 2), accept=0, accept_most=0, slots=3) | {
        "works": CERTAIN, "campaign_on": 1, "draw_take_up": CERTAIN, "free_draws": 2, "draw_limit": 9,
        "inviter_cents": 41, "invitee_cents": 29, "invite_counts": np.array([1, 1]), "invite_limit": 3,
        "daily_pool": 12_000, "cash_least": 60, "cash_take_up": np.uint32(ONE // 2),
        "reach": np.broadcast_to(REACH, (lanes, DAYS * ROUNDS, 4, len(CAUSES))), "reach_most": ONE // 10,
    }  # fmt: skip
    sizes = {"parts": parts, **changes.pop("sizes", {})}
    usual = {"days": DAYS, "rounds": ROUNDS, "lanes": lanes, "engaged": 0.2, "law": _law(lanes), "pool": POOL}
    return {**usual, **told, "sizes": sizes, **changes}


def _busy(parts: int = PARTS, lanes: int = LANES, **changes: Any) -> Days:
    """That world, run."""
    return run(GRAPH, **_told(parts, lanes, **changes))


BUSY = _busy(**ABUSE)
SHORT: dict[str, Any] = {"pool": (900, 500, 300), "daily_pool": 400}


def _top_up(*steps: tuple[int, tuple[int, ...]]) -> np.ndarray:
    """Cents added at the beginning of rounds of the run, by pool."""
    told = np.zeros((1, DAYS * ROUNDS, 4), np.int32)
    for step, cents in steps:
        told[0, step, : len(cents)] = cents
    return told


ADDED = _top_up((5, (700, 600, 500)), (8, (0, 50, 1)), (11, (0, 0, 300)))


def _paid(days: Days) -> np.ndarray:
    """Cents by lane, source and recipient."""
    return np.asarray(days.flows["paid_cents"].sum(axis=0), dtype=np.int64)


@pytest.mark.parametrize(
    ("days", "total"),
    [
        (BUSY, sum(POOL)),
        (_busy(**ABUSE, **SHORT), 1700),
        (_busy(**ABUSE, **SHORT, top_up=ADDED), 1700 + ADDED.sum()),
    ],
    ids=["rich", "short", "topped up"],
)
def test_the_ledger_balances_to_the_cent_in_every_lane(days: Days, total: int) -> None:
    """Wallets + kept by outsiders + clawed back + unclaimed = pledged, by pool and in all."""
    paid, clawed = _paid(days), days.flows["clawed_cents"].sum(axis=0)
    pledged = np.asarray(days.state.totals.pool)[:, :3] + np.stack(
        [paid[:, [SOURCES.index(name) for name in names]].sum(axis=(1, 2)) for names in
         (("draw",), ("packet",), ("inviter", "invitee"))], axis=1
    )  # fmt: skip
    assert (np.asarray(days.state.totals.pool) >= 0).all()
    assert (pledged == pledged[0]).all()
    assert pledged[0].sum() == total
    cashed, expired = (days.flows[f"{name}_cents"].sum(axis=0) for name in ("cashed", "expired"))
    wallets = cashed + expired + days.flows["held_cents"][-1]
    assert np.array_equal(paid[:, CASH, PEOPLE].sum(axis=(1, 2)), wallets)
    kept = paid[:, :, OUTSIDE].sum(axis=2) - clawed
    assert (kept >= 0).all()
    unclaimed = np.asarray(days.state.totals.pool)[:, :3].sum(axis=1)
    assert np.array_equal(wallets + kept.sum(axis=1) + clawed.sum(axis=1) + unclaimed, pledged.sum(axis=1))


def test_everything_happens_in_the_busy_world() -> None:
    """Else the balance above would say little."""
    paid = _paid(BUSY).sum(axis=0)
    farmed, stranger = RECIPIENTS.index("farmed"), RECIPIENTS.index("stranger")
    for source in ("draw", "packet", "inviter", "invitee"):
        assert paid[SOURCES.index(source), farmed] > 0, source
    assert paid[SOURCES.index("packet"), stranger] > 0
    for name in ("clawed_cents", "withheld_cents", "false_alarms", "checks", "blocked", "stranger_claims"):
        assert BUSY.flows[name].sum() > 0, name


@pytest.mark.parametrize("off", [dict.fromkeys(ABUSE, 0), {}], ids=["all zero", "not said"])
def test_off_is_the_campaign_without_it_bit_for_bit(off: dict[str, int]) -> None:
    without, with_part = _busy(Part.INVITE | Part.WALLET), _busy(PARTS, **off)
    assert len(without.log) > 0
    assert np.array_equal(without.log, with_part.log)
    for name, flow in without.flows.items():
        assert np.array_equal(flow, with_part.flows[name]), name


@pytest.mark.parametrize(
    "more",
    [
        {"sizes": {"chunk": 96}},
        pytest.param({"devices": 2}, marks=pytest.mark.long),
        pytest.param({"devices": 2, "devices_per_world": 2}, marks=pytest.mark.long),
    ],
    ids=str,
)
def test_chunks_and_devices_change_nothing(more: dict[str, Any]) -> None:
    other = _busy(**ABUSE, **more)
    for name, flow in BUSY.flows.items():
        assert np.array_equal(flow, other.flows[name]), name


def test_one_compilation_over_all_values() -> None:
    engine, key, campaign = world(GRAPH, **_told(**ABUSE))
    live(engine, key, campaign)
    parts = [getattr(engine, f"_{part}") for part in ("begin", "morning", "sessions", "responses", "night")]
    before = [part._cache_size() for part in parts]
    for number in range(3):
        other: dict[str, Any] = {name: np.asarray(value) * number // 2 for name, value in ABUSE.items()}
        told = _told(**other, seeds=np.array([number, 2 * number, 0]), booster=number, booster_times=1 + number)
        live(engine, key, world(GRAPH, **told)[2])
    assert [part._cache_size() for part in parts] == before


def test_what_is_known_takes_nothing_and_what_is_found_keeps_nothing() -> None:
    known, found = _busy(**{**ABUSE, "detection": CERTAIN}), _busy(**{**ABUSE, "detection": 0, "claw_back": CERTAIN})
    assert _paid(known)[..., OUTSIDE].sum() == 0
    assert known.flows["blocked"].sum() > BUSY.flows["blocked"].sum()
    assert found.flows["blocked"].sum() == 0
    assert np.array_equal(found.flows["clawed_cents"].sum(axis=0), _paid(found)[..., OUTSIDE].sum(axis=-1))


def test_false_positives_cost_honest_people_their_money_and_nobody_a_decision() -> None:
    """Pools that never bind: everyone is refused, and the same people come."""
    rich: dict[str, Any] = {"pool": (10**8, 10**8, 10**8), "daily_pool": 10**8, "invite_limit": 99}
    all_of_them, none = (_busy(**rich, checking=1, false_positive=CERTAIN if all_ else 0) for all_ in (True, False))
    assert np.array_equal(all_of_them.log, none.log)
    assert _paid(all_of_them).sum() == 0
    assert np.array_equal(all_of_them.flows["withheld_cents"].sum(axis=0), _paid(none).sum(axis=(1, 2)))


def test_farmed_draws_by_hand() -> None:
    """Nobody else is there: forty accounts ask for three draws each, in order of second, from a pool for some."""
    accounts, pool = 40, 1_500
    days = _busy(
        lanes=1, days=1, engaged=0.0, reach_most=0, reach=0, pool=(pool,), law=_law(1), farm_accounts=accounts,
        farm_draws=3,
    )  # fmt: skip
    key, words = oracles.stream_key(SEED, 0, 0, 0, Stream.FARM), oracles.stream_key(SEED, 0, 0, 0, Stream.FARM_DRAW)
    requests = []
    for account in range(accounts):
        when, tie = oracles.threefry(key, (account, 1))
        first, second = (oracles.threefry(words, (account, pair)) for pair in (0, 1))
        cents = sum(int(AMOUNT[0, word >> 22]) for word in (*first, second[0]))
        requests.append(((when >> 17) * 86_400 >> 15, tie >> 1, cents))
    paid = 0
    for _, _, cents in sorted(requests):
        if paid + cents > pool:
            break
        paid += cents
    assert 0 < paid < sum(cents for *_, cents in requests)
    assert _paid(days)[0, SOURCES.index("draw"), RECIPIENTS.index("farmed")] == paid
    assert days.flows["draws"].sum() == days.flows["refused_draws"].sum() == 0


def test_strangers_take_slots_in_the_order_of_keys() -> None:
    """A hub shares one packet of four slots with thirty friends, and six strangers see it too."""
    graph = textbook.star(31)
    hub = int(graph.degree().argmax())
    affinity = np.where(np.arange(31) == hub, 255, 0).astype(np.uint8)
    attributes = graph.attributes.__class__(**{**graph.attributes.__dict__, "affinity": affinity})
    hubbed = SocialGraph(**{**graph.__dict__, "attributes": attributes})
    status = np.zeros((1, 256, 3), np.uint32)
    status[:, 255] = ONE
    delay = np.linspace(0, 80_000, 1024).astype(np.int32)[None, :]
    share = np.zeros((1, 8, 2, 64), np.uint32)
    share[:] = count_of(0)
    share[:, 0] = count_of(1)
    law = {"status": status, "delay": delay, "amount": np.full((1, 2, 1024), 5, np.int32)}
    told = cascade(hubbed, share_law=share, slots=4, campaign_on=1, daily_pool=1000)
    told |= {"posted": CERTAIN, "strangers": 6, "stranger_seconds": 30_000}
    days = run(hubbed, rounds=8, law=law, pool=(0, 1000), sizes={"parts": Part.ABUSE}, **told)
    key = oracles.packet_key(SEED, 0, hub, 0, 0)
    order = []
    for viewer in (user for user in range(31) if user != hub):
        word, wait = oracles.threefry(key, (viewer, 0))
        order.append((int(delay[0, wait >> 22]), word >> 1, viewer))
    for stranger in range(6):
        word, wait = oracles.threefry(key, (stranger, 4))
        order.append((((wait >> 16) * 30_000) >> 16, word >> 1, -1 - stranger))
    first = [viewer for *_, viewer in sorted(order)[:4]]
    strangers = sum(viewer < 0 for viewer in first)
    assert 0 < strangers < 4
    assert {int(row[0]) for row in days.log} == {viewer for viewer in first if viewer >= 0}
    assert days.flows["stranger_claims"].sum() == strangers
    assert days.flows["claims"].sum() == 4 - strangers
    assert days.flows["emptied"].sum() == 1
    assert np.asarray(days.state.users.earned)[hub] == 4 * 256  # a sharer earns by strangers too
    assert _paid(days)[0, SOURCES.index("packet"), RECIPIENTS.index("stranger")] == 5 * strangers


@pytest.mark.parametrize(("accounts", "rounds"), [(6_000, ROUNDS), pytest.param(2_000_000, 1, marks=pytest.mark.long)])
def test_a_pool_does_not_overpay_whoever_asks_for_more_than_can_be_counted(accounts: int, rounds: int) -> None:
    """In one round they ask for more than 32 bits hold: the sum alone would look small."""
    each = 1_200_000_000 // (accounts // rounds)  # cents a draw; three draws each
    assert (3 * each * accounts // rounds) % (1 << 32) > 1 << 31, "as 32 bits the sum is below any pool"
    pool = 10 * each
    few: dict[str, Any] = {"rounds": rounds, "sizes": {"actors": accounts}} if accounts > 10_000 else {}
    days = _busy(
        lanes=1, days=1, engaged=0.0, reach_most=0, reach=0, pool=(pool,), daily_pool=pool,
        law=_law(1, np.full((2, 1024), each, np.int32)), farm_accounts=accounts, farm_draws=3, **few,
    )  # fmt: skip
    assert _paid(days).sum() == 9 * each
    assert int(days.state.totals.pool[0, 0]) == each


@pytest.mark.parametrize(
    ("accounts", "rounds", "days"), [(6_000, ROUNDS, 1), pytest.param(2_000_000, 1, 2, marks=pytest.mark.long)]
)
def test_nor_when_it_is_topped_up_while_they_ask(accounts: int, rounds: int, days: int) -> None:
    """The one that is left and the three that are added pay one account's three draws, and then it is closed again."""
    each = 1_200_000_000 // (accounts // rounds)
    few: dict[str, Any] = {"rounds": rounds, "sizes": {"actors": accounts}} if accounts > 10_000 else {}
    found = _busy(
        lanes=1, days=days, engaged=0.0, reach_most=0, reach=0, pool=(10 * each,), daily_pool=20 * each,
        law=_law(1, np.full((2, 1024), each, np.int32)), farm_accounts=accounts, farm_draws=3,
        top_up=_top_up((1, (3 * each,)))[:, : days * rounds], **few,
    )  # fmt: skip
    assert _paid(found).sum() == (9 + 3) * each
    assert int(found.state.totals.pool[0, 0]) == each


def test_a_pool_that_is_topped_up_at_once_is_one_that_was_larger() -> None:
    """Bit for bit; and nothing is another before money is added."""
    larger = _busy(**ABUSE, **{**SHORT, "pool": (1000, 500, 1300)})
    topped = _busy(**ABUSE, **SHORT, top_up=_top_up((0, (100, 0, 1000))))
    later, plain = (_busy(**ABUSE, **SHORT, top_up=_top_up(*steps)) for steps in (((8, (900, 900, 900)),), ()))
    assert np.array_equal(larger.log, topped.log)
    for name, flow in larger.flows.items():
        assert np.array_equal(flow, topped.flows[name]), name
        assert np.array_equal(later.flows[name][:2], plain.flows[name][:2]), name
    assert (later.flows["paid_cents"][2:].sum(axis=(0, 2, 3)) > plain.flows["paid_cents"][2:].sum(axis=(0, 2, 3))).all()


def test_a_factor_on_rewards_pays_every_amount_of_people_and_outsiders_so_many_times() -> None:
    """As if the tables held three times the cents, bit for bit; and from a later round on nothing changes before."""
    tripled = _busy(**ABUSE, law=_law(LANES, 3 * AMOUNT))
    times = np.full((1, DAYS * ROUNDS, 2), 3 * AMOUNT_UNIT, np.int32)
    wave = _busy(**ABUSE, reward_times=times)
    times[:, : 2 * ROUNDS] = AMOUNT_UNIT
    later = _busy(**ABUSE, reward_times=times)
    assert np.array_equal(tripled.log, wave.log)
    for name, flow in tripled.flows.items():
        assert np.array_equal(flow, wave.flows[name]), name
        assert np.array_equal(later.flows[name][:2], BUSY.flows[name][:2]), name
    assert not np.array_equal(later.flows["paid_cents"][2], BUSY.flows["paid_cents"][2])
