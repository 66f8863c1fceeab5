"""A campaign as a renewal equation: the mean of the engine's day on a large chain without clusters, differentiable.

Discrete edge-based renewal (Miller, Slim and Volz, J. R. Soc. Interface 9, 2012, arXiv 1106.6320) for the engine's own
way of sharing, in which a person has a number of contacts a session and not a chance per tie. psi(x) = sum_k P(k) x^k
is the law of degrees. Over a tie of somebody who is not engaged nothing that they would take has come with chance
theta; a degree-k person is untouched with chance theta^k, and untouched by group chats with chance gamma:

    theta_t = theta_(t-1) - (answers of the day to single-chat packets) / (N <k>)
    invited_t = stock (1 - gamma_t psi(theta_t) / (gamma_(t-1) psi(theta_(t-1))))

for each of never, dormant and uninstalled with its own acceptance. Answers fall on the day of the share (lag 0; people
activated that day share that day) or on the next. Whoever came over a tie has one tie less to share over that could
bring anybody. Mass action is the limit of large mean degree. Cohorts stay and open by `surrogate_activity`.

What it leaves out: clustering and likeness of friends, what people remember of earlier packets (each is tried once),
slots of a packet, in-app groups, rivals' attention, inviters who stay. Those are for the emulator's correction.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import lax

from experiments.lower_chart import chart_window
from experiments.parameters import behaviour_of, values_at
from experiments.paths import slug
from experiments.ranks import Chart, competitors_above
from experiments.surrogate_activity import Habit, active_within, habit_of, lasting, opened, standing_days, tail_days
from experiments.surrogate_day import Day, Fixed, World, step
from experiments.surrogate_plan import Plan, purse
from experiments.surrogate_rates import Rates, Standing, rates_of, reach_chances, standing_of

__all__ = ["Course", "active_users", "course"]

CLASSES = ("organic", "paid", "woken", "invited")
"""Causes with a hazard of their own; push and broadcast wake."""
_CLASS_OF = {"organic": 0, "paid": 1, "broadcast": 2, "push": 2}
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)


class Course(NamedTuple):
    """What the surrogate says of T days; people and events of the population, [T] unless said otherwise."""

    dau: Any
    activations: Any  # [8, T] new, then reactivated, by `CLASSES`
    installs: Any
    openers: Any
    claims: Any
    draws: Any
    tasks: Any
    packets: Any
    accept_new: Any  # chance that somebody new takes a packet of a friend that they have seen
    by_age: Any  # [NOVEL + 1] opening by age in the standing world
    lift: Any  # opening over that of the standing world
    nights: Any  # [T + 1] nights, times what money makes of them, before each morning
    base_dau: Any  # scalar: the standing world
    inflow: Any  # scalar: activations a day of the standing world
    base_installs: Any  # scalar
    habit: Habit
    multiplier: Any  # [8] hazard


def course(plan: Plan, v: dict[str, Any]) -> Course:
    """The course of the campaign at the values ``v`` by path (numbers or traced scalars, 64-bit)."""
    rates, b = rates_of(plan, v), behaviour_of(v)
    habit = habit_of(b)
    by_age = opened(habit, 1.0)
    days = standing_days(habit, by_age)
    people, dau = plan.shape.facts.population, v[f"app.{slug(plan.app)}.base.dau"]
    inflow = dau / days
    standing = standing_of(plan, v, inflow * tail_days(habit, 0.0) / people)
    away = habit._replace(scale=b["churn.beta"] / b["churn.invited_multiplier"] + (habit.alpha - 1) / 2)
    organic = (dau - standing.unpaid * standing_days(away, by_age)) / days
    organic = organic - standing.returning * standing.shares[1] * people
    base_installs = organic + standing.unpaid
    fixed = Fixed(
        plan,
        habit,
        standing,
        by_age,
        jnp.concatenate([lasting(habit, by_age), jnp.zeros(1)]),
        inflow,
        _demand(b, base_installs),
        _pools(plan, v, "daily_yuan"),
    )
    width = chart_window(behaviour_of(values_at(plan.scenario, None)))
    start = World(
        stock=standing.shares * people,
        theta=jnp.ones(3),
        late=_late(plan, rates, dau),
        came=jnp.zeros((8, plan.days)),
        stays=jnp.zeros((8, plan.days)),
        nights=jnp.zeros(plan.days + 1),
        left=_pools(plan, v, "total_yuan"),
        base=inflow * tail_days(habit, 0.0),
        recent=jnp.broadcast_to(base_installs, (width,)),
    )
    today = _told(plan, v, rates, habit, standing, organic / people / standing.shares[0])
    end, told = lax.scan(lambda world, day: step(fixed, world, day), start, today)
    return Course(
        activations=end.came,
        nights=end.nights,
        tasks=told.pop("sessions") * b["ai.rate"],
        accept_new=jnp.asarray(plan.weight) @ rates.accept_new,
        by_age=by_age,
        base_dau=jnp.asarray(dau, float),
        inflow=inflow,
        base_installs=base_installs,
        habit=habit,
        multiplier=standing.multiplier,
        **told,
    )


def _told(plan: Plan, v: dict[str, Any], rates: Rates, habit: Habit, standing: Standing, organic: Any) -> Day:
    """Days out of moments: what happens all day is weighted by sessions, the rest is the morning's."""
    weight, morning = jnp.asarray(plan.weight), plan.morning

    def mixed(value: Any) -> Any:
        return jnp.moveaxis(jnp.tensordot(value, weight, ((-1,), (1,))), -1, 0)

    works = rates.works
    opening = jnp.stack([opened(habit, rates.lift), opened(habit, rates.lift * rates.money_lift)], axis=1)
    chances, on = reach_chances(plan, v), jnp.asarray(plan.reach_on)
    reach = jnp.zeros((plan.days, 3, 3))
    for number, item in enumerate(plan.reaches):
        reach = reach.at[:, :, _CLASS_OF[item.cause]].add(on[number][:, None] * chances[number][None, :])
    reach = reach.at[:, 0, 0].add(organic).at[:, 1, 0].add(standing.returning)
    return Day(
        packets=mixed(rates.packets * works[None, :]),
        friends=mixed(rates.friends * works[None, :]),
        single=mixed(rates.single),
        grouped=mixed(rates.grouped),
        opening=opening[morning],
        churn_money=mixed(rates.churn_money),
        reach=reach,
        draws=mixed(rates.draws * works),
        draw_yuan=mixed(rates.draw_yuan),
        slot_yuan=mixed(rates.slot_yuan),
        invite_yuan=mixed(rates.invite_yuan),
        works=mixed(works),
        number=jnp.arange(plan.days),
    )


def _late(plan: Plan, rates: Rates, dau: Any) -> Any:
    """Friends and packets to groups of the standing world's last day that are answered on day 0, as if that day's
    numbers had been those of day 0 without money."""
    at = int(plan.morning[0])
    return (1 - plan.same_day[0]) * dau * jnp.stack([rates.friends[0, at], rates.packets[0, at]])


def _pools(plan: Plan, v: dict[str, Any], field: str) -> Any:
    """Yuan of each purse's pool, [purses], at the place of the first purse that draws on it; as good as endless where
    none binds."""
    told = [1e30] * len(plan.pools)
    names: dict[str, str | None] = {reward.name: reward.pool for reward in plan.scenario.rewards if reward.enabled}
    for task in plan.scenario.tasks:
        if task.enabled and task.kind == "invite":
            names["invitation"] = task.pool
    for name, pool in names.items():
        if pool is not None:
            path = f"pool.{slug(pool)}"
            told[int(plan.pools[purse(name)])] = v.get(f"{path}.{field}", v[f"{path}.total_yuan"])
    return jnp.stack([jnp.asarray(one, float) for one in told])


def _demand(b: dict[str, Any], base: Any) -> Any:
    """Function from installs a day of all stores to organic demand over that of the standing world."""
    first, steep, tail = (
        jnp.asarray(b[name], float) for name in ("chart.first", "chart.slope_top", "chart.slope_below")
    )
    chart = Chart(first, steep, tail, phi=jnp.ones(()))

    def demand(installs: Any) -> Any:
        rank = competitors_above(jnp.maximum(installs * b["install.ios_store_share"], 1e-6), chart) + 1
        return 1 + (b["chart.lift"] - 1) * jnp.clip(1 - jnp.log(rank) / np.log(20), 0, 1)

    return lambda installs: demand(installs) / demand(base)


def active_users(plan: Plan, run: Course, day: int, window: int) -> Any:
    """People active at least once in the ``window`` days that end on ``day``; before day 0, those of the standing
    world. 1, 7 and 30 are DAU, WAU and MAU."""
    if window == 1:
        return run.dau[day] if day >= 0 else run.base_dau
    habit, days = run.habit, np.arange(day - window + 1, day + 1)
    morning = jnp.where(days >= 0, run.nights[np.clip(days, 0, plan.days)], days.astype(float))
    lift = jnp.mean(jnp.where(days >= 0, run.lift[np.clip(days, 0, plan.days - 1)], 1.0))
    # The base, activated before day 0: whoever is younger than the window counts, the rest over ages on a log scale.
    young = max(window - 1 - max(day, -1), 0)
    low, high = max(day, window - 1) + 0.5, habit.oldest + 0.85 * window
    spread = jnp.log(high / low)
    age = low * jnp.exp(spread * 0.5 * (_NODES + 1))
    behind = morning[None, :] - (day - age + 1)[:, None]
    chance = active_within(habit, behind, age, window, lift)
    total = run.inflow * (young + jnp.sum(0.5 * _WEIGHTS * spread * age * chance))
    if day >= 0:
        when = np.arange(day + 1)
        since = jnp.maximum(morning[None, :] - run.nights[when + 1][:, None], 0.0)
        behind = (run.multiplier[:, None, None] * since[None]).reshape(-1, window)
        chance = active_within(habit, behind, np.tile(day - when, 8), window, lift)
        total = total + jnp.sum(run.activations[:, when].reshape(-1) * chance)
    return total
