"""Lowering of money: pools and who draws on them, invitations and coupons, in cents of the sample."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from experiments.laws import count_law, threshold
from experiments.lower_memory import WEIGHED
from experiments.moments import Moment
from experiments.offer import Lane, Offer
from experiments.paths import address, matching, slug
from experiments.scenario import Scenario
from graphs.errors import InputError
from growth.campaign import PURSES, TIERS
from growth.state import Part

__all__ = [
    "MOST_CENTS",
    "at_home",
    "invitation_fields",
    "invitation_pull",
    "invited_offer",
    "is_dated",
    "order_fields",
    "parts_of",
    "pool_cents",
    "purses_of",
    "wallet_fields",
]

MOST_CENTS = (1 << 31) - 2  # a word of the device holds one more, which says that more was asked for than it can count
"""Money is counted in 32 bits: so much is in all pools together, purses without one included."""
_MOST_INVITATIONS = (1 << 15) - 1
"""Invitations of one person are counted in 16 bits."""
_SHARING = {
    Part.FEED: "feed",
    Part.NOTICE: "notices",
    Part.HABIT: "sharing",
    Part.FATIGUE: "fatigue",
    Part.RECIPROCITY: "reciprocity",
    Part.INTEREST: "interest",
}
"""Parts of the day by the table that adds them."""
_MOST_COUPONS = 1000
"""Coupons that one person is given at once."""


def _payers(tasks: dict[str, Any], rewards: dict[str, Any]) -> dict[str, str | None]:
    """Pool by purse, of those that pay; None where no pool binds."""
    found: dict[str, str | None] = {name: rewards[name].pool for name in ("draw", "packet") if name in rewards}
    if "invite" in tasks:
        found["invitation"] = tasks["invite"].pool
    if "order" in tasks:
        found["coupon"] = tasks["order"].pool
    return found


def purses_of(scenario: Scenario) -> np.ndarray:
    """The pool that each purse draws on, int32[PURSES]: the number of the first purse with the same pool."""
    tasks: dict[str, Any] = {task.kind: task for task in scenario.tasks if task.enabled}
    payers = _payers(tasks, {reward.name: reward for reward in scenario.rewards if reward.enabled})
    first: dict[str, int] = {}
    pools = []
    for number, purse in enumerate(PURSES):
        name = payers.get(purse)
        pools.append(number if name is None else first.setdefault(slug(name), number))
    return np.array(pools, np.int32)


def parts_of(scenarios: list[Scenario]) -> int:
    """Parts of the day that one of these scenarios needs: a sum of `growth.state.Part`."""
    kinds = {task.kind for scenario in scenarios for task in scenario.tasks if task.enabled}
    needed = {"invite": Part.INVITE, "order": Part.ORDER, "group": Part.GROUP}
    inviter = _not_one(scenarios, "behaviour.churn.inviter_multiplier")
    parts = sum(part for kind, part in needed.items() if kind in kinds) + (Part.INVITER if inviter else 0)
    parts += Part.MEMORY if any(scenario.response.law != "independent" for scenario in scenarios) else 0
    parts += Part.WEIGHTS if any(scenario.response.law in WEIGHED for scenario in scenarios) else 0
    parts += Part.SEEDING if any(item.enabled for scenario in scenarios for item in scenario.seedings) else 0
    parts += Part.ABUSE if any(_on(one.abuse) or _on(one.risk) for one in scenarios) else 0
    parts += Part.CAPACITY if any(_on(one.serving) for one in scenarios) else 0
    parts += Part.WORK if any(map(at_home, scenarios)) else 0
    parts += Part.BOOSTER if any(map(_boosts, scenarios)) else 0
    for part, table in _SHARING.items():
        parts += part if any(_on(getattr(one, table)) for one in scenarios) else 0
    parts += Part.WALLET if any(scenario.wallet is not None for scenario in scenarios) else 0
    return parts + (Part.CHART if _not_one(scenarios, "behaviour.chart.lift") else 0)


def at_home(scenario: Scenario) -> bool:
    """Whether class and workplace may carry less on some calendar day, in the middle or at an end of a range, or
    because of an intervention."""
    paths = [f"calendar.day.{address(day)}.work" for day in scenario.calendar.days]
    dated = any(matching(change.parameter, paths) for change in scenario.interventions)
    shares = [share for day in scenario.calendar.days for share in (day.work.low, day.work.value, day.work.high)]
    return dated or any(share is not None and share != 1 for share in shares)


def _boosts(scenario: Scenario) -> bool:
    """Whether a card may multiply draws, in the middle or at an end of a range, or because of an intervention."""
    for task in scenario.tasks:
        if task.kind == "draw" and task.enabled and task.booster_share is not None:
            dated = is_dated(scenario, f"task.{address(task)}.booster_share")
            return bool(task.booster_share.value or task.booster_share.high or dated)
    return False


def is_dated(scenario: Scenario, path: str) -> bool:
    """Whether an intervention changes a number, so that it may be another than any that the file says of it."""
    return any(change.enabled and matching(change.parameter, [path]) for change in scenario.interventions)


def _on(table: Any) -> bool:
    return table is not None and table.enabled


def _not_one(scenarios: list[Scenario], path: str) -> bool:
    """Whether a ratio is, may be drawn, or is changed on a date to be, other than one in some scenario."""

    def differs(scenario: Scenario) -> bool:
        ratio = scenario.numbers()[path]
        found = {ratio.value, *(end for end in (ratio.low, ratio.high) if end is not None)}
        return found != {1.0} or is_dated(scenario, path)

    return any(map(differs, scenarios))


def pool_cents(lane: Lane, v: dict[str, float], offer: Offer, field: str) -> np.ndarray:
    """Cents of the sample in each pool, int32[PURSES], at the place of the first purse that draws on it.

    ``field`` "total_yuan" or "daily_yuan" (without one, the total). Divided by w, in whole cents, rounded down; 0 where
    nothing is paid. Purses without a pool share what all pools together leave of 31 bits: no money of a lane can then
    be counted wrongly, and past that sum they pay no more. Raises InputError where the pools are more than that.
    """
    payers = _payers(offer.tasks, offer.rewards)
    cents = np.zeros(len(PURSES), np.int64)
    places = purses_of(lane.scenario)
    for purse, name in payers.items():
        if name is None:
            continue
        path = f"pool.{slug(name)}.{field}"
        yuan = v.get(path, v[f"pool.{slug(name)}.total_yuan"])
        cents[places[PURSES.index(purse)]] = math.floor(yuan * 100 * lane.facts.users / lane.facts.population + 1e-6)
        if cents.sum() > MOST_CENTS:
            raise InputError(
                "is more money than a sample of this size can be paid, all pools together",
                field=path,
                value=yuan,
                allowed=f"together at most {MOST_CENTS * lane.facts.population / lane.facts.users / 100:.0f} yuan",
                cure="a smaller pool, or a chain that stands for more people (chain.population)",
            )
    free = [places[PURSES.index(purse)] for purse, name in payers.items() if name is None]
    for place in free:
        cents[place] = (MOST_CENTS - cents[[at for at in range(len(PURSES)) if at not in free]].sum()) // len(free)
    return cents.astype(np.int32)


def invitation_pull(offer: Offer, v: dict[str, float], b: dict[str, float]) -> tuple[float, float]:
    """What an invitation task does to sharing: yuan that a sharer sees in one packet, and a factor. Money paid for
    success counts at the chance of success that people expect."""
    if "invite" not in offer.tasks:
        return 0.0, 1.0
    yuan = v[f"task.{address(offer.tasks['invite'])}.sharer_yuan"]
    if offer.tasks["invite"].paid_for == "share":
        return yuan, b["share.per_share_lift"]
    return b["share.expected_success"] * yuan, 1.0


def invitation_fields(offer: Offer, v: dict[str, float]) -> dict[str, np.ndarray]:
    """Fields of `Schedule` for invitations; nothing is paid without the task."""
    told: dict[str, Any] = {
        "inviter_step": np.full(TIERS, _MOST_INVITATIONS, np.int32),
        "inviter_cents": np.zeros(TIERS, np.int32),
        "invitee_cents": 0,
        "invite_counts": np.zeros(2, np.int32),
        "invite_limit": 0,
        "invite_draws": 0,
        "invite_coupons": np.zeros(2, np.int32),
        "share_cents": 0,
    }
    if "invite" in offer.tasks:
        task = offer.tasks["invite"]
        name = f"task.{address(task)}"
        sharer, invitee = (round(100 * v[f"{name}.{side}_yuan"]) for side in ("sharer", "invitee"))
        steps = zip(task.tier_from, task.tier_yuan, strict=True)
        tiers = [(0, sharer), *((step, round(100 * yuan)) for step, yuan in steps)]
        if task.paid_in == "coupons":
            worth = max(round(100 * v[f"task.{address(offer.tasks['order'])}.coupon_yuan"]), 1)
            for side, cents in (("sharer", sharer), ("invitee", invitee)):
                if cents // worth > _MOST_COUPONS:
                    most = f"at most {_MOST_COUPONS} coupons, {_MOST_COUPONS * worth / 100:g} yuan"
                    field = f"{name}.{side}_yuan"
                    raise InputError("is too many coupons", field=field, value=cents / 100, allowed=most)
            told["invite_coupons"] = np.array([sharer // worth, invitee // worth])
        else:
            told["invitee_cents"] = invitee
            if task.paid_for == "share":
                told["share_cents"] = sharer
            else:
                for place, (step, cents) in enumerate(tiers):
                    told["inviter_step"][place], told["inviter_cents"][place] = step, cents
        told["invite_counts"] = np.array([1, int(task.counts == "activated")])
        told["invite_limit"] = min(round(v[f"{name}.limit"]), _MOST_INVITATIONS)
        told["invite_draws"] = round(256 * v[f"{name}.draws"])
    return {field: np.asarray(value, np.int32) for field, value in told.items()}


def invited_offer(offer: Offer, v: dict[str, float], b: dict[str, float]) -> tuple[float, float]:
    """What an invitation task offers those whom it can bring: yuan, and a shift of their acceptance, lower where the
    sharer is paid for every share and not for success."""
    if "invite" not in offer.tasks:
        return 0.0, 0.0
    shift = b["respond.per_share_shift"] if offer.tasks["invite"].paid_for == "share" else 0.0
    return v[f"task.{address(offer.tasks['invite'])}.invitee_yuan"], shift


def order_fields(offer: Offer, v: dict[str, float], b: dict[str, float], coupon_day: int) -> dict[str, Any]:
    """Fields of `Schedule` for coupons and orders, ``coupon_day`` days after the campaign began; nobody has a coupon
    without the task."""
    told: dict[str, Any] = {"coupons": 0, "coupon_cents": 0, "coupon_valid": 0}
    law = count_law(0.0, None, 1)
    if "order" in offer.tasks:
        name = f"task.{address(offer.tasks['order'])}"
        told["coupons"] = min(round(v[f"{name}.coupons_per_user"]), _MOST_COUPONS)
        told["coupon_cents"] = round(100 * v[f"{name}.coupon_yuan"])
        told["coupon_valid"] = int(coupon_day <= round(v[f"{name}.valid_days"]))
        law = count_law(b["order.rate"], None, 20)
    return {**{field: np.int32(value) for field, value in told.items()}, "order_law": law}


def wallet_fields(scenario: Scenario, v: dict[str, float], b: dict[str, float], moment: Moment) -> dict[str, Any]:
    """Fields of `Schedule` for wallets; without one, money is paid out at once and nobody asks."""
    least = round(100 * v["wallet.least_yuan"]) if scenario.wallet is not None else 0
    return {
        "cash_open": np.int32(moment.cash_open),
        "cash_least": np.int32(max(min(least, MOST_CENTS), 1)),
        "cash_take_up": threshold(b["wallet.take_up"]),
        "cash_expires": np.int32(moment.cash_expires),
    }
