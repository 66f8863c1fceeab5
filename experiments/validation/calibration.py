"""Simulation-based calibration: do posteriors of `growth calibrate` hold the truth as often as they say?

Talts et al. 2018 (arXiv 1804.06788): with truth from the prior, its rank among posterior draws is even. Here the data
are made by the full simulation, so that the renewal equation, its correction and the sampler are all on trial.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from experiments.row_table import Columns, Row
from experiments.validation.rows import FAILURE_RATE, row

if TYPE_CHECKING:
    from experiments.validation.recovery import Found

__all__ = ["SETS", "calibration", "calibration_columns", "recovery_rows"]

SETS = 200
"""Data sets of the declared study."""
_SHARES = (0.9, 0.5)
_THINNER = 96


def calibration(users: int | None = None, repeats: int = SETS, out: Path = Path("runs/check_calibration")) -> list[Row]:
    """Ranks of the truth and coverage of 50 and 90 % intervals over data sets made by the full simulation of the
    calibration town; resumable: what is finished stays in ``out``.

    ``users``: of a larger town, with a thinner design, because each of its worlds costs more.
    """
    from experiments.platform import set_up
    from experiments.progress import Progress

    set_up()
    from experiments.validation.recovery import Study, study

    sizes = Study() if users is None else Study(points=_THINNER)
    with Progress() as progress:
        found = study(out, repeats, sizes, users, tell=progress.tell)
    return recovery_rows(found)


def recovery_rows(found: Found) -> list[Row]:
    """A row an unknown, and what the whole study showed. A row holds if the ranks are even (Kolmogorov and Smirnov) and
    both intervals cover within binomial error, each at the declared failure rate over all unknowns."""
    from experiments.priors import load_priors

    sets, unknowns = found.place.shape
    least = load_priors()["report.not_identified_below"].value
    bound = float(stats.kstwo.isf(FAILURE_RATE / unknowns, sets))
    tail = FAILURE_RATE / unknowns / len(_SHARES) / 2
    bounds = [(stats.binom.ppf(tail, sets, p) / sets, stats.binom.isf(tail, sets, p) / sets) for p in _SHARES]
    inside = [
        (found.quantiles[:, at] <= found.truth) & (found.truth <= found.quantiles[:, -1 - at])
        for at in range(len(_SHARES))
    ]
    contraction = 1 - found.variance.mean(axis=0)
    source = f"{sets} data sets of experiments/known_answers/calibration_town.toml by the full simulation"
    rows = []
    for at, name in enumerate(found.names):
        even = stats.kstest(found.place[:, at], "uniform")
        one = row(name, "KS distance of the ranks", even.statistic, high=bound, role="law", grade="D", source=source)
        covers = [float(part[:, at].mean()) for part in inside]
        held = all(low <= value <= high for value, (low, high) in zip(covers, bounds, strict=True))
        one |= {"p": float(even.pvalue), "covers_90": covers[0], "covers_50": covers[1], "ok": one["ok"] and held}
        one |= {"contraction": float(contraction[at]), "identified": bool(contraction[at] >= least)}
        rows.append(one)
    return [*rows, *_whole(found, rows, inside, bounds, source)]


def _whole(
    found: Found, rows: list[Row], inside: list[Any], bounds: list[tuple[float, float]], source: str
) -> list[Row]:
    """What the study as a whole showed; shown, not counted."""
    known = np.array([one["identified"] for one in rows])
    told = {
        "smallest p of the ranks": min(one["p"] for one in rows),
        "unknowns identified": float(known.sum()),
        "90 % intervals, mean cover of the identified": float(inside[0][:, known].mean()) if known.any() else np.nan,
        "50 % intervals, mean cover of the identified": float(inside[1][:, known].mean()) if known.any() else np.nan,
        "90 % intervals must cover at least": float(bounds[0][0]),
        "50 % intervals must cover at least": float(bounds[1][0]),
        "50 % intervals must cover at most": float(bounds[1][1]),
        "smallest ESS of a chain, median": float(np.median(found.least_ess)),
        "share of draws that diverged": float(found.divergent.mean()),
        "seconds a data set": float(found.seconds.mean()),
        "seconds of the design": found.design_seconds,
    }
    empty = {"p": None, "covers_90": None, "covers_50": None, "contraction": None, "identified": None}
    shown: dict[str, Any] = {"role": "shown", "grade": "M", "source": source}
    return [row("study", name, value, **shown) | empty for name, value in told.items()]


def calibration_columns(rows: list[Row]) -> Columns:
    """What the table shows."""
    read: dict[str, Callable[[Row], Any]] = {
        "of": lambda one: one["id"] if one["role"] == "law" else one["metric"],
        "value": lambda one: one["value"],
        "at most": lambda one: one["high"],
        "p": lambda one: one["p"],
        "90 %": lambda one: one["covers_90"],
        "50 %": lambda one: one["covers_50"],
        "contraction": lambda one: one["contraction"],
        "ok": lambda one: one["ok"],
    }
    return read
