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

__all__ = ["Outcomes", "days_shown", "outcomes_of", "printed_counts", "printed_ranks", "simulator_of"]


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
        )

    return jax.jit(lambda z: lax.map(one, z))


def outcomes_of(simulate: Callable[[Any], Outcomes], z: NDArray) -> Outcomes:
    """Outcomes of draws as arrays of the host."""
    return Outcomes(*(np.asarray(part) for part in simulate(jnp.asarray(z))))


def printed_counts(centres: NDArray, sigma: float | NDArray, seed: int) -> NDArray:
    """What measurers would print, [N, figures], around the log means ``centres``."""
    n, m = centres.shape
    return np.exp(centres + sigma * hash_normal(seed, 971, np.arange(n * m)).reshape(n, m))


def printed_ranks(above: NDArray, phi: NDArray, seed: int) -> NDArray:
    """Ranks, [N, days], around mean numbers of competitors [N, days]; off the chart is one more than its last."""
    uniform = hash_uniform(seed, 972, np.arange(above.size)).reshape(above.shape)
    return np.minimum(ranks.draw_rank(uniform, above, phi[:, None]), CHART_LENGTH + 1)
