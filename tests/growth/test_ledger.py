"""The ledger of designs that nobody chose: pools, limits, amounts, slots, abuse and control are drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from growth.flows import SOURCES
from growth.streams import ONE
from tests.growth.test_abuse import ABUSE, LANES, OUTSIDE, PEOPLE, _busy, _law

PAYS = (("draw",), ("packet",), ("inviter", "invitee"))
"""Sources of money by pool."""
CASH = [SOURCES.index(source) for sources in PAYS for source in sources]
share = st.integers(0, ONE).map(np.uint32)

DESIGN = st.fixed_dictionaries(
    {
        "pool": st.tuples(*[st.integers(0, 6_000)] * 3),
        "daily_pool": st.integers(0, 4_000),
        "free_draws": st.integers(0, 5),
        "inviter_cents": st.integers(0, 300),
        "invitee_cents": st.integers(0, 300),
        "slots": st.integers(1, 6),
        "cash_least": st.integers(1, 400),
        "cash_take_up": share,
        "farm_accounts": st.integers(0, 80),
        "posted": share,
        "resold": share,
        "detection": share,
        "claw_back": share,
        "false_positive": share,
    }
)


@settings(max_examples=25)
@given(DESIGN, st.sampled_from([0, 1, 40, 500]))
def test_the_ledger_balances_to_the_cent_whatever_the_design(design: dict[str, Any], slot: int) -> None:
    """No pool pays more than it holds; what is pledged is left, with people, or with outsiders; and what people won is
    cashed out, expired or held. A ``slot`` of 0 is no lucky packet."""
    mean = np.tile(np.array([slot, 0], np.int32), (LANES, 1))
    days = _busy(**{**ABUSE, **design}, law={**_law(LANES), "slot_mean": mean})
    paid = days.flows["paid_cents"].sum(axis=0, dtype=np.int64)
    left = np.asarray(days.state.totals.pool)
    for pool, sources in enumerate(PAYS):
        spent = paid[:, [SOURCES.index(source) for source in sources]].sum(axis=(1, 2))
        assert (spent + left[:, pool] == design["pool"][pool]).all()
        assert (left[:, pool] >= 0).all()
        daily = days.flows["paid_cents"][:, :, [SOURCES.index(source) for source in sources]].sum(axis=(2, 3))
        assert (daily <= design["daily_pool"]).all()
    outside, clawed = paid[..., OUTSIDE].sum(axis=(1, 2)), days.flows["clawed_cents"].sum(axis=(0, 2))
    won = paid[:, CASH, PEOPLE].sum(axis=(1, 2))
    wallets = sum(days.flows[f"{name}_cents"].sum(axis=0) for name in ("cashed", "expired"))
    wallets = wallets + days.flows["held_cents"][-1]
    assert np.array_equal(won, wallets)
    assert np.array_equal(won + (outside - clawed) + clawed + left[:, :3].sum(axis=1), [sum(design["pool"])] * LANES)
    assert ((clawed >= 0) & (clawed <= outside)).all()
