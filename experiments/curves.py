"""Growth curves of a run as tables: bands, inflows, generations, fits; each figure's data as CSV and Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.activation_log import ActivationLog, read_log
from experiments.figure_theme import headline_band
from experiments.growth_fits import Fit, fit_curves
from experiments.world_names import DESIGN, NO_CAMPAIGN
from experiments.world_view import Worlds, worlds_of
from growth.intervals import mean_interval

__all__ = ["DEEPEST", "curve_tables", "export_tables"]

CURVES = ("dau", "wau", "mau", "activations")
DEEPEST = 5
"""Generations told apart; the last holds all deeper ones."""


def _days(worlds: Worlds) -> Any:
    return pd.to_datetime(worlds.central[DESIGN].data.day.to_numpy())


def _bands(worlds: Worlds) -> pd.DataFrame:
    """Every curve of every design, and the same minus no campaign: mean, Monte Carlo interval, parameter band."""
    parts = []
    for name in CURVES:
        for variant in worlds.central:
            for minus in (False, True):
                if minus and variant == NO_CAMPAIGN:
                    continue
                sides = []
                for side in (worlds.central, worlds.drawn):
                    if side:
                        base = side[NO_CAMPAIGN].curve(name) if minus else 0.0
                        sides.append(side[variant].curve(name) - base)
                mean, band = headline_band(sides[0], sides[1] if len(sides) > 1 else None)
                luck = mean_interval(sides[0])
                columns = {"mc_low": luck.low, "mc_high": luck.high}
                if len(sides) > 1:
                    columns |= {"low": band.low, "high": band.high}
                told = {"day": _days(worlds), "curve": name, "design": variant, "minus_no_campaign": minus}
                parts.append(pd.DataFrame({**told, "mean": mean, **columns}))
    return pd.concat(parts, ignore_index=True)


def _inflows(worlds: Worlds) -> pd.DataFrame:
    """Activations a day by kind and cause: mean over replicates at central parameters."""
    parts = []
    for variant, world in worlds.central.items():
        flows = world.data["activations"]
        for kind in flows.kind.to_numpy():
            for cause in flows.cause.to_numpy():
                mean = world.curve("activations", kind=kind, cause=cause).mean(axis=0)
                told = {"day": _days(worlds), "design": variant, "kind": kind, "cause": cause}
                parts.append(pd.DataFrame({**told, "people": mean}))
    return pd.concat(parts, ignore_index=True)


def _generations(log: ActivationLog, people_per_user: float, days: Any, first_day: int) -> pd.DataFrame:
    """Activations a day by generation (0: not invited), mean over replicates of the first chain."""
    rows = log.forest.logged
    depth = np.minimum(log.forest.depth[:rows], DEEPEST)
    parts = []
    for variant in log.variants:
        mine = log.rows(variant)
        here = (log.forest.world[:rows] >= mine.start) & (log.forest.world[:rows] < mine.stop)
        for generation in range(DEEPEST + 1):
            chosen = here & (depth == generation)
            count = np.bincount(log.day[chosen] - first_day, minlength=len(days))[: len(days)]
            people = count * people_per_user / log.replicates
            told = {"day": days, "design": variant, "generation": generation}
            parts.append(pd.DataFrame({**told, "people": people}))
    return pd.concat(parts, ignore_index=True)


def _fits(worlds: Worlds, variant: str) -> tuple[pd.DataFrame, list[Fit]]:
    """Extra activations from the campaign's first day on, simulated and fitted."""
    world, none = worlds.central[variant], worlds.central[NO_CAMPAIGN]
    days = slice(world.campaign_days.start, None)
    flow = (world.curve("activations") - none.curve("activations")).mean(axis=0)[days]
    fits = fit_curves(flow)
    table = pd.DataFrame({"day": _days(worlds)[days], "design": variant, "simulated": flow.cumsum()})
    for fit in fits:
        table[fit.name] = fit.cumulative
    return table, fits


def curve_tables(run: Any) -> tuple[dict[str, pd.DataFrame], list[Fit]]:
    """The data behind every figure by name: bands, inflows, generations, fits, fitted; and the design's fits."""
    worlds = worlds_of(run)
    days = _days(worlds)
    first = int(run.central.campaign_day.to_numpy()[0])
    fitted, fits = _fits(worlds, DESIGN)
    told = [{"curve": fit.name, "r_squared": fit.r_squared, **fit.parameters, **fit.missed} for fit in fits]
    tables = {
        "bands": _bands(worlds),
        "inflows": _inflows(worlds),
        "generations": _generations(read_log(run), worlds.people_per_user, days, first),
        "fits": fitted,
        "fitted": pd.DataFrame(told),
    }
    return tables, fits


def export_tables(tables: dict[str, pd.DataFrame], folder: Path) -> list[Path]:
    """Write every table as NAME.csv and NAME.parquet; the folder is made."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, table in tables.items():
        csv, parquet = folder / f"{name}.csv", folder / f"{name}.parquet"
        table.to_csv(csv, index=False)
        table.to_parquet(parquet, index=False)
        written += [csv, parquet]
    return written
