"""A plain cascade: the campaign day with only share and respond switched on, as a `Campaign`.

Everything else is off: nobody is reached, nobody churns, nothing is paid. What is left is the independent cascade of
Kempe, Kleinberg and Tardos (2003, doi 10.1145/956750.956769): whoever joins tries each contact once. A day of many
rounds is one cascade; the round in which somebody joins is the generation.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from growth.base_world import ATOMS, GAPS
from growth.campaign import (
    AMOUNT_UNIT,
    CHART_UNIT,
    CIRCLES,
    COUNT_STEPS,
    DEGREES,
    EVEN,
    FRESH_DAYS,
    GROUP_STEPS,
    LOGIT_UNIT,
    MAX_AGE,
    MEMORY_COMPONENTS,
    MEMORY_STEPS,
    NOISE_UNIT,
    PURSES,
    QUANTILES,
    RANKS,
    TIERS,
    Campaign,
    Lanes,
    Schedule,
    Tables,
)
from growth.flows import AGES, APPS, CAUSES, KINDS, SEED_RULES
from growth.interest import LEVELS
from growth.streams import ONE

__all__ = ["ALWAYS", "NEVER", "always_count", "plain_campaign", "quiet_schedule", "quiet_tables", "share_with_friends"]

ALWAYS, NEVER = 20 * LOGIT_UNIT, -20 * LOGIT_UNIT
"""Logits beyond the table: certain, impossible."""
_FLOATS = (
    "answers", "attention", "churn", "churn_group", "churn_inviter", "churn_money", "memory_most_times", "memory_times",
    "money_lift", "opening", "opens", "send_back",
)  # fmt: skip
_WORDS = ("reach", "reach_most", "answered", "uninstall", "works", "draw_take_up", "group_share", "qq_share")
_ABUSE = ("farm_fresh", "posted", "resold", "detection", "claw_back", "false_positive", "booster", "friends_more")
_POSTS = ("fresh", "feed", "feed_see", "notice", "notice_see", "habit", "habit_alike", "habit_hubs", "work")
_THRESHOLDS = (*_WORDS, "see", "muted", "group_create", "group_join", "cash_take_up", *_ABUSE, *_POSTS)
_SHAPES = {
    "answers": (APPS,),
    "attention": (APPS,),
    "reach": (4, len(CAUSES)),
    "answered": (4, len(CAUSES)),
    "seeds": (len(SEED_RULES),),
    "churn": (1 + len(KINDS) * len(CAUSES),),
    "churn_group": (GROUP_STEPS,),
    "memory_logit": (MEMORY_STEPS, MEMORY_COMPONENTS),
    "memory_times": (MEMORY_STEPS, MEMORY_COMPONENTS),
    "feed": (CIRCLES,),
    "fresh": (FRESH_DAYS,),
    "see": (2,),
    "opens": (4,),
    "accept": (2, 4, 4),
    "daily_pool": (len(PURSES),),
    "top_up": (len(PURSES),),
    "reward_times": (2,),
    "inviter_step": (TIERS,),
    "inviter_cents": (TIERS,),
    "invite_counts": (2,),
    "invite_coupons": (2,),
    "group_draws": (2,),
}
_USUAL = {
    "accept": NEVER,
    "memory_most": 20 * LOGIT_UNIT,
    "remembers": 1,
    "fresh": ONE,
    "works": ONE,
    "work": ONE,
    "capacity": (1 << 31) - 1,
    "share_limit": COUNT_STEPS - 1,
    "slots": 1 << 20,
    "expiry": 86400,
    "receive_limit": 250,
    "chart_window": 1,
    "cash_open": 1,
    "cash_take_up": ONE,
    "claim_draws": 256,
    "booster_times": 1,
    "send_back": 0,
    "reward_times": AMOUNT_UNIT,
}


def always_count(number: int) -> np.ndarray:
    """The law of a count that is always ``number``, uint32[COUNT_STEPS]."""
    return np.where(np.arange(COUNT_STEPS) >= number, ONE, 0).astype(np.uint32)


def quiet_schedule(lanes: int, rounds: int) -> dict[str, np.ndarray]:
    """A schedule in which nothing happens: fields of `Schedule`, [lanes, rounds, ...]."""
    told = {}
    for name in Schedule._fields:
        if name in ("ai_law", "order_law", "share_law"):
            law = always_count(0) if name == "order_law" else np.stack([always_count(0)] * 2)
            told[name] = np.broadcast_to(law, (lanes, rounds, *law.shape)).copy()
            continue
        dtype = np.float32 if name in _FLOATS else np.uint32 if name in _THRESHOLDS else np.int32
        value = _USUAL.get(name, 1 if name in _FLOATS else 0)
        told[name] = np.full((lanes, rounds, *_SHAPES.get(name, ())), value, dtype)
    return told


def quiet_tables(lanes: int, engaged: float, opens: float = 1.0) -> dict[str, np.ndarray]:
    """Everyone engaged with probability ``engaged``, never churning, opening at the first second of the day."""
    logits = np.arange(-16 * LOGIT_UNIT, 16 * LOGIT_UNIT) / LOGIT_UNIT
    logistic = np.floor(ONE / (1 + np.exp(-logits))).astype(np.uint32)
    logistic[0], logistic[-1] = 0, ONE
    return {
        "status": np.floor(np.full((lanes, 256, 3), engaged) * ONE).astype(np.uint32),
        "age": np.ones((lanes, QUANTILES), np.int32),
        "churn": np.zeros((lanes, MAX_AGE + 1, ATOMS), np.float32),
        "oldest": np.full(lanes, MAX_AGE, np.int32),
        "open": np.full((lanes, ATOMS), opens * ONE, np.float32),
        "interest": np.broadcast_to(np.arange(ATOMS, dtype=np.uint8), (lanes, LEVELS, ATOMS)).copy(),
        "befriended": np.zeros((lanes, 2, DEGREES), np.uint32),
        "feed_attention": np.full((lanes, DEGREES), EVEN, np.uint32),
        "gap": np.ones((lanes, ATOMS, GAPS), np.int32),
        "novelty": np.ones((lanes, AGES), np.float32),
        "logistic": logistic,
        "hour": np.zeros((lanes, QUANTILES), np.int32),
        "delay": np.zeros((lanes, QUANTILES), np.int32),
        "amount": np.zeros((lanes, 2, QUANTILES), np.int32),
        "slot_mean": np.zeros((lanes, 2), np.int32),
        "chart_level": np.zeros((lanes, RANKS), np.int32),
        "chart_noise": np.full((lanes, QUANTILES), NOISE_UNIT, np.int32),
        "chart_lift": np.full((lanes, RANKS + 1), CHART_UNIT, np.int32),
        "chart_start": np.zeros(lanes, np.int32),
        "surge_level": np.zeros((lanes, RANKS), np.int32),
    }


def share_with_friends(most_friends: int, accept: int = ALWAYS) -> dict[str, Any]:
    """Changes to a quiet schedule: whoever acts sends one packet to every friend, all see it, and each takes it with
    the logit ``accept`` (fixed-point)."""
    law = np.stack([always_count(1)] * 2)
    return {"friends": max(most_friends, 1), "see": ONE, "share_law": law, "accept": accept, "accept_most": accept}


def plain_campaign(
    lanes: int,
    rounds: int,
    schedule: dict[str, Any],
    tables: dict[str, Any],
    replicates: np.ndarray | None = None,
    pool: tuple[int, ...] = (),
) -> Campaign:
    """A campaign of NumPy arrays: ``schedule`` changes are broadcast over lanes and rounds, ``tables`` replace, and
    ``pool`` are cents of the first of PURSES, each a pool of its own."""
    told = quiet_schedule(lanes, rounds)
    for name, value in schedule.items():
        told[name][...] = np.asarray(value).astype(told[name].dtype)
    numbers: Any = np.asarray(np.arange(lanes) if replicates is None else replicates, np.int32)
    zeros: Any = np.zeros(lanes, np.int32)
    cents = [*pool, *[0] * (len(PURSES) - len(pool))]
    pools: Any = np.broadcast_to(np.array(cents, np.int32), (lanes, len(PURSES))).copy()
    own: Any = np.broadcast_to(np.arange(len(PURSES), dtype=np.int32), (lanes, len(PURSES))).copy()
    every: dict[str, Any] = dict(told)
    laws: dict[str, Any] = {name: np.asarray(value) for name, value in tables.items()}
    return Campaign(Lanes(numbers, zeros, own), Schedule(**every), Tables(**laws), pools)
