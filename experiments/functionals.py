"""What each reported quantity is of a course of the surrogate: a number of days, a peak, a sum, a cohort, a score."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from experiments import ranks
from experiments.observations import Observed
from experiments.surrogate import Course, active_users
from experiments.surrogate_activity import NOVEL, survival
from experiments.surrogate_plan import Plan

__all__ = ["count_of", "funnel_of", "scores_of", "surge_growth"]

_HISTORY = 6  # days of the standing world before the first score


def count_of(plan: Plan, run: Course, one: Observed) -> Any:
    """The number of people or events that a count is about, before any measurer."""
    functional, last = one.functional, min(one.last, plan.days - 1)
    if functional.variable == "active" and functional.over == "day":
        return active_users(plan, run, last, functional.window)
    days = slice(max(one.first, 0), last + 1)
    series = {
        "active": run.dau,
        "new": run.activations[:4].sum(axis=0),
        "reactivated": run.activations[4:].sum(axis=0),
        "installs": run.installs,
        "draws": run.draws,
        "tasks": run.tasks,
        "claims": run.claims,
    }[functional.variable][days]
    return jnp.max(series) if functional.over == "peak" else jnp.sum(series)


def funnel_of(plan: Plan, run: Course, one: Observed) -> Any:
    """The chance behind a funnel's count: of accepting a packet seen, or of being active at an age."""
    days = np.arange(max(one.first, 0), min(one.last, plan.days - 1) + 1)
    if one.functional.variable == "accepted":
        return jnp.mean(run.accept_new[days])
    age = one.functional.window
    days = days[days + age < plan.days]
    since = run.nights[days + age] - run.nights[days + 1]
    stays = survival(run.habit, run.multiplier[:, None] * since[None, :])
    opens = run.by_age[min(age, NOVEL)] * run.lift[days + age]
    came = run.activations[:, days]
    return jnp.sum(came * stays * jnp.minimum(opens, 1.0)[None, :]) / jnp.sum(came)


def scores_of(run: Course, tau: Any) -> Any:
    """Weighted installs of the last days over all stores, [T + 1]: of every day, and of the standing world."""
    before = jnp.broadcast_to(run.base_installs, (_HISTORY,))
    return jnp.concatenate([ranks.windowed(jnp.concatenate([before, run.installs]), tau)[_HISTORY:], before[:1]])


def surge_growth(run: Course, days: list[int], floor: float) -> Any:
    """Log of the installs of the last W days over those of the W before, [days, 2] for W of 1 and of 7. Less than
    ``floor`` installs a day count as that many: a chart of growth is not led by an app that nobody installs."""
    most = 14
    every = jnp.concatenate([jnp.broadcast_to(run.base_installs, (most,)), run.installs])
    told = []
    for day in days:
        windows = []
        for width in (1, 7):
            end = day + most + 1
            late, early = every[end - width : end].mean(), every[end - 2 * width : end - width].mean()
            windows.append(jnp.log(jnp.maximum(late, floor)) - jnp.log(jnp.maximum(early, floor)))
        told.append(jnp.stack(windows))
    return jnp.stack(told)
