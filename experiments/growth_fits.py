"""Bass and logistic curves fitted to the simulated extra activations, and what they miss."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from growth.adoption import bass, logistic, per_day

__all__ = ["Fit", "fit_curves"]

Array = NDArray[np.float64]


class Fit(NamedTuple):
    """One fitted curve, on the days it was fitted to."""

    name: str
    parameters: dict[str, float]
    cumulative: Array
    r_squared: float
    """Of the daily flow: the cumulative curve of anything fits."""
    missed: dict[str, float]
    """What a reader would be told wrongly, fitted less simulated: first-day share, peak day, last-week share, total."""


def fit_curves(daily: ArrayLike) -> list[Fit]:
    """Least squares on the daily flow [days] of activations over doing nothing; a fit that does not converge is left
    out."""
    from scipy.optimize import curve_fit

    flow = np.asarray(daily, dtype=float)
    days, total = len(flow), max(float(flow.sum()), 1e-9)
    ends = np.arange(1, days + 1)

    def bass_flow(t: Array, market: float, p: float, q: float) -> Array:
        return per_day(bass(t, market, p, q))

    def logistic_flow(t: Array, market: float, rate: float, middle: float) -> Array:
        return per_day(logistic(t, market, rate, middle))

    tries: dict[str, tuple[Any, Any, tuple[str, ...], list[float], Any]] = {
        "Bass": (bass_flow, bass, ("market", "p", "q"), [total, 0.1, 0.1], ([0, 1e-6, 0], [50 * total, 5, 10])),
        "logistic": (
            logistic_flow, logistic, ("market", "rate", "middle"), [2 * total, 0.3, 1.0],
            ([0, 1e-4, -days], [50 * total, 10, days]),
        ),
    }  # fmt: skip
    found = []
    for name, (of, curve, names, start, bounds) in tries.items():
        try:
            best, _ = curve_fit(of, ends, flow, p0=start, bounds=bounds, max_nfev=20_000)
        except RuntimeError:  # no convergence: there is nothing to show
            continue
        fitted = of(ends, *best)
        spread = float(((flow - flow.mean()) ** 2).sum())
        score = 1 - float(((flow - fitted) ** 2).sum()) / spread if spread > 0 else float("nan")
        parameters = dict(zip(names, map(float, best), strict=True))
        found.append(Fit(name, parameters, curve(ends, *best), score, _missed(fitted, flow)))
    return found


def _missed(fitted: Array, flow: Array) -> dict[str, float]:
    def share(part: Array, days: slice) -> float:
        return float(part[days].sum() / max(part.sum(), 1e-9))

    return {
        "first_day_share": share(fitted, slice(0, 1)) - share(flow, slice(0, 1)),
        "peak_day": float(fitted.argmax() - flow.argmax()),
        "last_week_share": share(fitted, slice(-7, None)) - share(flow, slice(-7, None)),
        "total": float(fitted.sum() / max(flow.sum(), 1e-9) - 1),
    }
