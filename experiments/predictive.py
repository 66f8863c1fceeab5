"""What unknowns say of the campaign: courses of many draws, and what would be printed of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from numpy.typing import NDArray

from experiments import ranks
from experiments.functionals import funnel_of
from experiments.likelihood import CHART_LENGTH, Model
from experiments.surrogate import active_users
from graphs.hashing import hash_normal, hash_uniform

__all__ = [
    "Outcomes",
    "days_shown",
    "outcomes_of",
    "printed_counts",
    "printed_figures",
    "printed_ranks",
    "rank_draws",
    "simulator_of",
]


class Outcomes(NamedTuple):
    """Of N draws; people and events of the population."""

    dau: Any  # [N, T]
    wau: Any  # [N, days shown]
    mau: Any  # [N, days shown]
    new: Any  # [N, T]
    reactivated: Any  # [N, T]
    above: Any  # [N, T + 1] mean number of competitors above us, the standing world last
    phi: Any  # [N]
    centres: Any  # [N, counts] log of what each reported count is expected to read
    chances: Any  # [N, funnels]
    reached: Any  # [N] people whom the campaign's reach brings in
    invited: Any  # [N] people whom others bring in
    packets: Any  # [N] packets per active person and day of the campaign
    acceptance: Any  # [N] chance that somebody new takes a packet they have seen, mean over the campaign
    surging: Any = None  # [N, surges, 2] mean number of apps that grow faster, for either window of the chart
    beside: Any = None  # [N, rivals, T + 1] chance that a named rival is ahead on the free chart


def days_shown(model: Model) -> list[int]:
    """Days on which WAU and MAU are told: every seventh, the campaign's last, the ends of months, the run's last."""
    plan = model.plan
    days = set(range(6, plan.days, 7)) | {plan.day(plan.scenario.campaign.end), plan.days - 1}
    for day in range(plan.days):
        if (plan.first + dt.timedelta(days=day + 1)).day == 1:
            days.add(day)
    return sorted(day for day in days if 0 <= day < plan.days)


def simulator_of(model: Model) -> Callable[[Any], Outcomes]:
    """The jitted function from unknowns [N, unknowns] to outcomes, one draw after another."""
    plan, shown = model.plan, days_shown(model)
    first, last = plan.day(plan.scenario.campaign.start), plan.day(plan.scenario.campaign.end)
    on = slice(max(first, 0), min(last, plan.days - 1) + 1)
    funnels = [one for one in model.observed if one.functional.kind == "funnel"]
    surges = any(one.functional.kind == "surge" for one in model.observed)

    def one(z: Any) -> Outcomes:
        run = model.run(z)
        above, phi = model.above(z, run)
        chances = [funnel_of(plan, run, item) for item in funnels]
        shift = model.shifts(z, run)[1]

        def corrected(name: str, series: Any) -> Any:
            return series * jnp.exp(shift[name][: series.shape[0]]) if shift else series

        return Outcomes(
            dau=corrected("dau", run.dau),
            wau=corrected("wau", jnp.stack([active_users(plan, run, day, 7) for day in shown])),
            mau=corrected("mau", jnp.stack([active_users(plan, run, day, 30) for day in shown])),
            new=corrected("new", run.activations[:4].sum(axis=0)),
            reactivated=corrected("reactivated", run.activations[4:].sum(axis=0)),
            above=above,
            phi=phi,
            centres=model.centres(z, run),
            chances=jnp.stack(chances) if chances else jnp.zeros(0),
            reached=run.activations[np.array([1, 2, 5, 6])].sum(),
            invited=run.activations[np.array([3, 7])].sum(),
            packets=jnp.sum(run.packets[on]) / jnp.sum(run.dau[on]),
            acceptance=jnp.mean(run.accept_new[on]),
            surging=model.surging(z, run) if surges else None,
        )

    return jax.jit(lambda z: lax.map(one, z))


def outcomes_of(simulate: Callable[[Any], Outcomes], z: NDArray) -> Outcomes:
    """Outcomes of draws as arrays of the host."""
    return Outcomes(*(None if part is None else np.asarray(part) for part in simulate(jnp.asarray(z))))


def printed_counts(centres: NDArray, sigma: float | NDArray, seed: int) -> NDArray:
    """What measurers would print, [N, figures], around the log means ``centres``."""
    n, m = centres.shape
    return np.exp(centres + sigma * hash_normal(seed, 971, np.arange(n * m)).reshape(n, m))


def printed_ranks(above: NDArray, phi: NDArray, seed: int) -> NDArray:
    """Ranks, [N, days], around mean numbers of competitors [N, days]; off the chart is one more than its last."""
    uniform = hash_uniform(seed, 972, np.arange(above.size)).reshape(above.shape)
    return np.minimum(ranks.draw_rank(uniform, above, phi[:, None]), CHART_LENGTH + 1)


def rank_draws(one: Outcomes, days: Any, seed: int) -> NDArray:
    """Places on the free chart, [N, days], named rivals included where the outcomes know of some."""
    rank = printed_ranks(one.above[:, days], one.phi, seed)
    if one.beside is None:
        return rank
    chance = one.beside[:, :, days]
    ahead = hash_uniform(seed, 974, np.arange(chance.size)).reshape(chance.shape) < chance
    return np.minimum(rank + ahead.sum(axis=1), CHART_LENGTH + 1)


def printed_figures(model: Model, one: Outcomes, seed: int) -> NDArray:
    """What would be printed of every fitted figure, [N, figures] in the order of the model's; of a funnel what is
    expected of it."""
    by_kind = {
        "count": printed_counts(one.centres, model.sigmas, seed),
        "funnel": one.chances * np.array([item.trials for item in model.observed if item.functional.kind == "funnel"]),
    }
    days = [max(item.last, -1) for item in model.observed if item.functional.kind == "rank"]
    if days:
        by_kind["rank"] = rank_draws(one, days, seed)
    if one.surging is not None:
        shape = one.surging.shape[:2]
        late = hash_uniform(seed, 975, np.arange(one.surging[..., 0].size)).reshape(shape) < 0.5
        by_kind["surge"] = printed_ranks(np.where(late, one.surging[..., 1], one.surging[..., 0]), one.phi, seed + 1)
    next_of = dict.fromkeys(by_kind, 0)
    told = []
    for item in model.observed:
        kind = item.functional.kind
        told.append(by_kind[kind][:, next_of[kind]])
        next_of[kind] += 1
    return np.stack(told, axis=1)
