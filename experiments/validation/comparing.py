"""Verdicts against known answers: a dominated design, two that are equal in law, an optimum between two ends.

Each repeat is a whole comparison at the scenario's own effort (replicates and parameter draws) on luck of its own; the
parameter draws are the same in all, because what is repeated is luck. The small town of `experiments/known_answers` is
simulated with many repeats in one block.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from scipy import stats

from experiments.validation.rows import FAILURE_RATE, row

__all__ = ["binomial_bounds", "comparing", "repeated"]

BATCH = 20  # repeats in one request
CASES: dict[str, tuple[str, str, list[str]]] = {
    "dominated": ("stay_lift", "design", ["fewer ads"]),
    "equal": ("stay_lift", "ads and press", ["ads and stars"]),
    "interior": ("icac", "design", ["ads 3000", "ads 50000"]),
}
"""Known answer: the KPI, the base, and the designs beside it."""
_SOURCE = "experiments/known_answers/small_town.toml, made up"


def binomial_bounds(repeats: int, rate: float) -> tuple[int, int]:
    """Smallest and largest count that pass, two-sided, at the declared failure rate."""
    tail = FAILURE_RATE / 2
    return int(stats.binom.ppf(tail, repeats, rate)), int(stats.binom.isf(tail, repeats, rate))


def comparing(repeats: int = 200) -> list[dict[str, Any]]:
    """Correct choices and false alarms of `growth compare` where the answer is known."""
    from experiments.platform import set_up
    from experiments.progress import Progress

    set_up()
    with Progress() as progress:
        found, (cost, z) = repeated(repeats, progress.tell)
    rows = [_rate("dominated_correct", "a dominated design is shown to be worse", found["dominated"]["worse"], repeats)]
    wrong = found["equal"]["better"] + found["equal"]["worse"]
    alarm = "a difference is shown between two designs equal in law and unequal in draws"
    rows.append(_rate("equal_false_alarms", alarm, wrong, repeats, 0.05))
    best = min(cost, key=lambda name: cost[name])
    correct = found["interior"][f"recommended {best}"]
    rows.append(_rate("interior_correct", f"the brute-force optimum ({best}) is recommended", correct, repeats))
    ends = [name for name in ("ads 3000", "ads 50000") if cost[name] > cost["design"]]
    rows.append(
        row("interior", "ends of the ladder that cost more per head than its middle, all replicates", len(ends), low=2,
            high=2, role="law", grade="D", source=_SOURCE)
    )  # fmt: skip
    bound = float(stats.norm.isf(FAILURE_RATE / 2))
    metric = "z of the difference of the two designs equal in law, all replicates"
    rows.append(row("equal_in_law", metric, z, low=-bound, high=bound, role="law", grade="D", source=_SOURCE))
    for case, count in found.items():
        for word, number in sorted(count.items()):
            metric = f"{case}: outcomes {word!r} per repeat"
            rows.append(row(f"{case}_{word}", metric, number / repeats, role="shown", grade="D", source=_SOURCE))
    return rows


def _rate(name: str, metric: str, count: int, repeats: int, rate: float = 0.95) -> dict[str, Any]:
    """A share of the repeats with its two-sided binomial bounds around ``rate``."""
    low, high = binomial_bounds(repeats, rate)
    metric = f"{metric}, share of {repeats} repeats (bounds around {rate:.0%})"
    bounds = {"low": low / repeats, "high": high / repeats}
    return row(name, metric, count / repeats, **bounds, role="law", grade="D", source=_SOURCE)


def repeated(
    repeats: int, tell: Any = lambda _: None
) -> tuple[dict[str, Counter[str]], tuple[dict[str, float], float]]:
    """Outcomes of the comparisons by case, and over all replicates: cost per head by design, z of the equal pair."""
    from experiments.comparing import compare_designs
    from experiments.in_memory import InMemory
    from experiments.known_answers import known_answer
    from experiments.kpi_list import KPIS
    from experiments.progress import Report
    from experiments.world_view import Worlds

    memory = InMemory(known_answer("small_town"))
    run, kpis = memory.scenario.run, {kpi.id: kpi for kpi in KPIS}
    found: dict[str, Counter[str]] = {case: Counter() for case in CASES}
    sums: dict[str, list[Any]] = {}
    drawn_numbers = range(run.parameter_draws)
    for start in range(0, repeats, BATCH):
        tell(Report("repeats", start, repeats, "repeats"))
        batch = min(BATCH, repeats - start)
        first = start * run.replicates
        central = memory.sides(memory.dataset(range(first, first + batch * run.replicates)))
        luck = [first + number * run.replicates for number in range(batch)]
        drawn = memory.sides(memory.dataset(luck, draws=drawn_numbers), drawn_numbers)
        for case, (kpi, base, names) in CASES.items():
            for name in (base, *names):
                ratio = kpis[kpi].of(central[name], central["no campaign"])
                sums.setdefault(f"{case}: {name}", []).append(ratio)
        for number in range(batch):
            mine = np.arange(number * run.replicates, (number + 1) * run.replicates)
            each = np.arange(run.parameter_draws) * batch + number
            worlds = Worlds(
                {name: world.part(mine) for name, world in central.items()},
                {name: world.part(each) for name, world in drawn.items()},
                memory.people_per_user,
            )
            for case, (kpi, base, names) in CASES.items():
                told = compare_designs(worlds, kpis[kpi], names=names, base=base)
                found[case].update(told.option(name).word for name in names)
                found[case][f"recommended {told.recommended}"] += 1
    return found, _truths(sums)


def _truths(sums: dict[str, list[Any]]) -> tuple[dict[str, float], float]:
    """Ratios of means over all replicates of the interior case, and the z of the equal pair's paired difference."""

    def whole(name: str) -> tuple[np.ndarray, np.ndarray]:
        parts = sums[name]
        return np.concatenate([part.numerator for part in parts]), np.concatenate([part.denominator for part in parts])

    cost: dict[str, float] = {}
    for name in ("design", *CASES["interior"][2]):
        above, below = whole(f"interior: {name}")
        cost[name] = float(above.mean() / below.mean())
    gap = whole("equal: ads and stars")[0] - whole("equal: ads and press")[0]
    return cost, float(gap.mean() / (gap.std(ddof=1) / np.sqrt(len(gap))))
