"""Integer tables of the laws of one parameter draw: what `growth.campaign.Tables` holds, in real units until here."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from scipy import stats

from growth.base_world import StandingLaw, age_table, gap_table, standing_law, status_table
from growth.campaign import COUNT_STEPS, LOGIT_UNIT, MAX_AGE, QUANTILES
from growth.streams import ONE

__all__ = [
    "amount_table",
    "app_law",
    "count_law",
    "delay_table",
    "hour_table",
    "law_tables",
    "logistic_table",
    "logit",
    "mean_count",
    "threshold",
]

_MIDDLES = (np.arange(QUANTILES) + 0.5) / QUANTILES
MAX_DELAY_SECONDS = 10 * 86400


def threshold(probability: float) -> np.uint32:
    """The 31-bit threshold of a probability, clipped to [0, 1]."""
    return np.uint32(int(min(max(probability, 0.0), 1.0) * ONE))


def logit(value: float) -> np.int32:
    """A logit in fixed point."""
    return np.int32(round(value * LOGIT_UNIT))


def logistic_table() -> np.ndarray:
    """Thresholds of the logits from -16 to 16, uint32[8192]; the ends are impossible and certain."""
    logits = np.arange(-16 * LOGIT_UNIT, 16 * LOGIT_UNIT) / LOGIT_UNIT
    table = np.floor(ONE / (1 + np.exp(-logits))).astype(np.uint32)
    table[0], table[-1] = 0, ONE
    return table


def count_law(mean: float, dispersion: float | None, most: int) -> np.ndarray:
    """Cumulative thresholds of a count, uint32[COUNT_STEPS]: negative binomial of a mean and dispersion k
    (variance mean + mean^2 / k), or Poisson when ``dispersion`` is None; what lies above ``most`` is moved to it."""
    counts = np.arange(COUNT_STEPS)
    if mean <= 0:
        shares = np.ones(COUNT_STEPS)
    elif dispersion is None:
        shares = stats.poisson.cdf(counts, mean)
    else:
        shares = stats.nbinom.cdf(counts, dispersion, dispersion / (dispersion + mean))
    shares[min(most, COUNT_STEPS - 1) :] = 1.0
    return np.floor(shares * ONE).astype(np.uint32)


def mean_count(law: np.ndarray) -> float:
    """Mean of a count law."""
    return float((1 - law / ONE).sum())


def amount_table(law: str, mean_cents: float, spread: str) -> np.ndarray:
    """Cents by quantile, int32[QUANTILES], whose mean is the asked one to 1/1024 cent.

    ``law`` "fixed" pays the mean (whole cents around it where it is not whole). "lucky" pays by luck: a draw
    (``spread`` "draw") exponentially, many small amounts and few large ones: our choice, none was published. A slot of
    a packet ("packet") is paid by `growth.double_average`; farmed accounts, who take slots of many packets, get amounts
    even from 0 to twice the mean.
    """
    if law == "fixed":
        exact = np.full(QUANTILES, mean_cents)
    elif spread == "packet":
        exact = 2 * mean_cents * _MIDDLES
    else:
        exact = -np.log1p(-_MIDDLES)
        exact *= mean_cents / exact.mean()
    whole = np.diff(np.concatenate([[0], np.round(np.cumsum(exact))]))
    return whole.astype(np.int32)


def delay_table(mu_log_hours: float, sigma_log_hours: float) -> np.ndarray:
    """Seconds from share to answer by quantile of a lognormal law in hours, int32[QUANTILES]."""
    hours = np.exp(mu_log_hours + sigma_log_hours * stats.norm.ppf(_MIDDLES))
    return np.minimum(hours * 3600, MAX_DELAY_SECONDS).astype(np.int32)


def hour_table(weights: list[float]) -> np.ndarray:
    """Second of the day by quantile of a profile of 24 hourly weights, int32[QUANTILES]."""
    shares = np.concatenate([[0.0], np.cumsum(weights)])
    if shares[-1] <= 0:
        raise ValueError("the weights of the hours are all zero")
    seconds = np.interp(_MIDDLES, shares / shares[-1], np.arange(25) * 3600.0)
    return np.minimum(seconds, 86399).astype(np.int32)


_standing_law = lru_cache(maxsize=64)(standing_law)  # the same for every variant and most apps of a draw


def app_law(values: dict[str, float]) -> StandingLaw:
    """The standing law of an app from behaviour values (paths without ``behaviour.``)."""
    return _standing_law(
        alpha=values["churn.alpha"],
        beta=values["churn.beta"],
        mean=values["open.mean"],
        concentration=values["open.concentration"],
        lift=values["open.first_days_lift"],
        tau=values["open.first_days_tau"],
        max_age=round(values["churn.max_age_days"]),
    )


def law_tables(values: dict[str, float], law: StandingLaw, shares: tuple[float, float, float]) -> dict[str, Any]:
    """One row of each table of `growth.campaign.Tables` that depends on draw and app.

    ``shares`` of the population that are engaged, dormant, uninstalled. The hazard has a row for every age up to
    MAX_AGE; beyond the app's own age the last is repeated: nobody of that age exists.
    Raises ValueError where shares exceed the population.
    """
    hazard = law.hazard[np.minimum(np.arange(MAX_AGE + 1), len(law.hazard) - 1)]
    return {
        "status": status_table(shares, values["base.affinity_tilt"]),
        "age": age_table(law),
        "churn": (hazard * ONE).astype(np.float32),
        "oldest": np.int32(len(law.survival) - 1),
        "open": (law.opening * ONE).astype(np.float32),
        "gap": gap_table(law),
        "novelty": law.novelty.astype(np.float32),
        "hour": hour_table([values[f"hours.h{hour:02d}"] for hour in range(24)]),
        "delay": delay_table(values["delay.mu_log_hours"], values["delay.sigma_log_hours"]),
    }
