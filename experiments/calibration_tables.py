"""What a calibration says: parameters before and after, reported beside predicted, which figure would help, what cannot
be told apart. Rows of plain numbers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.likelihood import Model
from experiments.number_format import plain
from experiments.predictive import Outcomes, days_shown, printed_counts, printed_figures, rank_draws
from experiments.priors import places_of
from graphs.hashing import hash_normal

__all__ = ["contraction", "forecast_of", "information_rows", "parameter_rows", "reported_rows", "told_apart", "words"]

Row = dict[str, Any]
_LEVELS = (0.05, 0.5, 0.95)
_AT_END = 0.02  # of a range: closer counts as pressed against it


def contraction(z: NDArray) -> NDArray:
    """1 - var(posterior) / var(prior) of each unknown; the prior is a standard normal. Below zero: wider."""
    return 1 - z.var(axis=0, ddof=1)


def parameter_rows(model: Model, z: NDArray) -> list[Row]:
    """Prior against posterior of every unknown, those that the data moved most first."""
    from scipy.stats import norm

    from experiments.parameters import quantile

    gained, least = contraction(z), model.priors["report.not_identified_below"].value
    known = {prior.name: prior.quantity for prior in model.of_scenario}
    known |= {name: model.priors[name] for name in model.names if name in model.priors}
    rows = []
    for at, name in enumerate(model.names):
        place = norm.cdf(z[:, at])
        number = known.get(name)
        before, after = norm.ppf(_LEVELS), np.quantile(z[:, at], _LEVELS)
        if number:
            before, after = (
                [quantile(number, float(one)) for one in np.ravel(places_of([number], norm.cdf(part)[:, None]))]
                for part in (before, after)
            )
        ends = [float((place < _AT_END).mean()), float((place > 1 - _AT_END).mean())]
        rows.append(
            {
                "parameter": name,
                "prior_low": float(before[0]),
                "prior": float(before[1]),
                "prior_high": float(before[2]),
                "low": float(after[0]),
                "median": float(after[1]),
                "high": float(after[2]),
                "contraction": float(gained[at]),
                "identified": bool(gained[at] >= least),
                "pressed": ("low end" if ends[0] > ends[1] else "high end") if max(ends) > 0.25 else "",
                "unit": (number.unit or "") if number else "standard deviations of its prior",
            }
        )
    return sorted(rows, key=lambda row: -row["contraction"])


def reported_rows(model: Model, prior: Outcomes, posterior: Outcomes, seed: int) -> list[Row]:
    """Every fitted figure beside what the prior and the posterior say would be printed: 90 % predictive intervals."""
    rows = []
    figures = [printed_figures(model, one, seed) for one in (prior, posterior)]
    for at, one in enumerate(model.observed):
        before, after = (np.quantile(part[:, at], _LEVELS) for part in figures)
        rows.append(
            {
                "line": one.row.line,
                "date": str(one.row.window_end or one.row.date),
                "quantity": one.row.quantity,
                "measurer": one.row.measurer,
                "relation": one.row.relation,
                "reported": one.row.value,
                "prior_low": before[0],
                "prior_high": before[2],
                "low": after[0],
                "median": after[1],
                "high": after[2],
                "inside": _holds(one.row.relation, one.row.value, after),
                "grade": one.row.grade,
                "source": one.row.source,
            }
        )
    return rows


def _holds(relation: str, value: float, interval: NDArray) -> bool:
    if relation == "=":
        return bool(interval[0] <= value <= interval[2])
    return bool(interval[2] >= value) if relation == ">" else bool(interval[0] <= value)


def information_rows(model: Model, found: Outcomes, seed: int) -> list[Row]:
    """How much one more figure would narrow what is asked: people brought in over the run, on the log.

    A figure is drawn for every posterior draw with its own noise; the sd of the target given it, were both normal, is
    sd sqrt(1 - correlation^2). A rank is taken as log(1 + rank).
    """
    plan, shown = model.plan, days_shown(model)
    target = {"new": np.log(found.new.sum(axis=1)), "new and back": np.log((found.new + found.reactivated).sum(axis=1))}
    end = min(plan.day(plan.scenario.campaign.end), plan.days - 1)
    middle = end // 2
    figures: dict[str, NDArray] = {}
    for label, day in (("mid-campaign", middle), ("campaign's last day", end), ("last day of the run", plan.days - 1)):
        figures[f"one DAU, {label}"] = _noisy(np.log(found.dau[:, day]), model.sigma, seed + day)
        rank = rank_draws(found, [day], seed + day)[:, 0]
        figures[f"one rank, {label}"] = np.log1p(rank)
    at = shown.index(end)
    for name, table in (("WAU", found.wau), ("MAU", found.mau)):
        figures[f"one {name}, campaign's last day"] = _noisy(np.log(table[:, at]), model.sigma, seed + 77)
    daily = np.stack([_noisy(np.log(found.dau[:, day]), model.sigma, seed + 31 * day) for day in (middle, end)], axis=1)
    rows: list[Row] = [
        {
            "figure": "nothing more",
            **{f"sd of log {name}": float(one.std()) for name, one in target.items()},
            "saves": 0.0,
        }
    ]
    for label, figure in [*figures.items(), ("two DAU", daily)]:
        left = {f"sd of log {name}": _left(one, figure) for name, one in target.items()}
        before = rows[0]["sd of log new and back"]
        rows.append({"figure": label, **left, "saves": 1 - left["sd of log new and back"] / before})
    return [rows[0], *sorted(rows[1:], key=lambda row: -row["saves"])]


def _noisy(log_mean: NDArray, sigma: float, seed: int) -> NDArray:
    return log_mean + sigma * hash_normal(seed, 973, np.arange(len(log_mean)))


def _left(target: NDArray, figure: NDArray) -> float:
    """Residual sd of the target after a linear fit on one or two figures."""
    design = np.column_stack([np.ones(len(target)), figure])
    residual = target - design @ np.linalg.lstsq(design, target, rcond=None)[0]
    return float(residual.std())


def told_apart(model: Model, prior: Outcomes, posterior: Outcomes) -> tuple[list[Row], list[str]]:
    """Reach, invitation rate and acceptance before and after, and in words which of them the data tell apart.

    Each as its log: people whom the campaign's reach brings in; packets per active person and day; the chance that
    somebody new takes a packet they have seen.
    """
    names = {"reach": "reached", "invitation rate": "packets", "acceptance": "acceptance"}
    parts = {
        name: [np.log(np.maximum(getattr(one, field), 1e-12)) for one in (prior, posterior)]
        for name, field in (*names.items(), ("people invited", "invited"))
    }
    least = model.priors["report.not_identified_below"].value
    gained = {
        name: float(1 - after.var() / before.var()) if before.std() > 1e-9 else 0.0
        for name, (before, after) in parts.items()
    }
    rows = [
        {"quantity": name, "sd of log, prior": float(one[0].std()), "sd of log, posterior": float(one[1].std()),
         "contraction": gained[name], "identified": gained[name] >= least}
        for name, one in parts.items()
    ]  # fmt: skip
    lines = []
    for name in names:
        verb = "identify" if gained[name] >= least else "do not identify"
        gone = f"{100 * max(gained[name], 0.0):.0f} % of its prior variance is gone"
        lines.append(f"These data {verb} {name}{' in part' if verb == 'identify' else ''}: {gone}.")
    pairs = [("reach", "invitation rate"), ("reach", "acceptance"), ("invitation rate", "acceptance")]
    for one, other in pairs:
        a, b = parts[one][1], parts[other][1]
        r = float(np.corrcoef(a, b)[0, 1])
        product, ratio = float((a + b).std()), float((a - b).std())
        both = f"{one} and {other}: correlation {r:+.2f}, sd of log product {product:.2f}, of log ratio {ratio:.2f}"
        if max(gained[one], gained[other]) < least:
            lines.append(f"{both}. Neither is identified, so they cannot be told apart.")
        elif r < -0.5:
            lines.append(f"{both}. Only their product is known; they cannot be told apart.")
        elif min(gained[one], gained[other]) < least:
            known = one if gained[one] >= least else other
            lines.append(f"{both}. Only {known} is known of the two.")
        else:
            lines.append(f"{both}. They are told apart.")
    return rows, lines


def forecast_of(model: Model, found: Outcomes, seed: int) -> dict[str, Any]:
    """Predictive 5, 50 and 95 % of DAU (as the reference measurer would print it) and of the rank on every day, and of
    WAU and MAU on the days shown; plain JSON."""
    plan = model.plan
    dates = [str(plan.first + dt.timedelta(days=day)) for day in range(plan.days)]
    shown = [dates[day] for day in days_shown(model)]
    told: dict[str, Any] = {
        "app": plan.app,
        "scenario_sha256": plan.scenario.sha256(),
        "figures": [one.name for one in model.observed],
        "levels": list(_LEVELS),
        "measurer": model.reference,
    }
    series = (("dau", dates, found.dau), ("wau", shown, found.wau), ("mau", shown, found.mau))
    for number, (name, when, table) in enumerate(series):
        printed = printed_counts(np.log(table), model.sigma, seed + number)
        told[name] = {date: _rounded(printed[:, at]) for at, date in enumerate(when)}
    rank = rank_draws(found, slice(0, -1), seed)
    told["rank"] = {date: [int(one) for one in np.quantile(rank[:, at], _LEVELS)] for at, date in enumerate(dates)}
    return told


def _rounded(values: NDArray) -> list[float]:
    return [float(f"{one:.6g}") for one in np.quantile(values, _LEVELS)]


def words(values: list[float]) -> str:
    """`low to high (median)` of a forecast's three levels."""
    return f"{plain(values[0])} to {plain(values[2])} (median {plain(values[1])})"
