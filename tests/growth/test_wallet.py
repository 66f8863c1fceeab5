"""The ledger to the cent: what was won is what was cashed out, what has expired, and what is still held."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphs import textbook
from growth.flows import SOURCES
from growth.state import Part
from growth.streams import ONE
from tests.growth.tiny import CERTAIN, Days, cascade, count_of, run

GRAPH = textbook.barabasi_albert(200, 4, isolated=1)
DAYS, ROUNDS, LANES = 5, 4, 2
PARTS = Part.INVITE | Part.WALLET
CASH = [place for place, source in enumerate(SOURCES) if source != "coupon"]
AMOUNT = np.stack([np.arange(1024) % 37, np.arange(1024) % 53]).astype(np.int32)


def _by_round(**days: list[int]) -> dict[str, np.ndarray]:
    return {name: np.repeat(np.array(of, np.int32), ROUNDS)[None, :] for name, of in days.items()}


def _busy(parts: int = PARTS, **changes: Any) -> Days:
    """Draws, packets and invitations pay everybody; windows on days 1 and 3; what is left expires before day 4."""
    law = {
        "amount": np.broadcast_to(AMOUNT, (LANES, *AMOUNT.shape)),
        "hour": np.broadcast_to(np.linspace(0, 86_399, 1024).astype(np.int32), (LANES, 1024)),
        "delay": np.broadcast_to(np.linspace(0, 60_000, 1024).astype(np.int32), (LANES, 1024)),
    }
    expires = np.zeros((1, DAYS * ROUNDS), np.int32)
    expires[:, 4 * ROUNDS] = 1
    told = cascade(GRAPH, friends=3, share_law=np.stack([count_of(2)] * 2), accept=0, accept_most=0, slots=3) | {
        "works": CERTAIN, "campaign_on": 1, "draw_take_up": CERTAIN, "free_draws": 2, "draw_limit": 9,
        "inviter_cents": 41, "invitee_cents": 29, "invite_counts": np.array([1, 1]), "invite_limit": 3,
        "daily_pool": 2500, "cash_least": 60, "cash_take_up": np.uint32(ONE // 2), "cash_expires": expires,
        **_by_round(cash_open=[0, 1, 0, 1, 0]), **changes,
    }  # fmt: skip
    pool = (4000, 2000, 3000)
    return run(
        GRAPH, days=DAYS, rounds=ROUNDS, lanes=LANES, engaged=0.2, law=law, pool=pool, sizes={"parts": parts}, **told
    )


BUSY = _busy()


def _won(days: Days) -> np.ndarray:
    """Cash won by day and lane."""
    return days.flows["paid_cents"][..., CASH, :].sum(axis=(-1, -2))


def test_the_ledger_balances_to_the_cent_every_day_in_every_lane() -> None:
    cashed, expired, held = (BUSY.flows[f"{name}_cents"].cumsum(axis=0) for name in ("cashed", "expired", "held"))
    held = BUSY.flows["held_cents"]
    assert np.array_equal(_won(BUSY).cumsum(axis=0), cashed + expired + held)
    for name in ("cashed_cents", "expired_cents", "held_cents"):
        assert BUSY.flows[name].any(axis=0).all(), name


def test_what_is_held_is_what_is_in_the_wallets() -> None:
    users, state = BUSY.state.users, BUSY.state
    fresh = np.asarray(users.wallet_age).reshape(LANES, -1) == np.asarray(state.expiries)[:, None]
    wallets = np.where(fresh, np.asarray(users.wallet).reshape(LANES, -1), 0)
    assert wallets.sum(axis=1).tolist() == np.asarray(state.held).tolist() == BUSY.flows["held_cents"][-1].tolist()
    assert (wallets >= 0).all()


def test_money_leaves_in_windows_and_is_lost_once() -> None:
    cashed, expired = BUSY.flows["cashed_cents"], BUSY.flows["expired_cents"]
    assert not cashed[[0, 2, 4]].any()
    assert not expired[:4].any()
    assert np.array_equal(expired[4], BUSY.flows["held_cents"][3])


@pytest.mark.parametrize("pool", range(3))
def test_a_pool_pays_what_it_holds_and_no_more(pool: int) -> None:
    """All five days ask for more than there is."""
    paid = BUSY.flows["paid_cents"].sum(axis=(0, -1))
    sources = [("draw",), ("packet",), ("inviter", "invitee")][pool]
    spent = sum(paid[:, SOURCES.index(source)] for source in sources)
    total = (4000, 2000, 3000)[pool]
    assert (spent <= total).all()
    assert np.array_equal(total - spent, np.asarray(BUSY.state.totals.pool)[:, pool])


def test_nobody_below_the_least_amount_is_paid() -> None:
    strict = _busy(cash_least=1 << 20)
    assert not strict.flows["cashed_cents"].any()
    assert _won(strict).sum() == _won(BUSY).sum()


def test_a_wallet_changes_nobodys_behaviour() -> None:
    without = _busy(parts=Part.INVITE)
    assert np.array_equal(without.log, BUSY.log)
    for name, flow in without.flows.items():
        if name not in ("cashed_cents", "expired_cents", "held_cents"):
            assert np.array_equal(flow, BUSY.flows[name]), name
