"""The standing world stands: DAU, WAU and MAU without campaign, rivals or calendar stay where they are for 60 days."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from experiments.validation.rows import row

__all__ = ["FLAT_WORLD", "base", "weekly_drift"]

FLAT_WORLD = """
schema = 1
name = "flat world"
[run]
start = 2026-02-01
warm_up_days = 30
days = 67
replicates = {replicates}
parameter_draws = 0
[chain]
kind = "foci"
users = {users}
population = 1_400_000_000
mean_degree = 40
[[app]]
name = "app"
campaign = true
[app.base]
dau = 7_680_000
dormant = 250_000_000
uninstalled = 170_000_000
[campaign]
start = 2026-02-01
end = 2026-02-01
"""


def weekly_drift(
    users: int, replicates: int, tell: Callable[[Any], None] = lambda _: None, devices: int | None = None
) -> dict[str, tuple[float, float]]:
    """Largest relative departure of a 7-day mean from that of the first week, over 60 days, and its standard
    error, for dau, wau and mau, in a world without campaign, rivals or calendar."""
    import tempfile
    from pathlib import Path

    from experiments.results import read_run
    from experiments.scenario import parse_scenario
    from experiments.simulate import simulate

    scenario = parse_scenario(FLAT_WORLD.format(users=users, replicates=replicates))
    with tempfile.TemporaryDirectory() as folder:
        run = read_run(simulate(scenario, Path(folder) / "run", devices=devices, tell=tell))
    found = {}
    for name in ("dau", "wau", "mau"):
        curve = run.central[name].sel(variant="no campaign").isel(draw=0, chain=0, app=0)
        after = curve.sel(day=run.central.day[run.central.campaign_day >= 0]).to_numpy()
        weeks = after[:, :63].reshape(len(after), -1, 7).mean(axis=2)
        mean = weeks.mean(axis=0)
        drift = mean / mean[0] - 1
        worst = int(np.abs(drift).argmax())
        error = (weeks[:, worst] - weeks[:, 0]).std(ddof=1) / np.sqrt(len(after)) / mean[0]
        found[name] = (float(drift[worst]), float(error))
    return found


def base() -> list[dict[str, Any]]:
    """Drift of 7-day means of DAU, WAU and MAU in the standing world, flat calendar, rivals off."""
    from experiments.platform import set_up
    from experiments.progress import Progress

    set_up()
    source = "the standing world's own promise: within 2 % over 60 days at a standard error under .4 %"
    rows = []
    with Progress() as progress:
        drifts = weekly_drift(100_000, 120, progress.tell)
    for name, (drift, error) in drifts.items():
        rows.append(
            row(
                f"{name}_drift", f"{name}: largest drift of a 7-day mean", drift, low=-0.02, high=0.02, role="law",
                grade="D", source=source,
            )
        )  # fmt: skip
        rows.append(
            row(f"{name}_error", f"{name}: its standard error", error, low=0.0, high=0.004, role="law",
                grade="D", source=source)
        )  # fmt: skip
    return rows
