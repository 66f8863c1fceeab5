"""A calibration's model corrected by the full simulation: where the design points lie, and what was learned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments.calibrate import Settings, fit, thinned
from experiments.emulator import Emulator
from experiments.emulator_design import emulator_of
from experiments.likelihood import Model
from experiments.progress import Report

__all__ = ["corrected", "design_points", "error_lines"]

_WIDER = 1.25
"""Design points are posterior draws this much further from their mean: the correction may move the posterior."""


def design_points(draws: NDArray, points: int) -> NDArray[np.float64]:
    """Evenly spaced posterior draws, spread a little, [points, numbers]."""
    chosen = draws[np.linspace(0, len(draws) - 1, points).astype(int)]
    middle = draws.mean(axis=0)
    return middle + _WIDER * (chosen - middle)


def corrected(
    model: Model,
    settings: Settings,
    folder: Path,
    *,
    tell: Callable[[Report], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Model:
    """The model with an emulator learned where its own posterior lies: fit of the renewal equation alone, full
    simulation at points of that posterior, regression. Everything is kept in ``folder``. Raises as `fit`."""
    first = settings._replace(chains=2, draws=max(settings.draws // 2, 100), emulator=0)
    chains, _ = fit(model, first, folder / "first", tell=tell, stop=stop)
    z = thinned(chains, 10 * settings.emulator)[:, : len(model.of_scenario)]
    points = design_points(z, settings.emulator)
    told = emulator_of(model, points, folder / "emulator", users=settings.emulator_users, tell=tell, stop=stop)
    return replace(model, emulator=told)


def error_lines(model: Model, told: Emulator) -> list[str]:
    """What the correction is worth, in words: of each reported count the log ratio before it and what is left."""
    counts = [one for one in model.observed if one.functional.kind == "count"]
    noise = np.sqrt((told.loading**2).sum(axis=0) + told.left**2)
    return [
        f"full simulation over renewal equation, {one.name}: log ratio {told.before[at]:.3f} (root mean square of "
        f"{told.sizes[-1]} points), {told.error[at]:.3f} after the correction, {noise[at]:.3f} carried as noise"
        for at, one in enumerate(counts)
    ]
