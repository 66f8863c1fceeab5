"""KPIs on plain arrays: activity, growth accounting, retention with censoring, cost, counterfactual.

Day 0 of a cohort is the day of activation. *Active* means opened the app, was activated or claimed that day.
Every KPI that divides comes back as a `Ratio` (numerator and denominator per replicate), because it is
estimated as a ratio of means over replicates and never as a mean of ratios (`growth.intervals`). Arrays carry
the day on their last axis unless a docstring says otherwise; counts are people, money is yuan.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from growth.intervals import Ratio

__all__ = [
    "burn",
    "cannibalisation",
    "cash_per_net_new_monthly_user",
    "churned_active",
    "cohort_table",
    "cost_per",
    "dau_multiple",
    "exhaustion_day",
    "incremental_cost_per",
    "marginal_cost",
    "pacing",
    "quick_ratio",
    "retained_on",
    "retention_curve",
    "retention_on",
    "share_of",
    "stickiness",
    "unbalanced_growth",
    "unclaimed",
]

Array = NDArray[np.float64]


def _floats(values: ArrayLike) -> Array:
    return np.asarray(values, dtype=float)


# Activity ------------------------------------------------------------------------------------------------


def dau_multiple(dau: ArrayLike, reference_dau: ArrayLike) -> Ratio:
    """DAU of one day over DAU of another: the campaign's first day over the day before, day 7 over day 1."""
    return Ratio(_floats(dau), _floats(reference_dau))


def stickiness(dau: ArrayLike, mau: ArrayLike, days: int = 30) -> Ratio:
    """Mean DAU over the last `days` days over MAU at the end of the period (share of monthly users a day)."""
    return Ratio(_floats(dau)[..., -days:].mean(axis=-1), _floats(mau)[..., -1])


def churned_active(dau: ArrayLike, new: ArrayLike, resurrected: ArrayLike) -> Array:
    """People active yesterday and not today: A_{t-1} + new + resurrected - A_t, from the second day on."""
    active = _floats(dau)
    return active[..., :-1] + _floats(new)[..., 1:] + _floats(resurrected)[..., 1:] - active[..., 1:]


def unbalanced_growth(dau: ArrayLike, new: ArrayLike, retained: ArrayLike, resurrected: ArrayLike) -> float:
    """Largest |A_t - (new + retained + resurrected)| over all days: 0 when growth accounting closes."""
    parts = _floats(new) + _floats(retained) + _floats(resurrected)
    return float(np.abs(_floats(dau) - parts).max(initial=0.0))


def quick_ratio(dau: ArrayLike, new: ArrayLike, resurrected: ArrayLike) -> Ratio:
    """(new + resurrected) / churned over the period, from its second day on."""
    gained = _floats(new)[..., 1:] + _floats(resurrected)[..., 1:]
    return Ratio(gained.sum(axis=-1), churned_active(dau, new, resurrected).sum(axis=-1))


# Retention -----------------------------------------------------------------------------------------------


def cohort_table(active_at_age: ArrayLike, activations: ArrayLike) -> Array:
    """Cohorts from what was counted each day: [..., day, age] and [..., day] give [..., cohort day, age].

    Entry [c, a] is the number of people activated on day c who were active on day c + a (activations at age
    0). NaN where day c + a was not observed: a censored cell stays empty.
    """
    seen, started = _floats(active_at_age), _floats(activations)
    days, ages = seen.shape[-2:]
    day = np.arange(days)[:, None] + np.arange(ages)[None, :]
    table = seen[..., np.minimum(day, days - 1), np.arange(ages)[None, :]]
    table = np.where(day < days, table, np.nan)
    table[..., 0] = started
    return table


def _observed(cohorts: Array, age: int, cohort_days: slice) -> tuple[Array, Array]:
    """Active at `age` and activated, over the cohorts of `cohort_days` that were observed long enough."""
    if age >= cohorts.shape[-1]:
        empty = np.full(cohorts.shape[:-2], np.nan)
        return empty, empty
    chosen = cohorts[..., cohort_days, :]
    complete = ~np.isnan(chosen[..., age])
    active = np.where(complete, chosen[..., age], 0.0).sum(axis=-1)
    started = np.where(complete, chosen[..., 0], 0.0).sum(axis=-1)
    nobody = ~complete.any(axis=-1)
    return np.where(nobody, np.nan, active), np.where(nobody, np.nan, started)


def retention_on(cohorts: ArrayLike, age: int, cohort_days: slice = slice(None)) -> Ratio:
    """retention_on(N): active on day N after activation, over all activated, cohorts of `cohort_days` pooled.

    `cohorts` [..., cohort day, age] from `cohort_table`. Cohorts not yet observed at age N are left out of
    both sides; both sides are NaN when none was (D30 of a 20-day run is an empty cell, not a number).
    """
    return Ratio(*_observed(_floats(cohorts), age, cohort_days))


def retained_on(cohorts: ArrayLike, age: int, cohort_days: slice = slice(None)) -> Array:
    """People active on day N after activation; NaN unless *every* cohort of `cohort_days` was observed."""
    table = _floats(cohorts)
    if age >= table.shape[-1]:
        return np.full(table.shape[:-2], np.nan)
    return table[..., cohort_days, age].sum(axis=-1)


def retention_curve(cohorts: ArrayLike, cohort_days: slice = slice(None)) -> Ratio:
    """retention_on(N) for every age N: numerator and denominator [..., age]."""
    table = _floats(cohorts)
    pairs = [_observed(table, age, cohort_days) for age in range(table.shape[-1])]
    active, started = (np.stack(part, axis=-1) for part in zip(*pairs, strict=True))
    return Ratio(active, started)


# Cost and counterfactual ---------------------------------------------------------------------------------


def cost_per(spend: ArrayLike, people: ArrayLike) -> Ratio:
    """Yuan per head: CAC (attributed new users), CPA (actions), CPR_N (users active after N days)."""
    return Ratio(_floats(spend), _floats(people))


def incremental_cost_per(spend: ArrayLike, people: ArrayLike, spend_0: ArrayLike, people_0: ArrayLike) -> Ratio:
    """(S - S0) / (U - U0) on the same luck without the campaign: iCAC, or iCPR_N (active after N days)."""
    return Ratio(_floats(spend) - _floats(spend_0), _floats(people) - _floats(people_0))


def cash_per_net_new_monthly_user(cash: ArrayLike, mau_end: ArrayLike, mau_before: ArrayLike) -> Ratio:
    """Cash paid over (MAU at the end - MAU on the day before): the published form, not incremental."""
    return Ratio(_floats(cash), _floats(mau_end) - _floats(mau_before))


def share_of(part: ArrayLike, whole: ArrayLike) -> Ratio:
    """Part over whole: money to people who were engaged anyway, installs in a day's jump, and so on."""
    return Ratio(_floats(part), _floats(whole))


def burn(paid: ArrayLike, budget: float) -> Array:
    """Share of the budget paid to date, by day (last axis)."""
    return _floats(paid).cumsum(axis=-1) / budget


def pacing(paid: ArrayLike, budget: float, first: int, last: int) -> Array:
    """Share of the budget paid to date less the share of the campaign's days gone, by day: above 0 is ahead of an even
    plan. `first` and `last` are the positions of the campaign's first and last day."""
    day = np.arange(_floats(paid).shape[-1])
    return burn(paid, budget) - np.clip((day - first + 1) / (last - first + 1), 0.0, 1.0)


def unclaimed(pledged: ArrayLike, paid: ArrayLike) -> Array:
    """Yuan pledged and never paid out. What was paid and taken back later is a line of its own (clawed back)."""
    return _floats(pledged) - _floats(paid)


def cannibalisation(incremental: ArrayLike, attributed: ArrayLike) -> Ratio:
    """1 - incremental / attributed: attributed people who would have come anyway, that day or later."""
    return Ratio(_floats(attributed) - _floats(incremental), _floats(attributed))


def marginal_cost(spend: ArrayLike, people: ArrayLike, spend_less: ArrayLike, people_less: ArrayLike) -> Ratio:
    """mCAC = dS / dU between neighbouring budgets on the same luck, yuan per head."""
    return Ratio(_floats(spend) - _floats(spend_less), _floats(people) - _floats(people_less))


def exhaustion_day(paid: ArrayLike, budget: float, tolerance: float = 1e-3) -> Array:
    """First day index at which the budget is paid out to within `tolerance` of it; NaN if it never is."""
    reached = burn(paid, budget) >= 1 - tolerance
    return np.where(reached.any(axis=-1), reached.argmax(axis=-1), np.nan)
