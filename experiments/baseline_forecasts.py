"""Simple forecasters of daily users, each with the predictive intervals that its own law gives it.

What a calibration has to beat: the last figure, a straight line on the log, a Bass curve. Their intervals come from the
figures they were given, by the textbook formula of each; nothing is tuned to what came later.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from graphs.hashing import hash_bits, hash_normal
from growth.adoption import bass, per_day

__all__ = ["bass_forecast", "persistence", "trend"]

Array = NDArray[np.float64]
_BOOTSTRAPS = 40
_EACH = 25  # noises drawn around each refitted curve
_LEAST = 1.0  # people: a forecast of fewer is none


def persistence(seen: Array, ahead: int, levels: Array) -> Array:
    """Quantiles, [levels, ahead], of a random walk on the log from the last of ``seen`` [days] figures.

    No drift; the variance of a step is the mean square of the steps seen, n of them; h days ahead the predictive law is
    Student's t with n degrees of freedom, scaled by sqrt(h).
    """
    log = np.log(seen)
    steps = np.diff(log)
    spread = np.sqrt(np.mean(steps**2) * np.arange(1, ahead + 1))
    return np.exp(log[-1] + stats.t.ppf(levels, len(steps))[:, None] * spread[None, :])


def trend(seen: Array, ahead: int, levels: Array, days: int) -> Array:
    """Quantiles, [levels, ahead], of a straight line through the logs of the last ``days`` figures.

    Least squares; the predictive law of a new figure at x is Student's t with n - 2 degrees of freedom and variance
    s^2 (1 + 1 / n + (x - mean)^2 / Sxx).
    """
    y, x = np.log(seen[-days:]), np.arange(days, dtype=float)
    slope, start = np.polyfit(x, y, 1)
    s2 = float(((y - start - slope * x) ** 2).sum()) / (days - 2)
    later = np.arange(days, days + ahead, dtype=float)
    spread = np.sqrt(s2 * (1 + 1 / days + (later - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum()))
    middle = start + slope * later
    return np.exp(middle + stats.t.ppf(levels, days - 2)[:, None] * spread[None, :])


def bass_forecast(before: Array, seen: Array, ahead: int, levels: Array, seed: int) -> Array:
    """Quantiles, [levels, ahead], of a Bass curve above the level ``before`` the campaign.

    The curve is Bass's flow (users of a day as adoptions, a wave) or its sum (users as the installed base, a plateau),
    whichever leaves less of ``seen`` [days] by least squares. Intervals by 40 refits to resampled residuals, each with
    resampled noise: what the fit does not know is in them. Before a curve is found, persistence.
    """
    level = float(before.mean())
    excess, days = seen - level, len(seen)
    fits = [found for form in (_flow, np.asarray) if (found := _fitted(form, excess)) is not None]
    if not fits:
        return persistence(seen, ahead, levels)
    form, best = min(fits, key=lambda fit: _residual(fit[0], fit[1], excess))
    curve = _curve(form, days + ahead)
    fitted = curve(best)
    noise = excess - fitted[:days]
    noise = (noise - noise.mean()) * np.sqrt(days / (days - 3))
    draws = []
    for again in range(_BOOTSTRAPS):
        pick = hash_bits(seed, 940, again, np.arange(days)) % np.uint64(days)
        refit = _fitted(form, fitted[:days] + noise[pick.astype(int)], best)
        later = curve(best if refit is None else refit[1])[days:]
        shake = noise.std() * hash_normal(seed, 941, again, np.arange(_EACH * ahead)).reshape(_EACH, ahead)
        draws.append(later + shake)
    return np.maximum(level + np.quantile(np.concatenate(draws), levels, axis=0), _LEAST)


def _flow(cumulative: Array) -> Array:
    return per_day(cumulative)


def _curve(form: Callable[..., Any], days: int) -> Callable[[Array], Array]:
    """From the logs of market, p and q to the curve of ``days`` days."""
    ends = np.arange(1, days + 1)
    return lambda logs: form(bass(ends, *np.exp(logs)))


def _fitted(form: Callable[..., Any], excess: Array, start: Array | None = None) -> Any:
    """(form, logs of market, p, q) by least squares; None where there is nothing above the level or no fit."""
    total = float(np.abs(excess).sum())
    if excess.sum() <= 0:
        return None
    curve = _curve(form, len(excess))
    low, high = np.log([1e-3 * total, 1e-6, 1e-6]), np.log([50 * total, 5.0, 10.0])
    begin = np.log([total, 0.1, 0.1]) if start is None else np.clip(start, low + 1e-9, high - 1e-9)
    scale = float(np.abs(excess).max())
    found = optimize.least_squares(lambda logs: (curve(logs) - excess) / scale, begin, bounds=(low, high), max_nfev=400)
    return (form, found.x) if np.isfinite(found.cost) else None


def _residual(form: Callable[..., Any], logs: Array, excess: Array) -> float:
    return float(((_curve(form, len(excess))(logs) - excess) ** 2).sum())
