"""Lowering: from real units and probabilities of a scenario to the integers of `growth.campaign.Schedule`."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from experiments.base_inflow import ChainFacts, Inflow
from experiments.laws import count_law, logit, threshold
from experiments.moments import Moment, values_in_force
from experiments.parameters import behaviour_of
from experiments.paths import address, slug
from experiments.scenario import Scenario
from graphs.errors import InputError
from growth.base_world import StandingLaw
from growth.campaign import STATES
from growth.flows import CAUSES, CHANNELS

__all__ = ["Lane", "Offer", "lower_round", "offer_of", "pool_cents"]

Values = dict[str, float]
_UNLIMITED = 1_000_000
_MOST_CENTS = (1 << 31) - 1  # money is counted in 32 bits
_MOST_RECEIVED = 250  # a day's claims of one person are kept in a byte


class Lane(NamedTuple):
    """One app in one world, in real units: what a round is lowered from."""

    scenario: Scenario  # with its variant applied
    values: dict[str, float]  # of its parameter draw
    app: str
    law: StandingLaw
    inflow: Inflow
    facts: ChainFacts


class Offer(NamedTuple):
    """What the campaign offers in a round; nothing when it is off."""

    tasks: dict[str, Any]  # enabled tasks by kind
    rewards: dict[str, Any]  # enabled rewards by name

    @property
    def on(self) -> bool:
        """Whether there is anything to do or to win."""
        return bool(self.tasks or self.rewards)


def offer_of(lane: Lane, moment: Moment) -> Offer:
    """Tasks and rewards in force for a lane: only the campaign's app, only while the campaign is on."""
    mine = lane.app == lane.scenario.campaign_app.name and moment.campaign
    tasks: dict[str, Any] = {task.kind: task for task in lane.scenario.tasks if mine and task.enabled}
    return Offer(tasks, {item.name: item for item in lane.scenario.rewards if mine and item.enabled})


def lower_round(lane: Lane, moment: Moment) -> dict[str, np.ndarray]:
    """All fields of `Schedule` for one lane and round, but ``accept_most``, which looks at every round."""
    v = values_in_force(lane.scenario, lane.values, moment)
    b = behaviour_of(v)
    offer = offer_of(lane, moment)
    reach = _reach(lane, v, b, moment)
    fields = {
        "reach": reach,
        "reach_most": reach.max(),
        "opening": np.float32(_calendar(lane.scenario, v, moment)),
        "money_lift": np.float32(b["open.money_lift"]),
        "churn": _churn(b),
        "uninstall": threshold(b["churn.uninstall_share"]),
        "attention": np.float32(1 - b["rival.attention_loss"]),
        "works": threshold(b["session.works"]),
        "campaign_on": np.int32(offer.on),
        **_session(offer, v, b),
        **_sharing(lane.scenario, offer, v, b),
        **_responding(lane.scenario, offer, v, b),
        "daily_pool": pool_cents(lane, v, offer, "daily_yuan"),
    }
    return {name: np.asarray(value) for name, value in fields.items()}


def _calendar(scenario: Scenario, v: dict[str, float], moment: Moment) -> float:
    """Opening multiplier of the weekday and the holidays."""
    lift = v[f"calendar.weekday.{moment.weekday}"]
    for name in moment.holidays:
        lift *= v[f"calendar.day.{name}.opening"]
    return lift


def _reach(lane: Lane, v: Values, b: Values, moment: Moment) -> np.ndarray:
    """Cumulative chances by status and cause that a person is brought in today, uint32[states, causes]."""
    chance = np.zeros((len(STATES), len(CAUSES)))
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
        chance[dormant, cause] += contacted * v[f"reach.{name}.response_dormant"]
        if item.of == "everyone":
            chance[never, cause] += contacted * v[f"reach.{name}.response_new"]
            chance[gone, cause] += contacted * v[f"reach.{name}.response_new"]
    steps = np.minimum(np.cumsum(chance, axis=1), 1.0)
    return np.vectorize(threshold, otypes=[np.uint32])(steps)


def _churn(b: Values) -> np.ndarray:
    """Hazard multipliers by origin: base, then kind x cause; float32[11]."""
    by_cause = [
        1.0,
        b["churn.paid_multiplier"],
        *2 * [b["churn.push_multiplier"]],
        b["churn.invited_multiplier"],
    ]
    return np.array([1.0, *by_cause, *by_cause], np.float32)


def _task(offer: Offer, v: Values, kind: str, field: str) -> float:
    """A number of an enabled task, 0 when the task is not there."""
    return v[f"task.{address(offer.tasks[kind])}.{field}"] if kind in offer.tasks else 0.0


def _session(offer: Offer, v: Values, b: Values) -> dict[str, Any]:
    """What a session earns and may draw."""
    draws = offer.rewards.get("draw") is not None
    limit = min(_task(offer, v, "draw", "daily_limit"), v.get("quotas.draws_per_day", _UNLIMITED))
    rewarded = round(_task(offer, v, "ai", "daily_limit"))
    return {
        "sign_in_draws": np.int32(round(_task(offer, v, "sign_in", "draws"))),
        "ai_law": count_law(b["ai.rate"], None, max(rewarded, 20)),
        "ai_draws": np.int32(round(_task(offer, v, "ai", "draws"))),
        "ai_limit": np.int32(rewarded),
        "draw_take_up": threshold(b["draw.take_up"] if draws else 0.0),
        "free_draws": np.int32(round(_task(offer, v, "draw", "free_per_day"))),
        "draw_limit": np.int32(min(round(limit), 255)),
        "claim_draws": np.int32(round(256 * _task(offer, v, "share", "draws_per_claim"))),
        "claim_draw_limit": np.int32(round(_task(offer, v, "share", "daily_draw_limit"))),
        "group_draws": np.array(
            [round(_task(offer, v, "group", f"draws_{how}")) for how in ("create", "join")], np.int32
        ),
        "group_create": threshold(b["group.create_rate"] if "group" in offer.tasks else 0.0),
        "group_join": threshold(b["group.join_rate"] if "group" in offer.tasks else 0.0),
    }


def _sharing(scenario: Scenario, offer: Offer, v: Values, b: Values) -> dict[str, Any]:
    """How many packets a session shares, where to, and what a packet is."""
    unpaid = b["share.rate"]
    paid, most, slots = unpaid, 30, _UNLIMITED
    if "share" in offer.tasks and "draw" in offer.rewards:
        slots = round(_task(offer, v, "share", "slots"))
        yuan = _task(offer, v, "share", "draws_per_claim") * v["reward.draw.mean_yuan"] * slots
        paid = unpaid * math.exp(b["share.reward_elasticity"] * math.log1p(yuan))
        if offer.rewards["draw"].law == "lucky":
            paid *= b["share.uncertain_reward_lift"]
        most = round(min(_task(offer, v, "share", "daily_limit"), v.get("quotas.shares_per_day", 63)))
    friends = b["share.recipients"]
    return {
        "share_law": np.stack([count_law(mean, b["share.dispersion"], most) for mean in (unpaid, paid)]),
        "share_limit": np.int32(most),
        "group_share": threshold(b["share.group_share"] if scenario.groups.enabled else 0.0),
        "qq_share": threshold(b["share.qq_share_of_both"]),
        "friends": np.int32(math.floor(friends)),
        "friends_more": threshold(friends - math.floor(friends)),
        "slots": np.int32(slots),
        "expiry": np.int32(min(round(b["packet.expiry_hours"] * 3600), 86400)),
    }


def _responding(scenario: Scenario, offer: Offer, v: Values, b: Values) -> dict[str, Any]:
    """Who sees a packet, and the logits of taking it."""
    bases = [b[f"respond.base_{state}"] for state in STATES]
    reward = 0.0
    if "packet" in offer.rewards:
        reward = b["respond.reward"] * math.log1p(v["reward.packet.mean_yuan"])
        if offer.rewards["packet"].law == "lucky":
            reward += b["respond.uncertain_reward_shift"]
    friction = [v[f"channel.{channel}.friction"] for channel in CHANNELS]
    accept = np.array(
        [[[logit(base + paying * reward - effort) for base in bases] for effort in friction] for paying in (0, 1)],
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


def pool_cents(lane: Lane, v: dict[str, float], offer: Offer, field: str) -> np.ndarray:
    """Cents of the sample in the pools of draws and packets, int32[2]; 0 where nothing is paid.

    ``field`` "total_yuan" or "daily_yuan" (without one, the total). Divided by w, in whole cents, rounded down. The
    engine keeps one purse for draws and one for packets: a pool that pays both is halved, so it never pays twice.
    """
    payers = [reward.pool for reward in offer.rewards.values()]
    cents = []
    for name in ("draw", "packet"):
        if name not in offer.rewards:
            cents.append(0)
            continue
        payer = offer.rewards[name].pool
        path = f"pool.{slug(payer)}.{field}"
        stated = v.get(path, v[f"pool.{slug(payer)}.total_yuan"])
        yuan = stated / payers.count(payer)
        cents.append(math.floor(yuan * 100 * lane.facts.users / lane.facts.population + 1e-6))
        if cents[-1] > _MOST_CENTS:
            raise InputError(
                "is more money than a sample of this size can be paid",
                field=path,
                value=stated,
                allowed=f"at most {_MOST_CENTS * lane.facts.population / lane.facts.users / 100:.0f} yuan a reward",
                cure="a smaller pool, or a chain that stands for more people (chain.population)",
            )
    return np.array(cents, np.int32)
