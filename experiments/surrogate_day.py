"""One day of the surrogate: reach, who opens, sharing and answers, money, who leaves: `experiments/surrogate.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp

from experiments.surrogate_activity import NOVEL, Habit, survival, tail_days
from experiments.surrogate_plan import Plan, purse
from experiments.surrogate_rates import Standing

__all__ = ["Day", "Fixed", "World", "step"]

_ENDLESS = 1e29
"""Yuan above which a pool does not bind."""


class Fixed(NamedTuple):
    """What all days share."""

    plan: Plan
    habit: Habit
    standing: Standing
    by_age: Any  # [NOVEL + 1] chance of opening in the standing world
    extra: Any  # [NOVEL + 1] active days that novelty adds beyond each age
    inflow: Any  # activations a day of the standing world
    demand: Callable[[Any], Any]  # organic demand by installs a day, over that of the standing world
    caps: Any  # [purses] yuan a day of each pool


class Day(NamedTuple):
    """What a day is told, with a leading axis of T."""

    packets: Any  # [2] of a session, sharing unpaid and paid
    friends: Any  # [2] they go to
    single: Any  # [2, 4] (answers unpaid and paid, state) chance that a friend sent to takes a packet
    grouped: Any  # [2, 4] people whom a packet brings out of a group chat
    opening: Any  # [2, NOVEL + 1] without, with money
    churn_money: Any
    reach: Any  # [3 states, 3 classes]
    draws: Any
    draw_yuan: Any
    slot_yuan: Any
    invite_yuan: Any
    works: Any
    number: Any


class World(NamedTuple):
    """Carried from day to day."""

    stock: Any  # [3] never, dormant, uninstalled
    theta: Any  # [3]
    late: Any  # [2] friends, packets to groups, of yesterday's that are answered today
    came: Any  # [8, T]
    stays: Any  # [8, T] share of each cohort still engaged this morning
    nights: Any  # [T + 1]
    left: Any  # [purses] yuan in each pool
    base: Any  # engaged of the base
    recent: Any  # installs of the chart's window


def step(fixed: Fixed, world: World, day: Day) -> tuple[World, dict[str, Any]]:
    """A day: the world of the next morning, and what `experiments.surrogate.Course` keeps of it."""
    t, plan = day.number, fixed.plan
    on = jnp.clip(jnp.max(jnp.where(fixed.caps < _ENDLESS, world.left / (0.02 * fixed.caps + 1e-9), 0.0)), 0, 1)
    opening = day.opening[0] + on * (day.opening[1] - day.opening[0])
    reached = world.stock[:, None] * day.reach.at[:, 0].multiply(fixed.demand(world.recent.mean()))
    age = t - jnp.arange(plan.days)
    openers = world.came * world.stays * jnp.where(age > 0, opening[jnp.clip(age, 0, NOVEL)], 0.0)[None, :]
    lift = opening[NOVEL] / fixed.by_age[NOVEL]
    old = world.base * opening[NOVEL] + fixed.inflow * fixed.extra[jnp.minimum(t, NOVEL)] * lift + openers.sum()
    engaged = world.base + jnp.sum(world.came * world.stays)
    mix, paid, open_tonight = _money(fixed, day, world, old + reached.sum(), engaged)
    sent = (jnp.sum(mix[0] * day.friends), jnp.sum(mix[0] * day.packets))
    takes = tuple(jnp.sum(mix[1][:, None] * part, axis=0) for part in (day.single, day.grouped))
    invited = openers[3].sum() + openers[7].sum()
    theta, came, late, claimed = _answers(fixed, world, (old, invited, reached), sent, takes)
    news = jnp.concatenate([reached[0], came[:1], reached[1:].sum(axis=0), came[1:].sum(keepdims=True)])
    installs = news[0] + news[1] + news[2] + news[3]
    world, lapsed = _night(fixed, world, news, 1 + open_tonight * (day.churn_money - 1), t)
    gone = fixed.standing.uninstall
    world = world._replace(
        stock=world.stock - came - reached.sum(axis=1) + lapsed * jnp.stack([jnp.zeros(()), 1 - gone, gone]),
        theta=theta,
        late=late,
        left=world.left - paid,
        recent=jnp.concatenate([world.recent[1:], installs[None]]),
    )
    active = old + news.sum()
    share = claimed / plan.shape.facts.population  # claims that an engaged person makes
    told = {
        "dau": active + jnp.maximum(engaged - old, 0) * (1 - jnp.exp(-share)),
        "openers": old,
        "installs": installs,
        "claims": came.sum() + engaged * share,
        "draws": day.draws * active * mix[0][1],
        "sessions": day.works * active,
        "packets": active * sent[1],
        "lift": lift,
    }
    return world, told


def _psi(plan: Plan, theta: Any) -> Any:
    """psi at theta [states]."""
    power = jnp.log(theta)[:, None] * plan.shape.degree[None, :]
    return jnp.sum(jnp.exp(power) * plan.shape.share[None, :], axis=1)


def _answers(
    fixed: Fixed, world: World, sharers: tuple[Any, ...], sent: tuple[Any, Any], takes: tuple[Any, ...]
) -> Any:
    """theta, people invited in [3], what is left for tomorrow [2], and people who would have answered today were all
    engaged. ``sharers``: who opened, of them who came invited, and who is reached today [3, 3]; ``sent``: friends and
    packets of a session; ``takes`` [4] each: chance of a friend, people a packet brings out of a group chat."""
    plan, (old, invited, reached) = fixed.plan, sharers
    people, early, brought = plan.shape.facts.population, plan.same_day, reached.sum()
    # A tie over which somebody came brings nobody else.
    other = 1 - (1 - plan.shape.share[plan.shape.degree == 0].sum()) / plan.shape.mean_degree
    tied = old - (1 - other) * invited
    before = _psi(plan, world.theta)
    ours = jnp.array([0, 2, 3])

    def taken(fresh: Any) -> tuple[Any, Any, Any]:
        friends = world.late[0] + sent[0] * (early[0] * tied + early[1] * brought + early[2] * other * fresh)
        packets = world.late[1] + sent[1] * (early[0] * old + early[1] * brought + early[2] * fresh)
        ties, chats = friends * takes[0], packets * takes[1]
        theta = jnp.maximum(world.theta - ties[ours] / (people * plan.shape.mean_degree), 1e-6)
        left = jnp.exp(-chats[ours] / people) * _psi(plan, theta) / before
        return theta, (world.stock - reached.sum(axis=1)) * (1 - left), (ties + chats)[1]

    first = taken(jnp.zeros(()))[1].sum()
    second = taken(first)[1].sum()
    ratio = jnp.clip((second - first) / jnp.maximum(first, 1e-9), 0, 0.8)
    theta, came, claimed = taken(first / (1 - ratio))  # the generations of a day are a geometric series
    fresh = came.sum()
    late = [
        sent[0] * ((1 - early[0]) * tied + (1 - early[1]) * brought + (1 - early[2]) * other * fresh),
        sent[1] * ((1 - early[0]) * old + (1 - early[1]) * brought + (1 - early[2]) * fresh),
    ]
    return theta, came, jnp.stack(late), claimed


def _money(fixed: Fixed, day: Day, world: World, sessions: Any, engaged: Any) -> tuple[Any, Any, Any]:
    """How sharing and answers are split between pools empty and open, ([2], [2]); yuan paid from each pool; and
    whether one is open at night."""
    plan = fixed.plan
    draw, packet, invitation = (int(plan.pools[purse(name)]) for name in ("draw", "packet", "invitation"))
    room = jnp.minimum(world.left, fixed.caps)
    asked = jnp.zeros_like(room).at[draw].add(sessions * day.draws * day.draw_yuan)
    share = jnp.concatenate([world.stock[:1], engaged[None], world.stock[1:]]) / plan.shape.facts.population
    brought = share * (day.friends[1] * day.single[1] + day.packets[1] * day.grouped[1]) * sessions
    asked = asked.at[packet].add(brought.sum() * day.slot_yuan)
    asked = asked.at[invitation].add((brought.sum() - brought[1]) * day.invite_yuan)
    times = room / jnp.maximum(asked, 1e-9)
    part = jnp.minimum(1.0, times)
    sharing, answering = part[draw], part[packet]
    if any(task.enabled and task.kind == "invite" for task in plan.scenario.tasks):
        sharing, answering = jnp.maximum(sharing, part[invitation]), jnp.maximum(answering, part[invitation])
    some = jnp.where(fixed.caps < _ENDLESS, jnp.clip(10 * (times - 0.95), 0, 1) * jnp.clip(world.left, 0, 1), 0.0)
    mix = (jnp.stack([1 - sharing, sharing]), jnp.stack([1 - answering, answering]))
    return mix, asked * part, jnp.max(some)


def _night(fixed: Fixed, world: World, news: Any, multiplier: Any, t: Any) -> tuple[World, Any]:
    """Who leaves: those engaged this morning and today's, less those engaged tomorrow morning."""
    before = world.base + jnp.sum(world.came * world.stays) + news.sum()
    nights = world.nights.at[t + 1].set(world.nights[t] + multiplier)
    came = world.came.at[:, t].set(news)
    since = jnp.maximum(nights[t + 1] - nights[1:], 0.0)
    known = jnp.arange(fixed.plan.days) <= t
    hazard = fixed.standing.multiplier[:, None] * since[None, :]
    stays = jnp.where(known[None, :], survival(fixed.habit, hazard), 0.0)
    base = fixed.inflow * tail_days(fixed.habit, nights[t + 1])
    lapsed = before - base - jnp.sum(came * stays)
    return world._replace(came=came, stays=stays, nights=nights, base=base), lapsed
