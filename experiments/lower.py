"""Lowering: from real units and probabilities of a scenario to the integers of `growth.campaign.Schedule`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from experiments.laws import count_law, logit, threshold
from experiments.lower_abuse import abuse_fields
from experiments.lower_acquisition import content_lift, seed_counts
from experiments.lower_capacity import round_capacity
from experiments.lower_chart import chart_window
from experiments.lower_dated import reward_times
from experiments.lower_interest import answered, selection_of
from experiments.lower_memory import memory_tables
from experiments.lower_money import (
    invitation_fields,
    invitation_pull,
    invited_offer,
    order_fields,
    pool_cents,
    wallet_fields,
)
from experiments.lower_rivals import rival_fields
from experiments.lower_sharing import jump_of, sharing_fields
from experiments.moments import Moment, values_in_force
from experiments.offer import Lane, Offer, offer_of
from experiments.parameters import behaviour_of
from experiments.paths import address, slug
from experiments.scenario import Scenario
from growth.campaign import GROUP_STEPS, STATES
from growth.flows import CAUSES, CHANNELS

__all__ = ["lower_round"]

Values = dict[str, float]
_UNLIMITED = 1_000_000
_MOST_RECEIVED = 250  # a day's claims of one person are kept in a byte


def lower_round(lane: Lane, moment: Moment) -> dict[str, np.ndarray]:
    """All fields of `Schedule` for one lane and round, but bounds (``accept_most``) and ``top_up``, which look at other
    rounds too."""
    v = values_in_force(lane.scenario, lane.values, moment)
    b = behaviour_of(v)
    offer = offer_of(lane, moment)
    chance, asked = _reach(lane, v, moment)
    reach = np.vectorize(threshold, otypes=[np.uint32])(np.minimum(np.cumsum(chance, axis=1), 1.0))
    selection = selection_of(lane.scenario, v)
    more_shares, shift = content_lift(lane, v, moment)
    fields = {
        "reach": reach,
        "reach_most": reach.max(),
        "answered": answered(selection, chance, asked),
        "seeds": seed_counts(lane, v, moment),
        "opening": np.float32(_calendar(lane.scenario, v, moment)),
        "work": threshold(math.prod(v[f"calendar.day.{name}.work"] for name in moment.holidays)),
        "money_lift": np.float32(b["open.money_lift"]),
        **_churn(b, selection is not None),
        "uninstall": threshold(b["churn.uninstall_share"]),
        **rival_fields(b),
        "works": threshold(b["session.works"]),
        "capacity": round_capacity(lane, v),
        "campaign_on": np.int32(offer.on),
        **_session(offer, v, b),
        **_sharing(lane, offer, v, b, more_shares),
        **_responding(lane.scenario, offer, v, b, shift),
        **invitation_fields(offer, v),
        **memory_tables(lane.scenario.response.law, b, jump_of(v)),
        **abuse_fields(lane, offer, v),
        **sharing_fields(lane, offer, v, moment),
        **wallet_fields(lane.scenario, v, b, moment),
        **order_fields(offer, v, b, moment.coupon_day),
        "reward_times": reward_times(lane, v),
        "chart_window": np.int32(chart_window(b)),
        "daily_pool": pool_cents(lane, v, offer_of(lane, moment._replace(campaign=moment.campaign_day)), "daily_yuan"),
    }
    return {name: np.asarray(value) for name, value in fields.items()}


def _calendar(scenario: Scenario, v: dict[str, float], moment: Moment) -> float:
    """Opening multiplier of the weekday and the holidays."""
    lift = v[f"calendar.weekday.{moment.weekday}"]
    for name in moment.holidays:
        lift *= v[f"calendar.day.{name}.opening"]
    return lift


def _reach(lane: Lane, v: Values, moment: Moment) -> tuple[np.ndarray, np.ndarray]:
    """Chances by status and cause that a person is brought in today, and that media ask them to come, which nobody does
    who comes by themselves; float[states, causes] each."""
    chance, asked = np.zeros((2, len(STATES), len(CAUSES)))
    never, dormant, gone = STATES.index("never"), STATES.index("dormant"), STATES.index("uninstalled")
    chance[never, 0] = lane.inflow.organic
    chance[dormant, 0] = lane.inflow.returning
    population = lane.facts.population
    for item in lane.scenario.reaches:
        name = address(item)
        if name not in moment.reaches or item.app != lane.app:
            continue
        among = population if item.of == "everyone" else max(v[f"app.{slug(lane.app)}.base.dormant"], 1.0)
        contacted = min(1.0, v[f"reach.{name}.people_per_day"] / among)
        cause = CAUSES.index(item.cause)
        for state in (never, dormant, gone) if item.of == "everyone" else (dormant,):
            response = v[f"reach.{name}.response_{'dormant' if state == dormant else 'new'}"]
            acceptance = v.get(f"reach.{name}.acceptance", response)
            chance[state, cause] += contacted * response
            if item.cause != "organic" and acceptance > 0:
                asked[state, cause] += contacted * response / acceptance
    return chance, asked


def _churn(b: Values, interest: bool) -> dict[str, Any]:
    """Hazard multipliers: by origin (base, then kind x cause), money on offer, inviter, and active group members. Of
    those who answered, with ``interest`` none: it says what theirs stand for."""
    answering = [
        1.0,
        b["churn.paid_multiplier"],
        *2 * [b["churn.push_multiplier"]],
        b["churn.invited_multiplier"],
    ]
    by_cause = [*([1.0] * 5 if interest else answering), b["churn.paid_multiplier"]]  # the seeded are paid to come
    again = [b["churn.reactivated_multiplier"] * ratio for ratio in by_cause]
    return {
        "churn": np.array([1.0, *by_cause, *again], np.float32),
        "churn_money": np.float32(b["churn.money_multiplier"]),
        "churn_inviter": np.float32(b["churn.inviter_multiplier"]),
        "churn_group": (np.arange(GROUP_STEPS).clip(1) ** b["churn.group_exponent"]).astype(np.float32),
    }


def _task(offer: Offer, v: Values, kind: str, field: str) -> float:
    """A number of an enabled task, 0 when the task is not there or does not say it."""
    return v.get(f"task.{address(offer.tasks[kind])}.{field}", 0.0) if kind in offer.tasks else 0.0


def _session(offer: Offer, v: Values, b: Values) -> dict[str, Any]:
    """What a session earns and may draw."""
    draws = offer.rewards.get("draw") is not None
    limit = min(_task(offer, v, "draw", "daily_limit"), v.get("quotas.draws_per_day", _UNLIMITED))
    rewarded = round(_task(offer, v, "ai", "daily_limit"))
    return {
        "sign_in_draws": np.int32(round(_task(offer, v, "sign_in", "draws"))),
        "ai_law": np.stack(
            [count_law(b["ai.rate"] * lift, None, max(rewarded, 20)) for lift in (1.0, b["ai.group_lift"])]
        ),
        "ai_draws": np.int32(round(_task(offer, v, "ai", "draws"))),
        "ai_limit": np.int32(rewarded),
        "draw_take_up": threshold(b["draw.take_up"] if draws else 0.0),
        "free_draws": np.int32(round(_task(offer, v, "draw", "free_per_day"))),
        "draw_limit": np.int32(min(round(limit), 255)),
        "booster": threshold(_task(offer, v, "draw", "booster_share")),
        "booster_times": np.int32(round(_task(offer, v, "draw", "booster_times"))),
        "claim_draws": np.int32(round(256 * _task(offer, v, "share", "draws_per_claim"))),
        "claim_draw_limit": np.int32(round(_task(offer, v, "share", "daily_draw_limit"))),
        "group_draws": np.array(
            [round(_task(offer, v, "group", f"draws_{how}")) for how in ("create", "join")], np.int32
        ),
        "group_create": threshold(b["group.create_rate"] if "group" in offer.tasks else 0.0),
        "group_join": threshold(b["group.join_rate"] if "group" in offer.tasks else 0.0),
    }


def _sharing(lane: Lane, offer: Offer, v: Values, b: Values, more: float) -> dict[str, Any]:
    """How many packets a session shares, where to, and what a packet is. On a chain with dead tie slots a packet goes
    to more slots, so that it reaches as many friends in the mean. ``more`` multiplies the packets."""
    unpaid = more * b["share.rate"]
    paid, most, slots = unpaid, 30, _UNLIMITED
    if "share" in offer.tasks and ("draw" in offer.rewards or "invite" in offer.tasks):
        slots = round(_task(offer, v, "share", "slots"))
        sure, lift = invitation_pull(offer, v, b)
        drawn = 0.0
        if "draw" in offer.rewards:
            drawn = _task(offer, v, "share", "draws_per_claim") * slots
            drawn += b["share.expected_success"] * _task(offer, v, "invite", "draws")
            drawn *= v["reward.draw.mean_yuan"]
        paid = lift * unpaid * math.exp(b["share.reward_elasticity"] * math.log1p(sure + drawn))
        if drawn > 0 and offer.rewards["draw"].law == "lucky":
            paid *= b["share.uncertain_reward_lift"] ** (drawn / (sure + drawn))
        most = round(min(_task(offer, v, "share", "daily_limit"), v.get("quotas.shares_per_day", 63)))
    friends = b["share.recipients"] / lane.facts.live_slots
    return {
        "share_law": np.stack([count_law(mean, b["share.dispersion"], most) for mean in (unpaid, paid)]),
        "share_limit": np.int32(most),
        "group_share": threshold(b["share.group_share"] if lane.scenario.groups.enabled else 0.0),
        "qq_share": threshold(b["share.qq_share_of_both"]),
        "friends": np.int32(math.floor(friends)),
        "friends_more": threshold(friends - math.floor(friends)),
        "slots": np.int32(slots),
        "expiry": np.int32(min(round(b["packet.expiry_hours"] * 3600), 86400)),
    }


def _responding(scenario: Scenario, offer: Offer, v: Values, b: Values, more: float) -> dict[str, Any]:
    """Who sees a packet, and the logits of taking it; ``more`` is added to them."""
    bases = [b[f"respond.base_{state}"] + more for state in STATES]
    invitee, shift = invited_offer(offer, v, b)
    slot = v["reward.packet.mean_yuan"] if "packet" in offer.rewards else 0.0
    lucky = "packet" in offer.rewards and offer.rewards["packet"].law == "lucky"
    gains = []
    for state in STATES:  # an invitation pays only those whom it can bring
        yuan = slot if state == "engaged" else slot + invitee
        gain = b["respond.reward"] * math.log1p(yuan)
        gain += b["respond.uncertain_reward_shift"] * slot / yuan if lucky and yuan > 0 else 0.0
        gains.append(gain + (0.0 if state == "engaged" else shift))
    friction = [v[f"channel.{channel}.friction"] for channel in CHANNELS]
    accept = np.array(
        [
            [
                [logit(base + paying * gain - effort) for base, gain in zip(bases, gains, strict=True)]
                for effort in friction
            ]
            for paying in (0, 1)
        ],
        np.int32,
    )
    receives = v.get("quotas.receives_per_day", _MOST_RECEIVED) if offer.on else _MOST_RECEIVED
    return {
        "see": np.array([threshold(b["see.single_chat"]), threshold(b["see.group_chat"])]),
        "muted": threshold(b["see.muted_share"]),
        "opens": np.array([v[f"channel.{channel}.opens"] for channel in CHANNELS], np.float32),
        "accept": accept,
        "tie": logit(b["respond.tie"]),
        "affinity": logit(b["respond.affinity"]),
        "receive_limit": np.int32(min(round(receives), _MOST_RECEIVED)),
    }
