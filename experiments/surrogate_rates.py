"""The numbers of a day for the surrogate: reach, packets, contacts and acceptance, as traced values for every moment.

The same formulas as the lowering of the engine (`experiments/lower.py`, `lower_money.py`, `base_inflow.py`) on the same
offers and the same values in force, but as means and not as integer tables, so that they can be differentiated. Tests
hold them to the tables. Values of a path are a scalar, or [M] where an intervention changes it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from experiments.moments import values_in_force
from experiments.parameters import behaviour_of
from experiments.paths import address, slug
from experiments.surrogate_plan import Plan, contacts_of
from growth.campaign import STATES
from growth.flows import CHANNELS

__all__ = ["Rates", "Standing", "in_force", "rates_of", "reach_chances", "standing_of", "tails"]

Values = dict[str, Any]
_AFFINITY, _AFFINITY_SHARE = np.polynomial.legendre.leggauss(4)
_STEPS = 63  # packets of a session


class Rates(NamedTuple):
    """Of every moment, [M] unless said otherwise; pairs are (pool empty, pool open)."""

    lift: Any  # opening multiplier of calendar
    money_lift: Any  # and while a pool is open
    churn_money: Any
    works: Any
    packets: Any  # [2, M] packets a session
    friends: Any  # [2, M] friends they go to, were all sent to single chats
    single: Any  # [2, 4 states, M] chance that a friend sent to takes a packet, were all in the state
    grouped: Any  # [2, 4 states, M] people whom a packet would bring to take it through group chats
    draws: Any  # lottery draws a session
    draw_yuan: Any
    slot_yuan: Any
    invite_yuan: Any  # both sides, a successful invitation
    accept_new: Any  # somebody without the app takes a packet seen in a chat with a friend on WeChat, money on offer


class Standing(NamedTuple):
    """Chances and multipliers that hold all along; scalars."""

    shares: Any  # [3] of the population: never, dormant, uninstalled
    returning: Any  # chance that somebody dormant comes back of their own
    uninstall: Any
    multiplier: Any  # [8] hazard of (kind, class), classes organic, paid, woken, invited
    unpaid: Any  # people a day whom unpaid sharing brings in the standing world


def in_force(plan: Plan, v: Values) -> Values:
    """Every value by path as in each moment: those that interventions change as [M]."""
    rows = [values_in_force(plan.scenario, v, moment) for moment in plan.moments]
    return {**v, **{path: jnp.stack([jnp.asarray(row[path], float) for row in rows]) for path in plan.changed}}


def rates_of(plan: Plan, v: Values) -> Rates:
    """Rates of every moment at the values ``v`` (before interventions)."""
    m = len(plan.moments)
    now = in_force(plan, v)
    b = behaviour_of(now)
    on = np.array([offer.on for offer in plan.offers], float)
    packets, friends = _packets(plan, now, b)
    single, grouped, accept = _taken(plan, now, b)

    def each(value: Any) -> Any:
        return jnp.broadcast_to(jnp.asarray(value, float), (m,))

    pays = np.array(["packet" in offer.rewards for offer in plan.offers], float)
    return Rates(
        lift=each(_calendar(plan, now)),
        money_lift=1 + on * (each(b["open.money_lift"]) - 1),
        churn_money=1 + on * (each(b["churn.money_multiplier"]) - 1),
        works=each(b["session.works"]),
        packets=packets,
        friends=friends,
        single=single,
        grouped=grouped,
        draws=each(_draws(plan, now, b)),
        draw_yuan=each(now.get("reward.draw.mean_yuan", 0.0)),
        slot_yuan=pays * each(now.get("reward.packet.mean_yuan", 0.0)),
        invite_yuan=each(_by_offer(plan, lambda offer: sum(_invitation(offer, now)))),
        accept_new=accept,
    )


def _calendar(plan: Plan, v: Values) -> Any:
    days = list(dict.fromkeys((moment.weekday, moment.holidays) for moment in plan.moments))
    lifts = []
    for weekday, holidays in days:
        lift = v[f"calendar.weekday.{weekday}"]
        for name in holidays:
            lift = lift * v[f"calendar.day.{name}.opening"]
        lifts.append(jnp.asarray(lift, float))
    return jnp.stack(lifts)[np.array([days.index((one.weekday, one.holidays)) for one in plan.moments])]


def _by_offer(plan: Plan, value: Callable[[Any], Any]) -> Any:
    """A number of every moment's offer, [M]: worked out once for each offer that differs."""
    names = [(tuple(sorted(offer.tasks)), tuple(sorted(offer.rewards))) for offer in plan.offers]
    differ = list(dict.fromkeys(names))
    m = len(names)
    rows = [jnp.broadcast_to(jnp.asarray(value(plan.offers[names.index(one)]), float), (m,)) for one in differ]
    return jnp.stack(rows)[np.array([differ.index(one) for one in names]), np.arange(m)]


def _task(offer: Any, v: Values, kind: str, field: str) -> Any:
    return v[f"task.{address(offer.tasks[kind])}.{field}"] if kind in offer.tasks else 0.0


def _invitation(offer: Any, v: Values) -> tuple[Any, Any]:
    """Yuan to the inviter and to the invited of a successful invitation, in cash."""
    if "invite" not in offer.tasks:
        return 0.0, 0.0
    return _task(offer, v, "invite", "sharer_yuan"), _task(offer, v, "invite", "invitee_yuan")


def tails(mean: Any, dispersion: Any, most: Any) -> Any:
    """P(min(X, most) > i) for i = 0, 1, ..., 62, [M, 63]: X negative binomial of ``mean`` [M] and dispersion k."""
    n = jnp.arange(_STEPS, dtype=mean.dtype)
    k = jnp.broadcast_to(dispersion, mean.shape)[:, None]
    x = jnp.maximum(mean, 1e-12)[:, None]
    step = jnp.log(k + n[None, :]) - jnp.log1p(n)[None, :] + jnp.log(x) - jnp.log(x + k)
    first = k * (jnp.log(k) - jnp.log(k + x))
    pmf = jnp.exp(first + jnp.concatenate([jnp.zeros_like(first), jnp.cumsum(step[:, :-1], axis=1)], axis=1))
    above = 1 - jnp.cumsum(pmf, axis=1)
    return jnp.where(n[None, :] < jnp.broadcast_to(most, mean.shape)[:, None], above, 0.0)


def _packets(plan: Plan, v: Values, b: Values) -> tuple[Any, Any]:
    """Packets of a session without and with money on offer, [2, M], and the friends they go to. Packets of a day take
    stretches of the order of friends one after the other: whoever has few friends runs out of them."""

    def factor(offer: Any) -> Any:
        lift: Any = 1.0
        sure: Any = 0.0
        drawn: Any = 0.0
        if "share" not in offer.tasks or not ("draw" in offer.rewards or "invite" in offer.tasks):
            return 1.0
        if "invite" in offer.tasks:
            yuan = _invitation(offer, v)[0]
            each_share = offer.tasks["invite"].paid_for == "share"
            sure = yuan if each_share else b["share.expected_success"] * yuan
            lift = b["share.per_share_lift"] if each_share else 1.0
        if "draw" in offer.rewards:
            drawn = _task(offer, v, "share", "draws_per_claim") * _task(offer, v, "share", "slots")
            drawn = drawn + b["share.expected_success"] * _task(offer, v, "invite", "draws")
            drawn = drawn * v["reward.draw.mean_yuan"]
            if offer.rewards["draw"].law == "lucky":
                lucky = drawn / jnp.maximum(sure + drawn, 1e-12)
                lift = lift * jnp.exp(jnp.log(b["share.uncertain_reward_lift"]) * lucky)
        return lift * jnp.exp(b["share.reward_elasticity"] * jnp.log1p(sure + drawn))

    def limit(offer: Any) -> Any:
        if "share" not in offer.tasks or not ("draw" in offer.rewards or "invite" in offer.tasks):
            return 30.0
        return jnp.minimum(_task(offer, v, "share", "daily_limit"), v.get("quotas.shares_per_day", 63.0))

    unpaid = jnp.broadcast_to(jnp.asarray(b["share.rate"], float), (len(plan.offers),))
    cap, more = _by_offer(plan, limit), _by_offer(plan, factor)
    above = jnp.stack([tails(mean, b["share.dispersion"], cap) for mean in (unpaid, unpaid * more)])
    wanted = jnp.broadcast_to(jnp.asarray(b["share.recipients"], float), unpaid.shape)[:, None, None]
    left = plan.shape.degree[None, None, :] - np.arange(float(_STEPS))[None, :, None] * (jnp.floor(wanted) + 1)
    each = jnp.sum(jnp.clip(left, 0.0, wanted) * plan.shape.share[None, None, :], axis=-1)
    return above.sum(axis=-1), jnp.sum(above * each[None], axis=-1)


def _taken(plan: Plan, v: Values, b: Values) -> tuple[Any, Any, Any]:
    """Were everybody in one state: chance that a friend sent to takes a packet, people of a group chat whom a packet
    brings to take it, [2 paying, 4 states, M] each; and the chance that somebody new takes one they have seen, [M]."""
    shape, m = plan.shape, len(plan.moments)
    share_qq = shape.qq_only + shape.both * b["share.qq_share_of_both"]
    platform = [(1 - share_qq) * (1 - shape.qq_only), share_qq * (shape.qq_only + shape.both)]
    into_groups = 0.0
    if plan.scenario.groups.enabled:
        into_groups = b["share.group_share"] * shape.facts.with_chats
    members = jnp.maximum(shape.facts.chat_size - 1, 0.0)
    contacts = (
        (1 - into_groups) * b["see.single_chat"] * plan.in_time,
        into_groups * members * b["see.group_chat"] * (1 - b["see.muted_share"]) * plan.in_time,
    )
    logits = _logits(plan, v, b)  # [2, channels, states, M]
    ties = (jnp.asarray(shape.strength / 256), jnp.asarray([0.5]))
    told = []
    for kind, tie in enumerate(ties):
        total = 0.0
        for place, channel in enumerate(CHANNELS):
            if ("group" in channel) != bool(kind):
                continue
            on_qq = int(channel.startswith("qq"))
            opens = jnp.broadcast_to(jnp.asarray(v[f"channel.{channel}.opens"], float), (m,))
            takes = _averaged(logits[:, place], tie, b)
            total = total + takes * (contacts[kind] * platform[on_qq] * opens)[None, None, :]
        told.append(total)
    opens = jnp.broadcast_to(jnp.asarray(v[f"channel.{CHANNELS[0]}.opens"], float), (m,))
    return told[0], told[1], _averaged(logits[1, 0, 0], ties[0], b) * opens


def _averaged(logits: Any, tie: Any, b: Values) -> Any:
    """Acceptance averaged over the strengths of ties and over affinity, uniform from -1/2 to 1/2 of its weight."""
    own = b["respond.tie"] * tie[:, None] + b["respond.affinity"] * (0.5 * _AFFINITY)[None, :]
    share = np.broadcast_to(0.5 * _AFFINITY_SHARE, own.shape) / len(tie)
    chance = jax.nn.sigmoid(logits[..., None] + own.reshape(-1)[(None,) * logits.ndim])
    return jnp.sum(chance * share.reshape(-1)[(None,) * logits.ndim], axis=-1)


def _logits(plan: Plan, v: Values, b: Values) -> Any:
    """Logits of taking a packet before tie and affinity, [2 paying, channels, states, M]."""
    m = len(plan.moments)

    def gain(brings: bool, offer: Any) -> Any:
        slot = v["reward.packet.mean_yuan"] if "packet" in offer.rewards else 0.0
        yuan, shift = slot, 0.0
        if brings and "invite" in offer.tasks:
            yuan = slot + _invitation(offer, v)[1]
            shift = b["respond.per_share_shift"] if offer.tasks["invite"].paid_for == "share" else 0.0
        won = b["respond.reward"] * jnp.log1p(yuan) + shift
        if "packet" in offer.rewards and offer.rewards["packet"].law == "lucky":
            won = won + b["respond.uncertain_reward_shift"] * slot / jnp.maximum(yuan, 1e-12)
        return won

    def every(values: list[Any]) -> Any:
        return jnp.stack([jnp.broadcast_to(jnp.asarray(one, float), (m,)) for one in values])

    pays = [_by_offer(plan, partial(gain, brings)) for brings in (False, True)]
    gains = jnp.stack([pays[state != "engaged"] for state in STATES])  # an invitation pays only those it can bring
    bases = every([b[f"respond.base_{state}"] for state in STATES])
    efforts = every([v[f"channel.{channel}.friction"] for channel in CHANNELS])
    paying = np.array([0.0, 1.0])[:, None, None, None]
    return bases[None, None] + paying * gains[None, None] - efforts[None, :, None]


def _draws(plan: Plan, v: Values, b: Values) -> Any:
    """Lottery draws of a session, [M], before those that claims earn."""
    n = np.arange(20.0)

    def drawn(offer: Any) -> Any:
        if "draw" not in offer.rewards:
            return 0.0
        # E min(X, r) of a Poisson count of tasks, r interpolated between whole limits.
        log_pmf = n * jnp.log(jnp.maximum(b["ai.rate"], 1e-9)) - b["ai.rate"] - np.cumsum(np.log(np.maximum(n, 1)))
        above = 1 - jnp.cumsum(jnp.exp(log_pmf))
        rewarded = _task(offer, v, "ai", "daily_limit")
        tasks = jnp.sum(above * jnp.clip(rewarded - n, 0.0, 1.0)) * _task(offer, v, "ai", "draws")
        total = _task(offer, v, "draw", "free_per_day") + _task(offer, v, "sign_in", "draws") + tasks
        limit = jnp.minimum(_task(offer, v, "draw", "daily_limit"), v.get("quotas.draws_per_day", 255.0))
        return b["draw.take_up"] * jnp.minimum(total, limit)

    return _by_offer(plan, drawn)


def reach_chances(plan: Plan, v: Values) -> Any:
    """Chance per person and day of each reach at its full size, [reaches, 3 states never, dormant, uninstalled]."""
    facts, rows = plan.shape.facts, []
    for item in plan.reaches:
        name = contacts_of(item)
        dormant = v[f"app.{slug(plan.app)}.base.dormant"]
        among = facts.population if item.of == "everyone" else jnp.maximum(dormant, 1.0)
        contacted = jnp.minimum(1.0, v[f"{name}.people_per_day"] / among)
        new = v[f"{name}.response_new"] if item.of == "everyone" else 0.0
        rows.append(jnp.stack([contacted * new, contacted * v[f"{name}.response_dormant"], contacted * new]))
    return jnp.stack(rows) if rows else jnp.zeros((0, 3))


def standing_of(plan: Plan, v: Values, engaged: Any) -> Standing:
    """What does not change with the day, ``engaged`` being the share of the population that is; the unpaid inflow
    of the base as in `experiments.base_inflow`."""
    b, facts = behaviour_of(v), plan.shape.facts
    base = f"app.{slug(plan.app)}.base"
    dormant, gone = v[f"{base}.dormant"] / facts.population, v[f"{base}.uninstalled"] / facts.population
    never = 1 - engaged - dormant - gone
    groups = b["share.group_share"] * facts.with_chats
    single = (1 - groups) * b["share.recipients"] * b["see.single_chat"]
    grouped = groups * (facts.chat_size - 1) * b["see.group_chat"] * (1 - b["see.muted_share"])
    takes = 0.0
    for share, state in ((never, "never"), (dormant, "dormant"), (gone, "uninstalled")):
        takes = takes + share * jax.nn.sigmoid(b[f"respond.base_{state}"] + b["respond.tie"] / 2)
    by_class = [1.0, b["churn.paid_multiplier"], b["churn.push_multiplier"], b["churn.invited_multiplier"]]
    again = [b["churn.reactivated_multiplier"] * ratio for ratio in by_class]
    return Standing(
        shares=jnp.stack([jnp.asarray(one, float) for one in (never, dormant, gone)]),
        returning=jnp.asarray(b["base.dormant_return_rate"], float),
        uninstall=jnp.asarray(b["churn.uninstall_share"], float),
        multiplier=jnp.stack([jnp.asarray(one, float) for one in (*by_class, *again)]),
        unpaid=v[f"{base}.dau"] * b["share.rate"] * (single + grouped) * takes,
    )
