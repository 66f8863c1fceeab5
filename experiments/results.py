"""A finished run as xarray datasets in real units; axes in one order: draw, chain, variant, replicate, app, day."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import xarray as xr

from experiments.joint import is_joint
from experiments.parameters import draw_places
from experiments.real_units import real_units
from experiments.scenario import Scenario, load_scenario
from experiments.tables_out import INDEX, LABELS, column_names
from experiments.world_names import variant_names_of
from graphs.errors import InputError
from growth.flows import AGES, SHAPES

__all__ = ["Run", "counted", "counted_tables", "finished_manifest", "read_run"]

Columns = dict[str, np.ndarray]
"""A table's columns by name."""


@dataclass(frozen=True)
class Run:
    """A run read from its folder. Counts are people or events of the population, money is in yuan."""

    central: xr.Dataset
    """draw 1 ("central"), all replicates."""
    draws: xr.Dataset | None
    """All parameter draws, replicate 0; None when the scenario asks for none."""
    scenario: Scenario
    manifest: dict[str, Any]
    folder: Path

    def activations(self) -> Any:
        """The activation log of the central worlds, a pandas DataFrame: variant (name), replicate, app, user, day
        (0 is the campaign's start), round, kind, cause, parent_user, parent_activation (-1 without one), activation.
        """
        import pandas as pd

        wanted = [("draw", "=", 0), ("chain", "=", 0)]
        table = pq.read_table(self.folder / "activations.parquet", filters=wanted).to_pandas()
        names = {
            "variant": variant_names_of(self.scenario),
            "app": [app.name for app in self.scenario.apps],
            "kind": LABELS["kind"],
            "cause": LABELS["cause"],
        }
        for column, labels in names.items():
            table[column] = pd.Categorical.from_codes(table[column], categories=list(labels))
        return table.drop(columns=["draw", "chain"])

    @cached_property
    def people_per_user(self) -> float:
        """w."""
        return float(self.manifest["people_per_user"])


def read_run(folder: str | Path) -> Run:
    """Read a finished run. Raises InputError when the folder holds none."""
    folder = Path(folder)
    manifest = finished_manifest(folder)
    if is_joint(folder / "scenario.toml"):
        cure = "growth report and growth compare read it; this needs the run of one design"
        raise InputError("holds the run of a joint calendar", file=folder, cure=cure)
    scenario = load_scenario(folder / "scenario.toml")
    w = float(manifest["people_per_user"])
    daily, cohorts = counted_tables(folder)
    central = _dataset(scenario, daily, cohorts, w, draws=False)
    draws = _dataset(scenario, daily, cohorts, w, draws=True) if scenario.run.parameter_draws else None
    return Run(central, draws, scenario, manifest, folder)


def finished_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a finished run. Raises InputError when the folder holds none."""
    manifest_file = folder / "manifest.json"
    if not manifest_file.exists():
        raise InputError("holds no run", file=folder, cure="growth run FILE --out FOLDER writes one")
    manifest: dict[str, Any] = json.loads(manifest_file.read_text(encoding="utf-8"))
    if not manifest.get("finished"):
        cure = "the same growth run command goes on where it stopped"
        raise InputError("holds a run that is not finished", file=folder, cure=cure)
    return manifest


def counted_tables(folder: Path) -> tuple[Columns, Columns]:
    """Columns of `daily.parquet` and of `cohorts.parquet`. Raises InputError where an older version, which counted
    less, has written them."""
    tables = (pq.read_table(folder / name) for name in ("daily.parquet", "cohorts.parquet"))
    daily, cohorts = ({name: table[name].to_numpy() for name in table.column_names} for table in tables)
    missing = [column for flow in SHAPES for column in column_names(flow) if column not in daily]
    if missing:
        what = f"was written by an older version, which did not count {missing[0]}"
        raise InputError(what, file=folder, cure="growth run FILE --out FOLDER --replace runs the design again")
    return daily, cohorts


def counted(
    daily: Columns, cohorts: Columns, rows: np.ndarray, aged: np.ndarray
) -> tuple[Columns, Callable[[str], np.ndarray]]:
    """``counted`` and ``flow`` of `experiments.real_units.real_units`, from some ``rows`` of the daily table and some
    of the cohorts (``aged``), both bool."""
    shape = tuple(len(np.unique(daily[name][rows])) for name in INDEX)
    found = {name: daily[name][rows].reshape(shape) for name in ("dau", "wau", "mau")}
    found["active_at_age"] = np.stack([cohorts[f"age_{age}"][aged] for age in range(AGES)], axis=-1)
    return found, lambda name: np.stack([daily[column][rows] for column in column_names(name)], axis=-1)


def _dataset(scenario: Scenario, daily: Columns, cohorts: Columns, w: float, *, draws: bool) -> xr.Dataset:
    """One side of a run: the central values, or the parameter draws."""
    numbers, flow = counted(daily, cohorts, *((table["draw"] > 0) == draws for table in (daily, cohorts)))
    places = draw_places(scenario, len(numbers["dau"]), scenario.run.rng_seed) if draws else [None]
    return real_units(scenario, numbers, flow, w, places=places)
