"""Reads what `growth calibrate` leaves for runs: posterior draws as places in the ranges of a scenario's numbers."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphs.errors import InputError

__all__ = ["drawn_from", "posterior_digest", "read_places"]


def drawn_from(scenario: Any, posterior: Path | None) -> Any:
    """The scenario with its parameter draws taken from a posterior, when a folder of one is given. Raises InputError
    where that holds none."""
    if posterior is None:
        return scenario
    named = {"posterior": str(posterior.resolve()), "posterior_sha256": posterior_digest(posterior)}
    return scenario.model_copy(update={"run": scenario.run.model_copy(update=named)})


def posterior_digest(folder: Path) -> str:
    """SHA-256 of a posterior's places. Raises InputError where there is none."""
    file = folder / "places.parquet"
    if not file.is_file():
        cure = "growth calibrate FILE --reported CSV --out FOLDER makes one"
        raise InputError("holds no posterior", field="--posterior", value=str(folder), cure=cure)
    return hashlib.sha256(file.read_bytes()).hexdigest()


def read_places(folder: Path, draws: int, digest: str | None = None) -> list[dict[str, float]]:
    """``draws`` evenly spaced posterior draws as places of the scenario's ranges, for runs. Raises InputError where
    there is no posterior, it is not that of the ``digest``, or it holds too few draws."""
    import pandas as pd

    if posterior_digest(folder) != (digest or posterior_digest(folder)):
        cure = "the folder as it was, or the run again with --posterior and --replace"
        raise InputError("holds another posterior than the run was made with", value=str(folder), cure=cure)
    table = pd.read_parquet(folder / "places.parquet").drop(columns=["chain", "draw"])
    if len(table) < draws:
        raise InputError(
            "the posterior has fewer draws", field="run.parameter_draws", value=draws, allowed=f"{len(table)}"
        )
    chosen: NDArray[np.int64] = np.linspace(0, len(table) - 1, draws).astype(int)
    return [{str(name): float(one) for name, one in row.items()} for row in table.iloc[chosen].to_dict("records")]
