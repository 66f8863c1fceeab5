"""The standing world: DAU, WAU and MAU without campaign, rivals or calendar stay where they are for 60 days, and their
ratios are those of the closed form, which stand beside what was reported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from experiments.defaults import load_defaults
from experiments.laws import app_law
from experiments.reported import load_reported
from experiments.validation.rows import FAILURE_RATE, row
from growth.stickiness import users_per_dau

__all__ = ["FLAT_WORLD", "WINDOWS", "base", "closed_ratios", "flat_world", "ratios", "reported_ratios", "weekly_drift"]

Curves = dict[str, NDArray[np.float64]]
WINDOWS = {"wau": 7, "mau": 30}
"""Days within which a user counts."""

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


def flat_world(
    users: int, replicates: int, tell: Callable[[Any], None] = lambda _: None, devices: int | None = None
) -> Curves:
    """DAU, WAU and MAU after the warm-up, without campaign, rivals or calendar: people, [replicate, 63 days] each."""
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
        found[name] = curve.sel(day=run.central.day[run.central.campaign_day >= 0]).to_numpy()[:, :63]
    return found


def weekly_drift(curves: Curves) -> dict[str, tuple[float, float]]:
    """Largest relative departure of a 7-day mean from that of the first week, over 60 days, and its standard error, of
    each of the curves of `flat_world`."""
    found = {}
    for name, after in curves.items():
        weeks = after.reshape(len(after), -1, 7).mean(axis=2)
        mean = weeks.mean(axis=0)
        drift = mean / mean[0] - 1
        worst = int(np.abs(drift).argmax())
        error = (weeks[:, worst] - weeks[:, 0]).std(ddof=1) / np.sqrt(len(after)) / mean[0]
        found[name] = (float(drift[worst]), float(error))
    return found


def ratios(curves: Curves) -> dict[str, tuple[float, float]]:
    """WAU and MAU over DAU, means over all days, each with its standard error over replicates."""
    dau = curves["dau"].mean(axis=1)
    found = {}
    for name in WINDOWS:
        users = curves[name].mean(axis=1)
        ratio = users.mean() / dau.mean()
        error = (users - ratio * dau).std(ddof=1) / np.sqrt(len(dau)) / dau.mean()
        found[name] = (float(ratio), float(error))
    return found


def closed_ratios() -> dict[str, float]:
    """WAU and MAU over DAU by the laws of opening and churn of the defaults."""
    law = app_law({name: number.value for name, number in load_defaults().items()})
    return {name: users_per_dau(law, days) for name, days in WINDOWS.items()}


def reported_ratios() -> dict[str, float]:
    """WAU and MAU of Yuanbao on 31 December 2025 over its DAU on 31 January 2026, to which opening and churn were
    fitted. The days differ since no DAU of December was printed."""
    known = {(one.app, one.quantity, one.date.isoformat()): one.value for one in load_reported()}
    dau = known["yuanbao", "dau", "2026-01-31"]
    return {name: known["yuanbao", name, "2025-12-31"] / dau for name in WINDOWS}


def base() -> list[dict[str, Any]]:
    """Drift of 7-day means of DAU, WAU and MAU in the standing world, flat calendar, rivals off; and WAU and MAU over
    DAU there, in closed form and as reported."""
    from experiments.platform import set_up
    from experiments.progress import Progress

    set_up()
    with Progress() as progress:
        curves = flat_world(100_000, 120, progress.tell)
    return [*_drift_rows(curves), *_ratio_rows(curves)]


def _drift_rows(curves: Curves) -> list[dict[str, Any]]:
    source = "the standing world's own promise: within 2 % over 60 days at a standard error under .4 %"
    rows = []
    for name, (drift, error) in weekly_drift(curves).items():
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


def _ratio_rows(curves: Curves) -> list[dict[str, Any]]:
    bound = float(stats.t.isf(FAILURE_RATE / len(WINDOWS) / 2, len(curves["dau"]) - 1))
    law, told = closed_ratios(), reported_ratios()
    rows = []
    for name, (ratio, error) in ratios(curves).items():
        rows.append(
            row(f"{name}_ratio", f"{name} over dau, simulated; bounds: the closed form", ratio,
                low=law[name] - bound * error, high=law[name] + bound * error, role="law", grade="D",
                source="growth/stickiness.py, by the declared failure rate")
        )  # fmt: skip
        rows.append(
            row(f"{name}_closed", f"{name} over dau, closed form", law[name], role="shown", grade="D",
                source="growth/stickiness.py")
        )  # fmt: skip
        rows.append(
            row(f"{name}_reported", f"{name} over dau, closed form over reported, less 1", law[name] / told[name] - 1,
                role="shown", grade="B", source=f"Yuanbao, reported {told[name]:.3g}: fitted to, so no evidence")
        )  # fmt: skip
    return rows
