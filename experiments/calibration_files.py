"""The folder of a calibration: posterior as Parquet and NetCDF, tables as CSV, forecast and summary as JSON, a page."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.likelihood import Model
from experiments.sampling import Chain

__all__ = ["write_forecast", "write_posterior", "write_table"]


def write_posterior(folder: Path, model: Model, chains: Sequence[Chain]) -> None:
    """`posterior.parquet`: a row a draw, the value of every unknown in its own unit; `places.parquet`: the places of
    the scenario's numbers in their ranges, which a run takes; `posterior.nc`: unknowns z by chain and draw (NetCDF 3,
    group "posterior" of arviz: dims chain, draw)."""
    import pandas as pd
    import xarray as xr
    from scipy.special import ndtr

    from experiments.parameters import quantile
    from experiments.priors import places_of

    z = np.stack([chain.z for chain in chains])
    place = ndtr(z)
    index = {
        "chain": np.repeat(np.arange(len(chains)), z.shape[1]),
        "draw": np.tile(np.arange(z.shape[1]), len(chains)),
    }
    values: dict[str, Any] = dict(index)
    places: dict[str, Any] = dict(index)
    count = len(model.of_scenario)
    for at, name in enumerate(model.names):
        flat = place[:, :, at].reshape(-1)
        if at < count:
            flat = np.asarray(places_of([model.of_scenario[at].quantity], flat[:, None]))[:, 0]
            places[name] = flat
            values[name] = np.array([quantile(model.of_scenario[at].quantity, float(one)) for one in flat])
        elif name in model.priors:
            values[name] = np.array([quantile(model.priors[name], float(one)) for one in flat])
        else:
            values[name] = z[:, :, at].reshape(-1)
    pd.DataFrame(values).to_parquet(folder / "posterior.parquet", index=False)
    pd.DataFrame(places).to_parquet(folder / "places.parquet", index=False)
    data = {f"z{at:03d}": (("chain", "draw"), z[:, :, at], {"parameter": name}) for at, name in enumerate(model.names)}
    data["diverging"] = (("chain", "draw"), np.stack([chain.divergent for chain in chains]).astype(np.int8), {})
    coordinates = {"chain": np.arange(z.shape[0], dtype=np.int32), "draw": np.arange(z.shape[1], dtype=np.int32)}
    xr.Dataset(data, coordinates).to_netcdf(folder / "posterior.nc", engine="scipy")


def write_table(place: Path, rows: list[dict[str, Any]]) -> None:
    """Rows that share their keys, as CSV; numbers to six figures."""
    with place.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(list(rows[0]) if rows else [])
        for row in rows:
            writer.writerow([f"{one:.6g}" if isinstance(one, float) else one for one in row.values()])


def write_forecast(place: Path, forecast: dict[str, Any]) -> str:
    """Write a forecast as JSON with sorted keys; its SHA-256."""
    text = json.dumps(forecast, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    place.write_text(text, encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()
