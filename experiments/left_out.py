"""What would have been predicted of a figure without it: leave-one-out and leave-last-week-out by importance sampling.

Pareto-smoothed importance sampling (Vehtari, Simpson, Gelman, Yao and Gabry, JMLR 25(72), 2024, arXiv 1507.02646):
draws of the posterior are weighted by 1 / p(figure | draw), the largest weights replaced by quantiles of a generalised
Pareto law fitted to them (Zhang and Stephens, Technometrics 51(3), 2009). Its shape k says whether that can be trusted:
up to .7 it can; above, the figure moves the posterior so much that only a fit without it would tell. Nothing is fitted
again, so it costs nothing. Scores are logs of the predictive probability of the figure, higher is better.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from experiments.likelihood import CHART_LENGTH, Data, Model, data_of
from experiments.predictive import Outcomes, printed_figures

__all__ = ["MAX_K", "left_out_rows", "log_terms", "pareto_smoothed"]

Array = NDArray[np.float64]
Row = dict[str, Any]
MAX_K = 0.7
_LEVELS = (0.05, 0.5, 0.95)
_WEEK = dt.timedelta(days=7)


def left_out_rows(model: Model, prior: Outcomes, found: Outcomes, seed: int) -> list[Row]:
    """A row a fitted figure, and one of all figures of the last week together where that is not all of them.

    Of a figure: its log score given the others, its score before any figure, the 90 % predictive interval without it,
    whether it lies inside, and k. Of the week: the scores alone.
    k is None where there is none.
    """
    before, after = log_terms(model, prior), log_terms(model, found)
    printed = printed_figures(model, found, seed)
    rows = []
    for at, one in enumerate(model.observed):
        weights, k = pareto_smoothed(-after[:, at])
        interval = [_quantile(printed[:, at], weights, level) for level in _LEVELS]
        rows.append(
            {
                "figure": one.name,
                "line": one.row.line,
                "score": _score(after[:, at], weights),
                "score_prior": float(special.logsumexp(before[:, at]) - math.log(len(before))),
                "low": interval[0],
                "median": interval[1],
                "high": interval[2],
                "inside": _holds(one.row.relation, one.row.value, interval),
                "k": k if math.isfinite(k) else None,
                "reliable": k <= MAX_K,
            }
        )
    return rows + _last_week(model, before, after)


def _last_week(model: Model, before: Array, after: Array) -> list[Row]:
    ends = [one.row.window_end or one.row.date for one in model.observed]
    late = np.array([end > max(ends) - _WEEK for end in ends])
    if late.all():
        return []
    week, prior = after[:, late].sum(axis=1), before[:, late].sum(axis=1)
    weights, k = pareto_smoothed(-week)
    return [
        {
            "figure": f"all {late.sum()} figures of the last week, to {max(ends)}",
            "line": 0,
            "score": _score(week, weights),
            "score_prior": float(special.logsumexp(prior) - math.log(len(prior))),
            **dict.fromkeys(("low", "median", "high", "inside")),
            "k": k if math.isfinite(k) else None,
            "reliable": k <= MAX_K,
        }
    ]


def log_terms(model: Model, one: Outcomes) -> Array:
    """Log probability of every fitted figure at every draw, [N, figures] in the model's order; the same numbers that
    `Model.log_likelihood` sums, but for days without news."""
    data = data_of(model.observed)
    told = {
        "count": _counts(data, one.centres, model.sigmas),
        "rank": _ranks(model, data, one),
        "surge": _surges(data, one),
        "funnel": stats.binom.logpmf(data.successes, data.trials, np.clip(one.chances, 1e-9, 1 - 1e-9)),
    }
    next_of = dict.fromkeys(told, 0)
    columns = []
    for item in model.observed:
        kind = item.functional.kind
        columns.append(told[kind][:, next_of[kind]])
        next_of[kind] += 1
    return np.maximum(np.stack(columns, axis=1), -700.0)


def _counts(data: Data, centres: Array, sigma: Array) -> Array:
    a, b = ((np.asarray(end) - centres) / sigma for end in (data.log_low, data.log_high))
    flip = a > 0
    more, less = special.log_ndtr(np.where(flip, -a, b)), special.log_ndtr(np.where(flip, -b, a))
    with np.errstate(divide="ignore"):
        return more + np.log(-np.expm1(np.minimum(less - more, 0.0)))


def _places(mean: Array, phi: Array, low: Any, high: Any, beside: Array | None) -> Array:
    """Log probability of places from ``low`` to ``high`` [days], [N, days]."""
    each = stats.nbinom.pmf(np.arange(CHART_LENGTH), *_law(mean[..., None], phi[:, None, None]))
    for chance in () if beside is None else np.moveaxis(beside, 1, 0):
        behind = np.concatenate([np.zeros_like(each[..., :1]), each[..., :-1]], axis=-1)
        each = (1 - chance[..., None]) * each + chance[..., None] * behind
    off = np.maximum(1 - each.sum(axis=-1, keepdims=True), 0.0)
    place = np.arange(1, CHART_LENGTH + 2)
    inside = (place >= np.asarray(low)[:, None]) & (place <= np.asarray(high)[:, None])
    with np.errstate(divide="ignore"):
        return np.log((np.concatenate([each, off], axis=-1) * inside).sum(axis=-1))


def _law(mean: Array, phi: Array) -> tuple[Array, Array]:
    return phi, phi / (phi + mean)


def _ranks(model: Model, data: Data, one: Outcomes) -> Array:
    days = [max(item.last, -1) for item in model.observed if item.functional.kind == "rank"]
    if not days:
        return np.zeros((len(one.phi), 0))
    beside = None if one.beside is None else one.beside[:, :, days]
    return _places(one.above[:, days], one.phi, data.rank_low, data.rank_high, beside)


def _surges(data: Data, one: Outcomes) -> Array:
    if one.surging is None:
        return np.zeros((len(one.phi), 0))
    each = [_places(one.surging[..., at], one.phi, data.surge_low, data.surge_high, None) for at in range(2)]
    return np.logaddexp(*each) - math.log(2.0)


def pareto_smoothed(log_ratios: Array) -> tuple[Array, float]:
    """Weights that sum to one, [N], of draws with these log ratios, and the shape k of their tail; k is infinite where
    there are too few draws to tell, and -infinite where all ratios are alike."""
    log = log_ratios - log_ratios.max()
    count = len(log)
    tail = int(min(0.2 * count, 3 * math.sqrt(count)))
    if np.ptp(log) < 1e-12:
        return np.full(count, 1 / count), -math.inf
    k = math.inf
    if tail >= 5:
        order = np.argsort(log)
        late, floor = order[-tail:], math.exp(log[order[-tail - 1]])
        beyond = np.exp(log[late]) - floor
        if beyond[0] > 0:
            k, scale = _fit_pareto(beyond)
            place = (np.arange(tail) + 0.5) / tail
            log[late] = np.minimum(np.log(floor + scale * special.boxcox(1 / (1 - place), k)), 0.0)
    weights = np.exp(log - special.logsumexp(log))
    return weights, k


def _fit_pareto(x: Array) -> tuple[float, float]:
    """Shape and scale of a generalised Pareto law by Zhang and Stephens, the shape drawn a little towards .5; ``x``
    rising."""
    n = len(x)
    m = 30 + int(math.sqrt(n))
    b = (1 - np.sqrt(m / (np.arange(1, m + 1) - 0.5))) / (3 * x[int(n / 4 + 0.5) - 1]) + 1 / x[-1]
    shape = np.log1p(-b[:, None] * x[None, :]).mean(axis=1)
    fit = n * (np.log(-b / shape) - shape - 1)
    best = float(np.sum(b * special.softmax(fit)))
    k = float(np.log1p(-best * x).mean())
    return (n * k + 5.0) / (n + 10.0), -k / best


def _score(terms: Array, weights: Array) -> float:
    """Log of the mean probability under weights."""
    return float(special.logsumexp(terms, b=weights))


def _quantile(values: Array, weights: Array, level: float) -> float:
    order = np.argsort(values)
    place = np.cumsum(weights[order]) - 0.5 * weights[order]
    return float(np.interp(level, place, values[order]))


def _holds(relation: str, value: float, interval: list[float]) -> bool:
    if relation == "=":
        return interval[0] <= value <= interval[2]
    return interval[2] >= value if relation == ">" else interval[0] <= value
