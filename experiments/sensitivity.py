"""Which unknown matters most, for a KPI of the design or for the choice between two designs: Morris, Sobol, tornado.

Every number of a scenario that has a range can be moved, of behaviour and of the design alike. All evaluations meet the
same luck, so what is seen is the parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.in_memory import InMemory
from experiments.kpi import Kpi
from experiments.parameters import quantile
from experiments.paths import matching
from experiments.progress import Report
from experiments.scenario import Scenario
from experiments.sobol import Indices, morris, sobol
from experiments.tables import closest
from graphs.errors import InputError

__all__ = ["Sensitivity", "ranged", "sensitivity", "sensitivity_rows"]

Array = NDArray[np.float64]
KEPT = 8
"""Parameters that Morris' screening passes on to Sobol."""


@dataclass(frozen=True)
class Sensitivity:
    """Screening of all parameters, indices of those kept, and the tornado of those kept."""

    screened: dict[str, float]
    """Mean absolute effect over the whole range, largest first, in the KPI's unit."""
    paths: list[str]
    indices: Indices
    central: float
    tornado: Array
    """[path, 2]: the KPI with one parameter at the low and at the high end of its range."""


def ranged(scenario: Scenario, wanted: Sequence[str] = ()) -> list[str]:
    """Paths of numbers with a range, all or those that ``wanted`` (globs allowed) names. InputError for none."""
    known = [path for path, number in scenario.numbers().items() if number.low != number.high]
    if not wanted:
        return known
    found = [path for pattern in wanted for path in matching(pattern, known)]
    for pattern in wanted:
        if not matching(pattern, known):
            cure = (
                closest(pattern, known) or "give it a range in the campaign file: {value = ..., low = ..., high = ...}"
            )
            raise InputError("no number of that name has a range", field="--parameter", value=pattern, cure=cure)
    return list(dict.fromkeys(found))


def _evaluator(
    memory: InMemory, kpi: Kpi, paths: list[str], variant: str, base: str | None, replicates: int, tell: Any
) -> Callable[[Array], Array]:
    """places [n, d] -> the KPI of ``variant`` (less ``base``'s), a ratio of means over the replicates."""

    def evaluate(points: Array) -> Array:
        memory.draw([dict(zip(paths, map(float, point), strict=True)) for point in points])
        draws = range(len(points))
        names = ["no campaign", variant, *([base] if base else [])]
        side = memory.sides(memory.dataset(range(replicates), draws=draws, variants=names, tell=tell), draws)

        def value(name: str) -> Array:
            above, below = (part.reshape(-1, replicates).mean(axis=1) for part in kpi.of(side[name], side[names[0]]))
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.asarray(above / below)

        found = value(variant) - value(base) if base else value(variant)
        if not np.isfinite(found).all():
            raise InputError(
                f"{kpi.label} is not identified everywhere in these ranges", field="--by", value=kpi.id,
                cure="a lift, such as stay_lift, or narrower ranges",
            )  # fmt: skip
        return found

    return evaluate


def sensitivity(
    scenario: Scenario,
    kpi: Kpi,
    *,
    parameters: Sequence[str] = (),
    variant: str = "design",
    base: str | None = None,
    points: int = 64,
    replicates: int = 2,
    users: int | None = None,
    keep: int = KEPT,
    tell: Callable[[Report], None] = lambda _: None,
) -> Sensitivity:
    """Screen the parameters, then index the ``keep`` that matter most. With ``base`` the KPI's difference is meant."""
    if users is not None:
        scenario = scenario.model_copy(update={"chain": scenario.chain.model_copy(update={"users": users})})
    wanted = {variant, base} - {None}
    scenario = scenario.model_copy(
        update={"variants": tuple(one for one in scenario.variants if one.name in wanted)},
    )
    paths = ranged(scenario, parameters)
    if not paths:
        raise InputError("no number has a range", field="--parameter", cure="give one a range in the campaign file")
    memory = InMemory(scenario)
    for name in wanted:
        if name not in memory.variants:
            allowed = ", ".join(memory.variants)
            raise InputError("unknown variant", field="--variant", value=name, allowed=allowed)
    screen = _evaluator(memory, kpi, paths, variant, base, replicates, tell)
    effect = morris(screen, len(paths), n=8)
    order = np.argsort(-effect.mean_absolute, kind="stable")
    screened = {paths[at]: float(effect.mean_absolute[at]) for at in order}
    kept = list(screened)[:keep]
    evaluate = _evaluator(memory, kpi, kept, variant, base, replicates, tell)
    indices = sobol(evaluate, len(kept), n=points)
    middle = np.full((2 * len(kept) + 1, len(kept)), 0.5)
    for at in range(len(kept)):
        middle[2 * at + 1, at], middle[2 * at + 2, at] = 0.0, 1.0
    ends = evaluate(middle)
    return Sensitivity(screened, kept, indices, float(ends[0]), ends[1:].reshape(-1, 2))


def sensitivity_rows(scenario: Scenario, found: Sensitivity) -> list[dict[str, Any]]:
    """One row a kept parameter, largest total index first."""
    numbers, indices, rows = scenario.numbers(), found.indices, []
    for at in np.argsort(-indices.total, kind="stable"):
        path = found.paths[at]
        rows.append(
            {
                "parameter": path,
                "low": quantile(numbers[path], 0.0),
                "high": quantile(numbers[path], 1.0),
                "first": float(indices.first[at]),
                "first_low": float(indices.first_interval[at, 0]),
                "first_high": float(indices.first_interval[at, 1]),
                "total": float(indices.total[at]),
                "total_low": float(indices.total_interval[at, 0]),
                "total_high": float(indices.total_interval[at, 1]),
                "interaction": float(indices.total[at] - indices.first[at]),
                "at_low": float(found.tornado[at, 0]),
                "at_high": float(found.tornado[at, 1]),
                "effect": found.screened[path],
                "grade": numbers[path].grade,
            }
        )
    return rows
