"""Two posteriors of the same numbers beside one another: medians, intervals, how far apart, a verdict in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.likelihood import Model
from experiments.number_format import plain

__all__ = ["check_lines", "compared", "verdict_of"]

Row = dict[str, Any]
_LEVELS = (0.05, 0.5, 0.95)
_EDGES = (
    (0.001, ": it is unlike any of them, the flow extrapolates, do not trust it"),
    (0.01, ": it is at their edge, where the flow has seen few"),
)
_FEW = 0.02  # of what was printed, left by the weights of the statements: a warning
_INSIDE = 0.5  # of the flow's draws, where worlds were run: a warning


def verdict_of(apart: float, ratio: float, limits: dict[str, float]) -> str:
    """In words: ``apart`` of the medians in standard deviations of HMC, ``ratio`` of flow's interval to HMC's."""
    told = []
    if abs(apart) >= limits["median_apart"]:
        told.append(f"the flow lies {'higher' if apart > 0 else 'lower'}")
    if ratio >= limits["width_ratio"]:
        told.append("the flow is wider")
    elif ratio <= 1 / limits["width_ratio"]:
        told.append("the flow is narrower")
    return "disagree: " + ", ".join(told) if told else "agree"


def compared(
    model: Model, names: Sequence[str], theirs: Sequence[NDArray], ours: Any, control: str, limits: dict[str, float]
) -> list[Row]:
    """A row a number: its median and 90 % interval by HMC (draws ``theirs``, one array a number, unknowns as z) and by
    the flow (``ours`` an `experiments.neural_check.Crossed`), in its own unit; distances are taken on z."""
    rows = []
    for place, (name, hmc) in enumerate(zip(names, theirs, strict=True)):
        flow = ours.draws[:, place]
        ends = [np.quantile(part, _LEVELS) for part in (hmc, flow)]
        apart = float((ends[1][1] - ends[0][1]) / max(hmc.std(), 1e-12))
        ratio = float((ends[1][2] - ends[1][0]) / max(ends[0][2] - ends[0][0], 1e-12))
        unit, shown = _in_unit(model, name, ends)
        row: Row = {"parameter": name, "unit": unit}
        for method, values in zip(("hmc", "flow"), shown, strict=True):
            row |= dict(zip((f"{method}_low", method, f"{method}_high"), values, strict=True))
        row |= {"medians_apart": apart, "width_ratio": ratio, "verdict": verdict_of(apart, ratio, limits)}
        row |= {"flow_covers_90": float(ours.covers_90[place]), "flow_covers_50": float(ours.covers_50[place])}
        row |= {"control": name == control}
        rows.append(row)
    return rows


def _in_unit(model: Model, name: str, ends: list[NDArray]) -> tuple[str, list[list[float]]]:
    """Three quantiles of two methods in the unit of the number."""
    from scipy.stats import norm

    from experiments.parameters import quantile
    from experiments.priors import places_of

    known = {prior.name: prior.quantity for prior in model.of_scenario}
    number = known.get(name) or (model.priors.get(name) if name in model.names else None)
    if number is None:
        unit = "standard deviations of its prior" if name in model.names else "people"
        return unit, [[float(one) for one in (part if name in model.names else np.exp(part))] for part in ends]
    places = [np.ravel(places_of([number], norm.cdf(part)[:, None])) for part in ends]
    return number.unit or "", [[quantile(number, float(one)) for one in part] for part in places]


def check_lines(check: Row) -> list[str]:
    """What a cross-check found, a line each."""
    told = [
        f"cross-check by a neural posterior: {check['worlds']} worlds of the full simulation, {check['held_out']} of "
        f"them held out; {100 * check['statements_ess']:.0f} % of what was printed count after the statements (more "
        f"than, days without a place), {100 * check['kept']:.0f} % of the flow's draws lie where worlds were run"
    ]
    told.append(
        f"cross-check: {100 * check['farther']:.1f} % of the simulated data sets lie farther out than the reported one"
        + next((words for least, words in _EDGES if check["farther"] < least), "")
    )
    if check["statements_ess"] < _FEW or check["kept"] < _INSIDE:
        told.append("cross-check: too few draws count, do not trust it")
    for name, share in check["at_end"].items():
        told.append(f"cross-check: {100 * share:.0f} % of the flow's draws crowd at an end of the worlds run in {name}")
    for row in check["rows"]:
        hmc, flow = (
            f"{plain(row[method])} ({plain(row[f'{method}_low'])} to {plain(row[f'{method}_high'])})"
            for method in ("hmc", "flow")
        )
        name = row["parameter"] + (" (not identified, as a control)" if row["control"] else "")
        told.append(
            f"cross-check: {name}: HMC {hmc}, flow {flow}; medians {row['medians_apart']:+.2f} sd, width ratio "
            f"{row['width_ratio']:.2f}: {row['verdict']}"
        )
    apart = [row["parameter"] for row in check["rows"] if row["verdict"] != "agree"]
    last = f"disagree on {', '.join(apart)}" if apart else "agree on all that is compared"
    return [*told, f"cross-check: the two methods {last}"]
