"""Variants against the design, as rows: paired differences with both intervals, for `growth compare`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from experiments.comparing import FEWEST_DRAWS, Comparison
from experiments.kpi import Kpi
from experiments.kpi_list import COMPARED, KPIS
from experiments.kpi_table import difference_table
from experiments.number_format import amount, interval, signed
from experiments.world_view import Worlds
from graphs.errors import InputError

__all__ = ["CHOICE_COLUMNS", "VARIANT_COLUMNS", "choice_rows", "kpi_named", "variant_rows"]


def kpi_named(name: str) -> Kpi:
    """A KPI by its id. Raises InputError for an unknown one."""
    found = next((kpi for kpi in KPIS if kpi.id == name), None)
    if found is None:
        raise InputError("unknown KPI", field="--by", value=name, allowed=", ".join(kpi.id for kpi in KPIS))
    return found


def choice_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """One row per design, the base first: its value, the paired difference, P(best), expected regret, the verdict."""
    rows = []
    for option in comparison.options:
        gap = option.difference
        rows.append(
            {
                "design": option.name,
                "kpi": comparison.kpi.id,
                "unit": comparison.kpi.unit,
                "value": option.value.value,
                "observed": option.value.observed,
                "difference": gap.value if gap else None,
                "mc_low": gap.mc_low if gap else None,
                "mc_high": gap.mc_high if gap else None,
                "param_low": gap.low if gap else None,
                "param_high": gap.high if gap else None,
                "other_sign": option.other_sign,
                "chance_best": option.chance_best,
                "regret": option.regret,
                "matters": comparison.threshold,
                "verdict": option.word,
            }
        )
    return rows


CHOICE_COLUMNS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "design": lambda row: row["design"],
    "value": lambda row: amount(row["value"], row["unit"]),
    "minus base": lambda row: signed(row["difference"], row["unit"]),
    "Monte Carlo": lambda row: interval(row["mc_low"], row["mc_high"], row["unit"], difference=True),
    "parameters": lambda row: interval(row["param_low"], row["param_high"], row["unit"], difference=True),
    "P(best)": lambda row: amount(row["chance_best"], "share"),
    "regret": lambda row: amount(row["regret"], row["unit"]),
    "verdict": lambda row: row["verdict"],
}
"""What `growth compare` shows of a design."""


def variant_rows(worlds: Worlds) -> list[dict[str, Any]]:
    """One row per variant and headline KPI: the difference to the design on the same luck.

    ``shown`` says whether a difference is claimed: there are draws enough for a verdict, and both the headline and the
    Monte Carlo interval lie on one side of zero.
    """
    rows = []
    for variant, found in difference_table(worlds, COMPARED).items():
        for kpi in found.values():
            bounds = (kpi.low, kpi.high, kpi.mc_low, kpi.mc_high)
            known = [bound for bound in bounds if bound is not None]
            clear = len(known) == len(bounds) and (min(known) > 0 or max(known) < 0)
            clear = clear and kpi.draws >= FEWEST_DRAWS
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
