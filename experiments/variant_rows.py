"""Variants against the design, as rows: paired differences with both intervals, for `growth compare`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from experiments.kpi_list import COMPARED
from experiments.kpi_table import difference_table
from experiments.number_format import interval, signed
from experiments.results import Run
from experiments.world_view import worlds_of

__all__ = ["VARIANT_COLUMNS", "variant_rows"]


def variant_rows(run: Run) -> list[dict[str, Any]]:
    """One row per variant and headline KPI: the difference to the design on the same luck.

    ``shown`` says whether a difference is claimed: both the headline and the Monte Carlo interval lie on one side of
    zero.
    """
    rows = []
    for variant, found in difference_table(worlds_of(run), COMPARED).items():
        for kpi in found.values():
            bounds = (kpi.low, kpi.high, kpi.mc_low, kpi.mc_high)
            known = [bound for bound in bounds if bound is not None]
            clear = len(known) == len(bounds) and (min(known) > 0 or max(known) < 0)
            rows.append(
                {
                    "variant": variant,
                    "metric": kpi.label,
                    "unit": kpi.unit,
                    "difference": kpi.value,
                    "mc_low": kpi.mc_low,
                    "mc_high": kpi.mc_high,
                    "param_low": kpi.low,
                    "param_high": kpi.high,
                    "shown": clear,
                }
            )
    return rows


VARIANT_COLUMNS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "variant": lambda row: row["variant"],
    "metric": lambda row: row["metric"],
    "minus design": lambda row: signed(row["difference"], row["unit"]),
    "Monte Carlo": lambda row: interval(row["mc_low"], row["mc_high"], row["unit"], difference=True),
    "parameters": lambda row: interval(row["param_low"], row["param_high"], row["unit"], difference=True),
    "shown": lambda row: row["shown"],
}
"""What `growth compare` shows of a variant's row."""
