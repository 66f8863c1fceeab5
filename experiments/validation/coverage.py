"""Coverage of the nominal 90 % Monte Carlo interval of each headline KPI, at fixed parameters and chain.

The truth of a KPI is its ratio of means over many replicates; then as many repeats of the default effort, on replicates
of their own, each give an interval. A repeat in which a KPI is *not identified* is counted apart. Work is kept in a
folder, piece by piece: the same command goes on where it stopped.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from experiments.validation.rows import FAILURE_RATE, row
from growth.intervals import Ratio, ratio_of_means

__all__ = ["COVERED", "coverage", "coverage_rows", "pieces", "same_study"]

COVERED = (
    "stay_lift",
    "activation_lift",
    "new_lift",
    "spend",
    "icac",
    "icpr_7",
    "icpr_30",
    "cac",
    "retention_30",
    "engaged_money",
)
"""Headline KPIs of the small town. MAU at the campaign's end needs a run longer than 45 days to stand beside D30."""
PIECE = 512  # replicates computed and kept at a time
_SOURCE = "experiments/known_answers/small_town.toml, made up"


def coverage(folder: Path, repeats: int = 400, truth: int = 20_000, tell: Any = lambda _: None) -> list[dict[str, Any]]:
    """Rows of the study: simulate what the folder does not hold yet, then count. Raises InputError for another study's
    folder."""
    from experiments.known_answers import known_answer

    scenario = known_answer("small_town")
    each = scenario.run.replicates
    ratios = pieces(scenario, folder, truth + repeats * each, tell)
    return coverage_rows(ratios, repeats, truth, each)


def pieces(scenario: Any, folder: Path, replicates: int, tell: Any) -> np.ndarray:
    """Numerators and denominators of `COVERED`, float64[replicates, KPIs, 2], from the folder and computed where it has
    none."""
    from experiments.in_memory import InMemory
    from experiments.kpi_list import KPIS
    from experiments.progress import Report

    same_study(scenario, folder)
    kpis = {kpi.id: kpi for kpi in KPIS}
    memory: InMemory | None = None
    parts = []
    for start in range(0, replicates, PIECE):
        file = folder / f"piece_{start:06d}.npy"
        if not file.exists():
            tell(Report("replicates", start, replicates, "replicates"))
            memory = memory or InMemory(scenario)
            names = ["no campaign", "design"]
            side = memory.sides(memory.dataset(range(start, start + PIECE), variants=names))
            told = [kpis[name].of(side["design"], side["no campaign"]) for name in COVERED]
            partial = file.with_suffix(".partial")
            with partial.open("wb") as out:
                np.save(out, np.stack([np.stack(ratio, axis=-1) for ratio in told], axis=1))
            partial.replace(file)
        parts.append(np.load(file))
    return np.concatenate(parts)[:replicates]


def same_study(scenario: Any, folder: Path) -> None:
    """Make the folder of this study, or check that it is one. Raises InputError where it holds something else."""
    from graphs.errors import InputError

    told = {"scenario_sha256": scenario.sha256(), "kpis": list(COVERED), "piece": PIECE}
    file = folder / "coverage.json"
    if file.exists() and json.loads(file.read_text(encoding="utf-8")) != told:
        raise InputError("holds another study", file=folder, cure="another folder")
    if folder.exists() and not file.exists() and any(folder.iterdir()):
        raise InputError("holds something else", file=folder, cure="an empty or a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def coverage_rows(ratios: np.ndarray, repeats: int, truth: int, each: int) -> list[dict[str, Any]]:
    """Two rows a KPI: coverage with its two-sided binomial bounds (Bonferroni over KPIs), share not identified.

    ``ratios`` [truth + repeats x each, KPIs, 2].
    """
    rows = []
    tail = FAILURE_RATE / len(COVERED) / 2
    for at, name in enumerate(COVERED):
        above, below = ratios[:, at, 0], ratios[:, at, 1]
        value = above[:truth].mean() / below[:truth].mean()
        shape = (repeats, each)
        found = ratio_of_means(Ratio(above[truth:].reshape(shape).T, below[truth:].reshape(shape).T), 0.9)
        known = np.isfinite(found.value)
        held = ((found.low <= value) & (value <= found.high))[known].mean() if known.any() else np.nan
        n = max(int(known.sum()), 1)
        low, high = stats.binom.ppf(tail, n, 0.9) / n, stats.binom.isf(tail, n, 0.9) / n
        metric = f"{name}: coverage of the 90 % Monte Carlo interval, {n} repeats of {each} replicates"
        bounds = {"low": float(low), "high": float(high)}
        rows.append(row(f"{name}_covers", metric, float(held), **bounds, role="law", grade="D", source=_SOURCE))
        metric = f"{name}: share of repeats that are not identified"
        missing = float(1 - known.mean())
        rows.append(row(f"{name}_missing", metric, missing, high=0.01, role="law", grade="D", source=_SOURCE))
    return rows
