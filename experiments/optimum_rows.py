"""An optimum as rows and as lines to paste: levers, marginal cost, what fresh luck shows, what binds."""

from __future__ import annotations

from typing import Any

from experiments.design_space import Objective
from experiments.number_format import amount, interval, signed
from experiments.optimise import Optimum

__all__ = ["optimum_lines", "optimum_rows"]


def optimum_rows(found: Optimum, objective: Objective) -> list[dict[str, Any]]:
    """One row a lever: as written, the winner's, and yuan per extra activation of moving it from there."""
    return [
        {
            "lever": lever.path,
            "from": lever.low,
            "to": lever.high,
            "as written": found.design.design[lever.path],
            "best": found.winner.design[lever.path],
            "marginal CAC, yuan": found.marginal[lever.path],
        }
        for lever in found.levers
    ]


def optimum_lines(found: Optimum, objective: Objective) -> list[str]:
    """The verdict first; then the winner's curse, the constraints that bind, and the front."""
    unit, sign, name = objective.kpi.unit, objective.sign, objective.kpi.id
    gain = interval(float(found.gain.low), float(found.gain.high), unit, difference=True)
    head = (
        f"Take it: {objective.kpi.label} improves by {signed(float(found.gain.value), unit)} ({gain}) on fresh luck, "
        f"{'over draws of the posterior' if found.drawn else 'at the central parameters'}."
        if found.found
        else f"No gain found: the best design tried is not shown to beat the design as written ({gain}, fresh luck)."
    )
    curse = (
        f"The search believed {amount(sign * found.believed, unit)}; fresh luck says "
        f"{amount(found.winner.values[name], unit)} (design as written: {amount(found.design.values[name], unit)})."
    )
    binds = f"Binding: {', '.join(found.binding)}." if found.binding else "No constraint binds."
    front = "; ".join(
        f"{amount(one.values['spend'], 'yuan')} for {amount(one.values[name], unit)}" for one in found.front[-6:]
    )
    return [head, curse, binds, f"Front, spend for {objective.kpi.label}: {front}."]
